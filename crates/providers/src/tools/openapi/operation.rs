//! One operation and its arguments.

use std::sync::Arc;

use headwater_model::tool::{BodyAs, Method, OpenapiSettings};
use serde_json::{Map, Value, json};

use super::schema::{Resolver, lookup};
use crate::tools::http::header;
use crate::tools::{
    Body, Fill, Header, HttpFunction, LARGEST_SCHEMA, LONGEST_DESCRIPTION, Names, shortened,
};

/// The methods an operation may have.
pub(super) const METHODS: [Method; 6] = [
    Method::Get,
    Method::Post,
    Method::Put,
    Method::Patch,
    Method::Delete,
    Method::Head,
];

/// Header parameters that the document may name and others decide (OpenAPI says so).
const IGNORED_HEADERS: [&str; 3] = ["accept", "content-type", "authorization"];

/// An operation where it stands in the document.
pub(super) struct Operation<'d> {
    pub method: Method,
    pub path: &'d str,
    pub item: &'d Value,
    pub operation: &'d Value,
}

/// What is gathered of an operation's parameters.
#[derive(Default)]
struct Gathered {
    properties: Map<String, Value>,
    required: Vec<Value>,
    url: String,
    query: Vec<(String, Fill)>,
    headers: Vec<(String, Header)>,
    body: Option<(Body, BodyAs)>,
}

impl Operation<'_> {
    /// How people name it.
    pub(super) fn title(&self) -> String {
        match self.operation["operationId"].as_str() {
            Some(id) => id.to_owned(),
            None => format!("{} {}", self.method.as_str(), self.path),
        }
    }

    /// Whether it is the one that is wanted.
    pub(super) fn is(&self, wanted: &str) -> bool {
        self.operation["operationId"] == wanted
            || wanted.split_once(' ').is_some_and(|(m, p)| {
                m.eq_ignore_ascii_case(self.method.as_str()) && p.trim() == self.path
            })
    }

    /// The function, or why there is none.
    pub(super) fn function(
        &self,
        document: &Value,
        server: &str,
        settings: &OpenapiSettings,
        names: &mut Names,
    ) -> Result<HttpFunction, String> {
        let mut resolver = Resolver::new(document);
        let mut all = Gathered {
            url: format!("{server}{}", self.path),
            ..Gathered::default()
        };
        for parameter in self.parameters(document)? {
            all.parameter(parameter, &mut resolver)?;
        }
        if let Some(place) = unfilled(&all.url, self.path, &all.properties) {
            return Err(format!("its path has {{{place}}}, which is no parameter"));
        }
        all.request_body(&self.operation["requestBody"], document, &mut resolver)?;
        all.headers.extend(
            settings
                .headers
                .iter()
                .map(|(name, value)| (name.clone(), header(value))),
        );
        let parameters = json!({
            "type": "object", "properties": all.properties, "required": all.required,
            "additionalProperties": false,
        });
        if parameters.to_string().len() > LARGEST_SCHEMA {
            return Err("the schema of its arguments is larger than 64 KiB".to_owned());
        }
        Ok(HttpFunction {
            name: names.give(&self.title()),
            description: self.description(),
            parameters: Arc::new(parameters),
            method: self.method,
            url: all.url,
            query: all.query,
            headers: all.headers,
            body: all.body,
        })
    }

    fn description(&self) -> String {
        let texts = ["summary", "description"].map(|field| self.operation[field].as_str());
        let mut texts: Vec<&str> = texts.into_iter().flatten().map(str::trim).collect();
        texts.dedup();
        if texts.is_empty() {
            return format!("{} {}", self.method.as_str(), self.path);
        }
        shortened(&texts.join("\n"), LONGEST_DESCRIPTION)
    }

    /// The parameters of the path and of the operation, which win.
    fn parameters<'d>(&'d self, document: &'d Value) -> Result<Vec<&'d Value>, String> {
        let mut all: Vec<&Value> = Vec::new();
        for list in [&self.item["parameters"], &self.operation["parameters"]] {
            for parameter in list.as_array().into_iter().flatten() {
                let parameter = deref(parameter, document)?;
                let same = |other: &&Value| {
                    other["name"] == parameter["name"] && other["in"] == parameter["in"]
                };
                all.retain(|other| !same(other));
                all.push(parameter);
            }
        }
        Ok(all)
    }
}

/// What a reference stands for, at most a few of them after each other.
fn deref<'d>(mut value: &'d Value, document: &'d Value) -> Result<&'d Value, String> {
    for _ in 0..8 {
        let Some(target) = value["$ref"].as_str() else {
            return Ok(value);
        };
        value = lookup(document, target)?;
    }
    Err("its references lead in a circle".to_owned())
}

