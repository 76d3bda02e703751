//! From a function and arguments to a request. What is wrong with the arguments is a sentence for
//! whoever chose them.

use headwater_model::tool::BodyAs;
use serde_json::{Map, Value};
use url::Url;

use super::{Body, Fill, Header, HttpFunction};

/// A request before secrets are put in.
#[derive(Debug)]
pub(super) struct Filled {
    pub url: Url,
    /// Only those that say no secret.
    pub headers: Vec<(String, String)>,
    pub body: Option<FilledBody>,
}

#[derive(Debug, PartialEq)]
pub(super) enum FilledBody {
    Json(Value),
    Form(Vec<(String, String)>),
}

type Arguments = Map<String, Value>;

impl HttpFunction {
    pub(super) fn fill(&self, arguments: &Arguments) -> Result<Filled, String> {
        let mut url = self.fill_url(arguments)?;
        let mut pairs = Vec::new();
        for (name, fill) in &self.query {
            fill.pairs(name, arguments, &mut pairs);
        }
        if !pairs.is_empty() {
            url.query_pairs_mut().extend_pairs(pairs);
        }
        let mut headers = Vec::new();
        for (name, header) in &self.headers {
            let Header::Fill(fill) = header else { continue };
            let mut pairs = Vec::new();
            fill.pairs(name, arguments, &mut pairs);
            for (name, text) in pairs {
                if text.chars().any(|c| c.is_control() || !c.is_ascii()) {
                    return Err(format!(
                        "What stands in the header {name} must be one line of plain ASCII text."
                    ));
                }
                headers.push((name, text));
            }
        }
        let body = self.body.as_ref().map(|(body, how)| {
            let value = body.fill(arguments);
            match how {
                BodyAs::Json => FilledBody::Json(value),
                BodyAs::Form => FilledBody::Form(form(value)),
            }
        });
        Ok(Filled { url, headers, body })
    }

    fn fill_url(&self, arguments: &Arguments) -> Result<Url, String> {
        let mut text = String::new();
        for piece in pieces(&self.url) {
            match piece {
                Piece::Text(literal) => text.push_str(literal),
                Piece::Place(name) => {
                    let value = arguments.get(name).map(written).unwrap_or_default();
                    // A path without a segment, or with a step up, is another path.
                    if value.is_empty() || value == "." || value == ".." {
                        return Err(format!(
                            "“{name}” stands in the URL and cannot be “{value}”."
                        ));
                    }
                    encode(&value, &mut text);
                }
            }
        }
        Url::parse(&text).map_err(|_| "These arguments do not make a URL.".to_owned())
    }
}

impl Fill {
    fn pairs(&self, key: &str, arguments: &Arguments, out: &mut Vec<(String, String)>) {
        match self {
            Self::Text(template) => out.push((key.to_owned(), fill_text(template, arguments))),
            Self::Argument { name, apart } => match arguments.get(name) {
                None | Some(Value::Null) => {}
                Some(Value::Array(items)) if *apart => {
                    out.extend(items.iter().map(|item| (key.to_owned(), written(item))));
                }
                Some(Value::Array(items)) => {
                    let items: Vec<String> = items.iter().map(written).collect();
                    out.push((key.to_owned(), items.join(",")));
                }
                Some(value) => out.push((key.to_owned(), written(value))),
            },
        }
    }
}

impl Body {
    fn fill(&self, arguments: &Arguments) -> Value {
        match self {
            Self::Like(value) => fill_value(value, arguments).unwrap_or_default(),
            Self::Whole(name) => arguments.get(name).cloned().unwrap_or_default(),
            Self::These(names) => {
                let there = |name: &String| Some((name.clone(), arguments.get(name)?.clone()));
                Value::Object(names.iter().filter_map(there).collect())
            }
        }
    }
}

/// A text with places, taken apart.
pub(super) enum Piece<'t> {
    Text(&'t str),
    Place(&'t str),
}

/// `{name}` is a place; a brace that stands for nothing is text.
pub(super) fn pieces(template: &str) -> Vec<Piece<'_>> {
    let (mut out, mut rest) = (Vec::new(), template);
    while let Some(open) = rest.find('{') {
        let inner = &rest[open + 1..];
        let named = |c: char| c.is_alphanumeric() || c == '_' || c == '-' || c == '.';
        let place = inner
            .split_once('}')
            .map(|(name, _)| name)
            .filter(|name| !name.is_empty() && name.chars().all(named));
        match place {
            Some(name) => {
                out.push(Piece::Text(&rest[..open]));
                out.push(Piece::Place(name));
                rest = &inner[name.len() + 1..];
            }
            None => {
                out.push(Piece::Text(&rest[..=open]));
                rest = inner;
            }
        }
    }
    out.push(Piece::Text(rest));
    out
}

/// The argument a text is, when it is nothing else.
pub(super) fn only_place(template: &str) -> Option<&str> {
    let inner = template.strip_prefix('{')?.strip_suffix('}')?;
    match pieces(template).as_slice() {
        [Piece::Text(""), Piece::Place(name), Piece::Text("")] if *name == inner => Some(inner),
        _ => None,
    }
}

fn fill_text(template: &str, arguments: &Arguments) -> String {
    let mut text = String::new();
    for piece in pieces(template) {
        match piece {
            Piece::Text(literal) => text.push_str(literal),
            Piece::Place(name) => {
                text.push_str(&arguments.get(name).map(written).unwrap_or_default());
            }
        }
    }
    text
}

/// Nothing for a place whose argument is missing: a field of that value is left out.
fn fill_value(value: &Value, arguments: &Arguments) -> Option<Value> {
    Some(match value {
        Value::String(text) => match only_place(text) {
            Some(name) => arguments.get(name)?.clone(),
            None => Value::String(fill_text(text, arguments)),
        },
        Value::Array(items) => {
            let items = items.iter().filter_map(|item| fill_value(item, arguments));
            Value::Array(items.collect())
        }
        Value::Object(fields) => {
            let fields = fields.iter();
            let fields = fields.filter_map(|(n, v)| Some((n.clone(), fill_value(v, arguments)?)));
            Value::Object(fields.collect())
        }
        other => other.clone(),
    })
}

/// A value where only text can stand.
fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn form(value: Value) -> Vec<(String, String)> {
    let Value::Object(fields) = value else {
        return Vec::new();
    };
    let mut out = Vec::new();
    for (name, value) in fields {
        match value {
            Value::Null => {}
            Value::Array(items) => {
                out.extend(items.iter().map(|item| (name.clone(), written(item))));
            }
            value => out.push((name, written(&value))),
        }
    }
    out
}

/// Everything but the letters that mean nothing in a URL is percent-encoded.
fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
}
