//! The dialogue between model and tools, purely: what was said goes in, the next steps come out.

use std::sync::Arc;

use headwater_model::ports::{ChatMessage, ChatRole, Part};
use headwater_model::run::Failure;
use headwater_model::usage::Usage;
use headwater_model::{Code, Result};
use serde_json::{Value, json};

use super::Agent;
use super::asking::{self, Ask, Said, Wish};
use super::calling::Carry;
use crate::container::{Container, Ended, Made, Next, Rounds};
use crate::scope::Scope;
use crate::weight::weight;

/// The most that all results in the output `calls` may weigh; the steps have the others.
const RESULTS_BYTES: usize = 1024 * 1024;
/// The longest name of a function in a path.
const LONGEST_NAME: usize = 64;
/// The question's index; calls follow.
const QUESTION: usize = 0;

impl Container for Agent {
    fn body(&self) -> usize {
        self.ask_at
    }

    fn makes_steps(&self) -> bool {
        true
    }

    fn open(self: Arc<Self>, scope: &Scope) -> Result<Box<dyn Rounds>> {
        let messages = self.prompt.render(scope)?;
        let bytes = messages.iter().map(message_bytes).sum();
        Ok(Box::new(Dialogue {
            messages: Arc::new(messages),
            bytes,
            now: Now::Ask,
            round: 0,
            since: Vec::new(),
            stopped: None,
            usage: Usage::default(),
            calls: Vec::new(),
            calls_bytes: 0,
            agent: self,
        }))
    }
}

/// An agent at work.
#[derive(Debug)]
struct Dialogue {
    agent: Arc<Agent>,
    messages: Arc<Vec<ChatMessage>>,
    bytes: usize,
    now: Now,
    round: usize,
    /// The names of the calls of the round before.
    since: Vec<String>,
    stopped: Option<&'static str>,
    usage: Usage,
    /// The output `calls`, and what its results weigh.
    calls: Vec<Value>,
    calls_bytes: usize,
}

#[derive(Debug)]
enum Now {
    /// The model is to be asked.
    Ask,
    Asked,
    Calls(Calls),
    Answered(Box<Said>),
}

/// The calls of one round.
#[derive(Debug)]
struct Calls {
    wishes: Vec<Wish>,
    begun: usize,
    /// In the model's order.
    outcomes: Vec<Option<Outcome>>,
}

/// What came of a call.
#[derive(Debug)]
struct Outcome {
    text: String,
    value: Value,
    failed: bool,
    duration_ms: Value,
}

impl Rounds for Dialogue {
    fn next(&mut self, _: &Scope) -> Result<Next> {
        match &mut self.now {
            Now::Ask => Ok(self.ask()),
            Now::Asked => Ok(Next::Wait),
            Now::Calls(calls) => {
                let running = calls.begun - calls.outcomes.iter().flatten().count();
                if calls.begun == calls.wishes.len() || running == self.agent.parallel {
                    return Ok(Next::Wait);
                }
                let call = calls.begun;
                calls.begun += 1;
                let wish = calls.wishes[call].clone();
                Ok(Next::Step {
                    index: call + 1,
                    made: Made {
                        graph: self.agent.call_at,
                        round: self.round,
                        name: call_name(&wish, call),
                        step: Arc::new(Carry { wish }),
                    },
                })
            }
            Now::Answered(said) => {
                let said = std::mem::take(said);
                Ok(Next::Done(self.outputs(*said)))
            }
        }
    }

    fn ended(&mut self, index: usize, end: Ended<'_>) -> Result<(), Failure> {
        match (index, end) {
            (QUESTION, Ended::Failed(failure)) => Err(Failure {
                message: format!("Round {}: {}", self.round, failure.message),
                ..failure
            }),
            (QUESTION, Ended::Done { scope, .. }) => {
                let said = scope.outputs(0).cloned().unwrap_or_default();
                let said = serde_json::from_value(said)
                    .map_err(|_| Failure::new(Code::Internal, "The model's answer was lost."))?;
                self.heard(said)
            }
            (call, Ended::Done { scope, .. }) => {
                let outcome = Outcome::of(scope.outputs(0).unwrap_or(&Value::Null));
                self.called(call - 1, outcome);
                Ok(())
            }
            (call, Ended::Failed(failure)) => {
                self.called(call - 1, Outcome::failed(&failure.message));
                Ok(())
            }
        }
    }

    fn bytes(&self) -> usize {
        self.bytes + self.calls_bytes
    }
}

impl Dialogue {
    fn ask(&mut self) -> Next {
        self.now = Now::Asked;
        let tokens = self.usage.input_tokens + self.usage.output_tokens;
        if self.round == self.agent.max_rounds {
            self.stopped = Some("max_rounds");
        } else if self.agent.token_budget.is_some_and(|most| tokens >= most) {
            self.stopped = Some("token_budget");
        }
        let ask = Ask {
            agent: Arc::clone(&self.agent),
            asking: self.agent.asking.clone(),
            messages: Arc::clone(&self.messages),
            since: std::mem::take(&mut self.since),
            stopped: self.stopped,
        };
        Next::Step {
            index: QUESTION,
            made: Made {
                graph: self.agent.ask_at,
                round: self.round,
                name: asking::NAME.to_owned(),
                step: Arc::new(ask),
            },
        }
    }

