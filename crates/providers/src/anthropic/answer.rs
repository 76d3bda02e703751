//! An answer in the protocol's words: blocks that open, grow and close, each with its index.

use std::collections::HashMap;

use headwater_model::ports::{ChatChunk, ChatRequest, ToolCall};
use headwater_model::run::event::Channel;
use headwater_model::usage::Usage;
use serde_json::{Value, json};

use crate::exchange::{Misheard, Words};
use crate::sse::Frame;

/// The most blocks that are open at once.
const MOST_BLOCKS: usize = 128;

/// What was heard so far.
#[derive(Default)]
pub(super) struct Spoken {
    /// The tool whose arguments are the answer.
    answer_tool: Option<String>,
    /// Whether the dialogue may go on, and then wants its thoughts back.
    goes_on: bool,
    usage: Usage,
    finish: Option<String>,
    open: HashMap<u64, Block>,
    calls: usize,
    over: bool,
}

/// A block that is being written.
enum Block {
    Text,
    Thinking {
        text: String,
        signature: String,
    },
    /// Goes back as it came.
    Sealed(Value),
    Call {
        number: usize,
        call: ToolCall,
        whole: Value,
    },
    /// The arguments of the answer tool: the answer itself.
    Answer {
        begun: bool,
        whole: Value,
    },
    Other,
}

impl Spoken {
    pub fn new(request: &ChatRequest) -> Self {
        let wanted = request.response_schema.as_ref();
        Self {
            answer_tool: wanted.map(|wanted| wanted.name.clone()),
            goes_on: !request.tools.is_empty(),
            ..Self::default()
        }
    }

    fn count(&mut self, usage: &Value) {
        let read = |field: &str| usage[field].as_u64();
        if let Some(fresh) = read("input_tokens") {
            let read = |field: &str| usage[field].as_u64().unwrap_or(0);
            self.usage.cached_tokens = read("cache_read_input_tokens");
            self.usage.input_tokens =
                fresh + self.usage.cached_tokens + read("cache_creation_input_tokens");
        }
        if let Some(written) = read("output_tokens") {
            self.usage.output_tokens = written;
        }
    }

    fn stopped(&mut self, reason: &Value) {
        if let Some(reason) = reason.as_str() {
            self.finish = Some(reason.to_owned());
        }
    }

    fn begin(&mut self, index: u64, block: &Value) -> Result<Vec<ChatChunk>, Misheard> {
        if self.open.len() == MOST_BLOCKS {
            return Err(Misheard::Malformed("too many blocks are open".into()));
        }
        let text = |field: &str| block[field].as_str().unwrap_or("").to_owned();
        let (opened, chunks) = match block["type"].as_str() {
            Some("thinking") => {
                let (text, signature) = (text("thinking"), text("signature"));
                let chunks = piece(Channel::Reasoning, &text);
                (Block::Thinking { text, signature }, chunks)
            }
            Some("redacted_thinking") => (Block::Sealed(block.clone()), Vec::new()),
            Some("tool_use") if self.answer_tool.as_deref() == block["name"].as_str() => {
                let whole = block["input"].clone();
                let begun = false;
                (Block::Answer { begun, whole }, Vec::new())
            }
            Some("tool_use") => self.begin_call(block),
            Some("text") => (Block::Text, piece(Channel::Text, &text("text"))),
            _ => (Block::Other, Vec::new()),
        };
        self.open.insert(index, opened);
        Ok(chunks)
    }

    fn begin_call(&mut self, block: &Value) -> (Block, Vec<ChatChunk>) {
        let text = |field: &str| block[field].as_str().unwrap_or("").to_owned();
        let call = ToolCall {
            id: text("id"),
            name: text("name"),
            arguments: String::new(),
        };
        let number = self.calls;
        self.calls += 1;
        let begin = ChatChunk::ToolDelta {
            call: number,
            id: Some(call.id.clone()),
            name: Some(call.name.clone()),
            arguments: String::new(),
        };
        let whole = block["input"].clone();
        (
            Block::Call {
                number,
                call,
                whole,
            },
            vec![begin],
        )
    }

