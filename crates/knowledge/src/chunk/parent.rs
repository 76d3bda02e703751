//! Small chunks to search, and the larger parts they lie in to give.

use headwater_model::knowledge::Block;

use super::Pieces;
use crate::budget::Budget;
use crate::structure::{joined, pieces};

/// Cuts blocks into parts, and those into chunks. A part that is one chunk is given as it is.
pub(super) fn cut(blocks: &[Block], parent: &Budget<'_>, child: &Budget<'_>, into: &mut Pieces) {
    for block in &joined(blocks, parent) {
        for part in pieces(block, parent) {
            let part = Block {
                text: part,
                ..block.clone()
            };
            let children = pieces(&part, child);
            let whole = matches!(&children[..], [only] if *only == part.text);
            let section = (!whole).then(|| into.section(part.text.clone(), false));
            for text in children {
                into.push(&part, text, section);
            }
        }
    }
}
