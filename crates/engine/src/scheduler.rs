//! Runs plans: one task per run. Pure steps run at once; calls run concurrently inside the run's task,
//! so dropping them stops them. Step records reach the log in order, in batches, before their events.

mod begin;
mod cached;
mod calls;
mod complete;
mod end;
mod journal;
mod past;
mod patience;
mod task;
mod waits;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::channel::mpsc;
use headwater_model::id::{RunId, WorkspaceId};
use headwater_model::ports::{
    Chat, Fetch, ReadDocument, ResultCache, Retrieve, RunCode, RunLog, Secrets, Tools,
};
use headwater_model::price::Prices;
use headwater_model::run::RunInput;
use headwater_model::run::log::StepRecord;
use headwater_model::run::wait::WaitRecord;
use headwater_model::trace::RunTrace;
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
    pub tools: Arc<dyn Tools>,
    pub fetch: Arc<dyn Fetch>,
    pub documents: Arc<dyn ReadDocument>,
    pub log: Arc<dyn RunLog>,
    pub secrets: Arc<dyn Secrets>,
    pub cache: Arc<dyn ResultCache>,
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

/// How a run begins here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Onset {
    #[default]
    New,
    /// Its process is gone, perhaps in the middle of something.
    Restarted,
    /// It was paused with everything in the log: its events go on where they ended.
    Resumed,
}

/// What has happened to a run before it begins here. The default is that of a new run.
#[derive(Clone, Debug)]
pub struct RunPast {
    pub onset: Onset,
    /// How often the run was taken: the log refuses what comes from an earlier hold.
    pub epoch: u64,
    /// How long it was paused; that time does not count.
    pub paused: Duration,
    /// The log so far, in order.
    pub recovered: Vec<StepRecord>,
    /// What it has waited for, and waits for, in order.
    pub waits: Vec<WaitRecord>,
    /// The first event's number; above all of the log's.
    pub next_seq: u64,
}

impl Default for RunPast {
    fn default() -> Self {
        Self {
            onset: Onset::New,
            epoch: 0,
            paused: Duration::ZERO,
            recovered: Vec::new(),
            waits: Vec::new(),
            next_seq: 1,
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
    /// What is known of it; nothing of a new run.
    pub past: RunPast,
    /// Results of another run, by path, that stand for running these steps.
    pub pins: HashMap<String, StepRecord>,
    /// What models cost.
    pub prices: Arc<Prices>,
    /// The trace that those are told of who are called; nothing when nobody is.
    pub trace: Option<RunTrace>,
}

/// Starts runs.
#[derive(Clone)]
pub struct Engine {
    ports: Ports,
    limits: Limits,
    clock: Arc<dyn Clock>,
    tasks: TaskTracker,
    abandoned: CancellationToken,
}

impl Engine {
    /// An engine over ports.
    pub fn new(ports: Ports, limits: Limits, clock: Arc<dyn Clock>) -> Self {
        Self {
            ports,
            limits,
            clock,
            tasks: TaskTracker::new(),
            abandoned: CancellationToken::new(),
        }
    }

    /// Drops all live runs where they are and waits until nothing of them moves. Their logs have no
    /// end: whoever folds one goes on with the run.
    pub async fn abandon(&self) {
        self.abandoned.cancel();
        self.tasks.close();
        self.tasks.wait().await;
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
        // Of `futures`, which takes memory for each command and not for 32 in advance.
        let (commands, received) = mpsc::unbounded();
        let task = Task::new(self, start, cancel.clone(), received);
        let live = Arc::clone(&task.live);
        let abandoned = self.abandoned.child_token();
        let watch = abandoned.clone();
        // In a box, because every future that holds another by value has room for it twice; with
        // thousands of runs that counts.
        let running = Box::pin(task.run());
        self.tasks.spawn(async move {
            let outcome = watch.run_until_cancelled_owned(running).await;
            // An abandoned run tells nothing: whoever waits sees that this side is gone.
            if outcome.is_some() {
                end.send_replace(outcome);
            }
        });
        RunHandle {
            run,
            live,
            cancel,
            abandoned,
            commands,
            end: watched,
        }
    }
}
