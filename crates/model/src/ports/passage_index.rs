//! An index of knowledge bases' chunks: their words, their vectors and the fields that filters ask for.
//! A derived thing: it can be rebuilt from the store.

use std::sync::Arc;

use async_trait::async_trait;

use crate::Result;
use crate::id::{ChunkId, DocumentId, KnowledgeBaseId};
use crate::knowledge::filter::{FieldValue, Filter};

/// A vector and the space it lies in: vectors of different spaces are never compared.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexVector {
    /// What names the space: the embedding model.
    pub space: Arc<str>,
    /// Unit length; all vectors of a space have the same dimensions.
    pub values: Vec<f32>,
}

/// A chunk to be found.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexChunk {
    pub id: ChunkId,
    pub text: String,
    pub heading: Option<String>,
    pub document_name: String,
    /// What filters may ask for; a name may be there several times.
    pub fields: Vec<(String, FieldValue)>,
    /// At most one per space; a chunk without any is found by its words only.
    pub vectors: Vec<IndexVector>,
}

/// All that one document now has; replaces what it had. No chunks: the document is gone.
#[derive(Clone, Debug, PartialEq)]
pub struct DocumentChange {
    pub document: DocumentId,
    /// The language it is in, by its ISO 639-1 code; found out from the text when absent.
    pub language: Option<String>,
    pub chunks: Vec<IndexChunk>,
}

/// Changes that are applied together.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexBatch {
    pub changes: Vec<DocumentChange>,
    /// Everything up to this is in afterwards.
    pub version: u64,
    /// The spaces that are still asked for; vectors in others are forgotten.
    pub spaces: Vec<Arc<str>>,
}

/// What to search: words, vectors or both.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IndexQuery {
    /// Looked for by its words. Any text is valid.
    pub text: Option<String>,
    /// Looked for by closeness, each in its own space.
    pub vectors: Vec<IndexVector>,
    /// Only chunks that match are looked at.
    pub filter: Option<Filter>,
    /// The most hits of each list.
    pub limit: u32,
    /// Whether hits by vector bring their vectors along.
    pub with_vectors: bool,
}

/// A chunk that matched.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexHit {
    pub base: KnowledgeBaseId,
    pub chunk: ChunkId,
    pub document: DocumentId,
    /// BM25, or the cosine with the query's vector; comparable within one search, whichever the base.
    pub score: f64,
    /// Unit length.
    pub vector: Option<Arc<[f32]>>,
}

/// What a search found; lists are best first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IndexFound {
    pub by_words: Vec<IndexHit>,
    /// One list per vector of the query, in its order.
    pub by_vector: Vec<Vec<IndexHit>>,
}

/// Contract: `apply` is atomic and durable when it returns and remembers its version; a crash leaves
/// either the old or the new; `search` sees every `apply` that returned before it began. Filters are
/// part of the search: `limit` counts hits that match. Closeness may be approximate when there are
/// many vectors; the score of a hit is not. A batch whose version is in already may be dropped. `unavailable` says that an index was damaged and has
/// been wiped: its version is 0.
#[async_trait]
pub trait PassageIndex: Send + Sync + 'static {
    /// Applies changes and records that everything up to the batch's version is in.
    async fn apply(&self, base: KnowledgeBaseId, batch: IndexBatch) -> Result<()>;
    /// The version of the last `apply`; 0 for an index that does not exist.
    async fn version(&self, base: KnowledgeBaseId) -> Result<u64>;
    /// Finds chunks of the bases, as if they were one.
    async fn search(&self, bases: &[KnowledgeBaseId], query: IndexQuery) -> Result<IndexFound>;
    /// Forgets a knowledge base.
    async fn remove(&self, base: KnowledgeBaseId) -> Result<()>;
    /// The knowledge bases it has something of, damaged ones too.
    async fn bases(&self) -> Result<Vec<KnowledgeBaseId>>;
}
