//! From a configured provider to the client that speaks its protocol.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use headwater_model::Result;
use headwater_model::ports::{Chat, Embedded, Purpose, Reranked};
use headwater_model::provider::ProviderKind;
use reqwest::RequestBuilder;

use crate::anthropic::Anthropic;
use crate::cohere::Cohere;
use crate::egress::Egress;
use crate::embed::Batch;
use crate::fault::Peer;
use crate::jina::Jina;
use crate::ollama::Ollama;
use crate::openai::Openai;
use crate::prefix::Prefixes;
use crate::rerank;
use crate::tei::Tei;

/// A secret: printed nowhere, revealed only where it is sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Wraps a secret.
    pub fn new(text: &str) -> Self {
        Self(Arc::from(text))
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// All that is needed to call a provider.
#[derive(Clone, Debug)]
pub struct Connection {
    pub kind: ProviderKind,
    /// The first half of its model ids.
    pub name: String,
    pub base_url: String,
    pub api_key: Option<Secret>,
}

impl Connection {
    /// Who is at the other end, for messages about what went wrong.
    pub(crate) fn peer(&self, model: &str) -> Peer {
        Peer {
            name: self.name.clone(),
            base_url: self.base_url.clone(),
            model: model.to_owned(),
            secret: self.api_key.clone(),
        }
    }

    /// The request with the key, when there is one, as a bearer token.
    pub(crate) fn bearer(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.api_key {
            Some(key) => request.bearer_auth(key.reveal()),
            None => request,
        }
    }
}

/// A client of one provider. `chat` takes the request's model as `PROVIDER/MODEL`.
#[async_trait]
pub trait Vendor: Chat {
    /// The names of the models the vendor lists, sorted.
    async fn models(&self) -> Result<Vec<String>>;

    /// What one call of `embed` may hold.
    fn batch(&self) -> Batch;

    /// What a model wants before its texts; nothing when the vendor sees to that.
    fn prefixes(&self, _model: &str) -> Prefixes {
        Prefixes::default()
    }

    /// Embeds the texts of one batch, in order; `model` is the vendor's own name. The vectors are of
    /// unit length. Errors: `invalid` when the vendor has no embeddings.
    async fn embed(&self, model: &str, purpose: Purpose, texts: &[Arc<str>]) -> Result<Embedded>;

    /// What one call of `rerank` may hold.
    fn rerank_batch(&self) -> Batch {
        rerank::BATCH
    }

    /// Judges how well the texts of one batch answer a question, in order; `model` is the vendor's own
    /// name. Scores are on the model's own scale. Errors: `invalid` when the vendor cannot.
    async fn rerank(&self, model: &str, _query: &str, _texts: &[Arc<str>]) -> Result<Reranked> {
        Err(rerank::none_of(model))
    }
}

/// The client for a provider.
pub fn connect(egress: Arc<Egress>, connection: Connection) -> Arc<dyn Vendor> {
    match connection.kind {
        ProviderKind::Openai => Arc::new(Openai::new(egress, connection)),
        ProviderKind::Anthropic => Arc::new(Anthropic::new(egress, connection)),
        ProviderKind::Cohere => Arc::new(Cohere::new(egress, connection)),
        ProviderKind::Ollama => Arc::new(Ollama::new(egress, connection)),
        ProviderKind::Jina => Arc::new(Jina::new(egress, connection)),
        ProviderKind::Tei => Arc::new(Tei::new(egress, connection)),
    }
}
