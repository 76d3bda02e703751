//! Conditions on the fields that chunks have from their documents.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// The deepest that conditions may stand in conditions.
const DEEPEST: usize = 8;
/// The most conditions of one filter, and values of one `in`.
const MOST: usize = 256;
/// The longest name of a field, and the longest text it is compared with, in bytes.
const LONGEST: usize = 512;

/// What a field holds, and what it is compared with. Values of different types are never equal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(untagged)]
pub enum FieldValue {
    Boolean(bool),
    Number(f64),
    Text(String),
}

impl From<&str> for FieldValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// A condition. A field with several values matches when one of them does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Filter {
    /// All of them hold.
    #[schema(no_recursion)]
    And(Vec<Filter>),
    /// One of them holds.
    #[schema(no_recursion)]
    Or(Vec<Filter>),
    /// It does not hold.
    #[schema(no_recursion)]
    Not(Box<Filter>),
    /// The field has this value.
    Equals(Equals),
    /// The field has one of these values.
    In(In),
    /// The field's value lies between two numbers or two texts.
    Range(Range),
    /// The field's text contains this, whatever its capitals.
    Contains(Contains),
    /// The field has a value.
    Exists(Exists),
}

/// A field and a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Equals {
    pub field: String,
    pub value: FieldValue,
}

/// A field and values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct In {
    pub field: String,
    pub values: Vec<FieldValue>,
}

/// A field and bounds, of which at least one is there. Texts, times among them, by the alphabet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Range {
    pub field: String,
    /// At least this.
    #[serde(default)]
    pub from: Option<FieldValue>,
    /// At most this.
    #[serde(default)]
    pub to: Option<FieldValue>,
}

/// A field and a part of its text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Contains {
    pub field: String,
    pub text: String,
}

/// A field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Exists {
    pub field: String,
}

impl Filter {
    /// The field has the value.
    pub fn equals(field: &str, value: impl Into<FieldValue>) -> Self {
        Self::Equals(Equals {
            field: field.to_owned(),
            value: value.into(),
        })
    }

    /// Says what is wrong with it, in the words of whoever wrote it.
    pub fn check(&self) -> Result<()> {
        let mut conditions = 0;
        self.check_at(1, &mut conditions)
    }

    fn check_at(&self, depth: usize, conditions: &mut usize) -> Result<()> {
        *conditions += 1;
        if depth > DEEPEST || *conditions > MOST {
            return refuse(format!(
                "A filter may have at most {MOST} conditions, {DEEPEST} deep. Ask for less."
            ));
        }
        match self {
            Self::And(parts) | Self::Or(parts) => {
                if parts.is_empty() {
                    return refuse("`and` and `or` need at least one condition.");
                }
                parts
                    .iter()
                    .try_for_each(|part| part.check_at(depth + 1, conditions))
            }
            Self::Not(part) => part.check_at(depth + 1, conditions),
            Self::Equals(Equals { field, value }) => {
                check_name(field)?;
                check_value(value)
            }
            Self::In(In { field, values }) => {
                check_name(field)?;
                if values.is_empty() || values.len() > MOST {
                    return refuse(format!("`in` needs 1 to {MOST} values."));
                }
                values.iter().try_for_each(check_value)
            }
            Self::Range(Range { field, from, to }) => {
                check_name(field)?;
                check_bounds(from.as_ref(), to.as_ref())
            }
            Self::Contains(Contains { field, text }) => {
                check_name(field)?;
                if text.is_empty() {
                    return refuse("`contains` needs a text to look for.");
                }
                check_length(text)
            }
            Self::Exists(Exists { field }) => check_name(field),
        }
    }
}

fn check_bounds(from: Option<&FieldValue>, to: Option<&FieldValue>) -> Result<()> {
    match (from, to) {
        (None, None) => refuse("`range` needs `from` or `to`, or both."),
        (Some(FieldValue::Number(_)) | None, Some(FieldValue::Number(_)) | None)
        | (Some(FieldValue::Text(_)) | None, Some(FieldValue::Text(_)) | None) => {
            [from, to].into_iter().flatten().try_for_each(check_value)
        }
        _ => refuse("`from` and `to` of a `range` must both be numbers or both be texts."),
    }
}

fn check_name(field: &str) -> Result<()> {
    if field.is_empty() || field.contains('\0') {
        return refuse("Every condition needs the name of a field.");
    }
    check_length(field)
}

fn check_value(value: &FieldValue) -> Result<()> {
    match value {
        FieldValue::Number(number) if !number.is_finite() => {
            refuse("A number in a filter must be finite.")
        }
        FieldValue::Text(text) => check_length(text),
        _ => Ok(()),
    }
}

fn check_length(text: &str) -> Result<()> {
    if text.len() > LONGEST {
        return refuse(format!(
            "Names and texts in a filter may have at most {LONGEST} bytes."
        ));
    }
    Ok(())
}

fn refuse(message: impl Into<String>) -> Result<()> {
    Err(Error::invalid("filter", message.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Filter {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_filter_reads_like_what_it_says() {
        let filter = read(
            r#"{"and": [{"equals": {"field": "media_type", "value": "text/html"}},
                {"not": {"range": {"field": "page", "from": 3}}},
                {"or": [{"exists": {"field": "year"}}, {"in": {"field": "tag", "values": ["a", 2, true]}}]}]}"#,
        );
        filter.check().unwrap();
        let Filter::And(parts) = &filter else {
            panic!("{filter:?}");
        };
        assert_eq!(parts[0], Filter::equals("media_type", "text/html"));
        let written = serde_json::to_string(&filter).unwrap();
        assert_eq!(read(&written), filter);
    }

    #[test]
    fn a_filter_that_cannot_work_says_why() {
        for (text, why) in [
            (r#"{"and": []}"#, "at least one"),
            (r#"{"range": {"field": "page"}}"#, "`from` or `to`"),
            (
                r#"{"range": {"field": "page", "from": 1, "to": "x"}}"#,
                "both",
            ),
            (r#"{"contains": {"field": "name", "text": ""}}"#, "text"),
            (r#"{"exists": {"field": ""}}"#, "name of a field"),
        ] {
            let error = read(text).check().unwrap_err();
            assert_eq!(error.field.as_deref(), Some("filter"));
            assert!(error.message.contains(why), "{}", error.message);
        }
        let deep = (0..20).fold(Filter::equals("a", "b"), |inner, _| {
            Filter::Not(Box::new(inner))
        });
        assert!(deep.check().is_err());
    }
}
