//! Vendors of models, and what they offer.

use serde::{Deserialize, Serialize};

use crate::id::ProviderId;
use crate::{Error, Result, Timestamp};

/// The model that needs no key.
pub const EXTRACTIVE_MODEL: &str = "builtin/extractive";
/// What a flow says when it means the workspace's choice.
pub const DEFAULT_MODEL: &str = "default";

/// Which protocol a provider speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProviderKind {
    /// OpenAI and everything that speaks its chat completions API.
    Openai,
    Anthropic,
}

impl ProviderKind {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Openai => "openai",
            Self::Anthropic => "anthropic",
        }
    }

    /// Reads the stable name.
    pub fn parse(text: &str) -> Result<Self> {
        match text {
            "openai" => Ok(Self::Openai),
            "anthropic" => Ok(Self::Anthropic),
            _ => Err(Error::invalid("kind", "kind must be openai or anthropic.")),
        }
    }

    /// Where the vendor itself answers, without a trailing slash.
    pub const fn default_base_url(self) -> &'static str {
        match self {
            Self::Openai => "https://api.openai.com/v1",
            Self::Anthropic => "https://api.anthropic.com/v1",
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

/// One thing a provider offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Model {
    /// `PROVIDER/MODEL`, as flows name it.
    pub id: String,
    pub provider: String,
    pub name: String,
    /// Whether the vendor's own list had it when it was last asked.
    pub available: bool,
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
