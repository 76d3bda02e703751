//! Prompts that people ask with again: texts with gaps to fill, of one member or of all.

use serde::{Deserialize, Serialize};

use crate::id::PromptId;
use crate::identity::normal_name;
use crate::run::feedback::By;
use crate::{Error, Result, Timestamp};

/// The longest text, in characters.
pub const LONGEST_TEXT: usize = 10_000;
/// The most variables of one prompt, and the longest name of one in characters.
const VARIABLES: (usize, usize) = (20, 60);

/// A text to ask with again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Prompt {
    pub id: PromptId,
    pub name: String,
    pub text: String,
    /// What stands between double braces in the text, each once, in order: whoever uses the prompt
    /// says what takes its place.
    pub variables: Vec<String>,
    /// Whether all members see it, or only whoever made it.
    pub common: bool,
    pub created_by: By,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A prompt as it is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPrompt {
    /// 1 to 100 characters; unique among one's own, and among the common ones.
    pub name: String,
    /// 1 to 10000 characters, in which `{{such words}}` are variables.
    pub text: String,
    /// Whether all members see it; for editors.
    #[serde(default)]
    pub common: bool,
}

/// What of a prompt is to change; what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PromptChange {
    pub name: Option<String>,
    pub text: Option<String>,
    /// Whether all members see it, or only the caller; for editors.
    pub common: Option<bool>,
}

impl NewPrompt {
    /// As it is kept: trimmed, with plain line ends. Says what of it cannot be.
    pub fn checked(self) -> Result<Self> {
        let name = normal_name("name", &self.name)?;
        let text = self.text.replace("\r\n", "\n").trim().to_owned();
        let plain = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
        if text.is_empty() || text.chars().count() > LONGEST_TEXT || !text.chars().all(plain) {
            return Err(Error::invalid(
                "text",
                format!("text must have 1 to {LONGEST_TEXT} characters, all of them visible."),
            ));
        }
        if variables(&text).len() > VARIABLES.0 {
            return Err(Error::invalid(
                "text",
                format!("text may have at most {} variables.", VARIABLES.0),
            ));
        }
        Ok(Self {
            name,
            text,
            common: self.common,
        })
    }
}

/// The names between double braces, each once, in order. What has braces, line ends or too many
/// characters inside is plain text.
pub fn variables(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("{{") {
        let inside = &rest[at + 2..];
        let Some(end) = inside.find(['{', '}', '\n']) else {
            break;
        };
        if !inside[end..].starts_with("}}") {
            rest = &rest[at + 1..];
            continue;
        }
        let name = inside[..end].trim();
        let fits = !name.is_empty() && name.chars().count() <= VARIABLES.1;
        if fits && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
        rest = &inside[end + 2..];
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_found_once_each_and_in_order() {
        let text = "Write to {{ customer }} about {{the matter}}, {{customer}}; in {{语言}}.";
        assert_eq!(variables(text), ["customer", "the matter", "语言"]);
    }

    #[test]
    fn what_is_no_variable_is_plain_text() {
        let long = format!("{{{{{}}}}}", "x".repeat(61));
        for text in [
            "{{}}", "{{ }}", "{{a", "{a}", "{{a\nb}}", "{{a}", "}}a{{", &long,
        ] {
            assert_eq!(variables(text), Vec::<String>::new(), "{text}");
        }
        assert_eq!(variables("{{{a}}} {{b{{c}}"), ["a", "c"]);
    }

    #[test]
    fn a_prompt_that_cannot_be_names_its_field() {
        let new = |name: &str, text: &str| NewPrompt {
            name: name.to_owned(),
            text: text.to_owned(),
            common: false,
        };
        let many: String = (0..21).map(|n| format!("{{{{v{n}}}}}")).collect();
        for (wrong, field) in [
            (new(" ", "x"), "name"),
            (new("n", " \n "), "text"),
            (new("n", &"x".repeat(LONGEST_TEXT + 1)), "text"),
            (new("n", "bell\u{7}"), "text"),
            (new("n", &many), "text"),
        ] {
            let error = wrong.checked().unwrap_err();
            assert_eq!(error.field.as_deref(), Some(field));
        }
        let kept = new(" Letter ", " Dear {{name}},\r\n… ").checked().unwrap();
        assert_eq!((&*kept.name, &*kept.text), ("Letter", "Dear {{name}},\n…"));
    }
}
