//! The prompt of a node that talks to a model: messages with pictures and files, and the newest turns
//! of the conversation among them.

use headwater_model::conversation::Speaker;
use headwater_model::ports::{ChatMessage, ChatRole, Part};
use headwater_model::run::Turn;
use headwater_model::{Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::attached::{Attaching, Carried, Room, named};
use crate::compile::Compiler;
use crate::scope::Scope;
use crate::template::Template;
use crate::watch;

/// One message of the prompt.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageSettings {
    pub role: Role,
    /// A template.
    pub content: String,
    /// Pictures for models that see, each a template, usually a reference: a `data:` URL, an object
    /// with `media_type` and `data` (base64), a file of the conversation such as `start.files[0]`, or a
    /// list of those.
    #[serde(default)]
    pub images: Vec<String>,
    /// Files as text, each a template, usually a reference: text, an object with `name` and `text`, a
    /// file of the conversation such as `start.files[0]`, or a list of those.
    #[serde(default)]
    pub files: Vec<String>,
}

/// Who speaks.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    System,
    User,
    Assistant,
}

/// How much of the conversation: so many turns (messages of either side), or a window.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "history is a number of turns, or has turns and characters"
)]
pub enum History {
    Turns(u32),
    Window(Window),
}

/// The newest turns that fit both limits.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// The most messages, of either side.
    #[serde(default)]
    pub turns: Option<u32>,
    /// The most characters, in whole messages.
    #[serde(default)]
    pub characters: Option<u32>,
}

impl Default for History {
    fn default() -> Self {
        Self::Turns(0)
    }
}

/// A compiled prompt.
#[derive(Debug)]
pub(crate) struct Prompt {
    messages: Vec<Message>,
    history: History,
    attaching: Attaching,
}

#[derive(Debug)]
struct Message {
    role: ChatRole,
    content: Template,
    images: Vec<Template>,
    files: Vec<Template>,
}

impl Prompt {
    /// Compiles the settings `messages`, `history`, `attachments` and `attachment_tokens`.
    pub fn compile(
        compiler: &mut Compiler<'_>,
        messages: &[MessageSettings],
        history: History,
        attaching: Attaching,
    ) -> Self {
        if messages.is_empty() {
            compiler.problem("messages", "There is no message.", "Add a user message.");
        }
        let messages = messages.iter().enumerate();
        Self {
            messages: messages
                .map(|(index, message)| compile_message(compiler, index, message))
                .collect(),
            history,
            attaching,
        }
    }

    /// What to send to a model.
    pub fn render(&self, scope: &Scope) -> Result<Vec<ChatMessage>> {
        let mut room = Room::new(self.attaching);
        let mut messages = self
            .messages
            .iter()
            .map(|message| message.render(scope, &mut room))
            .collect::<Result<Vec<_>>>()?;
        let last_user = messages
            .iter()
            .rposition(|message| message.role == ChatRole::User);
        let mut carried = Carried::of(scope, self.attaching.which, &mut room);
        let shown = window(self.history, scope.history());
        let before = scope.history().len() - shown.len();
        let of_shown = carried.turns.split_off(before);
        // What was carried by turns that are not in the prompt stands with the question.
        let rest: Vec<Part> = carried.turns.into_iter().flatten().collect();
        let parts = rest.into_iter().chain(carried.question);
        match last_user {
            Some(at) => messages[at].parts.extend(parts),
            None => {
                let parts: Vec<Part> = parts.collect();
                let role = ChatRole::User;
                messages.extend((!parts.is_empty()).then_some(ChatMessage { role, parts }));
            }
        }
        let last_user = last_user.unwrap_or(self.messages.len());
        let earlier = shown.iter().zip(of_shown).map(|(turn, parts)| {
            let role = match turn.role {
                Speaker::User => ChatRole::User,
                Speaker::Assistant => ChatRole::Assistant,
            };
            let mut message = ChatMessage::text(role, turn.text.as_str());
            message.parts.extend(parts);
            message
        });
        messages.splice(last_user..last_user, earlier);
        Ok(messages)
    }
}

/// Messages as the record shows them: pictures are named, not repeated.
pub(crate) fn shown(messages: &[ChatMessage]) -> Vec<Value> {
    messages.iter().map(watch::shown).collect()
}

