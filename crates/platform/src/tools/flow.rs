//! A published flow as a function: it runs as a run of its own.

use std::sync::Arc;

use headwater_model::id::WorkspaceId;
use headwater_model::ports::{ToolRequest, ToolResult};
use headwater_model::run::{Run, RunStatus};
use headwater_model::tool::{DEEPEST, FlowSettings, Tool};
use headwater_model::{Code, Result};
use serde_json::Value;

use super::functions::{Does, Function};
use crate::Platform;
use crate::runs::Called;

impl Platform {
    /// The function a flow is, as it is published now.
    pub(super) async fn flow_function(
        &self,
        workspace: WorkspaceId,
        tool: &Tool,
        settings: &FlowSettings,
    ) -> Result<Function> {
        let (store, name) = (self.store(), &settings.flow);
        let flow = self.inner.revisions.flow(store, workspace, name).await;
        let flow = flow.map_err(|error| match error.code {
            Code::NotFound => headwater_model::Error::new(
                Code::NotFound,
                format!(
                    "There is no flow “{name}”, which the tool “{}” runs.",
                    tool.name
                ),
            )
            .with_field("settings.flow"),
            _ => error,
        })?;
        let revision = self.published(workspace, &flow).await?;
        let own = revision.document.description.trim();
        let description = match (tool.description.as_str(), own) {
            ("", "") => format!("Runs the flow “{}”.", flow.name),
            ("", own) => own.to_owned(),
            (said, _) => said.to_owned(),
        };
        Ok(Function {
            name: tool.name.clone(),
            description,
            parameters: Arc::new(revision.document.arguments()),
            does: Does::Run(settings.clone()),
        })
    }

    /// Runs the flow; dropping the future cancels the run.
    pub(super) async fn run_as_function(
        &self,
        settings: &FlowSettings,
        request: &ToolRequest,
    ) -> Result<ToolResult> {
        if request.depth >= DEEPEST {
            return Ok(ToolResult::failed(format!(
                "Flows call one another {DEEPEST} deep already; this one is not run."
            )));
        }
        let called = Called {
            workspace: request.workspace,
            flow: settings.flow.clone(),
            input: request.arguments.clone(),
            depth: request.depth + 1,
            key: request.idempotency_key.clone(),
        };
        match self.run_called(called).await {
            Ok(run) => Ok(result_of(run)),
            Err(error) if matches!(error.code, Code::Invalid | Code::Conflict | Code::NotFound) => {
                Ok(ToolResult::failed(error.message.into_owned()))
            }
            Err(error) => Err(error),
        }
    }
}

/// What a run gave, as the result of a call.
pub(super) fn result_of(run: Run) -> ToolResult {
    match run.status {
        RunStatus::Succeeded => {
            let outputs = Value::Object(run.outputs);
            let none = outputs.as_object().is_none_or(serde_json::Map::is_empty);
            let text = match (run.reply.is_empty(), none) {
                (false, _) => run.reply,
                (true, false) => outputs.to_string(),
                (true, true) => "The flow has run; it gave neither a reply nor outputs.".to_owned(),
            };
            let value = match none {
                true => Value::String(text.clone()),
                false => outputs,
            };
            ToolResult::new(text, value)
        }
        RunStatus::Cancelled => ToolResult::failed("The run of the flow was cancelled.".to_owned()),
        _ => ToolResult::failed(match run.error {
            Some(error) => format!("The flow failed ({}): {}", error.code, error.message),
            None => "The flow failed.".to_owned(),
        }),
    }
}
