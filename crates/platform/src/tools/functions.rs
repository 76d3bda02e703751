//! From a tool's settings to the functions it has.

use std::sync::Arc;

use headwater_model::ports::ToolResult;
use headwater_model::tool::{FlowSettings, KnowledgeSettings};
use headwater_providers::mcp::{McpListing, McpTarget};
use headwater_providers::tools::HttpFunction;
use headwater_providers::tools::openapi::Converted;
use serde_json::{Map, Value};

/// One function, and what calling it does.
#[derive(Clone, Debug)]
pub(super) struct Function {
    pub name: String,
    pub description: String,
    pub parameters: Arc<Value>,
    pub does: Does,
}

#[derive(Clone, Debug)]
pub(super) enum Does {
    Http(Arc<HttpFunction>),
    /// A function of an MCP server, by the name it has there.
    Mcp(Arc<McpTarget>, String),
    Search(KnowledgeSettings),
    Run(FlowSettings),
}

/// A tool's functions, and what had to be left out.
#[derive(Clone, Debug, Default)]
pub(super) struct Listing {
    pub functions: Vec<Function>,
    pub left_out: Vec<String>,
}

impl Listing {
    pub(super) fn one(function: Function) -> Self {
        Self {
            functions: vec![function],
            left_out: Vec::new(),
        }
    }

    pub(super) fn of_requests(made: Converted) -> Self {
        Self {
            functions: made
                .functions
                .into_iter()
                .map(Function::of_request)
                .collect(),
            left_out: made.left_out,
        }
    }

    pub(super) fn of_server(listing: &McpListing, target: McpTarget) -> Self {
        let target = Arc::new(target);
        let functions = listing.functions.iter().map(|function| Function {
            name: function.name.clone(),
            description: function.description.clone(),
            parameters: function.parameters.clone(),
            does: Does::Mcp(target.clone(), function.actual.clone()),
        });
        Self {
            functions: functions.collect(),
            left_out: listing.left_out.clone(),
        }
    }
}

impl Function {
    pub(super) fn of_request(function: HttpFunction) -> Self {
        Self {
            name: function.name.clone(),
            description: function.description.clone(),
            parameters: function.parameters.clone(),
            does: Does::Http(Arc::new(function)),
        }
    }

    /// What is wrong with arguments, for whoever chose them.
    pub(super) fn misfit(&self, arguments: &Map<String, Value>) -> Option<String> {
        // A schema that is none says nothing; the other side decides.
        let validator = jsonschema::validator_for(&self.parameters).ok()?;
        let value = Value::Object(arguments.clone());
        let problems: Vec<String> = validator
            .iter_errors(&value)
            .take(5)
            .map(|error| {
                let (place, what) = (error.instance_path().to_string(), short(&error.to_string()));
                match place.as_str() {
                    "" => what,
                    place => format!("{}: {what}", place.trim_start_matches('/')),
                }
            })
            .collect();
        if problems.is_empty() {
            return None;
        }
        Some(format!(
            "The arguments of “{}” do not fit its schema: {}. Call it again with arguments that fit.",
            self.name,
            problems.join("; ")
        ))
    }
}

/// Errors of a schema repeat the value, which may be long.
fn short(text: &str) -> String {
    match text.char_indices().nth(300) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// A result of at most `most` bytes, text and value together.
pub(super) fn bounded(mut result: ToolResult, most: usize) -> ToolResult {
    let half = most / 2;
    if result.text.len() > half {
        let total = result.text.len();
        let note = format!("\n[cut: {total} bytes in all]");
        let mut end = half.saturating_sub(note.len());
        while !result.text.is_char_boundary(end) {
            end -= 1;
        }
        result.text.truncate(end);
        result.text.push_str(&note);
        result.passages.clear();
    }
    if headwater_engine::weight::weight(&result.value) > half {
        result.value = Value::String(result.text.clone());
        result.passages.clear();
    }
    result
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    fn function(parameters: Value) -> Function {
        Function {
            name: "f".into(),
            description: String::new(),
            parameters: Arc::new(parameters),
            does: Does::Search(KnowledgeSettings {
                knowledge_bases: Vec::new(),
                limit: 5,
            }),
        }
    }

    #[test]
    fn arguments_that_do_not_fit_are_told_with_their_place() {
        let schema = json!({ "type": "object", "required": ["n"], "properties": { "n": { "type": "integer" } } });
        let function = function(schema);
        let misfit = |arguments: Value| function.misfit(arguments.as_object().unwrap());
        assert_eq!(misfit(json!({ "n": 1 })), None);
        let said = misfit(json!({ "n": "x".repeat(1_000) })).unwrap();
        assert!(said.contains("n: ") && said.len() < 600, "{said}");
        assert!(misfit(json!({})).unwrap().contains("required"));
    }

    #[test]
    fn a_schema_that_is_none_leaves_the_decision_to_the_other_side() {
        let function = function(json!({ "type": "no such type" }));
        assert_eq!(function.misfit(&Map::new()), None);
    }

    #[test]
    fn a_large_result_is_cut_and_says_so() {
        let large = ToolResult::new("ø".repeat(500), json!({ "text": "ø".repeat(500) }));
        let cut = bounded(large.clone(), 400);
        assert!(cut.text.len() <= 200 && cut.text.ends_with("[cut: 1000 bytes in all]"));
        assert_eq!(cut.value, json!(cut.text));
        assert_eq!(bounded(large.clone(), 10_000), large);
    }
}
