//! What a value weighs.

use serde_json::Value;

/// About how many bytes a value takes.
pub fn weight(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(|item| 8 + weight(item)).sum(),
        Value::Object(fields) => fields.iter().map(|(k, v)| k.len() + 8 + weight(v)).sum(),
        _ => 8,
    }
}
