//! The chat completions protocol of OpenAI, and of everyone who speaks it a little differently.

use std::sync::Arc;

use async_trait::async_trait;
use headwater_model::Result;
use headwater_model::ports::{Chat, ChatChunk, ChatMessage, ChatRequest, ChatStream};
use headwater_model::provider::split_model;
use headwater_model::run::event::Channel;
use headwater_model::usage::Usage;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::egress::Egress;
use crate::exchange::{self, Misheard, Words};
use crate::fault::{Cause, Peer};
use crate::registry::{Connection, Vendor};
use crate::sse::Frame;

/// A client of one server.
pub(crate) struct Openai {
    egress: Arc<Egress>,
    connection: Connection,
}

impl Openai {
    pub fn new(egress: Arc<Egress>, connection: Connection) -> Self {
        Self { egress, connection }
    }

    fn peer(&self, model: &str) -> Peer {
        Peer {
            name: self.connection.name.clone(),
            base_url: self.connection.base_url.clone(),
            model: model.to_owned(),
            secret: self.connection.api_key.clone(),
        }
    }

    fn authorised(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.connection.api_key {
            Some(key) => request.bearer_auth(key.reveal()),
            None => request,
        }
    }

    fn body(&self, request: &ChatRequest, model: &str, ask_usage: bool) -> Value {
        let messages: Vec<Value> = request.messages.iter().map(message).collect();
        let mut body = json!({ "model": model, "messages": messages, "stream": true });
        if ask_usage {
            body["stream_options"] = json!({ "include_usage": true });
        }
        if let Some(temperature) = request.temperature {
            body["temperature"] = json!(temperature);
        }
        if let Some(most) = request.max_tokens {
            // OpenAI itself refuses the old name for its newer models; others know only that one.
            let field = match self.connection.base_url.contains("api.openai.com") {
                true => "max_completion_tokens",
                false => "max_tokens",
            };
            body[field] = json!(most);
        }
        body
    }

    async fn ask(&self, request: &ChatRequest, model: &str, ask_usage: bool) -> Result<ChatStream> {
        let peer = self.peer(model);
        let url = exchange::join(&self.connection.base_url, "chat/completions")?;
        let call = self
            .authorised(self.egress.request(Method::POST, url)?)
            .header("accept", "text/event-stream")
            .header("idempotency-key", &request.idempotency_key)
            .json(&self.body(request, model, ask_usage));
        let response = exchange::send(call, &peer, &self.egress).await?;
        let asked = request.messages.iter().map(|m| m.content.chars().count());
        let words = Spoken {
            asked: asked.sum::<usize>() as u64,
            ..Spoken::default()
        };
        exchange::answer(response, peer, &self.egress, request.model.clone(), words).await
    }
}

fn message(message: &ChatMessage) -> Value {
    json!({ "role": message.role, "content": message.content })
}

#[async_trait]
impl Chat for Openai {
    async fn chat(&self, request: ChatRequest) -> Result<ChatStream> {
        let (_, model) = split_model(&request.model)?;
        match self.ask(&request, model, true).await {
            // A few servers refuse the wish for usage; the answer matters more.
            Err(error) if refuses_stream_options(&error) => self.ask(&request, model, false).await,
            result => result,
        }
    }
}

fn refuses_stream_options(error: &headwater_model::Error) -> bool {
    Cause::of(error).is_some_and(|cause| {
        matches!(cause.status, Some(400 | 422)) && cause.to_string().contains("stream_options")
    })
}

#[async_trait]
impl Vendor for Openai {
    async fn models(&self) -> Result<Vec<String>> {
        let peer = self.peer("");
        let url = exchange::join(&self.connection.base_url, "models")?;
        let list = exchange::get_json(&self.egress, url, &peer, |request| self.authorised(request))
            .await?;
        let items = [list.get("data"), list.get("models"), Some(&list)]
            .into_iter()
            .flatten()
            .find_map(Value::as_array)
            .ok_or_else(|| peer.wrong_type("JSON that is not a list of models"))?;
        let mut names: Vec<String> = items
            .iter()
            .filter_map(|item| {
                ["id", "name", "model"]
                    .iter()
                    .find_map(|key| item[key].as_str())
            })
            .map(str::to_owned)
            .collect();
        names.sort();
        names.dedup();
        Ok(names)
    }
}

/// What was heard so far.
#[derive(Default)]
struct Spoken {
    /// Characters of the prompt, for servers that do not count.
    asked: u64,
    /// Characters of the answer.
    written: u64,
    usage: Option<Usage>,
    finish: Option<String>,
    over: bool,
}

impl Spoken {
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
            });
        }
        let mut chunks = Vec::new();
        let choice = &body["choices"][0];
        let said = &choice[part];
        for field in ["reasoning_content", "reasoning"] {
            let text = text_of(&said[field]);
            if !text.is_empty() {
                self.written += text.chars().count() as u64;
                chunks.push(ChatChunk::Delta(Channel::Reasoning, text));
                break;
            }
        }
        for field in ["content", "refusal"] {
            let text = text_of(&said[field]);
            if !text.is_empty() {
                self.written += text.chars().count() as u64;
                chunks.push(ChatChunk::Delta(Channel::Text, text));
            }
        }
        if let Some(reason) = choice["finish_reason"].as_str().filter(|r| !r.is_empty()) {
            self.finish = Some(reason.to_owned());
        }
        Ok(chunks)
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

    fn close(&mut self) -> ChatChunk {
        ChatChunk::Done {
            usage: self
                .usage
                .unwrap_or_else(|| Usage::estimated(self.asked, self.written)),
            finish_reason: self.finish.take().unwrap_or_else(|| "stop".to_owned()),
        }
    }
}
