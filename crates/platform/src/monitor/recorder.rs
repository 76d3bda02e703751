//! What this process counts and measures of itself: a sample every five seconds for the last quarter
//! hour, and a sum for each minute, to be kept.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use headwater_model::Timestamp;
use headwater_model::monitor::Histogram;
use headwater_store::monitor::ServerMinute;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::{FINE, process};
use crate::telemetry;

const MINUTE: i64 = 60_000;
/// How long fine samples stay, in milliseconds: a quarter of an hour and the step under way.
const RECENT: i64 = 16 * MINUTE;
/// Minutes that wait to be kept while the database does not answer; beyond it the oldest are lost.
const WAITING: usize = 24 * 60;

/// What was counted and measured over some time. Names are short because there is a row a minute.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Sample {
    /// The time it covers, in milliseconds.
    pub ms: u64,
    pub requests: u64,
    pub errors: u64,
    pub refused: u64,
    /// How long requests took, in microseconds.
    pub took: Histogram,
    pub result_hits: u64,
    pub result_misses: u64,
    pub embedding_hits: u64,
    pub embedding_misses: u64,
    pub documents_done: u64,
    pub documents_failed: u64,
    pub chunks_done: u64,
    /// Processor time, in milliseconds.
    pub cpu_ms: Option<u64>,
    /// The highest seen.
    pub memory: Option<u64>,
    pub streams: Option<u64>,
    pub runs: Option<u64>,
    /// How many processors the server may use.
    pub processors: Option<u32>,
}

impl Sample {
    /// Adds what another one counted; of what is measured the higher value stays.
    pub fn merge(&mut self, other: &Self) {
        self.ms += other.ms;
        self.requests += other.requests;
        self.errors += other.errors;
        self.refused += other.refused;
        self.took.merge(&other.took);
        self.result_hits += other.result_hits;
        self.result_misses += other.result_misses;
        self.embedding_hits += other.embedding_hits;
        self.embedding_misses += other.embedding_misses;
        self.documents_done += other.documents_done;
        self.documents_failed += other.documents_failed;
        self.chunks_done += other.chunks_done;
        self.cpu_ms = match (self.cpu_ms, other.cpu_ms) {
            (Some(one), Some(another)) => Some(one + another),
            (one, another) => one.or(another),
        };
        self.memory = self.memory.max(other.memory);
        self.streams = self.streams.max(other.streams);
        self.runs = self.runs.max(other.runs);
        self.processors = self.processors.max(other.processors);
    }

    /// The share of one core it took, 1 being all of it.
    pub fn cpu_share(&self) -> Option<f64> {
        let cpu = self.cpu_ms?;
        (self.ms > 0).then(|| cpu as f64 / self.ms as f64)
    }
}

/// The samples of this process.
struct History {
    /// When the sample under way began.
    since: Timestamp,
    /// Processor time until then.
    cpu_ms: Option<u64>,
    /// With the beginning of the five seconds they began in.
    fine: VecDeque<(Timestamp, Sample)>,
    minute: (Timestamp, Sample),
    /// Minutes that are over and not known to be kept.
    unkept: VecDeque<(Timestamp, Sample)>,
}

/// Counts what happens, at the price of a short lock.
pub(crate) struct Recorder {
    /// This process, made up at its start.
    server: String,
    /// What was counted since the last sample.
    pending: Mutex<Sample>,
    history: Mutex<History>,
    streams: Arc<AtomicU64>,
}

/// A stream of events to somebody, open until this is dropped.
pub(crate) struct Stream(Arc<AtomicU64>);

impl Drop for Stream {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

const fn floor(at: Timestamp, step: i64) -> Timestamp {
    Timestamp::from_millis(at.as_millis().div_euclid(step) * step)
}

impl Recorder {
    pub fn new(now: Timestamp) -> Self {
        Self {
            server: format!("{:032x}", crate::random()),
            pending: Mutex::default(),
            history: Mutex::new(History {
                since: now,
                cpu_ms: process::cpu_ms(),
                fine: VecDeque::new(),
                minute: (floor(now, MINUTE), Sample::default()),
                unkept: VecDeque::new(),
            }),
            streams: Arc::default(),
        }
    }

