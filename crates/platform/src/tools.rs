//! Tools of workspaces: kept, tested, called by people, and offered to flows.

mod flow;
mod functions;
mod knowledge;
mod served;
mod toolbox;

use headwater_model::access::{Caller, Permission};
use headwater_model::id::{RunId, ToolId};
use headwater_model::page::{Page, PageRequest};
use headwater_model::ports::{ToolRequest, ToolResult, Tools as _};
use headwater_model::tool::{
    LONGEST_DESCRIPTION, LONGEST_NAME, Tool, ToolFunction, ToolKind, ToolListing, ToolSettings,
    ToolSummary, valid_name,
};
use headwater_model::{Code, Error, Result};
use headwater_store::tools::changed_meanwhile;
use serde_json::{Map, Value};

use crate::{Platform, telemetry};

pub use headwater_providers::mcp::Program;
pub use served::{Served, ServedCall};
pub(crate) use toolbox::Toolbox;

/// The most tools a workspace may have.
const MOST_TOOLS: u64 = 500;
/// The most bytes a call by hand shows of its result.
const SHOWN: usize = 1024 * 1024;

/// A tool to be made.
#[derive(Clone, Debug)]
pub struct NewTool {
    pub name: String,
    pub description: String,
    pub kind: ToolKind,
    pub settings: Value,
    pub enabled: bool,
}

/// What changes about a tool; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct ToolPatch {
    pub name: Option<String>,
    pub description: Option<String>,
    pub settings: Option<Value>,
    pub enabled: Option<bool>,
    /// The version the change was made from.
    pub version: u32,
}

impl Platform {
    /// The workspace's tools, oldest first.
    pub async fn tools(&self, caller: &Caller, page: &PageRequest) -> Result<Page<ToolSummary>> {
        caller.require(Permission::ToolsRead)?;
        self.store().tools(caller.workspace).list(page).await
    }

    /// A tool by id or name.
    pub async fn tool(&self, caller: &Caller, name: &str) -> Result<Tool> {
        caller.require(Permission::ToolsRead)?;
        self.store().tools(caller.workspace).get(name).await
    }

