//! Running code that people wrote into a flow.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value};

use crate::Result;
use crate::id::WorkspaceId;

/// The languages a `code` node may be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    JavaScript,
    Python,
}

impl Language {
    /// As people write it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::JavaScript => "JavaScript",
            Self::Python => "Python",
        }
    }
}

/// One call of a program's `main`.
#[derive(Clone, Debug, PartialEq)]
pub struct CodeRequest {
    pub workspace: WorkspaceId,
    pub language: Language,
    /// The program; it defines `main`.
    pub code: Arc<str>,
    /// The one argument of `main`.
    pub inputs: Arc<Map<String, Value>>,
    /// The memory the program may use; the operator's maximum when absent.
    pub memory_bytes: Option<u64>,
    /// The most bytes its result may have as JSON.
    pub output_bytes: usize,
}

/// What a program left behind.
#[derive(Clone, Debug, PartialEq)]
pub struct CodeResult {
    /// What `main` returned, of any shape.
    pub value: Value,
    /// What it printed, cut when it is long.
    pub logs: String,
}

/// Runs programs nobody trusts. Contract: a program sees its inputs and nothing else: no file, no
/// network, no process, no environment, nothing of an earlier call. Whatever it does, the call ends
/// in bounded time with a result or an error, and neither the caller's process nor another call
/// notices. Mistakes of the program are `invalid` errors that name `code` and tell the line where it
/// is known; a program that hits a limit ends as `timeout` or `too_large` and names the limit; only
/// when nothing could run it is the error `unavailable`. Dropping the future stops the program.
#[async_trait]
pub trait RunCode: Send + Sync + 'static {
    /// Loads the program and calls `main`.
    async fn run(&self, request: CodeRequest) -> Result<CodeResult>;

    /// Loads the program without calling `main`: an error tells why no run of it can succeed.
    async fn check(&self, workspace: WorkspaceId, language: Language, code: Arc<str>)
    -> Result<()>;
}
