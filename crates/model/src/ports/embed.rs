//! Turning texts into vectors that are close where the texts mean the same.

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::tokens::CountTokens;
use crate::Result;
use crate::id::WorkspaceId;
use crate::usage::Usage;

/// What a text is for: some models embed questions and passages differently.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// What somebody looks for.
    Query,
    /// What is there to be found.
    #[default]
    Passage,
}

impl Purpose {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Passage => "passage",
        }
    }
}

/// Texts to be embedded by one model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbedRequest {
    pub workspace: WorkspaceId,
    /// `PROVIDER/MODEL`, or `local/NAME`.
    pub model: String,
    pub purpose: Purpose,
    pub texts: Vec<Arc<str>>,
}

/// What became of the texts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Embedded {
    /// One per text, of unit length, all of the same dimensions.
    pub vectors: Vec<Vec<f32>>,
    /// What was consumed; nothing for what was known already.
    pub usage: Usage,
}

/// Embeds texts. Contract: vectors come in the order of the texts; a text longer than the model reads
/// is cut at its end; the same text gives the same vector for as long as the model is the same;
/// messages of errors are sentences that tell a person what to do. Dropping the future ends the work.
#[async_trait]
pub trait Embed: Send + Sync + 'static {
    /// Embeds all texts, in order. Errors: `not_found` (no such model), `invalid` (a model that embeds
    /// nothing), the vendor's, `timeout`.
    async fn embed(&self, request: EmbedRequest) -> Result<Embedded>;

    /// The dimensions of a model's vectors.
    async fn dimensions(&self, workspace: WorkspaceId, model: &str) -> Result<u32>;

    /// What counts tokens as a model does; nothing where only its vendor can.
    async fn counter(&self, _model: &str) -> Result<Option<Arc<dyn CountTokens>>> {
        Ok(None)
    }
}
