//! Tools of a workspace: what models, `tool` nodes and people may call beside models.

mod settings;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::ToolId;
use crate::{Error, Result, Timestamp};

pub use settings::{
    BodyAs, FlowSettings, HeaderText, Headers, HttpSettings, KnowledgeSettings, McpSettings,
    McpStdioSettings, Method, OpenapiSettings, SecretText,
};

/// The longest name of a tool.
pub const LONGEST_NAME: usize = 48;
/// The longest description, in characters.
pub const LONGEST_DESCRIPTION: usize = 4_000;
/// The largest OpenAPI document, in bytes.
pub const LARGEST_DOCUMENT: usize = 1024 * 1024;
/// How deep flows may call one another, as subflows or as tools.
pub const DEEPEST: u32 = 8;

/// What stands behind a tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ToolKind {
    /// One request over HTTP.
    Http,
    /// The operations of an OpenAPI document.
    Openapi,
    /// The tools of an MCP server that answers over HTTP.
    Mcp,
    /// The tools of an MCP server that the operator declared, a program on the server's machine.
    McpStdio,
    /// A search in knowledge bases.
    Knowledge,
    /// A published flow.
    Flow,
}

impl ToolKind {
    pub const ALL: [Self; 6] = [
        Self::Http,
        Self::Openapi,
        Self::Mcp,
        Self::McpStdio,
        Self::Knowledge,
        Self::Flow,
    ];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Openapi => "openapi",
            Self::Mcp => "mcp",
            Self::McpStdio => "mcp_stdio",
            Self::Knowledge => "knowledge",
            Self::Flow => "flow",
        }
    }

    /// Reads the stable name.
    pub fn parse(text: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        found.ok_or_else(|| {
            let all: Vec<&str> = Self::ALL.iter().map(|kind| kind.as_str()).collect();
            Error::invalid("kind", format!("kind must be one of {}.", all.join(", ")))
        })
    }
}

/// What a kind needs to know.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ToolSettings {
    Http(HttpSettings),
    Openapi(OpenapiSettings),
    Mcp(McpSettings),
    McpStdio(McpStdioSettings),
    Knowledge(KnowledgeSettings),
    Flow(FlowSettings),
}

impl ToolSettings {
    /// Reads the settings of a kind and checks what can be checked without asking anyone.
    pub fn parse(kind: ToolKind, settings: Value) -> Result<Self> {
        let read = Self::read(kind, settings)?;
        read.check()?;
        Ok(read)
    }

    /// Reads settings that were checked when they were kept.
    pub fn read(kind: ToolKind, settings: Value) -> Result<Self> {
        fn from<T: serde::de::DeserializeOwned>(settings: Value) -> Result<T> {
            serde_json::from_value(settings)
                .map_err(|error| Error::invalid("settings", format!("settings: {error}.")))
        }
        Ok(match kind {
            ToolKind::Http => Self::Http(from(settings)?),
            ToolKind::Openapi => Self::Openapi(from(settings)?),
            ToolKind::Mcp => Self::Mcp(from(settings)?),
            ToolKind::McpStdio => Self::McpStdio(from(settings)?),
            ToolKind::Knowledge => Self::Knowledge(from(settings)?),
            ToolKind::Flow => Self::Flow(from(settings)?),
        })
    }

    /// The kind they are of.
    pub const fn kind(&self) -> ToolKind {
        match self {
            Self::Http(_) => ToolKind::Http,
            Self::Openapi(_) => ToolKind::Openapi,
            Self::Mcp(_) => ToolKind::Mcp,
            Self::McpStdio(_) => ToolKind::McpStdio,
            Self::Knowledge(_) => ToolKind::Knowledge,
            Self::Flow(_) => ToolKind::Flow,
        }
    }

    /// The secrets they name.
    pub fn secrets(&self) -> Vec<String> {
        let headers = match self {
            Self::Http(settings) => &settings.headers,
            Self::Openapi(settings) => &settings.headers,
            Self::Mcp(settings) => &settings.headers,
            Self::McpStdio(_) | Self::Knowledge(_) | Self::Flow(_) => return Vec::new(),
        };
        let named = headers.values().filter_map(|value| match value {
            HeaderText::Secret(text) => Some(text.secret.clone()),
            HeaderText::Text(_) => None,
        });
        named.collect()
    }

