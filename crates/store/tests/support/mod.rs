//! A store on a data directory of its own, with a clock that stands still.

#![allow(clippy::unwrap_used, reason = "tests may take short cuts")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use headwater_model::id::{UserId, WorkspaceId};
use headwater_model::identity::{User, Workspace};
use headwater_model::{Clock, Timestamp};
use headwater_store::users::UserRecord;
use headwater_store::{Store, StoreConfig};

/// Stands still until it is set.
pub struct Set(pub AtomicI64);

impl Clock for Set {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// An open store with a clock of its own, and its workspace.
pub async fn house(dir: &tempfile::TempDir) -> (Store, Arc<Set>, WorkspaceId) {
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
