//! What visitors are shown of conversations and runs: questions, answers and, where the share says
//! so, passages. No model, no cost, no step, no tool, no name of anything inside.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::ShownCitations;
use crate::Timestamp;
use crate::conversation::{Conversation, Message, MessageStatus, Speaker};
use crate::error::Code;
use crate::id::{ConversationId, MessageId, RunId};
use crate::knowledge::Citation;
use crate::run::{Failure, Run, RunStatus};

/// A visitor's conversation.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct VisitorConversation {
    pub id: ConversationId,
    pub title: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl From<Conversation> for VisitorConversation {
    fn from(conversation: Conversation) -> Self {
        Self {
            id: conversation.id,
            title: conversation.title,
            created_at: conversation.created_at,
            updated_at: conversation.updated_at,
        }
    }
}

/// Why there is no answer, without what went wrong inside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct VisitorFailure {
    pub code: Code,
    pub message: String,
}

/// What a visitor is told of a failure: whether trying again helps.
pub fn words_for(code: Code) -> VisitorFailure {
    let (code, message) = match code {
        Code::RateLimited | Code::QuotaExceeded | Code::Unavailable | Code::Timeout => (
            Code::Unavailable,
            "This could not be answered in time. Try again in a moment.",
        ),
        _ => (
            Code::Internal,
            "Something went wrong with the answer. Try again; if it stays so, tell whoever runs this page.",
        ),
    };
    VisitorFailure {
        code,
        message: message.to_owned(),
    }
}

impl From<&Failure> for VisitorFailure {
    fn from(failure: &Failure) -> Self {
        words_for(failure.code)
    }
}

/// The passage that `[number]` in an answer stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct VisitorCitation {
    pub number: u32,
    pub title: String,
    pub heading: Option<String>,
    pub page: Option<u32>,
    pub text: String,
    /// Where the page was fetched from, when the share says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl ShownCitations {
    /// What is shown of citations.
    pub fn of(self, citations: Vec<Citation>) -> Vec<VisitorCitation> {
        if self == Self::None {
            return Vec::new();
        }
        let shown = citations.into_iter().map(|citation| VisitorCitation {
            number: citation.number,
            title: citation.document_name,
            heading: citation.heading,
            page: citation.page,
            text: citation.text,
            url: citation.source_url.filter(|_| self == Self::Links),
        });
        shown.collect()
    }
}

/// One turn, as the visitor sees it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct VisitorMessage {
    pub id: MessageId,
    pub role: Speaker,
    pub text: String,
    pub citations: Vec<VisitorCitation>,
    pub status: MessageStatus,
    pub error: Option<VisitorFailure>,
    pub run_id: Option<RunId>,
    pub created_at: Timestamp,
}

impl VisitorMessage {
    /// What is shown of a message.
    pub fn of(message: Message, citations: ShownCitations) -> Self {
        Self {
            id: message.id,
            role: message.role,
            text: message.text,
            citations: citations.of(message.citations),
            status: message.status,
            error: message.error.as_ref().map(VisitorFailure::from),
            run_id: message.run_id,
            created_at: message.created_at,
        }
    }
}

/// A visitor's run of a task flow.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct VisitorRun {
    pub id: RunId,
    pub status: RunStatus,
    pub reply: String,
    #[schema(value_type = Object)]
    pub outputs: Map<String, Value>,
    pub citations: Vec<VisitorCitation>,
    pub error: Option<VisitorFailure>,
    pub created_at: Timestamp,
    pub finished_at: Option<Timestamp>,
}

impl VisitorRun {
    /// What is shown of a run.
    pub fn of(run: Run, citations: ShownCitations) -> Self {
        Self {
            id: run.id,
            status: run.status,
            reply: run.reply,
            outputs: run.outputs,
            citations: citations.of(run.citations),
            error: run.error.as_ref().map(VisitorFailure::from),
            created_at: run.created_at,
            finished_at: run.finished_at,
        }
    }
}
