//! Checking a run's input against a flow's typed inputs.

use serde_json::{Map, Value};

use super::{InputField, InputType, Variable};
use crate::{Error, Result};

impl InputType {
    /// Whether a value has this type.
    pub fn fits(self, value: &Value) -> bool {
        match self {
            Self::String => value.is_string(),
            Self::Number => value.is_number(),
            Self::Boolean => value.is_boolean(),
            Self::List => value.is_array(),
            Self::Object => value.is_object(),
        }
    }

    /// The type in a sentence.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::String => "text",
            Self::Number => "a number",
            Self::Boolean => "true or false",
            Self::List => "a list",
            Self::Object => "an object",
        }
    }
}

/// The conversation's variables at the start of a run: what was kept, where it still fits, and
/// defaults for the rest.
pub fn conversation_variables(
    variables: &[Variable],
    kept: &Map<String, Value>,
) -> Map<String, Value> {
    variables
        .iter()
        .map(|variable| {
            let value = kept
                .get(&variable.name)
                .filter(|value| value.is_null() || variable.kind.fits(value))
                .or(variable.default.as_ref());
            (variable.name.clone(), value.cloned().unwrap_or_default())
        })
        .collect()
}

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
    let name = format!("input.{}", field.name);
    if !field.kind.fits(value) {
        return Err(Error::invalid(
            name,
            format!("The input “{}” must be {}.", field.name, field.kind.noun()),
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
