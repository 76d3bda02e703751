//! What an index found, made into passages.

use std::collections::HashSet;
use std::sync::Arc;

use headwater_model::id::{DocumentId, KnowledgeBaseId};
use headwater_model::knowledge::ranking::{Place, Ranking};
use headwater_model::knowledge::{Chunk, Passage};

use crate::boost::boosted;
use crate::diversify::{Candidate, diversify};
use crate::highlight::highlight;

/// Of so many for each passage that is wanted, the ones that say something new are chosen.
const CHOICE: usize = 4;

/// A stored chunk an index found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    pub chunk: Chunk,
    pub document_id: DocumentId,
    pub document_name: String,
    pub source_url: Option<String>,
    pub knowledge_base_id: KnowledgeBaseId,
    pub score: f64,
    /// Where it was found by one.
    pub vector: Option<Arc<[f32]>>,
    pub ranking: Ranking,
}

/// Which of what was found becomes passages.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    pub limit: usize,
    /// No passage with a lower score.
    pub threshold: Option<f64>,
    /// How much passages must differ from those above them, from 0 (they need not) to 1.
    pub diversity: f64,
}

/// What was found, best first, each text once.
pub fn distinct(mut found: Vec<Found>) -> Vec<Found> {
    in_order(&mut found);
    let mut seen = HashSet::new();
    found.retain(|found| seen.insert(bare(&found.chunk.text)));
    found
}

/// The same with what a model judged each of them to be worth, one score for each; what a boost does
/// to a score it does to a judgement.
pub fn judged(found: Vec<Found>, scores: &[f64]) -> Vec<Found> {
    let mut judged: Vec<Found> = found
        .into_iter()
        .zip(scores)
        .map(|(found, score)| Found {
            score: *score,
            ..found
        })
        .collect();
    in_order(&mut judged);
    for (at, found) in judged.iter_mut().enumerate() {
        found.ranking.reranked = Some(Place::at(at, found.score));
        if let Some(factor) = found.ranking.boost {
            found.score = boosted(found.score, factor);
        }
    }
    in_order(&mut judged);
    judged
}

/// The best passages of what was found, best first, with the matched words marked.
pub fn assemble(query: &str, mut found: Vec<Found>, wanted: Wanted) -> Vec<Passage> {
    found.retain(|found| wanted.threshold.is_none_or(|least| found.score >= least));
    if wanted.diversity > 0.0 {
        found = different(found, wanted);
    }
    found.truncate(wanted.limit);
    found
        .into_iter()
        .map(|found| passage(query, found))
        .collect()
}

/// Best first; equal ones by id.
fn in_order(found: &mut [Found]) {
    found.sort_by(|a, b| {
        b.score
            .total_cmp(&a.score)
            .then_with(|| a.chunk.id.cmp(&b.chunk.id))
    });
}

/// Those that differ from each other, in the order in which they were chosen.
fn different(mut found: Vec<Found>, wanted: Wanted) -> Vec<Found> {
    found.truncate(wanted.limit * CHOICE);
    let candidates: Vec<Candidate<'_>> = found
        .iter()
        .map(|found| Candidate {
            score: found.score,
            text: &found.chunk.text,
            vector: found.vector.clone(),
        })
        .collect();
    diversify(&candidates, wanted.diversity, wanted.limit)
        .into_iter()
        .map(|at| found[at].clone())
        .collect()
}

/// The same text added twice differs in blanks and capitals at most.
fn bare(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

fn passage(query: &str, found: Found) -> Passage {
    Passage {
        chunk_id: found.chunk.id,
        document_id: found.document_id,
        document_name: found.document_name,
        source_url: found.source_url,
        knowledge_base_id: found.knowledge_base_id,
        highlights: highlight(query, &found.chunk.text),
        text: found.chunk.text,
        score: found.score,
        page: found.chunk.page,
        heading: found.chunk.heading,
        ranking: found.ranking,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use headwater_model::Timestamp;
    use headwater_model::id::ChunkId;

    const BEST: Wanted = Wanted {
        limit: 5,
        threshold: None,
        diversity: 0.0,
    };

    fn found(n: u128, text: &str, score: f64) -> Found {
        Found {
            chunk: Chunk {
                id: ChunkId::new(Timestamp::from_millis(1), n << 64),
                index: 0,
                text: text.to_owned(),
                page: None,
                heading: None,
            },
            document_id: DocumentId::new(Timestamp::from_millis(1), n << 64),
            document_name: "d".to_owned(),
            source_url: None,
            knowledge_base_id: KnowledgeBaseId::new(Timestamp::from_millis(1), 0),
            score,
            vector: None,
            ranking: Ranking::default(),
        }
    }

    fn texts(hits: Vec<Found>, wanted: Wanted) -> Vec<String> {
        let passages = assemble("said", distinct(hits), wanted);
        passages.into_iter().map(|p| p.text).collect()
    }

    #[test]
    fn passages_are_best_first_and_no_text_twice() {
        let hits = vec![
            found(1, "low", 1.0),
            found(2, "Twice  said", 2.0),
            found(3, "twice said", 3.0),
        ];
        assert_eq!(texts(hits.clone(), BEST), ["twice said", "low"]);
        let wanted = Wanted {
            threshold: Some(1.5),
            ..BEST
        };
        assert_eq!(texts(hits, wanted), ["twice said"]);
    }

    #[test]
    fn a_judgement_decides_the_order_and_says_so() {
        let hits = vec![found(1, "low", 1.0), found(2, "high", 9.0)];
        let judged = judged(distinct(hits), &[0.1, 0.8]);
        let places: Vec<(&str, Option<Place>)> = judged
            .iter()
            .map(|found| (found.chunk.text.as_str(), found.ranking.reranked))
            .collect();
        let expected = [
            ("low", Some(Place::at(0, 0.8))),
            ("high", Some(Place::at(1, 0.1))),
        ];
        assert_eq!(places, expected);
        let mut hits = vec![found(1, "low", 1.0), found(2, "high", 9.0)];
        hits[1].ranking.boost = Some(20.0);
        let first = &super::judged(distinct(hits), &[0.1, 0.8])[0];
        assert_eq!((first.chunk.text.as_str(), first.score), ("high", 2.0));
        assert_eq!(first.ranking.reranked, Some(Place::at(1, 0.1)));
    }

    #[test]
    fn passages_that_differ_come_before_those_that_repeat() {
        let hits = vec![
            found(1, "the red pump needs grease", 3.0),
            found(2, "the red pump needs more grease", 2.9),
            found(3, "filters are cleaned in spring", 2.5),
        ];
        let wanted = Wanted {
            limit: 2,
            diversity: 0.5,
            ..BEST
        };
        assert_eq!(
            texts(hits, wanted),
            ["the red pump needs grease", "filters are cleaned in spring"]
        );
    }
}
