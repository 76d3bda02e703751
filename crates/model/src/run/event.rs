//! The one ordered, numbered alphabet for API, SSE, UI, log and tests.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::wait::Form;
use super::{Cached, Failure};
use crate::Timestamp;
use crate::id::{RunId, StepId, WaitId};
use crate::knowledge::Citation;
use crate::usage::Usage;

/// A numbered fact about a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Event {
    /// Rises from 1; some numbers are left out.
    pub seq: u64,
    pub run_id: RunId,
    pub at: Timestamp,
    #[serde(flatten)]
    pub body: EventBody,
}

/// What happened. A step's `path`, such as `each1[3]/summarise`, says where in containers it ran;
/// it is absent outside of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "type")]
pub enum EventBody {
    #[serde(rename = "run.started")]
    RunStarted {},
    #[serde(rename = "step.started")]
    StepStarted {
        node: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        path: Option<String>,
        kind: String,
        step_id: StepId,
        attempt: u32,
    },
    #[serde(rename = "step.delta")]
    StepDelta {
        node: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        path: Option<String>,
        step_id: StepId,
        channel: Channel,
        text: String,
    },
    #[serde(rename = "step.retrying")]
    StepRetrying {
        node: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        path: Option<String>,
        step_id: StepId,
        attempt: u32,
        wait_ms: u64,
        error: Failure,
    },
    #[serde(rename = "step.finished")]
    StepFinished {
        node: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        path: Option<String>,
        step_id: StepId,
        #[schema(value_type = Object)]
        outputs: Value,
        usage: Usage,
        duration_ms: u64,
        /// The result was kept from before: nothing was called, and nothing consumed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cached: Option<Cached>,
    },
    #[serde(rename = "step.failed")]
    StepFailed {
        node: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        path: Option<String>,
        step_id: StepId,
        error: Failure,
    },
    #[serde(rename = "step.skipped")]
    StepSkipped {
        node: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        path: Option<String>,
    },
    /// A piece of the reply. `offset` counts the reply's characters (Unicode scalar values) before
    /// it; a reader sets `reply = reply[..offset] + text`, since a step that ran again after a
    /// crash may rewind.
    #[serde(rename = "message.delta")]
    MessageDelta { offset: u64, text: String },
    #[serde(rename = "message.citations")]
    MessageCitations { citations: Vec<Citation> },
    /// Somebody is asked, or the whole run was paused (then there is no `form`). Other branches go
    /// on; when nothing else can, the run waits without using memory.
    #[serde(rename = "run.paused")]
    RunPaused {
        wait_id: WaitId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        node: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        path: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        form: Option<Form>,
        /// Until when.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deadline: Option<Timestamp>,
    },
    /// Somebody answered, or resumed the whole run.
    #[serde(rename = "run.resumed")]
    RunResumed {
        wait_id: WaitId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        node: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        path: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        button: Option<String>,
        /// Who; absent when the deadline passed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
    },
    #[serde(rename = "run.finished")]
    RunFinished {
        #[schema(value_type = Object)]
        outputs: Map<String, Value>,
        reply: String,
        usage: Usage,
    },
    #[serde(rename = "run.failed")]
    RunFailed { error: Failure },
    #[serde(rename = "run.cancelled")]
    RunCancelled {},
}

/// What kind of text a step streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Text,
    Reasoning,
}

impl EventBody {
    /// The wire name, such as `step.started`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::RunStarted {} => "run.started",
            Self::StepStarted { .. } => "step.started",
            Self::StepDelta { .. } => "step.delta",
            Self::StepRetrying { .. } => "step.retrying",
            Self::StepFinished { .. } => "step.finished",
            Self::StepFailed { .. } => "step.failed",
            Self::StepSkipped { .. } => "step.skipped",
            Self::MessageDelta { .. } => "message.delta",
            Self::MessageCitations { .. } => "message.citations",
            Self::RunPaused { .. } => "run.paused",
            Self::RunResumed { .. } => "run.resumed",
            Self::RunFinished { .. } => "run.finished",
            Self::RunFailed { .. } => "run.failed",
            Self::RunCancelled {} => "run.cancelled",
        }
    }

    /// Whether this ends the run; exactly one such event comes, always last.
    pub const fn is_terminal(&self) -> bool {
        matches!(
            self,
            Self::RunFinished { .. } | Self::RunFailed { .. } | Self::RunCancelled {}
        )
    }
}

/// Where a reader of a run's events stands: the last event's number and the reply's length then.
/// Written `seq.offset`, it is the id of every SSE frame; with it any replica can go on exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    pub seq: u64,
    /// The reply's length in characters after that event.
    pub offset: u64,
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.seq, self.offset)
    }
}

impl std::str::FromStr for Cursor {
    type Err = crate::Error;

    fn from_str(text: &str) -> Result<Self, crate::Error> {
        let read = || {
            let (seq, offset) = text.split_once('.')?;
            Some(Self {
                seq: seq.parse().ok()?,
                offset: offset.parse().ok()?,
            })
        };
        read().ok_or_else(|| {
            crate::Error::invalid(
                "Last-Event-ID",
                "Send back the id of the last event you received, such as 12.340.",
            )
        })
    }
}
