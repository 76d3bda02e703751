//! Finding passages, as the engine asks for it.

use async_trait::async_trait;

use crate::Result;
use crate::id::WorkspaceId;
use crate::knowledge::Passage;
use crate::knowledge::retrieval::SearchOptions;

/// What to look for, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct RetrieveRequest {
    pub workspace: WorkspaceId,
    /// Ids or slugs.
    pub knowledge_bases: Vec<String>,
    pub query: String,
    /// At most this many passages (1 to 50); as many as the first knowledge base says when absent.
    pub limit: Option<u32>,
    /// What is wanted otherwise than the first knowledge base says.
    pub options: SearchOptions,
}

/// Contract: several knowledge bases are searched as if they were one; best first; only passages of documents that are there now; an unknown knowledge base
/// is a `not_found` error that names it; no match is an empty list, not an error.
#[async_trait]
pub trait Retrieve: Send + Sync + 'static {
    /// Searches.
    async fn retrieve(&self, request: RetrieveRequest) -> Result<Vec<Passage>>;
}
