//! `headwater model add` and `remove`: embedding models that run on the server itself.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use crate::client::{Client, segment};
use crate::commands::terminal::{Terminal, text};
use crate::problem::{Problem, Result};

/// Where a model comes from.
#[derive(Debug, Args)]
pub struct Add {
    /// A directory with a sentence-transformers model, on the server's machine; or OWNER/MODEL on the
    /// Hugging Face hub, with an optional @REVISION
    #[arg(value_name = "PATH|NAME")]
    from: String,
    /// What to call it: local/NAME; the last part of PATH|NAME when absent
    #[arg(long = "as", value_name = "NAME")]
    called: Option<String>,
}

impl Add {
    pub async fn run(self, client: &Client, terminal: &Terminal) -> Result<()> {
        let Self { from, called } = self;
        let mut body = match directory(&from)? {
            Some(path) => json!({ "path": path }),
            None => json!({ "name": from }),
        };
        if let Some(called) = called {
            body["as"] = json!(called);
        }
        let added = client.post("/models/local", &body).await?;
        terminal.result(&added, told(&added))
    }
}

fn told(added: &Value) -> String {
    let bytes: u64 = added["files"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|file| file["bytes"].as_u64())
        .sum();
    format!(
        "Added {} ({} dimensions, up to {} tokens, {} MiB).",
        text(added, "id"),
        added["dimensions"],
        added["max_tokens"],
        bytes / 1024 / 1024
    )
}

/// The directory somebody means; none when it is the name of a model on the hub.
fn directory(from: &str) -> Result<Option<PathBuf>> {
    let path = Path::new(from);
    let looks_like_one = path.is_absolute() || from.starts_with('.') || !from.contains('/');
    if !path.is_dir() && !looks_like_one {
        return Ok(None);
    }
    let found = path.canonicalize().map_err(|error| {
        Problem::usage(format!(
            "{from} is no directory that can be read ({error}), and models of the hub are named \
             OWNER/MODEL."
        ))
    })?;
    Ok(Some(found))
}

/// Removes a model.
pub async fn remove(name: &str, client: &Client, terminal: &Terminal) -> Result<()> {
    let name = name.strip_prefix("local/").unwrap_or(name);
    client
        .delete(&format!("/models/local/{}", segment(name)))
        .await?;
    terminal.result(
        &json!({ "removed": format!("local/{name}") }),
        format!("Removed local/{name}."),
    )
}
