//! Messages and the parts they are made of.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ToolCall;
use crate::conversation::attachment::{Attachment, AttachmentKind};
use crate::{Error, Result};

/// The kinds of pictures that every vendor reads.
const PICTURES: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/// Who speaks in a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChatRole {
    System,
    User,
    Assistant,
    /// The results of the calls of the message before.
    Tool,
}

/// One message of a prompt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChatMessage {
    pub role: ChatRole,
    pub parts: Vec<Part>,
}

/// A part of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Part {
    Text {
        text: String,
    },
    /// A picture itself; nothing is fetched.
    Image {
        media_type: String,
        /// Base64.
        data: Arc<str>,
    },
    /// The text of a file.
    File {
        name: String,
        text: String,
    },
    /// A file or a picture of the conversation, named and not yet read. Whoever routes the call puts
    /// the picture or the text in its place; no vendor sees it.
    Attached {
        file: Arc<Attachment>,
        /// How many characters of its text are given, from its beginning on; of a picture nothing.
        given: u64,
    },
    /// What the assistant wanted to call.
    ToolCall(ToolCall),
    /// What came of a call.
    ToolResult {
        /// The call's.
        id: String,
        text: String,
        failed: bool,
    },
    /// What a vendor wants back unchanged; others leave it out.
    Kept {
        block: Value,
    },
}

impl ChatMessage {
    /// A message of text alone.
    pub fn text(role: ChatRole, text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            role,
            parts: vec![Part::Text { text }],
        }
    }

    /// All its text: what was written and what stands in files, one after the other.
    pub fn whole_text(&self) -> String {
        let texts: Vec<_> = self.parts.iter().filter_map(Part::as_text).collect();
        texts.join("\n\n")
    }

    /// How much there is to read, for estimates; pictures are not counted.
    pub fn characters(&self) -> u64 {
        let count = |part: &Part| match part {
            Part::ToolCall(call) => call.arguments.chars().count(),
            Part::ToolResult { text, .. } => text.chars().count(),
            Part::Attached { given, .. } => usize::try_from(*given).unwrap_or(usize::MAX),
            part => part.as_text().map_or(0, |text| text.chars().count()),
        };
        self.parts.iter().map(count).sum::<usize>() as u64
    }
}

impl Part {
    /// A picture from a `data:` URL such as `data:image/png;base64,iVBORw0…`.
    pub fn image(url: &str) -> Result<Self> {
        let refuse = |what: &str| {
            let fix =
                "give the picture itself as data:image/png;base64,… (PNG, JPEG, GIF or WebP).";
            Error::invalid("images", format!("{what}; {fix}"))
        };
        let Some(rest) = url.trim().strip_prefix("data:") else {
            return Err(refuse("A picture is not fetched from an address"));
        };
        let Some((media_type, data)) = rest.split_once(";base64,") else {
            return Err(refuse("The data of a picture must be in base64"));
        };
        let media_type = media_type.to_ascii_lowercase();
        if !PICTURES.contains(&media_type.as_str()) {
            return Err(refuse(&format!(
                "“{media_type}” is no kind of picture models read"
            )));
        }
        let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
        if data.is_empty() || !data.bytes().all(is_base64) {
            return Err(refuse("The data of a picture must be in base64"));
        }
        Ok(Self::Image {
            media_type,
            data: Arc::from(data),
        })
    }

    /// What it says as text; nothing for what is not text.
    pub fn as_text(&self) -> Option<String> {
        match self {
            Self::Text { text } => Some(text.clone()),
            Self::File { name, text } => Some(format!(
                "<file name=\"{}\">\n{text}\n</file>",
                name.replace(['"', '<', '>', '\n'], "_")
            )),
            _ => None,
        }
    }

    /// A file of the conversation with so many characters of its text, and what a model is told when
    /// that is not all of it.
    pub fn attached(file: &Attachment, given: u64) -> Vec<Self> {
        let all = match file.kind {
            AttachmentKind::Picture => 0,
            AttachmentKind::Document => file.characters.unwrap_or(0),
        };
        let mut parts = vec![Self::Attached {
            file: Arc::new(file.clone()),
            given: given.min(all),
        }];
        if given < all {
            let text = format!(
                "(The file “{}” is longer than what fits: only its first {given} of {all} characters are given.)",
                file.name
            );
            parts.push(Self::Text { text });
        }
        parts
    }

    /// The part as a record keeps it: a picture is named, not repeated.
    #[must_use]
    pub fn recorded(&self) -> Self {
        match self {
            Self::Image { media_type, data } => Self::Image {
                media_type: media_type.clone(),
                data: Arc::from(format!("({} bytes)", data.len() / 4 * 3)),
            },
            part => part.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_comes_as_data_and_is_never_fetched() {
        let Part::Image { media_type, data } = Part::image("data:image/PNG;base64,iVBO=").unwrap()
        else {
            panic!("not a picture")
        };
        assert_eq!((media_type.as_str(), &*data), ("image/png", "iVBO="));
        for wrong in [
            "https://example.com/cat.png",
            "data:image/svg+xml;base64,AA==",
            "data:image/png,raw",
            "data:image/png;base64,\"}",
        ] {
            assert!(Part::image(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_file_says_its_name_and_cannot_break_out_of_it() {
        let file = Part::File {
            name: "a\"><b.md".into(),
            text: "Hello".into(),
        };
        assert_eq!(
            file.as_text().unwrap(),
            "<file name=\"a___b.md\">\nHello\n</file>"
        );
    }
}
