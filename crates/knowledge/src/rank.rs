//! One ranking from what an index found by words and by vectors.

use headwater_model::id::ChunkId;
use headwater_model::knowledge::retrieval::{RetrievalSettings, SearchMode};
use headwater_model::ports::IndexFound;

use crate::fuse::{List, fuse};

/// The hits that each list needs, at least: what is far down in one may be first in all of them.
pub const DEPTH: u32 = 300;

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

/// What was found, best first. A score is BM25 for `lexical`, the cosine for `vector`, and from 0 to 1
/// for `hybrid` and wherever there is more than one list.
pub fn rank(
    found: &IndexFound,
    mode: SearchMode,
    settings: &RetrievalSettings,
) -> Vec<(ChunkId, f64)> {
    let (words, vectors) = match mode {
        SearchMode::Lexical => (1.0, 0.0),
        SearchMode::Vector => (0.0, 1.0),
        SearchMode::Hybrid => (1.0 - settings.vector_weight, settings.vector_weight),
    };
    let mut lists = vec![List {
        hits: &found.by_words,
        weight: words,
        // A list that ended by itself is followed by what has none of the words.
        from_zero: found.by_words.len() < DEPTH as usize,
    }];
    lists.extend(found.by_vector.iter().map(|hits| List {
        hits,
        weight: vectors,
        from_zero: false,
    }));
    fuse(&lists, settings.fusion)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_with_vectors_is_searched_both_ways_unless_it_says_otherwise() {
        let mut settings = RetrievalSettings::default();
        assert_eq!(mode(&settings, true), SearchMode::Hybrid);
        assert_eq!(mode(&settings, false), SearchMode::Lexical);
        settings.mode = Some(SearchMode::Vector);
        assert_eq!(mode(&settings, true), SearchMode::Vector);
        assert_eq!((depth(5), depth(200)), (300, 410));
    }
}
