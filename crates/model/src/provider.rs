//! Vendors of models, and what they offer.

use serde::{Deserialize, Serialize};

use crate::id::ProviderId;
use crate::{Error, Result, Timestamp};

/// The model that needs no key.
pub const EXTRACTIVE_MODEL: &str = "builtin/extractive";
/// What a flow says when it means the workspace's choice.
pub const DEFAULT_MODEL: &str = "default";
/// The first half of the ids of embedding models that run in this process.
pub const LOCAL_PROVIDER: &str = "local";

/// Which protocol a provider speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProviderKind {
    /// OpenAI and everything that speaks its chat completions API.
    Openai,
    Anthropic,
    /// Cohere, for embeddings and reranking.
    Cohere,
    /// Ollama's own API; it chats through the one it shares with OpenAI.
    Ollama,
    /// Jina AI, for embeddings and reranking, and servers that rerank as it does.
    Jina,
    /// Text Embeddings Inference: a server of one model that embeds or reranks.
    Tei,
}

impl ProviderKind {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Openai => "openai",
            Self::Anthropic => "anthropic",
            Self::Cohere => "cohere",
            Self::Ollama => "ollama",
            Self::Jina => "jina",
            Self::Tei => "tei",
        }
    }

    /// Reads the stable name.
    pub fn parse(text: &str) -> Result<Self> {
        match text {
            "openai" => Ok(Self::Openai),
            "anthropic" => Ok(Self::Anthropic),
            "cohere" => Ok(Self::Cohere),
            "ollama" => Ok(Self::Ollama),
            "jina" => Ok(Self::Jina),
            "tei" => Ok(Self::Tei),
            _ => Err(Error::invalid(
                "kind",
                "kind must be openai, anthropic, cohere, ollama, jina or tei.",
            )),
        }
    }

    /// Where the vendor itself answers, without a trailing slash.
    pub const fn default_base_url(self) -> &'static str {
        match self {
            Self::Openai => "https://api.openai.com/v1",
            Self::Anthropic => "https://api.anthropic.com/v1",
            Self::Cohere => "https://api.cohere.com",
            Self::Ollama => "http://localhost:11434",
            Self::Jina => "https://api.jina.ai/v1",
            Self::Tei => "http://localhost:8080",
        }
    }
}

/// A configured vendor; its secret is never part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Provider {
    pub id: ProviderId,
    pub kind: ProviderKind,
    /// The first half of its model ids: `NAME/model`.
    pub name: String,
    pub base_url: String,
    pub has_key: bool,
    pub created_at: Timestamp,
}

/// What a model does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ModelKind {
    /// Answers.
    Chat,
    /// Turns texts into vectors, for searching.
    Embedding,
    /// Judges how well passages answer a question.
    Rerank,
}

impl ModelKind {
    /// What a model's name tells: vendors' lists say nothing of what their models do.
    pub fn of(name: &str) -> Self {
        const FAMILIES: [&str; 5] = ["bge-", "e5-", "gte-", "minilm", "paraphrase-"];
        let name = name.to_lowercase();
        let last = name.rsplit('/').next().unwrap_or(&name);
        let embeds = name.contains("embed") || FAMILIES.iter().any(|part| last.contains(part));
        if name.contains("rerank") || name.contains("cross-encoder") {
            Self::Rerank
        } else if embeds {
            Self::Embedding
        } else {
            Self::Chat
        }
    }
}

/// One thing a provider offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Model {
    /// `PROVIDER/MODEL`, as flows name it.
    pub id: String,
    pub provider: String,
    pub name: String,
    /// What it does, as far as its name tells.
    pub kind: ModelKind,
    /// Whether the vendor's own list had it when it was last asked.
    pub available: bool,
}

/// An embedding model that runs in this process; every server of an installation has its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LocalModel {
    /// `local/NAME`, as settings name it.
    pub id: String,
    pub name: String,
    /// The directory it was copied from, or its name on the hub.
    pub source: String,
    /// The hub's commit it was fetched at.
    pub revision: Option<String>,
    /// Of its vectors.
    pub dimensions: u32,
    /// The most tokens it reads of one text.
    pub max_tokens: u32,
    pub files: Vec<ModelFile>,
    pub added_at: Timestamp,
}

/// A file of a local model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ModelFile {
    /// Within the model's directory.
    pub path: String,
    pub bytes: u64,
    pub sha256: String,
}

/// What a connection test found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ProviderTest {
    pub ok: bool,
    pub latency_ms: u64,
    pub models: Vec<String>,
    /// A sentence for a person: what works, or what to do.
    pub message: String,
}

/// Splits `PROVIDER/MODEL`; the model part may contain further slashes.
pub fn split_model(id: &str) -> Result<(&str, &str)> {
    match id.split_once('/') {
        Some((provider, model)) if !provider.is_empty() && !model.is_empty() => {
            Ok((provider, model))
        }
        _ => Err(Error::invalid(
            "model",
            format!(
                "“{id}” is not a model; write PROVIDER/MODEL, such as openai/gpt-4o-mini, or “default”."
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_models_name_tells_what_it_does() {
        for name in [
            "text-embedding-3-small",
            "nomic-embed-text:latest",
            "BAAI/bge-small-en-v1.5",
            "intfloat/multilingual-e5-base",
            "all-MiniLM-L6-v2",
            "thenlper/gte-large",
        ] {
            assert_eq!(ModelKind::of(name), ModelKind::Embedding, "{name}");
        }
        for name in ["gpt-5", "llama3.2", "qwen3:8b"] {
            assert_eq!(ModelKind::of(name), ModelKind::Chat, "{name}");
        }
        for name in [
            "rerank-v3.5",
            "BAAI/bge-reranker-v2-m3",
            "jina-reranker-v2-base-multilingual",
            "cross-encoder/ms-marco-MiniLM-L-6-v2",
        ] {
            assert_eq!(ModelKind::of(name), ModelKind::Rerank, "{name}");
        }
    }
}
