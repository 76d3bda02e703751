//! What the run log keeps: one record per step boundary, and the end. State is the fold of these.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::trace::StepTrace;
use super::wait::WaitRecord;
use super::{Cached, Failure, RunOutcome, Step, StepStatus};
use crate::Timestamp;
use crate::id::StepId;
use crate::usage::Usage;

/// A finished step, as stored and as folded back after a restart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// The number of the event that announced it.
    pub seq: u64,
    pub id: StepId,
    pub node: String,
    /// Where it ran, such as `each1[3]/summarise`; absent outside of containers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    pub kind: String,
    /// `Done`, `Failed` or `Skipped`.
    pub status: StepStatus,
    pub attempt: u32,
    pub inputs: Value,
    pub outputs: Value,
    /// The way out that was taken, for nodes with several.
    pub handle: Option<String>,
    pub error: Option<Failure>,
    pub usage: Usage,
    /// When its result was kept from before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached: Option<Cached>,
    pub model: Option<String>,
    pub started_at: Timestamp,
    pub finished_at: Timestamp,
    /// How it came to its end.
    #[serde(default)]
    pub trace: StepTrace,
}

impl From<StepRecord> for Step {
    fn from(record: StepRecord) -> Self {
        Self {
            id: record.id,
            node: record.node,
            path: record.path,
            kind: record.kind,
            status: record.status,
            inputs: record.inputs,
            outputs: record.outputs,
            error: record.error,
            usage: record.usage,
            cached: record.cached,
            model: record.model,
            attempt: record.attempt,
            started_at: record.started_at,
            finished_at: Some(record.finished_at),
            trace: record.trace,
        }
    }
}

impl StepRecord {
    /// What names the step in its run: the path, or the node's id outside of containers.
    pub fn place(&self) -> &str {
        self.path.as_deref().unwrap_or(&self.node)
    }
}

/// One entry of the log.
#[derive(Clone, Debug, PartialEq)]
pub enum LogEntry {
    Step(StepRecord),
    /// A step waits for somebody.
    Wait(WaitRecord),
    /// Always last. `seq` is the terminal event's number.
    End {
        seq: u64,
        at: Timestamp,
        outcome: RunOutcome,
    },
}
