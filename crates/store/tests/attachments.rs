//! Attachments: how long what no question took is kept, and who may take what.

#![allow(clippy::unwrap_used, reason = "tests may take short cuts")]

mod support;

use std::sync::atomic::Ordering;

use headwater_model::Code;
use headwater_model::conversation::attachment::{Attachment, AttachmentKind};
use headwater_model::id::DocumentId;
use headwater_store::Store;
use headwater_store::attachments::NewAttachment;

use support::house;

const HOUR: i64 = 3_600_000;

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
