//! Answers that call tools or fill in forms, in both protocols, well and badly.

use std::time::Duration;

use serde_json::{Value, json};

use super::script::{Piece, Plan, Protocol, Told, bytes, first_question, streamed};

/// One call of an answer.
struct Call {
    id: String,
    name: String,
    arguments: String,
}

/// The script of the models `tools…` and `form…`; nothing for the others.
pub(super) fn plan(told: &Told<'_>, model: &str, body: &Value, attempt: u32) -> Option<Plan> {
    if let Some(fault) = model.strip_prefix("form") {
        return Some(form(told, fault, body, attempt));
    }
    let fault = model.strip_prefix("tools")?;
    let results = results(body);
    if !results.is_empty() {
        let text = format!("The tools said: {}.", results.join(" | "));
        return Some(streamed(told.saying(&text).all()));
    }
    let calls = calls(body, fault);
    if fault == "-whole" {
        return Some(Plan {
            content_type: "application/json",
            ..streamed(vec![bytes(&whole(told, &calls).to_string())])
        });
    }
    let mut pieces = told.open();
    let first = match told.protocol {
        Protocol::Openai => 0,
        // Block 0 is the empty text that every answer opens with.
        Protocol::Anthropic => 1,
    };
    if told.protocol == Protocol::Anthropic {
        pieces.push(stop(told, 0));
    }
    let first = match fault {
        "-thinking" => first + think(told, first, &mut pieces),
        _ => first,
    };
    let fragments = match fault {
        "-plain" => plain(told, &calls, first),
        _ => mingled(told, &calls, first),
    };
    pieces.extend(fragments);
    if fault == "-cut" {
        pieces.truncate(pieces.len() / 2);
        pieces.push(Piece::Wait(Duration::from_millis(20)));
        pieces.push(Piece::Cut);
        return Some(streamed(pieces));
    }
    if told.protocol == Protocol::Anthropic {
        pieces.extend((0..calls.len()).map(|call| stop(told, first + call)));
    }
    pieces.extend(told.end(match told.protocol {
        Protocol::Openai => "tool_calls",
        Protocol::Anthropic => "tool_use",
    }));
    Some(streamed(pieces))
}

/// Two calls, of the first two tools there are, or of the only one.
fn calls(body: &Value, fault: &str) -> Vec<Call> {
    let tools = body["tools"].as_array().cloned().unwrap_or_default();
    let name = |tool: &Value| {
        let name = tool["function"]["name"].as_str().or(tool["name"].as_str());
        name.unwrap_or("").to_owned()
    };
    let cities = ["Oslo", "Bergen"].into_iter().enumerate();
    let calls = cities.filter_map(|(number, city)| {
        let tool = tools.get(number).or(tools.first())?;
        let arguments = match fault {
            "-broken" => format!("{{\"city\": \"{city}"),
            _ => Value::Object([(wanted(tool), json!(city))].into_iter().collect()).to_string(),
        };
        let (id, name) = (format!("c{number}"), name(tool));
        Some(Call {
            id,
            name,
            arguments,
        })
    });
    calls.collect()
}

/// The argument that a tool must have, or a city.
fn wanted(tool: &Value) -> String {
    let schema = tool["function"]
        .get("parameters")
        .unwrap_or(&tool["input_schema"]);
    let required = schema["required"]
        .as_array()
        .and_then(|names| names.first());
    required
        .and_then(Value::as_str)
        .unwrap_or("city")
        .to_owned()
}

/// What the tools that were called said.
fn results(body: &Value) -> Vec<String> {
    let messages = body["messages"].as_array().cloned().unwrap_or_default();
    let texts = messages.iter().flat_map(|message| {
        let content = &message["content"];
        match message["role"].as_str() {
            Some("tool") => vec![content.as_str().unwrap_or("").to_owned()],
            _ => content
                .as_array()
                .into_iter()
                .flatten()
                .filter(|part| part["type"] == "tool_result")
                .map(|part| part["content"].as_str().unwrap_or("").to_owned())
                .collect(),
        }
    });
    texts.collect()
}

