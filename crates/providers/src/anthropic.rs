//! The messages protocol of Anthropic.

use std::sync::Arc;

use async_trait::async_trait;
use headwater_model::Result;
use headwater_model::ports::{Chat, ChatChunk, ChatMessage, ChatRequest, ChatRole, ChatStream};
use headwater_model::provider::split_model;
use headwater_model::run::event::Channel;
use headwater_model::usage::Usage;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use url::Url;

use crate::egress::Egress;
use crate::exchange::{self, Misheard, Words};
use crate::fault::Peer;
use crate::registry::{Connection, Vendor};
use crate::sse::Frame;

/// The version of the protocol spoken here.
const VERSION: &str = "2023-06-01";
/// The protocol demands a limit; this one fits every model on offer.
const DEFAULT_MAX_TOKENS: u32 = 4096;

/// A client of one server.
pub(crate) struct Anthropic {
    egress: Arc<Egress>,
    connection: Connection,
}

impl Anthropic {
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

    /// Vendors' pages give the base URL with and without the version; both work.
    fn url(&self, path: &str) -> Result<Url> {
        let base = self.connection.base_url.trim_end_matches('/');
        let base = base.strip_suffix("/v1").unwrap_or(base);
        exchange::join(base, &format!("v1/{path}"))
    }

    fn authorised(&self, request: RequestBuilder) -> RequestBuilder {
        let request = request.header("anthropic-version", VERSION);
        let key = self.connection.api_key.as_ref();
        // A key that cannot be a header was mistyped; the vendor's 401 says so well enough.
        match key.and_then(|key| reqwest::header::HeaderValue::from_str(key.reveal()).ok()) {
            Some(mut value) => {
                value.set_sensitive(true);
                request.header("x-api-key", value)
            }
            None => request,
        }
    }
}

/// The request in the protocol's words: instructions apart, turns strictly alternating.
fn body(request: &ChatRequest, model: &str) -> Value {
    let (system, turns): (Vec<&ChatMessage>, Vec<&ChatMessage>) = request
        .messages
        .iter()
        .filter(|message| !message.content.trim().is_empty())
        .partition(|message| message.role == ChatRole::System);
    let mut merged: Vec<(ChatRole, String)> = Vec::new();
    for turn in turns {
        match merged.last_mut() {
            Some((role, text)) if *role == turn.role => {
                text.push_str("\n\n");
                text.push_str(&turn.content);
            }
            _ => merged.push((turn.role, turn.content.trim_end().to_owned())),
        }
    }
    let messages: Vec<Value> = merged
        .iter()
        .map(|(role, content)| json!({ "role": role, "content": content }))
        .collect();
    let mut body = json!({
        "model": model,
        "messages": messages,
        "max_tokens": request.max_tokens.unwrap_or(DEFAULT_MAX_TOKENS),
        "stream": true,
    });
    if !system.is_empty() {
        let texts: Vec<&str> = system.iter().map(|m| m.content.as_str()).collect();
        body["system"] = json!(texts.join("\n\n"));
    }
    if let Some(temperature) = request.temperature {
        body["temperature"] = json!(temperature.clamp(0.0, 1.0));
    }
    body
}

#[async_trait]
impl Chat for Anthropic {
    async fn chat(&self, request: ChatRequest) -> Result<ChatStream> {
        let (_, model) = split_model(&request.model)?;
        let peer = self.peer(model);
        let call = self
            .authorised(self.egress.request(Method::POST, self.url("messages")?)?)
            .header("accept", "text/event-stream")
            .header("idempotency-key", &request.idempotency_key)
            .json(&body(&request, model));
        let response = exchange::send(call, &peer, &self.egress).await?;
        let words = Spoken::default();
        exchange::answer(response, peer, &self.egress, request.model.clone(), words).await
    }
}

#[async_trait]
impl Vendor for Anthropic {
    async fn models(&self) -> Result<Vec<String>> {
        let peer = self.peer("");
        let mut url = self.url("models")?;
        url.set_query(Some("limit=1000"));
        let list = exchange::get_json(&self.egress, url, &peer, |request| self.authorised(request))
            .await?;
        let items = list["data"]
            .as_array()
            .ok_or_else(|| peer.wrong_type("JSON that is not a list of models"))?;
        let mut names: Vec<String> = items
            .iter()
            .filter_map(|item| item["id"].as_str().map(str::to_owned))
            .collect();
        names.sort();
        Ok(names)
    }
}

/// What was heard so far.
#[derive(Default)]
struct Spoken {
    usage: Usage,
    finish: Option<String>,
    over: bool,
}

impl Spoken {
    fn count(&mut self, usage: &Value) {
        let read = |field: &str| usage[field].as_u64();
        if let Some(fresh) = read("input_tokens") {
            let cached = ["cache_read_input_tokens", "cache_creation_input_tokens"];
            self.usage.input_tokens =
                fresh + cached.iter().filter_map(|field| read(field)).sum::<u64>();
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
}

fn piece(channel: Channel, text: &Value) -> Vec<ChatChunk> {
    match text.as_str().filter(|text| !text.is_empty()) {
        Some(text) => vec![ChatChunk::Delta(channel, text.to_owned())],
        None => Vec::new(),
    }
}

impl Words for Spoken {
    fn hear(&mut self, frame: &Frame) -> Result<Vec<ChatChunk>, Misheard> {
        if frame.data.trim().is_empty() {
            return Ok(Vec::new());
        }
        let body: Value =
            serde_json::from_str(&frame.data).map_err(|e| Misheard::Malformed(e.to_string()))?;
        match body["type"].as_str().unwrap_or(&frame.event) {
            "message_start" => {
                self.count(&body["message"]["usage"]);
                return Ok(vec![ChatChunk::Usage(self.usage)]);
            }
            "content_block_start" => {
                return Ok(piece(Channel::Text, &body["content_block"]["text"]));
            }
            "content_block_delta" => {
                let delta = &body["delta"];
                return Ok(match delta["type"].as_str() {
                    Some("thinking_delta") => piece(Channel::Reasoning, &delta["thinking"]),
                    _ => piece(Channel::Text, &delta["text"]),
                });
            }
            "message_delta" => {
                self.stopped(&body["delta"]["stop_reason"]);
                self.count(&body["usage"]);
            }
            "message_stop" => self.over = true,
            "error" => return Err(Misheard::Failure(body.to_string())),
            // Pings, ends of blocks, and kinds yet to be invented.
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
        let texts = blocks
            .iter()
            .flat_map(|block| piece(Channel::Text, &block["text"]));
        Ok(texts.collect())
    }

    fn is_complete(&self) -> bool {
        self.over || self.finish.is_some()
    }

    fn is_over(&self) -> bool {
        self.over
    }

    fn close(&mut self) -> ChatChunk {
        ChatChunk::Done {
            usage: self.usage,
            finish_reason: self.finish.take().unwrap_or_else(|| "end_turn".to_owned()),
        }
    }
}
