//! What a model may call, and its calls.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Something a model may call.
#[derive(Clone, Debug, PartialEq)]
pub struct Tool {
    /// Letters, digits, `_` and `-`, at most 64.
    pub name: String,
    /// For the model: what it does and when to use it.
    pub description: String,
    /// The JSON schema of its arguments, an object.
    pub parameters: Arc<Value>,
}

/// Whether a model must call something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ToolChoice {
    /// As it likes.
    #[default]
    Auto,
    /// It must answer.
    None,
    /// It must call at least one.
    Any,
    /// It must call this one.
    Named(String),
}

/// A model's wish to call a tool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolCall {
    /// The vendor's; the result names it.
    pub id: String,
    pub name: String,
    /// As the model wrote them, which need not be JSON: see [`ToolCall::read`].
    pub arguments: String,
}

/// Why arguments cannot be used: a sentence the model can learn from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    pub tool: String,
    pub reason: String,
}

impl ToolCall {
    /// The arguments, when they are what arguments must be. None at all are an empty object.
    pub fn read(&self) -> Result<Map<String, Value>, Malformed> {
        let malformed = |reason: String| Malformed {
            tool: self.name.clone(),
            reason,
        };
        if self.arguments.trim().is_empty() {
            return Ok(Map::new());
        }
        match serde_json::from_str(&self.arguments) {
            Ok(Value::Object(fields)) => Ok(fields),
            Ok(_) => Err(malformed("they are not an object".to_owned())),
            Err(error) => Err(malformed(error.to_string())),
        }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tool, reason } = self;
        write!(
            f,
            "The arguments of “{tool}” are not a JSON object: {reason}. Call it again with arguments \
             that fit its schema."
        )
    }
}

impl std::error::Error for Malformed {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_that_are_no_object_become_a_sentence_for_the_model() {
        let call = |arguments: &str| ToolCall {
            id: "c1".into(),
            name: "weather".into(),
            arguments: arguments.into(),
        };
        assert_eq!(call("{\"city\": \"Oslo\"}").read().unwrap()["city"], "Oslo");
        assert!(call(" ").read().unwrap().is_empty());
        for wrong in ["{\"city\": \"Os", "[1]", "Oslo"] {
            let said = call(wrong).read().unwrap_err().to_string();
            assert!(
                said.starts_with("The arguments of “weather” are not"),
                "{said}"
            );
        }
    }
}
