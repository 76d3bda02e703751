//! How good a ranking is, measured against what people judged to be relevant.
//!
//! The measures are those of TREC: nDCG with linear gains and a logarithmic discount (Järvelin and
//! Kekäläinen, “Cumulated Gain-Based Evaluation of IR Techniques”, ACM TOIS 2002), average precision,
//! recall and the reciprocal rank (Voorhees and Harman, “TREC: Experiment and Evaluation in
//! Information Retrieval”, 2005). What nobody judged counts as not relevant.

pub mod at;
pub mod collection;
pub mod compare;
pub mod labels;
pub mod questions;

use std::collections::HashMap;
use std::hash::Hash;

use serde::Serialize;

/// How relevant things are to one question: above 0 they are.
pub type Judged<K> = HashMap<K, f64>;

/// The measures of one question, or their means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Measures {
    /// How close the order of the first ten is to the best possible one.
    #[serde(rename = "ndcg@10")]
    pub ndcg_10: f64,
    /// Average precision: the mean of the precision at each relevant thing; 0 for those not found.
    pub map: f64,
    /// The share of the relevant things among the first ten.
    #[serde(rename = "recall@10")]
    pub recall_10: f64,
    /// The share of the relevant things among the first hundred.
    #[serde(rename = "recall@100")]
    pub recall_100: f64,
    /// One divided by the place of the first relevant thing.
    pub mrr: f64,
    /// Whether there is a relevant thing among the first ten.
    #[serde(rename = "hit@10")]
    pub hit_10: f64,
}

impl Measures {
    /// The names of the measures, as reports write them.
    pub const NAMES: [&'static str; 6] =
        ["ndcg@10", "map", "recall@10", "recall@100", "mrr", "hit@10"];

    /// One of them by its name.
    pub fn get(&self, name: &str) -> Option<f64> {
        let values = [
            self.ndcg_10,
            self.map,
            self.recall_10,
            self.recall_100,
            self.mrr,
            self.hit_10,
        ];
        let at = Self::NAMES.iter().position(|known| *known == name)?;
        Some(values[at])
    }

    /// The mean over questions; zeros when there are none.
    pub fn mean(all: &[Self]) -> Self {
        let count = all.len().max(1) as f64;
        let mean = |of: fn(&Self) -> f64| all.iter().map(of).sum::<f64>() / count;
        Self {
            ndcg_10: mean(|m| m.ndcg_10),
            map: mean(|m| m.map),
            recall_10: mean(|m| m.recall_10),
            recall_100: mean(|m| m.recall_100),
            mrr: mean(|m| m.mrr),
            hit_10: mean(|m| m.hit_10),
        }
    }
}

/// Measures one ranking, best first, in which nothing occurs twice. Without anything relevant there
/// is nothing to measure.
pub fn measure<K: Eq + Hash>(ranking: &[K], judged: &Judged<K>) -> Option<Measures> {
    let relevant = judged.values().filter(|grade| **grade > 0.0).count();
    if relevant == 0 {
        return None;
    }
    let grade = |key: &K| judged.get(key).copied().unwrap_or(0.0).max(0.0);
    let grades: Vec<f64> = ranking.iter().map(grade).collect();
    let mut ideal: Vec<f64> = judged.values().map(|grade| grade.max(0.0)).collect();
    ideal.sort_by(|a, b| b.total_cmp(a));
    let found = |first: usize| grades.iter().take(first).filter(|g| **g > 0.0).count() as f64;
    let first = grades.iter().position(|grade| *grade > 0.0);
    Some(Measures {
        ndcg_10: gain(&grades, 10) / gain(&ideal, 10),
        map: precision(&grades) / relevant as f64,
        recall_10: found(10) / relevant as f64,
        recall_100: found(100) / relevant as f64,
        mrr: first.map_or(0.0, |at| 1.0 / (at as f64 + 1.0)),
        hit_10: found(10).min(1.0),
    })
}

/// Discounted cumulative gain.
fn gain(grades: &[f64], first: usize) -> f64 {
    let places = grades.iter().take(first).enumerate();
    places
        .map(|(at, grade)| grade / (at as f64 + 2.0).log2())
        .sum()
}

/// The sum of the precisions at the relevant places.
fn precision(grades: &[f64]) -> f64 {
    let mut found = 0.0;
    let mut sum = 0.0;
    for (at, grade) in grades.iter().enumerate() {
        if *grade > 0.0 {
            found += 1.0;
            sum += found / (at as f64 + 1.0);
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(grades: &[(&'static str, f64)]) -> Judged<&'static str> {
        grades.iter().copied().collect()
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn a_perfect_ranking_has_everything() {
        let measures = measure(&["a", "b", "x"], &judged(&[("a", 2.0), ("b", 1.0)])).unwrap();
        for name in Measures::NAMES {
            assert!(close(measures.get(name).unwrap(), 1.0), "{name}");
        }
        assert_eq!(measures.get("f1"), None);
    }

    #[test]
    fn the_measures_are_what_paper_and_pencil_say() {
        // Relevant at the places 2 and 4, and one that was not found.
        let judged = judged(&[("b", 1.0), ("d", 2.0), ("z", 1.0), ("a", 0.0), ("c", -1.0)]);
        let measures = measure(&["a", "b", "c", "d"], &judged).unwrap();
        assert!(close(measures.map, (1.0 / 2.0 + 2.0 / 4.0) / 3.0));
        assert!(close(measures.mrr, 0.5));
        assert!(close(measures.recall_10, 2.0 / 3.0));
        let got = 1.0 / 3_f64.log2() + 2.0 / 5_f64.log2();
        let best = 2.0 + 1.0 / 3_f64.log2() + 1.0 / 2.0;
        assert!(close(measures.ndcg_10, got / best));
        assert!(close(measures.hit_10, 1.0));
    }

    #[test]
    fn a_question_without_relevant_things_is_not_measured() {
        assert_eq!(measure(&["a"], &judged(&[("a", 0.0)])), None);
        assert_eq!(
            measure::<&str>(&[], &judged(&[("a", 1.0)])).unwrap().map,
            0.0
        );
        let mean = Measures::mean(&[]);
        assert!(close(mean.map, 0.0));
    }
}
