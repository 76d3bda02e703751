//! Flows as tools of this server: what programs elsewhere see of a workspace over MCP.

use headwater_model::access::{Caller, Permission};
use headwater_model::ports::ToolResult;
use headwater_model::{Code, Error, Result};
use serde_json::{Map, Value};

use super::flow::result_of;
use crate::Platform;
use crate::runs::Called;

/// A flow that is served.
#[derive(Clone, Debug, PartialEq)]
pub struct Served {
    /// The flow's slug.
    pub name: String,
    pub title: String,
    pub description: String,
    /// The JSON Schema of its inputs.
    pub arguments: Value,
}

/// A call of a served flow.
#[derive(Clone, Debug)]
pub struct ServedCall {
    pub name: String,
    pub arguments: Map<String, Value>,
    /// The same for every attempt of one call, when the caller has such a thing.
    pub idempotency_key: Option<String>,
}

impl Platform {
    /// The published flows that say `serve_as_tool`, by slug.
    pub async fn served_flows(&self, caller: &Caller) -> Result<Vec<Served>> {
        caller.require(Permission::RunsStart)?;
        let served = self.store().flows(caller.workspace).served().await?;
        let served = served.into_iter().map(|(name, revision)| Served {
            name,
            arguments: revision.document.arguments(),
            title: revision.document.name,
            description: revision.document.description,
        });
        Ok(served.collect())
    }

    /// Runs a served flow to its end; dropping the future cancels the run.
    pub async fn call_served(&self, caller: &Caller, call: ServedCall) -> Result<ToolResult> {
        caller.require(Permission::RunsStart)?;
        let unknown = || {
            let text = format!("There is no flow “{}” that is served as a tool.", call.name);
            Error::new(Code::NotFound, text).with_field("name")
        };
        let (revisions, store) = (&self.inner.revisions, self.store());
        let flow = revisions.flow(store, caller.workspace, &call.name).await;
        let flow = flow.map_err(|error| match error.code {
            Code::NotFound => unknown(),
            _ => error,
        })?;
        // By its slug only, and only while it says so: an id names any flow.
        if flow.slug != call.name || flow.published.is_none() {
            return Err(unknown());
        }
        let revision = self.published(caller.workspace, &flow).await?;
        if !revision.document.serve_as_tool {
            return Err(unknown());
        }
        // Two keys that call with the same words do not mean the same call.
        let key = match call.idempotency_key {
            Some(key) => format!("{}/{}/{key}", caller.label(), call.name),
            None => format!("{:032x}", crate::random()),
        };
        let called = Called {
            workspace: caller.workspace,
            flow: call.name,
            input: call.arguments,
            depth: 0,
            key,
        };
        match self.run_called(called).await {
            Ok(run) => Ok(result_of(run)),
            Err(error) if error.code == Code::Invalid => Ok(ToolResult::failed(error.message)),
            Err(error) => Err(error),
        }
    }
}
