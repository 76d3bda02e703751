//! Where the engine keeps what happened.

use async_trait::async_trait;

use crate::Result;
use crate::id::RunId;
use crate::run::log::LogEntry;

/// Contract: entries are durable, in order, when `append` returns. `End` commits the outcome, usage
/// and reply in the same transaction, exactly once: a second `End` is refused with `conflict`, as is
/// any append by someone who no longer holds the run.
#[async_trait]
pub trait RunLog: Send + Sync + 'static {
    /// Appends entries.
    async fn append(&self, run: RunId, entries: Vec<LogEntry>) -> Result<()>;
}
