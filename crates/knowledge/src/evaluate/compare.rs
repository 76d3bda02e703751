//! Whether one way of searching is better than another, or only luckier.
//!
//! Both methods look at the same questions asked twice. The randomisation test (Fisher; for rankings
//! Smucker, Allan and Carterette, “A Comparison of Statistical Significance Tests for Information
//! Retrieval Evaluation”, CIKM 2007) swaps the two values of each question by the toss of a coin and
//! counts how often the mean difference is as great. The bootstrap (Efron, 1979) draws as many
//! questions as there are, with replacement, and tells where the middle 95 % of the means lie.

/// What a measure came to before and after, for one question.
pub type Pair = (f64, f64);

/// What comparing one measure gives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compared {
    pub before: f64,
    pub after: f64,
    /// After less before.
    pub difference: f64,
    /// The ends of the 95 % interval of the difference.
    pub low: f64,
    pub high: f64,
    /// Two-sided; never 0, since what was seen is one of the ways it could have come.
    pub p_value: f64,
}

/// SplitMix64 (Steele, Lea and Flood, 2014): the same numbers for the same seed, for ever.
#[derive(Clone, Debug)]
struct Random(u64);

impl Random {
    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `below`, which is small enough for the bias not to matter.
    fn below(&mut self, below: usize) -> usize {
        usize::try_from(self.next() % below.max(1) as u64).unwrap_or(0)
    }
}

/// Compares a measure over questions, `rounds` times at random; nothing when there are none.
pub fn compare(pairs: &[Pair], rounds: u32, seed: u64) -> Option<Compared> {
    if pairs.is_empty() {
        return None;
    }
    let count = pairs.len() as f64;
    let before = pairs.iter().map(|pair| pair.0).sum::<f64>() / count;
    let after = pairs.iter().map(|pair| pair.1).sum::<f64>() / count;
    let differences: Vec<f64> = pairs.iter().map(|pair| pair.1 - pair.0).collect();
    let mut random = Random(seed);
    let p_value = randomised(&differences, rounds, &mut random);
    let (low, high) = bootstrapped(&differences, rounds, &mut random);
    Some(Compared {
        before,
        after,
        difference: after - before,
        low,
        high,
        p_value,
    })
}

fn randomised(differences: &[f64], rounds: u32, random: &mut Random) -> f64 {
    let seen = differences.iter().sum::<f64>().abs();
    // What only differs by how it was added up is the same.
    let seen = seen - 1e-12 * (1.0 + seen);
    let mut as_great = 1_u32;
    for _ in 0..rounds {
        let mut sum = 0.0;
        for some in differences.chunks(64) {
            let mut coins = random.next();
            for difference in some {
                sum += if coins & 1 == 0 {
                    *difference
                } else {
                    -difference
                };
                coins >>= 1;
            }
        }
        as_great += u32::from(sum.abs() >= seen);
    }
    f64::from(as_great) / f64::from(rounds + 1)
}

fn bootstrapped(differences: &[f64], rounds: u32, random: &mut Random) -> (f64, f64) {
    let count = differences.len();
    let mut means: Vec<f64> = (0..rounds.max(1))
        .map(|_| {
            let drawn = (0..count).map(|_| differences[random.below(count)]);
            drawn.sum::<f64>() / count as f64
        })
        .collect();
    means.sort_by(f64::total_cmp);
    let last = means.len() - 1;
    let at = |share: f64| means[((last as f64 * share).round() as usize).min(last)];
    (at(0.025), at(0.975))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ROUNDS: u32 = 4_000;

    #[test]
    fn nothing_differs_when_nothing_changed() {
        let same = compare(&[(0.5, 0.5), (0.2, 0.2)], ROUNDS, 1).unwrap();
        assert_eq!(
            (same.difference, same.low, same.high, same.p_value),
            (0.0, 0.0, 0.0, 1.0)
        );
        assert_eq!(compare(&[], ROUNDS, 1), None);
    }

    #[test]
    fn the_p_value_is_that_of_all_tosses() {
        // Of the 2^4 ways to swap, only the two with equal signs give a sum as great: 1/8.
        let pairs = [(0.0, 0.1), (0.0, 0.2), (0.0, 0.3), (0.0, 0.4)];
        let found = compare(&pairs, 40_000, 7).unwrap();
        assert!((found.p_value - 0.125).abs() < 0.01, "{found:?}");
        assert!((found.difference - 0.25).abs() < 1e-9);
        assert!(found.low >= 0.1 && found.high <= 0.4 && found.low < found.high);
        // Ten questions of the same gain: 2 of 1024.
        let found = compare(&[(0.1, 0.2); 10], 40_000, 7).unwrap();
        assert!(found.p_value < 0.005, "{found:?}");
        assert!((found.low - 0.1).abs() < 1e-9 && (found.high - 0.1).abs() < 1e-9);
    }

    #[test]
    fn a_seed_gives_the_same_numbers_every_time() {
        let pairs: Vec<Pair> = (0..40)
            .map(|n| (f64::from(n * 7 % 11) / 11.0, f64::from(n * 5 % 13) / 13.0))
            .collect();
        assert_eq!(compare(&pairs, 500, 3), compare(&pairs, 500, 3));
        assert_ne!(compare(&pairs, 500, 3), compare(&pairs, 500, 4));
        let mut random = Random(0);
        assert_eq!(random.next(), 0xe220_a839_7b1d_cdaf);
    }

    proptest! {
        #[test]
        fn turning_both_round_turns_the_difference_round(
            pairs in proptest::collection::vec((0.0..1.0_f64, 0.0..1.0_f64), 1..40), seed: u64
        ) {
            let there = compare(&pairs, 300, seed).unwrap();
            let turned: Vec<Pair> = pairs.iter().map(|(a, b)| (*b, *a)).collect();
            let back = compare(&turned, 300, seed).unwrap();
            prop_assert!((there.difference + back.difference).abs() < 1e-9);
            prop_assert!((there.p_value - back.p_value).abs() < 1e-9);
            prop_assert!((there.low + back.high).abs() < 1e-9);
            prop_assert!(there.low <= there.high);
            prop_assert!(there.p_value > 0.0 && there.p_value <= 1.0);
        }
    }
}
