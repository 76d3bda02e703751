//! A document as one chunk.

use headwater_model::knowledge::Block;
use headwater_model::knowledge::chunking::LONGEST_WHOLE;
use headwater_model::ports::CountTokens;
use headwater_model::{Error, Result};

use super::Pieces;

/// All blocks as one text; a heading stands above what is under it.
pub(super) fn cut(blocks: &[Block], counter: &dyn CountTokens, into: &mut Pieces) -> Result<()> {
    let mut text = String::new();
    let mut heading = None;
    for block in blocks {
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        if block.heading != heading
            && let Some(new) = &block.heading
        {
            text.push_str("# ");
            text.push_str(new);
            text.push_str("\n\n");
        }
        heading.clone_from(&block.heading);
        text.push_str(block.text.trim_end());
    }
    let tokens = counter.count(&text);
    if tokens > LONGEST_WHOLE {
        return Err(Error::invalid(
            "chunking.strategy",
            format!(
                "This document has {tokens} tokens, and the strategy “whole” takes up to {LONGEST_WHOLE}. Split the document, or choose another strategy."
            ),
        ));
    }
    into.push(&Block::default(), text, None);
    Ok(())
}
