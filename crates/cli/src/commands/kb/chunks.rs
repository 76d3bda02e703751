//! Looking at chunks: those that are stored, and those that would be.

use std::path::Path;

use headwater_model::Code;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tokio_util::io::ReaderStream;

use super::cutting::Cutting;
use crate::client::{Client, segment};
use crate::commands::terminal::{Terminal, text};
use crate::problem::{Problem, Result};

/// Lists the documents of a knowledge base.
pub async fn documents(client: &Client, terminal: &Terminal, kb: &Value) -> Result<u8> {
    let path = format!("/knowledge-bases/{}/documents", text(kb, "id"));
    let items = client.all(&path).await?;
    terminal.list(
        &items,
        "There are no documents yet. Add some with `headwater kb add KB PATH…`.",
        &[
            ("name", |document| text(document, "name")),
            ("status", |document| text(document, "status")),
            ("chunks", |document| text(document, "chunks")),
            ("id", |document| text(document, "id")),
        ],
    )?;
    Ok(0)
}

/// Lists the chunks of a document.
pub async fn list(
    client: &Client,
    terminal: &Terminal,
    kb: &Value,
    document: &str,
    (query, lost): (Option<&str>, bool),
) -> Result<u8> {
    let document = find(client, kb, document).await?;
    let path = format!(
        "/documents/{}/chunks?lost={lost}&query={}",
        text(&document, "id"),
        segment(query.unwrap_or_default())
    );
    let chunks = client.all(&path).await?;
    if terminal.json {
        terminal.print_json(&json!({ "items": chunks }))?;
        return Ok(0);
    }
    if chunks.is_empty() {
        terminal.note("There are no such chunks.");
    }
    for chunk in &chunks {
        terminal.line(shown(chunk))?;
    }
    if let Some(lost) = document["lost_edits"].as_u64().filter(|n| *n > 0) {
        terminal.note(format!(
            "{lost} changes are of text that is no longer in the document. See them with --lost."
        ));
    }
    Ok(0)
}

/// Shows how a document or a file would be cut.
pub async fn preview(
    client: &Client,
    terminal: &Terminal,
    kb: &Value,
    what: &str,
    (cutting, limit): (&Cutting, u32),
) -> Result<u8> {
    let path = format!("/knowledge-bases/{}/preview", text(kb, "id"));
    let chunking = cutting.over(kb);
    let seen = if Path::new(what).is_file() {
        let form = form(Path::new(what), chunking.as_ref(), limit).await?;
        client.upload(&format!("{path}/file"), form).await?
    } else {
        let document = find(client, kb, what).await?;
        let mut body = json!({ "document": document["id"], "limit": limit });
        if let Some(chunking) = chunking {
            body["chunking"] = chunking;
        }
        client.post(&path, &body).await?
    };
    if terminal.json {
        terminal.print_json(&seen)?;
        return Ok(0);
    }
    for chunk in seen["items"].as_array().into_iter().flatten() {
        terminal.line(shown(chunk))?;
    }
    for left_out in seen["left_out"].as_str().unwrap_or_default().lines() {
        terminal.note(format!("not read: {left_out}"));
    }
    terminal.note(format!(
        "{} chunks, the longest of {} tokens. Nothing was stored.",
        text(&seen, "chunks"),
        text(&seen, "longest_tokens")
    ));
    Ok(0)
}

async fn form(file: &Path, chunking: Option<&Value>, limit: u32) -> Result<Form> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let opened = tokio::fs::File::open(file).await;
    let opened = opened.map_err(|error| super::add::unreadable(file, &error))?;
    let length = opened.metadata().await;
    let length = length
        .map_err(|error| super::add::unreadable(file, &error))?
        .len();
    let body = reqwest::Body::wrap_stream(ReaderStream::new(opened));
    let part = Part::stream_with_length(body, length).file_name(name.to_string());
    let mut form = Form::new().text("limit", limit.to_string());
    if let Some(chunking) = chunking {
        form = form.text("chunking", chunking.to_string());
    }
    Ok(form.part("file", part))
}

/// The document called so: by id or name, the newest of those with the same one.
async fn find(client: &Client, kb: &Value, wanted: &str) -> Result<Value> {
    let path = format!("/knowledge-bases/{}/documents", text(kb, "id"));
    let items = client.all(&path).await?;
    for field in ["id", "name"] {
        if let Some(found) = items.iter().find(|document| document[field] == wanted) {
            return Ok(found.clone());
        }
    }
    Err(Problem::new(
        Code::NotFound,
        format!(
            "There is no document “{wanted}” in {}. See what there is with `headwater kb documents {}`.",
            text(kb, "slug"),
            text(kb, "slug")
        ),
    ))
}

fn shown(chunk: &Value) -> String {
    let mut head = match chunk["index"].as_u64() {
        Some(index) => format!("#{index}"),
        None => "#–".to_owned(),
    };
    if let Some(heading) = chunk["heading"].as_str().filter(|h| !h.is_empty()) {
        head.push_str(&format!("  {heading}"));
    }
    if let Some(page) = chunk["page"].as_u64() {
        head.push_str(&format!(", page {page}"));
    }
    if let Some(tokens) = chunk["tokens"].as_u64() {
        head.push_str(&format!("  ({tokens} tokens)"));
    }
    for (field, is, word) in [
        ("enabled", false, "disabled"),
        ("added", true, "added"),
        ("edited", true, "edited"),
    ] {
        if chunk[field] == is {
            head.push_str(&format!("  [{word}]"));
        }
    }
    let mut out = format!("{head}\n{}\n", indented(&text(chunk, "text"), "      "));
    if let Some(given) = chunk["given"].as_str() {
        out.push_str(&format!("      gives:\n{}\n", indented(given, "        ")));
    }
    out
}

fn indented(text: &str, by: &str) -> String {
    let lines: Vec<String> = text
        .trim()
        .lines()
        .map(|line| format!("{by}{line}"))
        .collect();
    lines.join("\n")
}
