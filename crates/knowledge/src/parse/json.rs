//! JSON: lists of objects as tables or records, other objects by their keys; what is no JSON is text.

use std::fmt;

use headwater_model::Result;
use headwater_model::knowledge::{BlockKind, ParsedDocument};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::outline::Outline;
use crate::outline::table;

use super::plain;

/// Keys become headings down to this level; below it they are paths.
const HEADINGS: usize = 3;
/// More names than this make a row a record anyway.
const COLUMNS: usize = 100;

/// A JSON value whose objects keep their order.
enum Json {
    Null,
    Scalar(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

/// A whole file.
pub(super) fn parse(source: &str) -> Result<ParsedDocument> {
    // Cut off, nested without end, or with comments: its words are still worth finding.
    let Ok(json) = serde_json::from_str::<Json>(source) else {
        return Ok(plain(source));
    };
    let mut outline = Outline::default();
    write(&mut outline, 1, &json);
    Ok(outline.finish_parts())
}

/// One value per line.
pub(super) fn lines(source: &str) -> Result<ParsedDocument> {
    let mut values = Vec::new();
    let mut strange = Vec::new();
    for line in source.lines().filter(|line| !line.trim().is_empty()) {
        match serde_json::from_str::<Json>(line) {
            Ok(value) => values.push(value),
            Err(_) => strange.push(line),
        }
    }
    let mut outline = Outline::default();
    write(&mut outline, 1, &Json::List(values));
    for line in strange {
        outline.paragraph(line);
    }
    Ok(outline.finish_parts())
}

fn write(outline: &mut Outline, level: usize, json: &Json) {
    match json {
        Json::Null => {}
        Json::Scalar(text) => outline.paragraph(text),
        Json::List(items) if items.iter().all(|i| matches!(i, Json::Object(_))) => {
            records(outline, items);
        }
        Json::List(items) => {
            for item in items {
                match item {
                    Json::Null => {}
                    Json::Scalar(text) => outline.item(0, text),
                    other => outline.record(&flat(other)),
                }
            }
        }
        Json::Object(pairs) => object(outline, level, pairs),
    }
}

/// First what stands here, then what is below, each under its key.
fn object(outline: &mut Outline, level: usize, pairs: &[(String, Json)]) {
    let (below, here): (Vec<_>, Vec<_>) = pairs
        .iter()
        .partition(|(_, value)| level <= HEADINGS && is_section(value));
    let mut lines = Vec::new();
    for (key, value) in here {
        flatten(key, value, &mut lines);
    }
    outline.record(&joined(&lines));
    for (key, value) in below {
        outline.heading(level, key);
        write(outline, level + 1, value);
    }
}

/// Worth a heading: more than one line.
fn is_section(value: &Json) -> bool {
    match value {
        Json::Object(pairs) => !pairs.is_empty(),
        Json::List(items) => items
            .iter()
            .any(|i| matches!(i, Json::Object(_) | Json::List(_))),
        _ => false,
    }
}

/// Objects of one kind are the rows of a table.
fn records(outline: &mut Outline, items: &[Json]) {
    let rows: Vec<Vec<(String, String)>> = items
        .iter()
        .map(|item| {
            let mut lines = Vec::new();
            flatten("", item, &mut lines);
            lines
        })
        .collect();
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in rows.iter().flatten() {
        if names.len() > COLUMNS {
            break;
        }
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    if names.len() <= COLUMNS && items.len() > 1 {
        let mut cells = vec![names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>()];
        cells.extend(rows.iter().map(|row| {
            let value = |name: &&str| row.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
            names
                .iter()
                .map(|name| value(name).unwrap_or_default())
                .collect()
        }));
        if let Some((kind, text)) = table::render(cells)
            && kind != BlockKind::Text
        {
            return outline.block(kind, text);
        }
    }
    for row in rows {
        outline.record(&joined(&row));
    }
}

fn flat(json: &Json) -> String {
    let mut lines = Vec::new();
    flatten("", json, &mut lines);
    joined(&lines)
}

fn joined(lines: &[(String, String)]) -> String {
    let lines: Vec<String> = lines
        .iter()
        .map(|(name, value)| match name.as_str() {
            "" => value.clone(),
            name => format!("{name}: {value}"),
        })
        .collect();
    lines.join("\n")
}

/// Everything below as `path.to.key` and value; a list of plain values is one value.
fn flatten(path: &str, json: &Json, out: &mut Vec<(String, String)>) {
    match json {
        Json::Null => {}
        Json::Scalar(text) if text.trim().is_empty() => {}
        Json::Scalar(text) => out.push((path.to_owned(), text.clone())),
        Json::List(items) if items.iter().all(|i| matches!(i, Json::Scalar(_))) => {
            let texts: Vec<&str> = items
                .iter()
                .filter_map(|i| {
                    if let Json::Scalar(text) = i {
                        Some(text.as_str())
                    } else {
                        None
                    }
                })
                .collect();
            if !texts.is_empty() {
                out.push((path.to_owned(), texts.join(", ")));
            }
        }
        Json::List(items) => {
            for (at, item) in items.iter().enumerate() {
                flatten(&format!("{path}[{at}]"), item, out);
            }
        }
        Json::Object(pairs) => {
            for (key, value) in pairs {
                let path = match path {
                    "" => key.clone(),
                    path => format!("{path}.{key}"),
                };
                flatten(&path, value, out);
            }
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Ordered)
    }
}

struct Ordered;

impl<'de> Visitor<'de> for Ordered {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, v: bool) -> Result<Json, E> {
        Ok(Json::Scalar(v.to_string()))
    }

    fn visit_i64<E>(self, v: i64) -> Result<Json, E> {
        Ok(Json::Scalar(v.to_string()))
    }

    fn visit_u64<E>(self, v: u64) -> Result<Json, E> {
        Ok(Json::Scalar(v.to_string()))
    }

    fn visit_f64<E>(self, v: f64) -> Result<Json, E> {
        Ok(Json::Scalar(v.to_string()))
    }

    fn visit_str<E>(self, v: &str) -> Result<Json, E> {
        Ok(Json::Scalar(v.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Json::Object(pairs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_of_one_kind_are_a_table_and_keys_are_headings() {
        let parsed = parse(
            r#"{"name": "Pump", "limits": {"pressure": {"min": 0.4, "max": 6}},
                "faults": [{"code": "E17", "tags": ["inlet", "low"]}, {"code": "E21", "wait": null}]}"#,
        )
        .unwrap();
        let seen: Vec<_> = parsed
            .blocks
            .iter()
            .map(|b| (b.kind, b.heading.as_deref(), b.text.as_str()))
            .collect();
        assert_eq!(
            seen,
            [
                (BlockKind::Records, None, "name: Pump"),
                (
                    BlockKind::Records,
                    Some("limits › pressure"),
                    "min: 0.4\nmax: 6"
                ),
                (
                    BlockKind::Table,
                    Some("faults"),
                    "| code | tags |\n| --- | --- |\n| E17 | inlet, low |\n| E21 |  |"
                ),
            ]
        );
    }

    #[test]
    fn what_is_no_json_is_still_text() {
        assert_eq!(
            parse("{\"cut\": [1, 2").unwrap().blocks[0].text,
            "{\"cut\": [1, 2"
        );
        let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(parse(&deep).is_ok());
        let parsed = lines("{\"a\": 1}\nnot json\n{\"a\": 2}\n").unwrap();
        let all: String = parsed.blocks.iter().map(|b| b.text.as_str()).collect();
        assert!(all.contains("not json") && all.contains('2'), "{all}");
    }
}
