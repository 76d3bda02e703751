//! Filters as conditions on the rows of chunks. The values are the terms of the embedded index, whose
//! order ranges use.

use headwater_model::knowledge::filter::{Contains, Equals, Exists, FieldValue, Filter, In, Range};

use super::super::filter::{self as terms, END};
use super::Values;

/// Longer terms do not fit into PostgreSQL's index; a value is found by its beginning.
const LONGEST: usize = 2_000;

/// What a chunk has for its fields: the terms that are looked up, and its texts in small letters.
pub(super) fn terms_of(fields: &[(String, FieldValue)]) -> (Vec<String>, Vec<String>) {
    let (mut meta, mut lower) = (Vec::new(), Vec::new());
    for (name, value) in fields {
        let mut all = terms::terms(name, value).into_iter();
        meta.extend(all.by_ref().take(2).map(stored));
        lower.extend(all.map(|text| text.replace('\0', "\u{1}")));
    }
    meta.sort_unstable();
    meta.dedup();
    (meta, lower)
}

/// PostgreSQL's texts have no zero.
fn stored(term: String) -> String {
    let mut term = term.replace('\0', "\u{1}");
    term.truncate(term.floor_char_boundary(LONGEST));
    term
}

/// The condition, on a row `c` of chunks.
pub(super) fn condition(filter: &Filter, values: &mut Values) -> String {
    match filter {
        Filter::And(parts) => all(parts, " and ", "true", values),
        Filter::Or(parts) => all(parts, " or ", "false", values),
        Filter::Not(part) => format!("not {}", condition(part, values)),
        Filter::Equals(Equals { field, value }) => has(terms::term(field, value), values),
        Filter::In(In {
            field,
            values: wanted,
        }) => {
            let places =
                values.put_all(wanted.iter().map(|value| stored(terms::term(field, value))));
            format!("(c.meta && array[{places}]::text[])")
        }
        Filter::Range(range) => between(range, values),
        Filter::Contains(Contains { field, text }) => {
            let before = stored(format!("{field}{END}l"));
            let from = i32::try_from(before.chars().count() + 1).unwrap_or(i32::MAX);
            let (before, from) = (values.put(before), values.put(from));
            let text = values.put(text.to_lowercase().replace('\0', "\u{1}"));
            format!(
                "exists (select 1 from unnest(c.lower) one where starts_with(one, {before}) and strpos(substr(one, {from}), {text}) > 0)"
            )
        }
        Filter::Exists(Exists { field }) => has(terms::exists(field), values),
    }
}

fn has(term: String, values: &mut Values) -> String {
    format!("(c.meta @> array[{}]::text[])", values.put(stored(term)))
}

fn all(parts: &[Filter], between: &str, none: &str, values: &mut Values) -> String {
    if parts.is_empty() {
        return none.to_owned();
    }
    let parts: Vec<String> = parts.iter().map(|part| condition(part, values)).collect();
    format!("({})", parts.join(between))
}

fn between(range: &Range, values: &mut Values) -> String {
    let name = &range.field;
    let number = matches!(
        (&range.from, &range.to),
        (Some(FieldValue::Number(_)), _) | (_, Some(FieldValue::Number(_)))
    );
    // What lies just before and just after all values of the type.
    let (first, last) = if number { ("n", "o") } else { ("t", "u") };
    let bound = |value: &Option<FieldValue>, edge: &str| match value {
        Some(value) => stored(terms::term(name, value)),
        None => stored(format!("{name}{END}{edge}")),
    };
    let from = values.put(bound(&range.from, first));
    let to = values.put(bound(&range.to, last));
    let upper = if range.to.is_some() { "<=" } else { "<" };
    format!(
        "exists (select 1 from unnest(c.meta) one where one collate \"C\" >= {from} and one collate \"C\" {upper} {to})"
    )
}
