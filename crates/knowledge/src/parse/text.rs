//! Plain text: one block; chunking finds the paragraphs.

use headwater_model::knowledge::{Block, ParsedDocument};

/// The whole text as one block.
pub fn parse(text: &str) -> ParsedDocument {
    ParsedDocument {
        title: None,
        blocks: vec![Block {
            text: text.trim().to_owned(),
            ..Block::default()
        }],
        left_out: Vec::new(),
    }
}
