//! Labelled questions: what people asked, or would, and what answers it.

use serde::{Deserialize, Serialize};

use super::filter::Filter;
use crate::id::{ChunkId, KnowledgeBaseId, MessageId, QuestionId, QuestionSetId};
use crate::{Error, Result, Timestamp};

/// The most questions of one set.
pub const MOST_QUESTIONS: u32 = 5_000;
/// The most labels of one question.
pub const MOST_LABELS: usize = 500;
/// The highest grade.
pub const BEST_GRADE: u8 = 3;
/// The longest quote, in characters; of a longer passage its beginning is kept.
pub const LONGEST_QUOTE: usize = 4_000;
const LONGEST_QUESTION: usize = 4_000;
const LONGEST_ANSWER: usize = 20_000;
const LONGEST_KEY: usize = 200;
const LONGEST_DOCUMENT: usize = 500;
const LONGEST_NAME: usize = 100;
const LONGEST_DESCRIPTION: usize = 2_000;

/// Labelled questions of a knowledge base, under one name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct QuestionSet {
    pub id: QuestionSetId,
    pub knowledge_base_id: KnowledgeBaseId,
    /// Unique in its knowledge base.
    pub name: String,
    pub description: String,
    pub questions: u64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A question of a set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Question {
    pub id: QuestionId,
    pub question_set_id: QuestionSetId,
    /// Its place in the set, from 0; there may be gaps.
    pub position: u64,
    #[serde(flatten)]
    pub asked: LabelledQuestion,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A question, and what people say answers it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LabelledQuestion {
    /// How files name it; importing it again replaces the question of the same name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    pub question: String,
    /// What is relevant to it, and what people looked at and found is not (grade 0).
    #[serde(default)]
    pub relevant: Vec<Label>,
    /// What a good answer says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference_answer: Option<String>,
    /// Only passages that match it are searched for this question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Filter>,
}

/// Something a question is answered by: a document, a passage by its chunk, or a passage by what it
/// says. A chunk that is gone is looked for by the quote, where there is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// The id or the name of a document: alone any of its passages will do, with a quote one that
    /// says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chunk: Option<ChunkId>,
    /// What the passage says. It is found again however documents are cut: a passage with half of it
    /// will do, and spaces, capitals and punctuation do not matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// From 0, not relevant, to 3.
    #[serde(default = "relevant")]
    pub grade: u8,
}

const fn relevant() -> u8 {
    1
}

impl Default for Label {
    fn default() -> Self {
        Self {
            document: None,
            chunk: None,
            quote: None,
            grade: relevant(),
        }
    }
}

/// A question that was seen in a search or a conversation, and what somebody marked as right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkedQuestion {
    /// What was searched for; of a message it is what was asked, when absent.
    #[serde(default)]
    pub question: Option<String>,
    /// The answer in a conversation that cites the passages, instead of `passages`.
    #[serde(default)]
    pub message: Option<MessageId>,
    /// The conversation the message is in.
    #[serde(default)]
    pub conversation: Option<crate::id::ConversationId>,
    /// The numbers of its citations that are right; all of them when absent.
    #[serde(default)]
    pub citations: Option<Vec<u32>>,
    /// The passages that are right, or not.
    #[serde(default)]
    pub passages: Vec<MarkedPassage>,
    /// What a good answer says.
    #[serde(default)]
    pub reference_answer: Option<String>,
}

/// A passage somebody judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkedPassage {
    pub chunk_id: ChunkId,
    /// From 0, not relevant, to 3.
    #[serde(default = "relevant")]
    pub grade: u8,
}

impl QuestionSet {
    /// The name as it is kept.
    pub fn check_name(name: &str) -> Result<String> {
        let name = name.trim();
        let length = name.chars().count();
        if length == 0 || length > LONGEST_NAME || name.chars().any(char::is_control) {
            return Err(Error::invalid(
                "name",
                format!("The name must have 1 to {LONGEST_NAME} characters, on one line."),
            ));
        }
        Ok(name.to_owned())
    }

