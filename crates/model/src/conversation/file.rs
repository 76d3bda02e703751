//! A conversation as a file: all its branches, to be kept, and to be brought into another house.

use std::collections::{HashMap, HashSet};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::attachment::Attachment;
use super::{MessageStatus, Speaker};
use crate::identity::normal_name;
use crate::knowledge::Citation;
use crate::run::Failure;
use crate::usage::Usage;
use crate::{Error, Result, Timestamp};

/// The form of files that this version writes.
pub const FORM: u32 = 1;
/// The most messages a file may have.
pub const MOST_MESSAGES: usize = 5_000;
/// The most attachments of one message of a file.
pub const MOST_ATTACHMENTS: usize = 100;
/// The longest message of a file, in characters.
pub const LONGEST: usize = 200_000;

/// A conversation with all its branches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConversationFile {
    /// The form of the file: 1.
    pub headwater_conversation: u32,
    pub title: String,
    /// The slug of the flow that answered.
    #[serde(default)]
    pub flow: Option<String>,
    /// The last message of the branch that was shown; the newest without it.
    #[serde(default)]
    pub head: Option<String>,
    /// A message stands behind the one it follows, and every branch ends in an answer.
    pub messages: Vec<FileMessage>,
}

/// One turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FileMessage {
    /// Any name that no other message of the file has.
    pub id: String,
    /// The message it follows; absent of a first question.
    #[serde(default)]
    pub parent: Option<String>,
    pub role: Speaker,
    pub text: String,
    /// What a question carried: names and kinds, never the files themselves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    #[serde(default)]
    pub citations: Vec<Citation>,
    #[serde(default = "done")]
    pub status: MessageStatus,
    #[serde(default)]
    pub error: Option<Failure>,
    #[serde(default)]
    pub model: Option<String>,
    #[serde(default)]
    pub usage: Option<Usage>,
    pub created_at: Timestamp,
}

const fn done() -> MessageStatus {
    MessageStatus::Done
}

/// Reads and checks a file. Errors name the field, such as `messages[3].parent`.
pub fn read(mut file: Value) -> Result<ConversationFile> {
    let form = file.get("headwater_conversation").and_then(Value::as_u64);
    if form != Some(u64::from(FORM)) {
        return Err(Error::invalid(
            "headwater_conversation",
            "This is not a conversation that Headwater exported as JSON: headwater_conversation must be 1.",
        ));
    }
    let messages = file.get_mut("messages").map(Value::take);
    let Some(Value::Array(messages)) = messages else {
        return Err(Error::invalid("messages", "messages must be a list."));
    };
    if messages.is_empty() || messages.len() > MOST_MESSAGES {
        let message = format!("messages must have 1 to {MOST_MESSAGES} messages.");
        return Err(Error::invalid("messages", message));
    }
    file["messages"] = Value::Array(Vec::new());
    let mut read: ConversationFile = part("body", file)?;
    read.title = normal_name("title", &read.title)?;
    let messages = messages.into_iter().enumerate();
    read.messages = messages
        .map(|(at, message)| part(&format!("messages[{at}]"), message))
        .collect::<Result<_>>()?;
    check(&mut read)?;
    Ok(read)
}

fn part<T: DeserializeOwned>(field: &str, value: Value) -> Result<T> {
    serde_json::from_value(value)
        .map_err(|error| Error::invalid(field.to_owned(), format!("{field}: {error}.")))
}