    fn grow(&mut self, index: u64, delta: &Value) -> Vec<ChatChunk> {
        let text = |field: &str| delta[field].as_str().unwrap_or("");
        let json = text("partial_json");
        match self.open.get_mut(&index) {
            Some(Block::Thinking {
                text: all,
                signature,
            }) => {
                all.push_str(text("thinking"));
                signature.push_str(text("signature"));
                piece(Channel::Reasoning, text("thinking"))
            }
            Some(Block::Call { number, call, .. }) => {
                call.arguments.push_str(json);
                vec![ChatChunk::ToolDelta {
                    call: *number,
                    id: None,
                    name: None,
                    arguments: json.to_owned(),
                }]
            }
            Some(Block::Answer { begun, .. }) => {
                *begun |= !json.is_empty();
                piece(Channel::Text, json)
            }
            Some(Block::Sealed(_) | Block::Other) => Vec::new(),
            // Blocks that were never opened come from servers that are not strict about it.
            Some(Block::Text) | None => match delta["type"].as_str() {
                Some("thinking_delta") => piece(Channel::Reasoning, text("thinking")),
                _ => piece(Channel::Text, text("text")),
            },
        }
    }

    fn end(&mut self, index: u64) -> Vec<ChatChunk> {
        let kept = |block: Value| vec![ChatChunk::Kept(block)];
        match self.open.remove(&index) {
            Some(Block::Thinking { text, signature }) if self.goes_on && !signature.is_empty() => {
                kept(json!({ "type": "thinking", "thinking": text, "signature": signature }))
            }
            Some(Block::Sealed(block)) if self.goes_on => kept(block),
            Some(Block::Call {
                mut call, whole, ..
            }) => {
                // Some servers send the arguments whole, with the opening.
                if call.arguments.is_empty() && whole != json!({}) && whole.is_object() {
                    call.arguments = whole.to_string();
                }
                vec![ChatChunk::ToolCall(call)]
            }
            Some(Block::Answer {
                begun: false,
                whole,
            }) if whole.is_object() => piece(Channel::Text, &whole.to_string()),
            _ => Vec::new(),
        }
    }
}

fn piece(channel: Channel, text: &str) -> Vec<ChatChunk> {
    match text {
        "" => Vec::new(),
        text => vec![ChatChunk::Delta(channel, text.to_owned())],
    }
}

impl Words for Spoken {
    fn hear(&mut self, frame: &Frame) -> Result<Vec<ChatChunk>, Misheard> {
        if frame.data.trim().is_empty() {
            return Ok(Vec::new());
        }
        let body: Value =
            serde_json::from_str(&frame.data).map_err(|e| Misheard::Malformed(e.to_string()))?;
        let index = body["index"].as_u64().unwrap_or(0);
        match body["type"].as_str().unwrap_or(&frame.event) {
            "message_start" => {
                self.count(&body["message"]["usage"]);
                return Ok(vec![ChatChunk::Usage(self.usage)]);
            }
            "content_block_start" => return self.begin(index, &body["content_block"]),
            "content_block_delta" => return Ok(self.grow(index, &body["delta"])),
            "content_block_stop" => return Ok(self.end(index)),
            "message_delta" => {
                self.stopped(&body["delta"]["stop_reason"]);
                self.count(&body["usage"]);
            }
            "message_stop" => self.over = true,
            "error" => return Err(Misheard::Failure(body.to_string())),
            // Pings, and kinds yet to be invented.
            _ => {}
        }
        Ok(Vec::new())
    }

    fn hear_whole(&mut self, body: &Value) -> Result<Vec<ChatChunk>, Misheard> {
        let Some(blocks) = body["content"].as_array() else {
            return Err(Misheard::Malformed("the answer has no content".into()));
        };
        self.count(&body["usage"]);
        self.stopped(&body["stop_reason"]);
        let mut chunks = Vec::new();
        for block in blocks {
            chunks.extend(self.begin(0, block)?);
            chunks.extend(self.end(0));
        }
        Ok(chunks)
    }

    fn is_complete(&self) -> bool {
        self.over || self.finish.is_some()
    }

    fn is_over(&self) -> bool {
        self.over
    }

    fn close(&mut self) -> Vec<ChatChunk> {
        let reason = self.finish.take().filter(|reason| {
            // To us, the call of the answer tool is the answer and no call.
            self.answer_tool.is_none() || self.calls > 0 || reason != "tool_use"
        });
        vec![ChatChunk::Done {
            usage: self.usage,
            finish_reason: reason.unwrap_or_else(|| "end_turn".to_owned()),
        }]
    }
}
