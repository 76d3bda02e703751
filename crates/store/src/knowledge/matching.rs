//! Which stored chunk is which of those that a document was cut into.

use std::collections::{HashMap, HashSet, VecDeque};

use headwater_model::id::ChunkId;
use headwater_model::knowledge::ChunkDraft;
use headwater_model::{Result, Timestamp};
use sha2::{Digest as _, Sha256};

use super::chunks::{Row, storable};

/// The chunk that each draft is: one with the same heading and text, whatever people made of it; else
/// a new one, whose id says what it holds. Also the places of those that are new.
pub(super) fn matched(
    rows: &[Row],
    drafts: &[ChunkDraft],
    document: &str,
    created: Timestamp,
) -> Result<(Vec<ChunkId>, Vec<usize>)> {
    let mut known: HashMap<(String, String), VecDeque<&str>> = HashMap::new();
    let mut taken: HashSet<ChunkId> = HashSet::new();
    for state in ["live", "left", "staged"] {
        for row in rows
            .iter()
            .filter(|row| row.state == state && row.added == 0)
        {
            let source = row.source_text.as_deref().unwrap_or(&row.text);
            let key = (row.heading.clone().unwrap_or_default(), source.to_owned());
            known.entry(key).or_default().push_back(&row.id);
        }
    }
    for row in rows {
        taken.insert(row.id.parse()?);
    }
    let (mut ids, mut new) = (Vec::with_capacity(drafts.len()), Vec::new());
    // How often a text was made already: a document may repeat one ten thousand times.
    let mut made: HashMap<(String, String), u32> = HashMap::new();
    for (at, draft) in drafts.iter().enumerate() {
        let heading = storable(draft.heading.as_deref().unwrap_or_default());
        let text = storable(&draft.text);
        let key = (heading, text);
        if let Some(id) = known.get_mut(&key).and_then(VecDeque::pop_front) {
            ids.push(id.parse()?);
            continue;
        }
        let nth = made.entry(key.clone()).or_default();
        let id = loop {
            let id = ChunkId::new(created, named(document, &key.0, &key.1, *nth));
            *nth += 1;
            if taken.insert(id) {
                break id;
            }
        };
        ids.push(id);
        new.push(at);
    }
    Ok((ids, new))
}

/// The same for the same text in the same document, so that what comes back is what it was.
fn named(document: &str, heading: &str, text: &str, nth: u32) -> u128 {
    let mut hash = Sha256::new();
    for part in [document, heading, text] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.update(nth.to_le_bytes());
    let hash = hash.finalize();
    hash.iter()
        .take(16)
        .fold(0, |bits, byte| bits << 8 | u128::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named_by(texts: &[&str]) -> Vec<ChunkId> {
        let draft = |text: &&str| ChunkDraft {
            text: (*text).to_owned(),
            ..ChunkDraft::default()
        };
        let drafts: Vec<ChunkDraft> = texts.iter().map(draft).collect();
        let created = Timestamp::from_millis(1_767_268_800_000);
        matched(&[], &drafts, "doc_1", created).unwrap().0
    }

    #[test]
    fn a_text_that_comes_again_and_again_is_named_each_time() {
        let many = named_by(&["Yes."; 50_000]);
        assert_eq!(many.iter().collect::<HashSet<_>>().len(), many.len());
        // The same whatever stands between them.
        let few = named_by(&["Yes.", "No.", "Yes.", "Yes."]);
        assert_eq!([few[0], few[2], few[3]], many[..3]);
    }
}