    /// How long one call may take, in seconds.
    pub fn timeout_seconds(&self) -> u32 {
        let (set, default) = match self {
            Self::Http(settings) => (settings.timeout_seconds, 30),
            Self::Openapi(settings) => (settings.timeout_seconds, 30),
            Self::Mcp(settings) => (settings.timeout_seconds, 60),
            Self::McpStdio(settings) => (settings.timeout_seconds, 60),
            Self::Knowledge(_) => (None, 30),
            Self::Flow(settings) => (settings.timeout_seconds, 300),
        };
        set.unwrap_or(default)
    }
}

/// A tool.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Tool {
    pub id: ToolId,
    /// Unique in the workspace: small letters, digits, `_` and `-`, at most 48.
    pub name: String,
    /// For people, and for models where the tool is one function.
    pub description: String,
    pub kind: ToolKind,
    /// What the kind needs to know; see the reference of tools.
    #[schema(value_type = Object)]
    pub settings: ToolSettings,
    /// Whether it can be called.
    pub enabled: bool,
    /// Rises with every change.
    pub version: u32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A tool in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ToolSummary {
    pub id: ToolId,
    pub name: String,
    pub description: String,
    pub kind: ToolKind,
    pub enabled: bool,
    pub version: u32,
    pub updated_at: Timestamp,
}

/// One function of a tool, as it is offered now.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ToolFunction {
    /// Its name within the tool: letters, digits, `_` and `-`, at most 64.
    pub name: String,
    pub description: String,
    /// The JSON Schema of its arguments.
    #[schema(value_type = Object)]
    pub parameters: Value,
}

/// What a tool's functions are now, and what had to be left out.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ToolListing {
    pub functions: Vec<ToolFunction>,
    /// What the other side offers and Headwater does not, each with the reason.
    pub left_out: Vec<String>,
    pub latency_ms: u64,
}

/// A name a tool may have.
pub fn valid_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    (1..=LONGEST_NAME).contains(&name.len()) && name.chars().all(fits)
}

/// Reads a document that is YAML or JSON.
pub fn read_document(field: &'static str, text: &str) -> Result<Value> {
    if text.len() > LARGEST_DOCUMENT {
        return Err(Error::invalid(
            field,
            format!(
                "The document is larger than {} KiB. Cut it to the operations you need.",
                LARGEST_DOCUMENT / 1024
            ),
        ));
    }
    serde_norway::from_str(text).map_err(|error| {
        Error::invalid(
            field,
            format!("The document is neither YAML nor JSON: {error}."),
        )
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    #[test]
    fn a_mistake_in_the_settings_names_the_setting() {
        let wrong = |kind, settings| ToolSettings::parse(kind, settings).unwrap_err();
        let said = wrong(ToolKind::Mcp, json!({ "ulr": "x" }));
        assert!(said.message.contains("ulr"), "{said}");
        let plain =
            json!({ "url": "https://x.example", "headers": { "Authorization": "Bearer x" } });
        let said = wrong(ToolKind::Mcp, plain);
        assert_eq!(
            said.field.as_deref(),
            Some("settings.headers.Authorization")
        );
        let split = json!({ "url": "https://x.example", "headers": { "X-A": "a\r\nX-B: b" } });
        let said = wrong(ToolKind::Mcp, split);
        assert_eq!(said.field.as_deref(), Some("settings.headers.X-A"));
        let both =
            json!({ "document": "a", "url": "https://x.example/openapi.json", "only": ["a", "a"] });
        assert!(ToolSettings::parse(ToolKind::Openapi, both).is_ok());
        let none = wrong(ToolKind::Knowledge, json!({ "knowledge_bases": [] }));
        assert_eq!(none.field.as_deref(), Some("settings.knowledge_bases"));
    }

    #[test]
    fn a_secret_is_named_and_never_read() {
        let settings = json!({ "url": "https://x.example/mcp", "headers": {
            "Authorization": { "secret": "crm", "prefix": "Bearer " }, "X-Team": "blue" } });
        let settings = ToolSettings::parse(ToolKind::Mcp, settings.clone()).unwrap();
        assert_eq!(settings.secrets(), ["crm"]);
        let written = serde_json::to_value(&settings).unwrap();
        assert_eq!(
            ToolSettings::read(ToolKind::Mcp, written).unwrap(),
            settings
        );
    }

    #[test]
    fn names_are_short_and_plain() {
        assert!(valid_name("weather-2_b"));
        for wrong in ["", "Weather", "a b", "é", &"a".repeat(49)] {
            assert!(!valid_name(wrong), "{wrong}");
        }
    }
}
