//! A handle on a live run. Dropping handles does not stop the run.

use std::sync::Arc;

use futures::channel::mpsc;
use headwater_model::id::RunId;
use headwater_model::ports::Command;
use headwater_model::run::RunOutcome;
use headwater_model::run::event::Cursor;
use headwater_model::{Error, Result};
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::stream::{Live, Subscription};

/// How a run ended here, or with the status `paused` that it left memory; an error when its log could not be written (another process may go on).
pub type RunEnd = Result<Arc<RunOutcome>>;

/// Watches and steers a run.
#[derive(Clone)]
pub struct RunHandle {
    pub run: RunId,
    pub(crate) live: Arc<Mutex<Live>>,
    pub(crate) cancel: CancellationToken,
    pub(crate) abandoned: CancellationToken,
    pub(crate) commands: mpsc::UnboundedSender<Command>,
    pub(crate) end: watch::Receiver<Option<RunEnd>>,
}

impl RunHandle {
    /// The events after `from`.
    pub fn events(&self, from: Cursor) -> Subscription {
        Subscription::new(&self.live, from)
    }

    /// Asks the run to stop; it stops promptly, also in the middle of a model's answer.
    pub fn cancel(&self) {
        self.cancel.cancel();
    }

    /// Drops the run where it is, without an end in its log: somebody else goes on with it.
    pub fn abandon(&self) {
        self.abandoned.cancel();
    }

    /// Tells the run what somebody wants. A run that has left memory does not hear it; what must
    /// not be lost is in the store first.
    pub fn tell(&self, command: Command) {
        match command {
            Command::Cancel => self.cancel(),
            // A run that has ended has nobody who listens.
            command => drop(self.commands.unbounded_send(command)),
        }
    }

    /// Whether both are of the same run at the same work; one that left memory and came back is not.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.live, &other.live)
    }

    /// Waits until it has ended, or paused.
    pub async fn finished(&self) -> RunEnd {
        let mut end = self.end.clone();
        match end.wait_for(Option::is_some).await {
            Ok(end) => end.clone().unwrap_or_else(|| Err(stopped())),
            Err(_) => Err(stopped()),
        }
    }
}

fn stopped() -> Error {
    Error::new(
        headwater_model::Code::Unavailable,
        "The run stopped before its end; it goes on after a restart.",
    )
}
