//! One call of a tool, as a step.

use std::sync::Arc;

use async_trait::async_trait;
use headwater_model::id::RunId;
use headwater_model::ports::{ToolRequest, ToolResult};
use headwater_model::{Error, Result};
use serde_json::{Value, json};

use super::asking::Wish;
use crate::cite::given::numbered;
use crate::scope::Scope;
use crate::step::{Begun, Call, CallContext, Step, StepOutput};

/// What the step's place in the plan is called; each step is called by its function and number.
pub(super) const NAME: &str = "tool";
/// A model reads at most so much of what a step may put out.
const SHARE: usize = 16;

/// A call that is to be carried out.
#[derive(Clone, Debug)]
pub(super) struct Carry {
    pub wish: Wish,
}

struct Carried {
    wish: Wish,
    run: RunId,
    depth: u32,
}

impl Step for Carry {
    fn begin(&self, scope: &Scope) -> Result<Begun> {
        let Wish {
            call,
            tool,
            function,
            ..
        } = &self.wish;
        let arguments = match call.read() {
            Ok(arguments) => Value::Object(arguments),
            Err(_) => json!(call.arguments),
        };
        Ok(Begun::Call {
            inputs: json!({
                "tool": tool,
                "function": function.as_ref().unwrap_or(&call.name),
                "arguments": arguments,
            }),
            call: Arc::new(Carried {
                wish: self.wish.clone(),
                run: scope.run_id(),
                depth: scope.depth(),
            }),
        })
    }
}

#[async_trait]
impl Call for Carried {
    async fn call(&self, context: &CallContext) -> Result<StepOutput> {
        let Wish {
            call,
            tool,
            function,
            refused,
        } = &self.wish;
        if let Some(refused) = refused {
            return Ok(outputs(refused, &json!(refused), true, 0));
        }
        let (Some(tool), Some(function), Ok(arguments)) = (tool, function, call.read()) else {
            return Err(Error::internal("a call of nothing that was not refused"));
        };
        let (begun, most) = (context.now(), context.value_bytes / SHARE);
        let result = context.ports.tools.call(ToolRequest {
            workspace: context.workspace,
            tool: tool.clone(),
            function: function.clone(),
            arguments,
            run: self.run,
            depth: self.depth,
            idempotency_key: context.idempotency_key.clone(),
            value_bytes: most,
        });
        let ToolResult {
            text,
            value,
            failed,
            ..
        } = numbered(context, result.await?)?;
        let took = context.now().as_millis() - begun.as_millis();
        Ok(outputs(&text, &value, failed, took))
    }
}

fn outputs(text: &str, value: &Value, failed: bool, duration_ms: i64) -> StepOutput {
    StepOutput::of(json!({
        "text": text, "value": value, "failed": failed, "duration_ms": duration_ms,
    }))
}