    /// This process.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Counts a request.
    pub fn request(&self, status: u16, took: Duration) {
        let mut pending = self.pending.lock();
        pending.requests += 1;
        match status {
            500.. => pending.errors += 1,
            400..500 => pending.refused += 1,
            _ => {}
        }
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        pending.took.add(micros);
    }

    /// Counts a look for a result that is kept.
    pub fn result(&self, hit: bool) {
        telemetry::cache("results", u64::from(hit), u64::from(!hit));
        let mut pending = self.pending.lock();
        match hit {
            true => pending.result_hits += 1,
            false => pending.result_misses += 1,
        }
    }

    /// Counts texts that were to be embedded.
    pub fn embeddings(&self, hits: u64, misses: u64) {
        telemetry::cache("embeddings", hits, misses);
        let mut pending = self.pending.lock();
        pending.embedding_hits += hits;
        pending.embedding_misses += misses;
    }

    /// Counts a document that was read, with its chunks, or could not be.
    pub fn document(&self, chunks: Option<u64>) {
        telemetry::document(chunks.is_some());
        let mut pending = self.pending.lock();
        match chunks {
            Some(chunks) => {
                pending.documents_done += 1;
                pending.chunks_done += chunks;
            }
            None => pending.documents_failed += 1,
        }
    }

    /// Counts a stream for as long as what is given is kept.
    pub fn stream(&self) -> Stream {
        self.streams.fetch_add(1, Ordering::Relaxed);
        Stream(Arc::clone(&self.streams))
    }

    /// Ends the sample under way; the minute that ended with it, when one did.
    pub fn sample(&self, now: Timestamp, runs: u64) -> Option<Timestamp> {
        let mut sample = std::mem::take(&mut *self.pending.lock());
        let mut history = self.history.lock();
        let cpu_ms = process::cpu_ms();
        sample.ms = u64::try_from(now.as_millis() - history.since.as_millis()).unwrap_or(0);
        sample.cpu_ms = cpu_ms
            .zip(history.cpu_ms)
            .map(|(now, then)| now.saturating_sub(then));
        sample.memory = process::memory();
        sample.streams = Some(self.streams.load(Ordering::Relaxed));
        sample.runs = Some(runs);
        sample.processors = Some(process::processors());
        history.cpu_ms = cpu_ms;
        history.take_in(now, sample)
    }

    /// The minute under way is over, as the process is.
    pub fn finish(&self) {
        let mut history = self.history.lock();
        let at = history.minute.0;
        history.end_minute(at);
    }

    /// The last sample that is complete.
    pub fn latest(&self) -> Option<Sample> {
        let history = self.history.lock();
        history.fine.back().map(|(_, sample)| sample.clone())
    }

    /// What the samples of the last minute come to.
    pub fn last_minute(&self) -> Sample {
        let history = self.history.lock();
        let samples = history.fine.iter().rev().take((MINUTE / FINE) as usize);
        samples.fold(Sample::default(), |mut sum, (_, sample)| {
            sum.merge(sample);
            sum
        })
    }

    /// Fine samples, what was counted since the last one among them.
    pub fn fine(&self) -> Vec<(Timestamp, Sample)> {
        let pending = self.pending.lock().clone();
        let history = self.history.lock();
        let under_way = (floor(history.since, FINE), pending);
        history.fine.iter().cloned().chain([under_way]).collect()
    }

    /// Minutes that the database may not have: those to be kept, and the one under way.
    pub fn minutes(&self) -> Vec<(Timestamp, Sample)> {
        let pending = self.pending.lock().clone();
        let history = self.history.lock();
        let (at, mut under_way) = history.minute.clone();
        under_way.merge(&pending);
        history
            .unkept
            .iter()
            .cloned()
            .chain([(at, under_way)])
            .collect()
    }

    /// Minutes to be kept, oldest first.
    pub fn unkept(&self) -> Vec<ServerMinute> {
        let history = self.history.lock();
        let rows = history.unkept.iter().map(|(at, sample)| ServerMinute {
            server: self.server.clone(),
            at: *at,
            sample: serde_json::to_string(sample).unwrap_or_default(),
        });
        rows.collect()
    }

