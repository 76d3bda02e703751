//! PDF: the text layer, page by page.

use headwater_model::knowledge::{Block, ParsedDocument};
use headwater_model::{Error, Result};
use pdf_extract::{Document, PlainTextOutput, output_doc_page};

use super::unreadable;

const DAMAGED: &str = "This PDF is damaged or cut off and cannot be read. Open it in a viewer, print it to a new PDF and add that.";
const ENCRYPTED: &str = "This PDF is protected by a password. Remove the password (print it to a new PDF) and add that.";
const SCANNED: &str = "This PDF has no text layer: its pages are pictures, so it needs OCR. Run it through an OCR program (for example ocrmypdf) and add the result.";

/// Whether the bytes begin like a PDF; some producers write a few bytes before the mark.
pub fn looks_like(head: &[u8]) -> bool {
    head[..head.len().min(1024)]
        .windows(5)
        .any(|window| window == b"%PDF-")
}

/// One block per page that has text.
pub fn parse(bytes: &[u8]) -> Result<ParsedDocument> {
    let mut document = Document::load_mem(bytes).map_err(|e| {
        let told = if bytes.windows(8).any(|w| w == b"/Encrypt") {
            ENCRYPTED
        } else {
            DAMAGED
        };
        unreadable(told).with_source(e)
    })?;
    if document.is_encrypted() && document.decrypt("").is_err() {
        return Err(unreadable(ENCRYPTED));
    }
    let pages: Vec<u32> = document.get_pages().keys().copied().collect();
    if pages.is_empty() {
        return Err(unreadable(DAMAGED));
    }
    let mut blocks = Vec::new();
    let mut last_error = None;
    for page in pages {
        match page_text(&document, page) {
            Ok(text) if text.is_empty() => {}
            Ok(text) => blocks.push(Block {
                text,
                heading: None,
                page: Some(page),
            }),
            // One unreadable page must not hide the others.
            Err(error) => last_error = Some(error),
        }
    }
    match (blocks.is_empty(), last_error) {
        (true, Some(error)) => Err(error),
        (true, None) => Err(unreadable(SCANNED)),
        (false, _) => Ok(ParsedDocument {
            title: title(&document),
            blocks,
        }),
    }
}

fn page_text(document: &Document, page: u32) -> Result<String> {
    let mut raw = String::new();
    let read = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let mut output = PlainTextOutput::new(&mut raw);
        output_doc_page(document, &mut output, page)
    }));
    match read {
        Ok(Ok(())) => Ok(flow(&raw)),
        Ok(Err(e)) => Err(unreadable(DAMAGED).with_source(e)),
        Err(_) => Err(Error::invalid("file", DAMAGED)),
    }
}

fn title(document: &Document) -> Option<String> {
    let info = document.trailer.get(b"Info").ok()?.as_reference().ok()?;
    let info = document.get_dictionary(info).ok()?;
    let bytes = info.get(b"Title").ok()?.as_str().ok()?;
    let title = match bytes {
        [0xFE, 0xFF, rest @ ..] => {
            let units: Vec<u16> = rest
                .as_chunks::<2>()
                .0
                .iter()
                .map(|pair| u16::from_be_bytes(*pair))
                .collect();
            String::from_utf16_lossy(&units)
        }
        _ => String::from_utf8_lossy(bytes).into_owned(),
    };
    let title = title.trim();
    (!title.is_empty()).then(|| title.to_owned())
}

/// Lines of a page to paragraphs: joins wrapped lines and hyphenated words, keeps blank lines.
fn flow(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut last = 0usize;
    for line in raw.lines() {
        let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
        let line = line.replace('\0', "");
        if line.is_empty() {
            if !out.is_empty() && !out.ends_with("\n\n") {
                out.push_str(if out.ends_with('\n') { "\n" } else { "\n\n" });
            }
            continue;
        }
        if !out.is_empty() && !out.ends_with('\n') {
            let hyphenated = out.ends_with('-')
                && out[..out.len() - 1].ends_with(char::is_alphabetic)
                && line.starts_with(char::is_lowercase);
            if hyphenated {
                out.pop();
            } else {
                // A short line was not wrapped: it is a heading, a cell or an item.
                out.push(if last < 45 { '\n' } else { ' ' });
            }
        }
        last = line.chars().count();
        out.push_str(&line);
    }
    unligated(out.trim())
}

/// Letters joined for print, taken apart again for search.
fn unligated(text: &str) -> String {
    const JOINED: &[(char, &str)] = &[
        ('\u{fb00}', "ff"),
        ('\u{fb01}', "fi"),
        ('\u{fb02}', "fl"),
        ('\u{fb03}', "ffi"),
        ('\u{fb04}', "ffl"),
        ('\u{fb05}', "st"),
        ('\u{fb06}', "st"),
        ('\u{ad}', ""),
    ];
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match JOINED.iter().find(|(joined, _)| *joined == c) {
            Some((_, apart)) => out.push_str(apart),
            None => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapped_lines_and_hyphenated_words_are_joined() {
        let raw = "Fault codes\nThe main circulation pump is inspected every nine-\nty days by the people on duty who then write it\ndown.\n\n\n\nNext";
        assert_eq!(
            flow(raw),
            "Fault codes\nThe main circulation pump is inspected every ninety days by the people on duty who then write it down.\n\nNext"
        );
    }
}
