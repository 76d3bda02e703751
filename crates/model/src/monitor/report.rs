//! The boards of the monitor. Lines are columns of equal length: a value for each step in `at`.

use serde::Serialize;

use super::{FigureNow, Percentiles, Range};
use crate::Timestamp;
use crate::operations::Check;
use crate::price::Usd;

/// How a workspace does.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Overview {
    /// Null of a time of one's own.
    pub range: Option<Range>,
    pub from: Timestamp,
    pub to: Timestamp,
    /// The length of a step in milliseconds.
    pub step_ms: u64,
    /// Each figure that may have a threshold, as it is now.
    pub figures: Vec<FigureNow>,
    pub now: NowCounts,
    pub totals: OverviewTotals,
    pub lines: OverviewLines,
}

/// What goes on at this moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct NowCounts {
    /// Runs that somebody works on.
    pub running: u64,
    /// Runs that wait, mostly for people.
    pub paused: u64,
    pub jobs: Vec<JobsNow>,
    /// Documents that answer.
    pub documents_ready: u64,
    /// Documents that wait for their turn or are being read.
    pub documents_waiting: u64,
    /// Documents that could not be read.
    pub documents_failed: u64,
    /// Chunks of the documents that answer.
    pub chunks: u64,
}

/// The jobs of one lane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct JobsNow {
    /// `documents`, `evaluations` or `syncs`.
    pub lane: String,
    pub waiting: u64,
    pub running: u64,
    /// Jobs that were given up.
    pub failed: u64,
}

/// Sums over the range.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct OverviewTotals {
    /// Runs that ended.
    pub runs: u64,
    pub failed: u64,
    pub cancelled: u64,
    /// How long runs took, waits for people apart.
    pub took: Percentiles,
    /// How long models took to begin to answer.
    pub first_token: Percentiles,
    /// First tokens that were measured.
    pub first_tokens: u64,
    pub input_tokens: u64,
    pub output_tokens: u64,
    /// What is known of the cost.
    pub cost: Usd,
    /// Runs whose cost is not known.
    pub unpriced: u64,
}

/// Lines over the range.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct OverviewLines {
    /// When each step begins, in milliseconds since 1970.
    pub at: Vec<i64>,
    pub runs: Vec<u64>,
    pub failed: Vec<u64>,
    pub cancelled: Vec<u64>,
    /// Milliseconds; null where no run ended.
    pub p50: Vec<Option<f64>>,
    pub p95: Vec<Option<f64>>,
    pub p99: Vec<Option<f64>>,
    /// Milliseconds; null where no model began to answer.
    pub first_token_p50: Vec<Option<f64>>,
    pub first_token_p95: Vec<Option<f64>>,
    pub first_token_p99: Vec<Option<f64>>,
}

/// What was consumed, and by whom.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct UsageReport {
    /// Null of a time of one's own.
    pub range: Option<Range>,
    pub from: Timestamp,
    pub to: Timestamp,
    pub step_ms: u64,
    pub totals: UsageTotals,
    pub lines: UsageLines,
    /// By what ran; a flow that another one called as a tool counts for itself.
    pub flows: Consumers,
    /// By whose model was called.
    pub models: Consumers,
    /// By who asked.
    pub members: Consumers,
}

/// Sums over the range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct UsageTotals {
    pub runs: u64,
    pub input_tokens: u64,
    pub output_tokens: u64,
    /// What is known of the cost.
    pub cost: Usd,
    /// Runs whose cost is not known.
    pub unpriced: u64,
}

/// Lines over the range.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct UsageLines {
    /// When each step begins, in milliseconds since 1970.
    pub at: Vec<i64>,
    pub input_tokens: Vec<u64>,
    pub output_tokens: Vec<u64>,
    /// US dollars.
    pub cost: Vec<f64>,
}

/// Those who consumed most, and the rest.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Consumers {
    /// At most ten, the most expensive first, then those with the most tokens.
    pub top: Vec<Consumer>,
    /// All others together, when there are more.
    pub others: Option<Consumer>,
}

