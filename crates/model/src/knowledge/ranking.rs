//! How a passage came to its place in a search.

use serde::{Deserialize, Serialize};

/// A place in one list, and the score it has there.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Place {
    /// From 1, which is the best.
    pub rank: u32,
    pub score: f64,
}

/// The lists a passage stood in; absent are those it was not in, and those that were not made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Ranking {
    /// By its words; the score is BM25.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<Place>,
    /// By meaning; the score is the cosine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vectors: Option<Place>,
    /// Of all lists together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fused: Option<Place>,
    /// What its score was multiplied by for its age and its fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boost: Option<f64>,
    /// As the reranking model judged it, from 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reranked: Option<Place>,
}

impl Place {
    /// A place in a list, counted from 0.
    pub fn at(index: usize, score: f64) -> Self {
        Self {
            rank: u32::try_from(index + 1).unwrap_or(u32::MAX),
            score,
        }
    }
}
