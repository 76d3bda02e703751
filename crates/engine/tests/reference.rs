//! The reference of the node kinds is generated from the catalogue and current.

#![allow(clippy::unwrap_used, reason = "tests may take short cuts")]

use std::fmt::Write as _;

use headwater_engine::Catalogue;
use headwater_engine::catalogue::NodeKind;
use serde_json::{Map, Value};

fn reference() -> String {
    let mut text = String::from(
        "# Node kinds: reference\n\nGenerated from the catalogue. [What a flow means](flows.md) has the rules for all of them:\n\
         when a node runs, `on_error`, `timeout`, references and templates.\n",
    );
    for kind in Catalogue::default().kinds() {
        describe(kind, &mut text);
    }
    text
}

fn describe(kind: &NodeKind, text: &mut String) {
    let schema = (kind.settings)().to_value();
    let _ = write!(text, "\n## `{}`\n\n{}\n", kind.name, kind.summary);
    if let Some(description) = schema["description"].as_str() {
        let _ = write!(text, "\n{}\n", one_line(description));
    }
    fields(&schema, text);
    match kind.outputs {
        None => text.push_str("\nOutputs: as the settings, or the flow's inputs, say.\n"),
        Some([]) => text.push_str("\nOutputs: none.\n"),
        Some(names) => {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            let _ = write!(text, "\nOutputs: {}.\n", names.join(", "));
        }
    }
    for (name, inner) in schema["$defs"].as_object().into_iter().flatten() {
        let _ = write!(text, "\n### `{}` of `{}`\n", name, kind.name);
        if let Some(description) = inner["description"].as_str() {
            let _ = write!(text, "\n{}\n", one_line(description));
        }
        variants(inner, text);
        fields(inner, text);
    }
}

fn fields(schema: &Value, text: &mut String) {
    let Some(properties) = schema["properties"].as_object().filter(|p| !p.is_empty()) else {
        return;
    };
    let required = |name: &str| {
        let names = schema["required"].as_array().into_iter().flatten();
        names.clone().any(|required| required == name)
    };
    text.push_str("\n| setting | type | default | meaning |\n|---|---|---|---|\n");
    for (name, property) in properties {
        let default = match property.get("default") {
            _ if required(name) => "required".to_owned(),
            None | Some(Value::Null) => "–".to_owned(),
            Some(default) => format!("`{default}`"),
        };
        let meaning = one_line(property["description"].as_str().unwrap_or(""));
        let of = type_of(property);
        let _ = writeln!(text, "| `{name}` | {of} | {default} | {meaning} |");
    }
}

/// An enum's members.
fn variants(schema: &Value, text: &mut String) {
    let plain = schema["enum"].as_array().into_iter().flatten();
    let mut plain: Vec<String> = plain
        .filter_map(|v| Some(format!("`{}`", v.as_str()?)))
        .collect();
    let mut told = Vec::new();
    for variant in schema["oneOf"].as_array().into_iter().flatten() {
        let inner = variant["enum"].as_array().into_iter().flatten();
        plain.extend(inner.filter_map(|v| Some(format!("`{}`", v.as_str()?))));
        if let (Some(name), Some(meaning)) =
            (variant["const"].as_str(), variant["description"].as_str())
        {
            told.push(format!("- `{name}`: {}", one_line(meaning)));
        }
    }
    if !plain.is_empty() {
        let _ = write!(text, "\n{}\n", plain.join(", "));
    }
    if !told.is_empty() {
        let _ = write!(text, "\n{}\n", told.join("\n"));
    }
}

fn type_of(property: &Value) -> String {
    if let Some(name) = property["$ref"].as_str() {
        return format!("`{}`", name.rsplit('/').next().unwrap());
    }
    let several = property["anyOf"]
        .as_array()
        .or(property["allOf"].as_array());
    if let Some(several) = several {
        let all: Vec<String> = several
            .iter()
            .filter(|of| of["type"] != "null")
            .map(type_of)
            .collect();
        return all.join(" or ");
    }
    let empty = Map::new();
    let fields = property.as_object().unwrap_or(&empty);
    match fields.get("type") {
        Some(Value::String(one)) if one == "array" => {
            format!("list of {}", type_of(&property["items"]))
        }
        Some(Value::String(one)) => one.clone(),
        Some(Value::Array(several)) => {
            let names = several.iter().filter_map(Value::as_str);
            let names: Vec<String> = names
                .filter(|name| *name != "null")
                .map(|name| match name {
                    "array" => format!("list of {}", type_of(&property["items"])),
                    other => other.to_owned(),
                })
                .collect();
            names.join(" or ")
        }
        _ => "any".to_owned(),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace('|', "\\|")
}

/// `INSTA_UPDATE=always` is how snapshots are accepted everywhere else, so here too.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a test asks whether to accept the new text"
)]
fn the_reference_of_the_node_kinds_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/nodes.md");
    let current = reference();
    if std::env::var("INSTA_UPDATE").is_ok_and(|value| value == "always") {
        std::fs::write(path, &current).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        written == current,
        "docs/reference/nodes.md is not current: run `INSTA_UPDATE=always cargo nextest run -p \
         headwater-engine` and look at the difference"
    );
}
