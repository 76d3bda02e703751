//! The runs this process works on, and their events.

use std::collections::HashMap;
use std::sync::Arc;

use futures::StreamExt as _;
use headwater_engine::{RunHandle, StartRun};
use headwater_model::id::{RunId, WorkspaceId};
use headwater_model::run::event::{Cursor, Event, EventBody};
use headwater_model::run::{Run, RunOutcome};
use headwater_model::{Code, Error, Result};
use headwater_store::runs::RunRecord;
use parking_lot::Mutex;

use super::EventStream;
use crate::Platform;

/// Handles of live runs, and how many each workspace has.
#[derive(Default)]
pub(crate) struct LiveRuns {
    runs: Mutex<HashMap<RunId, (WorkspaceId, RunHandle)>>,
    counts: Mutex<HashMap<WorkspaceId, usize>>,
}

impl LiveRuns {
    /// The handle of a run, while it is live here.
    pub(crate) fn get(&self, run: RunId) -> Option<RunHandle> {
        self.runs.lock().get(&run).map(|(_, handle)| handle.clone())
    }

    /// Cancels a run, if it is live here.
    pub(crate) fn cancel(&self, run: RunId) {
        if let Some(handle) = self.get(run) {
            handle.cancel();
        }
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

    fn insert(&self, workspace: WorkspaceId, run: RunId, handle: RunHandle) {
        *self.counts.lock().entry(workspace).or_default() += 1;
        self.runs.lock().insert(run, (workspace, handle));
    }

    fn remove(&self, run: RunId) {
        let Some((workspace, _)) = self.runs.lock().remove(&run) else {
            return;
        };
        let mut counts = self.counts.lock();
        if let Some(count) = counts.get_mut(&workspace) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&workspace);
            }
        }
    }
}

/// Starts a run and keeps its handle until it has ended.
pub(super) fn follow(platform: &Platform, workspace: WorkspaceId, start: StartRun) -> RunHandle {
    let run = start.run;
    let handle = platform.inner.engine.start(start);
    platform.inner.live.insert(workspace, run, handle.clone());
    let (ended, platform) = (handle.clone(), platform.clone());
    platform.clone().supervisor().spawn_abortable("run", async move {
        if let Err(error) = ended.finished().await {
            tracing::error!(run_id = %run, ?error, "a run could not be kept; it is picked up again");
        }
        platform.inner.live.remove(run);
    });
    handle
}

/// A live run's events after `cursor`.
pub(super) fn follow_from(handle: &RunHandle, cursor: Cursor) -> EventStream {
    let from = (handle.events(cursor), cursor);
    futures::stream::unfold(from, |(mut subscription, cursor)| async move {
        let event = subscription.next().await?;
        let cursor = after(cursor, &event);
        Some(((cursor, event), (subscription, cursor)))
    })
    .boxed()
}

/// A run's events after `cursor`: from memory while it lives here, from the log when it has ended.
pub(super) async fn events(
    platform: &Platform,
    workspace: WorkspaceId,
    record: RunRecord,
    cursor: Cursor,
) -> Result<EventStream> {
    let id = record.run.id;
    if let Some(handle) = platform.inner.live.get(id) {
        return Ok(follow_from(&handle, cursor));
    }
    let record = if record.end_seq.is_some() {
        record
    } else {
        platform.store().runs(workspace).get(id).await?
    };
    let Some(end_seq) = record.end_seq else {
        return Err(Error::new(Code::Unavailable, "Another server works on this run. Its events can be followed there, or here once it has ended.").with_limit("replica", Some(2)));
    };
    let log = platform.store().runs(workspace).log(id).await?;
    let at = record.run.finished_at.unwrap_or(record.run.created_at);
    let past = headwater_engine::replay(id, &log, &outcome(record.run), (end_seq, at), cursor);
    let mut cursor = cursor;
    let events: Vec<_> = past
        .into_iter()
        .map(|event| {
            cursor = after(cursor, &event);
            (cursor, Arc::new(event))
        })
        .collect();
    Ok(futures::stream::iter(events).boxed())
}

/// Where a reader stands after `event`.
fn after(cursor: Cursor, event: &Event) -> Cursor {
    let offset = match &event.body {
        EventBody::MessageDelta { offset, text } => offset + text.chars().count() as u64,
        _ => cursor.offset,
    };
    Cursor {
        seq: event.seq,
        offset,
    }
}

fn outcome(run: Run) -> RunOutcome {
    RunOutcome {
        status: run.status,
        outputs: run.outputs,
        reply: run.reply,
        citations: run.citations,
        error: run.error,
        usage: run.usage,
        model: None,
        variables: None,
    }
}
