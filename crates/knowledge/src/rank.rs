//! One ranking from what an index found by words and by vectors.

use std::collections::HashMap;

use headwater_model::id::{ChunkId, KnowledgeBaseId};
use headwater_model::knowledge::ranking::{Place, Ranking};
use headwater_model::knowledge::retrieval::{RetrievalSettings, SearchMode};
use headwater_model::ports::{IndexFound, IndexHit};

use crate::fuse::{List, by_place, fuse, in_order};

/// The hits that each list needs, at least: what is far down in one may be first in all of them.
pub const DEPTH: u32 = 300;

/// A chunk that was found, and how it came to its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ranked {
    pub chunk: ChunkId,
    pub score: f64,
    pub ranking: Ranking,
}

/// How many hits of each list a search for so many passages needs. The index may hold what was
/// deleted a moment ago, and texts that are there twice.
pub fn depth(limit: u32) -> u32 {
    (limit * 2 + 10).max(DEPTH)
}

/// The mode of a search: what is said, else both where there are vectors.
pub fn mode(settings: &RetrievalSettings, has_vectors: bool) -> SearchMode {
    settings.mode.unwrap_or(match has_vectors {
        true => SearchMode::Hybrid,
        false => SearchMode::Lexical,
    })
}

/// What was found, best first. A score is BM25 for `lexical`, the cosine for `vector` in one space, and
/// from 0 to 1 otherwise. Of the bases in `wordy` only words can find anything; a chunk of theirs is
/// not worth less for that.
pub fn rank(
    found: &IndexFound,
    mode: SearchMode,
    settings: &RetrievalSettings,
    wordy: &[KnowledgeBaseId],
) -> Vec<Ranked> {
    let by_vector = |weight| {
        found.by_vector.iter().map(move |hits| List {
            hits,
            weight,
            from_zero: false,
            alone: &[],
        })
    };
    let scores = match (mode, &found.by_vector[..]) {
        (SearchMode::Lexical, _) => as_they_are(&found.by_words),
        (SearchMode::Vector, [only]) => as_they_are(only),
        (SearchMode::Vector, _) => fuse(&by_vector(1.0).collect::<Vec<_>>(), settings.fusion),
        (SearchMode::Hybrid, _) => {
            let words = List {
                hits: &found.by_words,
                weight: 1.0 - settings.vector_weight,
                // A list that ended by itself is followed by what has none of the words.
                from_zero: found.by_words.len() < DEPTH as usize,
                alone: wordy,
            };
            let lists: Vec<List<'_>> = std::iter::once(words)
                .chain(by_vector(settings.vector_weight))
                .collect();
            fuse(&lists, settings.fusion)
        }
    };
    let words = places(&found.by_words);
    let vectors: Vec<_> = found.by_vector.iter().map(|hits| places(hits)).collect();
    let ranked = scores.into_iter().enumerate();
    ranked
        .map(|(at, (chunk, score))| Ranked {
            chunk,
            score,
            ranking: Ranking {
                words: words.get(&chunk).copied(),
                // A chunk lies in one space, unless its base is between two models.
                vectors: vectors
                    .iter()
                    .filter_map(|places| places.get(&chunk).copied())
                    .reduce(better),
                fused: (mode == SearchMode::Hybrid).then(|| Place::at(at, score)),
                ..Ranking::default()
            },
        })
        .collect()
}

/// The rankings of one question in several wordings as one, by reciprocal rank. One alone stays as
/// it is.
pub fn together(mut rankings: Vec<Vec<Ranked>>) -> Vec<Ranked> {
    if rankings.len() < 2 {
        return rankings.pop().unwrap_or_default();
    }
    let weight = 1.0 / rankings.len() as f64;
    let mut scores: HashMap<ChunkId, f64> = HashMap::new();
    let mut seen: HashMap<ChunkId, Ranking> = HashMap::new();
    for ranking in &rankings {
        for (place, ranked) in (1..).zip(ranking) {
            *scores.entry(ranked.chunk).or_default() += weight * by_place(place);
            let best = seen.entry(ranked.chunk).or_default();
            best.words = either(best.words, ranked.ranking.words);
            best.vectors = either(best.vectors, ranked.ranking.vectors);
        }
    }
    let fused = in_order(scores.into_iter().collect());
    let ranked = fused.into_iter().enumerate();
    ranked
        .map(|(at, (chunk, score))| Ranked {
            chunk,
            score,
            ranking: Ranking {
                fused: Some(Place::at(at, score)),
                ..seen.get(&chunk).copied().unwrap_or_default()
            },
        })
        .collect()
}

fn as_they_are(hits: &[IndexHit]) -> Vec<(ChunkId, f64)> {
    in_order(hits.iter().map(|hit| (hit.chunk, hit.score)).collect())
}

fn places(hits: &[IndexHit]) -> HashMap<ChunkId, Place> {
    let hits = hits.iter().enumerate();
    hits.map(|(at, hit)| (hit.chunk, Place::at(at, hit.score)))
        .collect()
}

fn either(one: Option<Place>, other: Option<Place>) -> Option<Place> {
    [one, other].into_iter().flatten().reduce(better)
}

fn better(one: Place, other: Place) -> Place {
    if other.rank < one.rank { other } else { one }
}

#[cfg(test)]
mod tests {
    use super::*;
    use headwater_model::Timestamp;
    use headwater_model::id::DocumentId;
    use proptest::prelude::*;

