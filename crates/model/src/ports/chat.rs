//! A model call.

mod message;
mod tool;

use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::BoxStream;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Result;
use crate::id::WorkspaceId;
use crate::run::event::Channel;
use crate::run::trace::Retry;
use crate::trace::TraceParent;
use crate::usage::Usage;

pub use message::{ChatMessage, ChatRole, Part};
pub use tool::{Malformed, Tool, ToolCall, ToolChoice};

/// Who asks again when a vendor was busy or away for a moment. One of the two, so that their
/// attempts do not multiply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Retries {
    /// Whoever carries the call out: a few times, before the first piece.
    #[default]
    Carrier,
    /// The caller, as its own settings say. This is its attempt, from 1.
    Caller { attempt: u32 },
}

/// How much a model may think before it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effort {
    Minimal,
    Low,
    Medium,
    High,
}

/// How a model writes; what is absent is the vendor's choice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters {
    pub temperature: Option<f64>,
    pub top_p: Option<f64>,
    /// Of the answer; thinking is not counted.
    pub max_tokens: Option<u32>,
    pub stop: Vec<String>,
    pub seed: Option<i64>,
    pub reasoning_effort: Option<Effort>,
    /// Fields of the vendor's own, put into the request as they are.
    pub extra: Map<String, Value>,
}

/// The form an answer must have.
#[derive(Clone, Debug, PartialEq)]
pub struct ResponseSchema {
    /// Letters, digits, `_` and `-`, at most 64.
    pub name: String,
    /// A JSON schema of an object.
    pub schema: Arc<Value>,
    /// Whether the vendor shall enforce it to the letter: every object closed, every field required.
    pub strict: bool,
}

/// What to ask of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatRequest {
    pub workspace: WorkspaceId,
    /// `default`, or `PROVIDER/MODEL`.
    pub model: String,
    pub messages: Vec<ChatMessage>,
    pub tools: Vec<Tool>,
    pub tool_choice: ToolChoice,
    pub response_schema: Option<ResponseSchema>,
    pub parameters: Parameters,
    pub retries: Retries,
    /// The same for every attempt of one step.
    pub idempotency_key: String,
    /// The trace to name to whoever is asked.
    pub trace: Option<TraceParent>,
}

impl ChatRequest {
    /// A request for text, with nothing special about it.
    pub fn new(workspace: WorkspaceId, model: &str, messages: Vec<ChatMessage>) -> Self {
        Self {
            workspace,
            model: model.to_owned(),
            messages,
            tools: Vec::new(),
            tool_choice: ToolChoice::Auto,
            response_schema: None,
            parameters: Parameters::default(),
            retries: Retries::Carrier,
            idempotency_key: String::new(),
            trace: None,
        }
    }
}

/// A piece of a model's answer.
#[derive(Clone, Debug, PartialEq)]
pub enum ChatChunk {
    /// Comes first: which model answers, as `PROVIDER/MODEL`.
    Model(String),
    /// Before the first piece: the vendor was busy or away and was asked again.
    Retried(Retry),
    /// What the vendor counted so far, for an answer that may never be complete.
    Usage(Usage),
    /// Text or reasoning, as it is written. When the request has a response schema, the text is the
    /// JSON.
    Delta(Channel, String),
    /// A part of a tool call, as it is written: `call` counts the calls of this answer from 0. The
    /// id and the name come with the first part.
    ToolDelta {
        call: usize,
        id: Option<String>,
        name: Option<String>,
        arguments: String,
    },
    /// A complete tool call.
    ToolCall(ToolCall),
    /// Something in the vendor's own words that must go back unchanged, as [`Part::Kept`], when the
    /// dialogue goes on after tool calls.
    Kept(Value),
    /// Comes last, once, when the answer is complete; its usage is the final word.
    Done { usage: Usage, finish_reason: String },
}

/// The answer as it arrives. Dropping it stops the work: the connection to the vendor closes.
pub type ChatStream = BoxStream<'static, Result<ChatChunk>>;

/// Calls models. Contract: errors before the first chunk are returned by `chat`, later ones by the
/// stream; a stream that ends without `Done` was cut, and the implementation says so with an
/// `upstream` error; what an implementation cannot do it refuses with an `invalid` error and ignores
/// nothing silently; messages of errors are sentences that tell a person what to do.
#[async_trait]
pub trait Chat: Send + Sync + 'static {
    /// Starts an answer.
    async fn chat(&self, request: ChatRequest) -> Result<ChatStream>;
}
