//! What each kind of tool needs to know.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{LARGEST_DOCUMENT, ToolSettings};
use crate::{Error, Result};

/// The longest a call may be allowed to take, in seconds.
const LONGEST_CALL: u32 = 3_600;
/// Headers of which a plain text would be a secret that everyone can read.
const SECRET_HEADERS: [&str; 4] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "x-api-key",
];
/// Headers that belong to the connection, not to whoever calls.
const OUR_HEADERS: [&str; 12] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "upgrade",
    "te",
    "trailer",
    "keep-alive",
    "expect",
    "idempotency-key",
    "mcp-session-id",
    "mcp-protocol-version",
];

/// Headers by name.
pub type Headers = IndexMap<String, HeaderText>;

/// What a header says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum HeaderText {
    /// As it stands; everyone who may see the tool may read it.
    Text(String),
    /// A secret of the workspace.
    Secret(SecretText),
}

/// A secret of the workspace by its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretText {
    pub secret: String,
    /// What stands before it, such as `Bearer `.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
}

/// How a request asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    #[default]
    Get,
    Post,
    Put,
    Patch,
    Delete,
    Head,
}

impl Method {
    /// As it is sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Head => "HEAD",
        }
    }

    /// Whether what it changes is nothing.
    pub const fn is_safe(self) -> bool {
        matches!(self, Self::Get | Self::Head)
    }

    /// Whether its requests have a body.
    pub const fn has_body(self) -> bool {
        matches!(self, Self::Post | Self::Put | Self::Patch)
    }
}

/// How a body is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BodyAs {
    #[default]
    Json,
    Form,
}

/// One request. `{name}` stands for an argument, in the URL behind the host, in the query, in
/// headers and in the body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpSettings {
    #[serde(default)]
    pub method: Method,
    pub url: String,
    /// The JSON Schema of the arguments, an object.
    #[serde(default = "no_arguments")]
    pub arguments: Value,
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub query: IndexMap<String, String>,
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub headers: Headers,
    /// The body; arguments that stand nowhere else when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    #[serde(default)]
    pub body_as: BodyAs,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u32>,
}

/// The operations of an OpenAPI 3 document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenapiSettings {
    /// The document, YAML or JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// Where the document is; it is fetched when the tool is kept and no document is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Where the operations are, in place of what the document says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// The operations wanted, by `operationId` or `METHOD /path`; all of them when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<String>,
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub headers: Headers,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u32>,
}

/// An MCP server that answers over streamable HTTP.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct McpSettings {
    pub url: String,
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub headers: Headers,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u32>,
}

/// An MCP server that the operator declared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct McpStdioSettings {
    /// Its name in the configuration, under `mcp.servers`.
    pub server: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u32>,
}

/// A search in knowledge bases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnowledgeSettings {
    /// Ids or slugs.
    pub knowledge_bases: Vec<String>,
    /// How many passages one search gives when its caller does not say, 1 to 20.
    #[serde(default = "passages")]
    pub limit: u32,
}

/// A published flow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlowSettings {
    /// Its id or slug.
    pub flow: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u32>,
}

fn no_arguments() -> Value {
    serde_json::json!({ "type": "object", "properties": {} })
}

const fn passages() -> u32 {
    5
}

impl ToolSettings {
    /// What can be said without asking anyone; field names begin with `settings.`.
    pub(super) fn check(&self) -> Result<()> {
        let (headers, seconds) = match self {
            Self::Http(it) => (Some(&it.headers), it.timeout_seconds),
            Self::Openapi(it) => {
                check_source(it)?;
                (Some(&it.headers), it.timeout_seconds)
            }
            Self::Mcp(it) => (Some(&it.headers), it.timeout_seconds),
            Self::McpStdio(it) => (None, it.timeout_seconds),
            Self::Knowledge(it) => {
                check_knowledge(it)?;
                (None, None)
            }
            Self::Flow(it) => (None, it.timeout_seconds),
        };
        for (name, value) in headers.into_iter().flatten() {
            check_header(name, value)?;
        }
        if seconds.is_some_and(|seconds| !(1..=LONGEST_CALL).contains(&seconds)) {
            return Err(Error::invalid(
                "settings.timeout_seconds",
                format!("timeout_seconds must be from 1 to {LONGEST_CALL}."),
            ));
        }
        Ok(())
    }
}

fn check_source(settings: &OpenapiSettings) -> Result<()> {
    match (&settings.document, &settings.url) {
        (None, None) => Err(Error::invalid(
            "settings.document",
            "Give the OpenAPI document, or the url where it is.",
        )),
        (Some(document), _) if document.len() > LARGEST_DOCUMENT => Err(Error::invalid(
            "settings.document",
            format!(
                "The document is larger than {} KiB. Cut it to the operations you need.",
                LARGEST_DOCUMENT / 1024
            ),
        )),
        _ => Ok(()),
    }
}

fn check_knowledge(settings: &KnowledgeSettings) -> Result<()> {
    if settings.knowledge_bases.is_empty() || settings.knowledge_bases.len() > 20 {
        return Err(Error::invalid(
            "settings.knowledge_bases",
            "Name 1 to 20 knowledge bases to search.",
        ));
    }
    if !(1..=20).contains(&settings.limit) {
        return Err(Error::invalid(
            "settings.limit",
            "limit must be from 1 to 20.",
        ));
    }
    Ok(())
}

/// The letters a header's name may have (RFC 9110).
fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
}

fn check_header(name: &str, value: &HeaderText) -> Result<()> {
    let wrong = |why: String| Err(Error::invalid(format!("settings.headers.{name}"), why));
    if name.is_empty() || name.len() > 100 || !name.chars().all(is_token) {
        return wrong(format!("“{name}” is not the name of a header."));
    }
    let lower = name.to_ascii_lowercase();
    if OUR_HEADERS.contains(&lower.as_str()) {
        return wrong(format!("Headwater sets {name} itself. Take it out."));
    }
    let text = match value {
        HeaderText::Text(_) if SECRET_HEADERS.contains(&lower.as_str()) => {
            return wrong(format!(
                "{name} is a secret that everyone who may see the tool could read. Set it as a \
                 secret of the workspace and write {{\"secret\": \"NAME\"}}."
            ));
        }
        HeaderText::Text(text) => text,
        HeaderText::Secret(secret) if secret.secret.is_empty() => {
            return wrong("Say which secret: {\"secret\": \"NAME\"}.".to_owned());
        }
        HeaderText::Secret(secret) => &secret.prefix,
    };
    if text.len() > 4_000 || text.chars().any(char::is_control) {
        return wrong(format!(
            "{name} must be one line of at most 4,000 characters without control characters."
        ));
    }
    Ok(())
}
