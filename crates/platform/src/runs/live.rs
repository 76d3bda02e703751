//! The runs this process works on, and how many each workspace has.

use std::collections::HashMap;

use headwater_engine::{RunHandle, StartRun};
use headwater_model::id::{RunId, WorkspaceId};
use headwater_model::ports::Hold;
use headwater_model::{Code, Error, Result, Timestamp};
use headwater_providers::otlp::RunAbout;
use parking_lot::Mutex;

use crate::Platform;

/// Handles of live runs, and how many each workspace has.
#[derive(Default)]
pub(crate) struct LiveRuns {
    runs: Mutex<HashMap<RunId, (WorkspaceId, RunHandle)>>,
    counts: Mutex<HashMap<WorkspaceId, usize>>,
    /// Runs this process holds but cannot go on with; they are given up at the next turn.
    stranded: Mutex<Vec<Hold>>,
}

impl LiveRuns {
    /// The handle of a run, while it is live here.
    pub(crate) fn get(&self, run: RunId) -> Option<RunHandle> {
        self.runs.lock().get(&run).map(|(_, handle)| handle.clone())
    }

    /// How many runs are live here.
    pub(crate) fn count(&self) -> usize {
        self.runs.lock().len()
    }

    /// How many runs of a workspace are live here.
    pub(crate) fn of(&self, workspace: WorkspaceId) -> usize {
        self.counts.lock().get(&workspace).copied().unwrap_or(0)
    }

    /// Refuses another run of a workspace at its limit.
    pub(super) fn admit(&self, workspace: WorkspaceId, limit: usize) -> Result<()> {
        if self
            .counts
            .lock()
            .get(&workspace)
            .is_some_and(|count| *count >= limit)
        {
            return Err(Error::new(
                Code::RateLimited,
                format!(
                    "This workspace runs {limit} flows at once already. Try again in a moment."
                ),
            )
            .with_limit("concurrent_runs", Some(1)));
        }
        Ok(())
    }

    /// A run whose work ended here without an end of the run.
    pub(super) fn strand(&self, hold: Hold) {
        self.stranded.lock().push(hold);
    }

    /// The runs to be given up.
    pub(super) fn stranded(&self) -> Vec<Hold> {
        self.stranded.lock().clone()
    }

    /// It has been given up.
    pub(super) fn unstrand(&self, hold: Hold) {
        self.stranded.lock().retain(|held| *held != hold);
    }

    /// Keeps a handle; returns the one there was of the same run.
    fn insert(&self, workspace: WorkspaceId, run: RunId, handle: RunHandle) -> Option<RunHandle> {
        *self.counts.lock().entry(workspace).or_default() += 1;
        let earlier = self.runs.lock().insert(run, (workspace, handle));
        earlier.map(|(_, handle)| handle)
    }

    /// A run was paused and resumed perhaps before its first handle is let go: then the new one stays.
    fn remove(&self, workspace: WorkspaceId, handle: &RunHandle) {
        let mut runs = self.runs.lock();
        if runs
            .get(&handle.run)
            .is_some_and(|(_, held)| held.is_same(handle))
        {
            runs.remove(&handle.run);
        }
        drop(runs);
        let mut counts = self.counts.lock();
        if let Some(count) = counts.get_mut(&workspace) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&workspace);
            }
        }
    }
}

/// Starts a run, held with a lease until then, and keeps its handle until it has ended, or left memory.
pub(super) fn follow(
    platform: &Platform,
    workspace: WorkspaceId,
    mut start: StartRun,
    until: Timestamp,
    about: RunAbout,
) -> RunHandle {
    let (run, epoch) = (start.run, start.past.epoch);
    let hold = Hold { run, epoch };
    platform.inner.log.holds().keep(hold, until);
    let spans = platform.inner.spans.as_ref();
    let told = spans.and_then(|spans| spans.begin(about));
    start.trace = told.as_ref().map(|(trace, _)| *trace);
    let handle = platform.inner.engine.start(start);
    if let Some(earlier) = platform.inner.live.insert(workspace, run, handle.clone()) {
        // It lost its hold before this one was had; nothing it does counts any more.
        earlier.abandon();
    }
    let (ended, platform) = (handle.clone(), platform.clone());
    platform.clone().supervisor().spawn_abortable("run", async move {
        if let Err(error) = ended.finished().await {
            match error.code {
                Code::Conflict => tracing::warn!(run_id = %run, "another server goes on with a run"),
                _ => tracing::error!(run_id = %run, ?error, "a run could not be kept; it is picked up again"),
            }
            platform.inner.live.strand(hold);
        }
        platform.inner.log.holds().forget(hold);
        platform.inner.live.remove(workspace, &ended);
        if let (Some(spans), Some((_, about))) = (&platform.inner.spans, told) {
            spans.left(&about);
        }
    });
    handle
}
