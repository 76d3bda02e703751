//! Cut at texts that somebody named, and what is too long by its structure.

use headwater_model::knowledge::Block;

use super::Pieces;
use crate::budget::Budget;

/// Cuts what stands under one heading on one page at the separators, which are left out.
pub(super) fn cut(blocks: &[Block], separators: &[String], budget: &Budget<'_>, into: &mut Pieces) {
    let mut rest = blocks;
    while let Some(first) = rest.first() {
        let here = rest
            .iter()
            .take_while(|block| block.heading == first.heading && block.page == first.page)
            .count();
        let texts: Vec<&str> = rest[..here]
            .iter()
            .map(|block| block.text.as_str())
            .collect();
        for part in split(&texts.join("\n\n"), separators) {
            let part = part.trim();
            if budget.length(part) <= budget.longest {
                into.push(first, part.to_owned(), None);
            } else {
                for text in budget.prose(part) {
                    into.push(first, text, None);
                }
            }
        }
        rest = &rest[here..];
    }
}

/// The parts between separators; where two begin at the same place the longer one counts.
fn split<'t>(text: &'t str, separators: &[String]) -> Vec<&'t str> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let found = separators
            .iter()
            .filter_map(|separator| Some((rest.find(separator.as_str())?, separator.len())))
            .min_by_key(|(at, length)| (*at, std::cmp::Reverse(*length)));
        match found {
            Some((at, length)) if length > 0 => {
                parts.push(&rest[..at]);
                rest = &rest[at + length..];
            }
            _ => {
                parts.push(rest);
                return parts;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_separator_cuts_and_the_longer_of_two() {
        let separators = ["--".to_owned(), "---".to_owned(), "\n".to_owned()];
        assert_eq!(split("a---b\nc--d", &separators), ["a", "b", "c", "d"]);
        assert_eq!(split("abc", &separators), ["abc"]);
    }
}
