//! Where the engine keeps what happened.

use async_trait::async_trait;

use crate::Result;
use crate::Timestamp;
use crate::id::{RunId, WaitId};
use crate::run::log::LogEntry;
use crate::run::wait::{Answer, WaitRecord};

/// A run in the hands of whoever took it. When it was taken again since, perhaps by the same process
/// whose earlier work on it still moves, this hold is worth nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    pub run: RunId,
    /// How often the run was taken, 0 by whoever started it.
    pub epoch: u64,
}

/// How a run leaves memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Park {
    /// The number of the first event after it.
    pub next_seq: u64,
    pub at: Timestamp,
    /// The reply so far.
    pub reply: String,
    /// When the first piece of it came, as far as this process knows.
    pub first_token_at: Option<Timestamp>,
    /// The record of a pause of the whole run.
    pub whole: Option<WaitRecord>,
}

/// Whether a run was let go.
#[derive(Clone, Debug, PartialEq)]
pub enum Parked {
    Yes,
    /// These were answered in the meantime; apply them and go on.
    Answered(Vec<(WaitId, Answer)>),
    /// Somebody wants something else in the meantime.
    Commanded(Command),
}

/// What somebody wants of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    Cancel,
    /// Nothing new begins; what runs is finished first.
    Pause {
        by: String,
    },
    /// A pause that has not happened yet is called off.
    Resume,
    Answer(WaitId, Answer),
}

/// Contract: entries are durable, in order, when `append` returns. `End` commits the outcome, usage
/// and reply in the same transaction, exactly once: a second `End` is refused with `conflict`, as is
/// any append under a hold that has ended.
#[async_trait]
pub trait RunLog: Send + Sync + 'static {
    /// Whether the hold still stands, asked before anything is done outside. It costs nothing while
    /// the lease is fresh; after a stall, such as a process that was stopped for a while, it is looked
    /// up. `conflict` when somebody else has the run by now.
    async fn confirm(&self, hold: Hold) -> Result<()>;

    /// Appends entries.
    async fn append(&self, hold: Hold, entries: Vec<LogEntry>) -> Result<()>;

    /// Lets a run go that can only wait, in one transaction, unless something came in between: an
    /// answer or a command is either returned here or wakes the run later, never lost.
    async fn park(&self, hold: Hold, park: Park) -> Result<Parked>;
}
