//! What an index found, made into passages.

use std::collections::HashSet;

use headwater_model::id::{DocumentId, KnowledgeBaseId};
use headwater_model::knowledge::{Chunk, Passage};

use crate::highlight::highlight;

/// A stored chunk an index found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    pub chunk: Chunk,
    pub document_id: DocumentId,
    pub document_name: String,
    pub knowledge_base_id: KnowledgeBaseId,
    pub score: f64,
}

/// The best passages, best first, each text once, with the matched words marked.
pub fn assemble(query: &str, mut found: Vec<Found>, limit: usize) -> Vec<Passage> {
    found.sort_by(|a, b| {
        b.score
            .total_cmp(&a.score)
            .then_with(|| a.chunk.id.cmp(&b.chunk.id))
    });
    let mut seen = HashSet::new();
    found
        .into_iter()
        .filter(|found| seen.insert(bare(&found.chunk.text)))
        .take(limit)
        .map(|found| passage(query, found))
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
        knowledge_base_id: found.knowledge_base_id,
        highlights: highlight(query, &found.chunk.text),
        text: found.chunk.text,
        score: found.score,
        page: found.chunk.page,
        heading: found.chunk.heading,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use headwater_model::Timestamp;
    use headwater_model::id::ChunkId;

    #[test]
    fn passages_are_best_first_and_no_text_twice() {
        let found = |n: u128, text: &str, score: f64| Found {
            chunk: Chunk {
                id: ChunkId::new(Timestamp::from_millis(1), n << 64),
                index: 0,
                text: text.to_owned(),
                page: None,
                heading: None,
            },
            document_id: DocumentId::new(Timestamp::from_millis(1), n << 64),
            document_name: "d".to_owned(),
            knowledge_base_id: KnowledgeBaseId::new(Timestamp::from_millis(1), 0),
            score,
        };
        let hits = vec![
            found(1, "low", 1.0),
            found(2, "Twice  said", 2.0),
            found(3, "twice said", 3.0),
        ];
        let texts: Vec<_> = assemble("said", hits, 5)
            .into_iter()
            .map(|p| p.text)
            .collect();
        assert_eq!(texts, ["twice said", "low"]);
    }
}
