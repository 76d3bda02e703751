//! Answers that have a form: JSON that fits a schema. A model that misses it is shown where, and
//! asked again.

use std::sync::Arc;

use headwater_model::ports::{ChatMessage, ChatRole, ResponseSchema};
use headwater_model::{Code, Error, Result};
use serde_json::{Map, Value};

use super::{Answer, Asking, Question, Voice};
use crate::compile::Compiler;
use crate::step::CallContext;

/// The most mistakes a model is shown at once.
const MOST_MISTAKES: usize = 10;
/// The most repairs that may be set.
pub(crate) const MOST_REPAIRS: u32 = 5;

/// What vendors can enforce to the letter; a schema that says more is checked here only.
const ENFORCEABLE: [&str; 13] = [
    "$defs",
    "$ref",
    "$schema",
    "additionalProperties",
    "anyOf",
    "const",
    "description",
    "enum",
    "items",
    "properties",
    "required",
    "title",
    "type",
];

/// A form, compiled.
#[derive(Debug)]
pub(crate) struct Form {
    response: ResponseSchema,
    validator: jsonschema::Validator,
    /// How many more times to ask a model that missed the form.
    repairs: u32,
}

/// An answer that fits.
#[derive(Debug)]
pub(crate) struct Filled {
    /// The last answer; its text is the JSON alone.
    pub answer: Answer,
    pub value: Value,
}

impl Form {
    /// Compiles the schema in the setting `field`.
    pub fn compile(
        compiler: &mut Compiler<'_>,
        field: &str,
        schema: Map<String, Value>,
        repairs: u32,
    ) -> Option<Self> {
        if repairs > MOST_REPAIRS {
            let message = format!("A model is asked for at most {MOST_REPAIRS} repairs.");
            compiler.problem("repair", message, "Use a smaller number.");
        }
        if schema.get("type").and_then(Value::as_str) != Some("object") {
            compiler.problem(
                field,
                "The schema must describe an object.",
                "Write `type: object` and put what you want into `properties`.",
            );
            return None;
        }
        let schema = Value::Object(schema);
        match jsonschema::validator_for(&schema) {
            Ok(validator) => Some(Self {
                response: ResponseSchema {
                    name: "answer".to_owned(),
                    strict: is_strict(&schema),
                    schema: Arc::new(schema),
                },
                validator,
                repairs,
            }),
            Err(error) => {
                let message = format!("The schema is not a JSON schema: {error}.");
                compiler.problem(field, message, "Correct it.");
                None
            }
        }
    }

    /// Asks until the answer fits, or the repairs are used up.
    pub async fn fill(
        &self,
        asking: &Asking,
        context: &CallContext,
        messages: &[ChatMessage],
    ) -> Result<Filled> {
        let mut messages = messages.to_vec();
        let mut left = self.repairs;
        loop {
            let question = Question {
                form: Some(&self.response),
                voice: Voice::Quiet,
                ..Question::of(&messages)
            };
            let mut answer = asking.ask(context, question).await?;
            let mistakes = match self.read(&answer.text) {
                Ok((json, value)) => {
                    answer.text = json;
                    return Ok(Filled { answer, value });
                }
                Err(mistakes) => mistakes,
            };
            if left == 0 {
                return Err(Error::new(
                    Code::Upstream,
                    format!(
                        "The model's answer does not have the form that was asked for: {} Choose a \
                         model that can, or allow more repairs.",
                        mistakes.join(" ")
                    ),
                ));
            }
            left -= 1;
            context.settle();
            if !answer.text.trim().is_empty() {
                messages.push(ChatMessage::text(ChatRole::Assistant, answer.text));
            }
            messages.push(ChatMessage::text(ChatRole::User, complaint(&mistakes)));
        }
    }

    /// The JSON of an answer and its value, or what is wrong with it.
    fn read(&self, text: &str) -> Result<(String, Value), Vec<String>> {
        let json = json_in(text);
        let value: Value = serde_json::from_str(json)
            .map_err(|error| vec![format!("It is not JSON: {error}.")])?;
        let mistakes: Vec<String> = self
            .validator
            .iter_errors(&value)
            .take(MOST_MISTAKES)
            .map(|error| match error.instance_path().as_str() {
                "" => format!("{error}."),
                path => format!("At {path}: {error}."),
            })
            .collect();
        match mistakes.is_empty() {
            true => Ok((json.to_owned(), value)),
            false => Err(mistakes),
        }
    }
}

fn complaint(mistakes: &[String]) -> String {
    format!(
        "Your answer does not have the form that was asked for:\n- {}\n\nAnswer again, with nothing \
         but JSON that fits the schema.",
        mistakes.join("\n- ")
    )
}

/// The JSON in an answer: some models wrap it in a fence or in words.
fn json_in(text: &str) -> &str {
    let text = text.trim();
    if text.starts_with('{') {
        return text;
    }
    match (text.find('{'), text.rfind('}')) {
        (Some(open), Some(close)) if open < close => &text[open..=close],
        _ => text,
    }
}

/// Whether vendors that enforce schemas accept it: every object closed, every field required.
fn is_strict(schema: &Value) -> bool {
    let Value::Object(schema) = schema else {
        return false;
    };
    let all = |name: &str| match schema.get(name) {
        Some(Value::Object(inner)) => inner.values().all(is_strict),
        Some(Value::Array(inner)) => inner.iter().all(is_strict),
        _ => true,
    };
    let is_object = schema.get("type").is_some_and(|kind| match kind {
        Value::Array(kinds) => kinds.iter().any(|kind| kind == "object"),
        kind => kind == "object",
    });
    let closed = || {
        let required = schema.get("required").and_then(Value::as_array);
        let is_required = |name: &String| {
            required.is_some_and(|names| names.iter().any(|n| n.as_str() == Some(name)))
        };
        let properties = schema.get("properties").and_then(Value::as_object);
        schema.get("additionalProperties") == Some(&Value::Bool(false))
            && properties.is_some_and(|properties| properties.keys().all(is_required))
    };
    schema.keys().all(|key| ENFORCEABLE.contains(&key.as_str()))
        && (!is_object || closed())
        && all("properties")
        && all("$defs")
        && all("anyOf")
        && schema.get("items").is_none_or(is_strict)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn json_is_found_in_fences_and_words() {
        for text in [
            "{\"a\": {}}",
            "```json\n{\"a\": {}}\n```",
            "Here it is: {\"a\": {}}. Anything else?",
        ] {
            assert_eq!(json_in(text), "{\"a\": {}}", "{text}");
        }
        assert_eq!(json_in("no"), "no");
    }

    #[test]
    fn only_closed_schemas_are_left_to_the_vendor() {
        let closed = json!({
            "type": "object", "additionalProperties": false, "required": ["a"],
            "properties": { "a": { "type": "array", "items": { "type": "string" } } },
        });
        assert!(is_strict(&closed));
        let mut open = closed.clone();
        open["additionalProperties"] = json!(true);
        let mut optional = closed.clone();
        optional["required"] = json!([]);
        let mut inner = closed.clone();
        inner["properties"]["a"]["items"] = json!({ "type": "object" });
        let mut richer = closed;
        richer["properties"]["a"]["minItems"] = json!(1);
        for schema in [open, optional, inner, richer] {
            assert!(!is_strict(&schema), "{schema}");
        }
    }
}
