//! The board of the servers: what all of them kept minute by minute, and what this one has in memory.

use std::collections::BTreeMap;

use headwater_model::monitor::{
    Histogram, Looked, Lookups, Range, Server, Span, SystemLines, SystemReport, SystemTotals,
};
use headwater_model::operations::Check;
use headwater_model::{Result, Timestamp};

use super::recorder::Sample;
use super::{FINE, process};
use crate::Platform;

const MINUTE: i64 = 60_000;
/// Requests are measured in microseconds.
const PER_MS: f64 = 1_000.0;

/// What one server measured over some time.
struct Measured {
    server: String,
    at: Timestamp,
    sample: Sample,
}

impl Platform {
    /// How the servers do.
    pub(super) async fn system_report(
        &self,
        looked: Looked,
        checks: Vec<Check>,
    ) -> Result<SystemReport> {
        let now = self.clock().now();
        let by_minute = match looked {
            Looked::Back(Range::QuarterHour) => Range::QuarterHour.until_by(now, MINUTE),
            _ => looked.span(now),
        };
        let minutes = self.measured(by_minute.from, by_minute.to).await?;
        let servers = match looked {
            Looked::Back(_) => self.servers(&minutes, now),
            Looked::Own { .. } => self.servers_now(now).await?,
        };
        let me = self.inner.monitor.recorder.server();
        // Every five seconds, where this process is the only one that has anything to say.
        let alone = minutes.iter().all(|minute| minute.server == me);
        let (span, measured) = match looked {
            Looked::Back(Range::QuarterHour) if alone => {
                (Range::QuarterHour.until_by(now, FINE), self.measured_here())
            }
            _ => (by_minute, minutes),
        };
        let (totals, lines) = fold(span, &measured);
        Ok(SystemReport {
            range: looked.range(),
            from: span.from,
            to: span.to,
            step_ms: span.step.unsigned_abs(),
            totals,
            lines,
            processors: process::processors(),
            servers,
            checks,
        })
    }

    /// The servers that were heard of lately.
    pub(super) async fn servers_now(&self, now: Timestamp) -> Result<Vec<Server>> {
        let minutes = self.measured(now.plus_millis(-2 * MINUTE), now).await?;
        Ok(self.servers(&minutes, now))
    }

    /// What share of its processors a server took in the last minute, in percent.
    pub(super) fn load(&self, server: &Server) -> Option<f64> {
        let percent = match server.this {
            // Five seconds say more of a moment than of a load.
            true => self.inner.monitor.recorder.last_minute().cpu_share()? * 100.0,
            false => server.cpu?,
        };
        let processors = server.processors.unwrap_or_else(process::processors);
        Some(percent / f64::from(processors.max(1)))
    }

    fn measured_here(&self) -> Vec<Measured> {
        let recorder = &self.inner.monitor.recorder;
        let fine = recorder.fine().into_iter();
        fine.map(|(at, sample)| Measured {
            server: recorder.server().to_owned(),
            at,
            sample,
        })
        .collect()
    }

    /// The minutes of all servers; this one knows its latest better than the database.
    async fn measured(&self, from: Timestamp, to: Timestamp) -> Result<Vec<Measured>> {
        let recorder = &self.inner.monitor.recorder;
        let mut all: BTreeMap<(Timestamp, String), Sample> = BTreeMap::new();
        for row in self.store().server_minutes(from, to).await? {
            match serde_json::from_str(&row.sample) {
                Ok(sample) => drop(all.insert((row.at, row.server), sample)),
                Err(error) => tracing::debug!(%error, "a server's minute cannot be read"),
            }
        }
        for (at, sample) in recorder.minutes() {
            if (from..to).contains(&at) {
                all.insert((at, recorder.server().to_owned()), sample);
            }
        }
        let measured = all.into_iter();
        Ok(measured
            .map(|((at, server), sample)| Measured { server, at, sample })
            .collect())
    }

    fn servers(&self, minutes: &[Measured], now: Timestamp) -> Vec<Server> {
        let recorder = &self.inner.monitor.recorder;
        let row = |id: &str, sample: &Sample, heard_at| Server {
            id: id.to_owned(),
            this: id == recorder.server(),
            memory: sample.memory,
            memory_limit: None,
            cpu: sample.cpu_share().map(|share| share * 100.0),
            processors: sample.processors,
            streams: sample.streams.unwrap_or_default(),
            runs: sample.runs.unwrap_or_default(),
            heard_at,
        };
        let mut latest: BTreeMap<&str, &Measured> = BTreeMap::new();
        let lately = now.plus_millis(-2 * MINUTE);
        for minute in minutes.iter().filter(|minute| minute.at >= lately) {
            latest.insert(&minute.server, minute);
        }
        latest.remove(recorder.server());
        let here = recorder.latest().unwrap_or_else(|| Sample {
            memory: process::memory(),
            processors: Some(process::processors()),
            ..Sample::default()
        });
        let mut servers = vec![Server {
            memory_limit: process::memory_limit(),
            ..row(recorder.server(), &here, now)
        }];
        let others = latest.values();
        servers.extend(others.map(|minute| row(&minute.server, &minute.sample, minute.at)));
        servers
    }
}

