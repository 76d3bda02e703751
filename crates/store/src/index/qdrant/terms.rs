//! In how many chunks each word is: a point for each, with the number now and the one before, so that
//! it is committed with everything else.

use std::collections::{BTreeMap, HashMap};

use headwater_model::id::KnowledgeBaseId;
use headwater_model::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::server::{Server, id};
use super::state::State;

/// In how many chunks of a knowledge base a word is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Term {
    word: u32,
    /// From this version on …
    since: u64,
    /// … in so many.
    chunks: i64,
    /// And from this one on until then …
    before: u64,
    /// … in so many.
    were: i64,
}

const FIELDS: &[&str] = &["word", "since", "chunks", "before", "were"];

impl Term {
    /// The number in a version.
    fn at(&self, version: u64) -> i64 {
        if self.since <= version {
            self.chunks
        } else if self.before <= version {
            self.were
        } else {
            0
        }
    }

    fn point(&self, base: &str) -> Result<(String, Value)> {
        let mut payload = serde_json::to_value(self).map_err(Error::internal)?;
        payload["kind"] = json!("word");
        payload["base"] = json!(base);
        Ok((place(base, self.word), payload))
    }
}

fn place(base: &str, word: u32) -> String {
    id(&[base, "word", &word.to_string()])
}

/// How many chunks of all bases have each of the words.
pub(super) async fn counts(
    server: &Server,
    states: &[State],
    words: &[u32],
) -> Result<HashMap<u32, i64>> {
    let mut sums: HashMap<u32, i64> = HashMap::new();
    for state in states {
        for term in read(server, state.base, words.iter().copied()).await? {
            *sums.entry(term.word).or_default() += term.at(state.version);
        }
    }
    Ok(sums)
}

/// Writes what the next version will count; what was counted before stays readable.
/// Returns the points of words that no chunk will have.
pub(super) async fn change(
    server: &Server,
    before: &State,
    version: u64,
    by: &BTreeMap<u32, i64>,
) -> Result<Vec<String>> {
    let changed = || by.iter().filter(|(_, by)| **by != 0);
    let known = read(server, before.base, changed().map(|(word, _)| *word)).await?;
    let known: HashMap<u32, Term> = known.into_iter().map(|term| (term.word, term)).collect();
    let base = before.base.to_string();
    let (mut points, mut unused) = (Vec::new(), Vec::new());
    for (word, by) in changed() {
        let were = known.get(word).map_or(0, |term| term.at(before.version));
        let term = Term {
            word: *word,
            since: version,
            chunks: (were + by).max(0),
            before: before.version,
            were,
        };
        let point = term.point(&base)?;
        if term.chunks == 0 {
            unused.push(point.0.clone());
        }
        points.push(point);
    }
    server.put_payloads(&server.words(), points).await?;
    Ok(unused)
}

/// Takes back what was written for a version that was never committed.
pub(super) async fn restore(server: &Server, state: &State) -> Result<()> {
    let base = state.base.to_string();
    let newer = json!({ "must": [
        { "key": "base", "match": { "value": base } },
        { "key": "since", "range": { "gt": state.version } },
    ] });
    let mut points = Vec::new();
    for payload in server.scroll(&server.words(), newer, FIELDS).await? {
        let term: Term = serde_json::from_value(payload).map_err(Error::internal)?;
        let were = term.at(state.version);
        let term = Term {
            since: state.version,
            chunks: were,
            before: state.version,
            were,
            ..term
        };
        points.push(term.point(&base)?);
    }
    server.put_payloads(&server.words(), points).await
}

async fn read(
    server: &Server,
    base: KnowledgeBaseId,
    words: impl Iterator<Item = u32>,
) -> Result<Vec<Term>> {
    let base = base.to_string();
    let ids: Vec<String> = words.map(|word| place(&base, word)).collect();
    let found = server.get(&server.words(), &ids, FIELDS).await?;
    let terms: std::result::Result<_, _> = found.into_iter().map(serde_json::from_value).collect();
    terms.map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_counted_as_it_was_until_the_version_is_committed() {
        let term = Term {
            word: 7,
            since: 9,
            chunks: 3,
            before: 5,
            were: 2,
        };
        assert_eq!([4, 5, 8, 9, 20].map(|v| term.at(v)), [0, 2, 2, 3, 3]);
    }
}
