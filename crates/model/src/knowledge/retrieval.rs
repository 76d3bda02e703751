//! How a knowledge base is searched.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::filter::Filter;
use crate::{Error, Result};

/// What finds passages.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum SearchMode {
    /// Words: BM25 over the full-text index.
    Lexical,
    /// Meaning: the closeness of vectors.
    Vector,
    /// Both, fused.
    Hybrid,
}

/// How what words found and what vectors found become one list.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Fusion {
    /// By places only: the sum of 1 / (60 + place).
    ReciprocalRank,
    /// By scores, each brought to 0 to 1, weighed by `vector_weight`.
    #[default]
    Weighted,
}

/// How a knowledge base is searched when a search does not say otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RetrievalSettings {
    /// `hybrid` where there is an embedding model and `lexical` elsewhere, when absent.
    pub mode: Option<SearchMode>,
    pub fusion: Fusion,
    /// How much vectors weigh against words in hybrid searches, from 0 to 1.
    pub vector_weight: f64,
    /// How many passages a search gives when it does not say, 1 to 50.
    pub limit: u32,
    /// Passages with a lower score are left out.
    pub threshold: Option<f64>,
    /// How much passages must differ from those above them, from 0 (they need not) to 1.
    pub diversity: f64,
    /// The language of all documents (ISO 639-1, such as `de`); found out for each when absent.
    pub language: Option<String>,
}

impl Default for RetrievalSettings {
    fn default() -> Self {
        Self {
            mode: None,
            fusion: Fusion::default(),
            vector_weight: 0.5,
            limit: 10,
            threshold: None,
            diversity: 0.0,
            language: None,
        }
    }
}

/// What one search wants otherwise than its knowledge base says.
#[derive(
    Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema,
)]
#[serde(deny_unknown_fields, default)]
pub struct SearchOptions {
    /// What finds passages.
    pub mode: Option<SearchMode>,
    /// How what words and what vectors found become one list.
    pub fusion: Option<Fusion>,
    /// How much vectors weigh against words in hybrid searches, from 0 to 1.
    pub vector_weight: Option<f64>,
    /// Passages with a lower score are left out.
    pub threshold: Option<f64>,
    /// How much passages must differ from those above them, from 0 to 1.
    pub diversity: Option<f64>,
    /// Only passages that match it are found.
    pub filter: Option<Filter>,
}

impl RetrievalSettings {
    /// The settings with what a search wants otherwise.
    #[must_use]
    pub fn with(&self, options: &SearchOptions) -> Self {
        Self {
            mode: options.mode.or(self.mode),
            fusion: options.fusion.unwrap_or(self.fusion),
            vector_weight: options.vector_weight.unwrap_or(self.vector_weight),
            threshold: options.threshold.or(self.threshold),
            diversity: options.diversity.unwrap_or(self.diversity),
            ..self.clone()
        }
    }

    /// Says which setting cannot be.
    pub fn check(&self) -> Result<()> {
        share("retrieval.vector_weight", self.vector_weight)?;
        share("retrieval.diversity", self.diversity)?;
        finite("retrieval.threshold", self.threshold)?;
        if !(1..=50).contains(&self.limit) {
            return Err(Error::invalid(
                "retrieval.limit",
                "retrieval.limit must be from 1 to 50.",
            ));
        }
        match &self.language {
            Some(code) if code.len() != 2 || !code.bytes().all(|b| b.is_ascii_lowercase()) => {
                Err(Error::invalid(
                    "retrieval.language",
                    "retrieval.language must be a code of two small letters, such as “de”.",
                ))
            }
            _ => Ok(()),
        }
    }
}

impl SearchOptions {
    /// Says which option cannot be.
    pub fn check(&self) -> Result<()> {
        self.vector_weight
            .map_or(Ok(()), |weight| share("vector_weight", weight))?;
        self.diversity
            .map_or(Ok(()), |diversity| share("diversity", diversity))?;
        finite("threshold", self.threshold)?;
        self.filter.as_ref().map_or(Ok(()), Filter::check)
    }
}

fn share(field: &'static str, value: f64) -> Result<()> {
    if !(0.0..=1.0).contains(&value) {
        return Err(Error::invalid(
            field,
            format!("{field} must be from 0 to 1."),
        ));
    }
    Ok(())
}

fn finite(field: &'static str, value: Option<f64>) -> Result<()> {
    if value.is_some_and(|value| !value.is_finite()) {
        return Err(Error::invalid(field, format!("{field} must be a number.")));
    }
    Ok(())
}
