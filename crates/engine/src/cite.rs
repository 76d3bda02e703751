//! Citations: passages get numbers that are unique in their run; markers such as `[2]` or `[1, 3]`
//! in the reply are matched against them.

mod attribute;
pub(crate) mod citing;
pub(crate) mod given;
mod markers;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use headwater_model::id::ChunkId;
use headwater_model::knowledge::{Citation, CitedBy, Passage};
use headwater_model::run::log::StepRecord;
use serde::Deserialize;
use serde_json::Value;

use citing::Cited;

/// The numbers given so far.
#[derive(Debug, Default)]
pub struct Numbers {
    by_chunk: HashMap<ChunkId, u32>,
    citations: BTreeMap<u32, Citation>,
    /// Those that models cited, and those that sentences were led back to.
    written: BTreeSet<u32>,
    attributed: BTreeSet<u32>,
}

#[derive(Deserialize)]
struct Numbered {
    number: u32,
    #[serde(flatten)]
    passage: Passage,
}

impl Numbers {
    /// Numbers passages from 1 on; a chunk found twice keeps its number.
    pub fn assign(&mut self, passages: Vec<Passage>) -> Vec<(u32, Passage)> {
        passages
            .into_iter()
            .map(|passage| {
                let next = self.citations.keys().next_back().map_or(1, |last| last + 1);
                let number = *self.by_chunk.entry(passage.chunk_id).or_insert(next);
                self.citations
                    .entry(number)
                    .or_insert_with(|| Citation::of(number, &passage));
                (number, passage)
            })
            .collect()
    }

    /// Takes back the numbers a recorded step gave.
    pub fn restore(&mut self, record: &StepRecord) {
        // Of a search, or of a tool that searched.
        let found = [
            &record.outputs["passages"],
            &record.outputs["value"]["passages"],
        ];
        for value in found.into_iter().filter_map(Value::as_array).flatten() {
            if let Ok(Numbered { number, passage }) = Numbered::deserialize(value) {
                self.by_chunk.insert(passage.chunk_id, number);
                self.citations
                    .insert(number, Citation::of(number, &passage));
            }
        }
    }

    /// Of the numbers those that were given, with the words of their passages.
    pub fn given(&self, numbers: BTreeSet<u32>) -> Vec<(u32, String)> {
        let given = numbers.into_iter().filter_map(|number| {
            let citation = self.citations.get(&number)?;
            let heading = citation.heading.as_deref().unwrap_or_default();
            Some((number, format!("{heading}\n{}", citation.text)))
        });
        given.collect()
    }

    /// Takes down what an answer cites, and how.
    pub fn note(&mut self, record: &StepRecord) {
        let Ok(cited) = Cited::deserialize(&record.outputs["citations"]) else {
            return;
        };
        self.written.extend(cited.written);
        self.attributed.extend(cited.attributed);
    }

    /// The citations whose markers stand in `reply`, by number.
    pub fn used_in(&self, reply: &str) -> Vec<Citation> {
        if self.citations.is_empty() {
            return Vec::new();
        }
        let mut used: Vec<u32> = markers(reply);
        used.sort_unstable();
        used.dedup();
        used.iter()
            .filter_map(|number| {
                let by = match self.written.contains(number) || !self.attributed.contains(number) {
                    true => CitedBy::Marker,
                    false => CitedBy::Similarity,
                };
                let citation = self.citations.get(number)?;
                Some(Citation {
                    by,
                    ..citation.clone()
                })
            })
            .collect()
    }
}

/// The numbers inside `[n]` and `[n, m]`.
fn markers(text: &str) -> Vec<u32> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices('[') {
        let inside = &text[at + 1..];
        // A marker is short; looking further would make hostile text quadratic.
        let Some(end) = inside.bytes().take(64).position(|b| b == b']') else {
            continue;
        };
        let numbers: Option<Vec<u32>> = inside[..end]
            .split(',')
            .map(|number| number.trim().parse().ok())
            .collect();
        found.extend(numbers.into_iter().flatten());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::markers;

    #[test]
    fn markers_are_found_and_other_brackets_are_not() {
        assert_eq!(markers("a [1] b [2, 3][x] [4 c [5"), vec![1, 2, 3]);
        assert_eq!(markers("[[7]] [] [1,] é[8]"), vec![7, 8]);
    }
}
