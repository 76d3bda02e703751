//! `headwater key`: ways in for programs.

use clap::{Subcommand, ValueEnum};
use headwater_model::Code;
use serde_json::{Value, json};

use super::terminal::{Terminal, text};
use crate::client::Client;
use crate::problem::{Problem, Result};

/// What to do with API keys.
#[derive(Debug, Subcommand)]
pub enum Key {
    /// Create an API key; its secret is printed once
    Create {
        /// What it is for
        name: String,
        /// What it may do (repeatable)
        #[arg(long = "scope", value_enum, value_delimiter = ',', default_values = ["read", "run"])]
        scopes: Vec<Scope>,
        /// When it ends, such as 2027-01-31T00:00:00Z
        #[arg(long, value_name = "TIME")]
        expires: Option<String>,
    },
    /// List the API keys
    List,
    /// Delete an API key; it ends to work at once
    Revoke {
        /// Its id, prefix or name
        // Not called `key`: that is the global option.
        #[arg(id = "revoked", value_name = "KEY")]
        key: String,
    },
}

/// What a key is good for.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Scope {
    /// See everything a viewer sees
    Read,
    /// Chat, run flows, search
    Run,
    /// Change flows and knowledge
    Edit,
    /// Administer the workspace
    Admin,
}

impl Scope {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Run => "run",
            Self::Edit => "edit",
            Self::Admin => "admin",
        }
    }
}

impl Key {
    pub async fn run(self, client: &Client, terminal: &Terminal) -> Result<u8> {
        match self {
            Self::Create {
                name,
                scopes,
                expires,
            } => {
                let scopes: Vec<&str> = scopes.into_iter().map(Scope::as_str).collect();
                let mut body = json!({ "name": name, "scopes": scopes });
                if let Some(expires) = expires {
                    body["expires_at"] = json!(expires);
                }
                let made = client.post("/keys", &body).await?;
                terminal.result(&made, text(&made, "secret"))?;
                terminal
                    .note("Keep this secret now: only its hash is stored, it is not shown again.");
            }
            Self::List => list(client, terminal).await?,
            Self::Revoke { key } => {
                let found = find(client, &key).await?;
                client
                    .delete(&format!("/keys/{}", text(&found, "id")))
                    .await?;
                terminal.result(
                    &json!({ "deleted": found["id"] }),
                    format!("Revoked {}.", text(&found, "name")),
                )?;
            }
        }
        Ok(0)
    }
}

async fn list(client: &Client, terminal: &Terminal) -> Result<()> {
    let keys = client.all("/keys").await?;
    terminal.list(
        &keys,
        "There are no API keys. Create one with `headwater key create NAME --scope run`.",
        &[
            ("name", |k| text(k, "name")),
            ("prefix", |k| text(k, "prefix")),
            ("scopes", |k| {
                let scopes = k["scopes"].as_array().into_iter().flatten();
                let scopes: Vec<&str> = scopes.filter_map(Value::as_str).collect();
                scopes.join(",")
            }),
            ("last used", |k| text(k, "last_used_at")),
            ("expires", |k| text(k, "expires_at")),
            ("id", |k| text(k, "id")),
        ],
    )
}

async fn find(client: &Client, wanted: &str) -> Result<Value> {
    let keys = client.all("/keys").await?;
    let matching: Vec<&Value> = keys
        .iter()
        .filter(|key| {
            ["id", "prefix", "name"]
                .iter()
                .any(|field| key[*field] == wanted)
        })
        .collect();
    match matching.as_slice() {
        [one] => Ok((*one).clone()),
        [] => Err(Problem::new(
            Code::NotFound,
            format!("There is no key “{wanted}”. `headwater key list` shows all keys."),
        )),
        _ => Err(Problem::new(
            Code::Conflict,
            format!("Several keys are called “{wanted}”. Name the one you mean by its id."),
        )),
    }
}
