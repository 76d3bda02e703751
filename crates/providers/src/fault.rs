//! What went wrong with a vendor, as a sentence that tells a person what to do.

use std::error::Error as StdError;
use std::fmt;
use std::time::{Duration, SystemTime};

use headwater_model::{Code, Error, Timestamp};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::egress::Refused;
use crate::registry::Secret;
use crate::sse::Broken;

/// The longest piece of a vendor's own words that is repeated to a person.
const LONGEST_QUOTE: usize = 300;

/// The technical side of a vendor's failure: for the log and for deciding about a retry.
#[derive(Debug)]
pub struct Cause {
    /// The HTTP status, when there was an answer.
    pub status: Option<u16>,
    /// Whether the same call may succeed a little later.
    pub transient: bool,
    detail: String,
}

impl Cause {
    /// The cause behind an error, when a vendor's failure is behind it.
    pub fn of(error: &Error) -> Option<&Self> {
        StdError::source(error)?.downcast_ref()
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Some(status) => write!(f, "status {status}: {}", self.detail),
            None => f.write_str(&self.detail),
        }
    }
}

impl StdError for Cause {}

/// Whom a call went to and for what; turns what happened into errors.
#[derive(Clone)]
pub(crate) struct Peer {
    pub name: String,
    pub base_url: String,
    /// Empty when the call was not about one model.
    pub model: String,
    pub secret: Option<Secret>,
}

/// What took too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slow {
    Connect,
    FirstByte,
    Idle,
    Total,
}

impl Peer {
    /// The vendor answered with an error status.
    pub fn refused(&self, status: StatusCode, retry_after: Option<u64>, body: &str) -> Error {
        let Self { name, .. } = self;
        let words = self.quote(body);
        let said = |lead: String| match &words {
            Some(words) => format!("{lead} The provider says: “{words}”"),
            None => lead,
        };
        let (code, message, transient) = match status.as_u16() {
            401 => (Code::Upstream, self.key_refused(), false),
            403 => (
                Code::Upstream,
                said(format!(
                    "The API key was refused by {name}: it may not be used for this (403). \
                     Check what the key is allowed to do, or use another one."
                )),
                false,
            ),
            404 if self.model.is_empty() => (
                Code::Upstream,
                format!(
                    "{name} could not be asked: there is nothing at {} (404). \
                     Check the base URL; it usually ends in /v1.",
                    self.base_url
                ),
                false,
            ),
            404 => (Code::Upstream, self.model_unknown(), false),
            429 if out_of_credit(body) => (
                Code::Upstream,
                format!(
                    "The account with {name} has no credit left (429). Add credit with the vendor, \
                     or choose another model."
                ),
                false,
            ),
            429 => (Code::RateLimited, self.too_many(retry_after), true),
            408 | 425 | 500..=599 => (
                Code::Upstream,
                said(format!(
                    "{name} has a problem of its own ({}). Try again in a moment.",
                    status.as_u16()
                )),
                true,
            ),
            300..=399 => (
                Code::Upstream,
                format!(
                    "{name} answered with a redirect ({}), which is not followed. \
                     Set the base URL to where it leads.",
                    status.as_u16()
                ),
                false,
            ),
            _ if mentions_unknown_model(body) => (Code::Upstream, self.model_unknown(), false),
            _ => (
                Code::Upstream,
                said(format!(
                    "{name} did not accept the request ({}). Check the model and its settings.",
                    status.as_u16()
                )),
                false,
            ),
        };
        let error = self.error(code, message, Some(status.as_u16()), transient, body);
        match status.as_u16() {
            429 | 503 => error.with_limit("provider", retry_after),
            _ => error,
        }
    }

    /// The vendor reported a failure inside its stream.
    pub fn failed_inside(&self, body: &str) -> Error {
        let lower = body.to_lowercase();
        let status = if lower.contains("overloaded") {
            StatusCode::SERVICE_UNAVAILABLE
        } else if lower.contains("rate_limit") {
            StatusCode::TOO_MANY_REQUESTS
        } else if lower.contains("authentication") || lower.contains("invalid_api_key") {
            StatusCode::UNAUTHORIZED
        } else if mentions_unknown_model(body) {
            StatusCode::NOT_FOUND
        } else {
            StatusCode::INTERNAL_SERVER_ERROR
        };
        self.refused(status, None, body)
    }

