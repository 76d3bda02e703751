//! What was said, for collectors that may know: only when the operator captures content.

use headwater_model::run::log::StepRecord;
use opentelemetry::KeyValue;
use serde_json::{Value, json};

/// The longest text of one attribute, in characters.
const LONGEST: usize = 64 * 1024;

/// A value as an attribute; text as it is, the rest as JSON.
pub(super) fn value(name: &'static str, value: &Value) -> Option<KeyValue> {
    let text = match value {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let text = match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    };
    (!text.is_empty()).then(|| KeyValue::new(name, text))
}

/// All messages of each of a step's calls, of which the record has only those that are new.
pub(super) fn prompts(step: &StepRecord) -> Vec<Vec<Value>> {
    let mut prompts: Vec<Vec<Value>> = Vec::new();
    for call in &step.trace.calls {
        let before = call.messages_before as usize;
        let known = prompts.last().map_or(&[][..], Vec::as_slice);
        let mut prompt = known[..before.min(known.len())].to_vec();
        prompt.extend_from_slice(&call.messages);
        prompts.push(prompt);
    }
    prompts
}

/// Messages in the form of the conventions.
pub(super) fn messages(prompt: &[Value]) -> Value {
    prompt.iter().map(message).collect()
}

fn message(message: &Value) -> Value {
    let mut parts = Vec::new();
    if let Some(text) = message["content"].as_str().filter(|text| !text.is_empty()) {
        parts.push(json!({ "type": "text", "content": text }));
    }
    let list = |name: &str| message[name].as_array().cloned().unwrap_or_default();
    for picture in list("images") {
        parts.push(json!({ "type": "text", "content": format!("[{picture}]") }));
    }
    for call in list("tool_calls") {
        parts.push(json!({
            "type": "tool_call", "id": call["id"], "name": call["name"],
            "arguments": call["arguments"],
        }));
    }
    for result in list("tool_results") {
        parts.push(json!({
            "type": "tool_call_response", "id": result["id"], "response": result["text"],
        }));
    }
    json!({ "role": message["role"], "parts": parts })
}

/// The answer of a step's last call.
pub(super) fn answer(step: &StepRecord, finish_reason: Option<&str>) -> Option<Value> {
    let text = step.outputs["text"].as_str()?;
    Some(json!([{
        "role": "assistant",
        "parts": [{ "type": "text", "content": text }],
        "finish_reason": finish_reason,
    }]))
}
