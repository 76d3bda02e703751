//! Runs: what starts them, what happens in them, and what is kept of them.

pub mod event;
pub mod feedback;
pub mod log;
pub mod trace;
pub mod wait;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use self::feedback::Marks;
use self::trace::StepTrace;
use crate::conversation::Speaker;
use crate::conversation::attachment::Attachment;
use crate::id::{ConversationId, FlowId, RunId, ShareId, StepId, TriggerId};
use crate::knowledge::Citation;
use crate::trace::TraceParent;
use crate::usage::Usage;
use crate::{Code, Error, Timestamp};

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    Queued,
    Running,
    /// Waits for somebody; nobody works on it.
    Paused,
    Succeeded,
    Failed,
    Cancelled,
}

impl RunStatus {
    pub const ALL: [Self; 6] = [
        Self::Queued,
        Self::Running,
        Self::Paused,
        Self::Succeeded,
        Self::Failed,
        Self::Cancelled,
    ];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing more will happen.
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

/// Why something failed, as its owner may read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Failure {
    pub code: Code,
    pub message: String,
    /// The name of the limit that was hit, such as `run_steps`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
}

impl Failure {
    /// A failure that is no limit's.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            limit: None,
        }
    }
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        Self {
            code: error.code,
            message: error.message.to_string(),
            limit: error.limit.as_deref().map(str::to_owned),
        }
    }
}

impl RunInput {
    /// The failed run it goes on from.
    pub fn retry_of(&self) -> Option<RunId> {
        self.pins
            .as_ref()
            .filter(|pins| pins.retry)
            .map(|pins| pins.of)
    }

    /// The run whose input it has, too.
    pub fn replay_of(&self) -> Option<RunId> {
        self.pins
            .as_ref()
            .filter(|pins| !pins.retry)
            .map(|pins| pins.of)
    }
}

/// An earlier turn of the conversation, for models that remember.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    pub role: Speaker,
    pub text: String,
    /// What the turn carried.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<Attachment>,
}

/// What a run starts from: checked inputs and, in a conversation, the turns before.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunInput {
    pub input: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<Turn>,
    /// What the question carries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<Attachment>,
    /// The conversation's variables as they were before.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub variables: Map<String, Value>,
    /// What the workspace sets in place of the flow's environment values.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub environment: Map<String, Value>,
    /// How many flows called one another to come here, when a flow is called as a tool.
    #[serde(default, skip_serializing_if = "is_top")]
    pub depth: u32,
    /// The run whose results it takes over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pins: Option<Pins>,
    /// The only node to run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<Only>,
    /// The trigger that started it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<TriggerId>,
    /// The visitor of a share who asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visit: Option<Visit>,
    /// The trace it was asked for in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<TraceParent>,
    /// The model to ask, as PROVIDER/MODEL, for what is said in the reply while it is written,
    /// in place of the one the flow names there and of its fallbacks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The knowledge bases to search, by slug or id, in place of those that the flow's own nodes name;
    /// those that the flow names when empty. Flows that it calls search where they say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub knowledge_bases: Vec<String>,
}

/// Who came to which share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    pub share: ShareId,
    pub visitor: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_top(depth: &u32) -> bool {
    *depth == 0
}

/// Results of another run that stand for running steps again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pins {
    pub of: RunId,
    /// Whether it goes on where the other failed, or begins anew.
    pub retry: bool,
    /// The nodes whose results stand; all that finished when absent.
    pub nodes: Option<Vec<String>>,
}

/// A single node, run with given results of the nodes before it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Only {
    pub node: String,
    /// By the ids of the nodes before it.
    pub outputs: Map<String, Value>,
}

/// One execution, as the API shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Run {
    pub id: RunId,
    pub flow_id: Option<FlowId>,
    pub flow_name: String,
    pub revision: u32,
    pub status: RunStatus,
    #[schema(value_type = Object)]
    pub input: Map<String, Value>,
    #[schema(value_type = Object)]
    pub outputs: Map<String, Value>,
    pub reply: String,
    pub citations: Vec<Citation>,
    pub error: Option<Failure>,
    pub usage: Usage,
    pub conversation_id: Option<ConversationId>,
    /// What its conversation remembers from then on; absent when that stayed as it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub variables: Option<Map<String, Value>>,
    /// The failed run this one goes on from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_of: Option<RunId>,
    /// The run whose input this one has, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replay_of: Option<RunId>,
    /// The trigger that started it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger_id: Option<TriggerId>,
    /// What people said of it, in lists and when it is asked for by its id; absent when nobody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marks: Option<Marks>,
    /// The share whose visitor asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share_id: Option<ShareId>,
    /// Who asked for it: the id of a user, a key or a trigger, or `operator`; absent when a flow did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<String>,
    pub created_at: Timestamp,
    pub started_at: Option<Timestamp>,
    /// When the first piece of the reply came; absent when there is none, or a server that stopped
    /// knew alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_token_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
}

/// That a step's result was kept from before, and nothing was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Cached {
    /// How old the result was.
    pub age_ms: u64,
    /// What the call would have consumed again.
    pub saved: Usage,
}

/// Where a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepStatus {
    Running,
    Done,
    Failed,
    Skipped,
}

/// One node executed once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Step {
    pub id: StepId,
    pub node: String,
    /// Where it ran, such as `each1[3]/summarise`; absent outside of containers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    pub kind: String,
    pub status: StepStatus,
    /// The settings as rendered for this step.
    #[schema(value_type = Object)]
    pub inputs: Value,
    #[schema(value_type = Object)]
    pub outputs: Value,
    pub error: Option<Failure>,
    pub usage: Usage,
    /// Absent when it was called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached: Option<Cached>,
    /// The model that answered last, as `PROVIDER/MODEL`.
    #[serde(default)]
    pub model: Option<String>,
    pub attempt: u32,
    pub started_at: Timestamp,
    pub finished_at: Option<Timestamp>,
    #[serde(flatten)]
    pub trace: StepTrace,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub struct RunOutcome {
    pub status: RunStatus,
    pub outputs: Map<String, Value>,
    pub reply: String,
    /// When the first piece of the reply came, as far as this process knows.
    pub first_token_at: Option<Timestamp>,
    pub citations: Vec<Citation>,
    pub error: Option<Failure>,
    pub usage: Usage,
    /// The model that wrote last, as `PROVIDER/MODEL`.
    pub model: Option<String>,
    /// The conversation's variables from now on; absent when they stay as they were.
    pub variables: Option<Map<String, Value>>,
}

impl RunOutcome {
    /// The end of a run of which nothing else is known.
    pub fn failed(error: Failure) -> Self {
        Self {
            status: RunStatus::Failed,
            outputs: Map::new(),
            reply: String::new(),
            first_token_at: None,
            citations: Vec::new(),
            error: Some(error),
            usage: Usage::default(),
            model: None,
            variables: None,
        }
    }
}
