//! `headwater runs`: what becomes of a run after it was started.

use clap::Subcommand;
use serde_json::{Value, json};

use super::terminal::{Terminal, text};
use crate::client::{Client, segment};
use crate::problem::Result;

/// What to do with runs.
#[derive(Debug, Subcommand)]
pub enum Runs {
    /// List the latest runs
    List {
        /// Only those in this status: queued, running, paused, succeeded, failed or cancelled
        #[arg(long, value_name = "STATUS")]
        status: Option<String>,
    },
    /// Pause a run; what it does is finished first
    Pause {
        /// The run's id
        id: String,
    },
    /// Go on with a paused run
    Resume {
        /// The run's id
        id: String,
    },
    /// Cancel a run, also a paused one
    Cancel {
        /// The run's id
        id: String,
    },
    /// Go on with a failed run in a new one; the results of finished steps stand
    Retry {
        /// The run's id
        id: String,
    },
    /// Start a new run from an old one's input
    Replay {
        /// The run's id
        id: String,
        /// A node whose result of then stands (repeatable)
        #[arg(long = "pin", value_name = "NODE")]
        pins: Vec<String>,
        /// Run the flow's published revision, and not the one of then
        #[arg(long)]
        published: bool,
    },
}

impl Runs {
    pub async fn run(self, client: &Client, terminal: &Terminal) -> Result<u8> {
        let (id, what, body) = match self {
            Self::List { status } => return list(status.as_deref(), client, terminal).await,
            Self::Pause { id } => (id, "pause", json!({})),
            Self::Resume { id } => (id, "resume", json!({})),
            Self::Cancel { id } => (id, "cancel", json!({})),
            Self::Retry { id } => (id, "retry", json!({})),
            Self::Replay {
                id,
                pins,
                published,
            } => (
                id,
                "replay",
                json!({ "pins": pins, "published": published }),
            ),
        };
        let run = client
            .post(&format!("/runs/{}/{what}", segment(&id)), &body)
            .await?;
        let sentence = format!("{} is {}.", text(&run, "id"), text(&run, "status"));
        terminal.result(&run, sentence)?;
        Ok(0)
    }
}

async fn list(status: Option<&str>, client: &Client, terminal: &Terminal) -> Result<u8> {
    let filter = status.map_or_else(String::new, |status| format!("&status={}", segment(status)));
    let runs = client.get(&format!("/runs?limit=50{filter}")).await?;
    let empty: Vec<Value> = Vec::new();
    terminal.list(
        runs["items"].as_array().unwrap_or(&empty),
        "There are no such runs.",
        &[
            ("status", |r| text(r, "status")),
            ("flow", |r| text(r, "flow_name")),
            ("created", |r| text(r, "created_at")),
            ("id", |r| text(r, "id")),
        ],
    )?;
    Ok(0)
}
