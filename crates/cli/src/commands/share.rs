//! `headwater share`: published flows on pages for people without an account.

mod settings;

use clap::Subcommand;
use serde_json::{Value, json};

use super::terminal::{Terminal, text};
use crate::client::{Client, segment};
use crate::problem::{Problem, Result};
use settings::Settings;

/// What to do with shares.
#[derive(Debug, Subcommand)]
pub enum Share {
    /// Share a published flow on a page of its own; whoever has the address may use it
    Create {
        /// The flow: its id or slug
        flow: String,
        /// What visitors read at the top of the page; the flow's name when absent
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        settings: Box<Settings>,
    },
    /// List shares, newest first
    List {
        /// Only those of this flow (its id or slug)
        #[arg(long)]
        flow: Option<String>,
    },
    /// Show a share: its address, who may use it, and what visitors did today
    Show {
        /// The share: its id, or the name on its page
        share: String,
    },
    /// Change what a share says; what is not given stays
    Update {
        /// The share: its id, or the name on its page
        share: String,
        /// What visitors read at the top of the page
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        settings: Box<Settings>,
    },
    /// Let visitors in
    Enable {
        /// The share: its id, or the name on its page
        share: String,
    },
    /// Let nobody in, and keep the share
    Disable {
        /// The share: its id, or the name on its page
        share: String,
    },
    /// Give a share another address; the one before leads nowhere
    Rotate {
        /// The share: its id, or the name on its page
        share: String,
    },
    /// Delete a share; its runs stay
    Delete {
        /// The share: its id, or the name on its page
        share: String,
    },
}

impl Share {
    pub async fn run(self, client: &Client, terminal: &Terminal) -> Result<u8> {
        match self {
            Self::Create {
                flow,
                name,
                settings,
            } => {
                let name = match name {
                    Some(name) => name,
                    None => {
                        let flow = client.get(&format!("/flows/{}", segment(&flow))).await?;
                        text(&flow, "name")
                    }
                };
                let mut wanted = json!({ "name": name });
                settings.join(&mut wanted);
                let body = json!({ "flow": flow, "settings": wanted });
                let made = client.post("/shares", &body).await?;
                terminal.result(&made, address(client, &made))?;
                terminal.note("Whoever has this address may use the flow.");
            }
            Self::List { flow } => list(client, terminal, flow.as_deref()).await?,
            Self::Show { share } => {
                let share = find(client, &share).await?;
                show(client, terminal, &share)?;
            }
            Self::Update {
                share,
                name,
                settings,
            } => {
                let found = find(client, &share).await?;
                let mut wanted = found["settings"].clone();
                if let Some(name) = name {
                    wanted["name"] = json!(name);
                }
                settings.join(&mut wanted);
                let change = json!({ "settings": wanted });
                let changed = client.patch(&path(&found), &change).await?;
                let sentence = format!("{} is changed.", called(&changed));
                terminal.result(&changed, sentence)?;
            }
            Self::Enable { share } => switch(client, terminal, &share, true).await?,
            Self::Disable { share } => switch(client, terminal, &share, false).await?,
            Self::Rotate { share } => {
                let found = find(client, &share).await?;
                let rotate = format!("{}/rotate", path(&found));
                let made = client.post(&rotate, &json!({})).await?;
                terminal.result(&made, address(client, &made))?;
                terminal.note("The address before leads nowhere from now on.");
            }
            Self::Delete { share } => {
                let found = find(client, &share).await?;
                client.delete(&path(&found)).await?;
                let sentence = format!("{} is deleted.", called(&found));
                terminal.result(&json!({ "deleted": found["id"] }), sentence)?;
            }
        }
        Ok(0)
    }
}

fn path(share: &Value) -> String {
    format!("/shares/{}", segment(&text(share, "id")))
}

/// What visitors know a share by.
fn called(share: &Value) -> String {
    text(&share["settings"], "name")
}

fn address(client: &Client, share: &Value) -> String {
    format!("{}{}", client.base(), text(share, "path"))
}

/// The share that is meant: by its id, or by a name that only one has.
async fn find(client: &Client, wanted: &str) -> Result<Value> {
    if wanted.starts_with("shr_") {
        return client.get(&format!("/shares/{}", segment(wanted))).await;
    }
    let all = client.all("/shares").await?;
    let mut named = all.into_iter().filter(|share| called(share) == wanted);
    match (named.next(), named.next()) {
        (Some(share), None) => Ok(share),
        (Some(_), Some(_)) => Err(Problem::usage(format!(
            "Several shares are called “{wanted}”. Name the one you mean by its id; `headwater share list` shows them."
        ))),
        (None, _) => Err(Problem::new(
            headwater_model::Code::NotFound,
            format!("There is no share “{wanted}”. `headwater share list` shows those there are."),
        )),
    }
}

async fn switch(client: &Client, terminal: &Terminal, share: &str, on: bool) -> Result<()> {
    let found = find(client, share).await?;
    let share = client
        .patch(&path(&found), &json!({ "enabled": on }))
        .await?;
    let word = if on { "on" } else { "off" };
    let sentence = format!("{} is switched {word}.", called(&share));
    terminal.result(&share, sentence)
}

async fn list(client: &Client, terminal: &Terminal, flow: Option<&str>) -> Result<()> {
    let path = flow.map_or_else(
        || "/shares".to_owned(),
        |flow| format!("/shares?flow={}", segment(flow)),
    );
    terminal.list(
        &client.all(&path).await?,
        "There are no shares. Make one with `headwater share create FLOW`.",
        &[
            ("name", |s| text(&s["settings"], "name")),
            ("flow", |s| text(s, "flow")),
            ("for", |s| text(&s["settings"], "audience")),
            ("on", |s| {
                if s["enabled"] == true { "yes" } else { "no" }.to_owned()
            }),
            ("runs today", |s| text(&s["today"], "runs")),
            ("id", |s| text(s, "id")),
        ],
    )
}

fn show(client: &Client, terminal: &Terminal, share: &Value) -> Result<()> {
    if terminal.json {
        return terminal.print_json(share);
    }
    let settings = &share["settings"];
    let on = if share["enabled"] == true {
        "on"
    } else {
        "off"
    };
    terminal.line(format!(
        "{}: the flow {} for {}, {on}",
        called(share),
        text(share, "flow"),
        text(settings, "audience")
    ))?;
    terminal.line(format!("Address: {}", address(client, share)))?;
    for origin in settings["origins"].as_array().into_iter().flatten() {
        terminal.line(format!(
            "Embedded by: {}",
            origin.as_str().unwrap_or_default()
        ))?;
    }
    terminal.line(format!(
        "Limits: {} runs of one visitor per minute, {} of all per day",
        text(settings, "visitor_per_minute"),
        text(settings, "runs_per_day")
    ))?;
    if let Some(end) = settings["expires_at"].as_str() {
        terminal.line(format!("Ends: {end}"))?;
    }
    let cost = share["today"]["cost"].as_str();
    let cost = cost.map_or_else(String::new, |cost| format!(", ${cost}"));
    terminal.line(format!(
        "Today: {} runs{cost}",
        text(&share["today"], "runs")
    ))
}
