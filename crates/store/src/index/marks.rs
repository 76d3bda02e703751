//! Sets of rows' keys, and how a query fills one.

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::Column;
use tantivy::{DocId, Score, Searcher, SegmentOrdinal, SegmentReader};

/// A set of numbers, a bit each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    bits: Vec<u64>,
}

impl Marks {
    pub(super) fn set(&mut self, key: u64) {
        let Ok(at) = usize::try_from(key / 64) else {
            return;
        };
        if self.bits.len() <= at {
            self.bits.resize((at + 1).next_power_of_two(), 0);
        }
        self.bits[at] |= 1 << (key % 64);
    }

    pub(super) fn has(&self, key: u64) -> bool {
        usize::try_from(key / 64)
            .ok()
            .and_then(|at| self.bits.get(at))
            .is_some_and(|bits| bits >> (key % 64) & 1 == 1)
    }
    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.bits
            .iter()
            .map(|bits| bits.count_ones() as usize)
            .sum()
    }
}

/// The keys of all rows that are there.
pub(super) fn living(searcher: &Searcher, field: &str) -> tantivy::Result<Marks> {
    let mut marks = Marks::default();
    for segment in searcher.segment_readers() {
        let keys = segment.fast_fields().u64(field)?;
        for row in segment.doc_ids_alive() {
            if let Some(key) = keys.first(row) {
                marks.set(key);
            }
        }
    }
    Ok(marks)
}

/// Collects the keys of the rows that match.
pub(super) struct Keys(pub(super) &'static str);

pub(super) struct SegmentKeys {
    keys: Column<u64>,
    found: Vec<u64>,
}

impl Collector for Keys {
    type Fruit = Marks;
    type Child = SegmentKeys;

    fn for_segment(
        &self,
        _: SegmentOrdinal,
        segment: &SegmentReader,
    ) -> tantivy::Result<SegmentKeys> {
        Ok(SegmentKeys {
            keys: segment.fast_fields().u64(self.0)?,
            found: Vec::new(),
        })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, fruits: Vec<Vec<u64>>) -> tantivy::Result<Marks> {
        let mut marks = Marks::default();
        fruits.into_iter().flatten().for_each(|key| marks.set(key));
        Ok(marks)
    }
}

impl SegmentCollector for SegmentKeys {
    type Fruit = Vec<u64>;

    fn collect(&mut self, row: DocId, _: Score) {
        self.found.extend(self.keys.first(row));
    }

    fn harvest(self) -> Vec<u64> {
        self.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_marked_is_marked() {
        let mut marks = Marks::default();
        for key in [3, 64, 3, 1_000] {
            marks.set(key);
        }
        assert!(marks.has(64) && !marks.has(65) && !marks.has(u64::MAX));
    }
}
