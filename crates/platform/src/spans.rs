//! Runs as spans, told to a collector when the operator names one. Whatever becomes of the telling,
//! runs do not notice: spans wait in a bounded queue, and what does not fit is counted and dropped.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use headwater_model::id::RunId;
use headwater_model::run::log::LogEntry;
use headwater_model::trace::RunTrace;
use headwater_model::{Clock, Result};
use headwater_providers::otlp::{Otlp, RunAbout, Span};
use parking_lot::Mutex;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{PlatformConfig, Supervisor, telemetry};

/// How many spans may wait.
const QUEUE: usize = 8192;
/// How many are sent at once.
const BATCH: usize = 512;
/// How long the first of a batch waits for others.
const LINGER: Duration = Duration::from_secs(1);
/// How long the house waits for the last spans when it closes.
const LAST_WORDS: Duration = Duration::from_secs(4);

/// The runs that are told, and what waits to be sent.
pub(crate) struct Spans {
    otlp: Arc<Otlp>,
    queue: mpsc::Sender<Span>,
    runs: Mutex<HashMap<RunId, Arc<RunAbout>>>,
}

impl Spans {
    /// Starts telling; nothing when no collector is named.
    pub(crate) fn open(
        config: &PlatformConfig,
        clock: Arc<dyn Clock>,
        supervisor: &Supervisor,
    ) -> Result<Option<Arc<Self>>> {
        let Some(otlp) = config.otlp.clone() else {
            return Ok(None);
        };
        let otlp = Arc::new(Otlp::new(otlp, &config.egress, clock)?);
        let (queue, waiting) = mpsc::channel(QUEUE);
        let stopping = supervisor.stopping().clone();
        supervisor.spawn("spans", tell(Arc::clone(&otlp), waiting, stopping));
        Ok(Some(Arc::new(Self {
            otlp,
            queue,
            runs: Mutex::default(),
        })))
    }

    /// A run begins here, or goes on: the trace that those who are called may hear of, and what to
    /// give back when the run has left. Nothing when it is not told.
    pub(crate) fn begin(&self, about: RunAbout) -> Option<(RunTrace, Arc<RunAbout>)> {
        if !self.otlp.is_told(about.trace) {
            return None;
        }
        let about = Arc::new(about);
        self.runs.lock().insert(about.run, Arc::clone(&about));
        Some((about.trace, about))
    }

    /// A run has left this process; perhaps it is back already.
    pub(crate) fn left(&self, about: &Arc<RunAbout>) {
        let mut runs = self.runs.lock();
        if runs
            .get(&about.run)
            .is_some_and(|now| Arc::ptr_eq(now, about))
        {
            runs.remove(&about.run);
        }
    }

    /// The spans of what is about to become durable.
    pub(crate) fn of(&self, run: RunId, entries: &[LogEntry]) -> Vec<Span> {
        let Some(about) = self.runs.lock().get(&run).cloned() else {
            return Vec::new();
        };
        let mut spans = Vec::new();
        for entry in entries {
            match entry {
                LogEntry::Step(step) => spans.extend(self.otlp.step(&about, step)),
                LogEntry::Wait(_) => {}
                LogEntry::End { at, outcome, .. } => {
                    spans.push(self.otlp.run(&about, outcome, *at));
                }
            }
        }
        spans
    }

    /// Hands over spans of what is durable.
    pub(crate) fn tell(&self, spans: Vec<Span>) {
        let dropped = spans
            .into_iter()
            .filter_map(|span| self.queue.try_send(span).err())
            .count();
        telemetry::spans("dropped", dropped);
    }
}

/// Sends what waits, until the house closes; then what is left, for a moment.
async fn tell(otlp: Arc<Otlp>, mut waiting: mpsc::Receiver<Span>, stopping: CancellationToken) {
    let telling = async {
        loop {
            let batch = gather(&mut waiting, &stopping).await;
            if batch.is_empty() {
                return;
            }
            send(&otlp, batch).await;
        }
    };
    let late = async {
        stopping.cancelled().await;
        tokio::time::sleep(LAST_WORDS).await;
    };
    tokio::select! {
        () = telling => {}
        () = late => tracing::warn!("the last spans could not be sent in time"),
    }
}

/// A batch: all there is room for, or what came within its time. Empty when the house closes and
/// nothing waits any more.
async fn gather(waiting: &mut mpsc::Receiver<Span>, stopping: &CancellationToken) -> Vec<Span> {
    let mut batch = Vec::with_capacity(BATCH);
    let filled = async {
        waiting.recv_many(&mut batch, BATCH).await;
        let linger = async {
            while batch.len() < BATCH {
                let room = BATCH - batch.len();
                if waiting.recv_many(&mut batch, room).await == 0 {
                    return;
                }
            }
        };
        // A full batch does not wait.
        let _ = tokio::time::timeout(LINGER, linger).await;
    };
    if stopping.run_until_cancelled(filled).await.is_none() {
        while batch.len() < BATCH
            && let Ok(span) = waiting.try_recv()
        {
            batch.push(span);
        }
    }
    batch
}

async fn send(otlp: &Otlp, batch: Vec<Span>) {
    let count = batch.len();
    match otlp.send(batch).await {
        Ok(()) => telemetry::spans("sent", count),
        Err(error) => {
            telemetry::spans("dropped", count);
            tracing::warn!(spans = count, ?error, "spans were not sent");
        }
    }
}
