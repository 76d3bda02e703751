//! Pairs of questions and answers: the question is searched, the answer is given. They are found in
//! the columns of tables, in lines that begin with “Q:” and “A:”, and where a heading asks. What is
//! no pair is cut by its structure, so that nothing is lost.

mod columns;
mod lines;

use headwater_model::knowledge::chunking::ChunkingSettings;
use headwater_model::knowledge::{Block, BlockKind};

use super::{Pieces, has_words};
use crate::budget::Budget;
use crate::outline::SEPARATOR;
use crate::structure;

/// A question and its answer.
#[derive(Debug, PartialEq, Eq)]
struct Pair {
    question: String,
    answer: String,
}

/// A part of a text that was looked at for pairs.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Pair(Pair),
    Rest(String),
}

/// Cuts blocks, in order.
pub(super) fn cut(
    blocks: &[Block],
    settings: &ChunkingSettings,
    answers: &Budget<'_>,
    questions: &Budget<'_>,
    into: &mut Pieces,
) {
    let mut cutter = Cutter {
        answers,
        questions,
        into,
    };
    let blocks = apart(blocks);
    let mut rest = blocks.as_slice();
    while let Some(block) = rest.first() {
        let parts = match block.kind {
            BlockKind::Table | BlockKind::Records => columns::parts(block, settings),
            BlockKind::Text => lines::parts(&block.text),
            BlockKind::Code => None,
        };
        if let Some(parts) = parts {
            cutter.parts(block, parts);
            rest = &rest[1..];
        } else if let Some((above, question)) = asked(block.heading.as_deref()) {
            let path = path(above, question);
            let below = rest
                .iter()
                .take_while(|block| is_below(block.heading.as_deref(), &path))
                .count();
            let answer = text_of(&rest[..below], &path);
            let pair = Pair {
                question: question.to_owned(),
                answer,
            };
            let place = Block {
                heading: above.map(str::to_owned),
                ..block.clone()
            };
            cutter.pair(&place, pair);
            rest = &rest[below.max(1)..];
        } else {
            structure::cut(std::slice::from_ref(block), questions, cutter.into);
            rest = &rest[1..];
        }
    }
}

struct Cutter<'a, 'c> {
    answers: &'a Budget<'c>,
    questions: &'a Budget<'c>,
    into: &'a mut Pieces,
}

impl Cutter<'_, '_> {
    fn parts(&mut self, block: &Block, parts: Vec<Part>) {
        for part in parts {
            match part {
                Part::Pair(pair) => self.pair(block, pair),
                Part::Rest(text) => {
                    let block = Block {
                        text,
                        ..block.clone()
                    };
                    structure::cut(&[block], self.questions, self.into);
                }
            }
        }
    }

    /// A long answer is given in parts, and a long question found by each of its own.
    fn pair(&mut self, place: &Block, pair: Pair) {
        let questions = self.questions.prose(&pair.question);
        for answer in self.answers.prose(&pair.answer) {
            let section = self.into.section(answer, true);
            for question in &questions {
                self.into.push(place, question.clone(), Some(section));
            }
        }
    }
}

/// Text under one heading is one block, whatever the page it goes on to: an answer does not end there.
fn apart(blocks: &[Block]) -> Vec<Block> {
    let mut out: Vec<Block> = Vec::with_capacity(blocks.len());
    for block in blocks {
        match out.last_mut() {
            Some(last)
                if last.kind == BlockKind::Text
                    && block.kind == BlockKind::Text
                    && last.heading == block.heading =>
            {
                last.text.push_str("\n\n");
                last.text.push_str(&block.text);
            }
            _ => out.push(block.clone()),
        }
    }
    out
}

/// The outermost heading that asks, and those above it.
fn asked(heading: Option<&str>) -> Option<(Option<&str>, &str)> {
    let heading = heading?;
    let mut at = 0;
    for part in heading.split(SEPARATOR) {
        if is_question(part) && has_words(part) {
            let above = heading[..at].strip_suffix(SEPARATOR);
            return Some((above, part));
        }
        at += part.len() + SEPARATOR.len();
    }
    None
}

fn is_question(text: &str) -> bool {
    text.trim_end().ends_with(['?', '？', '؟', '\u{37e}'])
}

fn path(above: Option<&str>, question: &str) -> String {
    above.map_or_else(
        || question.to_owned(),
        |above| format!("{above}{SEPARATOR}{question}"),
    )
}

fn is_below(heading: Option<&str>, path: &str) -> bool {
    heading
        .and_then(|heading| heading.strip_prefix(path))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(SEPARATOR))
}

/// The text below a heading, with the headings further down.
fn text_of(blocks: &[Block], path: &str) -> String {
    let mut text = String::new();
    let mut last = path;
    for block in blocks {
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        let heading = block.heading.as_deref().unwrap_or_default();
        if heading != last {
            if let Some(below) = heading.strip_prefix(path) {
                text.push_str(below.trim_start_matches(SEPARATOR));
                text.push_str("\n\n");
            }
            last = heading;
        }
        text.push_str(block.text.trim());
    }
    text
}
