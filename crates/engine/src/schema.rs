//! The JSON Schema of a flow file: the document's types, and each kind's settings.

use headwater_model::flow::FlowDocument;
use serde_json::{Map, Value, json};

use crate::catalogue::Catalogue;

/// The schema that editors check flow files with.
pub fn flow_schema(catalogue: &Catalogue) -> Value {
    let mut schema = schemars::schema_for!(FlowDocument).to_value();
    schema["title"] = json!("Headwater flow");
    schema["properties"]["headwater"] = json!({ "description": "Format version.", "const": 1 });
    let mut definitions = Map::new();
    let mut rules = Vec::new();
    let mut names = Vec::new();
    for kind in catalogue.kinds() {
        names.push(json!({ "const": kind.name, "description": kind.summary }));
        let mut settings = (kind.settings)().to_value();
        rename(&mut settings, kind.name);
        if let Value::Object(settings) = &mut settings {
            settings.remove("$schema");
            settings.remove("title");
            if let Some(Value::Object(inner)) = settings.remove("$defs") {
                let inner = inner.into_iter();
                definitions.extend(inner.map(|(name, it)| (format!("{}.{name}", kind.name), it)));
            }
        }
        let needs = match settings["required"].as_array() {
            Some(required) if !required.is_empty() => json!(["settings"]),
            _ => json!([]),
        };
        rules.push(json!({
            "if": { "properties": { "kind": { "const": kind.name } }, "required": ["kind"] },
            "then": { "properties": { "settings": settings }, "required": needs },
        }));
    }
    let node = &mut schema["$defs"]["Node"];
    node["properties"]["kind"] = json!({ "description": "What it does.", "oneOf": names });
    node["allOf"] = Value::Array(rules);
    if let Value::Object(all) = &mut schema["$defs"] {
        all.extend(definitions);
    }
    schema
}

/// Two kinds may have settings types of one name.
fn rename(value: &mut Value, kind: &str) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(target)) = fields.get_mut("$ref")
                && let Some(name) = target.strip_prefix("#/$defs/")
            {
                *target = format!("#/$defs/{kind}.{name}");
            }
            fields.values_mut().for_each(|field| rename(field, kind));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, kind)),
        _ => {}
    }
}
