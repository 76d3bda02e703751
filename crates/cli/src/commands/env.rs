//! `headwater env`: what the workspace sets in place of its flows' environment values.

use clap::Subcommand;
use serde_json::{Value, json};

use super::terminal::{Terminal, text};
use crate::client::{Client, segment};
use crate::problem::Result;

/// What to do with environment values.
#[derive(Debug, Subcommand)]
pub enum Env {
    /// List what the workspace sets
    List,
    /// Set a value; runs that have begun keep theirs. No place for secrets: runs record what they read
    Set {
        /// The name, as flows declare it
        name: String,
        /// The value: JSON, or text
        value: String,
    },
    /// Take a value back: flows have their own again
    Unset {
        /// The name
        name: String,
    },
}

impl Env {
    pub async fn run(self, client: &Client, terminal: &Terminal) -> Result<u8> {
        match self {
            Self::List => {
                let answer = client.get("/environment").await?;
                let values = answer["values"].as_object().into_iter().flatten();
                let values: Vec<Value> = values
                    .map(|(name, value)| json!({ "name": name, "value": value }))
                    .collect();
                terminal.list(
                    &values,
                    "The workspace sets no environment values.",
                    &[
                        ("name", |v| text(v, "name")),
                        ("value", |v| text(v, "value")),
                    ],
                )?;
            }
            Self::Set { name, value } => {
                let value = serde_json::from_str(&value).unwrap_or(Value::String(value));
                let body = json!({ "value": value });
                let path = format!("/environment/{}", segment(&name));
                client.put(&path, &body).await?;
                let told = json!({ "name": name, "value": value });
                terminal.result(
                    &told,
                    format!("{name} is set for runs that begin from now on."),
                )?;
            }
            Self::Unset { name } => {
                client
                    .delete(&format!("/environment/{}", segment(&name)))
                    .await?;
                terminal.result(
                    &json!({ "name": name }),
                    format!("{name} is no longer set."),
                )?;
            }
        }
        Ok(0)
    }
}
