//! Opening a session over HTTP, and failures as sentences.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use headwater_model::{Code, Error, Result};
use reqwest::header::{HeaderName, HeaderValue};
use rmcp::ServiceExt as _;
use rmcp::service::{ClientInitializeError, ServiceError};
use rmcp::transport::streamable_http_client::{
    StreamableHttpClientTransportConfig, StreamableHttpError,
};
use rmcp::transport::{DynamicTransportError, StreamableHttpClientTransport};
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

type Transport = StreamableHttpError<reqwest::Error>;

/// What the transport itself says of a failure; errors of the protocol keep it to themselves.
fn transport(error: &DynamicTransportError) -> Option<&Transport> {
    find(error.error.as_ref())
}

/// A failure of the transport as a sentence, when it tells a person what to do.
fn told_of(host: &str, error: &Transport) -> Option<Error> {
    let upstream = |text: String| Some(Error::new(Code::Upstream, text));
    match error {
        StreamableHttpError::AuthRequired(_) | StreamableHttpError::InsufficientScope(_) => {
            upstream(format!(
                "The MCP server at {host} asks who calls. Set its header Authorization to \
                 {{\"secret\": \"NAME\", \"prefix\": \"Bearer \"}}."
            ))
        }
        StreamableHttpError::HttpStatus(status) => {
            let text = format!("The MCP server at {host} answered {}.", status.status);
            let wait = status.retry_after.as_ref();
            let wait = wait.and_then(|wait| wait.trim().parse().ok());
            Some(match status.status {
                429 => Error::new(Code::RateLimited, text).with_limit("tool", wait),
                503 => Error::new(Code::Upstream, text).with_limit("tool", wait),
                _ => Error::new(Code::Upstream, text),
            })
        }
        StreamableHttpError::Client(error) if find::<Refused>(error).is_some() => {
            Some(refusal(host))
        }
        StreamableHttpError::Client(error) if error.is_connect() => upstream(format!(
            "The MCP server at {host} could not be reached. Is it running, and is the URL right?"
        )),
        StreamableHttpError::ResponseBodyTooLarge { max_size } => upstream(format!(
            "The MCP server answered with more than {} MiB.",
            max_size >> 20
        )),
        _ => None,
    }
}

fn opening_failed(host: &str, error: &ClientInitializeError, scrub: &Scrub) -> Error {
    let source = scrub.text(shortened(&chain(error), 500));
    let below = match error {
        ClientInitializeError::TransportError { error, .. } => transport(error),
        _ => None,
    };
    let told = below.and_then(|error| told_of(host, error)).unwrap_or_else(|| {
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
    if let ServiceError::TransportSend(error) = error
        && let Some(told) = transport(error).and_then(|error| told_of("this address", error))
    {
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
