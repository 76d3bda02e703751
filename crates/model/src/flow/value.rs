//! Checking a run's input against a flow's typed inputs.

use serde_json::{Map, Value};

use super::{InputField, InputType, OutputField, Variable};
use crate::{Code, Error, Result};

/// The largest file a run carries, in bytes.
pub const MAX_FILE_BYTES: usize = 3_000_000;

/// Whether a value is a file as runs carry it; whether its data is base64 is seen when it is read.
fn is_file(value: &Value) -> bool {
    let text = |name: &str| value.get(name).is_none_or(Value::is_string);
    value.get("data").is_some_and(Value::is_string) && text("name") && text("media_type")
}

impl InputType {
    /// Whether a value has this type.
    pub fn fits(self, value: &Value) -> bool {
        match self {
            Self::String => value.is_string(),
            Self::Number => value.is_number(),
            Self::Boolean => value.is_boolean(),
            Self::List => value.is_array(),
            Self::Object => value.is_object(),
            Self::File => is_file(value),
        }
    }

    /// What a text means as a value of this type, where texts are all there is: in a query, a header
    /// or a field of a page. Nothing when it means none.
    pub fn read(self, text: &str) -> Option<Value> {
        match self {
            Self::String => Some(Value::from(text)),
            Self::Number => serde_json::from_str::<serde_json::Number>(text.trim())
                .ok()
                .map(Value::Number),
            Self::Boolean => match text.trim() {
                "true" | "yes" | "on" | "1" => Some(Value::from(true)),
                "false" | "no" | "off" | "0" => Some(Value::from(false)),
                _ => None,
            },
            Self::List | Self::Object | Self::File => None,
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
            Self::File => "a file, an object with name, media_type and data in base64",
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

pub(super) fn check_value(field: &InputField, value: &Value) -> Result<()> {
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
    let data = value.get("data").and_then(Value::as_str).unwrap_or("");
    if field.kind == InputType::File && data.len() / 4 * 3 > MAX_FILE_BYTES {
        return Err(Error::new(
            Code::TooLarge,
            format!(
                "The file in the input “{}” has more than {MAX_FILE_BYTES} bytes. Add it to a \
                 knowledge base and give its id instead.",
                field.name
            ),
        )
        .with_field(name)
        .with_limit("file_bytes", None));
    }
    let bounds = [(field.min, "at least", false), (field.max, "at most", true)];
    for (bound, word, most) in bounds {
        if let (Some(bound), Some(number)) = (bound, value.as_f64())
            && (if most { number > bound } else { number < bound })
        {
            return Err(Error::invalid(
                name,
                format!("The input “{}” must be {word} {bound}.", field.name),
            ));
        }
    }
    if !field.options.is_empty() && !field.options.contains(value) {
        let options: Vec<String> = field.options.iter().map(shown).collect();
        return Err(Error::invalid(
            name,
            format!(
                "The input “{}” must be one of: {}.",
                field.name,
                options.join(", ")
            ),
        ));
    }
    if let Some(at) = misfit(field.items, value) {
        let noun = field.items.map_or("", InputType::noun);
        return Err(Error::invalid(
            format!("{name}[{at}]"),
            format!("Item {at} of the input “{}” must be {noun}.", field.name),
        ));
    }
    Ok(())
}

/// The first item of a list that does not have the items' type.
fn misfit(items: Option<InputType>, value: &Value) -> Option<usize> {
    let (kind, items) = (items?, value.as_array()?);
    items.iter().position(|item| !kind.fits(item))
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Whether a run's outputs are what its flow declares; an error names the first that is not. A flow
/// that declares none may put out anything.
pub fn check_outputs(fields: &[OutputField], outputs: &Map<String, Value>) -> Result<()> {
    for field in fields {
        let name = format!("outputs.{}", field.name);
        let value = outputs.get(&field.name).filter(|value| !value.is_null());
        let wrong = match value {
            None if field.required => format!("The output “{}” was not set.", field.name),
            Some(value) if !field.kind.fits(value) => {
                format!("The output “{}” must be {}.", field.name, field.kind.noun())
            }
            Some(value) => match misfit(field.items, value) {
                Some(at) => format!(
                    "Item {at} of the output “{}” must be {}.",
                    field.name,
                    field.items.map_or("", InputType::noun)
                ),
                None => continue,
            },
            None => continue,
        };
        return Err(Error::invalid(name, wrong));
    }
    Ok(())
}

/// Reads `500ms`, `60s`, `5m`, `1h` as milliseconds, up to a day.
pub fn parse_duration(text: &str) -> Option<u64> {
    parse_span(text, 8.64e7)
}

/// Reads durations that people wait, such as `2d`, as milliseconds, up to a year.
pub fn parse_deadline(text: &str) -> Option<u64> {
    parse_span(text, 365.0 * 8.64e7)
}

fn parse_span(text: &str, most: f64) -> Option<u64> {
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let number: f64 = text[..split].parse().ok()?;
    let unit = match text[split..].trim() {
        "ms" => 1.0,
        "s" => 1e3,
        "m" => 6e4,
        "h" => 3.6e6,
        "d" => 8.64e7,
        _ => return None,
    };
    let millis = number * unit;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be in range"
    )]
    (millis.is_finite() && (1.0..=most).contains(&millis)).then_some(millis as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(text: &str) -> InputField {
        serde_norway::from_str(text).unwrap()
    }

    #[test]
    fn inputs_have_options_bounds_and_item_types() {
        let cases = [
            (
                "{ name: a, type: string, options: [x, y] }",
                "\"z\"",
                "one of: x, y",
            ),
            (
                "{ name: a, type: number, min: 1, max: 3 }",
                "4",
                "at most 3",
            ),
            ("{ name: a, type: number, min: 1.5 }", "1", "at least 1.5"),
            (
                "{ name: a, type: list, items: number }",
                "[1, \"b\"]",
                "Item 1",
            ),
        ];
        for (field, value, says) in cases {
            let value: Value = serde_json::from_str(value).unwrap();
            let given = Map::from_iter([("a".to_owned(), value)]);
            let error = check_input(&[input(field)], &given).unwrap_err();
            assert!(error.message.contains(says), "{field}: {}", error.message);
        }
        let fits = Map::from_iter([("a".to_owned(), Value::from(2))]);
        assert!(
            check_input(
                &[input(
                    "{ name: a, type: number, min: 2, max: 2, options: [2] }"
                )],
                &fits
            )
            .is_ok()
        );
    }

    #[test]
    fn a_file_is_an_object_with_data_and_not_too_large() {
        let field = input("{ name: a, type: file }");
        let given = |value: Value| Map::from_iter([("a".to_owned(), value)]);
        let fits =
            serde_json::json!({ "name": "a.txt", "media_type": "text/plain", "data": "SGk=" });
        assert!(check_input(std::slice::from_ref(&field), &given(fits)).is_ok());
        for wrong in [
            serde_json::json!("SGk="),
            serde_json::json!({ "name": "a.txt" }),
            serde_json::json!({ "name": 1, "data": "SGk=" }),
        ] {
            let error = check_input(std::slice::from_ref(&field), &given(wrong)).unwrap_err();
            assert!(error.message.contains("must be a file"), "{error}");
        }
        let large = serde_json::json!({ "data": "A".repeat(MAX_FILE_BYTES / 3 * 4 + 8) });
        let error = check_input(&[field], &given(large)).unwrap_err();
        assert_eq!(error.limit.as_deref(), Some("file_bytes"));
    }

    #[test]
    fn a_text_is_read_as_what_it_must_be() {
        assert_eq!(InputType::Number.read(" 2.5 "), Some(Value::from(2.5)));
        assert_eq!(InputType::Number.read("2,5"), None);
        assert_eq!(InputType::Boolean.read("on"), Some(Value::from(true)));
        assert_eq!(InputType::Boolean.read("perhaps"), None);
        assert_eq!(InputType::String.read("1"), Some(Value::from("1")));
    }

    #[test]
    fn durations_have_units() {
        assert_eq!(parse_duration("1.5s"), Some(1500));
        assert_eq!(parse_duration("20ms"), Some(20));
        assert_eq!(parse_duration("20"), None);
        assert_eq!(parse_duration("9999h"), None);
        assert_eq!(parse_deadline("2d"), Some(2 * 86_400_000));
        assert_eq!(parse_deadline("400d"), None);
    }
}
