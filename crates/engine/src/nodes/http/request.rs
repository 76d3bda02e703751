//! From settings to a request.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use headwater_model::ports::FetchRequest;
use headwater_model::{Error, Result};
use serde_json::{Map, Value, json};

use super::{Auth, Body, Method, REDIRECTS, Settings};
use crate::compile::Compiler;
use crate::file::File;
use crate::scope::Scope;
use crate::template::{Dynamic, Segment, Template};

/// Parts of a header's name whose value no record shows.
const SECRETIVE: [&str; 6] = ["auth", "cookie", "key", "token", "secret", "password"];
/// Headers that belong to the connection, not to the request.
const NOT_OURS: [&str; 7] = [
    "connection",
    "content-length",
    "host",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

#[derive(Debug)]
pub(super) struct HttpStep {
    method: Method,
    url: Template,
    query: Vec<(String, Dynamic)>,
    headers: Vec<(String, Dynamic)>,
    auth: Option<Credentials>,
    body: Content,
    max_bytes: usize,
    follow_redirects: bool,
    fail_on_status: bool,
}

#[derive(Debug)]
enum Credentials {
    Bearer(Template),
    Basic(Template, Template),
}

#[derive(Debug)]
enum Content {
    None,
    Json(Dynamic),
    Text(Template),
    Form(Vec<(String, Dynamic)>),
    Multipart(Vec<(String, Dynamic)>),
}

impl HttpStep {
    pub fn compile(compiler: &mut Compiler<'_>, settings: Settings) -> Self {
        let url = compiler.template("url", settings.url.trim());
        if let Some(Segment::Literal(start)) = url.segments.first()
            && !["http://", "https://"]
                .iter()
                .any(|scheme| starts(start, scheme))
        {
            let message = "The address must begin with http:// or https://.";
            compiler.problem("url", message, "Write the whole address.");
        }
        if url.segments.is_empty() {
            compiler.problem("url", "No address is given.", "Write the whole address.");
        }
        for name in settings.headers.keys() {
            if let Err(error) = check_name(name) {
                let fix = "Correct it, or remove it.";
                compiler.problem(&format!("headers.{name}"), error.message, fix);
            }
        }
        if !matches!(settings.body, Body::None) && settings.method == Method::Head {
            let fix = "Use another method, or remove the body.";
            compiler.problem("body", "A HEAD request has no body.", fix);
        }
        let auth = settings.auth.map(|auth| match auth {
            Auth::Bearer { token } => Credentials::Bearer(compiler.template("auth.token", &token)),
            Auth::Basic { user, password } => Credentials::Basic(
                compiler.template("auth.user", &user),
                compiler.template("auth.password", &password),
            ),
        });
        Self {
            method: settings.method,
            url,
            query: named(compiler, "query", &settings.query),
            headers: named(compiler, "headers", &settings.headers),
            auth,
            body: content(compiler, settings.body),
            max_bytes: settings.max_bytes as usize,
            follow_redirects: settings.follow_redirects,
            fail_on_status: settings.fail_on_status,
        }
    }

    fn url(&self, scope: &Scope) -> Result<String> {
        let mut url = String::new();
        for (place, segment) in self.url.segments.iter().enumerate() {
            let mut text = String::new();
            segment.render(scope, &mut text)?;
            match segment {
                // A name in place of a secret is for people.
                Segment::Secret(name) if scope.secret(name).is_none() => url.push_str(&text),
                // What is a value must stay one, whatever it says.
                Segment::Reference(_) | Segment::Secret(_) if place > 0 => {
                    // No encoding keeps these from being read as steps up.
                    if matches!(text.as_str(), "." | "..") {
                        let message = format!(
                            "A value in the address is “{text}”, which would lead elsewhere."
                        );
                        return Err(Error::invalid("url", message));
                    }
                    encode(&text, &mut url);
                }
                _ => url.push_str(&text),
            }
        }
        let url = url.trim();
        let pairs = pairs(&self.query, scope)?;
        if pairs.is_empty() {
            return Ok(url.to_owned());
        }
        let (url, fragment) = url.split_once('#').unwrap_or((url, ""));
        let joint = if url.contains('?') { '&' } else { '?' };
        let mut whole = format!("{url}{joint}{}", encoded(&pairs));
        if !fragment.is_empty() {
            let _ = write!(whole, "#{fragment}");
        }
        Ok(whole)
    }

    fn headers(&self, scope: &Scope) -> Result<Vec<(String, String)>> {
        let mut headers = Vec::new();
        for (name, value) in pairs(&self.headers, scope)? {
            headers.push((name, value));
        }
        if let Some(auth) = &self.auth {
            let value = match auth {
                Credentials::Bearer(token) => format!("Bearer {}", token.text(scope)?.trim()),
                Credentials::Basic(user, password) => {
                    let both = format!("{}:{}", user.text(scope)?, password.text(scope)?);
                    format!("Basic {}", STANDARD.encode(both))
                }
            };
            headers.push(("authorization".to_owned(), value));
        }
        for (name, value) in &headers {
            check_value(name, value)?;
        }
        Ok(headers)
    }

    /// The body, its media type, and what a record shows of it.
    fn body(&self, scope: &Scope) -> Result<Option<(Vec<u8>, String, Value)>> {
        Ok(match &self.body {
            Content::None => None,
            Content::Json(value) => {
                let value = value.value(scope)?;
                Some((
                    value.to_string().into_bytes(),
                    "application/json".into(),
                    value,
                ))
            }
            Content::Text(text) => {
                let text = text.text(scope)?;
                let shown = json!(text);
                Some((text.into_bytes(), "text/plain; charset=utf-8".into(), shown))
            }
            Content::Form(fields) => {
                let fields = pairs(fields, scope)?;
                let text = encoded(&fields);
                let media_type = "application/x-www-form-urlencoded".into();
                Some((text.clone().into_bytes(), media_type, json!(text)))
            }
            Content::Multipart(parts) => Some(multipart(parts, scope)?),
        })
    }
}

/// A request, and what a record shows of it.
pub(super) struct Built {
    pub request: FetchRequest,
    pub inputs: Value,
    /// Whether the step's idempotency key goes along.
    pub keyed: bool,
}

impl HttpStep {
    /// Renders the request: with the names of its secrets, or, where the scope reveals them, to be sent.
    pub fn build(&self, scope: &Scope) -> Result<Built> {
        let url = self.url(scope)?;
        let mut headers = self.headers(scope)?;
        let mut inputs = json!({ "method": self.method.as_str(), "url": url });
        inputs["headers"] = shown(&headers);
        let body = self.body(scope)?.map(|(bytes, media_type, shown)| {
            inputs["body"] = shown;
            if !has(&headers, "content-type") {
                headers.push(("content-type".to_owned(), media_type));
            }
            bytes
        });
        let keyed = !self.method.only_reads() && !has(&headers, "idempotency-key");
        Ok(Built {
            request: FetchRequest {
                method: self.method.as_str().to_owned(),
                url,
                headers,
                body,
                redirects: if self.follow_redirects { REDIRECTS } else { 0 },
                private: false,
                max_bytes: self.max_bytes,
            },
            inputs,
            keyed,
        })
    }

    /// Whether an answer of 400 and above fails the step.
    pub fn fails_on_status(&self) -> bool {
        self.fail_on_status
    }
}

fn starts(text: &str, scheme: &str) -> bool {
    let start = text.get(..scheme.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(scheme))
}

fn named(
    compiler: &mut Compiler<'_>,
    field: &str,
    values: &Map<String, Value>,
) -> Vec<(String, Dynamic)> {
    let values = values.iter();
    values
        .map(|(name, value)| {
            let value = compiler.dynamic(&format!("{field}.{name}"), value);
            (name.clone(), value)
        })
        .collect()
}

fn content(compiler: &mut Compiler<'_>, body: Body) -> Content {
    match body {
        Body::None => Content::None,
        Body::Json(value) => Content::Json(compiler.dynamic("body.value", &value)),
        Body::Text(text) => Content::Text(compiler.template("body.value", &text)),
        Body::Form(fields) => Content::Form(named(compiler, "body.value", &fields)),
        Body::Multipart(parts) => Content::Multipart(named(compiler, "body.value", &parts)),
    }
}

/// Names and texts; a list gives its name several times, null leaves it out.
fn pairs(fields: &[(String, Dynamic)], scope: &Scope) -> Result<Vec<(String, String)>> {
    let mut pairs = Vec::new();
    for (name, value) in fields {
        match value.value(scope)? {
            Value::Array(all) => pairs.extend(all.iter().map(|one| (name.clone(), text(one)))),
            Value::Null => {}
            one => pairs.push((name.clone(), text(&one))),
        }
    }
    Ok(pairs)
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn encoded(pairs: &[(String, String)]) -> String {
    let mut out = String::new();
    for (name, value) in pairs {
        if !out.is_empty() {
            out.push('&');
        }
        encode(name, &mut out);
        out.push('=');
        encode(value, &mut out);
    }
    out
}

/// Percent-encodes all but what is safe in every part of an address.
fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
}

fn check_name(name: &str) -> Result<()> {
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || !name.chars().all(token) {
        let message = format!("“{}” is no header's name.", name.escape_debug());
        return Err(Error::invalid("headers", message));
    }
    if NOT_OURS.contains(&name.to_ascii_lowercase().as_str()) {
        let message = format!("The header “{name}” is set by Headwater itself.");
        return Err(Error::invalid("headers", message));
    }
    Ok(())
}

/// A value with a line break would begin another header.
fn check_value(name: &str, value: &str) -> Result<()> {
    if value.chars().any(|c| c.is_control() && c != '\t') {
        return Err(Error::invalid(
            format!("headers.{name}"),
            format!(
                "The header “{name}” has a line break or another control character in its value. Remove it."
            ),
        ));
    }
    Ok(())
}

fn has(headers: &[(String, String)], wanted: &str) -> bool {
    headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case(wanted))
}

