//! Settings, read into their type.

use std::any::TypeId;
use std::sync::Arc;

use schemars::{JsonSchema, Schema};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::Compiler;

impl Compiler<'_> {
    /// Reads settings into their type; unknown names and wrong types are all reported.
    pub fn settings<T: DeserializeOwned + JsonSchema + 'static>(
        &mut self,
        settings: &Map<String, Value>,
    ) -> Option<T> {
        let schema = self.schema::<T>();
        let empty = Map::new();
        let properties = schema
            .get("properties")
            .and_then(Value::as_object)
            .unwrap_or(&empty);
        let before = self.problems.len();
        for (name, value) in settings {
            match properties.get(name) {
                None => {
                    let all: Vec<&str> = properties.keys().map(String::as_str).collect();
                    let fix = if all.is_empty() {
                        "Remove it; this kind has no settings.".to_owned()
                    } else {
                        format!("Remove it. The settings are: {}.", all.join(", "))
                    };
                    self.problem(name, format!("There is no setting “{name}”."), fix);
                }
                Some(property) => self.check_type(name, property, value),
            }
        }
        for name in required(&schema) {
            if !settings.contains_key(name) {
                self.problem(name, format!("“{name}” is missing."), "Give it a value.");
            }
        }
        if self.problems.len() > before {
            return None;
        }
        match T::deserialize(Value::Object(settings.clone())) {
            Ok(settings) => Some(settings),
            Err(error) => {
                self.problem(
                    "settings",
                    format!("The settings do not fit: {error}."),
                    "Correct them.",
                );
                None
            }
        }
    }

    /// A kind's schema, made once.
    fn schema<T: JsonSchema + 'static>(&mut self) -> Arc<Schema> {
        let made = self.schemas.entry(TypeId::of::<T>());
        Arc::clone(made.or_insert_with(|| Arc::new(schemars::schema_for!(T))))
    }

    fn check_type(&mut self, name: &str, property: &Value, value: &Value) {
        let types: Vec<&str> = match property.get("type") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            _ => return,
        };
        let fits = types.iter().any(|kind| match *kind {
            "string" => value.is_string(),
            "integer" => value.is_u64() || value.is_i64(),
            "number" => value.is_number(),
            "boolean" => value.is_boolean(),
            "array" => value.is_array(),
            "object" => value.is_object(),
            "null" => value.is_null(),
            _ => true,
        });
        if !fits {
            let kinds: Vec<&str> = types.into_iter().filter(|t| *t != "null").collect();
            self.problem(
                name,
                format!("“{name}” has the wrong type."),
                format!("It must be of type {}.", kinds.join(" or ")),
            );
        }
    }
}

fn required(schema: &Schema) -> Vec<&str> {
    schema
        .get("required")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default()
}
