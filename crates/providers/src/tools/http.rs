//! A request that a person described, as a function.

use std::sync::Arc;

use headwater_model::tool::{HeaderText, HttpSettings};
use headwater_model::{Error, Result};
use serde_json::Value;
use url::Url;

use super::fill::{Piece, only_place, pieces};
use super::{Body, Fill, Header, HttpFunction, LARGEST_SCHEMA};

/// Makes the function; everything that cannot be meant is refused and named.
pub fn function(name: &str, description: &str, settings: &HttpSettings) -> Result<HttpFunction> {
    let arguments = Arguments::read(&settings.arguments)?;
    check_url(&settings.url, &arguments)?;
    let mut used = Vec::new();
    let mut note = |text: &str| used.extend(places(text).into_iter().map(str::to_owned));
    note(&settings.url);
    settings.query.values().for_each(|text| note(text));
    for value in settings.headers.values() {
        if let HeaderText::Text(text) = value {
            note(text);
        }
    }
    if let Some(body) = &settings.body {
        texts(body, &mut note);
    }
    if settings.body.is_some() && !settings.method.has_body() {
        return Err(Error::invalid(
            "settings.body",
            format!(
                "A {} request has no body. Use POST, PUT or PATCH, or take the body out.",
                settings.method.as_str()
            ),
        ));
    }
    let rest = arguments.names.iter().filter(|name| !used.contains(*name));
    let rest: Vec<String> = rest.cloned().collect();
    let mut query: Vec<(String, Fill)> = settings
        .query
        .iter()
        .map(|(name, text)| (name.clone(), fill(text)))
        .collect();
    let body = match &settings.body {
        Some(body) => {
            if let Some(unused) = rest.first() {
                return Err(Error::invalid(
                    "settings.body",
                    format!(
                        "The argument “{unused}” is used nowhere. Put {{{unused}}} where it belongs."
                    ),
                ));
            }
            Some((Body::Like(body.clone()), settings.body_as))
        }
        None if settings.method.has_body() => Some((Body::These(rest), settings.body_as)),
        None => {
            query.extend(rest.into_iter().map(|name| {
                let apart = true;
                (name.clone(), Fill::Argument { name, apart })
            }));
            None
        }
    };
    Ok(HttpFunction {
        name: name.to_owned(),
        description: description.to_owned(),
        parameters: Arc::new(arguments.schema),
        method: settings.method,
        url: settings.url.trim().to_owned(),
        query,
        headers: settings
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), header(value)))
            .collect(),
        body,
    })
}

pub(super) fn header(value: &HeaderText) -> Header {
    match value {
        HeaderText::Text(text) => Header::Fill(fill(text)),
        HeaderText::Secret(secret) => Header::Secret(secret.clone()),
    }
}

fn fill(text: &str) -> Fill {
    match only_place(text) {
        Some(name) => Fill::Argument {
            name: name.to_owned(),
            apart: true,
        },
        None => Fill::Text(text.to_owned()),
    }
}

struct Arguments {
    schema: Value,
    names: Vec<String>,
    required: Vec<String>,
}

impl Arguments {
    fn read(schema: &Value) -> Result<Self> {
        let wrong = |why: &str| Error::invalid("settings.arguments", why.to_owned());
        let Value::Object(fields) = schema else {
            return Err(wrong("arguments must be a JSON Schema of an object."));
        };
        if fields.get("type").is_some_and(|kind| kind != "object") {
            return Err(wrong(
                "arguments must be a JSON Schema with \"type\": \"object\".",
            ));
        }
        if schema.to_string().len() > LARGEST_SCHEMA {
            return Err(wrong("The schema of the arguments is larger than 64 KiB."));
        }
        let mut schema = schema.clone();
        schema["type"] = Value::from("object");
        if schema["properties"].is_null() {
            schema["properties"] = serde_json::json!({});
        }
        let Value::Object(properties) = &schema["properties"] else {
            return Err(wrong("arguments.properties must be an object."));
        };
        let names = properties.keys().cloned().collect();
        let required = schema["required"].as_array().into_iter().flatten();
        let required = required.filter_map(|name| Some(name.as_str()?.to_owned()));
        Ok(Self {
            names,
            required: required.collect(),
            schema,
        })
    }
}

fn places(text: &str) -> Vec<&str> {
    let named = |piece| match piece {
        Piece::Place(name) => Some(name),
        Piece::Text(_) => None,
    };
    pieces(text).into_iter().filter_map(named).collect()
}

fn texts(value: &Value, note: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => note(text),
        Value::Array(items) => items.iter().for_each(|item| texts(item, note)),
        Value::Object(fields) => fields.values().for_each(|field| texts(field, note)),
        _ => {}
    }
}

/// Reads the URL of a server; `field` is what a mistake is told of.
pub fn checked_url(field: &'static str, text: &str) -> Result<Url> {
    let wrong = |why: &str| Error::invalid(field, why.to_owned());
    let url = Url::parse(text.trim()).map_err(|_| {
        wrong("That is not a URL; write something like https://api.example.com/v1.")
    })?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(wrong(
            "The URL must begin with http:// or https:// and name a host.",
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong(
            "Leave user name and password out of the URL. Set a header whose value is {\"secret\": \"NAME\"}.",
        ));
    }
    if text.len() > 4_000 {
        return Err(wrong("That URL is too long."));
    }
    Ok(url)
}

