//! How new chunks take over from old ones, and what stays of what people changed.

#![allow(clippy::unwrap_used, reason = "tests may take short cuts")]

use std::sync::Arc;

use headwater_model::id::{DocumentId, KnowledgeBaseId, UserId, WorkspaceId};
use headwater_model::identity::{User, Workspace};
use headwater_model::knowledge::chunking::ChunkingSettings;
use headwater_model::knowledge::{ChunkDraft, Cut, DocumentChunk, DocumentStatus, Section};
use headwater_model::page::PageRequest;
use headwater_model::{Clock, Code, Result, Timestamp};
use headwater_store::knowledge::{
    ChunkChanges, ChunkFilter, Holder, JobOutcome, KnowledgeBaseChanges, NewDocument,
    NewKnowledgeBase, NewText, Quota,
};
use headwater_store::queue::Lane;
use headwater_store::users::UserRecord;
use headwater_store::{Store, StoreConfig};

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_767_268_800_000)
    }
}

/// A document that a worker has in hand.
struct Shelf {
    store: Store,
    workspace: WorkspaceId,
    base: KnowledgeBaseId,
    document: DocumentId,
    holder: Holder,
}

async fn shelf(dir: &tempfile::TempDir) -> Shelf {
    let config = StoreConfig {
        data_dir: dir.path().join("data"),
        url: None,
        max_connections: 2,
        secret_key: None,
        bucket: None,
    };
    let store = Store::open(&config, Arc::new(Noon)).await.unwrap();
    let (created_at, workspace) = (store.now(), store.fresh(WorkspaceId::new));
    let user = User {
        id: store.fresh(UserId::new),
        email: "a@example.com".into(),
        name: "A".into(),
        created_at,
    };
    let owner = UserRecord {
        user,
        password_hash: "x".into(),
    };
    let row = Workspace {
        id: workspace,
        name: "W".into(),
        created_at,
    };
    store.workspaces().set_up(row, owner).await.unwrap();
    let new = NewKnowledgeBase {
        name: "Notes".into(),
        ..NewKnowledgeBase::default()
    };
    let knowledge = store.knowledge(workspace);
    let base = knowledge.create(new, "notes", "me").await.unwrap().id;
    let document = store.fresh(DocumentId::new);
    let new = NewDocument {
        id: document,
        name: "a.md".into(),
        media_type: "text/markdown".into(),
        bytes: 9,
    };
    let quota = Quota {
        queued: 9,
        ..Quota::default()
    };
    knowledge
        .add_documents(base, vec![new], quota, "me")
        .await
        .unwrap();
    let holder = claim(&store).await;
    Shelf {
        store,
        workspace,
        base,
        document,
        holder,
    }
}

async fn claim(store: &Store) -> Holder {
    let job = store
        .queue()
        .claim("worker", Lane::Documents)
        .await
        .unwrap()
        .unwrap();
    Holder {
        job: job.id,
        owner: "worker".into(),
    }
}

fn cut(texts: &[&str]) -> Cut {
    let chunks = texts.iter().map(|text| ChunkDraft {
        text: (*text).to_owned(),
        tokens: 1,
        section: Some(0),
        ..ChunkDraft::default()
    });
    Cut {
        chunks: chunks.collect(),
        sections: vec![Section {
            text: texts.join(" "),
            answer: false,
        }],
    }
}

impl Shelf {
    async fn ingest(&self, texts: &[&str], settings: ChunkingSettings) -> Result<bool> {
        let knowledge = self.store.knowledge(self.workspace);
        let staged = knowledge
            .stage_chunks(self.document, &self.holder, cut(texts), settings)
            .await?;
        knowledge
            .take_over(self.base, self.document, &self.holder, &staged)
            .await
    }

    async fn chunks(&self, lost: bool) -> Vec<DocumentChunk> {
        let filter = ChunkFilter { query: None, lost };
        let knowledge = self.store.knowledge(self.workspace);
        let first = PageRequest::default();
        let page = knowledge.chunks(self.document, &filter, &first);
        page.await.unwrap().items
    }

    async fn texts(&self) -> Vec<String> {
        let chunks = self.chunks(false).await;
        chunks.into_iter().map(|chunk| chunk.text).collect()
    }
}

fn usual() -> ChunkingSettings {
    ChunkingSettings::default()
}

#[tokio::test]
async fn chunks_answer_only_once_all_of_them_may() {
    let dir = tempfile::tempdir().unwrap();
    let shelf = shelf(&dir).await;
    let knowledge = shelf.store.knowledge(shelf.workspace);
    let (id, holder) = (shelf.document, &shelf.holder);
    let staged = knowledge.stage_chunks(id, holder, cut(&["a", "b"]), usual());
    let staged = staged.await.unwrap();
    assert!(shelf.chunks(false).await.is_empty());
    assert_eq!(knowledge.missing_vectors(id, "m").await.unwrap(), 2);
    // As after a crash.
    let again = knowledge.stage_chunks(id, holder, cut(&["a", "b"]), usual());
    again.await.unwrap();
    assert_eq!(knowledge.missing_vectors(id, "m").await.unwrap(), 2);
    assert!(
        knowledge
            .take_over(shelf.base, id, holder, &staged)
            .await
            .unwrap()
    );
    assert_eq!(shelf.texts().await, ["a", "b"]);
    let before = shelf.chunks(false).await;
    assert!(
        knowledge
            .take_over(shelf.base, id, holder, &staged)
            .await
            .unwrap()
    );
    assert_eq!(shelf.chunks(false).await, before);
    // An order of their own, and the same text twice.
    assert!(shelf.ingest(&["b", "c", "a", "b"], usual()).await.unwrap());
    let after = shelf.chunks(false).await;
    assert_eq!(shelf.texts().await, ["b", "c", "a", "b"]);
    assert_eq!((after[0].id, after[2].id), (before[1].id, before[0].id));
    assert_ne!(after[3].id, after[0].id);
    let given = knowledge.chunks_by_id(&[after[1].id]).await.unwrap();
    assert_eq!(given[0].chunk.text, "b c a b");
    assert!(shelf.ingest(&["a", "b"], usual()).await.unwrap());
    assert!(shelf.ingest(&["b", "c", "a", "b"], usual()).await.unwrap());
    assert_eq!(
        shelf.chunks(false).await,
        after,
        "what comes back is what it was"
    );
}

