//! Texts to vectors: what lies close together means alike.

use std::sync::Arc;

use async_trait::async_trait;

use crate::Result;
use crate::id::WorkspaceId;
use crate::usage::Usage;

/// What a text is for: some models embed questions and passages differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    Query,
    Passage,
}

/// Texts to embed with one model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbedRequest {
    pub workspace: WorkspaceId,
    /// `PROVIDER/MODEL` or `local/NAME`.
    pub model: String,
    pub purpose: Purpose,
    pub texts: Vec<Arc<str>>,
}

/// What became of the texts.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedded {
    /// One per text, unit length, all of the same dimensions.
    pub vectors: Vec<Vec<f32>>,
    pub usage: Usage,
}

/// A maker of vectors.
#[async_trait]
pub trait Embed: Send + Sync + 'static {
    /// Embeds all texts, in order. Errors: not_found (model), the vendor's, timeout.
    async fn embed(&self, request: EmbedRequest) -> Result<Embedded>;
    /// The dimensions of a model's vectors.
    async fn dimensions(&self, workspace: WorkspaceId, model: &str) -> Result<u32>;
}
