//! `headwater runs`: what becomes of a run after it was started.

use std::io::{read_to_string, stdin};

use clap::{Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::terminal::{Terminal, text};
use crate::client::{Client, segment};
use crate::problem::{Problem, Result};

/// What to do with runs.
#[derive(Debug, Subcommand)]
pub enum Runs {
    /// List the latest runs
    List {
        /// Only those in this status: queued, running, paused, succeeded, failed or cancelled
        #[arg(long, value_name = "STATUS")]
        status: Option<String>,
        /// Only those of this flow (its id or slug)
        #[arg(long)]
        flow: Option<String>,
        /// Only those this one asked for: the id of a user, a key or a trigger, operator, or me
        #[arg(long, value_name = "WHO")]
        user: Option<String>,
        /// Only those that began then or later, such as 2026-01-31 or 2026-01-31T12:00:00Z
        #[arg(long, value_name = "TIME")]
        from: Option<String>,
        /// Only those that began before then
        #[arg(long, value_name = "TIME")]
        to: Option<String>,
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
    /// Rate the answer of a run that is over; your rating before is replaced
    Rate {
        /// The run's id
        id: String,
        /// Whether it is good
        #[arg(required_unless_present = "remove")]
        rating: Option<Rating>,
        /// Why, in a word such as incorrect or incomplete (repeatable)
        #[arg(long = "reason", value_name = "WORD", requires = "rating")]
        reasons: Vec<String>,
        /// What else there is to say
        #[arg(long, value_name = "TEXT", requires = "rating")]
        comment: Option<String>,
        /// Take your rating back
        #[arg(long, conflicts_with = "rating")]
        remove: bool,
    },
    /// Say what a run that is over should have answered; what was said before is replaced
    Annotate {
        /// The run's id
        id: String,
        /// The better answer; - reads it from standard input
        #[arg(required_unless_present = "remove")]
        answer: Option<String>,
        /// For whoever reads it later
        #[arg(long, value_name = "TEXT", requires = "answer")]
        note: Option<String>,
        /// Take the better answer back
        #[arg(long, conflicts_with = "answer")]
        remove: bool,
    },
}

/// Whether an answer is good.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Rating {
    Up,
    Down,
}

impl Runs {
    pub async fn run(self, client: &Client, terminal: &Terminal) -> Result<u8> {
        let (id, what, body) = match self {
            Self::List {
                status,
                flow,
                user,
                from,
                to,
            } => {
                let filter = [
                    ("status", status),
                    ("flow", flow),
                    ("user", user),
                    ("from", from),
                    ("to", to),
                ];
                return list(filter, client, terminal).await;
            }
            Self::Rate {
                id,
                rating,
                reasons,
                comment,
                ..
            } => {
                let said = rating.map(|rating| {
                    let rating = match rating {
                        Rating::Up => "up",
                        Rating::Down => "down",
                    };
                    json!({ "rating": rating, "reasons": reasons, "comment": comment.unwrap_or_default() })
                });
                return say(&id, ("feedback", "rated"), said, client, terminal).await;
            }
            Self::Annotate {
                id, answer, note, ..
            } => {
                let said = match answer.as_deref() {
                    Some("-") => Some(read_to_string(stdin()).map_err(|error| {
                        Problem::usage(format!("cannot read standard input: {error}"))
                    })?),
                    Some(answer) => Some(answer.to_owned()),
                    None => None,
                };
                let said = said
                    .map(|answer| json!({ "answer": answer, "note": note.unwrap_or_default() }));
                return say(&id, ("annotation", "annotated"), said, client, terminal).await;
            }
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

/// Says something of a run, or takes it back.
async fn say(
    id: &str,
    (what, done): (&str, &str),
    said: Option<Value>,
    client: &Client,
    terminal: &Terminal,
) -> Result<u8> {
    let path = format!("/runs/{}/{what}", segment(id));
    match said {
        Some(said) => {
            let kept = client.put(&path, &said).await?;
            terminal.result(&kept, format!("{id} is {done}."))?;
        }
        None => {
            client.delete(&path).await?;
            terminal.result(&json!({ "id": id }), format!("{id} is no longer {done}."))?;
        }
    }
    Ok(0)
}

async fn list(
    filter: [(&str, Option<String>); 5],
    client: &Client,
    terminal: &Terminal,
) -> Result<u8> {
    let given = filter.into_iter().filter_map(|(name, value)| {
        let value = value?;
        Some(format!("&{name}={}", segment(&value)))
    });
    let filter: String = given.collect();
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
