//! A request in the protocol's words: instructions apart, turns strictly alternating.

use headwater_model::ports::{
    ChatMessage, ChatRequest, ChatRole, Effort, Part, ResponseSchema, ToolChoice,
};
use headwater_model::{Error, Result};
use serde_json::{Value, json};

use crate::exchange;

/// The protocol demands a limit; this one fits every model on offer.
const DEFAULT_MAX_TOKENS: u32 = 4096;

pub(super) fn body(request: &ChatRequest, model: &str) -> Result<Value> {
    let parameters = &request.parameters;
    let thinking = parameters.reasoning_effort.map(budget);
    // Thinking is paid from the same limit, so that the answer keeps what was meant for it.
    let most = parameters.max_tokens.unwrap_or(DEFAULT_MAX_TOKENS);
    let mut body = json!({
        "model": model,
        "messages": turns(&request.messages),
        "max_tokens": most.saturating_add(thinking.unwrap_or(0)),
        "stream": true,
    });
    let mut system = system(&request.messages);
    if let Some(tokens) = thinking {
        body["thinking"] = json!({ "type": "enabled", "budget_tokens": tokens });
    }
    tools(request, thinking.is_some(), &mut body, &mut system)?;
    if !system.is_empty() {
        body["system"] = json!(system.join("\n\n"));
    }
    match parameters.temperature {
        Some(_) if thinking.is_some() => {
            return Err(Error::invalid(
                "temperature",
                "Anthropic's models take no temperature while they reason. Remove temperature or \
                 reasoning_effort.",
            ));
        }
        Some(temperature) => body["temperature"] = json!(temperature.clamp(0.0, 1.0)),
        None => {}
    }
    if let Some(top_p) = parameters.top_p {
        body["top_p"] = json!(top_p);
    }
    if !parameters.stop.is_empty() {
        body["stop_sequences"] = json!(parameters.stop);
    }
    if parameters.seed.is_some() {
        return Err(Error::invalid(
            "seed",
            "Anthropic's models take no seed. Remove it, or choose another model.",
        ));
    }
    exchange::add_extra(&mut body, &parameters.extra)?;
    Ok(body)
}

/// How many tokens a model may think for.
fn budget(effort: Effort) -> u32 {
    match effort {
        Effort::Minimal => 1_024,
        Effort::Low => 2_048,
        Effort::Medium => 8_192,
        Effort::High => 24_576,
    }
}

/// The tools, and the form of the answer as one more of them, which the model is made to call.
fn tools(
    request: &ChatRequest,
    thinks: bool,
    body: &mut Value,
    system: &mut Vec<String>,
) -> Result<()> {
    let mut tools: Vec<Value> = request
        .tools
        .iter()
        .map(|tool| {
            json!({
                "name": tool.name,
                "description": tool.description,
                "input_schema": tool.parameters,
            })
        })
        .collect();
    let mut choice = request.tool_choice.clone();
    if let Some(ResponseSchema { name, schema, .. }) = &request.response_schema {
        let description = "Give your answer by calling this.";
        tools.push(json!({ "name": name, "description": description, "input_schema": schema }));
        choice = match tools.len() {
            // Thinking and being made to call exclude each other.
            _ if thinks => {
                system.push(format!("Give your answer by calling the tool “{name}”."));
                ToolChoice::Auto
            }
            1 => ToolChoice::Named(name.clone()),
            _ => ToolChoice::Any,
        };
    }
    if tools.is_empty() {
        return Ok(());
    }
    if thinks && matches!(choice, ToolChoice::Any | ToolChoice::Named(_)) {
        return Err(Error::invalid(
            "tool_choice",
            "Anthropic's models cannot be made to call a tool while they reason. Remove \
             reasoning_effort, or leave the choice to the model.",
        ));
    }
    body["tools"] = json!(tools);
    body["tool_choice"] = match choice {
        ToolChoice::Auto => json!({ "type": "auto" }),
        ToolChoice::None => json!({ "type": "none" }),
        ToolChoice::Any => json!({ "type": "any" }),
        ToolChoice::Named(name) => json!({ "type": "tool", "name": name }),
    };
    Ok(())
}

fn system(messages: &[ChatMessage]) -> Vec<String> {
    messages
        .iter()
        .filter(|message| message.role == ChatRole::System)
        .map(ChatMessage::whole_text)
        .filter(|text| !text.trim().is_empty())
        .collect()
}

fn turns(messages: &[ChatMessage]) -> Vec<Value> {
    let mut merged: Vec<(&str, Vec<Value>)> = Vec::new();
    for message in messages {
        let role = match message.role {
            ChatRole::System => continue,
            ChatRole::Assistant => "assistant",
            ChatRole::User | ChatRole::Tool => "user",
        };
        let blocks: Vec<Value> = message
            .parts
            .iter()
            .filter_map(|part| block(role, part))
            .collect();
        match merged.last_mut() {
            Some((before, all)) if *before == role => all.extend(blocks),
            _ if blocks.is_empty() => {}
            _ => merged.push((role, blocks)),
        }
    }
    let said = merged.into_iter();
    said.map(|(role, content)| json!({ "role": role, "content": content }))
        .collect()
}

fn block(role: &str, part: &Part) -> Option<Value> {
    match part {
        Part::Image { media_type, data } => Some(json!({ "type": "image", "source": {
            "type": "base64", "media_type": media_type, "data": data,
        } })),
        Part::ToolCall(call) => {
            // What the model wrote may not be JSON; the protocol wants an object all the same.
            let input = call.read().unwrap_or_default();
            Some(json!({ "type": "tool_use", "id": call.id, "name": call.name, "input": input }))
        }
        Part::ToolResult { id, text, failed } => Some(json!({
            "type": "tool_result", "tool_use_id": id, "content": text, "is_error": failed,
        })),
        Part::Kept { block } => Some(block.clone()),
        // Whoever routes the call read it.
        Part::Attached { .. } => None,
        Part::Text { .. } | Part::File { .. } => {
            let text = part.as_text()?;
            // An empty block is refused, and so is an assistant's last word that ends in space.
            let text = match role {
                "assistant" => text.trim_end(),
                _ => text.as_str(),
            };
            (!text.trim().is_empty()).then(|| json!({ "type": "text", "text": text }))
        }
    }
}
