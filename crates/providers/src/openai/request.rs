//! A request in the protocol's words.

use headwater_model::Result;
use headwater_model::ports::{ChatMessage, ChatRequest, ChatRole, Part, ToolChoice};
use serde_json::{Value, json};

use crate::exchange;

/// The body; `official` is OpenAI itself, which calls one field by another name.
pub(super) fn body(
    request: &ChatRequest,
    model: &str,
    official: bool,
    ask_usage: bool,
) -> Result<Value> {
    let messages: Vec<Value> = request.messages.iter().flat_map(message).collect();
    let mut body = json!({ "model": model, "messages": messages, "stream": true });
    if ask_usage {
        body["stream_options"] = json!({ "include_usage": true });
    }
    tools(request, &mut body);
    if let Some(wanted) = &request.response_schema {
        body["response_format"] = json!({ "type": "json_schema", "json_schema": {
            "name": wanted.name, "schema": wanted.schema, "strict": wanted.strict,
        } });
    }
    let parameters = &request.parameters;
    let most = match official {
        // OpenAI itself refuses the old name for its newer models; others know only that one.
        true => "max_completion_tokens",
        false => "max_tokens",
    };
    let fields = [
        ("temperature", json!(parameters.temperature)),
        ("top_p", json!(parameters.top_p)),
        (most, json!(parameters.max_tokens)),
        ("seed", json!(parameters.seed)),
        ("reasoning_effort", json!(parameters.reasoning_effort)),
    ];
    for (name, value) in fields.into_iter().filter(|(_, value)| !value.is_null()) {
        body[name] = value;
    }
    if !parameters.stop.is_empty() {
        body["stop"] = json!(parameters.stop);
    }
    exchange::add_extra(&mut body, &parameters.extra)?;
    Ok(body)
}

fn tools(request: &ChatRequest, body: &mut Value) {
    if request.tools.is_empty() {
        return;
    }
    let tools = request.tools.iter().map(|tool| {
        json!({ "type": "function", "function": {
            "name": tool.name, "description": tool.description, "parameters": tool.parameters,
        } })
    });
    body["tools"] = tools.collect();
    body["tool_choice"] = match &request.tool_choice {
        ToolChoice::Auto => json!("auto"),
        ToolChoice::None => json!("none"),
        ToolChoice::Any => json!("required"),
        ToolChoice::Named(name) => json!({ "type": "function", "function": { "name": name } }),
    };
}

/// One message; the results of several calls are one message each.
fn message(message: &ChatMessage) -> Vec<Value> {
    if message.role == ChatRole::Tool {
        let results = message.parts.iter().filter_map(|part| match part {
            Part::ToolResult { id, text, .. } => {
                Some(json!({ "role": "tool", "tool_call_id": id, "content": text }))
            }
            _ => None,
        });
        return results.collect();
    }
    let mut said = json!({ "role": message.role, "content": content(message) });
    let calls: Vec<Value> = message
        .parts
        .iter()
        .filter_map(|part| match part {
            Part::ToolCall(call) => Some(json!({ "id": call.id, "type": "function", "function": {
                "name": call.name, "arguments": call.arguments,
            } })),
            _ => None,
        })
        .collect();
    if !calls.is_empty() {
        said["tool_calls"] = json!(calls);
        if said["content"] == "" {
            said["content"] = Value::Null;
        }
    }
    vec![said]
}

/// Text as text, which every server understands; parts only where there is a picture.
fn content(message: &ChatMessage) -> Value {
    let is_image = |part: &Part| matches!(part, Part::Image { .. });
    if !message.parts.iter().any(is_image) {
        return json!(message.whole_text());
    }
    let parts = message.parts.iter().filter_map(|part| match part {
        Part::Image { media_type, data } => {
            let url = format!("data:{media_type};base64,{data}");
            Some(json!({ "type": "image_url", "image_url": { "url": url } }))
        }
        part => Some(json!({ "type": "text", "text": part.as_text()? })),
    });
    parts.collect()
}
