//! The names of everything counted, declared once.

use std::time::Duration;

use headwater_model::run::RunStatus;
use headwater_model::trigger::{FiringOutcome, TriggerKind};
use headwater_model::usage::Usage;

/// Requests answered, by `route`, `method` and `status`.
pub const REQUESTS: &str = "headwater_http_requests_total";
/// Seconds from a request to the beginning of its answer, by `route`.
pub const REQUEST_SECONDS: &str = "headwater_http_request_seconds";
/// Runs ended, by `status`.
pub const RUNS: &str = "headwater_runs_total";
/// Firings of triggers, by `kind` and `outcome`.
pub const FIRINGS: &str = "headwater_trigger_firings_total";
/// Documents ingested, by `result`.
pub const DOCUMENTS: &str = "headwater_documents_ingested_total";
/// Tokens used, by `direction` (`input`, `output`).
pub const TOKENS: &str = "headwater_tokens_total";
/// Spans for the collector, by `result` (`sent`, `dropped`).
pub const SPANS: &str = "headwater_spans_total";

/// Seconds from asking a model to the first piece of its answer, by `model`.
pub const FIRST_TOKEN_SECONDS: &str = "headwater_first_token_seconds";
/// Looks for what was worked out before, by `cache` (`results`, `embeddings`) and `result` (`hit`, `miss`).
pub const CACHE: &str = "headwater_cache_lookups_total";
/// Resident memory of the process in bytes.
pub const MEMORY: &str = "headwater_process_memory_bytes";
/// The share of one core that the process took in the last five seconds.
pub const CPU: &str = "headwater_process_cpu_ratio";
/// Streams of events that are open.
pub const STREAMS: &str = "headwater_open_streams";

/// Those that go up and down.
const GAUGES: [&str; 3] = [MEMORY, CPU, STREAMS];

/// Names and meanings, for `/metrics` and the reference.
pub const ALL: &[(&str, &str)] = &[
    (REQUESTS, "Requests answered, by route, method and status."),
    (
        REQUEST_SECONDS,
        "Seconds from a request to the beginning of its answer, by route.",
    ),
    (RUNS, "Runs ended, by status."),
    (FIRINGS, "Firings of triggers, by kind and outcome."),
    (DOCUMENTS, "Documents ingested, by result."),
    (TOKENS, "Tokens used, by direction."),
    (SPANS, "Spans for the collector, by result."),
    (
        FIRST_TOKEN_SECONDS,
        "Seconds from asking a model to the first piece of its answer, by model.",
    ),
    (
        CACHE,
        "Looks for what was worked out before, by cache and result.",
    ),
    (MEMORY, "Resident memory of the process in bytes."),
    (
        CPU,
        "The share of one core that the process took in the last five seconds.",
    ),
    (STREAMS, "Streams of events that are open."),
];

/// Gives every metric its description; called once, after the recorder is installed.
pub fn describe() {
    for (name, meaning) in ALL {
        if name.ends_with("_seconds") {
            metrics::describe_histogram!(*name, *meaning);
        } else if GAUGES.contains(name) {
            metrics::describe_gauge!(*name, *meaning);
        } else {
            metrics::describe_counter!(*name, *meaning);
        }
    }
}

/// Counts a request.
pub(crate) fn request(route: &str, method: &str, status: u16, took: Duration) {
    let route = route.to_owned();
    metrics::counter!(REQUESTS, "route" => route.clone(), "method" => method.to_owned(), "status" => status.to_string()).increment(1);
    metrics::histogram!(REQUEST_SECONDS, "route" => route).record(took.as_secs_f64());
}

/// Counts what was consumed outside of runs, by embedding, reranking and evaluations.
pub(crate) fn consumed(usage: Usage) {
    metrics::counter!(TOKENS, "direction" => "input").increment(usage.input_tokens);
    metrics::counter!(TOKENS, "direction" => "output").increment(usage.output_tokens);
}

/// Counts a run that ended.
pub(crate) fn run(status: RunStatus, usage: Usage) {
    metrics::counter!(RUNS, "status" => status.as_str()).increment(1);
    metrics::counter!(TOKENS, "direction" => "input").increment(usage.input_tokens);
    metrics::counter!(TOKENS, "direction" => "output").increment(usage.output_tokens);
}

/// Counts a document that was read, or could not be.
pub(crate) fn document(done: bool) {
    let result = if done { "done" } else { "failed" };
    metrics::counter!(DOCUMENTS, "result" => result).increment(1);
}

/// Notes how long a model took to begin to answer.
pub(crate) fn first_token(model: &str, took: Duration) {
    metrics::histogram!(FIRST_TOKEN_SECONDS, "model" => model.to_owned())
        .record(took.as_secs_f64());
}

/// Counts looks for what was worked out before.
pub(crate) fn cache(name: &'static str, hits: u64, misses: u64) {
    for (result, count) in [("hit", hits), ("miss", misses)] {
        if count > 0 {
            metrics::counter!(CACHE, "cache" => name, "result" => result).increment(count);
        }
    }
}

/// Says what the process takes.
pub(crate) fn process(memory: Option<u64>, cpu: Option<f64>, streams: u64) {
    if let Some(memory) = memory {
        metrics::gauge!(MEMORY).set(memory as f64);
    }
    if let Some(cpu) = cpu {
        metrics::gauge!(CPU).set(cpu);
    }
    metrics::gauge!(STREAMS).set(streams as f64);
}

/// Counts a firing.
pub(crate) fn firing(kind: TriggerKind, outcome: FiringOutcome) {
    metrics::counter!(FIRINGS, "kind" => kind.as_str(), "outcome" => outcome.as_str()).increment(1);
}

/// Counts spans that were sent, or dropped.
pub(crate) fn spans(result: &'static str, count: usize) {
    if count > 0 {
        metrics::counter!(SPANS, "result" => result).increment(count as u64);
    }
}
