//! `headwater kb`: knowledge bases from the terminal.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::{Value, json};

use super::terminal::{Terminal, text};
use crate::client::Client;
use crate::problem::{Problem, Result};

mod add;
mod chunks;
mod cutting;
mod evaluate;
mod migrate;
mod questions;
mod settings;
mod source;

use cutting::Cutting;
use evaluate::Evaluate;
use questions::Questions;
use settings::{Mode, Settings};
use source::SourceCommand;

/// What to do with knowledge bases.
#[derive(Debug, Subcommand)]
pub enum Kb {
    /// Create a knowledge base
    Create {
        /// Its name; flows name it by the slug made from this
        name: String,
        #[command(flatten)]
        settings: Settings,
    },
    /// Change a knowledge base's name, description or models
    Update {
        /// The knowledge base: its slug, name or id
        kb: String,
        /// Its new name; the slug stays
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        settings: Settings,
    },
    /// List the knowledge bases
    List,
    /// Add files and folders, and wait until they are searchable or failed
    Add {
        /// The knowledge base: its slug, name or id
        kb: String,
        /// Files, and folders that are walked (hidden files are left out)
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
    /// List the documents of a knowledge base
    Documents {
        /// The knowledge base: its slug, name or id
        kb: String,
    },
    /// List the chunks of a document
    Chunks {
        /// The knowledge base: its slug, name or id
        kb: String,
        /// The document: its name or id
        document: String,
        /// Only those with this in their text, heading or keywords
        #[arg(long)]
        query: Option<String>,
        /// Changes to chunks whose text is no longer in the document, instead
        #[arg(long)]
        lost: bool,
    },
    /// Show how a document or a file would be cut into chunks, and store nothing
    Preview {
        /// The knowledge base: its slug, name or id
        kb: String,
        /// A file, or the name or id of a document
        what: String,
        #[command(flatten)]
        cutting: Cutting,
        /// At most this many chunks
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100))]
        limit: u32,
    },
    /// Change how documents are cut into chunks; those that are there are cut anew
    Cut {
        /// The knowledge base: its slug, name or id
        kb: String,
        #[command(flatten)]
        cutting: Cutting,
    },
    /// Try all documents again that failed
    Retry {
        /// The knowledge base: its slug, name or id
        kb: String,
    },
    /// Find the passages that fit a query best
    Search {
        /// The knowledge base: its slug, name or id
        kb: String,
        /// What to look for
        query: String,
        /// At most this many passages
        #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=50))]
        limit: u32,
        /// How to look for them, instead of how the knowledge base says
        #[arg(long, value_enum)]
        mode: Option<Mode>,
    },
    /// Labelled questions: what people ask, and what answers it
    #[command(subcommand)]
    Questions(Questions),
    /// Ask a question set, and measure how well its questions are answered
    Evaluate(Box<Evaluate>),
    /// Keep a knowledge base in step with websites, feeds, folders and buckets
    #[command(subcommand)]
    Source(SourceCommand),
    /// Fill another index with all knowledge bases, while the present one answers
    Migrate {
        /// The index to fill: embedded, pgvector or qdrant
        #[arg(long, value_name = "INDEX")]
        to: String,
    },
    /// Delete a knowledge base and everything in it
    Delete {
        /// The knowledge base: its slug, name or id
        kb: String,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
}

impl Kb {
    pub async fn run(self, client: &Client, terminal: &Terminal) -> Result<u8> {
        match self {
            Self::Create { name, settings } => {
                settings::create(client, terminal, &name, &settings).await
            }
            Self::Update { kb, name, settings } => {
                settings::update(client, terminal, &kb, name, &settings).await
            }
            Self::List => list(client, terminal).await,
            Self::Add { kb, paths } => {
                let kb = find(client, &kb).await?;
                add::run(&kb, &paths, client, terminal).await
            }
            Self::Documents { kb } => {
                let kb = find(client, &kb).await?;
                chunks::documents(client, terminal, &kb).await
            }
            Self::Chunks {
                kb,
                document,
                query,
                lost,
            } => {
                let kb = find(client, &kb).await?;
                let which = (query.as_deref(), lost);
                chunks::list(client, terminal, &kb, &document, which).await
            }
            Self::Preview {
                kb,
                what,
                cutting,
                limit,
            } => {
                let kb = find(client, &kb).await?;
                chunks::preview(client, terminal, &kb, &what, (&cutting, limit)).await
            }
            Self::Cut { kb, cutting } => cut(client, terminal, &kb, &cutting).await,
            Self::Retry { kb } => retry(client, terminal, &kb).await,
            Self::Search {
                kb,
                query,
                limit,
                mode,
            } => search(client, terminal, &kb, &query, (limit, mode)).await,
            Self::Questions(questions) => questions.run(client, terminal).await,
            Self::Evaluate(evaluate) => evaluate.run(client, terminal).await,
            Self::Source(command) => command.run(client, terminal).await,
            Self::Migrate { to } => migrate::run(&to, client, terminal).await,
            Self::Delete { kb, yes } => delete(client, terminal, &kb, yes).await,
        }
    }
}

