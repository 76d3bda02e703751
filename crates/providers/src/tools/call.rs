//! Sends a function's request and reads what came of it, within limits.

use std::collections::HashMap;

use futures::StreamExt as _;
use headwater_model::ports::{Secret, ToolResult};
use headwater_model::tool::Method;
use headwater_model::{Code, Error, Result};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::{RequestBuilder, Response, StatusCode};
use serde_json::{Map, Value};
use url::Url;

use super::fill::{Filled, FilledBody};
use super::{Header, HttpFunction, shortened};
use crate::egress::{Egress, Refused};
use crate::fault::{chain, find, retry_after};

/// How often a redirect is followed.
const REDIRECTS: usize = 5;
/// The most that is read of an answer, whatever the caller allows.
const LARGEST: usize = 16 * 1024 * 1024;
/// The most that is repeated of an error's text, in characters.
const LONGEST_ERROR: usize = 2_000;

/// One call of a function.
pub struct HttpCall<'a> {
    pub function: &'a HttpFunction,
    pub arguments: &'a Map<String, Value>,
    /// By name; all that the function's headers name.
    pub secrets: &'a HashMap<String, Secret>,
    pub idempotency_key: &'a str,
    /// How much of the answer is worth reading, in bytes.
    pub most: usize,
}

impl HttpCall<'_> {
    /// Sends it. See the contract of the port `Tools` for what is a result and what an error.
    pub async fn send(&self, egress: &Egress) -> Result<ToolResult> {
        let filled = match self.function.fill(self.arguments) {
            Ok(filled) => filled,
            Err(why) => return Ok(failed(why)),
        };
        let headers = self.headers(&filled)?;
        let method = self.function.method;
        let mut url = filled.url.clone();
        for hop in 0..=REDIRECTS {
            let mut request = request(egress, method, url.clone())?;
            // What is meant for one server is not told to another.
            if hop == 0 || url.origin() == filled.url.origin() {
                request = request.headers(headers.clone());
            }
            if !method.is_safe() {
                request = request.header("idempotency-key", self.idempotency_key);
            }
            let response = send(with_body(request, &filled), &url, egress).await?;
            if !response.status().is_redirection() {
                return read_result(response, egress, self.most.min(LARGEST)).await;
            }
            match next(&url, &response, method) {
                Ok(target) => url = target,
                Err(why) => return Ok(failed(why)),
            }
        }
        Ok(failed(format!(
            "The server sent the call to another address more than {REDIRECTS} times."
        )))
    }

    fn headers(&self, filled: &Filled) -> Result<HeaderMap> {
        let mut headers = HeaderMap::new();
        for (name, text) in &filled.headers {
            put(&mut headers, name, text, false)?;
        }
        for (name, header) in &self.function.headers {
            let Header::Secret(text) = header else {
                continue;
            };
            let Some(secret) = self.secrets.get(&text.secret) else {
                return Err(Error::not_found("secret").with_field(format!("headers.{name}")));
            };
            put(
                &mut headers,
                name,
                &format!("{}{}", text.prefix, secret.reveal()),
                true,
            )?;
        }
        Ok(headers)
    }
}

fn put(headers: &mut HeaderMap, name: &str, text: &str, secret: bool) -> Result<()> {
    // The text itself is never told: it may be a secret.
    let wrong = || {
        Error::invalid(
            format!("headers.{name}"),
            format!(
                "What is set for the header {name} cannot be sent: use one line of plain ASCII text."
            ),
        )
    };
    let key = HeaderName::try_from(name).map_err(|_| wrong())?;
    let mut value = HeaderValue::from_str(text).map_err(|_| wrong())?;
    value.set_sensitive(secret);
    headers.append(key, value);
    Ok(())
}

fn request(egress: &Egress, method: Method, url: Url) -> Result<RequestBuilder> {
    let verb = reqwest::Method::from_bytes(method.as_str().as_bytes()).map_err(Error::internal)?;
    let host = url.host_str().unwrap_or_default().to_owned();
    let refused = |error: Error| match error.code {
        Code::Invalid => refusal(&host),
        _ => error,
    };
    egress.request(verb, url).map_err(refused)
}

/// What is told of an address that may not be called.
pub(crate) fn refusal(host: &str) -> Error {
    Error::invalid(
        "url",
        format!(
            "Headwater does not call {host}: tools may not reach this machine or private networks. \
             An operator can allow it with tools.allow_private."
        ),
    )
}

fn with_body(request: RequestBuilder, filled: &Filled) -> RequestBuilder {
    match &filled.body {
        None => request,
        Some(FilledBody::Json(value)) => request.json(value),
        Some(FilledBody::Form(pairs)) => {
            let body = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(pairs)
                .finish();
            request
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(body)
        }
    }
}

async fn send(request: RequestBuilder, url: &Url, egress: &Egress) -> Result<Response> {
    let host = url.host_str().unwrap_or_default();
    let limit = egress.config().first_byte_timeout;
    let sent = tokio::time::timeout(limit, request.send()).await;
    let Ok(sent) = sent else {
        return Err(Error::new(
            Code::Timeout,
            format!("{host} did not answer within {} s.", limit.as_secs()),
        ));
    };
    sent.map_err(|error| {
        if find::<Refused>(&error).is_some() {
            return refusal(host);
        }
        let what = match error.is_connect() {
            true => format!("{host} could not be reached. Is it running, and is the URL right?"),
            false => format!("The connection to {host} broke off."),
        };
        Error::new(Code::Upstream, what).with_source(chain(&error.without_url()))
    })
}

