//! A flow's inputs as the JSON Schema of arguments, for whoever calls it as a tool.

use serde_json::{Map, Value, json};

use super::{FlowDocument, InputField, InputType};

impl InputType {
    /// The type in JSON Schema.
    const fn schema_type(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::List => "array",
            Self::Object | Self::File => "object",
        }
    }
}

impl FlowDocument {
    /// The JSON Schema of what the flow takes, an object.
    pub fn arguments(&self) -> Value {
        let mut properties = Map::new();
        let mut required = Vec::new();
        for field in &self.inputs {
            properties.insert(field.name.clone(), schema(field));
            if field.required && field.default.is_none() {
                required.push(json!(field.name));
            }
        }
        json!({
            "type": "object", "properties": properties, "required": required,
            "additionalProperties": false,
        })
    }
}

fn schema(field: &InputField) -> Value {
    let mut out = Map::new();
    let mut put = |word: &str, value: Option<Value>| {
        if let Some(value) = value {
            out.insert(word.to_owned(), value);
        }
    };
    put("type", Some(json!(field.kind.schema_type())));
    put(
        "description",
        field.description.as_ref().map(|text| json!(text)),
    );
    put("maxLength", field.max_length.map(|most| json!(most)));
    put("minimum", field.min.map(|bound| json!(bound)));
    put("maximum", field.max.map(|bound| json!(bound)));
    put(
        "enum",
        (!field.options.is_empty()).then(|| json!(field.options)),
    );
    let items = field
        .items
        .map(|kind| json!({ "type": kind.schema_type() }));
    put("items", items);
    let file = json!({
        "name": { "type": "string" },
        "media_type": { "type": "string" },
        "data": { "type": "string", "description": "The file's bytes in base64." },
    });
    let is_file = field.kind == InputType::File;
    put("properties", is_file.then_some(file));
    put("required", is_file.then(|| json!(["data"])));
    put("default", field.default.clone());
    Value::Object(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn inputs_become_a_schema_that_says_what_they_say() {
        let flow = FlowDocument::parse(
            "headwater: 1\nname: F\nkind: task\ninputs:\n\
             - { name: city, type: string, required: true, description: Where, max_length: 80 }\n\
             - { name: days, type: number, min: 1, max: 9, default: 3, required: true }\n\
             - { name: tags, type: list, items: string }\n",
        )
        .unwrap();
        let expected = json!({
            "type": "object", "additionalProperties": false, "required": ["city"],
            "properties": {
                "city": { "type": "string", "description": "Where", "maxLength": 80 },
                "days": { "type": "number", "minimum": 1.0, "maximum": 9.0, "default": 3 },
                "tags": { "type": "array", "items": { "type": "string" } },
            },
        });
        assert_eq!(flow.arguments(), expected);
    }
}
