//! Kept results: whose they are, how long, and how many.

#![allow(clippy::unwrap_used, reason = "tests may take short cuts")]

mod support;

use std::sync::atomic::Ordering;

use headwater_model::id::WorkspaceId;
use headwater_store::Store;
use headwater_store::result_cache::CacheBounds;

use support::house;

async fn value(store: &Store, workspace: WorkspaceId, key: &str) -> Option<String> {
    let entry = store.result_cache(workspace).get(key).await.unwrap();
    entry.map(|entry| entry.value)
}

#[tokio::test]
async fn a_result_is_its_workspaces_own_and_ends_on_time() {
    let dir = tempfile::tempdir().unwrap();
    let (store, clock, workspace) = house(&dir).await;
    let cache = store.result_cache(workspace);
    cache.put("k", "1".into(), 1000, None).await.unwrap();
    assert_eq!(value(&store, workspace, "k").await.as_deref(), Some("1"));
    let stranger = store.fresh(WorkspaceId::new);
    assert_eq!(value(&store, stranger, "k").await, None);
    clock.0.fetch_add(999, Ordering::SeqCst);
    assert_eq!(value(&store, workspace, "k").await.as_deref(), Some("1"));
    clock.0.fetch_add(1, Ordering::SeqCst);
    assert_eq!(value(&store, workspace, "k").await, None);
    cache.put("k", "2".into(), 1000, None).await.unwrap();
    assert_eq!(value(&store, workspace, "k").await.as_deref(), Some("2"));
    assert_eq!(cache.clear("t").await.unwrap(), 1);
    assert_eq!(value(&store, workspace, "k").await, None);
}

#[tokio::test]
async fn the_oldest_results_make_room() {
    let dir = tempfile::tempdir().unwrap();
    let (store, clock, workspace) = house(&dir).await;
    let cache = store.result_cache(workspace);
    for key in ["a", "b", "c"] {
        clock.0.fetch_add(1, Ordering::SeqCst);
        cache.put(key, "12345".into(), 1000, None).await.unwrap();
    }
    clock.0.fetch_add(1, Ordering::SeqCst);
    let bounds = |entries, bytes| Some(CacheBounds { entries, bytes });
    cache
        .put("d", "12345".into(), 1000, bounds(3, 1000))
        .await
        .unwrap();
    assert_eq!(value(&store, workspace, "a").await, None);
    assert!(value(&store, workspace, "b").await.is_some());
    clock.0.fetch_add(1, Ordering::SeqCst);
    cache
        .put("e", "12345".into(), 1000, bounds(10, 10))
        .await
        .unwrap();
    for (key, there) in [("b", false), ("c", false), ("d", true), ("e", true)] {
        assert_eq!(
            value(&store, workspace, key).await.is_some(),
            there,
            "{key}"
        );
    }
}
