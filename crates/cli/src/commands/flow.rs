//! `headwater flow`: what flows there are, and whether a file is one.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::{Value, json};

use super::terminal::{Terminal, text};
use crate::client::Client;
use crate::problem::{Problem, Result};

/// What to do with flows.
#[derive(Debug, Subcommand)]
pub enum Flow {
    /// List the flows
    List,
    /// Check a flow file and report every problem with its fix
    Validate {
        /// The flow file (YAML or JSON)
        file: PathBuf,
    },
}

impl Flow {
    pub async fn run(self, client: &Client, terminal: &Terminal) -> Result<u8> {
        match self {
            Self::List => {
                let flows = client.all("/flows").await?;
                terminal.list(
                    &flows,
                    "There are no flows yet.",
                    &[
                        ("slug", |f| text(f, "slug")),
                        ("name", |f| text(f, "name")),
                        ("kind", |f| text(f, "kind")),
                        ("published", |f| text(f, "published")),
                        ("id", |f| text(f, "id")),
                    ],
                )?;
                Ok(0)
            }
            Self::Validate { file } => validate(&file, client, terminal).await,
        }
    }
}

async fn validate(file: &Path, client: &Client, terminal: &Terminal) -> Result<u8> {
    let document = read_document(file)?;
    let found = client
        .post("/flows/validate", &json!({ "document": document }))
        .await?;
    let problems = found["problems"].as_array().map(Vec::as_slice);
    let problems = problems.unwrap_or_default();
    if terminal.json {
        terminal.print_json(&found)?;
    } else if problems.is_empty() {
        terminal.line(format!("{} is a valid flow.", file.display()))?;
    }
    if !terminal.json {
        for problem in problems {
            terminal.line(told(problem))?;
        }
    }
    Ok(u8::from(!problems.is_empty()))
}

fn told(problem: &Value) -> String {
    let place = [text(problem, "node"), text(problem, "field")]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(".");
    let place = if place.is_empty() {
        "flow".to_owned()
    } else {
        place
    };
    format!(
        "{place}: {} {}",
        text(problem, "message"),
        text(problem, "fix")
    )
}

/// Reads a flow file, YAML or JSON (which is YAML, too).
pub fn read_document(file: &Path) -> Result<Value> {
    let shown = file.display();
    let content = std::fs::read_to_string(file)
        .map_err(|e| Problem::usage(format!("cannot read {shown}: {e}. Check the path.")))?;
    serde_norway::from_str(&content).map_err(|e| {
        Problem::usage(format!(
            "{shown} is not a flow file: {e}. It must be YAML or JSON; see docs/guides/flows.md."
        ))
    })
}
