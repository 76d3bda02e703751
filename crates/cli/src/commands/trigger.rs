//! `headwater trigger`: what starts runs besides people and programs that call the API.

mod add;

use clap::{Subcommand, ValueEnum};
use serde_json::{Map, Value, json};

use super::terminal::{Terminal, text};
use crate::client::{Client, segment};
use crate::problem::{Problem, Result};

/// What to do with triggers.
#[derive(Debug, Subcommand)]
pub enum Trigger {
    /// List triggers
    List {
        /// Only those of this flow (its id or slug)
        #[arg(long)]
        flow: Option<String>,
        /// Only those of this kind
        #[arg(long)]
        kind: Option<Kind>,
    },
    /// Show a trigger, when it fires next, and what came of its last events
    Show {
        /// The trigger's id
        id: String,
    },
    /// Make a trigger
    #[command(subcommand)]
    Add(add::Add),
    /// Switch a trigger on
    Enable {
        /// The trigger's id
        id: String,
    },
    /// Switch a trigger off
    Disable {
        /// The trigger's id
        id: String,
    },
    /// Remove a trigger; its runs stay
    Remove {
        /// The trigger's id
        id: String,
    },
    /// Fire a trigger by hand
    Fire {
        /// The trigger's id
        id: String,
        /// What stands for the event's body, as JSON
        #[arg(long, value_name = "JSON")]
        body: Option<String>,
    },
    /// Give a webhook a new secret
    Rotate {
        /// The trigger's id
        id: String,
        /// How long the secret before it is accepted too, such as 2h or 0s
        #[arg(long, value_name = "DURATION", default_value = "1d")]
        overlap: String,
    },
}

/// The kinds of triggers.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Kind {
    Webhook,
    Schedule,
    Form,
}

impl Trigger {
    pub async fn run(self, client: &Client, terminal: &Terminal) -> Result<u8> {
        match self {
            Self::List { flow, kind } => list(client, terminal, flow.as_deref(), kind).await?,
            Self::Show { id } => show(client, terminal, &id).await?,
            Self::Add(add) => add.run(client, terminal).await?,
            Self::Enable { id } => switch(client, terminal, &id, true).await?,
            Self::Disable { id } => switch(client, terminal, &id, false).await?,
            Self::Remove { id } => {
                client.delete(&path(&id)).await?;
                terminal.result(&json!({ "id": id }), format!("{id} is removed."))?;
            }
            Self::Fire { id, body } => {
                let body = body.as_deref().map(read_json).transpose()?;
                let body = json!({ "body": body.unwrap_or_default() });
                let run = client.post(&format!("{}/fire", path(&id)), &body).await?;
                let sentence = format!("Started {}.", text(&run, "id"));
                terminal.result(&run, sentence)?;
            }
            Self::Rotate { id, overlap } => {
                let body = json!({ "overlap": overlap });
                let made = client.post(&format!("{}/rotate", path(&id)), &body).await?;
                told(client, terminal, &made)?;
            }
        }
        Ok(0)
    }
}

fn path(id: &str) -> String {
    format!("/triggers/{}", segment(id))
}

async fn list(
    client: &Client,
    terminal: &Terminal,
    flow: Option<&str>,
    kind: Option<Kind>,
) -> Result<()> {
    let mut filter = Vec::new();
    filter.extend(flow.map(|flow| format!("flow={}", segment(flow))));
    filter.extend(kind.map(|kind| format!("kind={}", kind.word())));
    let path = match filter.is_empty() {
        true => "/triggers".to_owned(),
        false => format!("/triggers?{}", filter.join("&")),
    };
    terminal.list(
        &client.all(&path).await?,
        "There are no triggers. Make one with `headwater trigger add`.",
        &[
            ("name", |t| text(t, "name")),
            ("kind", |t| text(&t["settings"], "kind")),
            ("flow", |t| text(t, "flow")),
            ("on", |t| {
                if t["enabled"] == true { "yes" } else { "no" }.to_owned()
            }),
            ("next", |t| {
                t["next"][0].as_str().unwrap_or_default().to_owned()
            }),
            ("id", |t| text(t, "id")),
        ],
    )
}

