//! Blocks to chunks: cut where the text itself has seams, never across headings or pages. Tables are
//! kept whole while they fit, and cut between rows, each piece with the head, where they do not.

use headwater_model::knowledge::{Block, BlockKind, ChunkDraft, ParsedDocument};
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
        let pieces = match block.kind {
            BlockKind::Text => prose(&splitter, &block.text),
            BlockKind::Table => table(&splitter, &block.text),
            BlockKind::Records => packed(&splitter, block.text.split("\n\n"), "\n\n"),
            BlockKind::Code => packed(&splitter, block.text.split('\n'), "\n"),
        };
        chunks.extend(
            pieces
                .into_iter()
                .filter(|text| has_words(text))
                .map(|text| ChunkDraft {
                    text,
                    heading: block.heading.clone(),
                    page: block.page,
                }),
        );
    }
    chunks
}

/// Neighbouring blocks with the same heading on the same page are one text, or, when they are not of one
/// kind, while they fit into one chunk.
fn joined(blocks: &[Block]) -> Vec<Block> {
    let mut out: Vec<Block> = Vec::with_capacity(blocks.len());
    for block in blocks {
        match out.last_mut() {
            Some(last) if together(last, block) => {
                if last.kind != block.kind || block.kind == BlockKind::Table {
                    last.kind = BlockKind::Text;
                }
                last.text.push_str("\n\n");
                last.text.push_str(&block.text);
            }
            _ => out.push(block.clone()),
        }
    }
    out
}

fn together(last: &Block, block: &Block) -> bool {
    let alike =
        last.kind == block.kind && matches!(block.kind, BlockKind::Text | BlockKind::Records);
    // Bytes are never fewer than characters.
    last.heading == block.heading
        && last.page == block.page
        && (alike || last.text.len() + block.text.len() < TARGET)
}

fn prose(splitter: &MarkdownSplitter<text_splitter::Characters>, text: &str) -> Vec<String> {
    windows(text)
        .into_iter()
        .flat_map(|window| splitter.chunks(window))
        .map(|piece| piece.trim().to_owned())
        .collect()
}

/// Rows below their head, as many as fit.
fn table(splitter: &MarkdownSplitter<text_splitter::Characters>, text: &str) -> Vec<String> {
    if length(text) <= LONGEST {
        return vec![text.to_owned()];
    }
    let mut lines = text.split('\n');
    let head = [
        lines.next().unwrap_or_default(),
        lines.next().unwrap_or_default(),
    ]
    .join("\n");
    if length(&head) > TARGET / 2 {
        // So wide that the head would be most of every piece.
        return prose(splitter, text);
    }
    let mut pieces = Vec::new();
    let (mut piece, mut size) = (head.clone(), length(&head));
    for row in lines {
        let more = length(row) + 1;
        if size + more > TARGET && piece.len() > head.len() {
            pieces.push(std::mem::replace(&mut piece, head.clone()));
            size = length(&head);
        }
        if more > LONGEST {
            // A row longer than a chunk is text with bars in it.
            pieces.extend(prose(splitter, row));
            continue;
        }
        piece.push('\n');
        piece.push_str(row);
        size += more;
    }
    if piece.len() > head.len() {
        pieces.push(piece);
    }
    pieces
}

/// Parts that stay whole, as many as fit; only a part that is longer than a chunk is cut.
fn packed<'t>(
    splitter: &MarkdownSplitter<text_splitter::Characters>,
    parts: impl Iterator<Item = &'t str>,
    between: &str,
) -> Vec<String> {
    let mut pieces = Vec::new();
    let (mut piece, mut size) = (String::new(), 0);
    for part in parts {
        let more = length(part) + between.len();
        if size > 0 && size + more > TARGET {
            pieces.push(std::mem::take(&mut piece));
            size = 0;
        }
        if more > LONGEST {
            pieces.extend(prose(splitter, part));
            continue;
        }
        if size > 0 {
            piece.push_str(between);
        }
        piece.push_str(part);
        size += more;
    }
    pieces.push(piece);
    pieces
        .iter()
        .map(|piece| piece.trim_matches('\n').trim_end().to_owned())
        .collect()
}

fn length(text: &str) -> usize {
    text.chars().count()
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
            kind: BlockKind::Text,
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
            ..ParsedDocument::default()
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
            ..ParsedDocument::default()
        };
        let chunks = chunk(&document);
        assert_eq!(chunks.iter().map(|c| c.text.len()).sum::<usize>(), 200_000);
    }

    fn cut(kind: BlockKind, text: String) -> Vec<String> {
        let block = Block {
            kind,
            text,
            ..Block::default()
        };
        let document = ParsedDocument {
            blocks: vec![block],
            ..ParsedDocument::default()
        };
        let chunks = chunk(&document);
        assert!(chunks.iter().all(|c| length(&c.text) <= LONGEST));
        chunks.into_iter().map(|c| c.text).collect()
    }

    #[test]
    fn every_piece_of_a_table_has_its_head() {
        let head = "| Code | Meaning |\n| --- | --- |";
        let rows: String = (0..100)
            .map(|n| format!("\n| E{n} | the {n}th of many faults |"))
            .collect();
        let pieces = cut(BlockKind::Table, format!("{head}{rows}"));
        assert!(pieces.len() > 2);
        assert!(pieces.iter().all(|piece| piece.starts_with(head)));
        let seen: usize = pieces.iter().map(|piece| piece.lines().count() - 2).sum();
        assert_eq!(seen, 100);
        let long = format!("{head}\n| E1 | {} |\n| E2 | short |", "word ".repeat(1_000));
        assert!(cut(BlockKind::Table, long).last().unwrap().contains("E2"));
    }

    #[test]
    fn records_stay_whole_and_code_keeps_its_indent() {
        let record = |n: usize| format!("Name: {n}\nNote: {}", "word ".repeat(40).trim());
        let text: Vec<String> = (0..20).map(record).collect();
        let pieces = cut(BlockKind::Records, text.join("\n\n"));
        assert!(pieces.len() > 2);
        assert!(pieces.iter().all(|piece| piece.starts_with("Name: ")));
        let code = "    indented();\n".repeat(200);
        let pieces = cut(BlockKind::Code, code);
        assert!(pieces.len() > 2 && pieces.iter().all(|piece| piece.starts_with("    indented")));
    }

    #[test]
    fn a_small_table_stays_with_the_text_it_belongs_to() {
        let mut table = block("| a |\n| --- |\n| 1 |", "A", 1);
        table.kind = BlockKind::Table;
        let document = ParsedDocument {
            blocks: vec![block("Above:", "A", 1), table],
            ..ParsedDocument::default()
        };
        assert_eq!(chunk(&document).len(), 1);
    }
}