async fn list(client: &Client, terminal: &Terminal) -> Result<u8> {
    let items = client.all("/knowledge-bases").await?;
    terminal.list(
        &items,
        "There are no knowledge bases yet. Create one with `headwater kb create NAME`.",
        &[
            ("slug", |kb| text(kb, "slug")),
            ("name", |kb| text(kb, "name")),
            ("documents", |kb| text(kb, "documents")),
            ("chunks", |kb| text(kb, "chunks")),
            ("id", |kb| text(kb, "id")),
        ],
    )?;
    Ok(0)
}

/// The knowledge base called so: by id, slug or name.
async fn find(client: &Client, wanted: &str) -> Result<Value> {
    let items = client.all("/knowledge-bases").await?;
    for field in ["id", "slug", "name"] {
        if let Some(found) = items.iter().find(|kb| kb[field] == wanted) {
            return Ok(found.clone());
        }
    }
    let known: Vec<String> = items.iter().map(|kb| text(kb, "slug")).collect();
    Err(Problem::new(
        headwater_model::Code::NotFound,
        if known.is_empty() {
            format!(
                "There is no knowledge base yet. Create it with `headwater kb create {wanted}`."
            )
        } else {
            format!(
                "There is no knowledge base “{wanted}”. There are: {}.",
                known.join(", ")
            )
        },
    ))
}

async fn cut(client: &Client, terminal: &Terminal, kb: &str, cutting: &Cutting) -> Result<u8> {
    let kb = find(client, kb).await?;
    let Some(chunking) = cutting.over(&kb) else {
        return Err(Problem::usage(
            "Say what to change, such as --strategy parent or --size 400.",
        ));
    };
    let path = format!("/knowledge-bases/{}", text(&kb, "id"));
    let changed = client
        .patch(&path, &json!({ "chunking": chunking }))
        .await?;
    terminal.result(
        &changed,
        format!(
            "The documents of {} are cut anew, and answer as before until they are.",
            text(&changed, "slug")
        ),
    )?;
    Ok(0)
}

async fn retry(client: &Client, terminal: &Terminal, kb: &str) -> Result<u8> {
    let kb = find(client, kb).await?;
    let path = format!("/knowledge-bases/{}/retry", text(&kb, "id"));
    let again = client.post(&path, &json!({})).await?;
    terminal.result(
        &again,
        format!("{} documents are tried again.", text(&again, "documents")),
    )?;
    Ok(0)
}

async fn search(
    client: &Client,
    terminal: &Terminal,
    kb: &str,
    query: &str,
    (limit, mode): (u32, Option<Mode>),
) -> Result<u8> {
    let kb = find(client, kb).await?;
    let path = format!("/knowledge-bases/{}/search", text(&kb, "id"));
    let mut body = json!({ "query": query, "limit": limit });
    if let Some(mode) = mode {
        body["options"] = json!({ "mode": mode.as_str() });
    }
    let found = client.post(&path, &body).await?;
    if terminal.json {
        terminal.print_json(&found)?;
        return Ok(0);
    }
    let passages = found["items"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    if passages.is_empty() {
        terminal.note("Nothing fits. Try other words.");
    }
    for note in found["notes"].as_array().into_iter().flatten() {
        terminal.note(text(note, "message"));
    }
    for passage in passages {
        terminal.line(passage_text(passage))?;
    }
    Ok(0)
}

fn passage_text(passage: &Value) -> String {
    let mut head = format!(
        "{:.2}  {}",
        passage["score"].as_f64().unwrap_or(0.0),
        text(passage, "document_name")
    );
    if let Some(heading) = passage["heading"].as_str().filter(|h| !h.is_empty()) {
        head.push_str(&format!(" › {heading}"));
    }
    if let Some(page) = passage["page"].as_u64() {
        head.push_str(&format!(", page {page}"));
    }
    let body = text(passage, "text");
    let body: Vec<String> = body
        .trim()
        .lines()
        .map(|line| format!("      {line}"))
        .collect();
    format!("{head}\n{}\n", body.join("\n"))
}

async fn delete(client: &Client, terminal: &Terminal, kb: &str, yes: bool) -> Result<u8> {
    let kb = find(client, kb).await?;
    let (name, documents) = (text(&kb, "name"), text(&kb, "documents"));
    if !yes {
        if !terminal.can_ask() {
            return Err(Problem::usage("Add --yes to delete without being asked."));
        }
        let answer = terminal.ask(&format!(
            "Delete “{name}” with {documents} documents? [y/N]"
        ))?;
        if !answer.trim().eq_ignore_ascii_case("y") {
            terminal.note("Nothing was deleted.");
            return Ok(1);
        }
    }
    client
        .delete(&format!("/knowledge-bases/{}", text(&kb, "id")))
        .await?;
    terminal.result(&json!({ "deleted": kb["id"] }), format!("Deleted {name}."))?;
    Ok(0)
}