fn compile_message(compiler: &mut Compiler<'_>, at: usize, message: &MessageSettings) -> Message {
    let mut templates = |field: &str, texts: &[String]| {
        let field = format!("messages[{at}].{field}");
        texts
            .iter()
            .map(|text| compiler.template(&field, text))
            .collect()
    };
    let images: Vec<Template> = templates("images", &message.images);
    let files = templates("files", &message.files);
    let role = match message.role {
        Role::System => ChatRole::System,
        Role::User => ChatRole::User,
        Role::Assistant => ChatRole::Assistant,
    };
    if role != ChatRole::User && !images.is_empty() {
        compiler.problem(
            &format!("messages[{at}].images"),
            "Only a user message may show pictures.",
            "Move them into a message of role user.",
        );
    }
    Message {
        role,
        content: compiler.template(&format!("messages[{at}].content"), &message.content),
        images,
        files,
    }
}

impl Message {
    fn render(&self, scope: &Scope, room: &mut Room) -> Result<ChatMessage> {
        let mut message = ChatMessage::text(self.role, self.content.text(scope)?);
        for template in &self.files {
            let value = template.value(scope)?;
            files(value, (scope, &mut *room), &mut message.parts)?;
        }
        for template in &self.images {
            let value = template.value(scope)?;
            pictures(value, (scope, &mut *room), &mut message.parts)?;
        }
        Ok(message)
    }
}

/// Adds a picture, or several; nothing for what was not given.
fn pictures(value: Value, (scope, room): (&Scope, &mut Room), parts: &mut Vec<Part>) -> Result<()> {
    if let Some(file) = named(scope, &value)? {
        parts.extend(room.give(&file));
        return Ok(());
    }
    match value {
        Value::Null => {}
        Value::String(url) if url.trim().is_empty() => {}
        Value::String(url) => parts.push(Part::image(&url)?),
        Value::Array(all) => {
            for one in all {
                pictures(one, (scope, &mut *room), parts)?;
            }
        }
        Value::Object(fields) => {
            let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or("");
            let url = match text("url") {
                "" => format!("data:{};base64,{}", text("media_type"), text("data")),
                url => url.to_owned(),
            };
            parts.push(Part::image(&url)?);
        }
        Value::Bool(_) | Value::Number(_) => {
            return Err(Error::invalid(
                "images",
                "A picture must be a data: URL, an object with media_type and data, or a list of those.",
            ));
        }
    }
    Ok(())
}

/// Adds a file's text, or several; nothing for what was not given.
fn files(value: Value, (scope, room): (&Scope, &mut Room), parts: &mut Vec<Part>) -> Result<()> {
    if let Some(file) = named(scope, &value)? {
        parts.extend(room.give(&file));
        return Ok(());
    }
    match value {
        Value::Null => {}
        Value::String(text) if text.trim().is_empty() => {}
        Value::String(text) => parts.push(Part::File {
            name: "file".to_owned(),
            text,
        }),
        Value::Array(all) => {
            for one in all {
                files(one, (scope, &mut *room), parts)?;
            }
        }
        Value::Object(fields) if fields.get("text").is_some_and(Value::is_string) => {
            let text = |name: &str| fields.get(name).and_then(Value::as_str);
            parts.push(Part::File {
                name: text("name").unwrap_or("file").to_owned(),
                text: text("text").unwrap_or_default().to_owned(),
            });
        }
        _ => {
            return Err(Error::invalid(
                "files",
                "A file must be text, an object with name and text, or a list of those.",
            ));
        }
    }
    Ok(())
}

/// The newest turns within the window, oldest first.
fn window(history: History, turns: &[Turn]) -> &[Turn] {
    let limits = match history {
        History::Turns(turns) => Window {
            turns: Some(turns),
            characters: None,
        },
        History::Window(window) => window,
    };
    let most = |limit: Option<u32>| limit.map_or(usize::MAX, |limit| limit as usize);
    let mut left = most(limits.characters);
    let newest = turns.iter().rev().take(most(limits.turns));
    let fitting = newest.take_while(|turn| {
        let fits = left.checked_sub(turn.text.chars().count());
        left = fits.unwrap_or(0);
        fits.is_some()
    });
    &turns[turns.len() - fitting.count()..]
}
