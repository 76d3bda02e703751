//! How the documents of a knowledge base are cut into chunks.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// The most tokens a chunk, or a part of a document that is given for one, may be set to.
pub const LARGEST: u32 = 8_000;
/// The fewest tokens worth finding.
pub const SMALLEST: u32 = 10;
/// The most tokens of a document that is one chunk.
pub const LONGEST_WHOLE: usize = 32_000;
const MOST_SEPARATORS: usize = 16;
const LONGEST_SEPARATOR: usize = 100;
const LONGEST_COLUMN: usize = 100;

/// Where documents are cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Along headings, pages, paragraphs and sentences; tables are kept whole while they fit.
    #[default]
    Structure,
    /// The same, twice: small chunks are searched, and the larger part that they lie in is given.
    Parent,
    /// Questions are searched, and their answers given.
    Qa,
    /// At texts that somebody names.
    Separator,
    /// A document is one chunk.
    Whole,
}

/// How documents are cut. Tokens are counted by the embedding model where it is one of this server,
/// else four characters make one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ChunkingSettings {
    /// Where documents are cut.
    pub strategy: Strategy,
    /// About so many tokens per chunk, from 10 to 8,000; up to three tenths more to keep a paragraph
    /// whole.
    pub size: u32,
    /// So many tokens at the end of a chunk are repeated at the beginning of the next, at most half
    /// of `size`. Tables and records repeat their heads instead.
    pub overlap: u32,
    /// Of `parent` and `qa`: about so many tokens of what is given, from `size` to 8,000.
    pub parent_size: u32,
    /// Of `separator`: the texts to cut at.
    pub separators: Vec<String>,
    /// Of `qa`: the column of tables that has the questions; found by its name when absent.
    pub question_column: Option<String>,
    /// Of `qa`: the column of tables that has the answers; found by its name when absent.
    pub answer_column: Option<String>,
}

impl Default for ChunkingSettings {
    fn default() -> Self {
        Self {
            strategy: Strategy::default(),
            size: 250,
            overlap: 0,
            parent_size: 1_000,
            separators: Vec::new(),
            question_column: None,
            answer_column: None,
        }
    }
}

impl ChunkingSettings {
    /// Says which setting cannot be.
    pub fn check(&self) -> Result<()> {
        if !(SMALLEST..=LARGEST).contains(&self.size) {
            return refuse(
                "chunking.size",
                format!("chunking.size must be from {SMALLEST} to {LARGEST} tokens."),
            );
        }
        if self.overlap > self.size / 2 {
            return refuse(
                "chunking.overlap",
                format!(
                    "chunking.overlap may be at most half of chunking.size, which is {} tokens.",
                    self.size / 2
                ),
            );
        }
        let with_parents = matches!(self.strategy, Strategy::Parent | Strategy::Qa);
        if with_parents && !(self.size..=LARGEST).contains(&self.parent_size) {
            return refuse(
                "chunking.parent_size",
                format!(
                    "chunking.parent_size must be from chunking.size, which is {}, to {LARGEST} tokens.",
                    self.size
                ),
            );
        }
        self.check_separators()?;
        check_column("chunking.question_column", self.question_column.as_ref())?;
        check_column("chunking.answer_column", self.answer_column.as_ref())
    }

    fn check_separators(&self) -> Result<()> {
        const FIELD: &str = "chunking.separators";
        if self.strategy == Strategy::Separator && self.separators.is_empty() {
            return refuse(
                FIELD,
                "chunking.separators must name at least one text to cut at, such as \"\\n\\n\".",
            );
        }
        let fits = |text: &String| (1..=LONGEST_SEPARATOR).contains(&text.chars().count());
        if self.separators.len() > MOST_SEPARATORS || !self.separators.iter().all(fits) {
            return refuse(
                FIELD,
                format!(
                    "chunking.separators may be at most {MOST_SEPARATORS} texts of 1 to {LONGEST_SEPARATOR} characters."
                ),
            );
        }
        Ok(())
    }
}

fn check_column(field: &'static str, name: Option<&String>) -> Result<()> {
    match name {
        Some(name) if !(1..=LONGEST_COLUMN).contains(&name.trim().chars().count()) => refuse(
            field,
            format!(
                "{field} must be the name of a column, of at most {LONGEST_COLUMN} characters."
            ),
        ),
        _ => Ok(()),
    }
}

fn refuse(field: &'static str, message: impl Into<std::borrow::Cow<'static, str>>) -> Result<()> {
    Err(Error::invalid(field, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        let settings: ChunkingSettings = serde_json::from_str(text).unwrap();
        settings.check().unwrap_err().field.unwrap().into_owned()
    }

    #[test]
    fn settings_that_cannot_be_name_their_field() {
        ChunkingSettings::default().check().unwrap();
        for (text, field) in [
            (r#"{"size": 9}"#, "chunking.size"),
            (r#"{"size": 100, "overlap": 51}"#, "chunking.overlap"),
            (
                r#"{"strategy": "parent", "size": 500, "parent_size": 400}"#,
                "chunking.parent_size",
            ),
            (r#"{"strategy": "separator"}"#, "chunking.separators"),
            (r#"{"separators": [""]}"#, "chunking.separators"),
            (r#"{"question_column": " "}"#, "chunking.question_column"),
        ] {
            assert_eq!(refused(text), field, "{text}");
        }
        assert!(serde_json::from_str::<ChunkingSettings>(r#"{"sise": 9}"#).is_err());
    }
}