fn check_url(template: &str, arguments: &Arguments) -> Result<()> {
    const FIELD: &str = "settings.url";
    let wrong = |why: String| Err(Error::invalid(FIELD, why));
    let behind = template
        .split_once("://")
        .map_or(template, |(_, rest)| rest);
    let host = behind.split(['/', '?', '#']).next().unwrap_or_default();
    if host.contains(['{', '}']) {
        return wrong("Arguments may stand in the path and the query, not in the host.".to_owned());
    }
    for place in places(template) {
        if !arguments.names.iter().any(|name| name == place) {
            return wrong(format!(
                "The URL has {{{place}}}, and there is no such argument. Add it to arguments.properties."
            ));
        }
        if !arguments.required.iter().any(|name| name == place) {
            return wrong(format!(
                "“{place}” stands in the URL, so it must be among arguments.required."
            ));
        }
    }
    let sample: String = pieces(template)
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(text) => text,
            Piece::Place(_) => "x",
        })
        .collect();
    checked_url(FIELD, &sample).map(drop)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use headwater_model::tool::{ToolKind, ToolSettings};
    use serde_json::json;

    use super::super::fill::FilledBody;
    use super::*;

    fn made(settings: Value) -> Result<HttpFunction> {
        let ToolSettings::Http(settings) = ToolSettings::parse(ToolKind::Http, settings)? else {
            unreachable!()
        };
        function("f", "", &settings)
    }

    fn weather() -> Value {
        json!({
            "url": "https://api.example.com/cities/{city}/weather",
            "arguments": { "properties": {
                "city": { "type": "string" }, "days": { "type": "integer" },
                "tags": { "type": "array" }, "lang": { "type": "string" } }, "required": ["city"] },
            "query": { "units": "metric", "d": "{days}" },
            "headers": { "Accept-Language": "{lang}", "X-Key": { "secret": "weather" } },
        })
    }

    fn filled(
        function: &HttpFunction,
        arguments: Value,
    ) -> Result<super::super::fill::Filled, String> {
        function.fill(arguments.as_object().unwrap())
    }

    #[test]
    fn arguments_stand_where_their_places_are_and_the_rest_in_the_query() {
        let function = made(weather()).unwrap();
        let asked = json!({ "city": "Rø/ s?", "days": 3, "tags": ["a", "b&c"] });
        let request = filled(&function, asked).unwrap();
        assert_eq!(
            request.url.as_str(),
            "https://api.example.com/cities/R%C3%B8%2F%20s%3F/weather?d=3&units=metric&tags=a&tags=b%26c"
        );
        assert!(request.headers.is_empty() && request.body.is_none());
        let request = filled(&function, json!({ "city": "Oslo", "lang": "nb" })).unwrap();
        assert_eq!(
            request.headers,
            [("Accept-Language".to_owned(), "nb".to_owned())]
        );
    }

    #[test]
    fn an_argument_cannot_leave_its_place() {
        let function = made(weather()).unwrap();
        for city in ["", ".", ".."] {
            assert!(
                filled(&function, json!({ "city": city })).is_err(),
                "{city}"
            );
        }
        let request = filled(
            &function,
            json!({ "city": "../../admin?x=1#y@evil.example" }),
        )
        .unwrap();
        assert_eq!(request.url.host_str(), Some("api.example.com"));
        assert!(
            request.url.path().starts_with("/cities/..%2F..%2Fadmin%3F"),
            "{}",
            request.url
        );
        let split = json!({ "city": "Oslo", "lang": "nb\r\nX-Evil: 1" });
        assert!(
            filled(&function, split)
                .unwrap_err()
                .contains("Accept-Language")
        );
    }

    #[test]
    fn a_body_keeps_the_types_of_arguments_and_leaves_out_what_is_missing() {
        let mut settings = json!({
            "method": "POST", "url": "https://api.example.com/orders",
            "arguments": { "properties": { "n": { "type": "integer" }, "note": {}, "who": {} } },
            "body": { "order": { "count": "{n}", "note": "{note}", "title": "For {who}" }, "fixed": true },
        });
        let request = filled(
            &made(settings.clone()).unwrap(),
            json!({ "n": 2, "who": "Ada" }),
        )
        .unwrap();
        let body = json!({ "order": { "count": 2, "title": "For Ada" }, "fixed": true });
        assert_eq!(request.body, Some(FilledBody::Json(body)));

        settings["body"] = json!({ "count": "{n}" });
        assert!(made(settings.clone()).unwrap_err().message.contains("note"));
        settings.as_object_mut().unwrap().remove("body");
        settings["body_as"] = json!("form");
        let request = filled(&made(settings).unwrap(), json!({ "n": 2, "note": "a b" })).unwrap();
        let pairs = [("n", "2"), ("note", "a b")].map(|(n, v)| (n.to_owned(), v.to_owned()));
        assert_eq!(request.body, Some(FilledBody::Form(pairs.to_vec())));
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_its_field() {
        let field = |change: &dyn Fn(&mut Value)| {
            let mut settings = weather();
            change(&mut settings);
            made(settings).unwrap_err().field.unwrap().into_owned()
        };
        assert_eq!(
            field(&|s| s["url"] = json!("ftp://x/{city}")),
            "settings.url"
        );
        assert_eq!(
            field(&|s| s["url"] = json!("https://{city}/x")),
            "settings.url"
        );
        assert_eq!(
            field(&|s| s["url"] = json!("https://u:p@x/{city}")),
            "settings.url"
        );
        assert_eq!(
            field(&|s| s["url"] = json!("https://x/{town}")),
            "settings.url"
        );
        assert_eq!(
            field(&|s| s["arguments"]["required"] = json!([])),
            "settings.url"
        );
        assert_eq!(field(&|s| s["arguments"] = json!([])), "settings.arguments");
        assert_eq!(field(&|s| s["body"] = json!({})), "settings.body");
    }
}