    /// The request or the answer did not get through.
    pub fn transport(&self, error: &reqwest::Error, connect: Duration) -> Error {
        let Self { name, base_url, .. } = self;
        let chain = chain(error);
        if let Some(refused) = find::<Refused>(error) {
            return self.error(Code::Upstream, refused.to_string(), None, false, &chain);
        }
        if error.is_connect() && error.is_timeout() {
            return self.slow(Slow::Connect, connect);
        }
        if !error.is_connect() {
            return self.broke_off(&chain);
        }
        let lower = chain.to_lowercase();
        let (what, transient) = if lower.contains("certificate") {
            (
                format!(
                    "the certificate of {base_url} was not accepted. Check the address, or install \
                     the authority that signed it on this machine."
                ),
                false,
            )
        } else if lower.contains("dns error") || lower.contains("lookup address") {
            (
                format!("the host of {base_url} is not known. Check the spelling of the base URL."),
                true,
            )
        } else {
            (
                format!("nothing answers at {base_url}: is it running, and is the base URL right?"),
                true,
            )
        };
        let message = format!("{name} could not be reached: {what}");
        self.error(Code::Upstream, message, None, transient, &chain)
    }

    /// A time limit passed.
    pub fn slow(&self, what: Slow, limit: Duration) -> Error {
        let seconds = limit.as_secs_f64();
        let (what, transient) = match what {
            Slow::Connect => (format!("no connection within {seconds} s"), true),
            Slow::FirstByte => (format!("no answer began within {seconds} s"), false),
            Slow::Idle => (format!("it stopped in the middle for {seconds} s"), false),
            Slow::Total => (
                format!("the answer was not complete after {seconds} s"),
                false,
            ),
        };
        let message = format!(
            "{} took too long: {what}. Try again, or choose a faster model.",
            self.name
        );
        self.error(Code::Timeout, message, None, transient, &what)
    }

    /// The stream ended before the answer was complete.
    pub fn broke_off(&self, detail: &str) -> Error {
        let message = format!(
            "The answer of {} broke off before it was complete. What arrived is kept; try again.",
            self.name
        );
        self.error(Code::Upstream, message, None, false, detail)
    }

    /// A piece of the stream could not be read.
    pub fn malformed(&self, detail: &str) -> Error {
        let message = format!(
            "{} sent something that is not part of an answer. Check that the base URL and the kind \
             of provider are right, then try again.",
            self.name
        );
        self.error(Code::Upstream, message, None, false, detail)
    }

    /// The stream cannot be read on.
    pub fn unreadable(&self, broken: Broken) -> Error {
        self.malformed(match broken {
            Broken::TooLong => "an event was longer than allowed",
            Broken::NotText => "the stream is not UTF-8",
        })
    }

    /// The answer is of another kind than a model's.
    pub fn wrong_type(&self, found: &str) -> Error {
        let found: String = found.chars().take(60).collect();
        let message = format!(
            "{} answered with {found} instead of a model's answer. Check the base URL, {}; it \
             usually ends in /v1.",
            self.name, self.base_url
        );
        self.error(Code::Upstream, message, None, false, "wrong content type")
    }

    fn key_refused(&self) -> String {
        match self.secret {
            Some(_) => format!(
                "The API key was refused by {} (401). Paste the key again under Settings, Models, \
                 or make a new one with the vendor.",
                self.name
            ),
            None => format!(
                "{} asks for an API key (401). Add one under Settings, Models.",
                self.name
            ),
        }
    }

    fn model_unknown(&self) -> String {
        format!(
            "The model is unknown: {} does not offer “{}”, or the base URL is wrong. Check the \
             spelling; for Ollama, pull the model first.",
            self.name, self.model
        )
    }

    fn too_many(&self, retry_after: Option<u64>) -> String {
        let when = match retry_after {
            Some(1) => "in a second".to_owned(),
            Some(seconds) => format!("in {seconds} seconds"),
            None => "in a moment".to_owned(),
        };
        format!(
            "Too many requests: {} asks to slow down (429). Try again {when}.",
            self.name
        )
    }

    fn error(
        &self,
        code: Code,
        message: String,
        status: Option<u16>,
        transient: bool,
        detail: &str,
    ) -> Error {
        Error::new(code, message).with_source(Cause {
            status,
            transient,
            detail: self.redact(&shorten(detail, 1_000)),
        })
    }

    /// The vendor's own words out of an error body, short and without the secret.
    fn quote(&self, body: &str) -> Option<String> {
        let value: Value = serde_json::from_str(body).ok()?;
        let words = ["/error/message", "/message", "/detail", "/error"]
            .into_iter()
            .find_map(|path| value.pointer(path)?.as_str())?;
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        (!words.is_empty()).then(|| shorten(&self.redact(&words), LONGEST_QUOTE))
    }

