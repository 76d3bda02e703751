//! Opening a session over HTTP, and failures as sentences.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use headwater_model::{Code, Error, Result};
use reqwest::header::{HeaderName, HeaderValue};
use rmcp::ServiceExt as _;
use rmcp::service::{ClientInitializeError, ServiceError};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::{
    AuthRequiredError, HttpStatusError, InsufficientScopeError, StreamableHttpClientTransportConfig,
};
use url::Url;

use super::session::{Listener, Opened};
use super::{Place, Said};
use crate::egress::{Egress, Refused};
use crate::fault::{chain, find};
use crate::tools::{Scrub, refusal, shortened};

/// The most one message of a server may have, in bytes.
const LONGEST_MESSAGE: usize = 16 * 1024 * 1024;

/// What a session is opened with, as a number: another one needs another session.
pub(super) fn fingerprint(place: &Place) -> u64 {
    let mut hash = DefaultHasher::new();
    match place {
        Place::Program(name) => name.hash(&mut hash),
        Place::Http { url, headers } => {
            url.as_str().hash(&mut hash);
            for (name, said) in headers {
                name.hash(&mut hash);
                match said {
                    Said::Text(text) => text.hash(&mut hash),
                    Said::Secret { prefix, secret } => (prefix, secret.reveal()).hash(&mut hash),
                }
            }
        }
    }
    hash.finish()
}

/// Opens a session over streamable HTTP.
pub(super) async fn http(
    egress: &Egress,
    url: &Url,
    headers: &[(String, Said)],
    scrub: &Scrub,
) -> Result<Opened> {
    let host = url.host_str().unwrap_or_default();
    let client = egress.client_for(url).map_err(|error| match error.code {
        Code::Invalid => refusal(host),
        _ => error,
    })?;
    let config = StreamableHttpClientTransportConfig::with_uri(url.as_str())
        .custom_headers(told(headers)?)
        .max_sse_event_size(LONGEST_MESSAGE);
    let transport = StreamableHttpClientTransport::with_client(client, config);
    let opened = Listener::default().serve(transport).await;
    let service = opened.map_err(|error| opening_failed(host, &error, scrub))?;
    Ok(Opened {
        service,
        program: None,
    })
}

fn told(headers: &[(String, Said)]) -> Result<HashMap<HeaderName, HeaderValue>> {
    let mut out = HashMap::new();
    for (name, said) in headers {
        let wrong = || {
            Error::invalid(
                format!("headers.{name}"),
                format!(
                    "What is set for the header {name} cannot be sent: use one line of plain ASCII text."
                ),
            )
        };
        let (text, is_secret) = match said {
            Said::Text(text) => (text.clone(), false),
            Said::Secret { prefix, secret } => (format!("{prefix}{}", secret.reveal()), true),
        };
        let mut value = HeaderValue::from_str(&text).map_err(|_| wrong())?;
        value.set_sensitive(is_secret);
        out.insert(
            HeaderName::try_from(name.as_str()).map_err(|_| wrong())?,
            value,
        );
    }
    Ok(out)
}

/// What failed below, when it tells a person what to do.
fn cause(host: &str, error: &(dyn StdError + 'static)) -> Option<Error> {
    if find::<Refused>(error).is_some() {
        return Some(refusal(host));
    }
    let upstream = |text: String| Some(Error::new(Code::Upstream, text));
    if find::<AuthRequiredError>(error).is_some() || find::<InsufficientScopeError>(error).is_some()
    {
        return upstream(format!(
            "The MCP server at {host} asks who calls. Set its header Authorization to {{\"secret\": \"NAME\", \
             \"prefix\": \"Bearer \"}}."
        ));
    }
    if let Some(status) = find::<HttpStatusError>(error) {
        let text = format!("The MCP server at {host} answered {}.", status.status);
        let wait = status
            .retry_after
            .as_ref()
            .and_then(|wait| wait.trim().parse().ok());
        return Some(match status.status {
            429 => Error::new(Code::RateLimited, text).with_limit("tool", wait),
            503 => Error::new(Code::Upstream, text).with_limit("tool", wait),
            _ => Error::new(Code::Upstream, text),
        });
    }
    if find::<reqwest::Error>(error).is_some_and(reqwest::Error::is_connect) {
        return upstream(format!(
            "The MCP server at {host} could not be reached. Is it running, and is the URL right?"
        ));
    }
    None
}

fn opening_failed(host: &str, error: &ClientInitializeError, scrub: &Scrub) -> Error {
    let source = scrub.text(shortened(&chain(error), 500));
    let told = cause(host, error).unwrap_or_else(|| {
        Error::new(
            Code::Upstream,
            format!(
                "{host} does not answer as an MCP server does. Check the URL; it usually ends in /mcp."
            ),
        )
    });
    told.with_source(source)
}

/// A call or a list that came to nothing.
pub(super) fn service_error(error: &ServiceError, scrub: &Scrub) -> Error {
    let source = scrub.text(shortened(&chain(error), 500));
    if let Some(told) = cause("this address", error) {
        return told.with_source(source);
    }
    let (code, text) = match error {
        ServiceError::Timeout { .. } => (Code::Timeout, "The MCP server did not answer in time."),
        ServiceError::McpError(_) => (Code::Upstream, "The MCP server refused to list its tools."),
        ServiceError::UnexpectedResponse => (
            Code::Upstream,
            "The MCP server answered with something a tool call cannot use.",
        ),
        _ => (
            Code::Upstream,
            "The connection to the MCP server broke off.",
        ),
    };
    Error::new(code, text).with_source(source)
}