fn fold(span: Span, measured: &[Measured]) -> (SystemTotals, SystemLines) {
    let steps = span.steps();
    let mut sums: Vec<Sample> = vec![Sample::default(); steps];
    let mut cpu: Vec<Option<f64>> = vec![None; steps];
    for one in measured {
        let Some(step) = span.step_of(one.at) else {
            continue;
        };
        sums[step].merge(&one.sample);
        let share = one.sample.cpu_share().map(|share| share * 100.0);
        cpu[step] = match (cpu[step], share) {
            (Some(highest), Some(share)) => Some(f64::max(highest, share)),
            (highest, share) => highest.or(share),
        };
    }
    let whole = sums.iter().fold(Sample::default(), |mut whole, step| {
        whole.merge(step);
        whole
    });
    (totals(&whole), lines(span, &sums, cpu))
}

fn totals(whole: &Sample) -> SystemTotals {
    SystemTotals {
        requests: whole.requests,
        errors: whole.errors,
        refused: whole.refused,
        took: whole.took.percentiles(PER_MS),
        results: Lookups {
            hits: whole.result_hits,
            misses: whole.result_misses,
        },
        embeddings: Lookups {
            hits: whole.embedding_hits,
            misses: whole.embedding_misses,
        },
        documents_done: whole.documents_done,
        documents_failed: whole.documents_failed,
        chunks_done: whole.chunks_done,
    }
}

fn lines(span: Span, steps: &[Sample], cpu: Vec<Option<f64>>) -> SystemLines {
    let counts = |of: fn(&Sample) -> u64| steps.iter().map(of).collect::<Vec<u64>>();
    let highest = |of: fn(&Sample) -> Option<u64>| steps.iter().map(of).collect::<Vec<_>>();
    let took = |share: f64| {
        let of = |took: &Histogram| took.percentile(share).map(|micros| micros / PER_MS);
        steps.iter().map(|step| of(&step.took)).collect::<Vec<_>>()
    };
    SystemLines {
        at: span.starts(),
        requests: counts(|step| step.requests),
        errors: counts(|step| step.errors),
        refused: counts(|step| step.refused),
        p50: took(0.5),
        p95: took(0.95),
        p99: took(0.99),
        memory: highest(|step| step.memory),
        cpu,
        streams: highest(|step| step.streams),
        runs: highest(|step| step.runs),
        result_hits: counts(|step| step.result_hits),
        result_misses: counts(|step| step.result_misses),
        embedding_hits: counts(|step| step.embedding_hits),
        embedding_misses: counts(|step| step.embedding_misses),
        documents_done: counts(|step| step.documents_done),
        documents_failed: counts(|step| step.documents_failed),
        chunks_done: counts(|step| step.chunks_done),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute(server: &str, minute: i64, took: &[u64], memory: u64) -> Measured {
        let mut sample = Sample {
            ms: 60_000,
            requests: took.len() as u64,
            memory: Some(memory),
            cpu_ms: Some(memory * 100),
            ..Sample::default()
        };
        for micros in took {
            sample.took.add(*micros);
        }
        Measured {
            server: server.to_owned(),
            at: Timestamp::from_millis(minute * MINUTE),
            sample,
        }
    }

    #[test]
    fn servers_add_up_and_percentiles_are_of_all_they_answered() {
        let span = Range::Hour.until(Timestamp::from_millis(59 * MINUTE + 1));
        let quick = [1_000; 90];
        let (totals, lines) = fold(
            span,
            &[
                minute("a", 3, &quick, 10),
                minute("b", 3, &[80_000; 10], 30),
                minute("a", 4, &[2_000], 20),
                minute("a", -1, &[9_000; 5], 99),
            ],
        );
        assert_eq!(
            (totals.requests, lines.requests[3], lines.requests[4]),
            (101, 100, 1)
        );
        assert_eq!(
            (lines.p50[3], lines.p95[3]),
            (Some(1.049_5), Some(80.499_5))
        );
        assert_eq!((lines.p50[4], lines.p50[5]), (Some(2.049_5), None));
        assert_eq!((lines.memory[3], lines.memory[5]), (Some(30), None));
        assert_eq!(
            (lines.cpu[3], lines.cpu[4], lines.cpu[5]),
            (Some(5.0), Some(2000.0 / 60_000.0 * 100.0), None)
        );
    }
}
