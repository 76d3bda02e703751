//! Calling an address that a flow names.

use std::fmt;

use async_trait::async_trait;

use crate::Result;

/// One request.
#[derive(Clone, PartialEq, Eq)]
pub struct FetchRequest {
    /// Such as `GET`.
    pub method: String,
    /// Absolute, `http` or `https`, with its query.
    pub url: String,
    /// Names and values, in order.
    pub headers: Vec<(String, String)>,
    pub body: Option<Vec<u8>>,
    /// How many redirects to follow; 0 gives a redirect back as it is.
    pub redirects: u32,
    /// Whether it carries secrets: then a redirect to another origin is given back as it is, and
    /// nothing of the request is shown.
    pub private: bool,
    /// The most bytes of an answer's body.
    pub max_bytes: usize,
}

/// Values of headers may be secret, and the query may hold keys: neither is shown.
impl fmt::Debug for FetchRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("FetchRequest")
            .field("method", &self.method)
            .field("url", &self.url.split('?').next().filter(|_| !self.private))
            .field("headers", &names)
            .field("body_bytes", &self.body.as_ref().map(Vec::len))
            .finish_non_exhaustive()
    }
}

/// The answer, whatever its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchResponse {
    pub status: u16,
    /// Names in small letters, in the order they came.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Seconds to wait before trying again, when the answer says so.
    pub retry_after: Option<u64>,
}

/// Calls strangers. Contract: only `http` and `https`; an address that may not be reached from here
/// (whatever it is called, and wherever a redirect leads) is an `invalid` error before anything is
/// sent to it; so are a method, a URL and headers that cannot be sent, and each error names its
/// `field`. A redirect to another origin loses `authorization` and `cookie`; one that changes the method as
/// browsers do loses the body. A body larger than `max_bytes` is `too_large`; no answer is `upstream`
/// or `timeout`. Nothing is tried again. Dropping the future closes the connection.
#[async_trait]
pub trait Fetch: Send + Sync + 'static {
    /// Sends one request and reads the whole answer.
    async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse>;
}
