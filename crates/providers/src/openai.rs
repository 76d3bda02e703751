//! The chat completions protocol of OpenAI, and of everyone who speaks it a little differently.

mod answer;
mod embeddings;
mod request;

use std::sync::Arc;

use async_trait::async_trait;
use headwater_model::Result;
use headwater_model::ports::{
    Chat, ChatMessage, ChatRequest, ChatStream, Embedded, Purpose, Reranked,
};
use headwater_model::provider::split_model;
use reqwest::Method;
use serde_json::Value;

use crate::egress::Egress;
use crate::embed::Batch;
use crate::exchange;
use crate::fault::Cause;
use crate::prefix::Prefixes;
use crate::registry::{Connection, Vendor};
use crate::rerank;
use answer::Spoken;
use request::body;

/// A client of one server.
pub(crate) struct Openai {
    egress: Arc<Egress>,
    connection: Connection,
}

impl Openai {
    pub fn new(egress: Arc<Egress>, connection: Connection) -> Self {
        Self { egress, connection }
    }

    fn is_official(&self) -> bool {
        self.connection.base_url.contains("api.openai.com")
    }

    async fn ask(&self, request: &ChatRequest, model: &str, ask_usage: bool) -> Result<ChatStream> {
        let peer = self.connection.peer(model);
        let url = exchange::join(&self.connection.base_url, "chat/completions")?;
        let official = self.is_official();
        let call = self
            .connection
            .bearer(self.egress.request(Method::POST, url)?)
            .header("accept", "text/event-stream")
            .header("idempotency-key", &request.idempotency_key)
            .headers(exchange::trace(request))
            .json(&body(request, model, official, ask_usage)?);
        let response = exchange::send(call, &peer, &self.egress).await?;
        let asked = request.messages.iter().map(ChatMessage::characters).sum();
        let words = Spoken::asked(asked);
        exchange::answer(response, peer, &self.egress, request.model.clone(), words).await
    }
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
        let peer = self.connection.peer("");
        let url = exchange::join(&self.connection.base_url, "models")?;
        let list = exchange::get_json(&self.egress, url, &peer, |request| {
            self.connection.bearer(request)
        })
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

    fn batch(&self) -> Batch {
        embeddings::batch(self.is_official())
    }

    fn prefixes(&self, model: &str) -> Prefixes {
        Prefixes::known(model)
    }

    async fn embed(&self, model: &str, _: Purpose, texts: &[Arc<str>]) -> Result<Embedded> {
        let authorised = |request| self.connection.bearer(request);
        embeddings::embed(
            &self.egress,
            &self.connection.peer(model),
            texts,
            authorised,
        )
        .await
    }
    /// OpenAI itself has none; servers of open models that speak its protocol often do.
    async fn rerank(&self, model: &str, query: &str, texts: &[Arc<str>]) -> Result<Reranked> {
        let authorised = |request| self.connection.bearer(request);
        let peer = self.connection.peer(model);
        rerank::as_jina(&self.egress, &peer, (query, texts), authorised).await
    }
}
