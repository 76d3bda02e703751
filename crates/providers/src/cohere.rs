//! Cohere's own protocol, for embeddings and reranking.

use std::sync::Arc;

use async_trait::async_trait;
use headwater_model::ports::{Chat, ChatRequest, ChatStream, Embedded, Purpose, Reranked};
use headwater_model::{Error, Result};
use serde_json::{Value, json};

use crate::egress::Egress;
use crate::embed::{Batch, answered, sendable};
use crate::exchange;
use crate::registry::{Connection, Vendor};
use crate::rerank::Judged;

/// What one call may hold, as Cohere says.
const BATCH: Batch = Batch {
    texts: 96,
    bytes: 1_000_000,
};

/// Cohere takes 1,000 passages; a search sends fewer.
const RERANK_BATCH: Batch = Batch {
    texts: 500,
    bytes: 4_000_000,
};

/// A client of Cohere.
pub(crate) struct Cohere {
    egress: Arc<Egress>,
    connection: Connection,
}

impl Cohere {
    /// The base URL may name a version of the API; each call has its own.
    pub fn new(egress: Arc<Egress>, mut connection: Connection) -> Self {
        for version in ["/v1", "/v2"] {
            if let Some(base) = connection.base_url.strip_suffix(version) {
                connection.base_url = base.to_owned();
            }
        }
        Self { egress, connection }
    }
}

#[async_trait]
impl Chat for Cohere {
    async fn chat(&self, _: ChatRequest) -> Result<ChatStream> {
        Err(Error::invalid(
            "model",
            format!(
                "The provider {} is for embeddings and reranking. For Cohere's chat models add a provider of the \
                 kind openai with the base URL https://api.cohere.ai/compatibility/v1.",
                self.connection.name
            ),
        ))
    }
}

#[async_trait]
impl Vendor for Cohere {
    async fn models(&self) -> Result<Vec<String>> {
        let peer = self.connection.peer("");
        let path = "v1/models?page_size=1000";
        let url = exchange::join(&self.connection.base_url, path)?;
        let list = exchange::get_json(&self.egress, url, &peer, |request| {
            self.connection.bearer(request)
        })
        .await?;
        let items = list["models"]
            .as_array()
            .ok_or_else(|| peer.wrong_type("JSON that is not a list of models"))?;
        let names = items.iter().filter(|item| is_for_searching(item));
        let names = names.filter_map(|item| item["name"].as_str());
        let mut names: Vec<String> = names.map(str::to_owned).collect();
        names.sort();
        Ok(names)
    }

    fn batch(&self) -> Batch {
        BATCH
    }

    async fn embed(&self, model: &str, purpose: Purpose, texts: &[Arc<str>]) -> Result<Embedded> {
        let peer = self.connection.peer(model);
        let url = exchange::join(&self.connection.base_url, "v2/embed")?;
        let body = json!({
            "model": model,
            "texts": sendable(texts),
            "input_type": match purpose {
                Purpose::Query => "search_query",
                Purpose::Passage => "search_document",
            },
            "embedding_types": ["float"],
            "truncate": "END",
        });
        let headers = |request| self.connection.bearer(request);
        let mut answer = exchange::post_json(&self.egress, url, &peer, headers, &body).await?;
        let tokens = answer["meta"]["billed_units"]["input_tokens"].as_f64();
        let vectors = match answer["embeddings"]["float"].take() {
            Value::Array(vectors) => Some(vectors),
            _ => None,
        };
        answered(&peer, vectors, texts, tokens.map(|tokens| tokens as u64))
    }
    fn rerank_batch(&self) -> Batch {
        RERANK_BATCH
    }

    async fn rerank(&self, model: &str, query: &str, texts: &[Arc<str>]) -> Result<Reranked> {
        let peer = self.connection.peer(model);
        let url = exchange::join(&self.connection.base_url, "v2/rerank")?;
        let body = json!({
            "model": model, "query": query, "documents": sendable(texts), "top_n": texts.len(),
        });
        let headers = |request| self.connection.bearer(request);
        let answer = exchange::post_json(&self.egress, url, &peer, headers, &body).await?;
        let judged = Judged {
            items: &answer["results"],
            score: "relevance_score",
            // It bills searches, and tells the tokens of some models only.
            tokens: answer["meta"]["tokens"]["input_tokens"]
                .as_f64()
                .map(|tokens| tokens as u64),
        };
        judged.read(&peer, query, texts)
    }
}

/// Whether a model embeds or reranks, as far as the list tells.
fn is_for_searching(item: &Value) -> bool {
    item["endpoints"].as_array().is_none_or(|endpoints| {
        let mut endpoints = endpoints.iter();
        endpoints.any(|endpoint| endpoint == "embed" || endpoint == "rerank")
    })
}
