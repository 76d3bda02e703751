//! What a model, or a `tool` node, may call.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::chat;
use crate::Result;
use crate::id::{RunId, WorkspaceId};
use crate::knowledge::Passage;
use crate::run::trace::MadeCall;

/// A tool of the workspace, as a flow names it, and which of its functions are meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolChosen {
    /// Its id or its name.
    pub tool: String,
    /// Which of its functions; all of them when empty.
    pub only: Vec<String>,
}

/// One function that can be called now.
#[derive(Clone, Debug, PartialEq)]
pub struct Offered {
    /// The tool it belongs to, as [`ToolChosen`] named it.
    pub tool: String,
    /// Its name within the tool.
    pub function: String,
    /// As a model is told of it; the name is unique among what was asked for together.
    pub definition: chat::Tool,
}

/// One call.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolRequest {
    pub workspace: WorkspaceId,
    /// As [`Offered`] says it.
    pub tool: String,
    /// As [`Offered`] says it.
    pub function: String,
    pub arguments: Map<String, Value>,
    /// The run that calls.
    pub run: RunId,
    /// How many flows called one another to come here; a flow called as a tool runs one deeper.
    pub depth: u32,
    /// The same for every attempt of one call; sent along where the other side can use it.
    pub idempotency_key: String,
    /// The most bytes a result may have; longer text is cut and says so.
    pub value_bytes: usize,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolResult {
    /// For a model to read.
    pub text: String,
    /// The same for a program, where the tool gave more than text; otherwise the text.
    pub value: Value,
    /// Whether the tool itself says that it failed; the text tells why.
    pub failed: bool,
    /// The models that were asked for it.
    #[serde(skip)]
    pub calls: Vec<MadeCall>,
    /// What a search found: whoever called numbers it in its own way.
    #[serde(skip)]
    pub passages: Vec<Passage>,
}

impl ToolResult {
    /// What a tool said, with nothing else about it.
    pub fn new(text: impl Into<String>, value: Value) -> Self {
        Self {
            text: text.into(),
            value,
            failed: false,
            calls: Vec::new(),
            passages: Vec::new(),
        }
    }

    /// Why a tool failed, in its own words.
    pub fn failed(text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            failed: true,
            ..Self::new(text.clone(), Value::String(text))
        }
    }
}

/// Calls tools. Contract: what the tool itself refuses or gets wrong (a status of 4xx, an error of an
/// MCP server, arguments that do not fit its schema) is a result with `failed`, for the model to learn
/// from; an `Err` means that the call could not be made or nobody knows what came of it, and trying
/// again with the same key is allowed. An unknown tool or function is `not_found` and is named.
/// Dropping the future stops the call.
#[async_trait]
pub trait Tools: Send + Sync + 'static {
    /// What can be called now, in the order asked for.
    async fn offer(&self, workspace: WorkspaceId, tools: &[ToolChosen]) -> Result<Vec<Offered>>;

    /// Calls one function.
    async fn call(&self, request: ToolRequest) -> Result<ToolResult>;
}
