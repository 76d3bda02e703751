//! Finding passages, as the engine asks for it.

use async_trait::async_trait;

use crate::Result;
use crate::id::WorkspaceId;
use crate::knowledge::Passage;

/// What to look for, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct RetrieveRequest {
    pub workspace: WorkspaceId,
    /// Ids or slugs.
    pub knowledge_bases: Vec<String>,
    pub query: String,
    /// At most this many passages (1 to 50).
    pub limit: u32,
}

/// Contract: best first; only passages of documents that are there now; an unknown knowledge base
/// is a `not_found` error that names it; no match is an empty list, not an error.
#[async_trait]
pub trait Retrieve: Send + Sync + 'static {
    /// Searches.
    async fn retrieve(&self, request: RetrieveRequest) -> Result<Vec<Passage>>;
}
