//! Files that come in pieces.

use crate::Timestamp;
use crate::id::{DocumentId, KnowledgeBaseId, UploadId};

/// A file on its way into a knowledge base.
#[derive(Clone, Debug, PartialEq)]
pub struct Upload {
    pub id: UploadId,
    pub knowledge_base_id: KnowledgeBaseId,
    pub name: String,
    pub media_type: String,
    /// How long the file is.
    pub bytes: u64,
    /// How much of it is here, from its beginning.
    pub received: u64,
    /// The document in whose place it is put.
    pub replaces: Option<DocumentId>,
    /// The document it became.
    pub document: Option<DocumentId>,
    /// When it is forgotten unless more of it comes.
    pub expires_at: Timestamp,
}
