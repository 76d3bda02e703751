//! Blocks to chunks: cut where the text itself has seams, never across headings or pages.

use headwater_model::knowledge::{Block, ChunkDraft, ParsedDocument};
use text_splitter::{ChunkConfig, MarkdownSplitter};

/// About this many characters per chunk: a few paragraphs, one idea.
pub const TARGET: usize = 1_000;
/// A chunk may be a little longer to keep a paragraph whole.
pub const LONGEST: usize = 1_300;
/// A block longer than this is cut at blank lines first, so that cutting stays linear.
const WINDOW: usize = 64 * 1024;

/// The chunks of a document, in order; none is empty.
pub fn chunk(document: &ParsedDocument) -> Vec<ChunkDraft> {
    let splitter = MarkdownSplitter::new(ChunkConfig::new(TARGET..LONGEST));
    let mut chunks = Vec::new();
    for block in &joined(&document.blocks) {
        for window in windows(&block.text) {
            let pieces = splitter.chunks(window).map(str::trim);
            chunks.extend(
                pieces
                    .filter(|text| has_words(text))
                    .map(|text| ChunkDraft {
                        text: text.to_owned(),
                        heading: block.heading.clone(),
                        page: block.page,
                    }),
            );
        }
    }
    chunks
}

/// Neighbouring blocks with the same heading on the same page are one text.
fn joined(blocks: &[Block]) -> Vec<Block> {
    let mut out: Vec<Block> = Vec::with_capacity(blocks.len());
    for block in blocks {
        match out.last_mut() {
            Some(last) if last.heading == block.heading && last.page == block.page => {
                last.text.push_str("\n\n");
                last.text.push_str(&block.text);
            }
            _ => out.push(block.clone()),
        }
    }
    out
}

/// A rule or a lone bullet is not worth finding.
fn has_words(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// Pieces of at most `WINDOW` bytes, cut after a blank line, else a line, else a character.
fn windows(mut text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    while text.len() > WINDOW {
        let head = &text[..text.floor_char_boundary(WINDOW)];
        let at = head
            .rfind("\n\n")
            .or_else(|| head.rfind('\n'))
            .or_else(|| head.rfind(' '))
            .filter(|at| *at > 0)
            .unwrap_or(head.len());
        out.push(&text[..at]);
        text = &text[at..];
    }
    out.push(text);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(text: &str, heading: &str, page: u32) -> Block {
        Block {
            text: text.to_owned(),
            heading: Some(heading.to_owned()),
            page: Some(page),
        }
    }

    #[test]
    fn chunks_keep_heading_and_page_and_stay_near_the_target() {
        let long = "A sentence of some words that says little. ".repeat(100);
        let document = ParsedDocument {
            title: None,
            blocks: vec![
                block(&long, "A", 1),
                block("short", "A › B", 2),
                block("---", "C", 3),
            ],
        };
        let chunks = chunk(&document);
        assert!(chunks.iter().all(|c| c.text.chars().count() <= LONGEST));
        assert!(chunks.len() >= 4);
        let last = chunks.last().unwrap();
        assert_eq!(
            (last.text.as_str(), last.heading.as_deref(), last.page),
            ("short", Some("A › B"), Some(2))
        );
    }

    #[test]
    fn a_text_without_seams_is_still_cut_and_nothing_is_lost() {
        let text = "x".repeat(200_000);
        let document = ParsedDocument {
            title: None,
            blocks: vec![block(&text, "A", 1)],
        };
        let chunks = chunk(&document);
        assert_eq!(chunks.iter().map(|c| c.text.len()).sum::<usize>(), 200_000);
    }
}
