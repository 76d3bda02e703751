//! `headwater secret`: texts that flows and tools send and nobody sees.

use std::io::Read as _;

use clap::Subcommand;
use serde_json::json;

use super::terminal::{Terminal, text};
use crate::client::{Client, segment};
use crate::problem::{Problem, Result};

/// What to do with secrets.
#[derive(Debug, Subcommand)]
pub enum Secret {
    /// List the secrets there are: names, when they were set, and by whom
    List,
    /// Set a secret; its text is asked for, or read from standard input
    ///
    /// The text is never an argument, because arguments stay in the shell's history and every
    /// process may read them. What standard input has is taken whole, but for one final line end.
    Set {
        /// The name, as flows declare it
        name: String,
        /// Take the text from this environment variable
        #[arg(long, value_name = "VARIABLE")]
        from_env: Option<String>,
    },
    /// Remove a secret; runs that would send it are refused from now on
    Remove {
        /// The name
        name: String,
    },
}

impl Secret {
    pub async fn run(self, client: &Client, terminal: &Terminal) -> Result<u8> {
        match self {
            Self::List => {
                let answer = client.get("/secrets").await?;
                let secrets = answer["secrets"].as_array().cloned().unwrap_or_default();
                terminal.list(
                    &secrets,
                    "The workspace has no secrets. Set one with `headwater secret set NAME`.",
                    &[
                        ("name", |s| text(s, "name")),
                        ("set at", |s| text(s, "updated_at")),
                        ("by", |s| text(s, "updated_by")),
                    ],
                )?;
            }
            Self::Set { name, from_env } => {
                let value = read(terminal, &name, from_env.as_deref())?;
                let path = format!("/secrets/{}", segment(&name));
                client.put(&path, &json!({ "value": value })).await?;
                let told = json!({ "name": name });
                terminal.result(&told, format!("{name} is set. Nobody can read it back."))?;
            }
            Self::Remove { name } => {
                client
                    .delete(&format!("/secrets/{}", segment(&name)))
                    .await?;
                terminal.result(&json!({ "removed": name }), format!("{name} is removed."))?;
            }
        }
        Ok(0)
    }
}

/// The text: from a variable, asked for on a terminal, or all of standard input.
fn read(terminal: &Terminal, name: &str, variable: Option<&str>) -> Result<String> {
    if let Some(variable) = variable {
        return crate::config::variable(variable).ok_or_else(|| {
            Problem::usage(format!("There is no environment variable {variable}."))
        });
    }
    if terminal.can_ask() {
        return terminal.ask_password(&format!("The text of {name}"));
    }
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| Problem::usage(format!("cannot read standard input: {error}")))?;
    let whole = text.strip_suffix('\n').unwrap_or(&text);
    Ok(whole.strip_suffix('\r').unwrap_or(whole).to_owned())
}
