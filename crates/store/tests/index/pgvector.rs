//! The shared index in PostgreSQL, where one with pgvector is at hand.

use std::sync::Arc;

use headwater_model::ports::PassageIndex as _;
use headwater_model::{Clock, Code, Timestamp};
use headwater_store::index::PgvectorIndex;
use headwater_store::{Store, StoreConfig};
use headwater_tests::postgres::FreshDatabase;

use super::alike;
use super::contract;
use super::support::*;

pub(super) struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        AT
    }
}

struct Shared {
    store: Store,
    _dir: tempfile::TempDir,
    /// Dropped last: the store closes its connections first.
    database: Arc<FreshDatabase>,
}

pub(super) async fn open(url: Option<String>) -> (Store, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let config = StoreConfig {
        data_dir: dir.path().to_owned(),
        url,
        max_connections: 4,
        secret_key: Some("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".to_owned()),
        bucket: None,
    };
    (Store::open(&config, Arc::new(Still)).await.unwrap(), dir)
}

async fn shared(database: Arc<FreshDatabase>) -> Shared {
    let (store, dir) = open(Some(database.url())).await;
    Shared {
        store,
        _dir: dir,
        database,
    }
}

/// A database for the story, or word that there is none.
fn database() -> Option<Arc<FreshDatabase>> {
    let database = FreshDatabase::create_with_pgvector();
    if database.is_none() {
        eprintln!("not run: there is no PostgreSQL with pgvector (see deploy/pgvector)");
    }
    database.map(Arc::new)
}

#[tokio::test]
async fn the_shared_index_keeps_the_promises_of_every_index() {
    let Some(database) = database() else { return };
    let Shared { store, .. } = &shared(database).await;
    let index = PgvectorIndex::open(store).await.unwrap();
    contract::holds_in_turn(&index).await;
}

#[tokio::test]
async fn two_servers_write_each_change_once_and_both_find_it() {
    let Some(database) = database() else { return };
    let one = shared(database.clone()).await;
    let other = shared(one.database.clone()).await;
    let first = PgvectorIndex::open(&one.store).await.unwrap();
    let second = PgvectorIndex::open(&other.store).await.unwrap();
    apply(&first, 2, vec![change(1, &["Pumps need oil."])]).await;
    // This one learned of an older state, and comes later.
    apply(&second, 1, vec![change(1, &["Pumps need grease."])]).await;
    assert_eq!(second.version(base()).await.unwrap(), 2);
    assert_eq!(find(&second, "oil").await, [document(1)]);
    assert!(find(&first, "grease").await.is_empty());
    let changes = |n| vec![change(n, &["Both of them at once."])];
    let batches = (batch(3, changes(2)), batch(3, changes(2)));
    let both = tokio::join!(
        first.apply(base(), batches.0),
        second.apply(base(), batches.1)
    );
    assert!(both.0.is_ok() && both.1.is_ok(), "{both:?}");
    assert_eq!(find(&first, "at once").await, [document(2)]);
    assert_eq!(first.bases().await.unwrap(), [base()]);
}

#[tokio::test]
async fn a_store_in_sqlite_is_told_what_the_shared_index_needs() {
    let (store, _dir) = open(None).await;
    let Err(refused) = PgvectorIndex::open(&store).await else {
        panic!("there is no pgvector in SQLite");
    };
    assert_eq!(refused.code, Code::Invalid);
    assert!(refused.to_string().contains("store.url"), "{refused}");
}

/// The same texts and questions for both: the same chunks, in the same order, with like scores.
#[tokio::test]
async fn the_shared_index_ranks_as_the_embedded_one_does() {
    let Some(database) = database() else { return };
    let Shared { store, .. } = &shared(database).await;
    let pgvector = PgvectorIndex::open(store).await.unwrap();
    alike::ranks_as_the_embedded_one_does(&pgvector).await;
}
