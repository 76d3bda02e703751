//! Bytes to text blocks. One file per format; what a file *is* decides, not what it is called.

pub mod html;
pub mod isolated;
pub mod markdown;
pub mod pdf;
pub mod text;

use std::panic::{AssertUnwindSafe, catch_unwind};

use headwater_model::knowledge::ParsedDocument;
use headwater_model::{Error, Result};

/// A format we can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Text,
    Markdown,
    Html,
    Pdf,
}

impl Format {
    /// The media type a document of this format is served with.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain",
            Self::Markdown => "text/markdown",
            Self::Html => "text/html",
            Self::Pdf => "application/pdf",
        }
    }
}

/// What the bytes are, judged by their beginning first and by name and media type second.
pub fn detect(head: &[u8], name: &str, media_type: &str) -> Result<Format> {
    if pdf::looks_like(head) {
        return Ok(Format::Pdf);
    }
    if let Some(what) = foreign(head) {
        return Err(unreadable(&format!(
            "This is {what}, which cannot be read yet. Save it as PDF, Markdown, HTML or plain text and add that."
        )));
    }
    if html::looks_like(head) {
        return Ok(Format::Html);
    }
    let extension = name.rsplit_once('.').map(|(_, end)| end.to_lowercase());
    Ok(match extension.as_deref() {
        Some("md" | "markdown" | "mdown" | "mkd") => Format::Markdown,
        Some("html" | "htm" | "xhtml") => Format::Html,
        Some("txt" | "text" | "log") => Format::Text,
        _ if media_type.starts_with("text/markdown") => Format::Markdown,
        _ if media_type.starts_with("text/html") => Format::Html,
        _ => Format::Text,
    })
}

/// Reads a document. Never panics; every refusal is an `invalid` error that says what to do.
pub fn parse(bytes: &[u8], name: &str, media_type: &str) -> Result<ParsedDocument> {
    // Parsers of foreign formats index into what strangers wrote.
    let parsed = catch_unwind(AssertUnwindSafe(|| dispatch(bytes, name, media_type)))
        .unwrap_or_else(|_| {
            Err(unreadable(
                "The file is damaged in a way the parser could not get past. Open it in its program, save a fresh copy and add that.",
            ))
        })?;
    if parsed.blocks.iter().all(|b| b.text.trim().is_empty()) {
        return Err(unreadable(
            "There is no text in this file. Add a file with text in it.",
        ));
    }
    Ok(parsed)
}

fn dispatch(bytes: &[u8], name: &str, media_type: &str) -> Result<ParsedDocument> {
    if bytes.is_empty() {
        return Err(unreadable("The file is empty. Add a file with text in it."));
    }
    match detect(bytes, name, media_type)? {
        Format::Pdf => pdf::parse(bytes),
        Format::Html => {
            let page = html::to_markdown(&text::decode(bytes)?)?;
            let mut parsed = markdown::parse(&page.markdown);
            parsed.title = page.title.or(parsed.title);
            Ok(parsed)
        }
        Format::Markdown => Ok(markdown::parse(&text::decode(bytes)?)),
        Format::Text => Ok(text::parse(&text::decode(bytes)?)),
    }
}

/// A file that cannot be read, and what to do about it.
pub(crate) fn unreadable(message: &str) -> Error {
    Error::invalid("file", message.to_owned())
}

/// Well-known formats we cannot read, by their first bytes.
fn foreign(head: &[u8]) -> Option<&'static str> {
    const KNOWN: &[(&[u8], &str)] = &[
        (
            b"PK\x03\x04",
            "a Word, Excel, PowerPoint, e-book or ZIP file",
        ),
        (b"\xD0\xCF\x11\xE0", "an old Word, Excel or PowerPoint file"),
        (b"{\\rtf", "a rich text (RTF) file"),
        (b"\x89PNG", "an image"),
        (b"\xFF\xD8\xFF", "an image"),
        (b"GIF8", "an image"),
        (b"\x1F\x8B", "a compressed file"),
        (b"7z\xBC\xAF", "a compressed file"),
        (b"Rar!", "a compressed file"),
        (b"\x7FELF", "a program"),
        (b"MZ\x90\x00", "a program"),
        (b"SQLite format 3\0", "a database"),
    ];
    KNOWN
        .iter()
        .find(|(magic, _)| head.starts_with(magic))
        .map(|(_, what)| *what)
}
