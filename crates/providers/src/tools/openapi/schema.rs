//! Schemas of an OpenAPI document as plain JSON Schema, with references put in place.

use serde_json::{Map, Value, json};

/// How deep a schema may nest, references included.
const DEEPEST: usize = 40;
/// How many nodes one operation's schemas may have together.
const MOST: usize = 10_000;

/// What a reference within the document names.
pub(super) fn lookup<'d>(document: &'d Value, target: &str) -> Result<&'d Value, String> {
    let Some(pointer) = target.strip_prefix('#') else {
        return Err(format!(
            "it refers to “{target}”, which is outside of the document; put everything into one document"
        ));
    };
    let found = document.pointer(pointer);
    found.ok_or_else(|| format!("it refers to “{target}”, which is not there"))
}

/// Puts references in place, within limits.
pub(super) struct Resolver<'d> {
    document: &'d Value,
    left: usize,
    /// The references being followed.
    trail: Vec<String>,
}

impl<'d> Resolver<'d> {
    pub(super) fn new(document: &'d Value) -> Self {
        Self {
            document,
            left: MOST,
            trail: Vec::new(),
        }
    }

    /// The schema without references. One that contains itself is told as far as it goes.
    pub(super) fn schema(&mut self, schema: &Value) -> Result<Value, String> {
        self.at(schema, 0)
    }

    fn at(&mut self, schema: &Value, depth: usize) -> Result<Value, String> {
        if depth > DEEPEST {
            return Err("its schemas are nested too deep".to_owned());
        }
        self.left = self
            .left
            .checked_sub(1)
            .ok_or_else(|| "its schemas are too large".to_owned())?;
        let Value::Object(fields) = schema else {
            // `true`, `false`, and nothing at all.
            return Ok(if schema.is_boolean() {
                schema.clone()
            } else {
                json!({})
            });
        };
        if let Some(target) = fields.get("$ref").and_then(Value::as_str) {
            return self.follow(target, fields, depth);
        }
        let mut out = Map::new();
        for (word, value) in fields {
            self.keyword(word, value, depth, &mut out)?;
        }
        drop_read_only(fields, &mut out);
        modernise(fields, &mut out);
        Ok(Value::Object(out))
    }

    fn follow(
        &mut self,
        target: &str,
        fields: &Map<String, Value>,
        depth: usize,
    ) -> Result<Value, String> {
        if self.trail.iter().any(|one| one == target) {
            let name = target.rsplit('/').next().unwrap_or(target);
            return Ok(json!({ "description": format!("Another {name}.") }));
        }
        let found = lookup(self.document, target)?;
        self.trail.push(target.to_owned());
        let mut made = self.at(found, depth + 1)?;
        self.trail.pop();
        // Since 3.1 a reference may have words of its own.
        if let (Some(text), Value::Object(out)) = (fields.get("description"), &mut made) {
            out.insert("description".to_owned(), text.clone());
        }
        Ok(made)
    }

    fn keyword(
        &mut self,
        word: &str,
        value: &Value,
        depth: usize,
        out: &mut Map<String, Value>,
    ) -> Result<(), String> {
        let value = match word {
            "properties" | "patternProperties" => {
                let mut made = Map::new();
                for (name, schema) in value.as_object().into_iter().flatten() {
                    made.insert(name.clone(), self.at(schema, depth + 1)?);
                }
                Value::Object(made)
            }
            "items"
            | "additionalProperties"
            | "not"
            | "contains"
            | "propertyNames"
            | "if"
            | "then"
            | "else" => self.at(value, depth + 1)?,
            "allOf" | "anyOf" | "oneOf" | "prefixItems" => {
                let schemas = value.as_array().into_iter().flatten();
                let made: Result<Vec<Value>, String> =
                    schemas.map(|schema| self.at(schema, depth + 1)).collect();
                Value::Array(made?)
            }
            "xml" | "discriminator" | "externalDocs" | "example" | "examples" | "nullable"
            | "$defs" | "$schema" | "$id" | "$anchor" | "readOnly" | "writeOnly" => return Ok(()),
            word if word.starts_with("x-") => return Ok(()),
            _ => value.clone(),
        };
        out.insert(word.to_owned(), value);
        Ok(())
    }
}

/// What a server only tells is nothing to send.
fn drop_read_only(fields: &Map<String, Value>, out: &mut Map<String, Value>) {
    let Some(properties) = fields.get("properties").and_then(Value::as_object) else {
        return;
    };
    let told: Vec<&String> = properties
        .iter()
        .filter(|(_, schema)| schema["readOnly"] == true)
        .map(|(name, _)| name)
        .collect();
    if let Some(Value::Object(kept)) = out.get_mut("properties") {
        kept.retain(|name, _| !told.contains(&name));
    }
    if let Some(Value::Array(required)) = out.get_mut("required") {
        required.retain(|name| !told.iter().any(|told| name == told.as_str()));
    }
}

/// What OpenAPI 3.0 says otherwise than JSON Schema.
fn modernise(fields: &Map<String, Value>, out: &mut Map<String, Value>) {
    if fields.get("nullable") == Some(&Value::Bool(true)) {
        if let Some(Value::String(kind)) = out.get("type").cloned() {
            out.insert("type".to_owned(), json!([kind, "null"]));
        }
        if let Some(Value::Array(values)) = out.get_mut("enum")
            && !values.contains(&Value::Null)
        {
            values.push(Value::Null);
        }
    }
    for (exclusive, bound) in [
        ("exclusiveMinimum", "minimum"),
        ("exclusiveMaximum", "maximum"),
    ] {
        match out.get(exclusive) {
            Some(Value::Bool(true)) => {
                if let Some(number) = out.remove(bound) {
                    out.insert(exclusive.to_owned(), number);
                } else {
                    out.remove(exclusive);
                }
            }
            Some(Value::Bool(false)) => {
                out.remove(exclusive);
            }
            _ => {}
        }
    }
}
