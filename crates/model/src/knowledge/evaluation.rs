//! Evaluations: a question set asked of its knowledge base, and what came of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::question_set::Label;
use super::retrieval::{SearchNote, SearchOptions};
use crate::id::{ChunkId, DocumentId, EvaluationId, KnowledgeBaseId, QuestionId, QuestionSetId};
use crate::run::Failure;
use crate::usage::Usage;
use crate::{Error, Result, Timestamp};

/// The deepest place a measure may look at: no search gives more.
pub const DEEPEST: u32 = 50;
const MOST_DEPTHS: usize = 8;
const LONGEST_MODEL: usize = 200;
const LONGEST_NAME: usize = 100;

/// Measures by their names, such as `ndcg@10`.
pub type Measures = BTreeMap<String, f64>;

/// What an evaluation is done with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EvaluationSettings {
    /// What it tries, in a few words.
    pub name: Option<String>,
    /// What is wanted otherwise than the knowledge base says, as for a search.
    pub options: SearchOptions,
    /// How many passages each search gives, 1 to 50. When absent as many as the deepest measure
    /// needs, and 50 for questions whose labels are documents.
    pub limit: Option<u32>,
    /// The depths of the measures that have one; 1, 3, 5 and 10 when absent.
    pub k: Option<Vec<u32>>,
    /// Whether answers are written and judged, too.
    pub judge: Option<JudgeSettings>,
}

/// How answers are written and judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JudgeSettings {
    /// The model that judges, `default` or `PROVIDER/MODEL`.
    pub judge_model: String,
    /// The model that answers from the passages; the judging one when absent.
    #[serde(default)]
    pub answer_model: Option<String>,
    /// How many of the best passages it is given, 1 to 50; as many as the knowledge base says when
    /// absent.
    #[serde(default)]
    pub passages: Option<u32>,
}

impl EvaluationSettings {
    /// The depths, ascending.
    pub fn depths(&self) -> Vec<u32> {
        let mut depths = self.k.clone().unwrap_or_else(|| vec![1, 3, 5, 10]);
        depths.sort_unstable();
        depths.dedup();
        depths
    }

    /// Says what cannot be.
    pub fn check(&self) -> Result<()> {
        self.options.check()?;
        if self.options.filter.is_some() {
            return Err(Error::invalid(
                "options.filter",
                "A filter belongs to a question. Give it to the questions that are meant.",
            ));
        }
        let depth = 1..=DEEPEST;
        if self.limit.is_some_and(|limit| !depth.contains(&limit)) {
            return Err(Error::invalid(
                "limit",
                format!("limit must be from 1 to {DEEPEST}."),
            ));
        }
        if let Some(k) = &self.k
            && (k.is_empty() || k.len() > MOST_DEPTHS || k.iter().any(|k| !depth.contains(k)))
        {
            return Err(Error::invalid(
                "k",
                format!("k must have 1 to {MOST_DEPTHS} depths, each from 1 to {DEEPEST}."),
            ));
        }
        if let Some(name) = &self.name
            && (name.trim().is_empty()
                || name.chars().count() > LONGEST_NAME
                || name.chars().any(char::is_control))
        {
            return Err(Error::invalid(
                "name",
                format!("The name must have 1 to {LONGEST_NAME} characters, on one line."),
            ));
        }
        self.judge.as_ref().map_or(Ok(()), JudgeSettings::check)
    }
}

impl JudgeSettings {
    fn check(&self) -> Result<()> {
        let named = |name: &str| !name.trim().is_empty() && name.len() <= LONGEST_MODEL;
        if !named(&self.judge_model) {
            return Err(Error::invalid(
                "judge.judge_model",
                "Name the model that judges, as PROVIDER/MODEL.",
            ));
        }
        if self.answer_model.as_deref().is_some_and(|m| !named(m)) {
            return Err(Error::invalid(
                "judge.answer_model",
                "Name the model that answers, as PROVIDER/MODEL.",
            ));
        }
        if self.passages.is_some_and(|n| !(1..=DEEPEST).contains(&n)) {
            return Err(Error::invalid(
                "judge.passages",
                format!("judge.passages must be from 1 to {DEEPEST}."),
            ));
        }
        Ok(())
    }

    /// Who answers.
    pub fn answering(&self) -> &str {
        self.answer_model.as_deref().unwrap_or(&self.judge_model)
    }
}

/// Where an evaluation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EvaluationStatus {
    Queued,
    Running,
    Done,
    Failed,
    Cancelled,
}

/// A question set asked of its knowledge base.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Evaluation {
    pub id: EvaluationId,
    pub knowledge_base_id: KnowledgeBaseId,
    pub question_set_id: QuestionSetId,
    pub question_set_name: String,
    pub status: EvaluationStatus,
    pub settings: EvaluationSettings,
    /// How many questions it has, as they were when it began.
    pub questions: u64,
    /// How many of them are over.
    pub done: u64,
    /// What it came to; null until it is done.
    pub report: Option<EvaluationReport>,
    /// Why it did not go on.
    pub error: Option<Failure>,
    pub created_at: Timestamp,
    pub finished_at: Option<Timestamp>,
}

