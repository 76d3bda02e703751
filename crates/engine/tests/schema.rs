//! The published schema of flow files, and the two forms a flow may be written in.

#![allow(clippy::unwrap_used, reason = "tests may take short cuts")]

use headwater_engine::{Catalogue, flow_schema};
use headwater_model::flow::FlowDocument;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

fn validator() -> jsonschema::Validator {
    jsonschema::validator_for(&flow_schema(&Catalogue::default())).unwrap()
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a test asks whether to accept the new text"
)]
fn the_published_schema_is_current() {
    let path = format!("{ROOT}/docs/reference/flow.schema.json");
    let schema = flow_schema(&Catalogue::default());
    let current = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    if std::env::var("INSTA_UPDATE").is_ok_and(|value| value == "always") {
        std::fs::write(&path, &current).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == current,
        "docs/reference/flow.schema.json is not current: run `INSTA_UPDATE=always cargo nextest \
         run -p headwater-engine` and look at the difference"
    );
}

#[test]
fn every_example_fits_the_schema() {
    let (validator, mut count) = (validator(), 0);
    let mut folders = vec![std::path::PathBuf::from(format!("{ROOT}/examples"))];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "yaml") {
                let text = std::fs::read_to_string(&path).unwrap();
                let value: Value = serde_norway::from_str(&text).unwrap();
                let wrong: Vec<String> = validator
                    .iter_errors(&value)
                    .map(|e| e.to_string())
                    .collect();
                assert!(wrong.is_empty(), "{}: {wrong:#?}", path.display());
                count += 1;
            }
        }
    }
    assert!(count >= 2, "{count} examples");
}

#[test]
fn the_schema_knows_each_kinds_settings() {
    let validator = validator();
    let flow =
        |node: Value| json!({ "headwater": 1, "name": "x", "kind": "task", "nodes": [node] });
    let fits = [
        json!({ "id": "a", "kind": "template", "settings": { "text": "x" } }),
        json!({ "id": "a", "kind": "subflow", "settings": { "flow": "b", "revision": "latest" } }),
        json!({ "id": "a", "kind": "subflow", "settings": { "flow": "b", "revision": 3 } }),
    ];
    for node in fits {
        assert!(validator.is_valid(&flow(node.clone())), "{node}");
    }
    let misfits = [
        json!({ "id": "a", "kind": "template" }),
        json!({ "id": "a", "kind": "template", "settings": { "txt": "x" } }),
        json!({ "id": "a", "kind": "templat", "settings": { "text": "x" } }),
        json!({ "id": "a", "kind": "each", "settings": { "items": [], "concurrency": 65 } }),
        json!({ "id": "a", "kind": "subflow", "settings": { "flow": "b", "revision": "newest" } }),
        json!({ "id": "a", "kind": "template", "settings": { "text": "x" }, "colour": "red" }),
    ];
    for node in misfits {
        assert!(!validator.is_valid(&flow(node.clone())), "{node}");
    }
}

/// Texts that YAML is tempted to read as something else.
fn text() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(vec![
        "",
        "yes",
        "no",
        "null",
        "~",
        "1",
        "1.0",
        "1e3",
        "0x1F",
        "0o7",
        "true",
        "- a",
        "a: b",
        "#",
        " a",
        "a ",
        "a\n",
        "\n",
        "a\n\nb\n",
        "|",
        ">",
        "'",
        "\"",
        "{{ a.b }}",
        "{% if x %}\n",
        "&a",
        "*a",
        "!t",
        "%",
        "@",
        "`",
        "\t",
        "é",
        "\u{1F600}",
        "\u{85}",
        "2026-01-01",
        ".inf",
        ".nan",
        "---",
        "...",
        "=",
        "<<",
        "\r\n",
        "\u{feff}",
        "\u{2028}",
        "\0",
        "\u{7f}",
    ]);
    prop_oneof![odd.prop_map(str::to_owned), any::<String>()]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e15f64..1e15).prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            object(inner).prop_map(Value::Object),
        ]
    })
}

fn object(inner: impl Strategy<Value = Value>) -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::vec((text(), inner), 0..4).prop_map(|fields| fields.into_iter().collect())
}

proptest! {
    #[test]
    fn yaml_and_json_are_the_same_flow(
        name in text(),
        settings in object(value()),
        default in value(),
        at in (-1e6f64..1e6, -1e6f64..1e6),
    ) {
        let document = json!({
            "headwater": 1, "name": name, "kind": "chat", "description": name,
            "inputs": [{ "name": name, "type": "string", "required": true, "default": default }],
            "nodes": [{ "id": name, "kind": "x", "settings": settings,
                "body": { "nodes": [], "edges": [{ "from": name, "to": name }] } }],
            "layout": { name.clone(): [at.0, at.1] },
        });
        let document: FlowDocument = serde_json::from_value(document).unwrap();
        let yaml = document.to_yaml().unwrap();
        let from_yaml = FlowDocument::parse(&yaml).unwrap();
        prop_assert_eq!(&from_yaml, &document);
        // Writing what was read changes nothing, in either form.
        prop_assert_eq!(from_yaml.to_yaml().unwrap(), yaml);
        let json = serde_json::to_string(&from_yaml).unwrap();
        let from_json: FlowDocument = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(&from_json, &document);
        prop_assert_eq!(FlowDocument::parse(&json).unwrap(), document);
    }
}