/// Headers as a record shows them: without what looks like a secret.
fn shown(headers: &[(String, String)]) -> Value {
    let shown = headers.iter().map(|(name, value)| {
        let lower = name.to_ascii_lowercase();
        let hidden = SECRETIVE.iter().any(|part| lower.contains(part));
        let value = if hidden { "(hidden)" } else { value };
        (name.clone(), json!(value))
    });
    Value::Object(shown.collect())
}

/// Parts as a web form with files sends them. The boundary follows from the content, so that every
/// attempt sends the same.
fn multipart(parts: &[(String, Dynamic)], scope: &Scope) -> Result<(Vec<u8>, String, Value)> {
    let mut pieces: Vec<(String, Vec<u8>)> = Vec::new();
    let mut record = Map::new();
    for (name, value) in parts {
        let all = match value.value(scope)? {
            Value::Array(all) => all,
            Value::Null => Vec::new(),
            one => vec![one],
        };
        let mut shown = Vec::new();
        for one in all {
            let head = format!("content-disposition: form-data; name=\"{}\"", quoted(name));
            if one.is_object() {
                let file = File::read(&one, &format!("body.value.{name}"))?;
                shown.push(file.shown());
                let media_type = match file.media_type.as_str() {
                    "" => "application/octet-stream",
                    known => known,
                };
                check_value("content-type", media_type)?;
                let file_name = quoted(&file.name);
                let head =
                    format!("{head}; filename=\"{file_name}\"\r\ncontent-type: {media_type}");
                pieces.push((head, file.bytes));
            } else {
                shown.push(one.clone());
                pieces.push((head, text(&one).into_bytes()));
            }
        }
        record.insert(name.clone(), Value::Array(shown));
    }
    let boundary = boundary(&pieces);
    let mut body = Vec::new();
    for (head, bytes) in pieces {
        body.extend_from_slice(format!("--{boundary}\r\n{head}\r\n\r\n").as_bytes());
        body.extend_from_slice(&bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    let media_type = format!("multipart/form-data; boundary={boundary}");
    Ok((body, media_type, Value::Object(record)))
}

/// A name inside quotes, as browsers write it.
fn quoted(name: &str) -> String {
    name.replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A text that stands in none of the parts.
fn boundary(pieces: &[(String, Vec<u8>)]) -> String {
    let inside = |boundary: &str| {
        let wanted = boundary.as_bytes();
        let mut bodies = pieces.iter().map(|(_, bytes)| bytes.as_slice());
        bodies.any(|bytes| bytes.windows(wanted.len()).any(|part| part == wanted))
    };
    let mut turn = 0u32;
    loop {
        let boundary = format!("headwater-part-{turn:08x}");
        if !inside(&boundary) {
            return boundary;
        }
        turn += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_begin_another_header_is_refused() {
        for name in ["", "a b", "a\r\nb", "Host", "content-length", "ä"] {
            assert!(check_name(name).is_err(), "{name}");
        }
        assert!(check_name("X-Request-Id").is_ok());
        for value in ["a\r\nX-Evil: 1", "a\nb", "a\0"] {
            let error = check_value("x", value).unwrap_err();
            assert_eq!(error.field.as_deref(), Some("headers.x"));
        }
    }

    #[test]
    fn a_value_cannot_leave_its_place_in_the_address() {
        let mut out = String::new();
        encode("../a b?c=1&d#e@f:g", &mut out);
        assert_eq!(out, "..%2Fa%20b%3Fc%3D1%26d%23e%40f%3Ag");
    }

    #[test]
    fn records_do_not_show_what_looks_like_a_secret() {
        let headers = [
            ("X-Api-Key".to_owned(), "k".to_owned()),
            ("Accept".to_owned(), "text/html".to_owned()),
        ];
        let shown = shown(&headers);
        assert_eq!(
            shown,
            json!({ "X-Api-Key": "(hidden)", "Accept": "text/html" })
        );
    }

    #[test]
    fn a_boundary_stands_in_no_part() {
        let first = boundary(&[]);
        let other = boundary(&[(String::new(), format!("--{first}--").into_bytes())]);
        assert_ne!(first, other);
    }
}
