//! Jina's protocol: lists and embeddings as OpenAI has them, and reranking.

use std::sync::Arc;

use async_trait::async_trait;
use headwater_model::ports::{Chat, ChatRequest, ChatStream, Embedded, Purpose, Reranked};
use headwater_model::{Error, Result};

use crate::egress::Egress;
use crate::embed::Batch;
use crate::openai::Openai;
use crate::prefix::Prefixes;
use crate::registry::{Connection, Vendor};

/// A client of Jina AI, or of a server that reranks as it does.
pub(crate) struct Jina {
    name: String,
    shared: Openai,
}

impl Jina {
    pub fn new(egress: Arc<Egress>, connection: Connection) -> Self {
        Self {
            name: connection.name.clone(),
            shared: Openai::new(egress, connection),
        }
    }
}

#[async_trait]
impl Chat for Jina {
    async fn chat(&self, _: ChatRequest) -> Result<ChatStream> {
        Err(Error::invalid(
            "model",
            format!(
                "The provider {} is for embeddings and reranking. For a model that chats add a \
                 provider of the kind openai.",
                self.name
            ),
        ))
    }
}

#[async_trait]
impl Vendor for Jina {
    async fn models(&self) -> Result<Vec<String>> {
        self.shared.models().await
    }

    fn batch(&self) -> Batch {
        self.shared.batch()
    }

    fn prefixes(&self, model: &str) -> Prefixes {
        self.shared.prefixes(model)
    }

    async fn embed(&self, model: &str, purpose: Purpose, texts: &[Arc<str>]) -> Result<Embedded> {
        self.shared.embed(model, purpose, texts).await
    }

    async fn rerank(&self, model: &str, query: &str, texts: &[Arc<str>]) -> Result<Reranked> {
        self.shared.rerank(model, query, texts).await
    }
}
