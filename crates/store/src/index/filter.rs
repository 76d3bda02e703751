//! Filters as queries of the index. Every field's value is a term that begins with the field's name
//! and the value's type, in an order that ranges can use.

use std::ops::Bound;

use headwater_model::knowledge::filter::{Contains, Equals, Exists, FieldValue, Filter, In, Range};
use tantivy::Term;
use tantivy::query::{
    AllQuery, BooleanQuery, Occur, Query, RangeQuery, RegexQuery, TermQuery, TermSetQuery,
};
use tantivy::schema::{Field, IndexRecordOption};

/// Tantivy's terms have at most 65,530 bytes; a longer value is cut, and found by its beginning.
const LONGEST: usize = 4_096;
/// Between a field's name and its value; names cannot have it.
pub(super) const END: char = '\0';

/// The terms that a chunk has for one of its fields.
pub(super) fn terms(name: &str, value: &FieldValue) -> Vec<String> {
    let mut out = vec![exists(name), term(name, value)];
    if let FieldValue::Text(text) = value {
        out.push(format!("{name}{END}l{}", cut(&text.to_lowercase())));
    }
    out
}

pub(super) fn exists(name: &str) -> String {
    format!("{name}{END}e")
}

pub(super) fn term(name: &str, value: &FieldValue) -> String {
    match value {
        FieldValue::Boolean(is) => format!("{name}{END}b{}", u8::from(*is)),
        FieldValue::Number(number) => format!("{name}{END}n{:016x}", sortable(*number)),
        FieldValue::Text(text) => format!("{name}{END}t{}", cut(text)),
    }
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST)]
}

/// Bits that sort as the numbers do.
fn sortable(number: f64) -> u64 {
    // Zero has two forms that are equal.
    let bits = (number + 0.0).to_bits();
    if bits >> 63 == 1 {
        !bits
    } else {
        bits | 1 << 63
    }
}

/// The chunks that match, as a query that gives no score.
pub(super) fn query(filter: &Filter, field: Field) -> tantivy::Result<Box<dyn Query>> {
    let one = |text: &str| -> Box<dyn Query> {
        Box::new(TermQuery::new(
            Term::from_field_text(field, text),
            IndexRecordOption::Basic,
        ))
    };
    Ok(match filter {
        Filter::And(parts) => all(parts, Occur::Must, field)?,
        Filter::Or(parts) => all(parts, Occur::Should, field)?,
        Filter::Not(part) => Box::new(BooleanQuery::new(vec![
            (Occur::Must, Box::new(AllQuery)),
            (Occur::MustNot, query(part, field)?),
        ])),
        Filter::Equals(Equals { field: name, value }) => one(&term(name, value)),
        Filter::In(In {
            field: name,
            values,
        }) => Box::new(TermSetQuery::new(
            values
                .iter()
                .map(|value| Term::from_field_text(field, &term(name, value))),
        )),
        Filter::Range(range) => between(range, field),
        Filter::Contains(Contains { field: name, text }) => {
            let pattern = format!(
                "{}.*{}.*",
                literal(&format!("{name}{END}l")),
                literal(&text.to_lowercase())
            );
            // The dot is any character, a line's end too.
            Box::new(RegexQuery::from_pattern(&format!("(?s){pattern}"), field)?)
        }
        Filter::Exists(Exists { field: name }) => one(&exists(name)),
    })
}

fn all(parts: &[Filter], occur: Occur, field: Field) -> tantivy::Result<Box<dyn Query>> {
    let parts = parts
        .iter()
        .map(|part| Ok((occur, query(part, field)?)))
        .collect::<tantivy::Result<Vec<_>>>()?;
    Ok(Box::new(BooleanQuery::new(parts)))
}

fn between(range: &Range, field: Field) -> Box<dyn Query> {
    let name = &range.field;
    let bound = |value: &Option<FieldValue>| {
        value
            .as_ref()
            .map(|value| Bound::Included(Term::from_field_text(field, &term(name, value))))
    };
    let number = matches!(
        (&range.from, &range.to),
        (Some(FieldValue::Number(_)), _) | (_, Some(FieldValue::Number(_)))
    );
    // What lies just before and just after all values of the type.
    let (first, last) = if number { ("n", "o") } else { ("t", "u") };
    let edge = |letter: &str| Term::from_field_text(field, &format!("{name}{END}{letter}"));
    Box::new(RangeQuery::new(
        bound(&range.from).unwrap_or_else(|| Bound::Included(edge(first))),
        bound(&range.to).unwrap_or_else(|| Bound::Excluded(edge(last))),
    ))
}

/// A text as a pattern that matches it and nothing else.
fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if r"\.+*?()|[]{}^$#&-~/".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_sort_as_terms() {
        let numbers = [-1e300, -2.5, -1.0, 0.0, 1e-9, 1.0, 2.0, 10.0, 1e300];
        let terms = numbers.map(|n| term("x", &FieldValue::Number(n)));
        assert!(terms.is_sorted());
        assert_eq!(sortable(-0.0), sortable(0.0));
    }
}