/// Every call in turn, three bytes at a time.
fn mingled(told: &Told<'_>, calls: &[Call], first: usize) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = calls
        .iter()
        .enumerate()
        .map(|(at, call)| begin(told, first + at, call))
        .collect();
    let parts: Vec<Vec<&[u8]>> = calls
        .iter()
        .map(|call| call.arguments.as_bytes().chunks(3).collect())
        .collect();
    let longest = parts.iter().map(Vec::len).max().unwrap_or(0);
    for turn in 0..longest {
        for (at, parts) in parts.iter().enumerate() {
            if let Some(part) = parts.get(turn) {
                let part = std::str::from_utf8(part).unwrap();
                pieces.push(grow(told, first + at, part));
            }
        }
    }
    pieces
}

/// Every call in one piece: without a number, or with its arguments at the opening.
fn plain(told: &Told<'_>, calls: &[Call], first: usize) -> Vec<Piece> {
    let pieces = calls.iter().enumerate().map(|(at, call)| {
        let Call {
            id,
            name,
            arguments,
        } = call;
        match told.protocol {
            Protocol::Openai => {
                let call = json!({ "id": id, "type": "function", "function": { "name": name, "arguments": arguments } });
                told.event("", &json!({ "choices": [{ "index": 0, "delta": { "tool_calls": [call] } }] }))
            }
            Protocol::Anthropic => {
                let input: Value = serde_json::from_str(arguments).unwrap();
                let block = json!({ "type": "tool_use", "id": id, "name": name, "input": input });
                open(told, first + at, &block)
            }
        }
    });
    pieces.collect()
}

fn open(told: &Told<'_>, index: usize, block: &Value) -> Piece {
    let data = json!({ "type": "content_block_start", "index": index, "content_block": block });
    told.event("content_block_start", &data)
}

fn stop(told: &Told<'_>, index: usize) -> Piece {
    let data = json!({ "type": "content_block_stop", "index": index });
    told.event("content_block_stop", &data)
}

fn delta(told: &Told<'_>, index: usize, delta: &Value) -> Piece {
    let data = json!({ "type": "content_block_delta", "index": index, "delta": delta });
    told.event("content_block_delta", &data)
}

fn begin(told: &Told<'_>, index: usize, call: &Call) -> Piece {
    let Call { id, name, .. } = call;
    match told.protocol {
        Protocol::Openai => {
            let call = json!({ "index": index, "id": id, "type": "function", "function": { "name": name, "arguments": "" } });
            told.event(
                "",
                &json!({ "choices": [{ "index": 0, "delta": { "tool_calls": [call] } }] }),
            )
        }
        Protocol::Anthropic => {
            let block = json!({ "type": "tool_use", "id": id, "name": name, "input": {} });
            open(told, index, &block)
        }
    }
}

fn grow(told: &Told<'_>, index: usize, part: &str) -> Piece {
    match told.protocol {
        Protocol::Openai => {
            let call = json!({ "index": index, "function": { "arguments": part } });
            told.event(
                "",
                &json!({ "choices": [{ "index": 0, "delta": { "tool_calls": [call] } }] }),
            )
        }
        Protocol::Anthropic => {
            let part = json!({ "type": "input_json_delta", "partial_json": part });
            delta(told, index, &part)
        }
    }
}

/// Thoughts, sealed; how many blocks they take.
fn think(told: &Told<'_>, index: usize, pieces: &mut Vec<Piece>) -> usize {
    if told.protocol == Protocol::Openai {
        pieces.push(told.reasoning("Let me look."));
        return 0;
    }
    let begin = json!({ "type": "thinking", "thinking": "", "signature": "" });
    let thought = json!({ "type": "thinking_delta", "thinking": "Let me look." });
    let seal = json!({ "type": "signature_delta", "signature": "sealed" });
    pieces.extend([
        open(told, index, &begin),
        delta(told, index, &thought),
        delta(told, index, &seal),
        stop(told, index),
    ]);
    1
}

