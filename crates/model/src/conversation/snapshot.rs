//! A conversation as it was once, on a page of its own for whoever has its address.

use serde::{Deserialize, Serialize};

use super::{Message, MessageStatus, Speaker};
use crate::Timestamp;
use crate::id::{ConversationId, SnapshotId};
use crate::share::{ShownCitations, VisitorCitation};

/// A snapshot, for whom it belongs to.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Snapshot {
    pub id: SnapshotId,
    pub conversation_id: ConversationId,
    /// The conversation's title when it was taken.
    pub title: String,
    /// How many messages it has.
    pub messages: u32,
    /// Where it is on this server, such as `/s/c-…`. Whoever has it reads the snapshot.
    pub path: String,
    /// When it ends; absent when it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

/// What a snapshot shows: the messages of one branch, and nothing of how they came to be.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SnapshotPage {
    pub title: String,
    pub messages: Vec<SnapshotMessage>,
    pub created_at: Timestamp,
}

/// One question or answer.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SnapshotMessage {
    pub role: Speaker,
    pub text: String,
    /// The names of the files of a question.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    pub citations: Vec<VisitorCitation>,
    pub created_at: Timestamp,
}

impl SnapshotMessage {
    /// What is shown of a message; nothing of one that has no text, such as an answer that failed.
    pub fn of(message: Message) -> Option<Self> {
        let ended = message.status != MessageStatus::Running;
        let told = ended && (!message.text.is_empty() || !message.attachments.is_empty());
        told.then(|| Self {
            role: message.role,
            text: message.text,
            files: message.attachments.into_iter().map(|a| a.name).collect(),
            citations: ShownCitations::Passages.of(message.citations),
            created_at: message.created_at,
        })
    }
}
