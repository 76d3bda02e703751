//! Calls the addresses that flows name, each looked at before anything is sent to it.

use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt;
use headwater_model::ports::{Fetch, FetchRequest, FetchResponse};
use headwater_model::{Code, Error, Result};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::{Method, Response, StatusCode};
use url::Url;

use crate::egress::{Egress, Refused};
use crate::fault::{chain, find, retry_after};

/// The longest address.
const LONGEST_URL: usize = 8_000;
/// Headers that a stranger to whom a redirect leads must not get.
const PERSONAL: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];

/// [`Fetch`] over the egress client.
pub struct Fetcher {
    egress: Arc<Egress>,
    /// The configuration key that would allow private addresses.
    key: &'static str,
}

/// A request on its way, from one address to the next.
struct Journey {
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Option<Vec<u8>>,
}

impl Fetcher {
    /// Calls through `egress`, whose rules decide what may be reached.
    pub fn new(egress: Arc<Egress>) -> Self {
        Self::ruled_by(egress, "tools.allow_private")
    }

    /// The same; refusals name the configuration key that would allow private addresses.
    pub fn ruled_by(egress: Arc<Egress>, key: &'static str) -> Self {
        Self { egress, key }
    }

    async fn send(&self, journey: &Journey) -> Result<Response> {
        let Journey {
            method,
            url,
            headers,
            body,
        } = journey;
        if !self.egress.may_call(url) {
            return Err(forbidden(url, self.key));
        }
        let mut request = self.egress.request(method.clone(), url.clone())?;
        request = request.headers(headers.clone());
        if let Some(body) = body {
            request = request.body(body.clone());
        }
        let limit = self.egress.config().first_byte_timeout;
        match tokio::time::timeout(limit, request.send()).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(unreached(url, &error, self.key)),
            Err(_) => Err(slow(url, limit.as_secs())),
        }
    }

    async fn read(&self, url: &Url, response: Response, most: usize) -> Result<Vec<u8>> {
        let idle = self.egress.config().idle_timeout;
        let mut body = Vec::new();
        let mut pieces = response.bytes_stream();
        loop {
            let piece = tokio::time::timeout(idle, pieces.next()).await;
            match piece.map_err(|_| slow(url, idle.as_secs()))? {
                None => return Ok(body),
                Some(Ok(piece)) if body.len() + piece.len() <= most => {
                    body.extend_from_slice(&piece);
                }
                Some(Ok(_)) => return Err(too_large(url, most)),
                Some(Err(error)) => return Err(unreached(url, &error, self.key)),
            }
        }
    }
}

#[async_trait]
impl Fetch for Fetcher {
    async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse> {
        let (left, most, private) = (request.redirects, request.max_bytes, request.private);
        let mut journey = Journey::of(request)?;
        let work = async {
            for turn in 0..=left {
                let response = self.send(&journey).await?;
                let Some(next) = journey.next(&response)? else {
                    return self.answer(&journey, response, most).await;
                };
                let leaves = next.url.origin() != journey.url.origin();
                if left == 0 || (private && leaves) {
                    return self.answer(&journey, response, most).await;
                }
                if turn == left {
                    break;
                }
                journey = next;
            }
            Err(Error::new(
                Code::Upstream,
                format!(
                    "{} led from one address to the next more than {left} times.",
                    place(&journey.url)
                ),
            ))
        };
        let total = self.egress.config().total_timeout;
        match tokio::time::timeout(total, work).await {
            Ok(result) => result,
            Err(_) => Err(Error::new(
                Code::Timeout,
                format!("The answer was not complete after {} s.", total.as_secs()),
            )),
        }
    }
}

impl Fetcher {
    async fn answer(
        &self,
        journey: &Journey,
        response: Response,
        most: usize,
    ) -> Result<FetchResponse> {
        let status = response.status().as_u16();
        let wait = retry_after(response.headers(), self.egress.now());
        let headers = response.headers().iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        });
        Ok(FetchResponse {
            status,
            headers: headers.collect(),
            body: self.read(&journey.url, response, most).await?,
            retry_after: wait,
        })
    }
}

impl Journey {
    fn of(request: FetchRequest) -> Result<Self> {
        let method = Method::from_bytes(request.method.as_bytes())
            .ok()
            .filter(|method| *method != Method::CONNECT && *method != Method::TRACE)
            .ok_or_else(|| {
                let message = format!("“{}” is no method that can be sent.", request.method);
                Error::invalid("method", message)
            })?;
        Ok(Self {
            method,
            url: address(&request.url)?,
            headers: headers(&request.headers, request.private)?,
            body: request.body,
        })
    }