/// Where a redirect leads, when it may be followed.
fn next(from: &Url, response: &Response, method: Method) -> Result<Url, String> {
    let status = response.status().as_u16();
    if !method.is_safe() {
        return Err(format!(
            "The server answered with a redirect ({status}), which is followed for GET only. \
             Set the URL to where it leads."
        ));
    }
    let target = response.headers().get(LOCATION);
    let target = target.and_then(|value| from.join(value.to_str().ok()?).ok());
    let target = target.filter(|url| matches!(url.scheme(), "http" | "https"));
    target.ok_or_else(|| {
        format!("The server answered with a redirect ({status}) that leads nowhere.")
    })
}

async fn read_result(response: Response, egress: &Egress, most: usize) -> Result<ToolResult> {
    let status = response.status();
    let wait = retry_after(response.headers(), egress.now());
    let kind = content_type(&response);
    if status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429) {
        let body = read(response, 64 * 1024).await.unwrap_or_default().0;
        return Err(refused(status, wait, &String::from_utf8_lossy(&body)));
    }
    let (body, whole) = read(response, most).await?;
    if !status.is_success() {
        let text = String::from_utf8_lossy(&body);
        let text = shortened(&text, LONGEST_ERROR);
        return Ok(failed(match text.is_empty() {
            true => format!("The server answered {status}."),
            false => format!("The server answered {status}: {text}"),
        }));
    }
    Ok(succeeded(status, &kind, body, whole))
}

fn succeeded(status: StatusCode, kind: &str, body: Vec<u8>, whole: bool) -> ToolResult {
    let said = |text: String, value: Option<Value>| {
        let value = value.unwrap_or_else(|| Value::String(text.clone()));
        ToolResult::new(text, value)
    };
    if body.is_empty() {
        return said(
            format!("The server answered {status} and said nothing."),
            Some(Value::Null),
        );
    }
    let size = body.len();
    let text = match String::from_utf8(body) {
        Ok(text) => text,
        // A cut may go through a letter.
        Err(error) if !whole && error.utf8_error().valid_up_to() + 4 > size => {
            String::from_utf8_lossy(error.as_bytes()).into_owned()
        }
        Err(_) => {
            let text =
                format!("The server answered with {size} bytes of {kind}, which is not text.");
            return said(text, None);
        }
    };
    let is_json = kind.ends_with("/json") || kind.ends_with("+json");
    let value = (is_json && whole)
        .then(|| serde_json::from_str(&text).ok())
        .flatten();
    said(text, value)
}

fn refused(status: StatusCode, wait: Option<u64>, body: &str) -> Error {
    let text = shortened(body, 300);
    let text = match text.is_empty() {
        true => String::new(),
        false => format!(" It says: “{text}”"),
    };
    match status.as_u16() {
        429 => Error::new(
            Code::RateLimited,
            format!("The server gets too many calls ({status}).{text}"),
        )
        .with_limit("tool", wait),
        503 => Error::new(
            Code::Upstream,
            format!("The server is not available ({status}).{text}"),
        )
        .with_limit("tool", wait),
        _ => Error::new(
            Code::Upstream,
            format!("The server has a problem of its own ({status}).{text}"),
        ),
    }
}

/// Up to `most` bytes, and whether that was all.
async fn read(response: Response, most: usize) -> Result<(Vec<u8>, bool)> {
    let (mut body, mut bytes) = (Vec::new(), response.bytes_stream());
    while let Some(piece) = bytes.next().await {
        let piece = piece.map_err(|error| {
            Error::new(Code::Upstream, "The answer broke off in the middle.")
                .with_source(chain(&error.without_url()))
        })?;
        let room = most - body.len();
        if piece.len() > room {
            body.extend_from_slice(&piece[..room]);
            return Ok((body, false));
        }
        body.extend_from_slice(&piece);
    }
    Ok((body, true))
}

fn content_type(response: &Response) -> String {
    let value = response.headers().get(CONTENT_TYPE);
    let text = value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let kind = text.split(';').next().unwrap_or_default().trim();
    match kind {
        "" => "an unnamed type".to_owned(),
        kind => kind.to_lowercase(),
    }
}

/// A document by its URL, for a tool about to be kept.
pub async fn fetch_text(egress: &Egress, url: &Url, most: usize) -> Result<String> {
    let wrong = |why: String| Error::new(Code::Upstream, why).with_field("settings.url");
    let mut at = url.clone();
    for _ in 0..=REDIRECTS {
        let request = request(egress, Method::Get, at.clone())
            .map_err(|error| error.with_field("settings.url"))?;
        let response = send(request, &at, egress)
            .await
            .map_err(|error| error.with_field("settings.url"))?;
        let status = response.status();
        if status.is_redirection() {
            at = next(&at, &response, Method::Get).map_err(wrong)?;
            continue;
        }
        if !status.is_success() {
            return Err(wrong(format!(
                "The document could not be fetched: {at} answered {status}."
            )));
        }
        let (body, whole) = read(response, most).await?;
        if !whole {
            return Err(wrong(format!(
                "The document is larger than {} KiB.",
                most / 1024
            )));
        }
        return String::from_utf8(body).map_err(|_| wrong("The document is not text.".to_owned()));
    }
    Err(wrong(
        "The document could not be fetched: too many redirects.".to_owned(),
    ))
}

/// What the other side, or whoever chose the arguments, got wrong.
pub(crate) fn failed(text: String) -> ToolResult {
    ToolResult::failed(text)
}
