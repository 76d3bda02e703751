//! The indexes: what every passage index promises, and what is true of one kind.

#![allow(clippy::unwrap_used)]

mod alike;
mod contract;
mod languages;
mod pgvector;
mod qdrant;
mod support;
mod vectors;

use headwater_model::ports::PassageIndex as _;
use headwater_store::index::EmbeddedIndex;
use support::*;

#[tokio::test]
async fn the_embedded_index_keeps_the_promises_of_every_index() {
    let mut dirs = Vec::new();
    contract::holds(|| {
        let dir = tempfile::tempdir().unwrap();
        let index = EmbeddedIndex::new(dir.path().join("index"));
        dirs.push(dir);
        index
    })
    .await;
}

#[tokio::test]
async fn an_index_reopened_without_closing_still_has_what_was_applied() {
    let dir = tempfile::tempdir().unwrap();
    for version in 1..4u64 {
        let index = EmbeddedIndex::new(dir.path().to_owned());
        assert_eq!(index.version(base()).await.unwrap(), version - 1);
        let text = format!("round{version} stays");
        let chunk = with_vector(chunk(&text), SPACE, &[1.0, version as f32]);
        apply(&index, version, vec![of(u128::from(version), vec![chunk])]).await;
    }
    let index = EmbeddedIndex::new(dir.path().to_owned());
    assert_eq!(find(&index, "stays").await.len(), 3);
    let closest = closest(&index, &[1.0, 0.0]).await;
    assert_eq!(closest, [document(1), document(2), document(3)]);
}

#[tokio::test]
async fn a_damaged_index_is_wiped_and_begins_at_version_0() {
    for damaged in [".part", "/meta.json"] {
        let dir = tempfile::tempdir().unwrap();
        let first = EmbeddedIndex::new(dir.path().to_owned());
        let text = || of(1, vec![with_vector(chunk("text"), SPACE, &[1.0, 0.0])]);
        apply(&first, 3, vec![text()]).await;
        drop(first);
        let files = dir.path().join(base().to_string());
        let mut hurt = 0;
        for file in std::fs::read_dir(&files).unwrap() {
            let path = file.unwrap().path();
            if path.to_string_lossy().ends_with(damaged) {
                // As long as it was, and one byte another.
                let mut bytes = std::fs::read(&path).unwrap();
                let at = if damaged == ".part" {
                    bytes.len() - 3
                } else {
                    0
                };
                bytes[at] ^= 0x55;
                std::fs::write(path, bytes).unwrap();
                hurt += 1;
            }
        }
        assert_eq!(hurt, 1, "{damaged}");
        let index = EmbeddedIndex::new(dir.path().to_owned());
        assert_eq!(index.version(base()).await.unwrap(), 0, "{damaged}");
        apply(&index, 4, vec![text()]).await;
        assert_eq!(find(&index, "text").await, [document(1)]);
        assert_eq!(closest(&index, &[1.0, 0.0]).await, [document(1)]);
    }
}

#[tokio::test]
async fn an_index_whose_files_are_rubbish_begins_again() {
    let dir = tempfile::tempdir().unwrap();
    let first = EmbeddedIndex::new(dir.path().to_owned());
    apply(&first, 3, vec![change(1, &["text"])]).await;
    drop(first);
    let files = dir.path().join(base().to_string());
    for file in std::fs::read_dir(&files).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|end| end != "json") {
            std::fs::write(path, b"rubbish").unwrap();
        }
    }
    let index = EmbeddedIndex::new(dir.path().to_owned());
    assert_eq!(index.version(base()).await.unwrap(), 0);
    apply(&index, 4, vec![change(1, &["text"])]).await;
    assert_eq!(find(&index, "text").await, [document(1)]);
}
