//! Judging how well texts answer a question, one by one.

use std::sync::Arc;

use async_trait::async_trait;

use crate::Result;
use crate::id::WorkspaceId;
use crate::usage::Usage;

/// Texts to be judged by one model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RerankRequest {
    pub workspace: WorkspaceId,
    /// `PROVIDER/MODEL`.
    pub model: String,
    pub query: String,
    pub texts: Vec<Arc<str>>,
}

/// What became of the texts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reranked {
    /// One per text, from 0 to 1; higher is better.
    pub scores: Vec<f64>,
    pub usage: Usage,
}

/// Judges texts. Contract: scores come in the order of the texts, all of them finite; a text longer
/// than the model reads is cut at its end; messages of errors are sentences that tell a person what
/// to do. Dropping the future ends the work.
#[async_trait]
pub trait Rerank: Send + Sync + 'static {
    /// Judges all texts. Errors: `not_found` (no such provider), `invalid` (a model that judges
    /// nothing), the vendor's, `timeout`.
    async fn rerank(&self, request: RerankRequest) -> Result<Reranked>;
}
