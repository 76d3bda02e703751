//! An answer in the protocol's words.

use headwater_model::ports::{ChatChunk, ToolCall};
use headwater_model::run::event::Channel;
use headwater_model::usage::Usage;
use serde_json::{Value, json};

use crate::exchange::{Misheard, Words};
use crate::sse::Frame;

/// The most tool calls that are read of one answer.
const MOST_CALLS: usize = 128;

/// What was heard so far.
#[derive(Default)]
pub(super) struct Spoken {
    /// Characters of the prompt, for servers that do not count.
    asked: u64,
    /// Characters of the answer.
    written: u64,
    usage: Option<Usage>,
    finish: Option<String>,
    /// Tool calls in the order they began, with the index the server gave each.
    calls: Vec<(Option<u64>, ToolCall)>,
    over: bool,
}

impl Spoken {
    /// For a prompt of so many characters.
    pub fn asked(asked: u64) -> Self {
        Self {
            asked,
            ..Self::default()
        }
    }

    fn take(&mut self, body: &Value, part: &str) -> Result<Vec<ChatChunk>, Misheard> {
        if let Some(error) = body.get("error").filter(|error| !error.is_null()) {
            return Err(Misheard::Failure(json!({ "error": error }).to_string()));
        }
        if !body.is_object() {
            return Err(Misheard::Malformed("an event is not an object".into()));
        }
        if let Some(usage) = body.get("usage").filter(|usage| usage.is_object()) {
            self.usage = Some(Usage {
                input_tokens: usage["prompt_tokens"].as_u64().unwrap_or(0),
                output_tokens: usage["completion_tokens"].as_u64().unwrap_or(0),
                cached_tokens: usage["prompt_tokens_details"]["cached_tokens"]
                    .as_u64()
                    .unwrap_or(0),
                ..Usage::default()
            });
        }
        let mut chunks = Vec::new();
        let choice = &body["choices"][0];
        let said = &choice[part];
        let reasoning = ["reasoning_content", "reasoning"]
            .into_iter()
            .map(|field| text_of(&said[field]))
            .find(|text| !text.is_empty());
        if let Some(text) = reasoning {
            self.say(Channel::Reasoning, text, &mut chunks);
        }
        for field in ["content", "refusal"] {
            let text = text_of(&said[field]);
            if !text.is_empty() {
                self.say(Channel::Text, text, &mut chunks);
            }
        }
        for fragment in said["tool_calls"].as_array().into_iter().flatten() {
            chunks.push(self.call(fragment)?);
        }
        if let Some(reason) = choice["finish_reason"].as_str().filter(|r| !r.is_empty()) {
            self.finish = Some(reason.to_owned());
        }
        Ok(chunks)
    }

    fn say(&mut self, channel: Channel, text: String, chunks: &mut Vec<ChatChunk>) {
        self.written += text.chars().count() as u64;
        chunks.push(ChatChunk::Delta(channel, text));
    }

    /// Puts a fragment to its call. Most servers number the calls; a few send each in one piece
    /// without a number, or repeat the id instead.
    fn call(&mut self, fragment: &Value) -> Result<ChatChunk, Misheard> {
        let index = fragment["index"].as_u64();
        let text = |value: &Value| {
            let text = value.as_str().filter(|text| !text.is_empty());
            text.map(str::to_owned)
        };
        let (id, name) = (text(&fragment["id"]), text(&fragment["function"]["name"]));
        let begun = match (index, &id) {
            (Some(_), _) => self.calls.iter().position(|(at, _)| *at == index),
            (None, Some(id)) => self.calls.iter().position(|(_, call)| call.id == *id),
            (None, None) if name.is_some() => None,
            (None, None) => self.calls.len().checked_sub(1),
        };
        let call = begun.unwrap_or(self.calls.len());
        if call == self.calls.len() {
            if call == MOST_CALLS {
                return Err(Misheard::Malformed("there are too many tool calls".into()));
            }
            let begin = ToolCall {
                id: id.clone().unwrap_or_else(|| format!("call_{call}")),
                name: String::new(),
                arguments: String::new(),
            };
            self.calls.push((index, begin));
        }
        let arguments = match &fragment["function"]["arguments"] {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            // Some servers send the object itself.
            object => object.to_string(),
        };
        let held = &mut self.calls[call].1;
        // The name comes once, but some servers repeat it with every fragment.
        if held.name.is_empty() {
            held.name = name.clone().unwrap_or_default();
        }
        held.arguments.push_str(&arguments);
        self.written += arguments.chars().count() as u64;
        Ok(ChatChunk::ToolDelta {
            call,
            id,
            name,
            arguments,
        })
    }
}

/// Text, or the text parts of a list of parts.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts
            .iter()
            .filter_map(|part| part["text"].as_str())
            .collect(),
        _ => String::new(),
    }
}

impl Words for Spoken {
    fn hear(&mut self, frame: &Frame) -> Result<Vec<ChatChunk>, Misheard> {
        let data = frame.data.trim();
        if data == "[DONE]" {
            self.over = true;
            return Ok(Vec::new());
        }
        if data.is_empty() {
            return Ok(Vec::new());
        }
        let body = serde_json::from_str(data).map_err(|e| Misheard::Malformed(e.to_string()))?;
        self.take(&body, "delta")
    }

    fn hear_whole(&mut self, body: &Value) -> Result<Vec<ChatChunk>, Misheard> {
        let chunks = self.take(body, "message")?;
        match body["choices"].is_array() {
            true => Ok(chunks),
            false => Err(Misheard::Malformed("the answer has no choices".into())),
        }
    }

    fn is_complete(&self) -> bool {
        self.over || self.finish.is_some()
    }

    fn is_over(&self) -> bool {
        self.over
    }

    fn close(&mut self) -> Vec<ChatChunk> {
        let calls = std::mem::take(&mut self.calls);
        let mut chunks: Vec<ChatChunk> = calls
            .into_iter()
            .map(|(_, call)| ChatChunk::ToolCall(call))
            .collect();
        chunks.push(ChatChunk::Done {
            usage: self
                .usage
                .unwrap_or_else(|| Usage::estimated(self.asked, self.written)),
            finish_reason: self.finish.take().unwrap_or_else(|| "stop".to_owned()),
        });
        chunks
    }
}
