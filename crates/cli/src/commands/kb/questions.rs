//! `headwater kb questions`: labelled questions, in and out.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use headwater_model::Code;
use serde_json::{Value, json};

use crate::client::Client;
use crate::commands::terminal::{Terminal, text};
use crate::problem::{Problem, Result};

/// What to do with question sets.
#[derive(Debug, Subcommand)]
pub enum Questions {
    /// List the question sets of a knowledge base
    List {
        /// The knowledge base: its slug, name or id
        kb: String,
    },
    /// Add the questions of a file to a set, which is made when there is none of that name
    Import {
        /// The knowledge base: its slug, name or id
        kb: String,
        /// The question set: its name or id
        set: String,
        /// Lines of JSON, a table (CSV), or with --judgements the questions of a collection
        file: PathBuf,
        /// The file that says which documents answer which question, as `headwater eval` reads it
        #[arg(long, value_name = "FILE")]
        judgements: Option<PathBuf>,
        /// Take out first what is in the set
        #[arg(long)]
        replace: bool,
    },
    /// Print the questions of a set as lines of JSON
    Export {
        /// The knowledge base: its slug, name or id
        kb: String,
        /// The question set: its name or id
        set: String,
    },
    /// Delete a question set with its questions and evaluations
    Delete {
        /// The knowledge base: its slug, name or id
        kb: String,
        /// The question set: its name or id
        set: String,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
}

impl Questions {
    pub async fn run(self, client: &Client, terminal: &Terminal) -> Result<u8> {
        match self {
            Self::List { kb } => list(client, terminal, &super::find(client, &kb).await?).await,
            Self::Import {
                kb,
                set,
                file,
                judgements,
                replace,
            } => {
                let kb = super::find(client, &kb).await?;
                let mut body = json!({ "questions": read(&file)?, "replace": replace });
                if let Some(judgements) = &judgements {
                    body["judgements"] = json!(read(judgements)?);
                }
                import(client, terminal, (&kb, &set), &body).await
            }
            Self::Export { kb, set } => {
                let kb = super::find(client, &kb).await?;
                let set = find(client, &kb, &set).await?;
                let path = format!("/question-sets/{}/export", text(&set, "id"));
                let answer = client.send(client.request(reqwest::Method::GET, &path));
                let lines = answer.await?.text().await;
                terminal.write(&lines.map_err(|error| Problem::new(Code::Upstream, error))?)?;
                Ok(0)
            }
            Self::Delete { kb, set, yes } => delete(client, terminal, (&kb, &set), yes).await,
        }
    }
}

async fn list(client: &Client, terminal: &Terminal, kb: &Value) -> Result<u8> {
    let items = sets(client, kb).await?;
    terminal.list(
        &items,
        "There are no question sets yet. Make one with `headwater kb questions import KB SET FILE`.",
        &[
            ("name", |set| text(set, "name")),
            ("questions", |set| text(set, "questions")),
            ("id", |set| text(set, "id")),
        ],
    )?;
    Ok(0)
}

async fn import(
    client: &Client,
    terminal: &Terminal,
    (kb, name): (&Value, &str),
    body: &Value,
) -> Result<u8> {
    let known = sets(client, kb).await?;
    let set = match named(&known, name) {
        Some(set) => set.clone(),
        None => {
            let path = format!("/knowledge-bases/{}/question-sets", text(kb, "id"));
            client.post(&path, &json!({ "name": name })).await?
        }
    };
    let path = format!("/question-sets/{}/import", text(&set, "id"));
    let done = client.post(&path, body).await?;
    let count = |field: &str| done[field].as_u64().unwrap_or(0);
    terminal.result(
        &json!({ "question_set": set, "imported": done }),
        format!(
            "{} questions were added to {}, {} replaced, {} taken out.",
            count("added"),
            text(&set, "name"),
            count("replaced"),
            count("removed")
        ),
    )?;
    if count("without_labels") > 0 {
        terminal.note(format!(
            "{} questions have no label: they are not measured.",
            count("without_labels")
        ));
    }
    Ok(0)
}

async fn delete(
    client: &Client,
    terminal: &Terminal,
    (kb, set): (&str, &str),
    yes: bool,
) -> Result<u8> {
    let kb = super::find(client, kb).await?;
    let set = find(client, &kb, set).await?;
    let (name, questions) = (text(&set, "name"), text(&set, "questions"));
    if !yes {
        if !terminal.can_ask() {
            return Err(Problem::usage("Add --yes to delete without being asked."));
        }
        let question = format!("Delete “{name}” with {questions} questions? [y/N]");
        if !terminal.ask(&question)?.trim().eq_ignore_ascii_case("y") {
            terminal.note("Nothing was deleted.");
            return Ok(1);
        }
    }
    client
        .delete(&format!("/question-sets/{}", text(&set, "id")))
        .await?;
    terminal.result(&json!({ "deleted": set["id"] }), format!("Deleted {name}."))?;
    Ok(0)
}

async fn sets(client: &Client, kb: &Value) -> Result<Vec<Value>> {
    let path = format!("/knowledge-bases/{}/question-sets", text(kb, "id"));
    client.all(&path).await
}

fn named<'s>(sets: &'s [Value], wanted: &str) -> Option<&'s Value> {
    let by = |field: &str| sets.iter().find(|set| set[field] == wanted);
    by("id").or_else(|| by("name"))
}

/// The question set called so: by id or name.
pub(super) async fn find(client: &Client, kb: &Value, wanted: &str) -> Result<Value> {
    let known = sets(client, kb).await?;
    if let Some(set) = named(&known, wanted) {
        return Ok(set.clone());
    }
    let names: Vec<String> = known.iter().map(|set| text(set, "name")).collect();
    let slug = text(kb, "slug");
    Err(Problem::new(
        Code::NotFound,
        match names.is_empty() {
            true => format!(
                "{slug} has no question set yet. Make one with `headwater kb questions import {slug} {wanted} FILE`."
            ),
            false => format!(
                "{slug} has no question set “{wanted}”. There are: {}.",
                names.join(", ")
            ),
        },
    ))
}

fn read(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path)
        .map_err(|error| Problem::usage(format!("{} cannot be read: {error}.", path.display())))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