/// One that consumed.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Consumer {
    /// A flow's, user's, key's or trigger's id, or a model as `PROVIDER/MODEL`; null where there is
    /// none, such as for runs of documents that are not stored.
    pub id: Option<String>,
    /// Its name, when it is still there and the caller may see it.
    pub name: Option<String>,
    /// Runs; of a model, its calls.
    pub count: u64,
    pub failed: u64,
    pub input_tokens: u64,
    pub output_tokens: u64,
    pub cost: Usd,
    /// How many of the count have no known cost.
    pub unpriced: u64,
    /// Of a model, how long it took to begin to answer.
    pub first_token: Percentiles,
    /// Tokens in each step.
    pub tokens: Vec<u64>,
    /// US dollars in each step.
    pub costs: Vec<f64>,
}

/// How the servers do.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct SystemReport {
    /// Null of a time of one's own.
    pub range: Option<Range>,
    pub from: Timestamp,
    pub to: Timestamp,
    pub step_ms: u64,
    pub totals: SystemTotals,
    pub lines: SystemLines,
    /// How many processors the server that answers may use.
    pub processors: u32,
    /// The server processes that were heard of in the last two minutes.
    pub servers: Vec<Server>,
    /// What a check-up of the server that answers finds.
    pub checks: Vec<Check>,
}

/// Sums over the range, of all servers.
#[derive(Clone, Debug, Default, Serialize, utoipa::ToSchema)]
pub struct SystemTotals {
    /// Requests answered, those for this page and for files of the web app apart.
    pub requests: u64,
    /// Requests answered with 500 or above.
    pub errors: u64,
    /// Requests answered with 400 to 499.
    pub refused: u64,
    /// How long requests took up to the beginning of their answer.
    pub took: Percentiles,
    /// Results of nodes with `cache`.
    pub results: Lookups,
    /// Texts that were to be embedded.
    pub embeddings: Lookups,
    pub documents_done: u64,
    pub documents_failed: u64,
    pub chunks_done: u64,
}

/// How often something was found that stands for working again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Lookups {
    pub hits: u64,
    pub misses: u64,
}

/// Lines over the range. What is summed is of all servers, what is highest of the largest.
#[derive(Clone, Debug, Default, Serialize, utoipa::ToSchema)]
pub struct SystemLines {
    /// When each step begins, in milliseconds since 1970.
    pub at: Vec<i64>,
    pub requests: Vec<u64>,
    pub errors: Vec<u64>,
    pub refused: Vec<u64>,
    /// Milliseconds; null where nothing was asked.
    pub p50: Vec<Option<f64>>,
    pub p95: Vec<Option<f64>>,
    pub p99: Vec<Option<f64>>,
    /// The highest, in bytes; null where no server ran.
    pub memory: Vec<Option<u64>>,
    /// The highest of a server over a step, in percent of one core; null where no server ran.
    pub cpu: Vec<Option<f64>>,
    /// The most that were open at once at a server.
    pub streams: Vec<Option<u64>>,
    /// The most that were live at once at a server.
    pub runs: Vec<Option<u64>>,
    pub result_hits: Vec<u64>,
    pub result_misses: Vec<u64>,
    pub embedding_hits: Vec<u64>,
    pub embedding_misses: Vec<u64>,
    pub documents_done: Vec<u64>,
    pub documents_failed: Vec<u64>,
    pub chunks_done: Vec<u64>,
}

/// One server process.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Server {
    /// Made up at its start.
    pub id: String,
    /// Whether it is the one that answers.
    pub this: bool,
    /// Bytes; null where the system does not tell.
    pub memory: Option<u64>,
    /// What it may have at most, in bytes; known of the one that answers.
    pub memory_limit: Option<u64>,
    /// Percent of one core.
    pub cpu: Option<f64>,
    /// How many processors it may use; null where a server of an earlier version does not tell.
    pub processors: Option<u32>,
    pub streams: u64,
    /// Runs it works on.
    pub runs: u64,
    pub heard_at: Timestamp,
}
