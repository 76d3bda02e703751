//! Checking a run's input against a flow's typed inputs.

use serde_json::{Map, Value};

use super::{InputField, InputType};
use crate::{Error, Result};

/// The input with defaults filled in; an error names the first field that does not fit.
pub fn check_input(
    fields: &[InputField],
    input: &Map<String, Value>,
) -> Result<Map<String, Value>> {
    if let Some(unknown) = input
        .keys()
        .find(|key| fields.iter().all(|f| &f.name != *key))
    {
        let known: Vec<&str> = fields.iter().map(|f| f.name.as_str()).collect();
        return Err(Error::invalid(
            format!("input.{unknown}"),
            format!(
                "This flow has no input “{unknown}”; it has: {}.",
                known.join(", ")
            ),
        ));
    }
    let mut out = Map::new();
    for field in fields {
        let value = match input.get(&field.name) {
            None | Some(Value::Null) => field.default.clone(),
            Some(value) => Some(value.clone()),
        };
        match value {
            Some(value) => {
                check_value(field, &value)?;
                out.insert(field.name.clone(), value);
            }
            None if field.required => {
                return Err(Error::invalid(
                    format!("input.{}", field.name),
                    format!("The input “{}” is required.", field.name),
                ));
            }
            None => {}
        }
    }
    Ok(out)
}

fn check_value(field: &InputField, value: &Value) -> Result<()> {
    let (fits, expected) = match field.kind {
        InputType::String => (value.is_string(), "text"),
        InputType::Number => (value.is_number(), "a number"),
        InputType::Boolean => (value.is_boolean(), "true or false"),
        InputType::List => (value.is_array(), "a list"),
        InputType::Object => (value.is_object(), "an object"),
    };
    let name = format!("input.{}", field.name);
    if !fits {
        return Err(Error::invalid(
            name,
            format!("The input “{}” must be {expected}.", field.name),
        ));
    }
    if let (Some(max), Value::String(text)) = (field.max_length, value)
        && text.chars().count() > max as usize
    {
        return Err(Error::invalid(
            name,
            format!(
                "The input “{}” may have at most {max} characters.",
                field.name
            ),
        ));
    }
    Ok(())
}

/// Reads `500ms`, `60s`, `5m`, `1h` as milliseconds.
pub fn parse_duration(text: &str) -> Option<u64> {
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let number: f64 = text[..split].parse().ok()?;
    let unit = match text[split..].trim() {
        "ms" => 1.0,
        "s" => 1e3,
        "m" => 6e4,
        "h" => 3.6e6,
        _ => return None,
    };
    let millis = number * unit;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be in range"
    )]
    (millis.is_finite() && (1.0..=8.64e7).contains(&millis)).then_some(millis as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        assert_eq!(parse_duration("1.5s"), Some(1500));
        assert_eq!(parse_duration("20ms"), Some(20));
        assert_eq!(parse_duration("20"), None);
        assert_eq!(parse_duration("9999h"), None);
    }
}
