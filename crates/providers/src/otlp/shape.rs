//! From the record to spans.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use headwater_model::Timestamp;
use headwater_model::provider::{EXTRACTIVE_MODEL, split_model};
use headwater_model::run::log::StepRecord;
use headwater_model::run::trace::{CallKind, ModelCall, Retry};
use headwater_model::run::{Failure, RunOutcome, StepStatus};
use headwater_model::trace::{RunTrace, enclosing};
use headwater_model::usage::Usage;
use opentelemetry::trace::{
    Event, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{Array, InstrumentationScope, KeyValue, StringValue, Value as Attribute};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use serde_json::{Value, json};

use super::{RunAbout, content};

/// The run's span.
pub(super) fn run(
    about: &RunAbout,
    outcome: &RunOutcome,
    at: Timestamp,
    capture: bool,
) -> SpanData {
    let name = format!("invoke_workflow {}", about.flow_name);
    let mut span = begun(about, "", name, (about.started_at, at));
    if let Some(parent) = about.trace.parent {
        span.parent_span_id = SpanId::from_bytes(parent.span_id.to_be_bytes());
        span.parent_span_is_remote = true;
    }
    span.attributes.extend([
        KeyValue::new("gen_ai.operation.name", "invoke_workflow"),
        KeyValue::new("gen_ai.workflow.name", about.flow_name.clone()),
        KeyValue::new("headwater.run.status", outcome.status.as_str()),
        KeyValue::new("headwater.flow.revision", i64::from(about.revision)),
        KeyValue::new("headwater.workspace.id", about.workspace.to_string()),
    ]);
    let flow = about.flow_id.map(|id| id.to_string());
    let conversation = about.conversation_id.map(|id| id.to_string());
    span.attributes.extend(
        [
            ("headwater.flow.id", flow),
            ("gen_ai.conversation.id", conversation),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some(KeyValue::new(name, value?))),
    );
    // Those of the calls add up to these: they are named apart, so that nobody adds them again.
    span.attributes.extend([
        KeyValue::new(
            "headwater.usage.input_tokens",
            count(outcome.usage.input_tokens),
        ),
        KeyValue::new(
            "headwater.usage.output_tokens",
            count(outcome.usage.output_tokens),
        ),
    ]);
    span.attributes
        .extend(dollars("headwater.usage.cost_usd", outcome.usage));
    if capture {
        let said = match outcome.reply.is_empty() {
            true => json!(outcome.outputs),
            false => json!(outcome.reply),
        };
        let input = json!(about.input);
        span.attributes
            .extend(content::value("input.value", &input));
        span.attributes
            .extend(content::value("output.value", &said));
    }
    failed(&mut span, outcome.error.as_ref(), capture);
    span
}

/// A step's span and those of its model calls. What was skipped did not happen.
pub(super) fn step(about: &RunAbout, step: &StepRecord, capture: bool) -> Vec<SpanData> {
    if step.status == StepStatus::Skipped {
        return Vec::new();
    }
    let place = step.place();
    let (name, attributes) = named(step);
    let mut span = begun(about, place, name, (step.started_at, step.finished_at));
    let parent = enclosing(place).unwrap_or_default();
    span.parent_span_id = span_id(about.trace, parent);
    span.attributes.extend(attributes);
    span.attributes.extend([
        KeyValue::new("headwater.step.id", step.id.to_string()),
        KeyValue::new("headwater.node", step.node.clone()),
        KeyValue::new("headwater.node.kind", step.kind.clone()),
        KeyValue::new("headwater.step.attempts", i64::from(step.attempt)),
    ]);
    if let Some(path) = &step.path {
        span.attributes
            .push(KeyValue::new("headwater.path", path.clone()));
    }
    span.events = retries(&step.trace.retries, capture);
    if capture {
        span.attributes.extend(told(step));
    }
    failed(&mut span, step.error.as_ref(), capture);
    let mut spans = vec![span];
    let prompts = capture.then(|| content::prompts(step));
    for (index, asked) in step.trace.calls.iter().enumerate() {
        let mut span = call(about, place, (index, asked), capture);
        if let Some(prompts) = &prompts {
            let prompt = content::messages(&prompts[index]);
            let last = index + 1 == step.trace.calls.len();
            let answer = content::answer(step, asked.finish_reason.as_deref()).filter(|_| last);
            let said = [
                ("gen_ai.input.messages", prompt),
                ("gen_ai.output.messages", answer.unwrap_or_default()),
            ];
            let said = said.iter().filter_map(|(name, v)| content::value(name, v));
            span.attributes.extend(said);
        }
        spans.push(span);
    }
    spans
}

/// What a step is called, and what it does in the words of the conventions.
fn named(step: &StepRecord) -> (String, Vec<KeyValue>) {
    let text = |name: &str| step.inputs[name].as_str();
    let operation = |name: &'static str| KeyValue::new("gen_ai.operation.name", name);
    if let (Some(tool), Some(function)) = (text("tool"), text("function")) {
        let attributes = vec![
            operation("execute_tool"),
            KeyValue::new("gen_ai.tool.name", function.to_owned()),
            KeyValue::new("headwater.tool", tool.to_owned()),
        ];
        return (format!("execute_tool {function}"), attributes);
    }
    match step.kind.as_str() {
        "agent" => {
            let name = KeyValue::new("gen_ai.agent.name", step.node.clone());
            let attributes = vec![operation("invoke_agent"), name];
            (format!("invoke_agent {}", step.node), attributes)
        }
        "retrieve" => {
            let bases = step.inputs["knowledge_bases"].as_array();
            let bases = bases.into_iter().flatten().filter_map(Value::as_str);
            let bases = bases.collect::<Vec<_>>().join(",");
            let found = step.outputs["passages"].as_array().map_or(0, Vec::len);
            let attributes = vec![
                operation("retrieval"),
                KeyValue::new("gen_ai.data_source.id", bases.clone()),
                KeyValue::new("headwater.retrieval.passages", count(found as u64)),
            ];
            (format!("retrieval {bases}"), attributes)
        }
        kind => (format!("{kind} {}", step.node), Vec::new()),
    }
}

/// What went into a step and came out of it.
fn told(step: &StepRecord) -> Vec<KeyValue> {
    let mut told = vec![
        ("input.value", &step.inputs),
        ("output.value", &step.outputs),
    ];
    if step.kind == "retrieve" {
        told.push(("gen_ai.retrieval.query.text", &step.inputs["query"]));
    }
    if step.inputs["function"].is_string() {
        told.push(("gen_ai.tool.call.arguments", &step.inputs["arguments"]));
        told.push(("gen_ai.tool.call.result", &step.outputs));
    }
    let empty = |value: &Value| value.as_object().is_some_and(serde_json::Map::is_empty);
    told.retain(|(_, value)| !empty(value));
    told.into_iter()
        .filter_map(|(name, value)| content::value(name, value))
        .collect()
}

/// A model call's span.
fn call(
    about: &RunAbout,
    place: &str,
    (index, call): (usize, &ModelCall),
    capture: bool,
) -> SpanData {
    let answered = call.model.as_deref().unwrap_or(&call.asked);
    let (provider, model) = parts(answered);
    let requested = match split_model(&call.asked) {
        Ok((_, model)) => model,
        Err(_) => model,
    };
    let operation = match call.kind {
        CallKind::Chat => "chat",
        CallKind::Embedding => "embeddings",
        CallKind::Rerank => "rerank",
    };
    let name = format!("{operation} {requested}");
    let of = RunTrace::call_place(place, index);
    let mut span = begun(about, &of, name, (call.started_at, call.finished_at));
    span.parent_span_id = span_id(about.trace, place);
    span.span_kind = SpanKind::Client;
    span.attributes.extend([
        KeyValue::new("gen_ai.operation.name", operation),
        KeyValue::new("gen_ai.provider.name", provider.to_owned()),
        KeyValue::new("gen_ai.request.model", requested.to_owned()),
        KeyValue::new("gen_ai.usage.input_tokens", count(call.usage.input_tokens)),
        KeyValue::new(
            "gen_ai.usage.output_tokens",
            count(call.usage.output_tokens),
        ),
        KeyValue::new("headwater.usage.estimated", call.usage.estimated),
    ]);
    if call.model.is_some() {
        span.attributes
            .push(KeyValue::new("gen_ai.response.model", model.to_owned()));
    }
    if call.usage.cached_tokens > 0 {
        span.attributes.push(KeyValue::new(
            "gen_ai.usage.cache_read.input_tokens",
            count(call.usage.cached_tokens),
        ));
    }
    span.attributes
        .extend(dollars("gen_ai.usage.cost", call.usage));
    if let Some(reason) = &call.finish_reason {
        let reasons = vec![StringValue::from(reason.clone())];
        span.attributes.push(KeyValue::new(
            "gen_ai.response.finish_reasons",
            Attribute::Array(Array::String(reasons)),
        ));
    }
    span.events = retries(&call.retries, capture);
    if let Some(at) = call.first_token_at {
        let event = Event::new("gen_ai.first_token", time(at), Vec::new(), 0);
        span.events.events.push(event);
    }
    failed(&mut span, call.error.as_ref(), capture);
    span
}

/// The provider and the model of `PROVIDER/MODEL`.
fn parts(model: &str) -> (&str, &str) {
    match split_model(model) {
        _ if model == EXTRACTIVE_MODEL => ("headwater", "extractive"),
        Ok(parts) => parts,
        Err(_) => ("unknown", model),
    }
}

fn begun(about: &RunAbout, place: &str, name: String, times: (Timestamp, Timestamp)) -> SpanData {
    let trace = TraceId::from_bytes(about.trace.id().to_be_bytes());
    let flags = TraceFlags::SAMPLED;
    let id = span_id(about.trace, place);
    SpanData {
        span_context: SpanContext::new(trace, id, flags, false, TraceState::default()),
        parent_span_id: SpanId::INVALID,
        parent_span_is_remote: false,
        span_kind: SpanKind::Internal,
        name: name.into(),
        start_time: time(times.0),
        end_time: time(times.1),
        attributes: vec![KeyValue::new("headwater.run.id", about.run.to_string())],
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: Status::Unset,
        instrumentation_scope: InstrumentationScope::default(),
    }
}

fn span_id(trace: RunTrace, place: &str) -> SpanId {
    SpanId::from_bytes(trace.span(place).to_be_bytes())
}

/// Attempts that failed and were made again. What exactly was said about it is content.
fn retries(retries: &[Retry], capture: bool) -> SpanEvents {
    let mut events = SpanEvents::default();
    events.events = retries
        .iter()
        .map(|retry| {
            let wait = i64::try_from(retry.wait_ms).unwrap_or(i64::MAX);
            let mut attributes = vec![
                KeyValue::new("headwater.attempt", i64::from(retry.attempt)),
                KeyValue::new("headwater.wait_ms", wait),
                KeyValue::new("error.type", retry.error.code.as_str()),
            ];
            if capture {
                let said = retry.error.message.clone();
                attributes.push(KeyValue::new("error.message", said));
            }
            Event::new("retry", time(retry.at), attributes, 0)
        })
        .collect();
    events
}

fn failed(span: &mut SpanData, failure: Option<&Failure>, capture: bool) {
    if let Some(failure) = failure {
        let code = failure.code.as_str();
        span.attributes.push(KeyValue::new("error.type", code));
        span.status = Status::error(match capture {
            true => failure.message.clone(),
            false => code.to_owned(),
        });
    }
}

fn dollars(name: &'static str, usage: Usage) -> Option<KeyValue> {
    // For charts; the exact amount is in the record.
    let cost = usage.cost?.as_nanos() as f64 / 1e9;
    Some(KeyValue::new(name, cost))
}

fn count(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn time(at: Timestamp) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(u64::try_from(at.as_millis()).unwrap_or(0))
}
