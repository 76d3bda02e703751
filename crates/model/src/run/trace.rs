//! How a step came to its end: its attempts, and the model calls it made.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Failure;
use crate::usage::Usage;
use crate::{Error, Timestamp};

/// An attempt that failed and was made again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
// A node's setting is called `Retry` in the API, too.
#[schema(as = FailedAttempt)]
pub struct Retry {
    /// Which one, from 1.
    pub attempt: u32,
    pub error: Failure,
    /// When it failed.
    pub at: Timestamp,
    /// How long was waited before the next one.
    pub wait_ms: u64,
}

/// The cause of a failure that came after others: what was tried before.
#[derive(Debug)]
pub struct Tried {
    pub retries: Vec<Retry>,
    pub last: Error,
}

impl Tried {
    /// What was tried before this failure.
    pub fn before(error: &Error) -> &[Retry] {
        let source = std::error::Error::source(error);
        let tried = source.and_then(|source| source.downcast_ref::<Self>());
        tried.map_or(&[], |tried| &tried.retries)
    }
}

impl fmt::Display for Tried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tried {} times", self.retries.len() + 1)
    }
}

impl std::error::Error for Tried {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.last)
    }
}

/// What a model was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallKind {
    /// An answer.
    #[default]
    Chat,
    /// The vectors of texts.
    Embedding,
    /// How well texts answer a question.
    Rerank,
}

/// A call of a model that whoever was asked made on the way.
#[derive(Clone, Debug, PartialEq)]
pub struct MadeCall {
    pub kind: CallKind,
    /// `PROVIDER/MODEL`.
    pub model: String,
    /// Nothing when it failed.
    pub usage: Usage,
    pub error: Option<Failure>,
    pub started_at: Timestamp,
    pub finished_at: Timestamp,
}

/// A model that was asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ModelCall {
    /// What for.
    #[serde(default)]
    pub kind: CallKind,
    /// Whom the step asked: `PROVIDER/MODEL`, or `default`.
    pub asked: String,
    /// Who answered, as `PROVIDER/MODEL`.
    pub model: Option<String>,
    /// The step's attempt it belongs to, from 1.
    pub attempt: u32,
    /// How many messages of the step's call before stand in front of these.
    #[serde(default)]
    pub messages_before: u32,
    /// What was sent; pictures are named, not repeated.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    pub messages: Vec<Value>,
    /// The names of the tools the model could call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<String>,
    pub usage: Usage,
    /// The vendor's word for why the answer ended; absent when it was cut off.
    pub finish_reason: Option<String>,
    pub error: Option<Failure>,
    /// How often the vendor was asked again before it answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retries: Vec<Retry>,
    pub started_at: Timestamp,
    /// When the first piece of the answer came.
    pub first_token_at: Option<Timestamp>,
    pub finished_at: Timestamp,
}

impl ModelCall {
    /// Whether it has not come to an end.
    pub fn is_open(&self) -> bool {
        self.kind == CallKind::Chat && self.finish_reason.is_none() && self.error.is_none()
    }
}

/// A step's attempts and model calls, in order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct StepTrace {
    /// When the first piece of the first answer came.
    #[serde(default)]
    pub first_token_at: Option<Timestamp>,
    #[serde(default)]
    pub retries: Vec<Retry>,
    #[serde(default)]
    pub calls: Vec<ModelCall>,
}

impl StepTrace {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.retries.is_empty() && self.calls.is_empty()
    }
}
