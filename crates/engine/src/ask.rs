//! One call of a model on behalf of a step: its pieces are streamed, its usage is booked as it grows.

use futures::StreamExt;
use headwater_model::ports::{ChatChunk, ChatRequest};
use headwater_model::run::event::Channel;
use headwater_model::usage::Usage;
use headwater_model::{Code, Error, Result};

use crate::step::CallContext;

/// A model's whole answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub text: String,
    pub reasoning: String,
    /// Who wrote it, as `PROVIDER/MODEL`.
    pub model: Option<String>,
    pub finish_reason: String,
}

/// Asks, and streams what comes.
pub(crate) async fn ask(context: &CallContext, request: ChatRequest) -> Result<Answer> {
    let asked = request.messages.iter().map(|m| m.content.chars().count());
    let mut meter = Meter {
        context,
        asked: asked.sum::<usize>() as u64,
        written: 0,
        told: Usage::default(),
    };
    meter.note();
    let mut stream = match context.ports.chat.chat(request).await {
        Ok(stream) => stream,
        Err(error) => {
            // Who refuses does not charge; who is merely slow may have worked.
            if error.code != Code::Timeout {
                context.spent(Usage::default());
            }
            return Err(error);
        }
    };
    let mut answer = Answer::default();
    while let Some(chunk) = stream.next().await {
        match chunk? {
            ChatChunk::Model(name) => {
                context.asks(&name);
                answer.model = Some(name);
            }
            ChatChunk::Usage(told) => meter.tell(told),
            ChatChunk::Delta(channel, piece) => {
                match channel {
                    Channel::Text => answer.text.push_str(&piece),
                    Channel::Reasoning => answer.reasoning.push_str(&piece),
                }
                if answer.text.len() + answer.reasoning.len() > context.value_bytes {
                    return Err(too_long());
                }
                meter.write(&piece);
                context.delta(channel, piece);
            }
            ChatChunk::Done {
                usage,
                finish_reason,
            } => {
                context.spent(usage);
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
    told: Usage,
}

impl Meter<'_> {
    fn tell(&mut self, told: Usage) {
        self.told = self.told.max(told);
        self.note();
    }

    fn write(&mut self, piece: &str) {
        self.written += piece.chars().count() as u64;
        self.note();
    }

    fn note(&self) {
        let guess = Usage::estimated(self.asked, self.written);
        self.context.spent(Usage {
            input_tokens: match self.told.input_tokens {
                0 => guess.input_tokens,
                told => told,
            },
            output_tokens: guess.output_tokens.max(self.told.output_tokens),
        });
    }
}

fn too_long() -> Error {
    Error::new(
        Code::TooLarge,
        "The model wrote more than a step may put out. Set max_tokens.",
    )
    .with_limit("value_bytes", None)
}
