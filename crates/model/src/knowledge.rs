//! Knowledge bases, their documents, and what a search returns.

pub mod boost;
pub mod chunking;
pub mod context;
pub mod evaluation;
pub mod event;
pub mod filter;
pub mod metadata;
pub mod question_set;
pub mod ranking;
pub mod retrieval;
pub mod source;
pub mod upload;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::id::{ChunkId, DocumentId, KnowledgeBaseId, SourceId};
use crate::run::Failure;
use chunking::ChunkingSettings;
use metadata::Metadata;
use ranking::Ranking;
use retrieval::RetrievalSettings;

/// Between the headings of a path.
pub const BETWEEN_HEADINGS: &str = " › ";

/// Documents searched together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct KnowledgeBase {
    pub id: KnowledgeBaseId,
    pub name: String,
    /// How flow files name it; unique in the workspace.
    pub slug: String,
    pub description: String,
    pub documents: u64,
    pub chunks: u64,
    /// The model whose vectors its chunks are to have; without one it is searched by words only.
    pub embedding_model: Option<String>,
    /// The model whose vectors answer now: the one before, until all chunks are embedded anew.
    pub searched_model: Option<String>,
    /// While they are embedded anew: how many of its chunks have no vector of `embedding_model` yet.
    pub chunks_to_embed: u64,
    /// Why embedding them did not go on.
    pub embedding_error: Option<String>,
    pub retrieval: RetrievalSettings,
    pub chunking: ChunkingSettings,
    pub created_at: Timestamp,
}

/// Where a document stands on its way from bytes to searchable chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DocumentStatus {
    Queued,
    Parsing,
    Chunking,
    Embedding,
    Indexing,
    Ready,
    Failed,
    /// Somebody did not want to wait for it.
    Cancelled,
    /// It is made of pictures, and nothing here can read them: `error` says what to install.
    NeedsOcr,
}

impl DocumentStatus {
    pub const ALL: [Self; 9] = [
        Self::Queued,
        Self::Parsing,
        Self::Chunking,
        Self::Embedding,
        Self::Indexing,
        Self::Ready,
        Self::Failed,
        Self::Cancelled,
        Self::NeedsOcr,
    ];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Parsing => "parsing",
            Self::Chunking => "chunking",
            Self::Embedding => "embedding",
            Self::Indexing => "indexing",
            Self::Ready => "ready",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::NeedsOcr => "needs_ocr",
        }
    }
}

/// Something added to a knowledge base.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Document {
    pub id: DocumentId,
    pub knowledge_base_id: KnowledgeBaseId,
    /// The file name it came with.
    pub name: String,
    pub media_type: String,
    pub bytes: u64,
    pub status: DocumentStatus,
    /// From 0 to 1.
    pub progress: f64,
    /// Why it failed, or what it needs.
    pub error: Option<Failure>,
    /// What of a document that is ready could not be read.
    pub left_out: Option<String>,
    /// How many chunks it answers with.
    pub chunks: u64,
    /// Changes that people made to chunks whose text is no longer in the document; listed by
    /// `chunks?lost=true`.
    pub lost_edits: u64,
    /// What it is said to be, for filters.
    pub metadata: Metadata,
    /// How far the stages of its latest ingestion are, in order.
    pub stages: Vec<Stage>,
    pub attempts: u32,
    /// The source that keeps it in step, where one does.
    pub source_id: Option<SourceId>,
    /// Where it came from, such as a page's address; kept when its source is gone.
    pub source_url: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// One stage of an ingestion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Stage {
    pub name: StageName,
    /// So many of `total`: files parsed, chunks cut, embedded (for each model) and indexed.
    pub done: u64,
    /// Null while nobody knows.
    pub total: Option<u64>,
    /// How long it took; null until it is done.
    pub took_ms: Option<u64>,
}

/// What is done to a document, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StageName {
    Parse,
    Chunk,
    Embed,
    Index,
}

/// What a parser makes of a document's bytes: text blocks in reading order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParsedDocument {
    pub title: Option<String>,
    pub blocks: Vec<Block>,
    /// What of it could not be read, a sentence each: members of an archive, pages that are pictures.
    #[serde(default)]
    pub left_out: Vec<String>,
}

/// What a block is, for whoever cuts it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockKind {
    /// Plain text or Markdown.
    #[default]
    Text,
    /// A Markdown table; its first two lines are its head, and every other line is a row.
    Table,
    /// Rows or objects as `Name: value` lines, with a blank line between one and the next.
    Records,
    /// Program text, line by line.
    Code,
}