#[tokio::test]
async fn a_worker_that_lost_its_job_or_the_settings_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let shelf = shelf(&dir).await;
    let knowledge = shelf.store.knowledge(shelf.workspace);
    assert!(shelf.ingest(&["a"], usual()).await.unwrap());
    let other = ChunkingSettings {
        size: 99,
        ..usual()
    };
    let changes = KnowledgeBaseChanges {
        chunking: Some(other.clone()),
        ..KnowledgeBaseChanges::default()
    };
    knowledge.update(shelf.base, changes, "me").await.unwrap();
    assert!(!shelf.ingest(&["b"], usual()).await.unwrap());
    assert_eq!(shelf.texts().await, ["a"]);
    knowledge
        .cancel_document(shelf.document, "me")
        .await
        .unwrap();
    for late in [
        shelf.ingest(&["b"], other).await.map(drop),
        knowledge
            .set_progress(
                shelf.document,
                &shelf.holder,
                (DocumentStatus::Parsing, 0.1, 1),
                &[],
            )
            .await,
    ] {
        assert_eq!(late.unwrap_err().code, Code::NotFound);
    }
    let outcome = JobOutcome::Ready {
        left_out: None,
        stages: Vec::new(),
    };
    let ended = knowledge.end_attempt(shelf.document, &shelf.holder, outcome);
    assert_eq!(ended.await.unwrap_err().code, Code::Conflict);
    let document = knowledge.document(shelf.document).await.unwrap();
    assert_eq!(document.status, DocumentStatus::Cancelled);
    assert_eq!(shelf.texts().await, ["a"]);
    // Tried again, it is somebody's again.
    knowledge
        .retry_document(shelf.document, "me")
        .await
        .unwrap();
    let holder = claim(&shelf.store).await;
    let shelf = Shelf { holder, ..shelf };
    let other = ChunkingSettings {
        size: 99,
        ..usual()
    };
    assert!(shelf.ingest(&["b"], other).await.unwrap());
}

#[tokio::test]
async fn what_people_changed_is_kept_with_its_vector_or_aside() {
    let dir = tempfile::tempdir().unwrap();
    let shelf = shelf(&dir).await;
    let knowledge = shelf.store.knowledge(shelf.workspace);
    assert!(shelf.ingest(&["a", "b", "c"], usual()).await.unwrap());
    let b = shelf.chunks(false).await[1].id;
    let changes = ChunkChanges {
        text: Some(NewText {
            text: "B!".into(),
            tokens: 7,
            vectors: vec![("m".into(), vec![1.0, 0.0])],
        }),
        ..ChunkChanges::default()
    };
    let (base, document) = (shelf.base, shelf.document);
    let change = knowledge.change_chunk(base, document, b, changes, "me");
    change.await.unwrap();
    // A job that embedded the text before comes too late.
    let late = vec![(b, vec![0.0, 1.0])];
    knowledge
        .keep_vectors(base, "m", late, Vec::new())
        .await
        .unwrap();
    let indexed = shelf.store.indexing();
    let mut base_now = indexed
        .base(shelf.workspace, "notes")
        .await
        .unwrap()
        .unwrap();
    base_now.searched_model = Some("m".into());
    let (changed, _) = indexed.after(&base_now, 0, 9).await.unwrap();
    assert_eq!(changed[0].chunks[1].text, "B!");
    assert_eq!(changed[0].chunks[1].vectors[0].values, [1.0, 0.0]);
    assert!(shelf.ingest(&["a", "b", "c", "d"], usual()).await.unwrap());
    let kept = shelf.chunks(false).await[1].clone();
    assert_eq!(
        (kept.id, kept.text.as_str(), kept.tokens),
        (b, "B!", Some(7))
    );
    assert_eq!(kept.source_text.as_deref(), Some("b"));
    assert_eq!(kept.given.as_deref(), Some("a B! c d"));
    assert!(shelf.ingest(&["a", "c"], usual()).await.unwrap());
    assert_eq!(shelf.texts().await, ["a", "c"]);
    let lost = shelf.chunks(true).await;
    assert_eq!((lost.len(), lost[0].id, lost[0].index), (1, b, None));
    assert!(knowledge.chunks_by_id(&[b]).await.unwrap().is_empty());
    let about = knowledge.document(shelf.document).await.unwrap();
    assert_eq!((about.chunks, about.lost_edits), (2, 1));
    assert!(shelf.ingest(&["b"], usual()).await.unwrap());
    assert_eq!(shelf.texts().await, ["B!"]);
    assert_eq!(knowledge.missing_vectors(document, "m").await.unwrap(), 0);
}
