//! Many vectors: nearly exact, whatever was added, merged and deleted.

use std::collections::HashSet;
use std::hash::Hash;

use headwater_model::id::{ChunkId, DocumentId};
use headwater_model::knowledge::filter::{FieldValue, Filter, In};
use headwater_model::ports::{DocumentChange, IndexQuery, PassageIndex as _};
use headwater_store::index::EmbeddedIndex;

use super::support::*;

const DIMS: usize = 32;
/// Fewer for the many: tests are not optimised.
const WIDE: usize = 16;

fn files(dir: &std::path::Path) -> usize {
    let files = std::fs::read_dir(dir.join(base().to_string())).unwrap();
    let names = files.map(|file| file.unwrap().file_name().to_string_lossy().into_owned());
    names.filter(|name| name.ends_with(".part")).count()
}

fn exact<I: Copy + Eq + Hash>(all: &[(I, Vec<f32>)], query: &[f32]) -> HashSet<I> {
    let mut scored: Vec<(f32, I)> = all
        .iter()
        .map(|(id, values)| (values.iter().zip(query).map(|(a, b)| a * b).sum(), *id))
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored.into_iter().take(10).map(|(_, id)| id).collect()
}

#[tokio::test]
async fn many_small_changes_leave_few_files_and_every_living_vector() {
    let dir = tempfile::tempdir().unwrap();
    let index = EmbeddedIndex::new(dir.path().to_owned());
    let mut numbers = Numbers::new(1);
    let centres = numbers.centres(5, DIMS);
    let mut all: Vec<(DocumentId, Vec<f32>)> = Vec::new();
    for version in 1..=20_u64 {
        let n = u128::from(version);
        let values = numbers.around(&centres, 0.5);
        all.push((document(n), values.clone()));
        let mut changes = vec![of(n, vec![with_vector(chunk("text"), SPACE, &values)])];
        if version % 3 == 0 {
            // The one before goes again.
            changes.push(change(n - 1, &[]));
            all.retain(|(id, _)| *id != document(n - 1));
        }
        apply(&index, version, changes).await;
    }
    assert!(files(dir.path()) < 10, "{}", files(dir.path()));
    let query = numbers.around(&centres, 0.5);
    let found: HashSet<_> = closest(&index, &query).await.into_iter().collect();
    assert_eq!(found, exact(&all, &query));
}

/// More rows than are looked at one by one: neighbourhoods, filters and deletions on top of them.
#[tokio::test]
async fn neighbourhoods_lose_next_to_nothing() {
    // 105 documents of 100 chunks.
    const DOCUMENTS: u128 = 105;
    let dir = tempfile::tempdir().unwrap();
    let index = EmbeddedIndex::new(dir.path().to_owned());
    let mut numbers = Numbers::new(2);
    let centres = numbers.centres(100, WIDE);
    let mut all: Vec<(ChunkId, Vec<f32>)> = Vec::new();
    let mut changes: Vec<DocumentChange> = Vec::new();
    for n in 0..DOCUMENTS {
        let chunk = |i: usize| {
            let values = numbers.around(&centres, 0.6);
            let chunk = with_field(chunk("x"), "n", FieldValue::Number(i as f64));
            with_vector(chunk, SPACE, &values)
        };
        let document = of(n, (0..100).map(chunk).collect());
        let rows = document.chunks.iter();
        all.extend(rows.map(|row| (row.id, row.vectors[0].values.clone())));
        changes.push(document);
    }
    apply(&index, 1, changes).await;
    assert_eq!(files(dir.path()), 1);
    recall(&index, &all, None, &mut numbers, &centres).await;
    let one = Filter::In(In {
        field: "n".to_owned(),
        values: vec![FieldValue::Number(7.0)],
    });
    let of_one: Vec<_> = all.iter().skip(7).step_by(100).cloned().collect();
    recall(&index, &of_one, Some(one), &mut numbers, &centres).await;
    // A tenth goes.
    let gone = (0..DOCUMENTS).step_by(10).map(|n| change(n, &[])).collect();
    apply(&index, 2, gone).await;
    let kept = |(at, row): (usize, &(ChunkId, Vec<f32>))| (at / 100 % 10 != 0).then(|| row.clone());
    let left: Vec<_> = all.iter().enumerate().filter_map(kept).collect();
    recall(&index, &left, None, &mut numbers, &centres).await;
    // As do all files when nobody asks for their space any more.
    let mut none = batch(3, Vec::new());
    none.spaces.clear();
    index.apply(base(), none).await.unwrap();
    assert_eq!(files(dir.path()), 0);
}

async fn recall(
    index: &EmbeddedIndex,
    all: &[(ChunkId, Vec<f32>)],
    filter: Option<Filter>,
    numbers: &mut Numbers,
    centres: &[Vec<f32>],
) {
    let (mut found, mut wanted) = (0, 0);
    for _ in 0..8 {
        let values = numbers.around(centres, 0.6);
        let query = IndexQuery {
            filter: filter.clone(),
            ..near(SPACE, &values)
        };
        let hits = search(index, query).await.by_vector.remove(0);
        let exact = exact(all, &values);
        wanted += exact.len();
        found += hits.iter().filter(|hit| exact.contains(&hit.chunk)).count();
    }
    let recall = f64::from(found as u32) / wanted as f64;
    assert!(recall >= 0.97, "{recall}");
}
