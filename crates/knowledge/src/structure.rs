//! Cut where the text itself has seams, never across headings or pages. Tables are kept whole while
//! they fit, and cut between rows, each piece with the head, where they do not.

use headwater_model::knowledge::{Block, BlockKind};

use crate::budget::Budget;
use crate::chunk::Pieces;

/// Cuts blocks, in order.
pub(crate) fn cut(blocks: &[Block], budget: &Budget<'_>, into: &mut Pieces) {
    for block in &joined(blocks, budget) {
        for text in pieces(block, budget) {
            into.push(block, text, None);
        }
    }
}

/// The pieces of one block.
pub(crate) fn pieces(block: &Block, budget: &Budget<'_>) -> Vec<String> {
    match block.kind {
        BlockKind::Text => budget.prose(&block.text),
        BlockKind::Table => table(budget, &block.text),
        BlockKind::Records => packed(budget, block.text.split("\n\n"), "\n\n"),
        BlockKind::Code => packed(budget, block.text.split('\n'), "\n"),
    }
}

/// Neighbouring blocks with the same heading on the same page are one text, or, when they are not of one
/// kind, while they fit into one chunk.
pub(crate) fn joined(blocks: &[Block], budget: &Budget<'_>) -> Vec<Block> {
    let mut out: Vec<Block> = Vec::with_capacity(blocks.len());
    for block in blocks {
        match out.last_mut() {
            Some(last) if together(last, block, budget) => {
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

fn together(last: &Block, block: &Block, budget: &Budget<'_>) -> bool {
    let alike =
        last.kind == block.kind && matches!(block.kind, BlockKind::Text | BlockKind::Records);
    last.heading == block.heading
        && last.page == block.page
        && (alike || budget.length(&last.text) + budget.length(&block.text) < budget.target)
}

/// Rows below their head, as many as fit.
fn table(budget: &Budget<'_>, text: &str) -> Vec<String> {
    if budget.length(text) <= budget.longest {
        return vec![text.to_owned()];
    }
    let mut lines = text.split('\n');
    let head = [
        lines.next().unwrap_or_default(),
        lines.next().unwrap_or_default(),
    ]
    .join("\n");
    let head_length = budget.length(&head);
    if head_length > budget.target / 2 {
        // So wide that the head would be most of every piece.
        return budget.prose(text);
    }
    let mut pieces = Vec::new();
    let (mut piece, mut size) = (head.clone(), head_length);
    for row in lines {
        let more = budget.length(row) + 1;
        if size + more > budget.target && piece.len() > head.len() {
            pieces.push(std::mem::replace(&mut piece, head.clone()));
            size = head_length;
        }
        if size + more > budget.longest {
            // A row longer than a chunk is text with bars in it.
            pieces.extend(budget.prose(row));
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
    budget: &Budget<'_>,
    parts: impl Iterator<Item = &'t str>,
    between: &str,
) -> Vec<String> {
    let mut pieces = Vec::new();
    let (mut piece, mut size) = (String::new(), 0);
    for part in parts {
        let more = budget.length(part) + 1;
        if size > 0 && size + more > budget.target {
            pieces.push(std::mem::take(&mut piece));
            size = 0;
        }
        if more > budget.longest {
            pieces.extend(budget.prose(part));
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
