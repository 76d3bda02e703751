//! A server of vectors that is spoken to in JSON over HTTP, such as Qdrant.

use async_trait::async_trait;
use serde_json::Value;

use crate::Result;

/// What a request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerMethod {
    Get,
    Put,
    Post,
    Delete,
}

/// One request. All are such that sending them twice does what sending them once does.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerRequest {
    pub method: ServerMethod,
    /// Below the server's URL, such as `collections/notes/points?wait=true`.
    pub path: String,
    pub body: Option<Value>,
}

/// An answer, whether it is a refusal or not.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerAnswer {
    /// The HTTP status.
    pub status: u16,
    /// JSON, or the text as it came.
    pub body: Value,
}

/// Contract: requests are sent again when a connection failed or the server is too busy. Errors: `unavailable` when the server does not answer, `invalid` when it refuses the key;
/// both say where it is and what to do. Any other refusal is an answer.
#[async_trait]
pub trait VectorServer: Send + Sync + 'static {
    /// Asks the server.
    async fn ask(&self, request: ServerRequest) -> Result<ServerAnswer>;
    /// Where it is, for people.
    fn place(&self) -> &str;
}
