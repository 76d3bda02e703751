//! Finding passages, as the engine asks for it.

use async_trait::async_trait;

use crate::Result;
use crate::id::WorkspaceId;
use crate::knowledge::Passage;
use crate::knowledge::retrieval::{SearchNote, SearchOptions};
use crate::run::trace::MadeCall;

/// What to look for, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct RetrieveRequest {
    pub workspace: WorkspaceId,
    /// Ids or slugs.
    pub knowledge_bases: Vec<String>,
    pub query: String,
    /// The same question in other words: what they find counts, too.
    pub variants: Vec<String>,
    /// At most this many passages (1 to 50); as many as the first knowledge base says when absent.
    pub limit: Option<u32>,
    /// What is wanted otherwise than the first knowledge base says.
    pub options: SearchOptions,
}

/// What a search found, and what it took.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Retrieved {
    /// Best first.
    pub passages: Vec<Passage>,
    /// What was done otherwise than asked.
    pub notes: Vec<SearchNote>,
    /// The models that were asked.
    pub calls: Vec<MadeCall>,
}

/// Contract: several knowledge bases are searched as if they were one; best first; only passages of
/// documents that are there now; an unknown knowledge base is a `not_found` error that names it; no
/// match is an empty list, not an error; a model that fails leaves a note and what can be found
/// without it, unless nothing can.
#[async_trait]
pub trait Retrieve: Send + Sync + 'static {
    /// Searches.
    async fn retrieve(&self, request: RetrieveRequest) -> Result<Retrieved>;
}