    /// Keeps a new tool. What can be looked at without calling it is checked; a server that does not
    /// answer now does not stand in the way.
    pub async fn create_tool(&self, caller: &Caller, new: NewTool) -> Result<Tool> {
        caller.require(Permission::ToolsWrite)?;
        require_for(caller, new.kind)?;
        let now = self.clock().now();
        let mut tool = Tool {
            id: self.store().fresh(ToolId::new),
            name: checked_name(&new.name)?,
            description: checked_description(&new.description)?,
            kind: new.kind,
            settings: ToolSettings::parse(new.kind, new.settings)?,
            enabled: new.enabled,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        let tools = self.store().tools(caller.workspace);
        if tools.count().await? >= MOST_TOOLS {
            return Err(Error::new(
                Code::QuotaExceeded,
                format!("A workspace may have {MOST_TOOLS} tools. Delete one that is not used."),
            )
            .with_limit("tools", None));
        }
        self.toolbox().complete(caller.workspace, &mut tool).await?;
        tools.create(&tool, &caller.label()).await?;
        Ok(tool)
    }

    /// Changes a tool, unless somebody else was faster.
    pub async fn update_tool(&self, caller: &Caller, name: &str, patch: ToolPatch) -> Result<Tool> {
        caller.require(Permission::ToolsWrite)?;
        let tools = self.store().tools(caller.workspace);
        let mut tool = tools.get(name).await?;
        require_for(caller, tool.kind)?;
        if patch.version != tool.version {
            return Err(changed_meanwhile());
        }
        if let Some(name) = &patch.name {
            tool.name = checked_name(name)?;
        }
        if let Some(description) = &patch.description {
            tool.description = checked_description(description)?;
        }
        tool.enabled = patch.enabled.unwrap_or(tool.enabled);
        tool.version += 1;
        tool.updated_at = self.clock().now();
        // Settings that stay are not looked at again: what they name may be gone, and the tool can
        // be disabled all the same.
        if let Some(settings) = patch.settings {
            tool.settings = ToolSettings::parse(tool.kind, settings)?;
            self.toolbox().complete(caller.workspace, &mut tool).await?;
        }
        tools.update(&tool, patch.version, &caller.label()).await?;
        self.toolbox().changed(caller.workspace, &tool).await;
        Ok(tool)
    }

    /// Deletes a tool; flows that name it are told so when they call it.
    pub async fn delete_tool(&self, caller: &Caller, name: &str) -> Result<()> {
        caller.require(Permission::ToolsWrite)?;
        let tools = self.store().tools(caller.workspace);
        let tool = tools.get(name).await?;
        require_for(caller, tool.kind)?;
        tools.delete(&tool, &caller.label()).await?;
        self.toolbox().changed(caller.workspace, &tool).await;
        Ok(())
    }

    /// Asks a tool what it offers now, past whatever is remembered.
    pub async fn test_tool(&self, caller: &Caller, name: &str) -> Result<ToolListing> {
        caller.require(Permission::ToolsWrite)?;
        let tool = self.store().tools(caller.workspace).get(name).await?;
        require_for(caller, tool.kind)?;
        let began = self.clock().now();
        let listing = self
            .toolbox()
            .functions(caller.workspace, &tool, true)
            .await?;
        let took = self.clock().now().as_millis() - began.as_millis();
        let functions = listing.functions.iter().map(|function| ToolFunction {
            name: function.name.clone(),
            description: function.description.clone(),
            parameters: function.parameters.as_ref().clone(),
        });
        Ok(ToolListing {
            functions: functions.collect(),
            left_out: listing.left_out,
            latency_ms: u64::try_from(took).unwrap_or(0),
        })
    }

    /// Calls one function by hand; a tool that has only one needs no name.
    pub async fn call_tool(
        &self,
        caller: &Caller,
        name: &str,
        function: Option<String>,
        arguments: Map<String, Value>,
    ) -> Result<ToolResult> {
        caller.require(Permission::ToolsWrite)?;
        let tools = self.store().tools(caller.workspace);
        let tool = self.toolbox().find(caller.workspace, name).await?;
        require_for(caller, tool.kind)?;
        let function = match function {
            Some(function) => function,
            None => {
                self.toolbox()
                    .only_function(caller.workspace, &tool)
                    .await?
            }
        };
        tools.note_call(tool.id, &function, &caller.label()).await?;
        let request = ToolRequest {
            workspace: caller.workspace,
            tool: tool.id.to_string(),
            function,
            arguments,
            run: self.store().fresh(RunId::new),
            depth: 0,
            idempotency_key: format!("hand-{:032x}", crate::random()),
            value_bytes: SHOWN,
        };
        let result = self.toolbox().call(request).await?;
        for call in &result.calls {
            telemetry::consumed(call.usage);
        }
        Ok(result)
    }

    pub(crate) fn toolbox(&self) -> &Toolbox {
        &self.inner.tools
    }
}

/// Programs of the operator's are for admins.
fn require_for(caller: &Caller, kind: ToolKind) -> Result<()> {
    match kind {
        ToolKind::McpStdio => caller.require(Permission::ToolsPrograms),
        _ => Ok(()),
    }
}

fn checked_name(name: &str) -> Result<String> {
    if valid_name(name) {
        return Ok(name.to_owned());
    }
    Err(Error::invalid(
        "name",
        format!(
            "“{name}” is not a name of a tool. Use 1 to {LONGEST_NAME} small letters, digits, _ and -."
        ),
    ))
}

fn checked_description(description: &str) -> Result<String> {
    if description.chars().count() > LONGEST_DESCRIPTION || description.contains('\0') {
        return Err(Error::invalid(
            "description",
            format!("The description may have at most {LONGEST_DESCRIPTION} characters."),
        ));
    }
    Ok(description.trim().to_owned())
}

#[cfg(test)]
mod tests;