fn whole(told: &Told<'_>, calls: &[Call]) -> Value {
    match told.protocol {
        Protocol::Openai => {
            let calls: Vec<Value> = calls
                .iter()
                .map(|call| json!({ "id": call.id, "type": "function", "function": { "name": call.name, "arguments": call.arguments } }))
                .collect();
            json!({
                "choices": [{ "index": 0, "message": { "role": "assistant", "content": null, "tool_calls": calls }, "finish_reason": "tool_calls" }],
                "usage": { "prompt_tokens": 1, "completion_tokens": 1 },
            })
        }
        Protocol::Anthropic => {
            let calls: Vec<Value> = calls
                .iter()
                .map(|call| {
                    let input: Value = serde_json::from_str(&call.arguments).unwrap();
                    json!({ "type": "tool_use", "id": call.id, "name": call.name, "input": input })
                })
                .collect();
            json!({ "content": calls, "stop_reason": "tool_use", "usage": { "input_tokens": 1, "output_tokens": 1 } })
        }
    }
}

fn form(told: &Told<'_>, fault: &str, body: &Value, attempt: u32) -> Plan {
    let tool = body["tools"].as_array().and_then(|tools| tools.last());
    let schema = match told.protocol {
        Protocol::Openai => &body["response_format"]["json_schema"]["schema"],
        Protocol::Anthropic => tool.map_or(&Value::Null, |tool| &tool["input_schema"]),
    };
    let fits = fault != "-never" && (fault != "-late" || attempt.is_multiple_of(2));
    let filled = match fits {
        true => fill(schema, &first_question(body)),
        false => json!({ "misses": "the form" }),
    };
    let text = match fault {
        "-fenced" => format!("```json\n{filled}\n```"),
        _ => filled.to_string(),
    };
    match (told.protocol, tool) {
        (Protocol::Anthropic, Some(tool)) => {
            let call = Call {
                id: "c0".to_owned(),
                name: tool["name"].as_str().unwrap_or("").to_owned(),
                arguments: filled.to_string(),
            };
            let mut pieces = told.open();
            pieces.push(stop(told, 0));
            pieces.extend(mingled(told, &[call], 1));
            pieces.push(stop(told, 1));
            pieces.extend(told.end("tool_use"));
            streamed(pieces)
        }
        _ => streamed(told.saying(&text).all()),
    }
}

/// A value that fits a schema: of a choice what the text mentions, else the last; a number from the
/// text; the text itself.
fn fill(schema: &Value, text: &str) -> Value {
    if let Some(choices) = schema["enum"].as_array() {
        let mentioned = choices.iter().find(|choice| {
            choice
                .as_str()
                .is_some_and(|choice| text.to_lowercase().contains(&choice.to_lowercase()))
        });
        return mentioned.or(choices.last()).cloned().unwrap_or_default();
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.first().cloned().unwrap_or_default(),
        kind => kind.clone(),
    };
    let digits: String = text
        .chars()
        .skip_while(|c| !c.is_ascii_digit())
        .take_while(char::is_ascii_digit)
        .collect();
    match kind.as_str().unwrap_or("") {
        "object" => {
            let properties = schema["properties"]
                .as_object()
                .cloned()
                .unwrap_or_default();
            let fields = properties
                .into_iter()
                .map(|(name, schema)| (name, fill(&schema, text)));
            Value::Object(fields.collect())
        }
        "array" => json!([fill(&schema["items"], text)]),
        "integer" | "number" => json!(digits.parse::<u64>().unwrap_or(0)),
        "boolean" => json!(true),
        "null" => Value::Null,
        _ => json!(text),
    }
}
