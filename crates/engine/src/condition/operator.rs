//! The operators of conditions.

use headwater_model::flow::InputType;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::template::write_value;

/// How to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    Equals,
    NotEquals,
    /// Text in text, an item in a list, a key in an object.
    Contains,
    NotContains,
    /// At least one of the list `to`.
    ContainsAny,
    /// Every one of the list `to`.
    ContainsAll,
    /// The value is one of the list `to`.
    In,
    NotIn,
    StartsWith,
    EndsWith,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    /// The number of characters, items or keys.
    LengthEquals,
    LengthGreater,
    LengthLess,
    /// Nothing, or an empty text, list or object.
    IsEmpty,
    IsNotEmpty,
    /// There is a value, be it empty.
    IsPresent,
    IsAbsent,
    IsTrue,
    IsFalse,
}

use InputType::{Boolean, List, Number, Object, String as Text};

impl Operator {
    /// The name in a flow file.
    pub fn name(self) -> String {
        let name = serde_json::to_value(self).ok();
        name.and_then(|name| Some(name.as_str()?.to_owned()))
            .unwrap_or_default()
    }

    /// Whether there is a `to`.
    pub(super) fn compares(self) -> bool {
        !matches!(
            self,
            Self::IsEmpty
                | Self::IsNotEmpty
                | Self::IsPresent
                | Self::IsAbsent
                | Self::IsTrue
                | Self::IsFalse
        )
    }

    /// The types `value` may have; `None`: any. Text may hold a number or a boolean.
    pub(super) fn takes(self) -> Option<&'static [InputType]> {
        match self {
            Self::Contains | Self::NotContains | Self::ContainsAny | Self::ContainsAll => {
                Some(&[Text, List, Object])
            }
            Self::LengthEquals | Self::LengthGreater | Self::LengthLess => {
                Some(&[Text, List, Object])
            }
            Self::StartsWith | Self::EndsWith => Some(&[Text]),
            Self::Greater | Self::GreaterOrEqual | Self::Less | Self::LessOrEqual => {
                Some(&[Number, Text])
            }
            Self::IsTrue | Self::IsFalse => Some(&[Boolean, Text]),
            _ => None,
        }
    }

    /// The types `to` may have; `None`: any.
    pub(super) fn takes_to(self) -> Option<&'static [InputType]> {
        match self {
            Self::ContainsAny | Self::ContainsAll | Self::In | Self::NotIn => Some(&[List]),
            Self::StartsWith | Self::EndsWith => Some(&[Text]),
            Self::Greater
            | Self::GreaterOrEqual
            | Self::Less
            | Self::LessOrEqual
            | Self::LengthEquals
            | Self::LengthGreater
            | Self::LengthLess => Some(&[Number, Text]),
            _ => None,
        }
    }

    /// Whether the comparison holds. What cannot be compared does not hold.
    pub fn holds(self, value: &Value, to: &Value) -> bool {
        let compare = |holds: fn(f64, f64) -> bool| {
            let sides = number(value).zip(number(to));
            sides.is_some_and(|(value, to)| holds(value, to))
        };
        let measure = |holds: fn(f64, f64) -> bool| {
            let sides = length(value).zip(number(to));
            sides.is_some_and(|(length, to)| holds(length, to))
        };
        match self {
            Self::Equals => equal(value, to),
            Self::NotEquals => !equal(value, to),
            Self::Contains => contains(value, to),
            Self::NotContains => !contains(value, to),
            Self::ContainsAny => items(to).iter().any(|to| contains(value, to)),
            Self::ContainsAll => to.is_array() && items(to).iter().all(|to| contains(value, to)),
            Self::In => items(to).iter().any(|to| equal(value, to)),
            Self::NotIn => !items(to).iter().any(|to| equal(value, to)),
            Self::StartsWith => text(value).starts_with(&text(to)),
            Self::EndsWith => text(value).ends_with(&text(to)),
            Self::Greater => compare(|value, to| value > to),
            Self::GreaterOrEqual => compare(|value, to| value >= to),
            Self::Less => compare(|value, to| value < to),
            Self::LessOrEqual => compare(|value, to| value <= to),
            #[expect(clippy::float_cmp, reason = "lengths are whole numbers")]
            Self::LengthEquals => measure(|length, to| length == to),
            Self::LengthGreater => measure(|length, to| length > to),
            Self::LengthLess => measure(|length, to| length < to),
            Self::IsEmpty => empty(value),
            Self::IsNotEmpty => !empty(value),
            Self::IsPresent => !value.is_null(),
            Self::IsAbsent => value.is_null(),
            Self::IsTrue => truth(value) == Some(true),
            Self::IsFalse => truth(value) == Some(false),
        }
    }
}

