//! Lists that different searches found, made one.
//!
//! - Reciprocal rank: Cormack, Clarke and Büttcher, “Reciprocal Rank Fusion outperforms Condorcet and
//!   individual Rank Learning Methods”, SIGIR 2009.
//! - The weighted sum of scores brought to 0 to 1: Bruch, Gai and Ingber, “An Analysis of Fusion
//!   Functions for Hybrid Retrieval”, ACM TOIS 2023.

use std::collections::HashMap;

use headwater_model::id::{ChunkId, KnowledgeBaseId};
use headwater_model::knowledge::retrieval::Fusion;
use headwater_model::ports::IndexHit;

/// How little the first places are worth more than the next ones; the paper's value.
const RANKS: f64 = 60.0;

/// What one search found, best first.
#[derive(Clone, Copy, Debug)]
pub struct List<'h> {
    pub hits: &'h [IndexHit],
    /// How much it counts, from 0 to 1; those of all lists that may have a chunk are 1 together.
    pub weight: f64,
    /// The knowledge bases whose chunks no other list can have: for them it counts whole.
    pub alone: &'h [KnowledgeBaseId],
    /// Whether what comes after the last hit would have a score of 0, rather than one a step lower.
    pub from_zero: bool,
}

/// Everything that the lists have, best first, with scores from 0 to 1; equal scores by id.
pub fn fuse(lists: &[List<'_>], fusion: Fusion) -> Vec<(ChunkId, f64)> {
    let mut scores: HashMap<ChunkId, f64> = HashMap::new();
    for list in lists {
        for (hit, share) in list.hits.iter().zip(shares(list, fusion)) {
            let weight = match list.alone.contains(&hit.base) {
                true => 1.0,
                false => list.weight,
            };
            // What does not count is not found by it either.
            if weight > 0.0 {
                *scores.entry(hit.chunk).or_default() += weight * share;
            }
        }
    }
    in_order(scores.into_iter().collect())
}

/// Best first; equal scores by id.
pub(crate) fn in_order(mut fused: Vec<(ChunkId, f64)>) -> Vec<(ChunkId, f64)> {
    fused.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    fused
}

/// What each hit of a list is worth, from 0 to 1.
fn shares(list: &List<'_>, fusion: Fusion) -> Vec<f64> {
    match fusion {
        Fusion::ReciprocalRank => (1_u32..)
            .zip(list.hits)
            .map(|(place, _)| by_place(place))
            .collect(),
        Fusion::Weighted => {
            let best = list.hits.first().map_or(0.0, |hit| hit.score);
            let floor = floor(list);
            let share = |score: f64| match best > floor {
                true => (score - floor) / (best - floor),
                false => 1.0,
            };
            list.hits.iter().map(|hit| share(hit.score)).collect()
        }
    }
}

/// What a place, from 1, is worth whatever the score: 1 for the first.
pub(crate) fn by_place(place: u32) -> f64 {
    (RANKS + 1.0) / (RANKS + f64::from(place))
}

/// The score that is worth nothing: 0, or what a hit after the last one would have had, going by the
/// steps between those that are there.
fn floor(list: &List<'_>) -> f64 {
    match list.hits {
        _ if list.from_zero => 0.0,
        [best, .., worst] => {
            let steps = (list.hits.len() - 1) as f64;
            worst.score - (best.score - worst.score) / steps
        }
        _ => f64::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use headwater_model::Timestamp;
    use headwater_model::id::{DocumentId, KnowledgeBaseId};

    const AT: Timestamp = Timestamp::from_millis(1);

    fn chunk(n: u128) -> ChunkId {
        ChunkId::new(AT, n << 64)
    }

    fn hits(scores: &[(u128, f64)]) -> Vec<IndexHit> {
        let hit = |(n, score): &(u128, f64)| IndexHit {
            base: KnowledgeBaseId::new(AT, 0),
            chunk: chunk(*n),
            document: DocumentId::new(AT, 0),
            score: *score,
            vector: None,
        };
        scores.iter().map(hit).collect()
    }

    fn order(lists: &[(&[IndexHit], f64)], fusion: Fusion) -> Vec<ChunkId> {
        let lists: Vec<List<'_>> = lists
            .iter()
            .map(|(hits, weight)| List {
                hits,
                weight: *weight,
                from_zero: false,
                alone: &[],
            })
            .collect();
        fuse(&lists, fusion).into_iter().map(|(id, _)| id).collect()
    }

    #[test]
    fn what_both_searches_found_comes_first() {
        let words = hits(&[(1, 9.0), (2, 8.0), (3, 1.0)]);
        let vectors = hits(&[(4, 0.8), (2, 0.7), (5, 0.1)]);
        for fusion in [Fusion::ReciprocalRank, Fusion::Weighted] {
            let lists = [(&words[..], 0.5), (&vectors[..], 0.5)];
            assert_eq!(order(&lists, fusion)[0], chunk(2), "{fusion:?}");
        }
    }

    #[test]
    fn weights_decide_between_the_lists() {
        let words = hits(&[(1, 9.0), (2, 1.0)]);
        let vectors = hits(&[(3, 0.8), (4, 0.1)]);
        let first = |vector| {
            let lists = [(&words[..], 1.0 - vector), (&vectors[..], vector)];
            order(&lists, Fusion::Weighted)
        };
        assert_eq!(first(0.9)[0], chunk(3));
        assert_eq!(first(0.1)[0], chunk(1));
        // A list that does not count adds nothing.
        assert_eq!(first(0.0), [chunk(1), chunk(2)]);
    }

    #[test]
    fn a_short_list_does_not_make_its_last_hit_worthless() {
        let words = hits(&[(1, 10.0), (2, 9.0)]);
        let close = hits(&[(3, 0.9), (4, 0.8)]);
        let list = |hits, from_zero| List {
            hits,
            weight: 0.5,
            from_zero,
            alone: &[],
        };
        let lists = [list(&words[..], true), list(&close[..], false)];
        let scores: Vec<f64> = fuse(&lists, Fusion::Weighted)
            .into_iter()
            .map(|(_, score)| score)
            .collect();
        assert_eq!(scores.len(), 4);
        for (score, expected) in scores.iter().zip([0.5, 0.5, 0.45, 0.25]) {
            assert!((score - expected).abs() < 1e-9, "{scores:?}");
        }
        let one = hits(&[(1, 0.3)]);
        let lists = [list(&one[..], false), list(&words[..], true)];
        assert_eq!(fuse(&lists, Fusion::Weighted)[0].0, chunk(1));
    }

    #[test]
    fn what_only_one_list_can_have_is_not_worth_half() {
        let words = hits(&[(1, 9.0), (2, 6.0)]);
        let list = |alone| List {
            hits: &words,
            weight: 0.5,
            from_zero: true,
            alone,
        };
        let other = [KnowledgeBaseId::new(AT, 7 << 64)];
        assert!((fuse(&[list(&other)], Fusion::Weighted)[0].1 - 0.5).abs() < 1e-9);
        let own = [words[0].base];
        assert!((fuse(&[list(&own)], Fusion::Weighted)[0].1 - 1.0).abs() < 1e-9);
        assert!(fuse(&[], Fusion::Weighted).is_empty());
    }
}
