//! A lexical index of one knowledge base's chunks. A derived thing: it can be rebuilt from the store.

use async_trait::async_trait;

use crate::Result;
use crate::id::{ChunkId, DocumentId, KnowledgeBaseId};

/// A chunk to be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexChunk {
    pub id: ChunkId,
    pub text: String,
    pub heading: Option<String>,
    pub document_name: String,
}

/// All that one document now has; replaces what it had. No chunks: the document is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentChange {
    pub document: DocumentId,
    pub chunks: Vec<IndexChunk>,
}

/// What to search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexQuery {
    pub text: String,
    pub limit: u32,
}

/// A chunk that matched.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexHit {
    pub chunk: ChunkId,
    pub document: DocumentId,
    /// BM25; comparable within one knowledge base.
    pub score: f64,
}

/// Contract: `apply` is atomic and durable when it returns and remembers `version`; a crash leaves
/// either the old or the new; `search` sees every `apply` that returned before it began.
#[async_trait]
pub trait PassageIndex: Send + Sync + 'static {
    /// Applies changes and records that everything up to `version` is in.
    async fn apply(
        &self,
        base: KnowledgeBaseId,
        changes: Vec<DocumentChange>,
        version: u64,
    ) -> Result<()>;
    /// The version of the last `apply`; 0 for an index that does not exist.
    async fn version(&self, base: KnowledgeBaseId) -> Result<u64>;
    /// Finds chunks by BM25, best first. Any text is a valid query.
    async fn search(&self, base: KnowledgeBaseId, query: IndexQuery) -> Result<Vec<IndexHit>>;
    /// Forgets a knowledge base.
    async fn remove(&self, base: KnowledgeBaseId) -> Result<()>;
}