/// Numbers compare as numbers; values of different types compare as they would be written.
fn equal(value: &Value, to: &Value) -> bool {
    match (value, to) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (a, b) if std::mem::discriminant(a) == std::mem::discriminant(b) => a == b,
        (a, b) => text(a) == text(b),
    }
}

fn contains(value: &Value, to: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| equal(item, to)),
        Value::Object(fields) => fields.contains_key(&text(to)),
        other => text(other).contains(&text(to)),
    }
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "no value has that many characters or items"
)]
fn length(value: &Value) -> Option<f64> {
    match value {
        Value::Null => Some(0),
        Value::String(text) => Some(text.chars().count()),
        Value::Array(items) => Some(items.len()),
        Value::Object(fields) => Some(fields.len()),
        Value::Bool(_) | Value::Number(_) => None,
    }
    .map(|length: usize| length as f64)
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::String(text) if text == "true" => Some(true),
        Value::String(text) if text == "false" => Some(false),
        _ => None,
    }
}

fn text(value: &Value) -> String {
    let mut out = String::new();
    write_value(value, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn operators_respect_types() {
        use Operator::*;
        let table = [
            (Equals, json!(1), json!(1.0), true),
            (Equals, json!(5), json!("5"), true),
            (Equals, json!(null), json!(""), true),
            (NotEquals, json!("a"), json!("b"), true),
            (Contains, json!(["a", 2]), json!(2), true),
            (Contains, json!({"k": 1}), json!("k"), true),
            (Contains, json!("headwater"), json!("water"), true),
            (NotContains, json!([]), json!(1), true),
            (ContainsAny, json!(["a"]), json!(["b", "a"]), true),
            (ContainsAny, json!("abc"), json!(["x", "c"]), true),
            (ContainsAll, json!(["a"]), json!(["b", "a"]), false),
            (
                ContainsAll,
                json!({"a": 1, "b": 2}),
                json!(["b", "a"]),
                true,
            ),
            (In, json!(2), json!([1, "2"]), true),
            (NotIn, json!(2), json!([1]), true),
            (StartsWith, json!("abc"), json!("ab"), true),
            (EndsWith, json!("abc"), json!("ab"), false),
            (IsEmpty, json!([]), json!(null), true),
            (IsEmpty, json!(0), json!(null), false),
            (IsNotEmpty, json!("x"), json!(null), true),
            (IsPresent, json!(""), json!(null), true),
            (IsAbsent, json!(null), json!(null), true),
            (Greater, json!(10), json!("9"), true),
            (Greater, json!("b"), json!("a"), false),
            (GreaterOrEqual, json!(2), json!(2), true),
            (Less, json!(1), json!(2), true),
            (LessOrEqual, json!(3), json!(2), false),
            (LengthEquals, json!("äöü"), json!(3), true),
            (LengthGreater, json!([1, 2]), json!(1), true),
            (LengthLess, json!({}), json!(1), true),
            (LengthLess, json!(7), json!(100), false),
            (IsTrue, json!(true), json!(null), true),
            (IsFalse, json!(null), json!(null), false),
        ];
        for (op, value, to, expected) in table {
            assert_eq!(op.holds(&value, &to), expected, "{value} {op:?} {to}");
        }
    }
}
