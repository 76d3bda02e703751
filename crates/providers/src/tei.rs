//! The protocol of Text Embeddings Inference: a server of one model, which embeds as OpenAI does or
//! reranks in its own words.

use std::sync::Arc;

use async_trait::async_trait;
use headwater_model::ports::{Chat, ChatRequest, ChatStream, Embedded, Purpose, Reranked};
use headwater_model::{Error, Result};
use serde_json::json;

use crate::egress::Egress;
use crate::embed::{Batch, sendable};
use crate::exchange;
use crate::openai::Openai;
use crate::prefix::Prefixes;
use crate::registry::{Connection, Vendor};
use crate::rerank::Judged;

/// What a server takes that was started without saying otherwise.
const BATCH: Batch = Batch {
    texts: 32,
    bytes: 1_000_000,
};

/// A client of one server.
pub(crate) struct Tei {
    egress: Arc<Egress>,
    connection: Connection,
    shared: Openai,
}

impl Tei {
    /// The base URL is the server's, with or without the `/v1` of the protocol of OpenAI.
    pub fn new(egress: Arc<Egress>, mut connection: Connection) -> Self {
        if let Some(base) = connection.base_url.strip_suffix("/v1") {
            connection.base_url = base.to_owned();
        }
        let shared = Connection {
            base_url: format!("{}/v1", connection.base_url),
            ..connection.clone()
        };
        Self {
            shared: Openai::new(egress.clone(), shared),
            egress,
            connection,
        }
    }
}

#[async_trait]
impl Chat for Tei {
    async fn chat(&self, _: ChatRequest) -> Result<ChatStream> {
        Err(Error::invalid(
            "model",
            format!(
                "The provider {} embeds or reranks. For a model that chats add a provider of \
                 another kind.",
                self.connection.name
            ),
        ))
    }
}

#[async_trait]
impl Vendor for Tei {
    async fn models(&self) -> Result<Vec<String>> {
        let peer = self.connection.peer("");
        let url = exchange::join(&self.connection.base_url, "info")?;
        let info = exchange::get_json(&self.egress, url, &peer, |request| {
            self.connection.bearer(request)
        })
        .await?;
        let name = info["model_id"].as_str();
        let name = name.ok_or_else(|| peer.wrong_type("JSON that names no model"))?;
        Ok(vec![name.to_owned()])
    }

    fn batch(&self) -> Batch {
        BATCH
    }

    fn prefixes(&self, model: &str) -> Prefixes {
        Prefixes::known(model)
    }

    async fn embed(&self, model: &str, purpose: Purpose, texts: &[Arc<str>]) -> Result<Embedded> {
        self.shared.embed(model, purpose, texts).await
    }

    fn rerank_batch(&self) -> Batch {
        BATCH
    }

    async fn rerank(&self, model: &str, query: &str, texts: &[Arc<str>]) -> Result<Reranked> {
        let peer = self.connection.peer(model);
        let url = exchange::join(&self.connection.base_url, "rerank")?;
        let body = json!({
            "query": query, "texts": sendable(texts), "truncate": true, "raw_scores": false,
        });
        let headers = |request| self.connection.bearer(request);
        let answer = exchange::post_json(&self.egress, url, &peer, headers, &body).await?;
        let judged = Judged {
            items: &answer,
            score: "score",
            // It does not count.
            tokens: None,
        };
        judged.read(&peer, query, texts)
    }
}