    const AT: Timestamp = Timestamp::from_millis(1);

    fn chunk(n: u128) -> ChunkId {
        ChunkId::new(AT, n << 64)
    }

    fn base(n: u128) -> KnowledgeBaseId {
        KnowledgeBaseId::new(AT, n << 64)
    }

    fn hit(of: u128, n: u128, score: f64) -> IndexHit {
        IndexHit {
            base: base(of),
            chunk: chunk(n),
            document: DocumentId::new(AT, 0),
            score,
            vector: None,
        }
    }

    fn order(ranked: &[Ranked]) -> Vec<ChunkId> {
        ranked.iter().map(|ranked| ranked.chunk).collect()
    }

    #[test]
    fn a_base_with_vectors_is_searched_both_ways_unless_it_says_otherwise() {
        let mut settings = RetrievalSettings::default();
        assert_eq!(mode(&settings, true), SearchMode::Hybrid);
        assert_eq!(mode(&settings, false), SearchMode::Lexical);
        settings.mode = Some(SearchMode::Vector);
        assert_eq!(mode(&settings, true), SearchMode::Vector);
        assert_eq!((depth(5), depth(200)), (300, 410));
    }

    #[test]
    fn one_list_keeps_its_scores_and_a_hybrid_search_without_vectors_keeps_its_scale() {
        let found = IndexFound {
            by_words: vec![hit(1, 1, 9.0), hit(1, 2, 3.0)],
            by_vector: vec![],
        };
        let settings = RetrievalSettings::default();
        let scores = |mode, wordy: &[KnowledgeBaseId]| -> Vec<f64> {
            let ranked = rank(&found, mode, &settings, wordy);
            ranked.iter().map(|ranked| ranked.score).collect()
        };
        assert_eq!(scores(SearchMode::Lexical, &[]), [9.0, 3.0]);
        assert_eq!(scores(SearchMode::Hybrid, &[base(1)]), [1.0, 1.0 / 3.0]);
    }

    #[test]
    fn a_base_without_vectors_stands_beside_one_with_them() {
        // Of the same words in both; the second base has no vectors that could find it, too.
        let found = IndexFound {
            by_words: vec![hit(2, 20, 9.0), hit(1, 10, 8.0), hit(1, 11, 2.0)],
            by_vector: vec![vec![hit(1, 10, 0.9), hit(1, 12, 0.8), hit(1, 11, 0.1)]],
        };
        let settings = RetrievalSettings::default();
        let fair = rank(&found, SearchMode::Hybrid, &settings, &[base(2)]);
        assert_eq!(order(&fair)[..2], [chunk(20), chunk(10)]);
        let unfair = rank(&found, SearchMode::Hybrid, &settings, &[]);
        assert_eq!(
            unfair[0].chunk,
            chunk(10),
            "words alone are half of what both are"
        );
    }

    #[test]
    fn a_ranking_says_where_each_chunk_stood() {
        let found = IndexFound {
            by_words: vec![hit(1, 1, 9.0), hit(1, 2, 8.0)],
            by_vector: vec![vec![hit(1, 2, 0.9), hit(1, 3, 0.2)]],
        };
        let settings = RetrievalSettings::default();
        let ranked = rank(&found, SearchMode::Hybrid, &settings, &[]);
        let of = |n| ranked.iter().find(|r| r.chunk == chunk(n)).unwrap().ranking;
        assert_eq!(of(2).words, Some(Place::at(1, 8.0)));
        assert_eq!(of(2).vectors, Some(Place::at(0, 0.9)));
        assert_eq!(of(2).fused.unwrap().rank, 1);
        assert_eq!((of(1).vectors, of(3).words), (None, None));
    }

    #[test]
    fn what_several_wordings_find_comes_before_what_one_does() {
        let one = |hits: Vec<IndexHit>| {
            let found = IndexFound {
                by_words: hits,
                by_vector: vec![],
            };
            rank(
                &found,
                SearchMode::Lexical,
                &RetrievalSettings::default(),
                &[],
            )
        };
        let first = one(vec![hit(1, 1, 9.0), hit(1, 2, 8.0)]);
        let second = one(vec![hit(1, 3, 5.0), hit(1, 2, 4.0)]);
        assert_eq!(together(vec![first.clone()]), first);
        let all = together(vec![first, second]);
        assert_eq!(order(&all)[0], chunk(2));
        assert_eq!(all[0].ranking.words.unwrap().rank, 2);
        assert!(together(vec![]).is_empty());
    }

    proptest! {
        #[test]
        fn wordings_lose_nothing_and_scores_stay_within_bounds(
            lists in prop::collection::vec(prop::collection::btree_set(0u128..20, 0..12), 1..5)
        ) {
            let rankings: Vec<Vec<Ranked>> = lists.iter().map(|list| {
                list.iter().enumerate().map(|(at, n)| Ranked {
                    chunk: chunk(*n), score: -(at as f64), ranking: Ranking::default(),
                }).collect()
            }).collect();
            let several = rankings.len() > 1;
            let all = together(rankings);
            let expected: std::collections::BTreeSet<u128> = lists.iter().flatten().copied().collect();
            prop_assert_eq!(all.len(), expected.len());
            for pair in all.windows(2) {
                prop_assert!(pair[0].score >= pair[1].score);
            }
            if several {
                prop_assert!(all.iter().all(|ranked| ranked.score > 0.0 && ranked.score <= 1.0));
            }
        }
    }
}
