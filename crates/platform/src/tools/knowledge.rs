//! A search in knowledge bases as a function.

use std::sync::Arc;

use headwater_model::id::WorkspaceId;
use headwater_model::knowledge::context::{NumberedPassage, render};
use headwater_model::knowledge::retrieval::SearchOptions;
use headwater_model::ports::{Retrieve, RetrieveRequest, ToolResult};
use headwater_model::tool::{KnowledgeSettings, Tool};
use headwater_model::{Code, Result};
use serde_json::{Map, Value, json};

use super::functions::{Does, Function};

/// The longest query, in characters.
const LONGEST: u32 = 2_000;

pub(super) fn function(tool: &Tool, settings: &KnowledgeSettings) -> Function {
    let description = match tool.description.as_str() {
        "" => format!(
            "Searches the documents of {} and gives the passages that fit a query best.",
            settings.knowledge_bases.join(", ")
        ),
        text => text.to_owned(),
    };
    Function {
        name: tool.name.clone(),
        description,
        parameters: Arc::new(json!({
            "type": "object", "required": ["query"], "additionalProperties": false,
            "properties": {
                "query": { "type": "string", "minLength": 1, "maxLength": LONGEST,
                    "description": "What to look for, in words that the documents may use." },
                "limit": { "type": "integer", "minimum": 1, "maximum": 20,
                    "description": format!("How many passages to give; {} when absent.", settings.limit) },
            },
        })),
        does: Does::Search(settings.clone()),
    }
}

/// Searches; passages are numbered as prompts number them, so that they can be cited.
pub(super) async fn search(
    retrieval: &impl Retrieve,
    workspace: WorkspaceId,
    settings: &KnowledgeSettings,
    arguments: &Map<String, Value>,
) -> Result<ToolResult> {
    let limit = arguments.get("limit").and_then(Value::as_u64);
    let request = RetrieveRequest {
        workspace,
        knowledge_bases: settings.knowledge_bases.clone(),
        query: arguments["query"].as_str().unwrap_or_default().to_owned(),
        limit: limit
            .and_then(|n| u32::try_from(n).ok())
            .or(Some(settings.limit)),
        variants: Vec::new(),
        options: SearchOptions::default(),
    };
    let found = match retrieval.retrieve(request).await {
        Ok(found) => found,
        // A knowledge base that was deleted: nothing a second try would change.
        Err(error) if error.code == Code::NotFound => {
            return Ok(ToolResult::failed(error.message));
        }
        Err(error) => return Err(error),
    };
    let numbered: Vec<NumberedPassage> = (1..)
        .zip(&found.passages)
        .map(|(number, passage)| NumberedPassage::of(number, passage))
        .collect();
    let text = match numbered.is_empty() {
        true => "No passage fits this query.".to_owned(),
        false => render(&numbered),
    };
    let value = json!({ "passages": found.passages, "notes": found.notes });
    Ok(ToolResult {
        calls: found.calls,
        passages: found.passages,
        ..ToolResult::new(text, value)
    })
}
