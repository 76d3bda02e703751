//! `chat`: asks a model and streams its answer.

use std::sync::Arc;

use async_trait::async_trait;
use headwater_model::Result;
use headwater_model::conversation::Speaker;
use headwater_model::ports::{ChatMessage, ChatRequest, ChatRole};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::ask::ask;
use crate::catalogue::{Compiled, NodeKind};
use crate::compile::Compiler;
use crate::scope::Scope;
use crate::step::{Begun, Call, CallContext, Step, StepOutput};
use crate::template::Template;

/// What the catalogue knows.
pub const KIND: NodeKind = NodeKind {
    name: "chat",
    title: "Chat",
    summary: "Asks a model.",
    outputs: Some(&["text", "reasoning", "model", "finish_reason"]),
    settings: || schemars::schema_for!(Settings),
    compile,
};

/// Settings of `chat`.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// `default`, or PROVIDER/MODEL.
    #[serde(default = "default_model")]
    pub model: String,
    /// The prompt.
    pub messages: Vec<MessageSettings>,
    /// How many earlier messages of the conversation to put before the last user message.
    #[serde(default)]
    pub history: u32,
    #[serde(default)]
    pub temperature: Option<f64>,
    #[serde(default)]
    pub max_tokens: Option<u32>,
}

/// One message of the prompt.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageSettings {
    pub role: Role,
    /// A template.
    pub content: String,
}

/// Who speaks.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    System,
    User,
    Assistant,
}

fn default_model() -> String {
    "default".to_owned()
}

#[derive(Debug)]
struct ChatStep {
    model: String,
    messages: Vec<(ChatRole, Template)>,
    history: usize,
    temperature: Option<f64>,
    max_tokens: Option<u32>,
}

struct Ask {
    model: String,
    messages: Vec<ChatMessage>,
    temperature: Option<f64>,
    max_tokens: Option<u32>,
}

fn compile(compiler: &mut Compiler<'_>, settings: &Map<String, Value>) -> Option<Compiled> {
    let settings: Settings = compiler.settings(settings)?;
    if settings.messages.is_empty() {
        compiler.problem("messages", "There is no message.", "Add a user message.");
    }
    if settings.model.trim().is_empty() {
        compiler.problem("model", "No model is named.", "Write `default`.");
    }
    let messages = settings
        .messages
        .iter()
        .enumerate()
        .map(|(index, message)| {
            let role = match message.role {
                Role::System => ChatRole::System,
                Role::User => ChatRole::User,
                Role::Assistant => ChatRole::Assistant,
            };
            let field = format!("messages[{index}].content");
            (role, compiler.template(&field, &message.content))
        })
        .collect();
    Some(Compiled {
        streams: true,
        ..Compiled::new(ChatStep {
            model: settings.model,
            messages,
            history: settings.history as usize,
            temperature: settings.temperature,
            max_tokens: settings.max_tokens,
        })
    })
}

impl Step for ChatStep {
    fn begin(&self, scope: &Scope) -> Result<Begun> {
        let mut messages = self
            .messages
            .iter()
            .map(|(role, content)| {
                Ok(ChatMessage {
                    role: *role,
                    content: content.text(scope)?,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        let last_user = messages
            .iter()
            .rposition(|message| message.role == ChatRole::User)
            .unwrap_or(messages.len());
        let turns = scope.history();
        let earlier = turns[turns.len().saturating_sub(self.history)..]
            .iter()
            .map(|turn| ChatMessage {
                role: match turn.role {
                    Speaker::User => ChatRole::User,
                    Speaker::Assistant => ChatRole::Assistant,
                },
                content: turn.text.clone(),
            });
        messages.splice(last_user..last_user, earlier);
        Ok(Begun::Call {
            inputs: json!({ "model": self.model, "messages": messages }),
            call: Arc::new(Ask {
                model: self.model.clone(),
                messages,
                temperature: self.temperature,
                max_tokens: self.max_tokens,
            }),
        })
    }
}

#[async_trait]
impl Call for Ask {
    async fn call(&self, context: &CallContext) -> Result<StepOutput> {
        let answer = ask(
            context,
            ChatRequest {
                workspace: context.workspace,
                model: self.model.clone(),
                messages: self.messages.clone(),
                temperature: self.temperature,
                max_tokens: self.max_tokens,
                retries: context.retries,
                idempotency_key: context.idempotency_key.clone(),
            },
        )
        .await?;
        Ok(StepOutput::of(json!({
            "text": answer.text,
            "reasoning": answer.reasoning,
            "model": answer.model,
            "finish_reason": answer.finish_reason,
        })))
    }
}
