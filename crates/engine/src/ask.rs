//! Asking a model on behalf of a step: what can be set about it, whom to turn to when one fails, and
//! the answer, streamed as it comes and booked as it grows.

pub(crate) mod attached;
pub(crate) mod form;
pub(crate) mod prompt;
pub(crate) mod wording;

use futures::StreamExt;
use headwater_model::ports::{
    ChatChunk, ChatMessage, ChatRequest, ChatStream, Effort, Parameters, ResponseSchema, Tool,
    ToolCall, ToolChoice,
};
use headwater_model::provider::EXTRACTIVE_MODEL;
use headwater_model::run::event::Channel;
use headwater_model::usage::Usage;
use headwater_model::{Code, Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::cite::citing::{Cite, Cited, Citing};
use crate::compile::Compiler;
use crate::scope::Scope;
use crate::step::CallContext;

/// The settings that all nodes share that ask a model.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct ModelSettings {
    /// `default`, or PROVIDER/MODEL.
    #[serde(default = "default_model")]
    pub model: String,
    /// Models to ask instead, in this order, when the one before fails before its first word.
    #[serde(default)]
    pub fallbacks: Vec<String>,
    /// How freely the model chooses its words, 0 to 2.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 2.0))]
    pub temperature: Option<f64>,
    /// How much of the likely words to choose from, 0 to 1.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub top_p: Option<f64>,
    /// The most tokens of an answer; thinking is not counted.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub max_tokens: Option<u32>,
    /// Texts at which the answer ends.
    #[serde(default)]
    pub stop: Vec<String>,
    /// The same number for the same answer, as far as the vendor can.
    #[serde(default)]
    pub seed: Option<i64>,
    /// How much the model thinks first: minimal, low, medium or high.
    #[serde(default)]
    pub reasoning_effort: Option<ReasoningEffort>,
    /// Further fields of the vendor's own, put into its request as they are.
    #[serde(default)]
    pub extra: Map<String, Value>,
}

/// How much a model thinks.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReasoningEffort {
    Minimal,
    Low,
    Medium,
    High,
}

/// What a node asks that names no model.
pub(crate) fn default_model() -> String {
    "default".to_owned()
}

/// Whom to ask, and how.
#[derive(Clone, Debug)]
pub(crate) struct Asking {
    /// The first, and its fallbacks; never empty.
    models: Vec<String>,
    parameters: Parameters,
}

/// A model's whole answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub text: String,
    pub reasoning: String,
    /// Who wrote it, as `PROVIDER/MODEL`.
    pub model: Option<String>,
    pub finish_reason: String,
    pub usage: Usage,
    /// What it wants called; only of what it was offered tools.
    pub calls: Vec<ToolCall>,
    /// What the vendor wants back unchanged when the dialogue goes on.
    pub kept: Vec<Value>,
    /// What it cites; absent when it was given no passages.
    pub cited: Option<Cited>,
}

/// One question to a model.
#[derive(Clone, Debug)]
pub(crate) struct Question<'q> {
    pub messages: &'q [ChatMessage],
    pub form: Option<&'q ResponseSchema>,
    pub tools: Vec<Tool>,
    pub tool_choice: ToolChoice,
    pub voice: Voice,
    pub cite: Cite,
    /// Which of the questions of a step it is, where there are different ones; then it wants
    /// something written that is in no passage.
    pub part: Option<&'static str>,
}

impl<'q> Question<'q> {
    /// For text, aloud, without tools.
    pub fn of(messages: &'q [ChatMessage]) -> Self {
        Self {
            messages,
            form: None,
            tools: Vec::new(),
            tool_choice: ToolChoice::Auto,
            voice: Voice::Aloud,
            cite: Cite::Markers,
            part: None,
        }
    }

    /// How much the model reads.
    fn characters(&self) -> u64 {
        let messages = self.messages.iter().map(ChatMessage::characters);
        let tools = self.tools.iter().map(|tool| {
            let schema = tool.parameters.to_string();
            (tool.name.len() + tool.description.len() + schema.len()) as u64
        });
        messages.sum::<u64>() + tools.sum::<u64>()
    }
}

/// Whether readers see the text while it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Voice {
    Aloud,
    Quiet,
}

