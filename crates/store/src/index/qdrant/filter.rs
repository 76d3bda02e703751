//! Filters as Qdrant has them. Values are looked up as the terms of the embedded index; ranges and
//! parts of texts are compared with the values themselves, one by one.

use headwater_model::knowledge::filter::{Contains, Equals, Exists, FieldValue, Filter, In, Range};
use serde_json::{Map, Value, json};

use super::super::filter as terms;

/// Bytes of a text in one number: what a number of floating point holds exactly.
const AT_ONCE: usize = 6;
/// Numbers of a text. Texts that have their first 66 bytes in common are the same to a range.
const NUMBERS: usize = 11;

/// What a chunk has for its fields: the terms that are looked up, and the values.
pub(super) fn of_fields(fields: &[(String, FieldValue)]) -> (Vec<String>, Vec<Value>) {
    let (mut meta, mut values) = (Vec::new(), Vec::new());
    for (name, value) in fields {
        meta.extend(terms::terms(name, value).into_iter().take(2));
        let mut one = Map::new();
        one.insert("field".to_owned(), json!(name));
        match value {
            FieldValue::Number(number) => {
                one.insert("number".to_owned(), json!(number));
            }
            FieldValue::Text(text) => {
                one.insert("small".to_owned(), json!(text.to_lowercase()));
                for (i, number) in numbers(text).into_iter().enumerate() {
                    one.insert(key(i), json!(number));
                }
            }
            FieldValue::Boolean(_) => continue,
        }
        values.push(Value::Object(one));
    }
    meta.sort_unstable();
    meta.dedup();
    (meta, values)
}

/// The condition that a chunk matches.
pub(super) fn condition(filter: &Filter) -> Value {
    match filter {
        Filter::And(parts) if parts.is_empty() => json!({ "must_not": [nothing()] }),
        Filter::And(parts) => json!({ "must": all(parts) }),
        Filter::Or(parts) if parts.is_empty() => nothing(),
        Filter::Or(parts) => json!({ "should": all(parts) }),
        Filter::Not(part) => json!({ "must_not": [condition(part)] }),
        Filter::Equals(Equals { field, value }) => has(&[terms::term(field, value)]),
        Filter::In(In { field, values }) if values.is_empty() => {
            let _ = field;
            nothing()
        }
        Filter::In(In { field, values }) => {
            let any: Vec<String> = values.iter().map(|v| terms::term(field, v)).collect();
            has(&any)
        }
        Filter::Range(range) => value_of(&range.field, between(range)),
        Filter::Contains(Contains { field, text }) => {
            let part = json!({ "key": "small", "match": { "substring": text.to_lowercase() } });
            value_of(field, vec![part])
        }
        Filter::Exists(Exists { field }) => has(&[terms::exists(field)]),
    }
}

fn all(parts: &[Filter]) -> Vec<Value> {
    parts.iter().map(condition).collect()
}

fn nothing() -> Value {
    json!({ "has_id": [] })
}

fn has(any: &[String]) -> Value {
    json!({ "key": "meta", "match": { "any": any } })
}

/// One of the values of a field meets all conditions.
fn value_of(field: &str, mut conditions: Vec<Value>) -> Value {
    conditions.push(json!({ "key": "field", "match": { "value": field } }));
    json!({ "nested": { "key": "values", "filter": { "must": conditions } } })
}

fn between(range: &Range) -> Vec<Value> {
    let mut conditions = Vec::with_capacity(2);
    for (bound, beyond, within) in [(&range.from, "gt", "gte"), (&range.to, "lt", "lte")] {
        match bound {
            Some(FieldValue::Number(number)) => {
                conditions.push(json!({ "key": "number", "range": { within: number } }));
            }
            Some(FieldValue::Text(text)) => {
                conditions.push(texts(&numbers(text), beyond, within));
            }
            // Booleans have no order.
            Some(FieldValue::Boolean(_)) => conditions.push(nothing()),
            None => {}
        }
    }
    if conditions.is_empty() {
        // Without bounds any text is within.
        conditions.push(json!({ "key": key(0), "range": { "gte": 0 } }));
    }
    conditions
}

/// A text lies beyond another one when it does so in its first number, or is the same there and does
/// so in its next, …
fn texts(bound: &[u64], beyond: &str, within: &str) -> Value {
    let last = bound.len() - 1;
    let ways = bound.iter().enumerate().map(|(i, number)| {
        let mut must: Vec<Value> = bound[..i]
            .iter()
            .enumerate()
            .map(|(i, same)| json!({ "key": key(i), "range": { "gte": same, "lte": same } }))
            .collect();
        let how = if i == last { within } else { beyond };
        must.push(json!({ "key": key(i), "range": { how: number } }));
        json!({ "must": must })
    });
    json!({ "should": ways.collect::<Vec<_>>() })
}

fn key(i: usize) -> String {
    format!("text_{i}")
}

/// A text as numbers that sort as it does: its bytes in groups, and a zero after the last one.
fn numbers(text: &str) -> Vec<u64> {
    let mut numbers: Vec<u64> = text
        .as_bytes()
        .chunks(AT_ONCE)
        .take(NUMBERS)
        .map(|bytes| {
            let digit = |i: usize| u64::from(bytes.get(i).copied().unwrap_or(0));
            (0..AT_ONCE).fold(0, |sum, i| sum << 8 | digit(i))
        })
        .collect();
    if numbers.len() < NUMBERS {
        numbers.push(0);
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_sort_as_their_numbers_do() {
        let texts = [
            "",
            "2025-12-31",
            "2026",
            "2026-0",
            "2026-01",
            "a",
            "abcdef",
            "abcdefg",
            "é",
        ];
        assert!(texts.is_sorted());
        let numbers = texts.map(numbers);
        assert!(numbers.is_sorted_by(|a, b| a < b));
        assert!(numbers.iter().flatten().all(|n| *n < 1 << 48));
        let long = "x".repeat(70);
        assert_eq!(super::numbers(&long).len(), NUMBERS);
    }

    #[test]
    fn what_is_empty_matches_all_or_nothing() {
        assert_eq!(condition(&Filter::Or(Vec::new())), json!({ "has_id": [] }));
        assert!(condition(&Filter::And(Vec::new()))["must_not"].is_array());
    }
}
