//! Reading a run's events wherever it is: from memory while it lives here, from its log while it is
//! paused or another server works on it, and in one piece when it has ended.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use headwater_engine::{RunHandle, Subscription, history, replay};
use headwater_model::id::{RunId, WorkspaceId};
use headwater_model::run::event::{Cursor, Event, EventBody};
use headwater_model::run::{Run, RunOutcome, RunStatus};
use headwater_model::{Result, Timestamp};
use headwater_store::runs::RunRecord;

use super::EventStream;
use crate::Platform;
use crate::monitor::Stream;

/// How often the log is looked at, for a run that is not here.
const LOOK: Duration = Duration::from_millis(500);

/// One reader of one run.
pub(super) struct Reader {
    platform: Platform,
    workspace: WorkspaceId,
    run: RunId,
    cursor: Cursor,
    live: Option<Subscription>,
    buffer: VecDeque<Arc<Event>>,
    over: bool,
    /// Counted as long as it is read.
    _open: Stream,
}

impl Reader {
    pub(super) fn new(
        platform: &Platform,
        workspace: WorkspaceId,
        run: RunId,
        cursor: Cursor,
    ) -> Self {
        Self {
            _open: platform.inner.monitor.recorder.stream(),
            platform: platform.clone(),
            workspace,
            run,
            cursor,
            live: None,
            buffer: VecDeque::new(),
            over: false,
        }
    }

    /// The same, of a run that is live here for certain.
    pub(super) fn of(mut self, handle: &RunHandle) -> Self {
        self.live = Some(handle.events(self.cursor));
        self
    }

    /// All that follows.
    pub(super) fn stream(self) -> EventStream {
        futures::stream::unfold(self, |mut reader| async move {
            let event = reader.next().await?;
            Some((event, reader))
        })
        .boxed()
    }

    /// The next event and where the reader then stands; `None` after the last, or when the server
    /// stops: whoever rejoins with the cursor misses nothing.
    async fn next(&mut self) -> Option<(Cursor, Arc<Event>)> {
        loop {
            if let Some(event) = self.buffer.pop_front() {
                return Some(self.pass(event));
            }
            if self.over {
                return None;
            }
            match &mut self.live {
                Some(live) => match live.next().await {
                    Some(event) => return Some(self.pass(event)),
                    None => self.live = None,
                },
                None => {
                    if let Some(handle) = self.platform.inner.live.get(self.run) {
                        self.live = Some(handle.events(self.cursor));
                        continue;
                    }
                }
            }
            if let Err(error) = self.look().await {
                tracing::debug!(run_id = %self.run, ?error, "following a run");
                return None;
            }
            if self.buffer.is_empty() && !self.over {
                if self.platform.supervisor().is_draining() {
                    return None;
                }
                tokio::time::sleep(LOOK).await;
            }
        }
    }

    fn pass(&mut self, event: Arc<Event>) -> (Cursor, Arc<Event>) {
        if let EventBody::MessageDelta { offset, text } = &event.body {
            self.cursor.offset = offset + text.chars().count() as u64;
        }
        self.cursor.seq = event.seq;
        self.over = event.body.is_terminal();
        (self.cursor, event)
    }

    /// What the log has that the reader has not seen.
    async fn look(&mut self) -> Result<()> {
        let runs = self.platform.store().runs(self.workspace);
        // The row first: what it says has happened is in the log by then.
        let record = runs.get(self.run).await?;
        let steps = runs.log(self.run, self.cursor.seq).await?;
        let waits = runs.waits(self.run).await?;
        let mut events = match record.end_seq {
            Some(seq) => {
                self.over = true;
                let at = record.run.finished_at.unwrap_or(record.run.created_at);
                let outcome = outcome(record.run);
                replay(self.run, (&steps, &waits), &outcome, (seq, at), self.cursor)
            }
            None => {
                let mut events = history(self.run, &steps, &waits);
                events.extend(self.said(&record));
                events
            }
        };
        events.retain(|event| event.seq > self.cursor.seq);
        self.buffer = events.into_iter().map(Arc::new).collect();
        // The end is told before the reader is done.
        self.over &= self.buffer.is_empty();
        Ok(())
    }

    /// The reply of a paused run, when the reader may not know it. Its number was left free.
    fn said(&self, record: &RunRecord) -> Option<Event> {
        let next = record
            .next_seq
            .filter(|_| record.run.status == RunStatus::Paused)?;
        let reply = &record.run.reply;
        let known = self.cursor.offset == reply.chars().count() as u64;
        let silent = reply.is_empty() && self.cursor.offset == 0;
        // The event before the free number was the last that was told.
        let missed = self.cursor.seq + 2 < next && !silent;
        (missed || !known).then(|| Event {
            seq: next - 1,
            run_id: self.run,
            at: self.now(),
            body: EventBody::MessageDelta {
                offset: 0,
                text: reply.clone(),
            },
        })
    }

    fn now(&self) -> Timestamp {
        self.platform.clock().now()
    }
}

fn outcome(run: Run) -> RunOutcome {
    RunOutcome {
        status: run.status,
        outputs: run.outputs,
        reply: run.reply,
        first_token_at: run.first_token_at,
        citations: run.citations,
        error: run.error,
        usage: run.usage,
        model: None,
        variables: None,
    }
}
