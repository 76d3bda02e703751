//! A model call.

use async_trait::async_trait;
use futures::stream::BoxStream;

use crate::Result;
use crate::id::WorkspaceId;
use crate::run::event::Channel;
use crate::usage::Usage;

/// Who speaks in a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChatRole {
    System,
    User,
    Assistant,
}

/// One message of a prompt.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ChatMessage {
    pub role: ChatRole,
    pub content: String,
}

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

/// What to ask of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatRequest {
    pub workspace: WorkspaceId,
    /// `default`, or `PROVIDER/MODEL`.
    pub model: String,
    pub messages: Vec<ChatMessage>,
    pub temperature: Option<f64>,
    pub max_tokens: Option<u32>,
    pub retries: Retries,
    /// The same for every attempt of one step.
    pub idempotency_key: String,
}

/// A piece of a model's answer.
#[derive(Clone, Debug, PartialEq)]
pub enum ChatChunk {
    /// Comes first: which model answers, as `PROVIDER/MODEL`.
    Model(String),
    /// What the vendor counted so far, for an answer that may never be complete.
    Usage(Usage),
    /// Text or reasoning, as it is written.
    Delta(Channel, String),
    /// Comes last, once, when the answer is complete; its usage is the final word.
    Done { usage: Usage, finish_reason: String },
}

/// The answer as it arrives. Dropping it stops the work: the connection to the vendor closes.
pub type ChatStream = BoxStream<'static, Result<ChatChunk>>;

/// Calls models. Contract: errors before the first chunk are returned by `chat`, later ones by the
/// stream; a stream that ends without `Done` was cut, and the implementation says so with an
/// `upstream` error; messages of errors are sentences that tell a person what to do.
#[async_trait]
pub trait Chat: Send + Sync + 'static {
    /// Starts an answer.
    async fn chat(&self, request: ChatRequest) -> Result<ChatStream>;
}