    fn redact(&self, text: &str) -> String {
        match &self.secret {
            Some(secret) if !secret.reveal().is_empty() => text.replace(secret.reveal(), "[key]"),
            _ => text.to_owned(),
        }
    }
}

fn shorten(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

fn out_of_credit(body: &str) -> bool {
    body.contains("insufficient_quota") || body.contains("credit balance")
}

fn mentions_unknown_model(body: &str) -> bool {
    let lower = body.to_lowercase();
    lower.contains("model_not_found")
        || (lower.contains("model") && lower.contains("does not exist"))
        || (lower.contains("model") && lower.contains("not found"))
}

pub(crate) fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut inner = error.source();
    while let Some(cause) = inner {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        inner = cause.source();
    }
    text
}

pub(crate) fn find<'a, T: StdError + 'static>(
    error: &'a (dyn StdError + 'static),
) -> Option<&'a T> {
    let mut at = Some(error);
    while let Some(cause) = at {
        if let Some(found) = cause.downcast_ref() {
            return Some(found);
        }
        at = cause.source();
    }
    None
}

/// Seconds out of a `Retry-After` header, in either of its forms: a number, or a date.
pub(crate) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<u64> {
    let text = headers.get("retry-after")?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return (seconds.is_finite() && seconds >= 0.0).then(|| seconds.ceil() as u64);
    }
    let until = http_date(text)?;
    // A date means something only by the clock of who wrote it, which usually comes along.
    let told = headers.get("date").and_then(|date| date.to_str().ok());
    let now = told.and_then(http_date).unwrap_or(now);
    let millis = until.as_millis().saturating_sub(now.as_millis());
    Some(u64::try_from(millis).unwrap_or(0).div_ceil(1000))
}

fn http_date(text: &str) -> Option<Timestamp> {
    let at = httpdate::parse_http_date(text).ok()?;
    let since = at.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(Timestamp::from_millis(
        i64::try_from(since.as_millis()).ok()?,
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn peer() -> Peer {
        Peer {
            name: "acme".into(),
            base_url: "http://acme/v1".into(),
            model: "m1".into(),
            secret: Some(Secret::new("sk-canary-123")),
        }
    }

    #[test]
    fn a_vendor_that_repeats_the_key_does_not_leak_it() {
        let body = r#"{"error":{"message":"bad thing with sk-canary-123"}}"#;
        for status in [400, 401, 403, 404, 422, 429, 500] {
            let error = peer().refused(StatusCode::from_u16(status).unwrap(), None, body);
            assert!(!format!("{error} {error:?}").contains("canary"), "{status}");
        }
    }

    #[test]
    fn only_what_may_pass_is_worth_another_try() {
        let transient = |status, body| {
            let error = peer().refused(StatusCode::from_u16(status).unwrap(), Some(3), body);
            Cause::of(&error).unwrap().transient
        };
        assert!(transient(429, "{}") && transient(500, "{}") && transient(529, "{}"));
        assert!(!transient(401, "{}") && !transient(404, "{}") && !transient(400, "{}"));
        assert!(!transient(
            429,
            r#"{"error":{"code":"insufficient_quota"}}"#
        ));
    }

    #[test]
    fn a_wait_is_read_as_a_number_and_as_a_date() {
        let read = |wait: &str, date: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert("retry-after", wait.parse().unwrap());
            if let Some(date) = date {
                headers.insert("date", date.parse().unwrap());
            }
            // 2015-10-21T07:27:00Z by our own clock.
            retry_after(&headers, Timestamp::from_millis(1_445_412_420_000))
        };
        let at = "Wed, 21 Oct 2015 07:28:00 GMT";
        assert_eq!((read("7", None), read("0.2", None)), (Some(7), Some(1)));
        assert_eq!(read(at, None), Some(60));
        let theirs = "Wed, 21 Oct 2015 07:27:57 GMT";
        assert_eq!(
            read(at, Some(theirs)),
            Some(3),
            "the vendor's own clock counts"
        );
        assert_eq!(read("Wed, 21 Oct 2015 07:00:00 GMT", None), Some(0));
        assert_eq!((read("soon", None), read("-3", None)), (None, None));
    }

    #[test]
    fn a_rate_limit_keeps_the_vendors_wish() {
        let error = peer().refused(StatusCode::TOO_MANY_REQUESTS, Some(7), "");
        assert_eq!(
            (error.code, error.retry_after),
            (Code::RateLimited, Some(7))
        );
        assert!(error.message.starts_with("Too many requests") && error.message.contains("7"));
    }
}
