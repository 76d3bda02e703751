//! What a prompt is given of the files of its conversation: those that the question carries and those
//! of earlier questions, as far as they fit. The oldest give way first, and the model is told of it.

use headwater_model::conversation::attachment::{Attachment, AttachmentKind};
use headwater_model::ports::Part;
use headwater_model::run::Turn;
use headwater_model::{Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::scope::Scope;

/// Pictures of one prompt, in bytes: in base64 they fit the requests of all vendors.
const PICTURES: u64 = 20 * 1024 * 1024;
/// Characters of a token, roughly.
const TOKEN: u64 = 4;
/// A text of which less than this fits is left out.
const SHORTEST: u64 = 200;

/// Which files of the conversation the model is given by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Attachments {
    /// What the question carries, and what earlier questions carried.
    #[default]
    All,
    /// What the question carries.
    Question,
    /// None but those that `images` and `files` of a message name.
    None,
}

/// How many tokens of files a prompt takes that does not say so.
pub(crate) const fn usual_tokens() -> u32 {
    32_000
}

/// The two settings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attaching {
    pub which: Attachments,
    pub tokens: u32,
}

/// What is still free in one prompt.
#[derive(Debug)]
pub(crate) struct Room {
    tokens: u64,
    pictures: u64,
    /// What is in the prompt already.
    given: Vec<Attachment>,
}

impl Room {
    pub fn new(attaching: Attaching) -> Self {
        Self {
            tokens: u64::from(attaching.tokens),
            pictures: PICTURES,
            given: Vec::new(),
        }
    }

    /// The parts that stand for a file: itself as far as it fits, and what is said of what does not;
    /// nothing when the prompt has it already.
    pub fn give(&mut self, file: &Attachment) -> Vec<Part> {
        if self.given.contains(file) {
            return Vec::new();
        }
        self.given.push(file.clone());
        let note = |text: String| vec![Part::Text { text }];
        let name = &file.name;
        if file.id.is_none() {
            return note(format!(
                "(“{name}” belonged to this question. It is not here any more: the conversation was imported without its files.)"
            ));
        }
        match file.kind {
            AttachmentKind::Picture => {
                let tokens = file.tokens();
                if tokens > self.tokens || file.bytes > self.pictures {
                    return note(format!(
                        "(The picture “{name}” is left out: all files of this conversation together are more than fits.)"
                    ));
                }
                self.tokens -= tokens;
                self.pictures -= file.bytes;
                Part::attached(file, 0)
            }
            AttachmentKind::Document => {
                let all = file.characters.unwrap_or(0);
                let fits = all.min(self.tokens * TOKEN);
                if fits < all.min(SHORTEST) {
                    return note(format!(
                        "(The text of “{name}” is left out: all files of this conversation together are more than fits.)"
                    ));
                }
                self.tokens -= fits.div_ceil(TOKEN).min(self.tokens);
                Part::attached(file, fits)
            }
        }
    }
}

/// What is given of the conversation.
#[derive(Debug, Default)]
pub(crate) struct Carried {
    /// By the turn that carried it.
    pub turns: Vec<Vec<Part>>,
    pub question: Vec<Part>,
}

impl Carried {
    /// The question's files first, then those of the turns before, the latest first.
    pub fn of(scope: &Scope, which: Attachments, room: &mut Room) -> Self {
        let history = scope.history();
        let mut carried = Self {
            turns: vec![Vec::new(); history.len()],
            question: Vec::new(),
        };
        if which == Attachments::None {
            return carried;
        }
        carried.question = scope
            .files()
            .iter()
            .flat_map(|file| room.give(file))
            .collect();
        if which == Attachments::All {
            for (turn, parts) in history.iter().zip(&mut carried.turns).rev() {
                *parts = turn.files.iter().flat_map(|file| room.give(file)).collect();
            }
        }
        carried
    }
}

/// The file of the conversation that a value names by its `id`; nothing for values that are no such
/// reference. Errors: no question of the conversation carries it.
pub(crate) fn named(scope: &Scope, value: &Value) -> Result<Option<Attachment>> {
    let Some(id) = value.get("id").and_then(Value::as_str) else {
        return Ok(None);
    };
    let Some(id) = id.parse().ok().map(Some) else {
        return Ok(None);
    };
    let earlier = scope.history().iter().flat_map(|turn: &Turn| &turn.files);
    let mut known = scope.files().iter().chain(earlier);
    match known.find(|file| file.id == id) {
        Some(file) => Ok(Some(file.clone())),
        None => Err(Error::invalid(
            "files",
            "No question of this conversation carries that file.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use headwater_model::Timestamp;
    use headwater_model::id::AttachmentId;

    use super::*;

    fn file(number: u128, characters: u64) -> Attachment {
        Attachment {
            id: Some(AttachmentId::new(Timestamp::from_millis(1), number << 64)),
            name: format!("{number}.txt"),
            kind: AttachmentKind::Document,
            media_type: "text/plain".into(),
            bytes: characters,
            width: None,
            height: None,
            characters: Some(characters),
            pages: None,
        }
    }

    fn picture(number: u128, bytes: u64) -> Attachment {
        Attachment {
            kind: AttachmentKind::Picture,
            bytes,
            width: Some(1_000),
            height: Some(1_000),
            characters: None,
            ..file(number, 0)
        }
    }

    fn room(tokens: u32) -> Room {
        Room::new(Attaching {
            which: Attachments::All,
            tokens,
        })
    }

    fn given(parts: &[Part]) -> Vec<String> {
        let told = |part: &Part| match part {
            Part::Attached { file, given } => format!("{} {given}", file.name),
            Part::Text { text } => text.clone(),
            other => format!("{other:?}"),
        };
        parts.iter().map(told).collect()
    }

    #[test]
    fn what_does_not_fit_is_cut_and_then_left_out() {
        let mut room = room(1_000);
        assert_eq!(given(&room.give(&file(1, 2_400))), ["1.txt 2400"]);
        let cut = given(&room.give(&file(2, 2_000)));
        assert_eq!(cut[0], "2.txt 1600");
        assert!(cut[1].contains("only its first 1600 of 2000 characters"));
        let left_out = given(&room.give(&file(3, 10)));
        assert!(left_out[0].starts_with("(The text of “3.txt” is left out"));
        assert!(room.give(&file(1, 2_400)).is_empty(), "it is there already");
    }

    #[test]
    fn pictures_count_by_their_pixels_and_by_their_bytes() {
        let mut tokens = room(3_000);
        assert_eq!(picture(1, 10).tokens(), 1_333);
        assert_eq!(given(&tokens.give(&picture(1, 10))), ["1.txt 0"]);
        assert_eq!(given(&tokens.give(&picture(2, 10))), ["2.txt 0"]);
        let third = given(&tokens.give(&picture(3, 10)));
        assert!(third[0].starts_with("(The picture “3.txt” is left out"));
        let mut bytes = room(500_000);
        for number in 1..=5 {
            let whole = bytes.give(&picture(number, 4 * 1024 * 1024));
            assert!(matches!(whole[..], [Part::Attached { .. }]));
        }
        let sixth = given(&bytes.give(&picture(6, 1)));
        assert!(sixth[0].starts_with("(The picture “6.txt” is left out"));
    }

    #[test]
    fn what_an_import_does_not_have_is_told() {
        let told = given(&room(10).give(&file(1, 5).told()));
        assert!(told[0].contains("imported without its files"));
    }
}
