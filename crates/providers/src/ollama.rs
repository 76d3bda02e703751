//! Ollama's own protocol for what it offers and for embeddings; it chats as OpenAI does.

use std::sync::Arc;

use async_trait::async_trait;
use headwater_model::Result;
use headwater_model::ports::{Chat, ChatRequest, ChatStream, Embedded, Purpose};
use serde_json::{Value, json};

use crate::egress::Egress;
use crate::embed::{Batch, answered, sendable};
use crate::exchange;
use crate::openai::Openai;
use crate::prefix::Prefixes;
use crate::registry::{Connection, Vendor};

/// There is no limit; a call should be over in reasonable time on a small machine.
const BATCH: Batch = Batch {
    texts: 32,
    bytes: 256 * 1024,
};

/// A client of one server.
pub(crate) struct Ollama {
    egress: Arc<Egress>,
    connection: Connection,
    chat: Openai,
}

impl Ollama {
    /// The base URL is the server's, with or without the `/v1` of the protocol of OpenAI.
    pub fn new(egress: Arc<Egress>, mut connection: Connection) -> Self {
        if let Some(base) = connection.base_url.strip_suffix("/v1") {
            connection.base_url = base.to_owned();
        }
        let chat = Connection {
            base_url: format!("{}/v1", connection.base_url),
            ..connection.clone()
        };
        Self {
            chat: Openai::new(egress.clone(), chat),
            egress,
            connection,
        }
    }
}

#[async_trait]
impl Chat for Ollama {
    async fn chat(&self, request: ChatRequest) -> Result<ChatStream> {
        self.chat.chat(request).await
    }
}

#[async_trait]
impl Vendor for Ollama {
    async fn models(&self) -> Result<Vec<String>> {
        let peer = self.connection.peer("");
        let url = exchange::join(&self.connection.base_url, "api/tags")?;
        let list = exchange::get_json(&self.egress, url, &peer, |request| {
            self.connection.bearer(request)
        })
        .await?;
        let items = list["models"]
            .as_array()
            .ok_or_else(|| peer.wrong_type("JSON that is not a list of models"))?;
        let names = items.iter().filter_map(|item| item["name"].as_str());
        let mut names: Vec<String> = names.map(str::to_owned).collect();
        names.sort();
        Ok(names)
    }

    fn batch(&self) -> Batch {
        BATCH
    }

    fn prefixes(&self, model: &str) -> Prefixes {
        Prefixes::known(model)
    }

    async fn embed(&self, model: &str, _: Purpose, texts: &[Arc<str>]) -> Result<Embedded> {
        let peer = self.connection.peer(model);
        let url = exchange::join(&self.connection.base_url, "api/embed")?;
        let body = json!({ "model": model, "input": sendable(texts), "truncate": true });
        let headers = |request| self.connection.bearer(request);
        let mut answer = exchange::post_json(&self.egress, url, &peer, headers, &body).await?;
        let tokens = answer["prompt_eval_count"].as_u64();
        let vectors = match answer["embeddings"].take() {
            Value::Array(vectors) => Some(vectors),
            _ => None,
        };
        answered(&peer, vectors, texts, tokens)
    }
}
