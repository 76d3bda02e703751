//! What whoever watches a knowledge base is told.

use serde::{Deserialize, Serialize};

use super::Document;
use super::source::SourceSync;
use crate::id::DocumentId;

/// Something that changed, as it is now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum KnowledgeEvent {
    /// A document is new, or stands elsewhere on its way.
    Document { document: Box<Document> },
    /// A document is gone.
    DocumentGone { document_id: DocumentId },
    /// A sync began, got on or ended.
    Sync { sync: Box<SourceSync> },
}

impl KnowledgeEvent {
    /// The name that its frame has.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Document { .. } => "document",
            Self::DocumentGone { .. } => "document_gone",
            Self::Sync { .. } => "sync",
        }
    }
}
