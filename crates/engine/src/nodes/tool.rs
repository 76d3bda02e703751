//! `tool`: calls one function of a tool, without a model.

use std::sync::Arc;

use async_trait::async_trait;
use headwater_model::id::RunId;
use headwater_model::ports::{ToolChosen, ToolRequest};
use headwater_model::{Code, Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::catalogue::{Compiled, NodeKind};
use crate::cite::given::numbered;
use crate::compile::Compiler;
use crate::scope::Scope;
use crate::step::{Begun, Call, CallContext, Step, StepOutput};
use crate::template::Dynamic;

/// What the catalogue knows.
pub const KIND: NodeKind = NodeKind {
    name: "tool",
    title: "Tool",
    summary: "Calls one function of a tool.",
    outputs: Some(&["value", "text", "failed"]),
    settings: || schemars::schema_for!(Settings),
    compile,
};

/// Settings of `tool`.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The tool, by its name or id.
    pub tool: String,
    /// Which of its functions; may be left out when it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// What the function is given, by name. A value that is exactly one reference keeps its type.
    #[serde(default)]
    pub arguments: Map<String, Value>,
    /// What happens when the tool itself says that it failed.
    #[serde(default)]
    pub on_failed: OnFailed,
}

/// What happens when a tool says that it failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnFailed {
    /// The node fails.
    #[default]
    Fail,
    /// The node is done; its output `failed` is true and `text` tells why.
    Output,
}

#[derive(Debug)]
struct ToolStep {
    tool: String,
    function: Option<String>,
    arguments: Vec<(String, Dynamic)>,
    on_failed: OnFailed,
}

struct Invocation {
    tool: String,
    function: Option<String>,
    arguments: Map<String, Value>,
    on_failed: OnFailed,
    run: RunId,
    depth: u32,
}

fn compile(compiler: &mut Compiler<'_>, settings: &Map<String, Value>) -> Option<Compiled> {
    let settings: Settings = compiler.settings(settings)?;
    if settings.tool.trim().is_empty() {
        compiler.problem("tool", "No tool is named.", "Write the tool's name.");
    }
    let function = settings.function.as_deref();
    if function.is_some_and(|function| function.trim().is_empty()) {
        let fix = "Write it, or leave `function` out when the tool has only one.";
        compiler.problem("function", "The function has no name.", fix);
    }
    let arguments = settings.arguments.iter();
    let arguments = arguments
        .map(|(name, value)| {
            let value = compiler.dynamic(&format!("arguments.{name}"), value);
            (name.clone(), value)
        })
        .collect();
    Some(Compiled::new(ToolStep {
        tool: settings.tool,
        function: settings.function,
        arguments,
        on_failed: settings.on_failed,
    }))
}

impl Step for ToolStep {
    fn begin(&self, scope: &Scope) -> Result<Begun> {
        let arguments = self.arguments.iter();
        let arguments = arguments
            .map(|(name, value)| Ok((name.clone(), value.value(scope)?)))
            .collect::<Result<Map<String, Value>>>()?;
        Ok(Begun::Call {
            inputs: json!({
                "tool": self.tool, "function": self.function, "arguments": arguments,
            }),
            call: Arc::new(Invocation {
                tool: self.tool.clone(),
                function: self.function.clone(),
                arguments,
                on_failed: self.on_failed,
                run: scope.run_id(),
                depth: scope.depth(),
            }),
        })
    }
}

impl Invocation {
    /// The function that is named, or the only one there is.
    async fn function(&self, context: &CallContext) -> Result<String> {
        if let Some(function) = &self.function {
            return Ok(function.clone());
        }
        let chosen = ToolChosen {
            tool: self.tool.clone(),
            only: Vec::new(),
        };
        let offered = context
            .ports
            .tools
            .offer(context.workspace, &[chosen])
            .await?;
        match offered.as_slice() {
            [one] => Ok(one.function.clone()),
            several => {
                let names = several.iter().map(|one| one.function.as_str());
                Err(Error::invalid(
                    "function",
                    match several.len() {
                        0 => format!("The tool “{}” has no function.", self.tool),
                        _ => format!(
                            "The tool “{}” has several functions; name one of: {}.",
                            self.tool,
                            names.collect::<Vec<_>>().join(", ")
                        ),
                    },
                ))
            }
        }
    }
}

#[async_trait]
impl Call for Invocation {
    async fn call(&self, context: &CallContext) -> Result<StepOutput> {
        let function = self.function(context).await?;
        let result = context.ports.tools.call(ToolRequest {
            workspace: context.workspace,
            tool: self.tool.clone(),
            function,
            arguments: self.arguments.clone(),
            run: self.run,
            depth: self.depth,
            idempotency_key: context.idempotency_key.clone(),
            value_bytes: context.value_bytes,
        });
        let result = numbered(context, result.await?)?;
        if result.failed && self.on_failed == OnFailed::Fail {
            return Err(Error::new(
                Code::Upstream,
                format!("The tool “{}” failed: {}", self.tool, result.text),
            ));
        }
        Ok(StepOutput::of(json!({
            "value": result.value, "text": result.text, "failed": result.failed,
        })))
    }
}
