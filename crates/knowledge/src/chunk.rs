//! Documents to chunks, in the way a knowledge base wants it. Whatever the way, nothing that has words
//! is lost: it is in a chunk, in what is given for one, or it is a separator that was named.

mod parent;
mod qa;
mod separator;
mod whole;

use headwater_model::Result;
use headwater_model::knowledge::chunking::{ChunkingSettings, Strategy};
use headwater_model::knowledge::{Block, ChunkDraft, Cut, ParsedDocument, Section};
use headwater_model::ports::{CountTokens, Estimate};

use crate::budget::Budget;
use crate::structure;

/// As long is a chunk at most when nothing is said about it, in characters.
pub const LONGEST: usize = 1_300;

/// The chunks of a document as a knowledge base cuts it that says nothing about it.
pub fn chunk(document: &ParsedDocument) -> Vec<ChunkDraft> {
    cut(document, &ChunkingSettings::default(), &Estimate)
        .map(|cut| cut.chunks)
        .unwrap_or_default()
}

/// The chunks of a document, in order; none is empty. Errors: `invalid` when the document is longer
/// than this way of cutting takes.
pub fn cut(
    document: &ParsedDocument,
    settings: &ChunkingSettings,
    counter: &dyn CountTokens,
) -> Result<Cut> {
    let budget = Budget::new(counter, settings.size, settings.overlap)?;
    let parent = || Budget::new(counter, settings.parent_size.max(settings.size), 0);
    let mut pieces = Pieces::default();
    match settings.strategy {
        Strategy::Structure => structure::cut(&document.blocks, &budget, &mut pieces),
        Strategy::Parent => parent::cut(&document.blocks, &parent()?, &budget, &mut pieces),
        Strategy::Qa => qa::cut(&document.blocks, settings, &parent()?, &budget, &mut pieces),
        Strategy::Separator => {
            separator::cut(&document.blocks, &settings.separators, &budget, &mut pieces);
        }
        Strategy::Whole => whole::cut(&document.blocks, counter, &mut pieces)?,
    }
    let mut cut = pieces.0;
    for chunk in &mut cut.chunks {
        chunk.tokens = u32::try_from(counter.count(&chunk.text)).unwrap_or(u32::MAX);
    }
    Ok(cut)
}

/// Chunks as they come.
#[derive(Default)]
pub(crate) struct Pieces(Cut);

impl Pieces {
    /// A chunk where the block is; one without words is not worth finding.
    pub(crate) fn push(&mut self, block: &Block, text: String, section: Option<usize>) {
        if has_words(&text) {
            self.0.chunks.push(ChunkDraft {
                text,
                heading: block.heading.clone(),
                page: block.page,
                tokens: 0,
                section,
            });
        }
    }

    /// A text to be given, by its number.
    fn section(&mut self, text: String, answer: bool) -> usize {
        self.0.sections.push(Section { text, answer });
        self.0.sections.len() - 1
    }
}

/// A rule or a lone bullet is not worth finding.
fn has_words(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;
    use headwater_model::knowledge::BlockKind;

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
        assert!(chunks.iter().all(|c| c.text.chars().count() <= LONGEST));
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
