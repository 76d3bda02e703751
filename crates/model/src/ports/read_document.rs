//! The text of a file.

use async_trait::async_trait;

use crate::Result;
use crate::id::{AttachmentId, DocumentId, WorkspaceId};

/// What is to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readable {
    /// A file as a run carries it.
    File {
        name: String,
        /// Empty when nobody knows.
        media_type: String,
        bytes: Vec<u8>,
    },
    /// A document of a knowledge base.
    Document(DocumentId),
    /// A file of the conversation, whose text was read when it was attached.
    Attachment(AttachmentId),
}

/// What a file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentText {
    /// What the file is called.
    pub name: String,
    /// What it calls itself, when it does.
    pub title: Option<String>,
    /// Its paragraphs, headings and tables, an empty line between them.
    pub text: String,
    /// How many pages, where the format has them.
    pub pages: Option<u32>,
}

/// Reads files. Contract: whatever the bytes are, the call ends in bounded time; a file that cannot
/// be read, or has no text, is an `invalid` error that names `file` and says what to do; an unknown
/// document or attachment is `not_found`. Dropping the future stops the work.
#[async_trait]
pub trait ReadDocument: Send + Sync + 'static {
    /// The text.
    async fn read(&self, workspace: WorkspaceId, what: Readable) -> Result<DocumentText>;
}
