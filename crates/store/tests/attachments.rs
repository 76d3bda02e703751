//! Attachments: how long what no question took is kept, and who may take what.

#![allow(clippy::unwrap_used, reason = "tests may take short cuts")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use headwater_model::conversation::attachment::{Attachment, AttachmentKind};
use headwater_model::id::{DocumentId, UserId, WorkspaceId};
use headwater_model::identity::{User, Workspace};
use headwater_model::{Clock, Code, Timestamp};
use headwater_store::attachments::NewAttachment;
use headwater_store::users::UserRecord;
use headwater_store::{Store, StoreConfig};

const HOUR: i64 = 3_600_000;

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

fn new(store: &Store, name: &str) -> NewAttachment {
    NewAttachment {
        about: Attachment {
            id: None,
            name: name.into(),
            kind: AttachmentKind::Document,
            media_type: "text/plain".into(),
            bytes: 3,
            width: None,
            height: None,
            characters: Some(3),
            pages: None,
        },
        object: store.fresh(DocumentId::new),
        text: Some("Hi.".into()),
    }
}

#[tokio::test]
async fn what_no_question_took_is_forgotten_after_a_day() {
    let dir = tempfile::tempdir().unwrap();
    let (store, clock, workspace) = house(&dir).await;
    let mine = store.attachments(workspace, "me");
    let old = new(&store, "old.txt");
    let object = old.object;
    let old = mine.create(old).await.unwrap().id.unwrap();
    clock.0.fetch_add(23 * HOUR, Ordering::SeqCst);
    let young = mine.create(new(&store, "young.txt")).await.unwrap();
    assert_eq!(store.forget_attachments().await.unwrap(), []);
    clock.0.fetch_add(2 * HOUR, Ordering::SeqCst);
    assert_eq!(
        store.forget_attachments().await.unwrap(),
        [(workspace, object)]
    );
    let gone = mine.get(old).await.unwrap_err();
    assert_eq!(gone.code, Code::NotFound);
    assert_eq!(mine.get(young.id.unwrap()).await.unwrap().0, young);
    assert_eq!(store.attachment_objects().await.unwrap().len(), 1);
}

#[tokio::test]
async fn so_many_wait_for_a_question_and_no_more() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _, workspace) = house(&dir).await;
    let mine = store.attachments(workspace, "me");
    for _ in 0..100 {
        mine.create(new(&store, "a.txt")).await.unwrap();
    }
    let refused = mine.create(new(&store, "a.txt")).await.unwrap_err();
    assert_eq!(refused.code, Code::QuotaExceeded);
    let others = store.attachments(workspace, "somebody");
    let theirs = others.create(new(&store, "a.txt")).await.unwrap();
    let stranger = mine.get(theirs.id.unwrap()).await.unwrap_err();
    assert_eq!(stranger.code, Code::NotFound);
}
