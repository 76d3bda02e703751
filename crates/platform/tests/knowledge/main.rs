//! Documents from upload to answer, through crashes, on SQLite.

#![allow(clippy::unwrap_used)]

mod meaning;

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use headwater_knowledge::parse::isolated::serve_stdin_stdout;
use headwater_model::access::{Caller, Identity, Role};
use headwater_model::id::{DocumentId, UserId, WorkspaceId};
use headwater_model::identity::{User, Workspace};
use headwater_model::knowledge::retrieval::SearchOptions;
use headwater_model::knowledge::{Document, DocumentStatus, KnowledgeBase};
use headwater_model::page::PageRequest;
use headwater_model::{Clock as _, Code};
use headwater_platform::clock::SystemClock;
use headwater_platform::config::Limits;
use headwater_platform::knowledge::{ChunkFilter, NewKnowledgeBase};
use headwater_platform::{Platform, PlatformConfig, Supervisor};
use headwater_store::users::UserRecord;
use headwater_store::{Store, StoreConfig};

use meaning::{Meanings, meanings};

struct House {
    platform: Platform,
    store: Store,
    supervisor: Supervisor,
    caller: Caller,
}

#[test]
fn the_child_answers_its_order() {
    // The parser below is this test, started again; run as a test there is no order.
    serve_stdin_stdout();
}

