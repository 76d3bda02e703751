//! Dialogues and their messages.

pub mod attachment;
pub mod file;
pub mod snapshot;
pub mod tree;

use serde::{Deserialize, Serialize};

use self::attachment::Attachment;
use crate::Timestamp;
use crate::id::{ConversationId, FlowId, FolderId, MessageId, RunId};
use crate::knowledge::Citation;
use crate::run::Failure;
use crate::usage::Usage;

/// A dialogue of one member with one flow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Conversation {
    pub id: ConversationId,
    pub title: String,
    pub flow_id: FlowId,
    pub flow_name: String,
    /// Whether it is kept at the top of the list.
    pub pinned: bool,
    pub folder_id: Option<FolderId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Where somebody keeps some of their conversations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Folder {
    pub id: FolderId,
    /// Unique among the folders of its owner.
    pub name: String,
    /// How many conversations are in it.
    pub conversations: u64,
    pub created_at: Timestamp,
}

/// A place in somebody's conversations where words were found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Found {
    pub conversation: Conversation,
    /// The message that has the words; absent when the title has them.
    pub message: Option<FoundMessage>,
    /// The part of the text around what was found.
    pub text: String,
    /// The words in `text`, each from its first character to behind its last.
    pub marks: Vec<[u32; 2]>,
}

/// A message that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FoundMessage {
    pub id: MessageId,
    pub role: Speaker,
    pub created_at: Timestamp,
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    User,
    Assistant,
}

/// Where a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageStatus {
    Running,
    Done,
    Failed,
    Cancelled,
}

/// One turn of a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Message {
    pub id: MessageId,
    /// The message before it; absent of a first question.
    pub parent: Option<MessageId>,
    /// The messages that stand in the same place, itself included, oldest first: a question and its
    /// edited forms, or the answers to one question. Empty when there is only this one.
    pub siblings: Vec<MessageId>,
    pub role: Speaker,
    pub text: String,
    /// The files and pictures of a question.
    pub attachments: Vec<Attachment>,
    pub citations: Vec<Citation>,
    pub status: MessageStatus,
    pub error: Option<Failure>,
    pub run_id: Option<RunId>,
    pub model: Option<String>,
    pub usage: Option<Usage>,
    pub created_at: Timestamp,
}

/// A title from a first question: its first line, at most 60 characters, cut at a word.
pub fn title_from(question: &str) -> String {
    let line = question.trim().lines().next().unwrap_or("").trim();
    if line.chars().count() <= 60 {
        return if line.is_empty() {
            "New conversation".to_owned()
        } else {
            line.to_owned()
        };
    }
    let cut: String = line.chars().take(60).collect();
    let cut = cut.rsplit_once(' ').map_or(cut.as_str(), |(head, _)| head);
    format!("{cut}…")
}