fn check(file: &mut ConversationFile) -> Result<()> {
    let mut before: HashMap<String, Speaker> = HashMap::with_capacity(file.messages.len());
    for (at, message) in file.messages.iter_mut().enumerate() {
        let wrong = |field: &str, message: String| {
            Err(Error::invalid(format!("messages[{at}].{field}"), message))
        };
        let parent = match &message.parent {
            None => None,
            Some(parent) => match before.get(parent) {
                Some(role) => Some(*role),
                None => {
                    let said = "parent must be the id of a message that stands before this one.";
                    return wrong("parent", said.to_owned());
                }
            },
        };
        match (message.role, parent) {
            (Speaker::User, None | Some(Speaker::Assistant))
            | (Speaker::Assistant, Some(Speaker::User)) => {}
            (Speaker::User, _) => {
                return wrong(
                    "parent",
                    "A question follows an answer, or nothing.".to_owned(),
                );
            }
            (Speaker::Assistant, _) => {
                return wrong("parent", "An answer follows a question.".to_owned());
            }
        }
        if message.text.chars().count() > LONGEST {
            return wrong(
                "text",
                format!("text must have at most {LONGEST} characters."),
            );
        }
        if message.attachments.len() > MOST_ATTACHMENTS {
            let said = format!("attachments must be at most {MOST_ATTACHMENTS}.");
            return wrong("attachments", said);
        }
        if message.role == Speaker::Assistant && !message.attachments.is_empty() {
            return wrong(
                "attachments",
                "Only a question carries attachments.".to_owned(),
            );
        }
        // Whatever they were called elsewhere, their bytes are not here.
        for attachment in &mut message.attachments {
            *attachment = attachment.told();
            attachment.name = attachment.name.chars().take(255).collect();
            attachment.media_type = attachment.media_type.chars().take(100).collect();
        }
        if message.id.is_empty() || message.id.len() > 100 {
            return wrong("id", "id must have 1 to 100 bytes.".to_owned());
        }
        if message.status == MessageStatus::Running {
            // Nobody writes it any more.
            message.status = MessageStatus::Cancelled;
        }
        if message.role == Speaker::User {
            message.status = MessageStatus::Done;
        }
        if before.insert(message.id.clone(), message.role).is_some() {
            return wrong("id", "Another message of the file has this id.".to_owned());
        }
    }
    check_ends(file)
}

/// Every branch ends in an answer, and the one that is shown is one of them.
fn check_ends(file: &ConversationFile) -> Result<()> {
    let parents = file.messages.iter().filter_map(|m| m.parent.as_deref());
    let followed: HashSet<&str> = parents.collect();
    let mut ends = file.messages.iter().enumerate();
    let question = ends
        .find(|(_, m)| m.role == Speaker::User && !followed.contains(m.id.as_str()))
        .map(|(at, _)| at);
    if let Some(at) = question {
        return Err(Error::invalid(
            format!("messages[{at}]"),
            "This question has no answer in the file.",
        ));
    }
    let Some(head) = file.head.as_deref() else {
        return Ok(());
    };
    let known = file.messages.iter().any(|message| message.id == head);
    if known && !followed.contains(head) {
        return Ok(());
    }
    Err(Error::invalid(
        "head",
        "head must be the id of a message of the file that none follows.",
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn file() -> Value {
        json!({
            "headwater_conversation": 1, "title": "Pumps", "head": "b",
            "messages": [
                { "id": "a", "role": "user", "text": "Why?", "created_at": "2026-01-02T03:04:05Z" },
                { "id": "b", "parent": "a", "role": "assistant", "text": "So.", "status": "running", "created_at": "2026-01-02T03:04:06Z" },
                { "id": "c", "parent": "a", "role": "assistant", "text": "Thus.", "created_at": "2026-01-02T03:04:07Z" },
            ],
        })
    }

    #[test]
    fn a_file_is_read_and_nothing_in_it_is_being_written() {
        let read = read(file()).expect("a good file");
        assert_eq!(read.messages.len(), 3);
        assert_eq!(read.messages[1].status, MessageStatus::Cancelled);
    }

    #[test]
    fn what_is_wrong_is_named_by_its_field() {
        type Harm = fn(&mut Value);
        let cases: [(&str, Harm); 13] = [
            ("headwater_conversation", |f| {
                f["headwater_conversation"] = json!(2)
            }),
            ("messages", |f| f["messages"] = json!([])),
            ("messages", |f| f["messages"] = json!("none")),
            ("title", |f| f["title"] = json!("")),
            ("body", |f| f["more"] = json!(1)),
            ("head", |f| f["head"] = json!("z")),
            ("head", |f| f["head"] = json!("a")),
            ("messages[2]", |f| {
                f["messages"][2] = json!({
                    "id": "d", "parent": "b", "role": "user", "text": "And?", "created_at": "2026-01-02T03:04:07Z",
                })
            }),
            ("messages[1]", |f| f["messages"][1]["role"] = json!("robot")),
            ("messages[1].parent", |f| {
                f["messages"][1]["parent"] = json!("c")
            }),
            ("messages[1].parent", |f| {
                f["messages"][1]["parent"] = Value::Null
            }),
            ("messages[2].id", |f| f["messages"][2]["id"] = json!("a")),
            ("messages[0].text", |f| {
                f["messages"][0]["text"] = json!("x".repeat(LONGEST + 1))
            }),
        ];
        for (field, harm) in cases {
            let mut harmed = file();
            harm(&mut harmed);
            let error = read(harmed).expect_err(field);
            assert_eq!(error.field.as_deref(), Some(field), "{}", error.message);
        }
    }
}
