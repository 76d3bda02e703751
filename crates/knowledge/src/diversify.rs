//! Passages that say something new: maximal marginal relevance.
//!
//! Carbonell and Goldstein, “The Use of MMR, Diversity-Based Reranking for Reordering Documents and
//! Producing Summaries”, SIGIR 1998.

use std::collections::HashSet;
use std::sync::Arc;

use unicode_segmentation::UnicodeSegmentation as _;

/// Something to choose from.
#[derive(Clone, Debug)]
pub struct Candidate<'t> {
    /// Higher is better, on any scale.
    pub score: f64,
    pub text: &'t str,
    /// Unit length; where two have none, their words are compared.
    pub vector: Option<Arc<[f32]>>,
}

/// The places of `count` of the candidates, in the order they are to be shown: each is the best of
/// those left, once what it shares with those above it has cost it `diversity` (0 to 1).
pub fn diversify(candidates: &[Candidate<'_>], diversity: f64, count: usize) -> Vec<usize> {
    let best = candidates.iter().map(|c| c.score).fold(f64::MIN, f64::max);
    let worst = candidates.iter().map(|c| c.score).fold(f64::MAX, f64::min);
    let relevance = |at: usize| match best > worst {
        true => (candidates[at].score - worst) / (best - worst),
        false => 1.0,
    };
    let words: Vec<HashSet<String>> = candidates.iter().map(|c| words(c.text)).collect();
    let alike = |a: usize, b: usize| match (&candidates[a].vector, &candidates[b].vector) {
        (Some(a), Some(b)) if a.len() == b.len() => {
            a.iter().zip(b.iter()).map(|(x, y)| f64::from(x * y)).sum()
        }
        _ => overlap(&words[a], &words[b]),
    };
    let mut left: Vec<usize> = (0..candidates.len()).collect();
    // What each one shares with the chosen one it is most like.
    let mut shared = vec![0.0_f64; candidates.len()];
    let mut chosen = Vec::with_capacity(count.min(left.len()));
    while chosen.len() < count && !left.is_empty() {
        let worth = |at: usize| (1.0 - diversity) * relevance(at) - diversity * shared[at];
        let place = (0..left.len())
            .reduce(|best, next| match worth(left[next]) > worth(left[best]) {
                true => next,
                false => best,
            })
            .unwrap_or(0);
        let next = left.remove(place);
        for other in &left {
            shared[*other] = shared[*other].max(alike(*other, next));
        }
        chosen.push(next);
    }
    chosen
}

fn words(text: &str) -> HashSet<String> {
    text.unicode_words().map(str::to_lowercase).collect()
}

/// The share of words that two texts have in common.
fn overlap(a: &HashSet<String>, b: &HashSet<String>) -> f64 {
    let common = a.intersection(b).count();
    let all = a.len() + b.len() - common;
    if all == 0 {
        0.0
    } else {
        common as f64 / all as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates() -> Vec<Candidate<'static>> {
        [
            (0.9, "the red pump needs grease"),
            (0.8, "the red pump needs grease too"),
            (0.5, "filters are cleaned in spring"),
        ]
        .map(|(score, text)| Candidate {
            score,
            text,
            vector: None,
        })
        .to_vec()
    }

    #[test]
    fn a_passage_that_repeats_another_steps_back() {
        assert_eq!(diversify(&candidates(), 0.0, 3), [0, 1, 2]);
        assert_eq!(diversify(&candidates(), 0.5, 3), [0, 2, 1]);
        assert_eq!(diversify(&candidates(), 0.5, 1), [0]);
        assert!(diversify(&[], 0.5, 3).is_empty());
    }

    #[test]
    fn vectors_tell_more_than_words() {
        let mut candidates = candidates();
        for (candidate, vector) in candidates
            .iter_mut()
            .zip([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
        {
            candidate.vector = Some(Arc::new(vector));
        }
        assert_eq!(diversify(&candidates, 0.5, 3), [0, 1, 2]);
    }
}