    /// The description as it is kept.
    pub fn check_description(description: &str) -> Result<String> {
        text("description", description, LONGEST_DESCRIPTION)?;
        Ok(description.trim().to_owned())
    }
}

impl LabelledQuestion {
    /// Says what of it cannot be; trims what may be trimmed.
    pub fn checked(mut self) -> Result<Self> {
        self.question = self.question.trim().to_owned();
        if self.question.is_empty() {
            return Err(Error::invalid("question", "question is empty. Ask one."));
        }
        text("question", &self.question, LONGEST_QUESTION)?;
        self.key = trimmed(self.key);
        text("key", self.key.as_deref().unwrap_or_default(), LONGEST_KEY)?;
        self.reference_answer = trimmed(self.reference_answer);
        let answer = self.reference_answer.as_deref().unwrap_or_default();
        text("reference_answer", answer, LONGEST_ANSWER)?;
        if self.relevant.len() > MOST_LABELS {
            return Err(Error::invalid(
                "relevant",
                format!("relevant may have {MOST_LABELS} labels at most."),
            ));
        }
        if let Some(filter) = &self.filter {
            filter.check()?;
        }
        let labels = std::mem::take(&mut self.relevant);
        for (at, label) in labels.into_iter().enumerate() {
            let label = label.checked().map_err(|error| {
                let inner = error.field.clone().unwrap_or_default();
                error.with_field(format!("relevant[{at}].{inner}"))
            })?;
            self.relevant.push(label);
        }
        Ok(self)
    }
}

impl Label {
    fn checked(mut self) -> Result<Self> {
        self.document = trimmed(self.document);
        self.quote = trimmed(self.quote);
        if self.document.is_none() && self.quote.is_none() && self.chunk.is_none() {
            return Err(Error::invalid(
                "document",
                "A label must name a document, a chunk or a quote.",
            ));
        }
        let document = self.document.as_deref().unwrap_or_default();
        text("document", document, LONGEST_DOCUMENT)?;
        let quote = self.quote.as_deref().unwrap_or_default();
        text("quote", quote, LONGEST_QUOTE)?;
        if !quote.is_empty() && !quote.chars().any(char::is_alphanumeric) {
            return Err(Error::invalid(
                "quote",
                "quote has neither a letter nor a digit.",
            ));
        }
        if self.grade > BEST_GRADE {
            return Err(Error::invalid(
                "grade",
                format!("grade must be from 0, not relevant, to {BEST_GRADE}."),
            ));
        }
        Ok(self)
    }

    /// Whether any passage of a document meets it.
    pub const fn is_of_a_document(&self) -> bool {
        self.chunk.is_none() && self.quote.is_none()
    }
}

fn trimmed(text: Option<String>) -> Option<String> {
    let text = text?.trim().to_owned();
    (!text.is_empty()).then_some(text)
}

fn text(field: &'static str, text: &str, most: usize) -> Result<()> {
    if text.chars().count() > most || text.contains('\0') {
        return Err(Error::invalid(
            field,
            format!("{field} may have at most {most} characters."),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(label: Label) -> LabelledQuestion {
        LabelledQuestion {
            question: " What? ".into(),
            relevant: vec![label],
            ..LabelledQuestion::default()
        }
    }

    #[test]
    fn what_cannot_be_is_named_by_its_place() {
        let right = Label {
            document: Some(" a.md ".into()),
            ..Label::default()
        };
        let read = asked(right.clone()).checked().unwrap();
        assert_eq!(read.question, "What?");
        assert_eq!(read.relevant[0].document.as_deref(), Some("a.md"));
        for (label, field) in [
            (Label::default(), "relevant[0].document"),
            (
                Label {
                    grade: 4,
                    ..right.clone()
                },
                "relevant[0].grade",
            ),
            (
                Label {
                    quote: Some("…!".into()),
                    ..right
                },
                "relevant[0].quote",
            ),
        ] {
            let error = asked(label).checked().unwrap_err();
            assert_eq!(error.field.as_deref(), Some(field));
        }
        assert!(LabelledQuestion::default().checked().is_err());
    }
}
