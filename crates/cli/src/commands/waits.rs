//! `headwater waits`: what runs ask people, and the answers.

use clap::Subcommand;
use serde_json::{Map, Value, json};

use super::terminal::{Terminal, text};
use crate::client::{Client, segment};
use crate::problem::{Problem, Result};

/// What to do with questions that runs wait for.
#[derive(Debug, Subcommand)]
pub enum Waits {
    /// List the open questions that you may answer
    List,
    /// Answer a question; its run goes on
    Answer {
        /// The question's id
        id: String,
        /// The button to press
        button: String,
        /// A field as NAME=VALUE; the value is JSON, or text (repeatable)
        #[arg(long = "field", short, value_name = "NAME=VALUE")]
        fields: Vec<String>,
    },
    /// Make a link that answers a question without an account
    Link {
        /// The question's id
        id: String,
        /// How long it lasts, such as 4h or 3d
        #[arg(long, value_name = "DURATION")]
        lasts: Option<String>,
        /// Whom it is for; the answer is told to be theirs
        #[arg(long = "for", value_name = "NAME")]
        holder: Option<String>,
    },
}

impl Waits {
    pub async fn run(self, client: &Client, terminal: &Terminal) -> Result<u8> {
        match self {
            Self::List => list(client, terminal).await?,
            Self::Answer { id, button, fields } => {
                let body = json!({ "button": button, "fields": read(&fields)? });
                let path = format!("/waits/{}/answer", segment(&id));
                let wait = client.post(&path, &body).await?;
                let run = text(&wait, "run_id");
                terminal.result(&wait, format!("Answered with “{button}”; {run} goes on."))?;
            }
            Self::Link { id, lasts, holder } => {
                let body = json!({ "lasts": lasts, "for": holder });
                let path = format!("/waits/{}/link", segment(&id));
                let link = client.post(&path, &body).await?;
                let url = format!("{}{}", client.base(), text(&link, "page"));
                terminal.result(&link, url)?;
            }
        }
        Ok(0)
    }
}

async fn list(client: &Client, terminal: &Terminal) -> Result<()> {
    terminal.list(
        &client.all("/waits").await?,
        "Nobody waits for an answer of yours.",
        &[
            ("title", |w| text(w, "title")),
            ("flow", |w| text(w, "flow_name")),
            ("buttons", |w| {
                let buttons = w["buttons"].as_array().into_iter().flatten();
                let buttons: Vec<&str> = buttons.filter_map(Value::as_str).collect();
                buttons.join(",")
            }),
            ("until", |w| text(w, "deadline")),
            ("id", |w| text(w, "id")),
        ],
    )
}

fn read(fields: &[String]) -> Result<Map<String, Value>> {
    let mut values = Map::new();
    for field in fields {
        let (name, value) = field.split_once('=').ok_or_else(|| {
            Problem::usage(format!(
                "“{field}” is not a field. Write --field name=value."
            ))
        })?;
        let value = serde_json::from_str(value).unwrap_or_else(|_| json!(value));
        values.insert(name.to_owned(), value);
    }
    Ok(values)
}
