//! Tools of a workspace.

use async_trait::async_trait;
use headwater_model::id::WorkspaceId;
use headwater_model::ports::{Offered, ToolChosen, ToolRequest, ToolResult, Tools};
use headwater_model::{Code, Error, Result};

/// A workspace without tools.
pub(crate) struct NoTools;

fn unknown(tool: &str) -> Error {
    let message = format!("There is no tool “{tool}” in this workspace.");
    Error::new(Code::NotFound, message).with_field("tool")
}

#[async_trait]
impl Tools for NoTools {
    async fn offer(&self, _: WorkspaceId, tools: &[ToolChosen]) -> Result<Vec<Offered>> {
        match tools.first() {
            Some(chosen) => Err(unknown(&chosen.tool)),
            None => Ok(Vec::new()),
        }
    }

    async fn call(&self, request: ToolRequest) -> Result<ToolResult> {
        Err(unknown(&request.tool))
    }
}
