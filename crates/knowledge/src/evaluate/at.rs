//! The measures of a ranking at depths that are asked for.

use headwater_model::knowledge::evaluation::Measures;

use super::{gain, precision};

/// A ranking, reduced to the grades of what stands in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graded {
    /// Grade by place, best place first; 0 for what is not relevant.
    pub places: Vec<f64>,
    /// The grades of all that is relevant, best first; not empty.
    pub ideal: Vec<f64>,
}

impl Graded {
    /// `ndcg@k`, `recall@k`, `precision@k` and `hit@k` for each depth, `mrr` and `map`.
    pub fn measures(&self, depths: &[u32]) -> Measures {
        let relevant = self.ideal.len().max(1) as f64;
        let first = self.places.iter().position(|grade| *grade > 0.0);
        let mut measures = Measures::new();
        measures.insert(
            "mrr".to_owned(),
            first.map_or(0.0, |at| 1.0 / (at as f64 + 1.0)),
        );
        measures.insert("map".to_owned(), precision(&self.places) / relevant);
        for depth in depths {
            let k = *depth as usize;
            let found = self.places.iter().take(k).filter(|g| **g > 0.0).count() as f64;
            for (name, value) in [
                ("ndcg", share(gain(&self.places, k), gain(&self.ideal, k))),
                ("recall", found / relevant),
                ("precision", share(found, f64::from(*depth))),
                ("hit", found.min(1.0)),
            ] {
                measures.insert(format!("{name}@{depth}"), value);
            }
        }
        measures
    }
}

fn share(part: f64, of: f64) -> f64 {
    // The sum of nothing is below 0 by its sign.
    if part > 0.0 && of > 0.0 {
        part / of
    } else {
        0.0
    }
}

/// The means of all measures; nothing of none.
pub fn means<'m>(all: impl Iterator<Item = &'m Measures> + Clone) -> Measures {
    let mut means = Measures::new();
    let count = all.clone().count().max(1) as f64;
    for measures in all {
        for (name, value) in measures {
            *means.entry(name.clone()).or_default() += value / count;
        }
    }
    means
}

/// The value that so many hundredths of the numbers do not exceed, by the nearest rank; 0 of none.
pub fn percentile(numbers: &mut [u64], hundredths: usize) -> u64 {
    numbers.sort_unstable();
    let rank = (numbers.len() * hundredths).div_ceil(100);
    numbers.get(rank.saturating_sub(1)).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn the_measures_are_what_paper_and_pencil_say() {
        // Four things are relevant; three are found, at the places 1, 3 and 6.
        let graded = Graded {
            places: vec![1.0, 0.0, 3.0, 0.0, 0.0, 2.0],
            ideal: vec![3.0, 2.0, 1.0, 1.0],
        };
        let measures = graded.measures(&[1, 3, 5, 10]);
        let log = |n: f64| n.log2();
        let best_3 = 3.0 + 2.0 / log(3.0) + 1.0 / 2.0;
        let best = best_3 + 1.0 / log(5.0);
        for (name, value) in [
            ("mrr", 1.0),
            ("map", (1.0 + 2.0 / 3.0 + 3.0 / 6.0) / 4.0),
            ("ndcg@1", 1.0 / 3.0),
            ("ndcg@3", (1.0 + 3.0 / 2.0) / best_3),
            ("ndcg@10", (1.0 + 3.0 / 2.0 + 2.0 / log(7.0)) / best),
            ("recall@1", 1.0 / 4.0),
            ("recall@5", 2.0 / 4.0),
            ("recall@10", 3.0 / 4.0),
            ("precision@1", 1.0),
            ("precision@3", 2.0 / 3.0),
            ("precision@10", 3.0 / 10.0),
            ("hit@1", 1.0),
        ] {
            assert!(close(measures[name], value), "{name}: {measures:?}");
        }
        assert_eq!(measures.len(), 2 + 4 * 4);
        let nothing = Graded {
            places: vec![0.0; 3],
            ideal: vec![1.0],
        };
        assert!(nothing.measures(&[3]).values().all(|value| *value == 0.0));
    }

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let mut numbers: Vec<u64> = (1..=20).rev().collect();
        assert_eq!(percentile(&mut numbers, 50), 10);
        assert_eq!(percentile(&mut numbers, 95), 19);
        assert_eq!(percentile(&mut [7], 95), 7);
        assert_eq!(percentile(&mut [], 95), 0);
    }

    proptest! {
        #[test]
        fn every_measure_is_a_share_and_the_best_order_has_all(
            grades in proptest::collection::vec(0_u8..4, 1..12), missing in 0_usize..3
        ) {
            let places: Vec<f64> = grades.iter().map(|g| f64::from(*g)).collect();
            let mut ideal: Vec<f64> = places.iter().copied().filter(|g| *g > 0.0).collect();
            ideal.extend(std::iter::repeat_n(1.0, missing));
            prop_assume!(!ideal.is_empty());
            ideal.sort_by(|a, b| b.total_cmp(a));
            let best = Graded { places: ideal.clone(), ideal: ideal.clone() };
            prop_assert!((best.measures(&[20])["ndcg@20"] - 1.0).abs() < 1e-9);
            prop_assert!((best.measures(&[20])["map"] - 1.0).abs() < 1e-9);
            let graded = Graded { places, ideal };
            for value in graded.measures(&[1, 5, 20]).values() {
                prop_assert!((0.0..=1.0 + 1e-9).contains(value));
            }
        }
    }
}
