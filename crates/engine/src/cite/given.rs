//! Passages as a step gives them: numbered, as values for the flow and as text for a model.

use headwater_model::knowledge::Passage;
use headwater_model::knowledge::context::{NumberedPassage, render};
use headwater_model::ports::ToolResult;
use headwater_model::{Error, Result};
use serde_json::{Value, json};

use crate::step::CallContext;

/// Passages with their numbers in this run.
pub struct Given {
    /// Each with its `number`.
    pub values: Vec<Value>,
    /// All of them, as prompts have them.
    pub context: String,
}

impl Given {
    /// Numbers what was found.
    pub fn of(context: &CallContext, passages: Vec<Passage>) -> Result<Self> {
        let numbered = context.number(passages);
        let prompt: Vec<NumberedPassage> = numbered
            .iter()
            .map(|(number, passage)| NumberedPassage::of(*number, passage))
            .collect();
        let values = numbered.iter().map(|(number, passage)| {
            let mut value = serde_json::to_value(passage).map_err(Error::internal)?;
            value["number"] = json!(number);
            Ok(value)
        });
        Ok(Self {
            values: values.collect::<Result<_>>()?,
            context: render(&prompt),
        })
    }
}

/// A tool's result with what it asked of models booked, and what it found numbered as all passages of
/// the run are, so that they can be cited.
pub fn numbered(context: &CallContext, mut result: ToolResult) -> Result<ToolResult> {
    context.made(std::mem::take(&mut result.calls));
    let passages = std::mem::take(&mut result.passages);
    if !passages.is_empty() {
        let given = Given::of(context, passages)?;
        result.text = given.context;
        result.value["passages"] = Value::Array(given.values);
    }
    Ok(result)
}
