//! Uploading files and watching them become searchable.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use headwater_model::Code;
use indicatif::ProgressBar;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tokio_util::io::ReaderStream;

use crate::client::Client;
use crate::commands::terminal::{Terminal, text};
use crate::problem::{Problem, Result};

/// How often the state of waiting documents is asked for.
const POLL: Duration = Duration::from_millis(200);
/// One document's share of the progress bar.
const SHARE: u64 = 1000;

/// Uploads everything below `paths` and waits for the end of every document.
pub async fn run(
    kb: &Value,
    paths: &[PathBuf],
    client: &Client,
    terminal: &Terminal,
) -> Result<u8> {
    let files = collect(paths)?;
    let bar = terminal.bar(files.len() as u64 * SHARE);
    let mut addition = Addition {
        client,
        terminal,
        bar,
        waiting: BTreeMap::new(),
        ended: Vec::new(),
        failed: 0,
    };
    let upload_to = format!("/knowledge-bases/{}/documents", text(kb, "id"));
    for file in &files {
        addition.upload(&upload_to, file).await?;
    }
    while !addition.waiting.is_empty() {
        tokio::time::sleep(POLL).await;
        addition.look().await?;
    }
    addition.bar.finish_and_clear();
    if terminal.json {
        terminal.print_json(&json!({ "items": addition.ended }))?;
    } else {
        let ready = addition.ended.len() - addition.failed;
        terminal.note(format!("{ready} ready, {} failed.", addition.failed));
    }
    Ok(u8::from(addition.failed > 0))
}

/// An upload under way.
struct Addition<'a> {
    client: &'a Client,
    terminal: &'a Terminal,
    bar: ProgressBar,
    /// Documents not yet ready or failed, by id, with their progress.
    waiting: BTreeMap<String, f64>,
    ended: Vec<Value>,
    failed: usize,
}

impl Addition<'_> {
    async fn upload(&mut self, to: &str, file: &Path) -> Result<()> {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        self.bar.set_message(format!("uploading {name}"));
        let opened = tokio::fs::File::open(file).await;
        let opened = opened.map_err(|e| unreadable(file, &e))?;
        let length = opened
            .metadata()
            .await
            .map_err(|e| unreadable(file, &e))?
            .len();
        let body = reqwest::Body::wrap_stream(ReaderStream::with_capacity(opened, 64 * 1024));
        let part = Part::stream_with_length(body, length).file_name(name.to_string());
        match self.client.upload(to, Form::new().part("file", part)).await {
            Ok(answer) => {
                for document in answer["items"].as_array().into_iter().flatten() {
                    self.waiting.insert(text(document, "id"), 0.0);
                }
                Ok(())
            }
            // One file that is refused must not keep the others out.
            Err(problem)
                if [Code::Invalid, Code::TooLarge]
                    .iter()
                    .any(|c| c.as_str() == problem.code()) =>
            {
                self.end(json!({
                    "name": name,
                    "status": "failed",
                    "error": { "code": problem.code(), "message": problem.detail() },
                }))
            }
            Err(problem) => Err(problem),
        }
    }

    /// Asks how the waiting documents are doing.
    async fn look(&mut self) -> Result<()> {
        for id in self.waiting.keys().cloned().collect::<Vec<_>>() {
            let document = self.client.get(&format!("/documents/{id}")).await?;
            match document["status"].as_str() {
                Some("ready" | "failed" | "needs_ocr" | "cancelled") => {
                    self.waiting.remove(&id);
                    self.end(document)?;
                }
                status => {
                    self.bar.set_message(format!(
                        "{} {}",
                        status.unwrap_or_default(),
                        text(&document, "name")
                    ));
                    let progress = document["progress"].as_f64().unwrap_or(0.0);
                    self.waiting.insert(id, progress.clamp(0.0, 1.0));
                }
            }
        }
        self.draw();
        Ok(())
    }

    fn draw(&self) {
        let partial: f64 = self.waiting.values().sum();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a bar on a terminal"
        )]
        let position = self.ended.len() as u64 * SHARE + (partial * SHARE as f64) as u64;
        self.bar.set_position(position);
    }

    /// Notes the end of one document and tells it.
    fn end(&mut self, document: Value) -> Result<()> {
        let name = text(&document, "name");
        let failed = document["status"] != "ready";
        self.failed += usize::from(failed);
        let mut line = if failed {
            match document["status"].as_str() {
                Some("cancelled") => format!("failed  {name}: somebody cancelled it"),
                _ => format!("failed  {name}: {}", text(&document["error"], "message")),
            }
        } else {
            match document["chunks"].as_u64() {
                Some(1) => format!("ready   {name} (1 chunk)"),
                chunks => format!("ready   {name} ({} chunks)", chunks.unwrap_or(0)),
            }
        };
        for left_out in document["left_out"].as_str().unwrap_or_default().lines() {
            line.push_str(&format!("\n        not read: {left_out}"));
        }
        self.ended.push(document);
        self.draw();
        if self.terminal.json {
            return Ok(());
        }
        self.bar.suspend(|| self.terminal.line(line))
    }
}

pub(super) fn unreadable(path: &Path, error: &std::io::Error) -> Problem {
    Problem::usage(format!(
        "cannot read {}: {error}. Check the path.",
        path.display()
    ))
}

/// The files meant: those named, and those below the folders named, in order, hidden ones left out.
fn collect(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        let about = std::fs::metadata(path).map_err(|e| unreadable(path, &e))?;
        if about.is_dir() {
            walk(path, &mut files)?;
        } else {
            files.push(path.clone());
        }
    }
    if files.is_empty() {
        return Err(Problem::usage("There are no files in the folders given."));
    }
    Ok(files)
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries = std::fs::read_dir(folder).map_err(|e| unreadable(folder, &e))?;
    let mut entries: Vec<_> = entries.flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        // Links are not followed: a folder that links to its parent must end.
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => walk(&entry.path(), files)?,
            Ok(kind) if kind.is_file() => files.push(entry.path()),
            _ => {}
        }
    }
    Ok(())
}
