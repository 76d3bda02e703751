//! A handle on a live run. Dropping handles does not stop the run.

use std::sync::Arc;

use headwater_model::id::RunId;
use headwater_model::run::RunOutcome;
use headwater_model::run::event::Cursor;
use headwater_model::{Error, Result};
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::stream::{Live, Subscription};

/// How a run ended here; an error when its log could not be written (another process may go on).
pub type RunEnd = Result<Arc<RunOutcome>>;

/// Watches and steers a run.
#[derive(Clone)]
pub struct RunHandle {
    pub run: RunId,
    pub(crate) live: Arc<Mutex<Live>>,
    pub(crate) cancel: CancellationToken,
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

    /// Waits for the end.
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