async fn show(client: &Client, terminal: &Terminal, id: &str) -> Result<()> {
    let mut trigger = client.get(&path(id)).await?;
    let firings = client
        .get(&format!("{}/firings?limit=10", path(id)))
        .await?;
    trigger["firings"] = firings["items"].clone();
    if terminal.json {
        return terminal.print_json(&trigger);
    }
    let on = if trigger["enabled"] == true {
        "on"
    } else {
        "off"
    };
    let kind = text(&trigger["settings"], "kind");
    terminal.line(format!(
        "{}: a {kind} of {}, {on}",
        text(&trigger, "name"),
        text(&trigger, "flow")
    ))?;
    if let Some(path) = trigger["path"].as_str() {
        terminal.line(format!("Address: {}{path}", client.base()))?;
    }
    terminal.line(format!("Settings: {}", trigger["settings"]))?;
    if trigger["input"] != json!({}) {
        terminal.line(format!("Input: {}", trigger["input"]))?;
    }
    for at in trigger["next"].as_array().into_iter().flatten() {
        terminal.line(format!("Next: {}", at.as_str().unwrap_or_default()))?;
    }
    let firings = trigger["firings"].as_array().cloned().unwrap_or_default();
    terminal.list(
        &firings,
        "It has not fired in the last thirty days.",
        &[
            ("at", |f| text(f, "at")),
            ("due", |f| text(f, "due_at")),
            ("outcome", |f| text(f, "outcome")),
            ("run", |f| text(f, "run_id")),
            ("detail", |f| text(f, "detail")),
        ],
    )
}

async fn switch(client: &Client, terminal: &Terminal, id: &str, on: bool) -> Result<()> {
    let trigger = client.patch(&path(id), &json!({ "enabled": on })).await?;
    let word = if on { "on" } else { "off" };
    let sentence = format!("{} is switched {word}.", text(&trigger, "name"));
    terminal.result(&trigger, sentence)
}

/// A trigger that was made, and its secret, which is shown this once.
fn told(client: &Client, terminal: &Terminal, made: &Value) -> Result<()> {
    let mut lines = vec![format!("{} ({})", text(made, "name"), text(made, "id"))];
    if let Some(path) = made["path"].as_str() {
        lines.push(format!("Address: {}{path}", client.base()));
    }
    if let Some(at) = made["next"][0].as_str() {
        lines.push(format!("Next: {at}"));
    }
    if let Some(secret) = made["secret"].as_str() {
        lines.push(format!("Secret: {secret}"));
    }
    terminal.result(made, lines.join("\n"))?;
    if made["secret"].is_string() {
        terminal.note("The secret is shown only now. Keep it where the sender reads it.");
    }
    if let Some(until) = made["old_secret_until"].as_str() {
        terminal.note(format!("The secret before it is accepted until {until}."));
    }
    Ok(())
}

fn read_json(given: &str) -> Result<Value> {
    serde_json::from_str(given)
        .map_err(|error| Problem::usage(format!("“{given}” is not JSON: {error}.")))
}

/// `NAME=VALUE` pairs; a value is JSON, or text.
fn read_pairs(pairs: &[String]) -> Result<Map<String, Value>> {
    let mut values = Map::new();
    for pair in pairs {
        let (name, value) = pair.split_once('=').ok_or_else(|| {
            Problem::usage(format!(
                "“{pair}” is not an input. Write --input name=value."
            ))
        })?;
        let value = serde_json::from_str(value).unwrap_or_else(|_| json!(value));
        values.insert(name.to_owned(), value);
    }
    Ok(values)
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Schedule => "schedule",
            Self::Form => "form",
        }
    }
}
