//! Search by words: BM25 (Robertson and Walker 1994) as the embedded index has it. Qdrant finds the
//! chunks that may be best, by the weights that their words had when they were written; what they
//! are worth now is counted here.

use std::collections::{BTreeMap, HashMap};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use headwater_model::ports::{IndexChunk, IndexHit, IndexQuery};
use headwater_model::{Error, Result};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::super::search::{HEADING_BOOST, MOST_LANGUAGES, MOST_WORDS};
use super::super::words::{self, Language};
use super::server::Server;
use super::state::State;
use super::{filter, limit, terms, visible};

/// For each hit that is asked for so many candidates are counted exactly, and so many more.
const CANDIDATES: (usize, usize) = (2, 100);
/// Bytes of a word and its count in a packed chunk.
const PACKED: usize = 6;

/// A word as a dimension of sparse vectors; `field` is 0 for the body and 1 for headings and names.
fn dimension(field: u8, word: &str) -> u32 {
    let hash = Sha256::new()
        .chain_update([field])
        .chain_update(word)
        .finalize();
    u32::from_le_bytes([hash[0], hash[1], hash[2], hash[3]])
}

/// The words of a chunk, counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Counted {
    /// How often each word is there, the body's and the heading's.
    words: [BTreeMap<u32, u16>; 2],
    /// Of how many words the body and the heading are.
    pub(super) lengths: [usize; 2],
}

impl Counted {
    pub(super) fn of(chunk: &IndexChunk, language: Language) -> Self {
        let mut heading = chunk.document_name.clone();
        if let Some(text) = &chunk.heading {
            heading.push('\n');
            heading.push_str(text);
        }
        let mut counted = Self::default();
        for (field, text) in [(0_u8, &chunk.text), (1, &heading)] {
            let tokens = words::of_document(text, language).tokens;
            counted.lengths[usize::from(field)] = tokens.len();
            for token in &tokens {
                let count = counted.words[usize::from(field)]
                    .entry(dimension(field, &token.text))
                    .or_default();
                *count = count.saturating_add(1);
            }
        }
        counted
    }

    /// Every word, once for each field it is in.
    pub(super) fn words(&self) -> impl Iterator<Item = u32> + '_ {
        self.words.iter().flat_map(|field| field.keys().copied())
    }

    /// What the words weigh where texts have `means` words.
    pub(super) fn weights(&self, means: [f64; 2]) -> Value {
        let mut weights: BTreeMap<u32, f64> = BTreeMap::new();
        for (field, words) in self.words.iter().enumerate() {
            for (word, count) in words {
                let weight = weight(*count, self.lengths[field], means[field]);
                *weights.entry(*word).or_default() += weight;
            }
        }
        let values: Vec<f32> = weights.values().map(|weight| *weight as f32).collect();
        json!({ "indices": weights.keys().collect::<Vec<_>>(), "values": values })
    }

    /// All of it in one text for each field.
    pub(super) fn pack(&self) -> Value {
        let pack = |words: &BTreeMap<u32, u16>| {
            let mut bytes = Vec::with_capacity(words.len() * PACKED);
            for (word, count) in words {
                bytes.extend(word.to_le_bytes());
                bytes.extend(count.to_le_bytes());
            }
            STANDARD_NO_PAD.encode(bytes)
        };
        json!({ "words": self.words.each_ref().map(pack), "lengths": self.lengths })
    }

    pub(super) fn unpack(packed: &Value) -> Result<Self> {
        let mut counted = Self::default();
        for field in 0..2 {
            let length = packed["lengths"][field].as_u64().unwrap_or(0);
            counted.lengths[field] = usize::try_from(length).unwrap_or(0);
            let words = packed["words"][field].as_str().unwrap_or_default();
            let bytes = STANDARD_NO_PAD.decode(words).map_err(Error::internal)?;
            counted.words[field] = bytes
                .chunks_exact(PACKED)
                .map(|b| {
                    let word = u32::from_le_bytes([b[0], b[1], b[2], b[3]]);
                    (word, u16::from_le_bytes([b[4], b[5]]))
                })
                .collect();
        }
        Ok(counted)
    }
}

/// What a word is worth in a text of `length` words where texts have `mean`, before its rareness.
fn weight(count: u16, length: usize, mean: f64) -> f64 {
    let count = f64::from(count);
    2.2 * count / (count + 1.2 * (0.25 + 0.75 * length as f64 / mean))
}

/// A question: each of its words in the forms it may have, for each field, with their rareness.
struct Asked {
    words: Vec<[Vec<(u32, f64)>; 2]>,
    means: [f64; 2],
}

impl Asked {
    /// What Qdrant looks for; the same word of several forms weighs as often as it is asked for.
    fn vector(&self) -> Value {
        let mut weights: BTreeMap<u32, f64> = BTreeMap::new();
        for word in &self.words {
            for (field, forms) in word.iter().enumerate() {
                for (form, rare) in forms {
                    *weights.entry(*form).or_default() += rare * boost(field);
                }
            }
        }
        let values: Vec<f32> = weights.values().map(|weight| *weight as f32).collect();
        json!({ "indices": weights.keys().collect::<Vec<_>>(), "values": values })
    }

