//! How a knowledge base is searched.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::boost::{Boost, Recency};
use super::filter::Filter;
use crate::provider::split_model;
use crate::{Error, Result};

/// What a search says that wants no reranking although its knowledge base has it.
pub const NO_MODEL: &str = "none";
/// So many passages are judged when nobody says.
const CANDIDATES: u32 = 30;
/// The most passages that are judged for one search.
const MOST_CANDIDATES: u32 = 200;
const LONGEST_MODEL: usize = 200;

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
    /// The model that judges the best passages once more, as `PROVIDER/MODEL`; none when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rerank_model: Option<String>,
    /// How many passages it judges, 1 to 200; 30 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rerank_candidates: Option<u32>,
    /// How age makes passages worth less; not at all when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recency: Option<Recency>,
    /// How fields make passages worth more or less.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub boosts: Vec<Boost>,
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
            rerank_model: None,
            rerank_candidates: None,
            recency: None,
            boosts: Vec::new(),
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
    /// The model that judges the best passages once more; `none` for none.
    pub rerank_model: Option<String>,
    /// How many passages it judges, 1 to 200.
    pub rerank_candidates: Option<u32>,
    /// How age makes passages worth less; with a `weight` of 0 not at all.
    pub recency: Option<Recency>,
    /// How fields make passages worth more or less; an empty list for not at all.
    pub boosts: Option<Vec<Boost>>,
    /// Only passages that match it are found.
    pub filter: Option<Filter>,
}

/// What a search did otherwise than it was asked to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SearchNote {
    pub about: SearchPart,
    /// What was done instead, and why, as a sentence.
    pub message: String,
}

/// The part of a search that a note is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SearchPart {
    /// The question's vector.
    Embedding,
    /// The order of the best passages.
    Rerank,
    /// Making the question self-contained.
    Rewrite,
    /// The question in other words.
    Queries,
}

impl SearchNote {
    /// A note.
    pub fn new(about: SearchPart, message: impl Into<String>) -> Self {
        Self {
            about,
            message: message.into(),
        }
    }
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
            rerank_model: match options.rerank_model.as_deref() {
                Some(NO_MODEL) => None,
                Some(model) => Some(model.to_owned()),
                None => self.rerank_model.clone(),
            },
            rerank_candidates: options.rerank_candidates.or(self.rerank_candidates),
            recency: options.recency.clone().or_else(|| self.recency.clone()),
            boosts: match &options.boosts {
                Some(boosts) => boosts.clone(),
                None => self.boosts.clone(),
            },
            ..self.clone()
        }
    }

    /// Whether anything but words and meaning counts.
    pub fn has_boosts(&self) -> bool {
        self.recency.is_some() || !self.boosts.is_empty()
    }

    /// How many passages a reranking model judges for a search of so many: all that are given.
    pub fn candidates(&self, limit: u32) -> u32 {
        self.rerank_candidates.unwrap_or(CANDIDATES).max(limit)
    }

    /// Says which setting cannot be.
    pub fn check(&self) -> Result<()> {
        share("retrieval.vector_weight", self.vector_weight)?;
        share("retrieval.diversity", self.diversity)?;
        finite("retrieval.threshold", self.threshold)?;
        Boost::check_all(&self.boosts, "retrieval.boosts")?;
        if let Some(recency) = &self.recency {
            recency.check("retrieval.recency")?;
        }
        self.rerank_candidates.map_or(Ok(()), |count| {
            candidates("retrieval.rerank_candidates", count)
        })?;
        if let Some(model) = &self.rerank_model {
            model_name("retrieval.rerank_model", model)?;
        }
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
        Boost::check_all(self.boosts.as_deref().unwrap_or_default(), "boosts")?;
        if let Some(recency) = &self.recency {
            recency.check("recency")?;
        }
        self.rerank_candidates
            .map_or(Ok(()), |count| candidates("rerank_candidates", count))?;
        if let Some(model) = self.rerank_model.as_deref().filter(|m| *m != NO_MODEL) {
            model_name("rerank_model", model)?;
        }
        self.filter.as_ref().map_or(Ok(()), Filter::check)
    }
}

fn candidates(field: &'static str, count: u32) -> Result<()> {
    if !(1..=MOST_CANDIDATES).contains(&count) {
        return Err(Error::invalid(
            field,
            format!("{field} must be from 1 to {MOST_CANDIDATES}."),
        ));
    }
    Ok(())
}

fn model_name(field: &'static str, model: &str) -> Result<()> {
    if split_model(model).is_err() || model.len() > LONGEST_MODEL {
        return Err(Error::invalid(
            field,
            format!("{field} must name a model as PROVIDER/MODEL, such as cohere/rerank-v3.5."),
        ));
    }
    Ok(())
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
