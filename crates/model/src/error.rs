//! The one error type that crosses walls.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// What kind of thing went wrong; the whole list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    Invalid,
    Unauthenticated,
    Forbidden,
    NotFound,
    Conflict,
    TooLarge,
    QuotaExceeded,
    RateLimited,
    Upstream,
    Unavailable,
    Timeout,
    Cancelled,
    Internal,
}

impl Code {
    /// The stable wire name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::TooLarge => "too_large",
            Self::QuotaExceeded => "quota_exceeded",
            Self::RateLimited => "rate_limited",
            Self::Upstream => "upstream",
            Self::Unavailable => "unavailable",
            Self::Timeout => "timeout",
            Self::Cancelled => "cancelled",
            Self::Internal => "internal",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `message` is for the caller and says what to do; `source` is for the log and never leaves.
#[derive(Clone)]
pub struct Error {
    pub code: Code,
    pub message: Cow<'static, str>,
    /// The request field, setting or configuration key at fault.
    pub field: Option<Cow<'static, str>>,
    /// The name of the limit that was hit (413, 429, 503).
    pub limit: Option<Cow<'static, str>>,
    /// Seconds to wait before trying again.
    pub retry_after: Option<u64>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// The result of everything fallible that crosses a wall.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error with a message for the caller.
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
            field: None,
            limit: None,
            retry_after: None,
            source: None,
        }
    }

    /// The request is wrong; `field` names the part at fault.
    pub fn invalid(
        field: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            field: Some(field.into()),
            ..Self::new(Code::Invalid, message)
        }
    }

    /// There is no such thing in reach of the caller; `what` is a noun such as "flow".
    pub fn not_found(what: &str) -> Self {
        Self::new(
            Code::NotFound,
            format!("There is no such {what}, or you may not see it."),
        )
    }

    /// The caller may not do this.
    pub fn forbidden(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::Forbidden, message)
    }

    /// The state of things does not allow it.
    pub fn conflict(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::Conflict, message)
    }

    /// A fault of ours. The caller sees a neutral sentence, the log sees `source`.
    pub fn internal(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(
            Code::Internal,
            "Something went wrong on our side. Try again; if it persists, report the request id.",
        )
        .with_source(source)
    }

    /// Something could not be written or read. That the disk is full, anywhere among the causes, is told;
    /// all else is a fault of ours.
    pub fn storage(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let source = source.into();
        let first: &(dyn StdError + 'static) = &*source;
        let full = std::iter::successors(Some(first), |cause| (*cause).source()).any(is_full_disk);
        match full {
            true => Self::disk_full(source),
            false => Self::internal(source),
        }
    }

    /// There is no room on the server's disk.
    pub fn disk_full(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(
            Code::Unavailable,
            "The server's disk is full. Ask an operator to free space, then try again.",
        )
        .with_limit("disk", Some(60))
        .with_source(source)
    }

    /// Whether a full disk is the reason.
    pub fn is_disk_full(&self) -> bool {
        self.limit.as_deref() == Some("disk")
    }

    /// Attaches the cause, for the log only.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(Arc::from(source.into()));
        self
    }

    /// Names the field at fault.
    #[must_use]
    pub fn with_field(mut self, field: impl Into<Cow<'static, str>>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Names the limit that was hit and when to try again, in seconds.
    #[must_use]
    pub fn with_limit(
        mut self,
        limit: impl Into<Cow<'static, str>>,
        retry_after: Option<u64>,
    ) -> Self {
        self.limit = Some(limit.into());
        self.retry_after = retry_after;
        self
    }

    /// The cause as one line, for the log.
    pub fn source_text(&self) -> Option<String> {
        self.source.as_ref().map(|source| {
            let mut text = source.to_string();
            let mut inner = source.source();
            while let Some(cause) = inner {
                text.push_str(": ");
                text.push_str(&cause.to_string());
                inner = cause.source();
            }
            text
        })
    }
}

/// Libraries that give an error to several callers keep it in an `Arc`, which is an error of its own.
fn is_full_disk(cause: &(dyn StdError + 'static)) -> bool {
    let shared = cause
        .downcast_ref::<Arc<io::Error>>()
        .map(|shared| &**shared);
    let full = [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded];
    (cause.downcast_ref::<io::Error>().or(shared)).is_some_and(|error| full.contains(&error.kind()))
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)?;
        if let Some(field) = &self.field {
            write!(f, " (field {field})")?;
        }
        if let Some(source) = self.source_text() {
            write!(f, " [{source}]")?;
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source
            .as_ref()
            .map(|source| source.as_ref() as &(dyn StdError + 'static))
    }
}