impl ModelSettings {
    /// Checks the settings.
    pub(crate) fn compile(self, compiler: &mut Compiler<'_>) -> Asking {
        if self.model.trim().is_empty() {
            compiler.problem("model", "No model is named.", "Write `default`.");
        }
        if self.fallbacks.iter().any(|model| model.trim().is_empty()) {
            compiler.problem("fallbacks", "A fallback has no name.", "Remove it.");
        }
        let mut within = |field: &str, value: Option<f64>, most: f64| {
            if value.is_some_and(|value| !(0.0..=most).contains(&value)) {
                let message = format!("“{field}” must be from 0 to {most}.");
                compiler.problem(field, message, "Change it, or leave it out.");
            }
        };
        within("temperature", self.temperature, 2.0);
        within("top_p", self.top_p, 1.0);
        if self.max_tokens == Some(0) {
            compiler.problem("max_tokens", "An answer needs a token.", "Use 1 or more.");
        }
        if self.stop.iter().any(String::is_empty) {
            compiler.problem("stop", "A stop text is empty.", "Remove it.");
        }
        let effort = |effort| match effort {
            ReasoningEffort::Minimal => Effort::Minimal,
            ReasoningEffort::Low => Effort::Low,
            ReasoningEffort::Medium => Effort::Medium,
            ReasoningEffort::High => Effort::High,
        };
        Asking {
            models: std::iter::once(self.model).chain(self.fallbacks).collect(),
            parameters: Parameters {
                temperature: self.temperature,
                top_p: self.top_p,
                max_tokens: self.max_tokens,
                stop: self.stop,
                seed: self.seed,
                reasoning_effort: self.reasoning_effort.map(effort),
                extra: self.extra,
            },
        }
    }
}

impl Asking {
    /// One model, with nothing special about how it writes.
    pub fn plainly(model: String) -> Self {
        Self {
            models: vec![model],
            parameters: Parameters::default(),
        }
    }

    /// The same, but of the model that was chosen for the reply, and of no other.
    pub fn chosen(&self, scope: &Scope) -> Self {
        match scope.chosen_model() {
            Some(model) => Self {
                models: vec![model.to_owned()],
                parameters: self.parameters.clone(),
            },
            None => self.clone(),
        }
    }

    /// All models that may be asked, as the settings name them.
    pub fn models(&self) -> Vec<String> {
        self.models.clone()
    }

    /// The model that is asked first, as the settings name it.
    pub fn model(&self) -> &str {
        &self.models[0]
    }

    /// Asks, and waits for the whole answer.
    pub async fn ask(&self, context: &CallContext, question: Question<'_>) -> Result<Answer> {
        let mut meter = Meter {
            context,
            asked: question.characters(),
            written: 0,
            bytes: 0,
            told: Usage::default(),
        };
        let stream = self.open(&meter, &question).await?;
        listen(&mut meter, stream, &question).await
    }

    /// Asks one model after the other until one begins to answer.
    async fn open(&self, meter: &Meter<'_>, question: &Question<'_>) -> Result<ChatStream> {
        let context = meter.context;
        let mut failures: Vec<Error> = Vec::new();
        for model in &self.models {
            let request = ChatRequest {
                tools: question.tools.clone(),
                tool_choice: question.tool_choice.clone(),
                response_schema: question.form.cloned(),
                parameters: self.parameters.clone(),
                retries: context.retries,
                idempotency_key: match question.part {
                    None => context.idempotency_key.clone(),
                    Some(part) => format!("{}/{part}", context.idempotency_key),
                },
                ..ChatRequest::new(context.workspace, model, question.messages.to_vec())
            };
            meter.note();
            match context.ports.chat.chat(request).await {
                Ok(stream) => return Ok(stream),
                Err(error) => {
                    tracing::info!(model, ?error, "a model did not begin to answer");
                    // Who refuses does not charge; who is merely slow may have worked.
                    if error.code == Code::Timeout {
                        context.settle();
                    } else {
                        context.spent(Usage::default());
                    }
                    failures.push(error);
                }
            }
        }
        Err(all_failed(failures))
    }
}

