//! A round's question to the model, as a step.

use std::sync::Arc;

use async_trait::async_trait;
use headwater_model::Result;
use headwater_model::ports::{ChatMessage, Offered, ToolCall, ToolChoice};
use headwater_model::usage::Usage;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Agent;
use crate::ask::prompt::shown;
use crate::ask::{Asking, Question, Voice};
use crate::scope::Scope;
use crate::step::{Begun, Call, CallContext, Step, StepOutput};

/// What the step is called in its round.
pub(super) const NAME: &str = "model";

/// The question of one round.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub agent: Arc<Agent>,
    /// Whom to ask: as the agent's settings say, unless a model was chosen for the reply.
    pub asking: Asking,
    pub messages: Arc<Vec<ChatMessage>>,
    /// The calls of the round before, by name: what is new since the last question.
    pub since: Vec<String>,
    /// Why this is the last question: the model must answer.
    pub stopped: Option<&'static str>,
}

/// What the model said: the step's outputs, from which the dialogue goes on, also after a restart.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Said {
    pub text: String,
    pub reasoning: String,
    pub calls: Vec<Wish>,
    /// What the vendor wants back unchanged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<Value>,
    pub model: Option<String>,
    pub finish_reason: String,
    pub usage: Usage,
}

/// A call that the model wants.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Wish {
    /// As the model wrote it, for the way back.
    #[serde(flatten)]
    pub call: ToolCall,
    /// What it means; absent when it means nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// Why it cannot be carried out, in words for the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

impl Step for Ask {
    fn begin(&self, scope: &Scope) -> Result<Begun> {
        let asking = self.asking.chosen(scope);
        let mut inputs = json!({ "model": asking.model() });
        if self.since.is_empty() {
            inputs["messages"] = json!(shown(&self.messages));
        } else {
            inputs["results_of"] = json!(self.since);
        }
        if let Some(stopped) = self.stopped {
            inputs["stopped"] = json!(stopped);
        }
        Ok(Begun::Call {
            inputs,
            call: Arc::new(Self {
                asking,
                ..self.clone()
            }),
        })
    }
}

#[async_trait]
impl Call for Ask {
    async fn call(&self, context: &CallContext) -> Result<StepOutput> {
        let tools = &context.ports.tools;
        let offered = tools.offer(context.workspace, &self.agent.tools).await?;
        let question = Question {
            messages: &self.messages,
            form: None,
            // Named also when none may be called: the dialogue so far has calls of them.
            tools: offered.iter().map(|one| one.definition.clone()).collect(),
            tool_choice: match self.stopped {
                Some(_) => ToolChoice::None,
                None => ToolChoice::Auto,
            },
            voice: Voice::Aloud,
            cite: self.agent.cite,
            part: None,
        };
        let answer = self.asking.ask(context, question).await?;
        let calls = answer.calls.into_iter();
        let calls: Vec<Wish> = calls.map(|call| Wish::of(call, &offered)).collect();
        if self.stopped.is_none() && !calls.is_empty() {
            // What is said before a call is no answer.
            context.take_back();
        }
        let said = Said {
            text: answer.text,
            reasoning: answer.reasoning,
            calls,
            kept: answer.kept,
            model: answer.model,
            finish_reason: answer.finish_reason,
            usage: answer.usage,
        };
        let outputs = serde_json::to_value(said).map_err(headwater_model::Error::internal)?;
        Ok(StepOutput::of(outputs))
    }
}

impl Wish {
    fn of(call: ToolCall, offered: &[Offered]) -> Self {
        let found = offered.iter().find(|one| one.definition.name == call.name);
        let refused = match found {
            Some(_) => call.read().err().map(|malformed| malformed.to_string()),
            None => Some(unknown(&call.name, offered)),
        };
        Self {
            tool: found.map(|one| one.tool.clone()),
            function: found.map(|one| one.function.clone()),
            call,
            refused,
        }
    }
}

fn unknown(name: &str, offered: &[Offered]) -> String {
    let names: Vec<&str> = offered.iter().map(|o| o.definition.name.as_str()).collect();
    format!(
        "There is no tool “{name}”. There are: {}.",
        names.join(", ")
    )
}