/// A run of text under one heading on one page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    #[serde(default)]
    pub kind: BlockKind,
    pub text: String,
    /// The headings above it, outermost first, joined with " › ".
    pub heading: Option<String>,
    /// Counted from 1; only for formats that have pages or slides.
    pub page: Option<u32>,
}

/// A chunk before it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkDraft {
    pub text: String,
    pub heading: Option<String>,
    pub page: Option<u32>,
    pub tokens: u32,
    /// Which of [`Cut::sections`] is given when it is found, where that is not its own text.
    pub section: Option<usize>,
}

/// A text that is given in place of a chunk that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    pub text: String,
    /// Whether it answers the chunk, a question; otherwise the chunk lies in it.
    pub answer: bool,
}

/// A document that was cut.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// In order; none is empty.
    pub chunks: Vec<ChunkDraft>,
    pub sections: Vec<Section>,
}

/// A stored piece of a document, as it is given when it was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    pub id: ChunkId,
    /// Position in its document, from 0.
    pub index: u32,
    pub text: String,
    pub page: Option<u32>,
    pub heading: Option<String>,
}

/// A piece of a document as people look at it and change it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = Chunk)]
pub struct DocumentChunk {
    pub id: ChunkId,
    pub document_id: DocumentId,
    /// Position in its document, from 0; null when its text is no longer in the document.
    pub index: Option<u32>,
    /// What is searched.
    pub text: String,
    /// What is given when it is found, where that is not its text: the part of the document that it
    /// lies in, or the answer to its question.
    pub given: Option<String>,
    pub page: Option<u32>,
    pub heading: Option<String>,
    /// Of its text, as they were counted when it was made; null where nobody counted.
    pub tokens: Option<u32>,
    /// Whether searches find it.
    pub enabled: bool,
    /// Whether somebody added it by hand.
    pub added: bool,
    /// Whether somebody changed something about it.
    pub edited: bool,
    /// What the document says, where somebody changed the text.
    pub source_text: Option<String>,
    /// Words that find it besides those of its text.
    pub keywords: Vec<String>,
    /// What it is said to be, for filters, besides what its document is.
    pub metadata: Metadata,
}

/// What cutting a document would give.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ChunkPreview {
    /// The first chunks.
    pub items: Vec<PreviewedChunk>,
    /// How many there would be in all.
    pub chunks: u64,
    /// Of the longest of all.
    pub longest_tokens: u32,
    /// What of the document could not be read.
    pub left_out: Option<String>,
}

/// A chunk that nobody stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PreviewedChunk {
    pub index: u32,
    pub text: String,
    /// What would be given when it is found, where that is not its text.
    pub given: Option<String>,
    pub page: Option<u32>,
    pub heading: Option<String>,
    pub tokens: u32,
}

/// A chunk found by a search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Passage {
    pub chunk_id: ChunkId,
    pub document_id: DocumentId,
    pub document_name: String,
    /// Where the document came from, such as a page's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_url: Option<String>,
    pub knowledge_base_id: KnowledgeBaseId,
    pub text: String,
    /// Higher is better; comparable within one search only.
    pub score: f64,
    pub page: Option<u32>,
    pub heading: Option<String>,
    /// Matched words as `[start, end)` in characters of `text`.
    pub highlights: Vec<[u32; 2]>,
    /// How it came to its place.
    #[serde(default)]
    pub ranking: Ranking,
}

/// From a place in an answer to the passage that supports it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Citation {
    /// The `n` of `[n]` in the answer; unique in its run.
    pub number: u32,
    pub document_id: DocumentId,
    pub document_name: String,
    /// Where the document came from, such as a page's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_url: Option<String>,
    pub knowledge_base_id: KnowledgeBaseId,
    pub chunk_id: ChunkId,
    pub page: Option<u32>,
    pub heading: Option<String>,
    pub text: String,
    pub score: f64,
    /// How the answer was led back to it.
    #[serde(default)]
    pub by: CitedBy,
}

/// How a place in an answer was led back to a passage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CitedBy {
    /// The model cites it.
    #[default]
    Marker,
    /// The model cites nothing there; its words are the passage's.
    Similarity,
}

impl Citation {
    /// The citation that `[number]` stands for.
    pub fn of(number: u32, passage: &Passage) -> Self {
        Self {
            number,
            document_id: passage.document_id,
            document_name: passage.document_name.clone(),
            source_url: passage.source_url.clone(),
            knowledge_base_id: passage.knowledge_base_id,
            chunk_id: passage.chunk_id,
            page: passage.page,
            heading: passage.heading.clone(),
            text: passage.text.clone(),
            score: passage.score,
            by: CitedBy::Marker,
        }
    }
}