/// The last failure, which says what became of the others, too.
fn all_failed(mut failures: Vec<Error>) -> Error {
    let Some(mut last) = failures.pop() else {
        return Error::invalid("model", "No model is named.");
    };
    if !failures.is_empty() {
        let before: Vec<&str> = failures.iter().map(|error| &*error.message).collect();
        last.message = format!("{} Before it: {}", last.message, before.join(" ")).into();
    }
    last
}

async fn listen(
    meter: &mut Meter<'_>,
    mut stream: ChatStream,
    question: &Question<'_>,
) -> Result<Answer> {
    let context = meter.context;
    let mut answer = Answer::default();
    // What nobody reads as text, such as a form, is left as it is.
    let mut citing = match question.voice {
        Voice::Aloud => Citing::of(context, question.messages, question.cite),
        Voice::Quiet => None,
    };
    while let Some(chunk) = stream.next().await {
        match chunk? {
            ChatChunk::Model(name) => {
                if question.part.is_some() && name == EXTRACTIVE_MODEL {
                    context.spent(Usage::default());
                    return Err(cannot_write());
                }
                context.asks(&name);
                answer.model = Some(name);
            }
            ChatChunk::Usage(told) => meter.tell(told),
            ChatChunk::Delta(channel, piece) => {
                meter.write(&piece)?;
                let piece = match (&mut citing, channel) {
                    (Some(citing), Channel::Text) => citing.push(&piece),
                    _ => piece,
                };
                match channel {
                    Channel::Text => answer.text.push_str(&piece),
                    Channel::Reasoning => answer.reasoning.push_str(&piece),
                }
                if question.voice == Voice::Aloud || channel == Channel::Reasoning {
                    context.delta(channel, piece);
                }
            }
            ChatChunk::ToolDelta { .. } | ChatChunk::ToolCall(_) if question.tools.is_empty() => {
                return Err(Error::new(
                    Code::Upstream,
                    "The model called a tool, but it was given none. Choose another model.",
                ));
            }
            ChatChunk::ToolDelta { arguments, .. } => meter.write(&arguments)?,
            ChatChunk::ToolCall(call) => answer.calls.push(call),
            ChatChunk::Kept(block) => answer.kept.push(block),
            // For the record.
            ChatChunk::Retried(_) => {}
            ChatChunk::Done {
                usage,
                finish_reason,
            } => {
                context.spent(usage);
                if let Some(citing) = citing {
                    let (rest, cited) = citing.finish();
                    answer.text.push_str(&rest);
                    answer.cited = Some(cited);
                    context.delta(Channel::Text, rest);
                }
                answer.usage = usage;
                answer.finish_reason = finish_reason;
                return Ok(answer);
            }
        }
    }
    Err(Error::new(
        Code::Upstream,
        "The model's answer broke off. Try again.",
    ))
}

/// What a call has consumed so far: what the vendor told, and an estimate of what it did not.
struct Meter<'c> {
    context: &'c CallContext,
    /// Characters of the prompt and of the answer.
    asked: u64,
    written: u64,
    bytes: usize,
    told: Usage,
}

impl Meter<'_> {
    fn tell(&mut self, told: Usage) {
        self.told = self.told.max(told);
        self.note();
    }

    fn write(&mut self, piece: &str) -> Result<()> {
        self.bytes += piece.len();
        if self.bytes > self.context.value_bytes {
            return Err(too_long());
        }
        self.written += piece.chars().count() as u64;
        self.note();
        Ok(())
    }

    fn note(&self) {
        let guess = Usage::estimated(self.asked, self.written);
        self.context.spent(Usage {
            input_tokens: match self.told.input_tokens {
                0 => guess.input_tokens,
                told => told,
            },
            output_tokens: guess.output_tokens.max(self.told.output_tokens),
            cached_tokens: self.told.cached_tokens,
            ..guess
        });
    }
}

/// What is asked for is not in any passage.
fn cannot_write() -> Error {
    Error::invalid(
        "model",
        "The built-in model cannot write questions. Choose a model of a provider.",
    )
}

fn too_long() -> Error {
    Error::new(
        Code::TooLarge,
        "The model wrote more than a step may put out. Set max_tokens.",
    )
    .with_limit("value_bytes", None)
}