    /// The model has spoken.
    fn heard(&mut self, said: Said) -> Result<(), Failure> {
        self.usage += said.usage;
        if said.calls.is_empty() || self.stopped.is_some() {
            if said.text.trim().is_empty() && !said.calls.is_empty() {
                return Err(Failure::new(
                    Code::Upstream,
                    "The model called a tool again when it was asked to answer. Raise max_rounds or \
                     token_budget, or choose another model.",
                ));
            }
            self.now = Now::Answered(Box::new(said));
            return Ok(());
        }
        let thoughts = said.kept.into_iter().map(|block| Part::Kept { block });
        let text = (!said.text.is_empty()).then_some(Part::Text { text: said.text });
        let wanted = said
            .calls
            .iter()
            .map(|wish| Part::ToolCall(wish.call.clone()));
        self.say(ChatMessage {
            role: ChatRole::Assistant,
            parts: thoughts.chain(text).chain(wanted).collect(),
        });
        self.now = Now::Calls(Calls {
            begun: 0,
            outcomes: said.calls.iter().map(|_| None).collect(),
            wishes: said.calls,
        });
        Ok(())
    }

    /// A call has ended; after the last of a round the model hears of all of them.
    fn called(&mut self, call: usize, outcome: Outcome) {
        let Now::Calls(calls) = &mut self.now else {
            return;
        };
        calls.outcomes[call] = Some(outcome);
        if calls.outcomes.iter().any(Option::is_none) {
            return;
        }
        let Now::Calls(calls) = std::mem::replace(&mut self.now, Now::Ask) else {
            return;
        };
        let mut parts = Vec::with_capacity(calls.wishes.len());
        let ended = calls
            .wishes
            .into_iter()
            .zip(calls.outcomes.into_iter().flatten());
        for (at, (wish, outcome)) in ended.enumerate() {
            self.since.push(call_name(&wish, at));
            self.keep(&wish, &outcome);
            parts.push(Part::ToolResult {
                id: wish.call.id,
                text: outcome.text,
                failed: outcome.failed,
            });
        }
        self.say(ChatMessage {
            role: ChatRole::Tool,
            parts,
        });
        self.round += 1;
    }

    /// Notes a call for the output `calls`.
    fn keep(&mut self, wish: &Wish, outcome: &Outcome) {
        let bytes = weight(&outcome.value);
        let result = match self.calls_bytes + bytes <= RESULTS_BYTES {
            true => outcome.value.clone(),
            false => Value::Null,
        };
        self.calls_bytes += weight(&result);
        let arguments = wish
            .call
            .read()
            .map_or_else(|_| json!(wish.call.arguments), Value::Object);
        self.calls.push(json!({
            "tool": wish.tool,
            "function": wish.function.as_ref().unwrap_or(&wish.call.name),
            "arguments": arguments,
            "result": result,
            "failed": outcome.failed,
            "duration_ms": outcome.duration_ms,
        }));
    }

    fn say(&mut self, message: ChatMessage) {
        self.bytes += message_bytes(&message);
        Arc::make_mut(&mut self.messages).push(message);
    }

    fn outputs(&mut self, said: Said) -> Value {
        json!({
            "text": said.text,
            "reasoning": said.reasoning,
            "model": said.model,
            "finish_reason": said.finish_reason,
            "rounds": self.round + 1,
            "calls": std::mem::take(&mut self.calls),
            "stopped": self.stopped,
            "usage": {
                "input_tokens": self.usage.input_tokens,
                "output_tokens": self.usage.output_tokens,
            },
        })
    }
}

impl Outcome {
    fn of(outputs: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        match outputs.get("error") {
            Some(error) => Self::failed(&text(&error["message"])),
            None => Self {
                text: text(&outputs["text"]),
                value: outputs["value"].clone(),
                failed: outputs["failed"] == true,
                duration_ms: outputs["duration_ms"].clone(),
            },
        }
    }

    fn failed(why: &str) -> Self {
        Self {
            text: why.to_owned(),
            value: json!(why),
            failed: true,
            duration_ms: Value::Null,
        }
    }
}

/// What a call is called in its round: a model may write anything, a path may not hold it.
fn call_name(wish: &Wish, call: usize) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let letters = wish.call.name.chars().take(LONGEST_NAME);
    let name: String = letters.map(|c| if fits(c) { c } else { '_' }).collect();
    let name = if name.is_empty() { "tool" } else { &name };
    format!("{name}#{call}")
}

fn message_bytes(message: &ChatMessage) -> usize {
    let part = |part: &Part| match part {
        Part::Text { text } | Part::File { text, .. } | Part::ToolResult { text, .. } => text.len(),
        Part::Image { data, .. } => data.len(),
        // Neither the picture nor the text is here.
        Part::Attached { file, .. } => file.name.len(),
        Part::ToolCall(call) => call.arguments.len(),
        Part::Kept { block } => weight(block),
    };
    message.parts.iter().map(part).sum()
}
