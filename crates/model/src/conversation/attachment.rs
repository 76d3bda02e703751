//! Files and pictures that questions carry.

use serde::{Deserialize, Serialize};

use crate::id::AttachmentId;

/// The most bytes of a picture. In base64 it is a third longer, and 5 MiB of that is the most that
/// Anthropic takes; OpenAI and the servers that speak its protocol take more.
pub const PICTURE_BYTES: u64 = 3_932_160;
/// The most pixels of a picture along either side: more is refused by vendors.
pub const PICTURE_SIDE: u32 = 8_000;

/// What an attachment is, by its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttachmentKind {
    /// PNG, JPEG, GIF or WebP: a model sees it.
    Picture,
    /// A model reads its text.
    Document,
}

/// A file or a picture that belongs to a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Attachment {
    /// Absent in conversations that were imported: the file itself was not in what was exported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<AttachmentId>,
    pub name: String,
    pub kind: AttachmentKind,
    pub media_type: String,
    pub bytes: u64,
    /// Pixels of a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// How long the text of a document is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub characters: Option<u64>,
    /// How many pages a document has, where its format has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<u32>,
}

impl Attachment {
    /// Roughly how many tokens a model reads when it is given all of it: a picture by its pixels,
    /// a text by its length.
    pub fn tokens(&self) -> u64 {
        match self.kind {
            AttachmentKind::Picture => {
                let pixels = u64::from(self.width.unwrap_or(1_000))
                    * u64::from(self.height.unwrap_or(1_000));
                (pixels / 750).clamp(85, 1_600)
            }
            AttachmentKind::Document => self.characters.unwrap_or(0).div_ceil(4),
        }
    }

    /// The same without the place of its bytes, for files that go elsewhere.
    #[must_use]
    pub fn told(&self) -> Self {
        Self {
            id: None,
            ..self.clone()
        }
    }
}