/// A program that parses: this test binary behind a script, since tests have no subcommands.
fn parser(dir: &Path, line: &str) -> PathBuf {
    let path = dir.join("parser.sh");
    std::fs::write(&path, format!("#!/bin/sh\n{line}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn working_parser(dir: &Path) -> PathBuf {
    let exe = std::env::current_exe().unwrap();
    let line = format!(
        "exec '{}' --exact the_child_answers_its_order --nocapture",
        exe.display()
    );
    parser(dir, &line)
}

impl House {
    async fn open(dir: &Path, parser_exe: PathBuf) -> Self {
        Self::open_with(dir, parser_exe, meanings()).await
    }

    async fn open_with(dir: &Path, parser_exe: PathBuf, embed: Arc<Meanings>) -> Self {
        let config = StoreConfig {
            data_dir: dir.join("data"),
            url: None,
            max_connections: 4,
            secret_key: None,
            bucket: None,
        };
        let clock = Arc::new(SystemClock);
        let store = Store::open(&config, clock.clone()).await.unwrap();
        let supervisor = Supervisor::default();
        let config = PlatformConfig {
            limits: Limits {
                upload_bytes: 1024 * 1024,
                ..Limits::default()
            },
            ..PlatformConfig::new(parser_exe, dir.join("sandbox"))
        };
        let platform = Platform::open_with(store.clone(), clock, config, supervisor.clone(), embed)
            .await
            .unwrap();
        let workspace = Self::workspace(&store).await;
        let caller = Caller {
            identity: Identity::Operator,
            workspace,
            role: Role::Owner,
            trace: None,
        };
        Self {
            platform,
            store,
            supervisor,
            caller,
        }
    }

    async fn workspace(store: &Store) -> WorkspaceId {
        if let Some(first) = store.workspaces().all().await.unwrap().first() {
            return first.id;
        }
        let at = SystemClock.now();
        let workspace = Workspace {
            id: store.fresh(WorkspaceId::new),
            name: "Home".to_owned(),
            created_at: at,
        };
        let owner = UserRecord {
            user: User {
                id: store.fresh(UserId::new),
                email: "ada@example.com".to_owned(),
                name: "Ada".to_owned(),
                created_at: at,
            },
            password_hash: String::new(),
        };
        let id = workspace.id;
        store.workspaces().set_up(workspace, owner).await.unwrap();
        id
    }

    async fn add(&self, base: &str, name: &str, bytes: &[u8]) -> Document {
        let mut incoming = self
            .platform
            .begin_document(&self.caller, name, "")
            .await
            .unwrap();
        incoming.write(bytes).await.unwrap();
        let added = self
            .platform
            .add_documents(&self.caller, base, vec![incoming])
            .await;
        added.unwrap().remove(0)
    }

    /// Waits until the document has one of the statuses.
    async fn until(&self, id: DocumentId, wanted: &[DocumentStatus]) -> Document {
        let watch = async {
            loop {
                let document = self.platform.document(&self.caller, id).await.unwrap();
                if wanted.contains(&document.status) {
                    return document;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), watch)
            .await
            .expect("the document never got there")
    }

    /// Waits until the knowledge base of things is as wanted.
    async fn base_until(&self, wanted: impl Fn(&KnowledgeBase) -> bool) -> KnowledgeBase {
        let watch = async {
            loop {
                let base = self.platform.knowledge_base(&self.caller, "things").await;
                let base = base.unwrap();
                if wanted(&base) {
                    return base;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), watch)
            .await
            .expect("the knowledge base never got there")
    }

    async fn find(&self, base: &str, query: &str) -> Vec<String> {
        let found = self
            .platform
            .search(&self.caller, base, query, None, SearchOptions::default())
            .await;
        let found = found.unwrap().passages;
        found.into_iter().map(|p| p.document_name).collect()
    }

    async fn close(self) {
        assert!(self.supervisor.stop(Duration::from_secs(10)).await);
        self.store.close().await;
    }
}

fn named(name: &str) -> NewKnowledgeBase {
    NewKnowledgeBase {
        name: name.to_owned(),
        ..NewKnowledgeBase::default()
    }
}

const DONE: &[DocumentStatus] = &[DocumentStatus::Ready, DocumentStatus::Failed];

#[tokio::test(flavor = "multi_thread")]
async fn a_document_becomes_searchable_and_a_deleted_one_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let house = House::open(dir.path(), working_parser(dir.path())).await;
    let base = house
        .platform
        .create_knowledge_base(&house.caller, named("Pump manuals"))
        .await
        .unwrap();
    assert_eq!(base.slug, "pump-manuals");
    let text = b"# Pumps\n\n## Grease\n\nUse lithium grease every ninety days.";
    let added = house.add("pump-manuals", "pumps.md", text).await;
    assert_eq!(added.media_type, "text/markdown");
    let ready = house.until(added.id, DONE).await;
    assert_eq!((ready.status, ready.chunks), (DocumentStatus::Ready, 1));
    let passages = house
        .platform
        .search(
            &house.caller,
            "pump-manuals",
            "which grease?",
            None,
            SearchOptions::default(),
        )
        .await
        .unwrap()
        .passages;
    assert_eq!(passages[0].heading.as_deref(), Some("Pumps › Grease"));
    assert_eq!(passages[0].highlights, [[12, 18]]);
    let page = PageRequest::default();
    let chunks = house
        .platform
        .document_chunks(&house.caller, added.id, &ChunkFilter::default(), &page)
        .await
        .unwrap();
    assert_eq!(chunks.items.len(), 1);

    house
        .platform
        .delete_document(&house.caller, added.id)
        .await
        .unwrap();
    assert!(house.find("pump-manuals", "grease").await.is_empty());
    let object = house.store.objects().path(house.caller.workspace, added.id);
    assert!(!object.exists());
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_pdf_fails_with_a_reason_and_can_be_tried_again() {
    let dir = tempfile::tempdir().unwrap();
    let house = House::open(dir.path(), working_parser(dir.path())).await;
    let (platform, caller) = (&house.platform, &house.caller);
    platform
        .create_knowledge_base(caller, named("Docs"))
        .await
        .unwrap();
    let added = house.add("docs", "report.pdf", b"%PDF-1.7\nrubbish").await;
    let failed = house.until(added.id, DONE).await;
    assert_eq!(failed.status, DocumentStatus::Failed);
    assert_eq!(failed.attempts, 1);
    let error = failed.error.unwrap();
    assert_eq!(error.code, Code::Invalid);
    assert!(error.message.contains("damaged"));
    platform.retry_document(caller, added.id).await.unwrap();
    house.until(added.id, &[DocumentStatus::Failed]).await;
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_large_a_document_is_refused_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let house = House::open(dir.path(), working_parser(dir.path())).await;
    let mut incoming = house
        .platform
        .begin_document(&house.caller, "big.txt", "text/plain")
        .await
        .unwrap();
    let piece = vec![b'x'; 700 * 1024];
    incoming.write(&piece).await.unwrap();
    let error = incoming.write(&piece).await.unwrap_err();
    assert_eq!(error.code, Code::TooLarge);
    assert_eq!(error.limit.as_deref(), Some("upload_bytes"));
    drop(incoming);
    let objects = dir.path().join("data/objects");
    let left = std::fs::read_dir(objects.join(house.caller.workspace.to_string())).unwrap();
    assert_eq!(left.count(), 0);
    house.close().await;
}

#[test]
fn a_document_acknowledged_before_a_crash_is_ready_after_it() {
    let dir = tempfile::tempdir().unwrap();
    let runtime = || {
        tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    let first = runtime();
    let (id, orphan) = first.block_on(async {
        let hangs = parser(dir.path(), "exec sleep 60");
        let house = House::open(dir.path(), hangs).await;
        let platform = &house.platform;
        platform
            .create_knowledge_base(&house.caller, named("Docs"))
            .await
            .unwrap();
        let added = house.add("docs", "a.txt", b"The lighthouse is red.").await;
        house.until(added.id, &[DocumentStatus::Parsing]).await;
        let orphan = house
            .store
            .objects()
            .path(house.caller.workspace, house.store.fresh(DocumentId::new));
        std::fs::write(&orphan, b"never acknowledged").unwrap();
        (added.id, orphan)
    });
    // No drain, no close: every task is dropped where it stands.
    first.shutdown_timeout(Duration::from_secs(5));
    runtime().block_on(async {
        let house = House::open(dir.path(), working_parser(dir.path())).await;
        assert!(!orphan.exists());
        let ready = house.until(id, DONE).await;
        assert_eq!(ready.status, DocumentStatus::Ready);
        assert_eq!(ready.attempts, 1);
        assert_eq!(house.find("docs", "lighthouse").await, ["a.txt"]);
        house.close().await;
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_index_is_rebuilt_and_a_deleted_base_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let house = House::open(dir.path(), working_parser(dir.path())).await;
    let base = house
        .platform
        .create_knowledge_base(&house.caller, named("Docs"))
        .await
        .unwrap();
    for (name, text) in [("a.txt", "An amber lamp."), ("b.txt", "A blue lamp.")] {
        let added = house.add("docs", name, text.as_bytes()).await;
        house.until(added.id, DONE).await;
    }
    house.close().await;
    let index = dir.path().join("data/index").join(base.id.to_string());
    std::fs::remove_dir_all(&index).unwrap();

    let house = House::open(dir.path(), working_parser(dir.path())).await;
    assert_eq!(house.find("docs", "amber").await, ["a.txt"]);
    assert_eq!(house.find("docs", "lamps").await.len(), 2);
    house
        .platform
        .delete_knowledge_base(&house.caller, "docs")
        .await
        .unwrap();
    assert!(!index.exists());
    let gone = house
        .platform
        .search(
            &house.caller,
            "docs",
            "lamp",
            None,
            SearchOptions::default(),
        )
        .await;
    assert_eq!(gone.unwrap_err().code, Code::NotFound);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_handbook_answers_questions_about_headwater() {
    let dir = tempfile::tempdir().unwrap();
    let house = House::open(dir.path(), working_parser(dir.path())).await;
    let workspace = house.caller.workspace;
    house.platform.install_handbook(workspace).await.unwrap();
    let again = house.platform.install_handbook(workspace).await.unwrap();
    assert!(again.documents > 3);
    let page = PageRequest::default();
    let documents = house
        .platform
        .documents(&house.caller, "handbook", &page)
        .await
        .unwrap();
    for document in documents.items {
        let done = house.until(document.id, DONE).await;
        assert_eq!(done.status, DocumentStatus::Ready, "{:?}", done.error);
    }
    let question = "Which file formats can Headwater read?";
    let found = house.platform.search(
        &house.caller,
        "handbook",
        question,
        Some(3),
        SearchOptions::default(),
    );
    let passages = found.await.unwrap().passages;
    assert_eq!(passages[0].document_name, "knowledge-bases.md");
    house.close().await;
}
