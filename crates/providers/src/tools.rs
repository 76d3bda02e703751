//! Functions over HTTP: what a person described or an OpenAPI document says, called through the
//! one egress.

mod call;
mod fill;
pub mod http;
mod names;
pub mod openapi;
mod scrub;

use std::sync::Arc;

use headwater_model::tool::{BodyAs, Method, SecretText};
use serde_json::Value;

pub use call::{HttpCall, fetch_text};
pub(crate) use call::{failed, refusal};
pub(crate) use names::{Names, shortened};
pub use scrub::Scrub;

/// The longest description of one function that a model is told, in characters.
pub(crate) const LONGEST_DESCRIPTION: usize = 2_000;
/// The most functions one tool may have.
pub(crate) const MOST_FUNCTIONS: usize = 1_000;
/// The largest schema of one function's arguments, in bytes of JSON.
pub(crate) const LARGEST_SCHEMA: usize = 64 * 1024;

/// A function that is one request.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpFunction {
    pub name: String,
    pub description: String,
    /// The JSON Schema of its arguments, an object.
    pub parameters: Arc<Value>,
    method: Method,
    /// With `{argument}` for arguments, behind the host only.
    url: String,
    query: Vec<(String, Fill)>,
    headers: Vec<(String, Header)>,
    body: Option<(Body, BodyAs)>,
}

/// Where a text comes from.
#[derive(Clone, Debug, PartialEq)]
enum Fill {
    /// A text in which `{argument}` stands for arguments.
    Text(String),
    /// An argument, left out when there is none; a list is written once per item when `apart`, else
    /// joined with commas.
    Argument { name: String, apart: bool },
}

/// What a header says.
#[derive(Clone, Debug, PartialEq)]
enum Header {
    Fill(Fill),
    Secret(SecretText),
}

/// What a body is.
#[derive(Clone, Debug, PartialEq)]
enum Body {
    /// A value in which `{argument}` stands for arguments.
    Like(Value),
    /// These arguments, by name.
    These(Vec<String>),
    /// One argument as a whole.
    Whole(String),
}