    /// BM25. Of a word's forms in several languages the best counts.
    fn score(&self, chunk: &Counted) -> f64 {
        let fields = self.words.iter().flat_map(|word| word.iter().enumerate());
        fields
            .map(|(field, forms)| {
                let best = forms.iter().filter_map(|(form, rare)| {
                    let count = *chunk.words[field].get(form)?;
                    Some(rare * weight(count, chunk.lengths[field], self.means[field]))
                });
                boost(field) * best.fold(0.0, f64::max)
            })
            .sum()
    }
}

fn boost(field: usize) -> f64 {
    if field == 1 {
        f64::from(HEADING_BOOST)
    } else {
        1.0
    }
}

/// The mean lengths of bodies and headings.
pub(super) fn means<'s>(states: impl Iterator<Item = &'s State>) -> [f64; 2] {
    let sums = states.fold([0, 0, 0], |sum, state| {
        [
            sum[0] + state.chunks,
            sum[1] + state.body,
            sum[2] + state.heading,
        ]
    });
    let mean = |words: i64| (words as f64 / sums[0].max(1) as f64).max(f64::MIN_POSITIVE);
    [mean(sums[1]), mean(sums[2])]
}

/// The chunks of the bases with the text's words, best first.
pub(super) async fn search(
    server: &Server,
    states: &[State],
    text: &str,
    query: &IndexQuery,
) -> Result<Vec<IndexHit>> {
    let asked = asked(server, states, text).await?;
    if asked.words.is_empty() {
        return Ok(Vec::new());
    }
    let (times, more) = CANDIDATES;
    let vector = asked.vector();
    let searches = states.iter().map(|state| {
        let mut must = vec![json!({ "key": "base", "match": { "value": state.base } })];
        must.extend(query.filter.as_ref().map(filter::condition));
        json!({
            "query": vector, "using": "words", "limit": limit(query) * times + more,
            "filter": { "must": must, "must_not": visible(state.version) },
            "with_payload": ["chunk", "document", "counted"],
        })
    });
    let lists = server.search(&server.words(), searches.collect()).await?;
    let mut hits = Vec::new();
    for (state, list) in states.iter().zip(lists) {
        for point in list {
            let payload = &point["payload"];
            let hit = IndexHit {
                base: state.base,
                chunk: super::text(payload, "chunk")?.parse()?,
                document: super::text(payload, "document")?.parse()?,
                score: asked.score(&Counted::unpack(&payload["counted"])?),
                vector: None,
            };
            hits.push(hit);
        }
    }
    hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.chunk.cmp(&b.chunk)));
    hits.truncate(limit(query));
    Ok(hits)
}

async fn asked(server: &Server, states: &[State], text: &str) -> Result<Asked> {
    let words = words::of_query(text, &languages(states));
    let words = &words[..words.len().min(MOST_WORDS)];
    let form = |form: &String| [0, 1].map(|field| dimension(field, form));
    let forms: Vec<u32> = words.iter().flatten().flat_map(form).collect();
    let counts = terms::counts(server, states, &forms).await?;
    let all: i64 = states.iter().map(|state| state.chunks).sum();
    let words = words.iter().map(|forms| {
        [0, 1].map(|field| {
            let known = forms.iter().filter_map(|form| {
                let form = dimension(field, form);
                let count = *counts.get(&form).filter(|count| **count > 0)?;
                Some((form, rareness(all, count)))
            });
            known.collect::<Vec<_>>()
        })
    });
    Ok(Asked {
        words: words
            .filter(|word| word.iter().any(|f| !f.is_empty()))
            .collect(),
        means: means(states.iter()),
    })
}

/// How rare a word is that `count` of all chunks have.
fn rareness(all: i64, count: i64) -> f64 {
    (1.0 + ((all - count).max(0) as f64 + 0.5) / (count as f64 + 0.5)).ln()
}

/// The commonest languages of what is searched.
fn languages(states: &[State]) -> Vec<Language> {
    let mut all: HashMap<&str, i64> = HashMap::new();
    for (language, chunks) in states.iter().flat_map(|state| &state.languages) {
        *all.entry(language).or_default() += chunks;
    }
    let mut all: Vec<(&str, i64)> = all.into_iter().filter(|(_, chunks)| *chunks > 0).collect();
    all.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    all.truncate(MOST_LANGUAGES);
    let languages = all.into_iter().map(|(code, _)| Language::of_code(code));
    languages.collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn counted_words_are_read_again() {
        let chunk = IndexChunk {
            id: headwater_model::id::ChunkId::new(headwater_model::Timestamp::from_millis(0), 1),
            text: "oil, more oil and a pump".to_owned(),
            heading: Some("Oil".to_owned()),
            document_name: "pumps.md".to_owned(),
            fields: Vec::new(),
            vectors: Vec::new(),
        };
        let counted = Counted::of(&chunk, Language::of_code("en"));
        assert_eq!(counted.words[0][&dimension(0, "oil")], 2);
        assert_eq!(counted.words[1][&dimension(1, "oil")], 1);
        assert_eq!(Counted::unpack(&counted.pack()).unwrap(), counted);
        let weights = counted.weights([6.0, 3.0]);
        assert_eq!(
            weights["indices"].as_array().unwrap().len(),
            counted.words().count()
        );
    }
}