    /// Where an answer leads, and what is sent there.
    fn next(&self, response: &Response) -> Result<Option<Self>> {
        let status = response.status();
        let follows = [301, 302, 303, 307, 308].contains(&status.as_u16());
        let Some(location) = response.headers().get(LOCATION).filter(|_| follows) else {
            return Ok(None);
        };
        let wrong = || {
            let message = format!(
                "{} leads to something that is no address.",
                place(&self.url)
            );
            Error::new(Code::Upstream, message)
        };
        let location = std::str::from_utf8(location.as_bytes()).map_err(|_| wrong())?;
        let url = self.url.join(location).map_err(|_| wrong())?;
        let url = address(url.as_str())?;
        let mut next = Self {
            method: self.method.clone(),
            headers: self.headers.clone(),
            body: self.body.clone(),
            url,
        };
        let see_other = status == StatusCode::SEE_OTHER;
        let posted = self.method == Method::POST && matches!(status.as_u16(), 301 | 302);
        if (see_other && self.method != Method::HEAD) || posted {
            next.method = Method::GET;
            next.body = None;
            next.headers.remove("content-type");
        }
        if next.url.origin() != self.url.origin() {
            for name in PERSONAL {
                next.headers.remove(name);
            }
        }
        Ok(Some(next))
    }
}

/// An address as it may be called: whole, of the web, without a password in it.
fn address(text: &str) -> Result<Url> {
    let refuse = |message: String| Error::invalid("url", message);
    let shown: String = text
        .split('?')
        .next()
        .unwrap_or(text)
        .chars()
        .take(200)
        .collect();
    if text.len() > LONGEST_URL {
        return Err(refuse(format!(
            "The address has more than {LONGEST_URL} bytes."
        )));
    }
    let url = Url::parse(text).map_err(|error| {
        refuse(format!(
            "“{shown}” is no address: write one such as https://example.com/path."
        ))
        .with_source(error)
    })?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(refuse(format!(
            "“{shown}” cannot be called: only http:// and https:// can."
        )));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse(
            "Leave user name and password out of the address; use `auth`.".to_owned(),
        ));
    }
    Ok(url)
}

fn headers(given: &[(String, String)], private: bool) -> Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in given {
        let wrong = |what: &str| {
            let message = format!("The header “{}” {what}.", name.escape_debug());
            Error::invalid("headers", message)
        };
        let key = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| wrong("has a name that cannot be sent"))?;
        if matches!(
            key.as_str(),
            "host" | "content-length" | "transfer-encoding" | "connection"
        ) {
            return Err(wrong("is set by Headwater itself"));
        }
        let mut value = HeaderValue::from_str(value)
            .or_else(|_| HeaderValue::from_bytes(value.as_bytes()))
            .map_err(|_| wrong("has a value that cannot be sent, such as a line break"))?;
        value.set_sensitive(private);
        headers.append(key, value);
    }
    Ok(headers)
}

/// An address as errors show it: without its query, which may hold keys.
fn place(url: &Url) -> String {
    let mut shown = url.clone();
    shown.set_query(None);
    shown.set_fragment(None);
    shown.into()
}

fn forbidden(url: &Url, key: &str) -> Error {
    let host = url.host_str().unwrap_or_default();
    Error::invalid(
        "url",
        format!(
            "{host} may not be called from here: it is an address of this machine, of a private \
             network or of a cloud's own services. The operator can allow private networks with \
             `{key}`."
        ),
    )
}

fn unreached(url: &Url, error: &reqwest::Error, key: &str) -> Error {
    if find::<Refused>(error).is_some() {
        return forbidden(url, key);
    }
    let detail = chain(error);
    let lower = detail.to_lowercase();
    let what = if error.is_timeout() {
        let message = format!("No connection to {} in time.", place(url));
        return Error::new(Code::Timeout, message).with_source(detail);
    } else if lower.contains("certificate") {
        "its certificate was not accepted"
    } else if lower.contains("dns error") || lower.contains("lookup address") {
        "its host is not known"
    } else if error.is_connect() {
        "nothing answers there"
    } else {
        "the answer broke off"
    };
    let message = format!("{} could not be called: {what}.", place(url));
    Error::new(Code::Upstream, message).with_source(detail)
}

fn slow(url: &Url, seconds: u64) -> Error {
    let message = format!("{} said nothing for {seconds} s.", place(url));
    Error::new(Code::Timeout, message)
}

fn too_large(url: &Url, most: usize) -> Error {
    let message = format!(
        "The answer of {} has more than {most} bytes. Raise max_bytes, or ask for less.",
        place(url)
    );
    Error::new(Code::TooLarge, message).with_limit("max_bytes", None)
}
