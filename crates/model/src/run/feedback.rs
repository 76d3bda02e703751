//! What people say of a run: whether its answer is good, and what it should have been.

use serde::{Deserialize, Serialize};

use crate::id::{AnnotationId, RunId};
use crate::{Error, Result, Timestamp};

/// The most reasons of one rating.
pub const MOST_REASONS: usize = 10;
const LONGEST_REASON: usize = 40;
const LONGEST_COMMENT: usize = 4_000;
const LONGEST_ANSWER: usize = 20_000;
const LONGEST_NOTE: usize = 4_000;

/// Whether an answer is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rating {
    Up,
    Down,
}

impl Rating {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
        }
    }
}

/// Somebody who said something of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct By {
    /// A user's or a key's id, or `operator`.
    pub id: String,
    /// Of a user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A rating as it is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFeedback {
    pub rating: Rating,
    /// Why, in words such as `incorrect` or `incomplete`: 10 at most, of 40 characters each.
    #[serde(default)]
    pub reasons: Vec<String>,
    #[serde(default)]
    pub comment: String,
}

impl NewFeedback {
    /// As it is kept: trimmed, every reason once. Says what of it cannot be.
    pub fn checked(mut self) -> Result<Self> {
        let mut reasons: Vec<String> = Vec::new();
        for (at, reason) in self.reasons.iter().enumerate() {
            let reason = reason.trim();
            let length = reason.chars().count();
            if length == 0 || length > LONGEST_REASON || reason.chars().any(char::is_control) {
                return Err(Error::invalid(
                    format!("reasons[{at}]"),
                    format!("A reason must have 1 to {LONGEST_REASON} characters, on one line."),
                ));
            }
            if !reasons.iter().any(|known| known == reason) {
                reasons.push(reason.to_owned());
            }
        }
        if reasons.len() > MOST_REASONS {
            return Err(Error::invalid(
                "reasons",
                format!("reasons may have {MOST_REASONS} entries at most."),
            ));
        }
        self.reasons = reasons;
        self.comment = text("comment", &self.comment, LONGEST_COMMENT)?;
        Ok(self)
    }
}

/// A member's or a program's rating of a run. Each has one per run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Feedback {
    pub run_id: RunId,
    pub by: By,
    /// Whether it is the caller's own.
    pub mine: bool,
    pub rating: Rating,
    pub reasons: Vec<String>,
    pub comment: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What a run should have answered, as it is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAnnotation {
    /// The better answer.
    pub answer: String,
    /// For whoever reads it later.
    #[serde(default)]
    pub note: String,
}

impl NewAnnotation {
    /// As it is kept: trimmed. Says what of it cannot be.
    pub fn checked(self) -> Result<Self> {
        let answer = text("answer", &self.answer, LONGEST_ANSWER)?;
        if answer.is_empty() {
            return Err(Error::invalid(
                "answer",
                "answer is empty. Write what the run should have answered.",
            ));
        }
        let note = text("note", &self.note, LONGEST_NOTE)?;
        Ok(Self { answer, note })
    }
}

/// What a run should have answered. A run has one at most, whoever wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Annotation {
    pub id: AnnotationId,
    pub run_id: RunId,
    pub answer: String,
    pub note: String,
    pub created_by: By,
    pub created_at: Timestamp,
    pub updated_by: By,
    pub updated_at: Timestamp,
}

/// Everything people said of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RunFeedback {
    /// The latest first.
    pub ratings: Vec<Feedback>,
    pub annotation: Option<Annotation>,
}

/// How often a run was rated, and whether it is annotated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Marks {
    pub up: u32,
    pub down: u32,
    pub annotated: bool,
}

fn text(field: &'static str, text: &str, most: usize) -> Result<String> {
    let text = text.trim();
    if text.chars().count() > most || text.contains('\0') {
        return Err(Error::invalid(
            field,
            format!("{field} may have at most {most} characters."),
        ));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rated(reasons: &[&str], comment: &str) -> Result<NewFeedback> {
        let reasons = reasons.iter().map(|&reason| reason.to_owned()).collect();
        NewFeedback {
            rating: Rating::Down,
            reasons,
            comment: comment.to_owned(),
        }
        .checked()
    }

    #[test]
    fn what_is_said_of_a_run_is_trimmed_and_has_its_limits() {
        let kept = rated(&[" incorrect ", "slow", "incorrect"], " No. \n").unwrap();
        assert_eq!(kept.reasons, ["incorrect", "slow"]);
        assert_eq!(kept.comment, "No.");
        let long = "x".repeat(41);
        let many: Vec<String> = (0..11).map(|n| n.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        for (reasons, comment, field) in [
            (vec!["ok", " "], String::new(), "reasons[1]"),
            (vec![long.as_str()], String::new(), "reasons[0]"),
            (vec!["two\nlines"], String::new(), "reasons[0]"),
            (many, String::new(), "reasons"),
            (vec![], "x".repeat(4_001), "comment"),
            (vec![], "\0".to_owned() + "x", "comment"),
        ] {
            let refused = rated(&reasons, &comment).unwrap_err();
            assert_eq!(refused.field.as_deref(), Some(field));
        }
        let empty = NewAnnotation {
            answer: " ".into(),
            note: String::new(),
        };
        assert_eq!(
            empty.checked().unwrap_err().field.as_deref(),
            Some("answer")
        );
    }
}
