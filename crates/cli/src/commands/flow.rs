//! `headwater flow`: what flows there are, and how they follow files in Git.

mod apply;
mod change;
mod export;
pub mod files;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use headwater_model::flow::diff::FlowDiff;
use serde_json::{Value, json};

use super::terminal::{Terminal, text};
use crate::client::{Client, segment};
use crate::problem::{Problem, Result};

pub use files::read_document;

/// What to do with flows.
#[derive(Debug, Subcommand)]
pub enum Flow {
    /// List the flows
    List,
    /// Check flow files and report every problem with its fix; needs no server
    Validate {
        /// Flow files (YAML or JSON), and folders that are walked
        #[arg(required = true, value_name = "PATH")]
        files: Vec<PathBuf>,
    },
    /// Make the workspace's flows what the files say: create, update, publish; twice is once
    Apply(apply::Apply),
    /// Print a flow as a file
    Export(export::Export),
    /// Show what differs between two states of a flow, or between a flow and a file
    Diff(Diff),
    /// Publish the draft as the next revision
    Publish {
        /// The flow: its slug or id
        flow: String,
        /// Why, for the list of revisions
        #[arg(long, short, value_name = "TEXT")]
        message: Option<String>,
    },
    /// Publish an earlier revision again, as the next one; the draft stays as it is
    Rollback {
        /// The flow: its slug or id
        flow: String,
        /// The number of the revision to bring back
        revision: u32,
        /// Why, for the list of revisions
        #[arg(long, short, value_name = "TEXT")]
        message: Option<String>,
    },
    /// Forget the results kept for nodes with `cache`, of all flows of the workspace
    ClearCache,
    /// List a flow's revisions: who published them, when and why
    Revisions {
        /// The flow: its slug or id
        flow: String,
    },
}

/// What to compare.
#[derive(Debug, Args)]
pub struct Diff {
    /// The flow: its slug or id
    flow: String,
    /// `draft`, a revision's number, or a flow file; the published revision when absent
    from: Option<String>,
    /// `draft`, a revision's number, or a flow file; the draft when absent
    to: Option<String>,
    /// End with 1 when anything differs
    #[arg(long)]
    exit_code: bool,
}

impl Flow {
    pub async fn run(self, client: &Client, terminal: &Terminal) -> Result<u8> {
        match self {
            Self::List => list(client, terminal).await,
            Self::Validate { files } => files::validate(&files, terminal),
            Self::Apply(apply) => apply.run(client, terminal).await,
            Self::Export(export) => export.run(client, terminal).await,
            Self::Diff(diff) => diff.run(client, terminal).await,
            Self::Publish { flow, message } => {
                let path = format!("/flows/{}/publish", segment(&flow));
                let body = json!({ "message": message });
                let revision = client.post(&path, &body).await?;
                let number = text(&revision, "number");
                terminal.result(&revision, format!("Published revision {number} of {flow}."))?;
                Ok(0)
            }
            Self::Rollback {
                flow,
                revision,
                message,
            } => {
                let path = format!("/flows/{}/rollback", segment(&flow));
                let body = json!({ "revision": revision, "message": message });
                let new = client.post(&path, &body).await?;
                let said = format!(
                    "Published revision {} of {flow}, which brings back revision {revision}. The \
                     draft is as it was.",
                    text(&new, "number")
                );
                terminal.result(&new, said)?;
                Ok(0)
            }
            Self::ClearCache => {
                let gone = client.delete("/result-cache").await?;
                let said = format!("{} kept results are forgotten.", text(&gone, "removed"));
                terminal.result(&gone, said)?;
                Ok(0)
            }
            Self::Revisions { flow } => {
                let path = format!("/flows/{}/revisions", segment(&flow));
                terminal.list(
                    &client.all(&path).await?,
                    "This flow is not published yet.",
                    &[
                        ("revision", |r| text(r, "number")),
                        ("published", |r| text(r, "created_at")),
                        ("by", |r| text(r, "by")),
                        ("restores", |r| text(r, "restores")),
                        ("message", |r| text(r, "message")),
                    ],
                )?;
                Ok(0)
            }
        }
    }
}

async fn list(client: &Client, terminal: &Terminal) -> Result<u8> {
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

impl Diff {
    async fn run(self, client: &Client, terminal: &Terminal) -> Result<u8> {
        let flow = client
            .get(&format!("/flows/{}", segment(&self.flow)))
            .await?;
        // One file alone is what would be applied: it comes after what is published.
        let (from, to) = match (self.from, self.to) {
            (Some(file), None) if is_file(&file) => (None, Some(file)),
            given => given,
        };
        let from = from.unwrap_or_else(|| match &flow["published"] {
            Value::Number(number) => number.to_string(),
            _ => "draft".to_owned(),
        });
        let before = state(client, &flow, &from).await?;
        let after = state(client, &flow, to.as_deref().unwrap_or("draft")).await?;
        let diff = FlowDiff::between(&before, &after);
        if terminal.json {
            terminal.print_json(&json!(diff))?;
        } else if diff.is_empty() {
            terminal.line(match diff.moved {
                0 => "Nothing differs.".to_owned(),
                moved => format!("Nothing differs but the places of {moved} boxes."),
            })?;
        } else {
            for line in change::lines(&diff) {
                terminal.line(line)?;
            }
        }
        Ok(u8::from(self.exit_code && !diff.is_empty()))
    }
}

fn is_file(name: &str) -> bool {
    name != "draft" && name.parse::<u32>().is_err()
}

/// A flow as its draft, a revision or a file has it.
async fn state(
    client: &Client,
    flow: &Value,
    name: &str,
) -> Result<headwater_model::flow::FlowDocument> {
    if is_file(name) {
        return files::read(name.as_ref());
    }
    let document = match name {
        "draft" => flow["draft"]["document"].clone(),
        number => {
            let id = segment(&text(flow, "id"));
            let path = format!("/flows/{id}/revisions/{number}");
            client.get(&path).await?["document"].clone()
        }
    };
    serde_json::from_value(document).map_err(|e| {
        Problem::new(
            headwater_model::Code::Internal,
            format!("the server's flow is not one this version knows: {e}"),
        )
    })
}
