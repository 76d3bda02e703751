//! The best of many rows.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Keeps the best rows that it was offered.
pub(super) struct Top {
    most: usize,
    /// The worst of the best on top.
    heap: BinaryHeap<Candidate>,
    /// A score must exceed this.
    bar: f32,
}

struct Candidate {
    score: f32,
    part: usize,
    row: usize,
}

impl Top {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            heap: BinaryHeap::with_capacity(most + 1),
            bar: f32::NEG_INFINITY,
        }
    }

    pub(super) fn offer(&mut self, score: f32, part: usize, row: usize) {
        if score <= self.bar {
            return;
        }
        self.heap.push(Candidate { score, part, row });
        if self.heap.len() > self.most {
            self.heap.pop();
        }
        if self.heap.len() == self.most
            && let Some(worst) = self.heap.peek()
        {
            self.bar = worst.score;
        }
    }

    /// Part and row of each, in no order.
    pub(super) fn into_best(self) -> impl Iterator<Item = (usize, usize)> {
        self.heap.into_iter().map(|kept| (kept.part, kept.row))
    }
}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        other
            .score
            .total_cmp(&self.score)
            .then_with(|| (self.part, self.row).cmp(&(other.part, other.row)))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Candidate {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_are_kept() {
        let mut top = Top::new(3);
        for (row, score) in [0.1, 0.9, 0.5, 0.7, 0.2].into_iter().enumerate() {
            top.offer(score, 0, row);
        }
        let mut rows: Vec<usize> = top.into_best().map(|(_, row)| row).collect();
        rows.sort_unstable();
        assert_eq!(rows, [1, 2, 3]);
    }
}
