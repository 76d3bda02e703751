//! Runs plans: one task per run. Pure steps run at once; calls run concurrently inside the run's task,
//! so dropping them stops them. Step records reach the log in order, in batches, before their events.

mod begin;
mod calls;
mod complete;
mod end;
mod journal;
mod past;
mod patience;
mod task;

use std::sync::Arc;
use std::time::Duration;

use headwater_model::id::{RunId, WorkspaceId};
use headwater_model::ports::{Chat, Retrieve, RunCode, RunLog};
use headwater_model::run::RunInput;
use headwater_model::run::log::StepRecord;
use headwater_model::{Clock, Timestamp};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::control::RunHandle;
use crate::plan::Plan;
use task::Task;

/// What runs reach the outside through.
#[derive(Clone)]
pub struct Ports {
    pub chat: Arc<dyn Chat>,
    pub retrieve: Arc<dyn Retrieve>,
    pub code: Arc<dyn RunCode>,
    pub log: Arc<dyn RunLog>,
}

/// What one run may use.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Calls at the same time.
    pub max_parallel: usize,
    /// Steps in all frames together.
    pub max_steps: usize,
    /// From the run's start, restarts included.
    pub wall_time: Duration,
    /// The most bytes one step may put out.
    pub value_bytes: usize,
    /// The most bytes all values may weigh that the run holds at one time.
    pub run_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_parallel: 16,
            max_steps: 10_000,
            wall_time: Duration::from_secs(600),
            value_bytes: 4 * 1024 * 1024,
            run_bytes: 64 * 1024 * 1024,
        }
    }
}

/// What to run, and what is already known of it.
pub struct StartRun {
    pub run: RunId,
    pub workspace: WorkspaceId,
    pub plan: Arc<Plan>,
    pub input: RunInput,
    /// When the run began, also before a restart: its time counts from here.
    pub started_at: Timestamp,
    /// The log so far, in order; empty for a new run.
    pub recovered: Vec<StepRecord>,
    /// The first event's number; above all of the log's.
    pub next_seq: u64,
}

/// Starts runs.
#[derive(Clone)]
pub struct Engine {
    ports: Ports,
    limits: Limits,
    clock: Arc<dyn Clock>,
    tasks: TaskTracker,
}

impl Engine {
    /// An engine over ports.
    pub fn new(ports: Ports, limits: Limits, clock: Arc<dyn Clock>) -> Self {
        Self {
            ports,
            limits,
            clock,
            tasks: TaskTracker::new(),
        }
    }

    /// How many runs are live.
    pub fn live(&self) -> usize {
        self.tasks.len()
    }

    /// Starts a run, or goes on with a recovered one. It runs on whether or not the handle is kept.
    pub fn start(&self, start: StartRun) -> RunHandle {
        let (end, watched) = watch::channel(None);
        let cancel = CancellationToken::new();
        let run = start.run;
        let task = Task::new(self, start, cancel.clone());
        let live = Arc::clone(&task.live);
        self.tasks.spawn(async move {
            let outcome = task.run().await;
            end.send_replace(Some(outcome));
        });
        RunHandle {
            run,
            live,
            cancel,
            end: watched,
        }
    }
}
