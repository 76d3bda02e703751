//! `headwater tool`: what models and flows may call.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use headwater_model::Code;
use headwater_model::tool::read_document;
use serde_json::{Map, Value, json};

use super::terminal::{Terminal, text};
use crate::client::{Client, segment};
use crate::problem::{Problem, Result};

/// What to do with tools.
#[derive(Debug, Subcommand)]
pub enum Tool {
    /// List the tools
    List,
    /// Show a tool with its settings
    Show {
        /// Its name or id
        tool: String,
    },
    /// Add a tool, and ask it what it offers
    Add(Box<Add>),
    /// Ask a tool for its functions now
    Test {
        /// Its name or id
        tool: String,
    },
    /// Call one function of a tool
    Call {
        /// Its name or id
        tool: String,
        /// Arguments as NAME=VALUE; the value is JSON, or text
        #[arg(value_name = "NAME=VALUE")]
        arguments: Vec<String>,
        /// The function; may be left out when the tool has only one
        #[arg(long, short)]
        function: Option<String>,
        /// All arguments as one JSON object
        #[arg(long, value_name = "JSON", conflicts_with = "arguments")]
        input: Option<String>,
    },
    /// Remove a tool
    Remove {
        /// Its name or id
        tool: String,
    },
}

/// A tool from a file, or of a common kind.
#[derive(Debug, Args)]
pub struct Add {
    /// Its name: small letters, digits, _ and -
    #[arg(required_unless_present = "file")]
    name: Option<String>,
    /// A YAML or JSON file with name, description, kind and settings
    #[arg(long, short, value_name = "FILE", group = "kind")]
    file: Option<PathBuf>,
    /// The tools of an MCP server that answers over HTTP
    #[arg(long, value_name = "URL", group = "kind")]
    mcp: Option<String>,
    /// The tools of an MCP server that the operator declared under mcp.servers
    #[arg(long, value_name = "SERVER", group = "kind")]
    mcp_stdio: Option<String>,
    /// The operations of an OpenAPI document: a file, or a URL that the server fetches once
    #[arg(long, value_name = "FILE|URL", group = "kind")]
    openapi: Option<String>,
    /// A search in knowledge bases, by slug; may be given several times
    #[arg(long, value_name = "BASE", group = "kind")]
    knowledge: Vec<String>,
    /// A published flow, by slug
    #[arg(long, value_name = "FLOW", group = "kind")]
    flow: Option<String>,
    /// What it does, for people and models
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// A header of every request, as 'NAME: TEXT'
    #[arg(long, value_name = "NAME: TEXT")]
    header: Vec<String>,
    /// A header whose text is a secret of the workspace, as 'NAME: PREFIX {SECRET}'
    #[arg(long, value_name = "NAME: {SECRET}")]
    secret_header: Vec<String>,
    /// With --openapi: where the API answers, in place of what the document says
    #[arg(long, value_name = "URL", requires = "openapi")]
    server: Option<String>,
    /// With --openapi: only this operation, by operationId or 'METHOD /path'; may be given several times
    #[arg(long, value_name = "OPERATION", requires = "openapi")]
    only: Vec<String>,
    /// Add it without asking it for its functions
    #[arg(long)]
    no_test: bool,
}

impl Tool {
    pub async fn run(self, client: &Client, terminal: &Terminal) -> Result<u8> {
        match self {
            Self::List => list(client, terminal).await,
            Self::Show { tool } => {
                let tool = client.get(&path(&tool)).await?;
                if terminal.json {
                    terminal.print_json(&tool)?;
                } else {
                    let yaml = serde_norway::to_string(&tool);
                    let yaml = yaml.map_err(|error| Problem::new(Code::Internal, error))?;
                    terminal.write(&yaml)?;
                }
                Ok(0)
            }
            Self::Add(add) => add.run(client, terminal).await,
            Self::Test { tool } => {
                let listing = client
                    .post(&format!("{}/test", path(&tool)), &json!({}))
                    .await?;
                listed(terminal, &listing)
            }
            Self::Call {
                tool,
                arguments,
                function,
                input,
            } => {
                let arguments = match input {
                    Some(text) => serde_json::from_str(&text).map_err(|error| {
                        Problem::usage(format!("--input is not a JSON object: {error}."))
                    })?,
                    None => read_arguments(&arguments)?,
                };
                let body = json!({ "function": function, "arguments": arguments });
                let result = client.post(&format!("{}/call", path(&tool)), &body).await?;
                terminal.result(&result, text(&result, "text"))?;
                Ok(u8::from(result["failed"] == true))
            }
            Self::Remove { tool } => {
                client.delete(&path(&tool)).await?;
                terminal.result(&json!({ "deleted": tool }), format!("Removed {tool}."))?;
                Ok(0)
            }
        }
    }
}

fn path(tool: &str) -> String {
    format!("/tools/{}", segment(tool))
}

fn read_arguments(words: &[String]) -> Result<Map<String, Value>> {
    let read = |word: &String| {
        let (name, value) = word
            .split_once('=')
            .ok_or_else(|| Problem::usage(format!("“{word}” is no argument; write NAME=VALUE.")))?;
        let value = serde_json::from_str(value).unwrap_or_else(|_| json!(value));
        Ok((name.to_owned(), value))
    };
    words.iter().map(read).collect()
}

