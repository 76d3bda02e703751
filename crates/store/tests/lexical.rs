//! What every passage index promises, tried on the one we have.

#![allow(clippy::unwrap_used)]

use headwater_model::Timestamp;
use headwater_model::id::{ChunkId, DocumentId, KnowledgeBaseId};
use headwater_model::ports::passage_index::DocumentChange;
use headwater_model::ports::{IndexChunk, IndexQuery, PassageIndex};
use headwater_store::lexical::LexicalIndex;

const AT: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn base() -> KnowledgeBaseId {
    KnowledgeBaseId::new(AT, 7 << 64)
}

fn document(n: u128) -> DocumentId {
    DocumentId::new(AT, n << 64)
}

fn change(n: u128, texts: &[&str]) -> DocumentChange {
    let chunks = texts.iter().enumerate().map(|(i, text)| IndexChunk {
        id: ChunkId::new(AT, (n * 100 + i as u128) << 64),
        text: (*text).to_owned(),
        heading: None,
        document_name: format!("file-{n}.md"),
    });
    DocumentChange {
        document: document(n),
        chunks: chunks.collect(),
    }
}

async fn find(index: &LexicalIndex, text: &str) -> Vec<DocumentId> {
    let query = IndexQuery {
        text: text.to_owned(),
        limit: 10,
    };
    let hits = index.search(base(), query).await.unwrap();
    assert!(hits.windows(2).all(|pair| pair[0].score >= pair[1].score));
    hits.into_iter().map(|hit| hit.document).collect()
}

#[tokio::test]
async fn an_index_that_does_not_exist_has_version_0_and_finds_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let index = LexicalIndex::new(dir.path().join("index"));
    assert_eq!(index.version(base()).await.unwrap(), 0);
    assert!(find(&index, "anything").await.is_empty());
    index.remove(base()).await.unwrap();
}

#[tokio::test]
async fn what_was_applied_is_found_replaced_and_gone() {
    let dir = tempfile::tempdir().unwrap();
    let index = LexicalIndex::new(dir.path().to_owned());
    let changes = vec![
        change(1, &["Pumps need grease.", "Filters need cleaning."]),
        change(2, &["東京都に住む猫"]),
    ];
    index.apply(base(), changes, 5).await.unwrap();
    assert_eq!(find(&index, "how do I grease a pump?").await, [document(1)]);
    assert_eq!(find(&index, "東京").await, [document(2)]);
    assert_eq!(find(&index, "猫").await, [document(2)]);
    index
        .apply(base(), vec![change(1, &["Valves only."])], 6)
        .await
        .unwrap();
    assert!(find(&index, "grease").await.is_empty());
    assert_eq!(find(&index, "valve").await, [document(1)]);
    index.apply(base(), vec![change(1, &[])], 7).await.unwrap();
    assert!(find(&index, "valve").await.is_empty());
    assert_eq!(index.version(base()).await.unwrap(), 7);
}

#[tokio::test]
async fn any_text_is_a_valid_query() {
    let dir = tempfile::tempdir().unwrap();
    let index = LexicalIndex::new(dir.path().to_owned());
    index
        .apply(base(), vec![change(1, &["body text"])], 1)
        .await
        .unwrap();
    for text in [
        "",
        "\"",
        "body:(",
        "a AND OR NOT",
        "+-*/~^",
        "\0\u{1}",
        "[1 TO 2}",
        "🦀",
    ] {
        find(&index, text).await;
    }
    find(&index, &"word ".repeat(50_000)).await;
    assert_eq!(find(&index, "body:\"text").await, [document(1)]);
}

#[tokio::test]
async fn an_index_reopened_without_closing_still_has_what_was_applied() {
    let dir = tempfile::tempdir().unwrap();
    for version in 1..4u64 {
        let index = LexicalIndex::new(dir.path().to_owned());
        assert_eq!(index.version(base()).await.unwrap(), version - 1);
        let text = format!("round{version} stays");
        let changes = vec![change(u128::from(version), &[&text])];
        index.apply(base(), changes, version).await.unwrap();
    }
    let index = LexicalIndex::new(dir.path().to_owned());
    assert_eq!(find(&index, "stays").await.len(), 3);
}

#[tokio::test]
async fn a_damaged_index_is_wiped_and_begins_at_version_0() {
    let dir = tempfile::tempdir().unwrap();
    let first = LexicalIndex::new(dir.path().to_owned());
    first
        .apply(base(), vec![change(1, &["text"])], 3)
        .await
        .unwrap();
    drop(first);
    let files = dir.path().join(base().to_string());
    for file in std::fs::read_dir(&files).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|end| end != "json") {
            std::fs::write(path, b"rubbish").unwrap();
        }
    }
    let index = LexicalIndex::new(dir.path().to_owned());
    assert_eq!(index.version(base()).await.unwrap(), 0);
    index
        .apply(base(), vec![change(1, &["text"])], 4)
        .await
        .unwrap();
    assert_eq!(find(&index, "text").await, [document(1)]);
    drop(index);
    std::fs::write(files.join("meta.json"), b"{").unwrap();
    let index = LexicalIndex::new(dir.path().to_owned());
    assert_eq!(index.version(base()).await.unwrap(), 0);
}
