//! `headwater flow apply`: the workspace follows the files.

use std::collections::HashMap;
use std::path::PathBuf;

use clap::Args;
use headwater_model::flow::{Applied, Outcome};
use headwater_model::{Code, flow::FlowDocument};
use serde_json::{Value, json};

use super::super::terminal::{Terminal, text};
use super::change;
use super::files::{self, File};
use crate::client::{Client, segment};
use crate::problem::{Problem, Result};

/// What to apply, and how.
#[derive(Debug, Args)]
pub struct Apply {
    /// Flow files (YAML or JSON), and folders that are walked
    #[arg(required = true, value_name = "PATH")]
    files: Vec<PathBuf>,
    /// Keep the drafts only; publish nothing
    #[arg(long)]
    draft: bool,
    /// Why, for the revisions that are published
    #[arg(long, short, value_name = "TEXT")]
    message: Option<String>,
    /// Tell what would happen, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Delete the workspace's flows that no file names, with their conversations; needs
    /// --confirm-prune as well
    #[arg(long)]
    prune: bool,
    /// Yes, delete what --prune finds
    #[arg(long, requires = "prune")]
    confirm_prune: bool,
}

impl Apply {
    pub async fn run(self, client: &Client, terminal: &Terminal) -> Result<u8> {
        if self.prune && !self.confirm_prune && !self.dry_run {
            return Err(Problem::usage(
                "--prune deletes flows with their conversations. Look with --prune --dry-run, then \
                 add --confirm-prune.",
            ));
        }
        let found = named(&self.files)?;
        if !self.draft {
            runnable(&found)?;
        }
        let mut told = Vec::new();
        for file in &found {
            let applied = self.one(client, &file.document).await.map_err(|problem| {
                let path = file.path.display();
                Problem::new(Code::Invalid, format!("{path}: {problem}"))
            });
            let applied = match applied {
                Ok(applied) => applied,
                Err(problem) => {
                    self.tell(terminal, &told, &[])?;
                    return Err(problem);
                }
            };
            told.push((file.path.clone(), applied));
        }
        let pruned = self.prune(client, &told).await?;
        self.tell(terminal, &told, &pruned)?;
        Ok(0)
    }

    async fn one(&self, client: &Client, document: &FlowDocument) -> Result<Applied> {
        let body = json!({
            "document": document,
            "publish": !self.draft,
            "message": self.message,
            "dry_run": self.dry_run,
        });
        let applied = client.post("/flows/apply", &body).await?;
        serde_json::from_value(applied).map_err(|e| {
            Problem::new(
                Code::Internal,
                format!("the server's answer is not one this version knows: {e}"),
            )
        })
    }

    /// Deletes, or names, the flows that no file is about.
    async fn prune(&self, client: &Client, told: &[(PathBuf, Applied)]) -> Result<Vec<String>> {
        if !self.prune {
            return Ok(Vec::new());
        }
        let flows = client.all("/flows").await?;
        let slugs = flows.iter().map(|flow| text(flow, "slug"));
        let unnamed = slugs.filter(|slug| told.iter().all(|(_, applied)| applied.slug != *slug));
        let unnamed: Vec<String> = unnamed.collect();
        if !self.dry_run {
            for slug in &unnamed {
                client.delete(&format!("/flows/{}", segment(slug))).await?;
            }
        }
        Ok(unnamed)
    }

    fn tell(
        &self,
        terminal: &Terminal,
        told: &[(PathBuf, Applied)],
        pruned: &[String],
    ) -> Result<()> {
        if terminal.json {
            let flows = told.iter().map(|(path, applied)| {
                let mut flow = json!(applied);
                flow["file"] = json!(path);
                flow
            });
            let flows: Vec<Value> = flows.collect();
            let all = json!({ "flows": flows, "pruned": pruned, "dry_run": self.dry_run });
            return terminal.print_json(&all);
        }
        for (path, applied) in told {
            terminal.line(line(path.display(), applied))?;
            for change in applied.diff.iter().flat_map(change::lines) {
                terminal.line(format!("  {change}"))?;
            }
        }
        for slug in pruned {
            terminal.line(format!("deleted {slug}"))?;
        }
        if self.dry_run {
            terminal.note("Nothing was done: this was a dry run.");
        }
        Ok(())
    }
}

fn line(path: impl std::fmt::Display, applied: &Applied) -> String {
    let outcome = match applied.outcome {
        Outcome::Created => "created",
        Outcome::Changed => "changed",
        Outcome::Unchanged => "unchanged",
    };
    let published = match applied.published {
        Some(number) => format!(", published as revision {number}"),
        None => String::new(),
    };
    format!("{outcome} {}{published} ({path})", applied.slug)
}

/// Reads all files before anything happens; two files about one flow are a mistake.
fn named(paths: &[PathBuf]) -> Result<Vec<File>> {
    let mut found: Vec<File> = Vec::new();
    let mut slugs: HashMap<String, PathBuf> = HashMap::new();
    for path in files::find(paths)? {
        let document = files::read(&path)?;
        let slug = document.wanted_slug();
        if let Some(other) = slugs.insert(slug.clone(), path.clone()) {
            return Err(Problem::usage(format!(
                "{} and {} are both about the flow “{slug}”. Give one another `slug`.",
                other.display(),
                path.display()
            )));
        }
        found.push(File { path, document });
    }
    Ok(called_first(found))
}

/// Flows come before those that call them, so that these find them published; otherwise the order
/// stays.
fn called_first(files: Vec<File>) -> Vec<File> {
    let slugs: Vec<String> = files
        .iter()
        .map(|file| file.document.wanted_slug())
        .collect();
    let calls: Vec<Vec<usize>> = files
        .iter()
        .map(|file| {
            let called = file.document.calls();
            called
                .filter_map(|(slug, _)| slugs.iter().position(|other| other == slug))
                .collect()
        })
        .collect();
    let (mut order, mut seen) = (Vec::new(), vec![false; files.len()]);
    for file in 0..files.len() {
        visit(file, &calls, &mut seen, &mut order);
    }
    let mut files: Vec<Option<File>> = files.into_iter().map(Some).collect();
    order
        .into_iter()
        .filter_map(|file| files[file].take())
        .collect()
}

fn visit(file: usize, calls: &[Vec<usize>], seen: &mut [bool], order: &mut Vec<usize>) {
    if std::mem::replace(&mut seen[file], true) {
        return;
    }
    for &called in &calls[file] {
        visit(called, calls, seen, order);
    }
    order.push(file);
}

/// Refuses files that cannot run before any of them is applied.
fn runnable(found: &[File]) -> Result<()> {
    let told = found.iter().flat_map(|file| {
        let problems = files::problems(&file.document).into_iter();
        problems.map(|problem| format!("{}: {}", file.path.display(), files::told(&problem)))
    });
    let told: Vec<String> = told.collect();
    if told.is_empty() {
        return Ok(());
    }
    Err(Problem::usage(format!(
        "Nothing was applied, because some files cannot run:\n{}",
        told.join("\n")
    )))
}
