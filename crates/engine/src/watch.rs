//! Watches a step's model calls for the record: what was sent, who answered, when it began to, what
//! it consumed and why it ended. The calls themselves pass unchanged.

use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt as _;
use headwater_model::conversation::attachment::AttachmentKind;
use headwater_model::ports::{Chat, ChatChunk, ChatMessage, ChatRequest, ChatStream, Part};
use headwater_model::run::Failure;
use headwater_model::run::trace::Tried;
use headwater_model::trace::{RunTrace, TraceParent};
use headwater_model::usage::Usage;
use headwater_model::{Clock, Code, Error, Result};
use serde_json::{Value, json};

use crate::frames::Key;
use crate::spent::{CUT, Ledger};

/// A `Chat` that keeps the books of one step.
pub(crate) struct Watched {
    pub inner: Arc<dyn Chat>,
    pub ledger: Arc<Ledger>,
    pub clock: Arc<dyn Clock>,
    pub step: Key,
    /// The step's name in its run.
    pub place: String,
    /// The run's trace, when those who are asked are to hear of it.
    pub trace: Option<RunTrace>,
}

#[async_trait]
impl Chat for Watched {
    async fn chat(&self, mut request: ChatRequest) -> Result<ChatStream> {
        let prompt = request.messages.iter().map(shown).collect();
        let tools = request.tools.iter().map(|tool| tool.name.clone()).collect();
        let asked = (request.model.as_str(), tools);
        let now = self.clock.now();
        let number = self.ledger.call_begins(self.step, asked, prompt, now);
        request.trace = self.trace.map(|trace| self.header(trace, number));
        let mut watch = Watch {
            ledger: Arc::clone(&self.ledger),
            clock: Arc::clone(&self.clock),
            step: self.step,
            number,
            over: false,
            spoke: false,
        };
        match self.inner.chat(request).await {
            Ok(stream) => Ok(stream
                .filter_map(move |chunk| futures::future::ready(watch.hear(chunk)))
                .boxed()),
            Err(error) => {
                // Who refuses does not charge; who is merely slow may have worked.
                let usage = (error.code != Code::Timeout).then(Usage::default);
                for retry in Tried::before(&error) {
                    let ledger = &self.ledger;
                    ledger.call_retried(self.step, number, retry.clone());
                }
                watch.end(usage, None, Some(&error));
                Err(error)
            }
        }
    }
}

impl Watched {
    fn header(&self, trace: RunTrace, call: usize) -> TraceParent {
        trace.header(&RunTrace::call_place(&self.place, call), true)
    }
}

/// One call; dropped before its end, it was cut off.
struct Watch {
    ledger: Arc<Ledger>,
    clock: Arc<dyn Clock>,
    step: Key,
    number: usize,
    over: bool,
    spoke: bool,
}

impl Watch {
    /// Notes what a chunk says; what is only for the record goes no further.
    fn hear(&mut self, chunk: Result<ChatChunk>) -> Option<Result<ChatChunk>> {
        match &chunk {
            Ok(ChatChunk::Retried(retry)) => {
                let retry = retry.clone();
                self.ledger.call_retried(self.step, self.number, retry);
                return None;
            }
            Ok(ChatChunk::Model(name)) => self.ledger.call_answers(self.step, self.number, name),
            Ok(ChatChunk::Delta(..) | ChatChunk::ToolDelta { .. }) if !self.spoke => {
                self.spoke = true;
                let now = self.clock.now();
                self.ledger.call_speaks(self.step, self.number, now);
            }
            Ok(ChatChunk::Done {
                usage,
                finish_reason,
            }) => self.end(Some(*usage), Some(finish_reason.clone()), None),
            Ok(_) => {}
            Err(error) => self.end(None, None, Some(error)),
        }
        Some(chunk)
    }

    fn end(&mut self, usage: Option<Usage>, reason: Option<String>, error: Option<&Error>) {
        if !std::mem::replace(&mut self.over, true) {
            let end = (usage, reason, error.map(Failure::from));
            let now = self.clock.now();
            self.ledger.call_ends(self.step, self.number, now, end);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let cut = Error::new(Code::Cancelled, CUT);
        self.end(None, None, Some(&cut));
    }
}

/// A message as the record shows it: pictures and files of the conversation are named, not repeated.
pub(crate) fn shown(message: &ChatMessage) -> Value {
    let mut shown = json!({ "role": message.role, "content": message.whole_text() });
    let mut add = |list: &str, values: Vec<Value>| {
        if !values.is_empty() {
            shown[list] = Value::Array(values);
        }
    };
    let parts = || message.parts.iter();
    let pictures = parts().filter_map(|part| match part {
        Part::Image { media_type, data } => {
            let size = data.len().div_ceil(1366);
            Some(json!(format!("{media_type}, {size} KiB")))
        }
        _ => None,
    });
    add("images", pictures.collect());
    let attached = parts().filter_map(|part| match part {
        Part::Attached { file, given } => {
            let mut shown = json!(file);
            if file.kind == AttachmentKind::Document {
                shown["given_characters"] = json!(given);
            }
            Some(shown)
        }
        _ => None,
    });
    add("attachments", attached.collect());
    let calls = parts().filter_map(|part| match part {
        Part::ToolCall(call) => Some(json!(call)),
        _ => None,
    });
    add("tool_calls", calls.collect());
    let results = parts().filter_map(|part| match part {
        Part::ToolResult { id, text, failed } => {
            Some(json!({ "id": id, "text": text, "failed": failed }))
        }
        _ => None,
    });
    add("tool_results", results.collect());
    shown
}