async fn list(client: &Client, terminal: &Terminal) -> Result<u8> {
    let tools = client.all("/tools").await?;
    terminal.list(
        &tools,
        "There are no tools. Add one with `headwater tool add`.",
        &[
            ("name", |t| text(t, "name")),
            ("kind", |t| text(t, "kind")),
            ("enabled", |t| {
                if t["enabled"] == true { "yes" } else { "no" }.to_owned()
            }),
            ("description", |t| {
                text(t, "description")
                    .lines()
                    .next()
                    .unwrap_or_default()
                    .to_owned()
            }),
            ("id", |t| text(t, "id")),
        ],
    )?;
    Ok(0)
}

fn listed(terminal: &Terminal, listing: &Value) -> Result<u8> {
    let functions: Vec<Value> = listing["functions"].as_array().cloned().unwrap_or_default();
    if terminal.json {
        terminal.print_json(listing)?;
        return Ok(0);
    }
    terminal.list(
        &functions,
        "It offers no functions.",
        &[
            ("function", |f| text(f, "name")),
            ("arguments", |f| {
                let names = f["parameters"]["properties"]
                    .as_object()
                    .into_iter()
                    .flatten();
                names
                    .map(|(name, _)| name.as_str())
                    .collect::<Vec<_>>()
                    .join(", ")
            }),
            ("description", |f| {
                text(f, "description")
                    .lines()
                    .next()
                    .unwrap_or_default()
                    .to_owned()
            }),
        ],
    )?;
    for left in listing["left_out"].as_array().into_iter().flatten() {
        terminal.note(format!("Left out: {}", left.as_str().unwrap_or_default()));
    }
    Ok(0)
}

impl Add {
    async fn run(self, client: &Client, terminal: &Terminal) -> Result<u8> {
        let no_test = self.no_test;
        let tool = client.post("/tools", &self.body()?).await?;
        let name = text(&tool, "name");
        terminal.result(&tool, format!("Added {name}."))?;
        if no_test || terminal.json {
            return Ok(0);
        }
        // It is there in any case; what it offers can be asked again.
        match client
            .post(&format!("{}/test", path(&name)), &json!({}))
            .await
        {
            Ok(listing) => listed(terminal, &listing),
            Err(problem) => {
                terminal.note(format!(
                    "It did not say what it offers; try again with `headwater tool test {name}`."
                ));
                terminal.problem(&problem);
                Ok(0)
            }
        }
    }

    fn body(&self) -> Result<Value> {
        let mut body = match &self.file {
            Some(file) => read_document("file", &read(file)?)?,
            None => {
                let (kind, settings) = self.settings()?;
                json!({ "kind": kind, "settings": settings })
            }
        };
        if !body.is_object() {
            return Err(Problem::usage(
                "The file must be an object with name, kind and settings.",
            ));
        }
        if let Some(name) = &self.name {
            body["name"] = json!(name);
        }
        if let Some(description) = &self.description {
            body["description"] = json!(description);
        }
        let headers = self.headers()?;
        if !headers.is_empty() {
            body["settings"]["headers"] = Value::Object(headers);
        }
        Ok(body)
    }

    fn settings(&self) -> Result<(&'static str, Value)> {
        if let Some(url) = &self.mcp {
            return Ok(("mcp", json!({ "url": url })));
        }
        if let Some(server) = &self.mcp_stdio {
            return Ok(("mcp_stdio", json!({ "server": server })));
        }
        if let Some(place) = &self.openapi {
            let mut settings = match place.contains("://") {
                true => json!({ "url": place }),
                false => json!({ "document": read(&PathBuf::from(place))? }),
            };
            if let Some(server) = &self.server {
                settings["server"] = json!(server);
            }
            if !self.only.is_empty() {
                settings["only"] = json!(self.only);
            }
            return Ok(("openapi", settings));
        }
        if let Some(flow) = &self.flow {
            return Ok(("flow", json!({ "flow": flow })));
        }
        if !self.knowledge.is_empty() {
            return Ok(("knowledge", json!({ "knowledge_bases": self.knowledge })));
        }
        Err(Problem::usage(
            "Say what the tool is: --file, --mcp, --mcp-stdio, --openapi, --knowledge or --flow.",
        ))
    }

    fn headers(&self) -> Result<Map<String, Value>> {
        let mut headers = Map::new();
        for header in &self.header {
            let (name, text) = split(header)?;
            headers.insert(name.to_owned(), json!(text));
        }
        for header in &self.secret_header {
            let (name, text) = split(header)?;
            let inner = text.strip_suffix('}').and_then(|text| text.split_once('{'));
            let (prefix, secret) = inner.ok_or_else(|| {
                Problem::usage(format!(
                    "“{header}” names no secret; write something like 'Authorization: Bearer {{NAME}}'."
                ))
            })?;
            headers.insert(
                name.to_owned(),
                json!({ "secret": secret, "prefix": prefix }),
            );
        }
        Ok(headers)
    }
}

fn split(header: &str) -> Result<(&str, &str)> {
    let parts = header.split_once(':');
    let parts = parts.map(|(name, text)| (name.trim(), text.trim()));
    parts.ok_or_else(|| Problem::usage(format!("“{header}” is no header; write 'NAME: TEXT'.")))
}

fn read(file: &PathBuf) -> Result<String> {
    std::fs::read_to_string(file)
        .map_err(|error| Problem::usage(format!("{}: {error}", file.display())))
}