/// What an evaluation came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EvaluationReport {
    /// Means over the questions that were measured.
    #[schema(value_type = std::collections::BTreeMap<String, f64>)]
    pub measures: Measures,
    pub measured: u64,
    /// Questions without a label that is relevant and still there.
    pub skipped: u64,
    /// Questions that could not be searched for.
    pub failed: u64,
    /// Labels whose document, chunk or text is no longer in the knowledge base; they do not count.
    pub lost_labels: u64,
    /// Milliseconds per search: half of them were as quick, and nineteen in twenty.
    pub search_ms_p50: u64,
    pub search_ms_p95: u64,
    /// What searches did otherwise than asked.
    pub notes: Vec<CountedNote>,
    /// What the answers came to, where they were judged.
    pub judged: Option<JudgedReport>,
    /// What searching, answering and judging consumed.
    pub usage: Usage,
}

/// A note, and how many questions it was made for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CountedNote {
    pub note: SearchNote,
    pub questions: u64,
}

/// What judging the answers came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct JudgedReport {
    /// The mean share of claims that the passages support; null when nothing was claimed.
    pub faithfulness: Option<f64>,
    /// How many answers that is the mean of.
    pub faithfulness_of: u64,
    /// The mean of how well answers say what the reference answers say; null without any.
    pub correctness: Option<f64>,
    pub correctness_of: u64,
    pub claims: u64,
    pub supported: u64,
    /// Answers that claim nothing; they do not count.
    pub without_claims: u64,
    /// Answers that could not be written or judged; they do not count.
    pub failed: u64,
}

/// What became of one question of an evaluation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EvaluatedQuestion {
    pub question_id: QuestionId,
    pub position: u64,
    pub question: String,
    pub relevant: Vec<Label>,
    pub reference_answer: Option<String>,
    /// Null until it was asked.
    pub result: Option<QuestionResult>,
}

/// What one question found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct QuestionResult {
    /// Empty when it was not measured.
    #[schema(value_type = std::collections::BTreeMap<String, f64>)]
    pub measures: Measures,
    /// Best first.
    pub passages: Vec<RankedPassage>,
    /// Labels that nothing in the knowledge base can meet any more.
    pub lost: Vec<LostLabel>,
    pub notes: Vec<SearchNote>,
    pub search_ms: u64,
    /// Why it could not be searched for.
    pub error: Option<Failure>,
    /// Why it was not measured.
    pub skipped: Option<String>,
    /// Its answer, and what the judge says of it.
    pub judged: Option<JudgedAnswer>,
    /// The models that were asked, in order.
    pub calls: Vec<EvaluationCall>,
    pub usage: Usage,
}

/// A model that was asked for one question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EvaluationCall {
    pub purpose: CallPurpose,
    /// `PROVIDER/MODEL`, or what was asked when nobody answered.
    pub model: String,
    pub usage: Usage,
    pub error: Option<Failure>,
    pub took_ms: u64,
}

/// What a model was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallPurpose {
    /// The question's vector.
    Embedding,
    /// The order of the best passages.
    Rerank,
    /// The answer from the passages.
    Answer,
    /// The claims of the answer.
    Claims,
    /// Whether the passages support the claims.
    Verdicts,
    /// Whether the answer says what the reference answer says.
    Correctness,
}

/// A passage of a ranking that was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RankedPassage {
    /// From 1.
    pub rank: u32,
    pub chunk_id: ChunkId,
    pub document_id: DocumentId,
    pub document_name: String,
    pub heading: Option<String>,
    pub page: Option<u32>,
    pub score: f64,
    /// How its text begins.
    pub text: String,
    /// The labels it meets, by their places in `relevant`.
    pub labels: Vec<u32>,
    /// The best grade of these; null when it meets none.
    pub grade: Option<u8>,
}

/// A label that cannot be met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LostLabel {
    /// Its place in `relevant`.
    pub label: u32,
    /// What of it is gone, as a sentence.
    pub why: String,
}

/// An answer, and what a model says of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct JudgedAnswer {
    pub answer: Option<String>,
    /// How many of the passages it was written from.
    pub given: u32,
    pub claims: Vec<JudgedClaim>,
    /// The share of the claims that the passages support; null when it claims nothing.
    pub faithfulness: Option<f64>,
    /// 1 when it says what the reference answer says, 0.5 when in part, 0 when it does not.
    pub correctness: Option<f64>,
    pub correctness_reason: Option<String>,
    /// Why it was not written, or not judged.
    pub error: Option<Failure>,
}

/// A claim of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct JudgedClaim {
    pub claim: String,
    pub supported: bool,
    /// The ranks of the passages that support it.
    pub passages: Vec<u32>,
    pub reason: String,
}

/// Two evaluations of the same questions side by side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Comparison {
    pub before: EvaluationId,
    pub after: EvaluationId,
    /// How many questions both measured, as they are compared.
    pub questions: u64,
    /// Questions that only one of them measured, or that were changed between; they do not count.
    pub left_out: u64,
    pub measures: Vec<ComparedMeasure>,
    /// The measure that `gained` and `lost` go by.
    pub measure: String,
    /// Most gained first.
    pub gained: Vec<ComparedQuestion>,
    /// Most lost first.
    pub lost: Vec<ComparedQuestion>,
    pub seed: u64,
    pub rounds: u32,
}

/// One measure of two evaluations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ComparedMeasure {
    pub measure: String,
    pub before: f64,
    pub after: f64,
    pub difference: f64,
    /// Where the difference lies with a probability of 95 %, by a bootstrap over the questions.
    pub low: f64,
    pub high: f64,
    /// How likely a difference as great is by chance alone: a paired randomisation test, two-sided.
    pub p_value: f64,
    /// How many questions have it in both.
    pub questions: u64,
}

/// One question of two evaluations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ComparedQuestion {
    pub question_id: QuestionId,
    pub question: String,
    pub before: f64,
    pub after: f64,
    pub difference: f64,
}
