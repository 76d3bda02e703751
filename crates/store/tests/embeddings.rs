//! Kept vectors: whose they are, of what, and how many.

#![allow(clippy::unwrap_used, reason = "tests may take short cuts")]

mod support;

use std::sync::atomic::Ordering;

use headwater_model::id::WorkspaceId;
use headwater_model::ports::Purpose;
use headwater_store::embeddings::EmbeddedBy;

use support::house;

const HOUR: i64 = 60 * 60 * 1000;

fn by(model: &str, purpose: Purpose) -> EmbeddedBy {
    EmbeddedBy {
        model: model.to_owned(),
        purpose,
    }
}

fn hash(number: u16) -> [u8; 32] {
    let mut hash = [0; 32];
    hash[..2].copy_from_slice(&number.to_be_bytes());
    hash
}

#[tokio::test]
async fn vectors_are_found_by_all_that_they_depend_on() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _, workspace) = house(&dir).await;
    let vectors = store.embeddings(workspace);
    let own = by("m", Purpose::Passage);
    // More than one statement asks for, or inserts.
    let all: Vec<_> = (0..1000)
        .map(|n| (hash(n), vec![f32::from(n), -0.5]))
        .collect();
    vectors.keep(&own, all, None).await.unwrap();
    // Those that are there stay as they are.
    vectors
        .keep(&own, vec![(hash(7), vec![9.0, 9.0])], None)
        .await
        .unwrap();
    let asked: Vec<_> = (500..1500).map(hash).chain([hash(7)]).collect();
    let found = vectors.find(&own, &asked).await.unwrap();
    assert_eq!(found.len(), 501);
    assert_eq!(found[&hash(999)], [999.0, -0.5]);
    assert_eq!(found[&hash(7)], [7.0, -0.5]);
    for other in [by("m", Purpose::Query), by("n", Purpose::Passage)] {
        assert!(vectors.find(&other, &asked).await.unwrap().is_empty());
    }
    let stranger = store.fresh(WorkspaceId::new);
    let found = store.embeddings(stranger).find(&own, &asked).await;
    assert!(found.unwrap().is_empty());
}

#[tokio::test]
async fn those_used_longest_ago_make_room() {
    let dir = tempfile::tempdir().unwrap();
    let (store, clock, workspace) = house(&dir).await;
    let vectors = store.embeddings(workspace);
    let own = by("m", Purpose::Passage);
    let keep = async |number, most| {
        clock.0.fetch_add(2 * HOUR, Ordering::SeqCst);
        let new = vec![(hash(number), vec![0.0; 1000])];
        vectors.keep(&own, new, most).await.unwrap();
    };
    for number in 0..10 {
        keep(number, None).await;
    }
    // The oldest is used again, so it is not the oldest any more.
    clock.0.fetch_add(HOUR, Ordering::SeqCst);
    assert_eq!(vectors.find(&own, &[hash(0)]).await.unwrap().len(), 1);
    keep(10, Some(20_000)).await;
    let all: Vec<_> = (0..11).map(hash).collect();
    let found = vectors.find(&own, &all).await.unwrap();
    let mut left: Vec<u16> = (0..11).filter(|n| found.contains_key(&hash(*n))).collect();
    left.sort_unstable();
    assert_eq!(left, [0, 8, 9, 10], "18,000 bytes of 4,160 each");
}