fn unfilled<'p>(url: &str, path: &'p str, properties: &Map<String, Value>) -> Option<&'p str> {
    let mut rest = path;
    while let Some((_, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        // A parameter whose argument is called otherwise was put in under that name.
        if url.contains(&format!("{{{name}}}")) && !properties.contains_key(name) {
            return Some(name);
        }
        rest = after;
    }
    None
}

impl Gathered {
    fn parameter(&mut self, parameter: &Value, resolver: &mut Resolver<'_>) -> Result<(), String> {
        let name = parameter["name"].as_str().unwrap_or_default();
        let place = parameter["in"].as_str().unwrap_or_default();
        let required = parameter["required"] == true;
        match place {
            "header" if IGNORED_HEADERS.contains(&name.to_ascii_lowercase().as_str()) => {
                return Ok(());
            }
            "cookie" if !required => return Ok(()),
            "path" | "query" | "header" => {}
            "cookie" => {
                return Err(format!(
                    "it needs the cookie “{name}”, which is not supported"
                ));
            }
            other => {
                return Err(format!(
                    "its parameter “{name}” stands in “{other}”, which is unknown"
                ));
            }
        }
        let in_json = parameter["content"].is_object();
        let schema = match in_json {
            true => &parameter["content"]["application/json"]["schema"],
            false => &parameter["schema"],
        };
        let style = parameter["style"].as_str();
        let plain = match place {
            "query" => matches!(style, None | Some("form")),
            _ => matches!(style, None | Some("simple")),
        };
        if !plain {
            return Err(format!(
                "its parameter “{name}” has the style {}, which is not supported",
                style.unwrap_or_default()
            ));
        }
        let mut schema = resolver.schema(schema)?;
        if let (Some(text), Value::Object(fields)) =
            (parameter["description"].as_str(), &mut schema)
        {
            fields.insert("description".to_owned(), json!(shortened(text, 1_000)));
        }
        let argument = self.argument(name, place);
        let apart = place == "query" && parameter["explode"] != false && !in_json;
        let fill = Fill::Argument {
            name: argument.clone(),
            apart,
        };
        match place {
            "path" => {
                self.url = self
                    .url
                    .replace(&format!("{{{name}}}"), &format!("{{{argument}}}"))
            }
            "query" => self.query.push((name.to_owned(), fill)),
            _ => self.headers.push((name.to_owned(), Header::Fill(fill))),
        }
        if required || place == "path" {
            self.required.push(json!(argument));
        }
        self.properties.insert(argument, schema);
        Ok(())
    }

    /// An argument's name that nobody has yet and that models take.
    fn argument(&self, name: &str, place: &str) -> String {
        let plain: String = name
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || "_-.".contains(c) {
                    c
                } else {
                    '_'
                }
            })
            .take(60)
            .collect();
        let plain = if plain.is_empty() {
            "argument".to_owned()
        } else {
            plain
        };
        let taken = |name: &str| self.properties.contains_key(name) || name == "body";
        if !taken(&plain) {
            return plain;
        }
        let mut name = format!("{plain}_{place}");
        while taken(&name) {
            name.push('_');
        }
        name
    }

    fn request_body(
        &mut self,
        body: &Value,
        document: &Value,
        resolver: &mut Resolver<'_>,
    ) -> Result<(), String> {
        if body.is_null() {
            return Ok(());
        }
        let body = deref(body, document)?;
        let Some(content) = body["content"]
            .as_object()
            .filter(|content| !content.is_empty())
        else {
            return Ok(());
        };
        let is_json = |kind: &str| {
            let kind = kind.split(';').next().unwrap_or_default().trim();
            kind == "application/json" || kind.ends_with("+json")
        };
        let json_body = content
            .iter()
            .find(|(kind, _)| is_json(kind))
            .map(|(_, it)| (it, BodyAs::Json));
        let form = content
            .get("application/x-www-form-urlencoded")
            .map(|it| (it, BodyAs::Form));
        let required = body["required"] == true;
        let Some((media, how)) = json_body.or(form) else {
            let kinds: Vec<&str> = content.keys().map(String::as_str).collect();
            return match required {
                true => Err(format!(
                    "it needs a body of {}; JSON and forms are supported",
                    kinds.join(" or ")
                )),
                false => Ok(()),
            };
        };
        let mut schema = resolver.schema(&media["schema"])?;
        if let (Some(text), Value::Object(fields)) = (body["description"].as_str(), &mut schema) {
            fields
                .entry("description")
                .or_insert_with(|| json!(shortened(text, 1_000)));
        }
        self.properties.insert("body".to_owned(), schema);
        if required {
            self.required.push(json!("body"));
        }
        self.body = Some((Body::Whole("body".to_owned()), how));
        Ok(())
    }
}
