//! Kept results: whose they are, how long, and how many.

#![allow(clippy::unwrap_used, reason = "tests may take short cuts")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use headwater_model::id::{UserId, WorkspaceId};
use headwater_model::identity::{User, Workspace};
use headwater_model::{Clock, Timestamp};
use headwater_store::result_cache::CacheBounds;
use headwater_store::users::UserRecord;
use headwater_store::{Store, StoreConfig};

/// Stands still until it is set.
struct Set(AtomicI64);

impl Clock for Set {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

async fn house(dir: &tempfile::TempDir) -> (Store, Arc<Set>, WorkspaceId) {
    let config = StoreConfig {
        data_dir: dir.path().join("data"),
        url: None,
        max_connections: 2,
        secret_key: None,
        bucket: None,
    };
    let clock = Arc::new(Set(AtomicI64::new(1_767_268_800_000)));
    let store = Store::open(&config, clock.clone()).await.unwrap();
    let (created_at, id) = (store.now(), store.fresh(WorkspaceId::new));
    let user = User {
        id: store.fresh(UserId::new),
        email: "a@example.com".into(),
        name: "A".into(),
        created_at,
    };
    let workspace = Workspace {
        id,
        name: "W".into(),
        created_at,
    };
    let owner = UserRecord {
        user,
        password_hash: "x".into(),
    };
    store.workspaces().set_up(workspace, owner).await.unwrap();
    (store, clock, id)
}

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
