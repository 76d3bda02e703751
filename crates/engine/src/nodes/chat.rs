//! `chat`: asks a model and streams its answer, or has it fill in a form.

use std::sync::Arc;

use async_trait::async_trait;
use headwater_model::Result;
use headwater_model::ports::ChatMessage;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::ask::attached::{Attaching, Attachments, usual_tokens};
use crate::ask::form::{Filled, Form};
use crate::ask::prompt::{History, MessageSettings, Prompt, shown};
use crate::ask::{Asking, ModelSettings, Question};
use crate::catalogue::{Compiled, NodeKind};
use crate::cite::citing::Cite;
use crate::compile::Compiler;
use crate::scope::Scope;
use crate::step::{Begun, Call, CallContext, Identity, Step, StepOutput};

/// What the catalogue knows.
pub const KIND: NodeKind = NodeKind {
    name: "chat",
    title: "Chat",
    summary: "Asks a model.",
    outputs: Some(&[
        "text",
        "value",
        "reasoning",
        "model",
        "finish_reason",
        "citations",
    ]),
    settings: || schemars::schema_for!(Settings),
    compile,
};

/// Settings of `chat`.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Settings {
    #[serde(flatten)]
    pub model: ModelSettings,
    /// The prompt.
    pub messages: Vec<MessageSettings>,
    /// How much of the conversation so far to put before the last user message.
    #[serde(default)]
    pub history: History,
    /// Which files and pictures of the conversation the model is given without being named in a
    /// message: those of the question in the last user message, those of earlier questions where
    /// they stand in the history, or else with the question's.
    #[serde(default)]
    pub attachments: Attachments,
    /// The most tokens of those files, roughly; the oldest are cut first, and the model is told so.
    #[serde(default = "usual_tokens")]
    #[schemars(range(max = 500_000))]
    pub attachment_tokens: u32,
    /// How statements are led back to the passages that the prompt has.
    #[serde(default)]
    pub cite: Cite,
    /// A JSON schema of an object: the model answers with JSON that fits it, which becomes the output
    /// `value`.
    #[serde(default)]
    pub response_schema: Option<Map<String, Value>>,
    /// How many more times to ask a model whose answer does not fit the schema, 0 to 5.
    #[serde(default = "one")]
    #[schemars(range(max = 5))]
    pub repair: u32,
}

fn one() -> u32 {
    1
}

#[derive(Debug)]
struct ChatStep {
    asking: Arc<Asking>,
    form: Option<Arc<Form>>,
    prompt: Prompt,
    cite: Cite,
}

struct Ask {
    asking: Arc<Asking>,
    form: Option<Arc<Form>>,
    messages: Vec<ChatMessage>,
    cite: Cite,
}

fn compile(compiler: &mut Compiler<'_>, settings: &Map<String, Value>) -> Option<Compiled> {
    let settings: Settings = compiler.settings(settings)?;
    let attaching = Attaching {
        which: settings.attachments,
        tokens: settings.attachment_tokens,
    };
    let prompt = Prompt::compile(compiler, &settings.messages, settings.history, attaching);
    let form = match settings.response_schema {
        Some(schema) => {
            let form = Form::compile(compiler, "response_schema", schema, settings.repair);
            Some(Arc::new(form?))
        }
        None => None,
    };
    Some(Compiled {
        caches: true,
        // A form is shown when it is known to fit.
        streams: form.is_none(),
        ..Compiled::new(ChatStep {
            asking: Arc::new(settings.model.compile(compiler)),
            form,
            prompt,
            cite: settings.cite,
        })
    })
}

impl Step for ChatStep {
    fn begin(&self, scope: &Scope) -> Result<Begun> {
        let messages = self.prompt.render(scope)?;
        let asking = match scope.chosen_model() {
            Some(_) => Arc::new(self.asking.chosen(scope)),
            None => Arc::clone(&self.asking),
        };
        Ok(Begun::Call {
            inputs: json!({ "model": asking.model(), "messages": shown(&messages) }),
            call: Arc::new(Ask {
                asking,
                form: self.form.clone(),
                messages,
                cite: self.cite,
            }),
        })
    }
}

#[async_trait]
impl Call for Ask {
    async fn call(&self, context: &CallContext) -> Result<StepOutput> {
        let (answer, value) = match &self.form {
            Some(form) => {
                let Filled { answer, value } =
                    form.fill(&self.asking, context, &self.messages).await?;
                (answer, value)
            }
            None => {
                let question = Question {
                    cite: self.cite,
                    ..Question::of(&self.messages)
                };
                (self.asking.ask(context, question).await?, Value::Null)
            }
        };
        Ok(StepOutput::of(json!({
            "text": answer.text,
            "value": value,
            "reasoning": answer.reasoning,
            "model": answer.model,
            "finish_reason": answer.finish_reason,
            "citations": answer.cited,
        })))
    }

    fn identity(&self) -> Option<Identity> {
        Some(Identity {
            rendered: json!(self.messages),
            models: self.asking.models(),
            secrets: Vec::new(),
        })
    }
}
