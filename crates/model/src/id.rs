//! Typed ids: a short prefix and a time-ordered UUID (version 7) in hex, such as `run_0192…`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Error, Timestamp};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// The text before the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// An id that sorts by `at`; `random` fills the rest (74 of its bits are used).
            pub fn new(at: Timestamp, random: u128) -> Self {
                Self(ordered(at, random))
            }

            /// The id without its prefix, for files that hold many.
            pub const fn to_bytes(self) -> [u8; 16] {
                *self.0.as_bytes()
            }

            /// What `to_bytes` gave.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), self.0.simple())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                parse(text, $prefix).map(Self).ok_or_else(|| {
                    Error::invalid("id", format!(
                        concat!("“{}” is not an id of this kind; expected ", $prefix, "_ and 32 hex digits."),
                        text.chars().take(60).collect::<String>(),
                    ))
                })
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                String::schema()
            }
        }

        impl utoipa::ToSchema for $name {}
    )*};
}

ids! {
    /// The tenant.
    WorkspaceId = "ws";
    /// A human account.
    UserId = "usr";
    /// A signed-in browser.
    SessionId = "ses";
    /// A program's way in.
    ApiKeyId = "key";
    /// A graph someone edits.
    FlowId = "flw";
    /// An immutable published copy of a flow.
    RevisionId = "rev";
    /// One execution.
    RunId = "run";
    /// A curated answer of a run.
    AnnotationId = "ann";
    /// One node executed once.
    StepId = "stp";
    /// A question that a run waits to have answered.
    WaitId = "wai";
    /// A dialogue.
    ConversationId = "cnv";
    /// One turn of a dialogue.
    MessageId = "msg";
    /// A file or a picture that a question carries.
    AttachmentId = "att";
    /// Where somebody keeps some of their dialogues.
    FolderId = "fld";
    /// A text that people ask with again.
    PromptId = "prm";
    /// Documents searched together.
    KnowledgeBaseId = "kb";
    /// Something added to a knowledge base.
    DocumentId = "doc";
    /// A file on its way into a knowledge base.
    UploadId = "upl";
    /// A stored piece of a document.
    ChunkId = "chk";
    /// Labelled questions of a knowledge base.
    QuestionSetId = "qst";
    /// A labelled question.
    QuestionId = "qes";
    /// A question set asked of its knowledge base.
    EvaluationId = "evl";
    /// A place that a knowledge base is kept in step with.
    SourceId = "src";
    /// One look at a source.
    SyncId = "syn";
    /// A configured vendor.
    ProviderId = "prv";
    /// A sealed secret.
    CredentialId = "crd";
    /// Something a model may call.
    ToolId = "tol";
    /// What starts runs.
    TriggerId = "trg";
    /// One event of a trigger.
    FiringId = "fir";
    /// A published flow with a page of its own.
    ShareId = "shr";
    /// A conversation as it was, on a page of its own.
    SnapshotId = "snp";
    /// Queued background work.
    JobId = "job";
    /// Who did what.
    AuditEntryId = "aud";
    /// A time in which a figure was above its threshold.
    AlertId = "alr";
}

impl RunId {
    /// The 32 hexadecimal digits as a number.
    pub const fn digits(&self) -> u128 {
        self.0.as_u128()
    }
}

fn ordered(at: Timestamp, random: u128) -> Uuid {
    let millis = u64::try_from(at.as_millis()).unwrap_or(0);
    let bytes = random.to_be_bytes();
    let mut tail = [0u8; 10];
    tail.copy_from_slice(&bytes[..10]);
    uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid()
}

fn parse(text: &str, prefix: &str) -> Option<Uuid> {
    let hex = text.strip_prefix(prefix)?.strip_prefix('_')?;
    (hex.len() == 32)
        .then(|| Uuid::try_parse(hex).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_and_sorts_by_time() {
        let early = RunId::new(Timestamp::from_millis(1_000), u128::MAX);
        let late = RunId::new(Timestamp::from_millis(2_000), 0);
        assert!(early < late && early.to_string() < late.to_string());
        assert_eq!(early.to_string().parse::<RunId>().unwrap(), early);
        assert!(early.to_string().parse::<FlowId>().is_err());
    }
}