    /// A minute is kept.
    pub fn kept(&self, at: Timestamp) {
        self.history.lock().unkept.retain(|(other, _)| *other != at);
    }
}

impl History {
    /// Puts a sample where it began; the minute it was the last of, when it was.
    fn take_in(&mut self, now: Timestamp, sample: Sample) -> Option<Timestamp> {
        let began = std::mem::replace(&mut self.since, now);
        self.minute.1.merge(&sample);
        let slot = floor(began, FINE);
        match self.fine.back_mut() {
            Some((at, before)) if *at == slot => before.merge(&sample),
            _ => self.fine.push_back((slot, sample)),
        }
        let oldest = now.plus_millis(-RECENT);
        self.fine.retain(|(at, _)| *at >= oldest);
        let minute = floor(now, MINUTE);
        (minute != self.minute.0).then(|| {
            let ended = self.minute.0;
            self.end_minute(minute);
            ended
        })
    }

    fn end_minute(&mut self, next: Timestamp) {
        let ended = std::mem::replace(&mut self.minute, (next, Sample::default()));
        self.unkept.push_back(ended);
        while self.unkept.len() > WAITING {
            self.unkept.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    #[test]
    fn every_request_is_in_one_sample_and_one_minute() {
        let recorder = Recorder::new(at(50_000));
        recorder.request(200, Duration::from_millis(3));
        recorder.request(503, Duration::from_millis(9));
        assert_eq!(recorder.sample(at(55_000), 1), None);
        recorder.request(404, Duration::from_millis(1));
        assert_eq!(recorder.sample(at(60_001), 0), Some(at(0)));
        recorder.request(200, Duration::from_millis(2));
        let counts = |samples: Vec<(Timestamp, Sample)>| -> Vec<(i64, u64)> {
            let one = |(at, sample): (Timestamp, Sample)| (at.as_millis(), sample.requests);
            samples.into_iter().map(one).collect()
        };
        assert_eq!(
            counts(recorder.fine()),
            [(50_000, 2), (55_000, 1), (60_000, 1)]
        );
        assert_eq!(counts(recorder.minutes()), [(0, 3), (60_000, 1)]);
        let rows = recorder.unkept();
        let kept: Sample = serde_json::from_str(&rows[0].sample).unwrap();
        assert_eq!((kept.requests, kept.errors, kept.refused), (3, 1, 1));
        assert_eq!(
            (kept.took.count(), kept.ms, kept.runs),
            (3, 10_001, Some(1))
        );
        recorder.kept(at(0));
        assert_eq!(counts(recorder.minutes()), [(60_000, 1)]);
    }

    #[test]
    fn the_minute_under_way_is_kept_at_the_end() {
        let recorder = Recorder::new(at(120_000));
        recorder.request(200, Duration::from_millis(3));
        assert_eq!(recorder.sample(at(121_000), 0), None);
        recorder.finish();
        let rows = recorder.unkept();
        assert_eq!((rows.len(), rows[0].at), (1, at(120_000)));
    }

    #[test]
    fn what_is_measured_is_the_highest_and_what_is_counted_the_sum() {
        let mut one = Sample {
            ms: 5_000,
            cpu_ms: Some(2_500),
            memory: Some(7),
            ..Sample::default()
        };
        one.merge(&Sample {
            ms: 5_000,
            cpu_ms: Some(500),
            memory: Some(9),
            requests: 4,
            ..Sample::default()
        });
        assert_eq!(
            (one.memory, one.requests, one.cpu_share()),
            (Some(9), 4, Some(0.3))
        );
        assert_eq!(Sample::default().cpu_share(), None);
    }

    #[test]
    fn a_stream_is_open_until_it_is_dropped() {
        let recorder = Recorder::new(at(0));
        let stream = recorder.stream();
        recorder.sample(at(5_000), 0);
        assert_eq!(recorder.latest().unwrap().streams, Some(1));
        drop(stream);
        recorder.sample(at(10_000), 0);
        assert_eq!(recorder.latest().unwrap().streams, Some(0));
    }

    #[test]
    fn samples_of_a_quarter_hour_stay_and_older_ones_go() {
        let recorder = Recorder::new(at(0));
        for n in 1..=400 {
            recorder.sample(at(n * FINE), 0);
        }
        assert_eq!(recorder.fine().len(), 193);
    }
}
