//! The index in a Qdrant server, for one or several servers of ours.
//!
//! Qdrant has no transactions, so what a batch changes is written beside what it replaces: points say
//! from which version on they are there (`from`) and until which (`to`), and a search looks at one
//! version. The version and the sums that weighing words needs are one point for each knowledge base;
//! writing it is the commit. What a crash leaves is of no version, and the next batch removes it.
//!
//! Words are those of the embedded index. Qdrant finds candidates by them, as sparse vectors; their
//! scores (BM25) are counted here, from the numbers that each point brings along.

mod filter;
mod nearest;
mod schema;
mod server;
mod state;
mod terms;
mod words;
mod write;

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;
use headwater_model::id::KnowledgeBaseId;
use headwater_model::ports::{IndexBatch, IndexFound, IndexQuery, PassageIndex, VectorServer};
use headwater_model::{Code, Error, Result};
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::{Dialect, Store, values};
use server::Server;
use state::State;

/// How often a search begins again when what it looks at is replaced meanwhile.
const TRIES: usize = 5;

/// The index in a Qdrant server. Cheap to clone.
#[derive(Clone)]
pub struct QdrantIndex {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    server: Server,
    /// One batch of a knowledge base at a time; of several servers the database sees to it.
    turns: Mutex<HashMap<KnowledgeBaseId, Arc<tokio::sync::Mutex<()>>>>,
}

impl QdrantIndex {
    /// Makes what is missing on the server, in collections whose names begin with `prefix`.
    ///
    /// Errors: `unavailable` when the server does not answer; `invalid` (`knowledge.qdrant_url`,
    /// `knowledge.qdrant_api_key`, `knowledge.qdrant_prefix`) when it is too old, refuses the key, or
    /// has such collections of somebody else.
    pub async fn open(store: &Store, server: Arc<dyn VectorServer>, prefix: &str) -> Result<Self> {
        let server = Server::new(server, prefix);
        schema::check_version(&server).await?;
        schema::make(&server, store).await?;
        Ok(Self {
            inner: Arc::new(Inner {
                store: store.clone(),
                server,
                turns: Mutex::default(),
            }),
        })
    }

    /// Does `work` on a knowledge base while nobody else changes it.
    async fn alone<F>(&self, base: KnowledgeBaseId, work: F) -> Result<()>
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let turn = self.inner.turns.lock().entry(base).or_default().clone();
        let _turn = turn.lock().await;
        let db = self.inner.store.db();
        if db.dialect() == Dialect::Sqlite {
            // One server has the data directory.
            return work.await;
        }
        let name = format!("headwater index {base}");
        db.write(move |tx| {
            Box::pin(async move {
                let sql = "select pg_advisory_xact_lock(hashtextextended($1, 0))";
                tx.exec(sql, values![name]).await?;
                work.await
            })
        })
        .await
    }

    /// One search, in the versions that `states` have.
    async fn look(&self, states: &[State], query: &IndexQuery) -> Result<IndexFound> {
        let server = &self.inner.server;
        let by_words = async {
            match &query.text {
                Some(text) => words::search(server, states, text, query).await,
                None => Ok(Vec::new()),
            }
        };
        let by_vector = nearest::search(server, states, query);
        let (by_words, by_vector) = futures::try_join!(by_words, by_vector)?;
        Ok(IndexFound {
            by_words,
            by_vector,
        })
    }
}

#[async_trait]
impl PassageIndex for QdrantIndex {
    async fn apply(&self, base: KnowledgeBaseId, batch: IndexBatch) -> Result<()> {
        let inner = self.inner.clone();
        self.alone(base, async move {
            write::apply(&inner.server, &inner.store, base, &batch).await
        })
        .await
    }

    async fn version(&self, base: KnowledgeBaseId) -> Result<u64> {
        let states = state::read(&self.inner.server, &[base]).await?;
        Ok(states.first().map_or(0, |state| state.version))
    }

    async fn search(&self, bases: &[KnowledgeBaseId], query: IndexQuery) -> Result<IndexFound> {
        let mut bases = bases.to_vec();
        bases.sort_unstable();
        bases.dedup();
        let mut states = state::read(&self.inner.server, &bases).await?;
        for turn in 1.. {
            let found = match self.look(&states, &query).await {
                Err(error) if error.code == Code::NotFound => {
                    return Err(self.damaged(&bases).await?.with_source(error));
                }
                other => other?,
            };
            let now = state::read(&self.inner.server, &bases).await?;
            if turn == TRIES || same(&states, &now) {
                return Ok(found);
            }
            states = now;
        }
        unreachable!("the loop ends by itself")
    }

    async fn remove(&self, base: KnowledgeBaseId) -> Result<()> {
        let inner = self.inner.clone();
        self.alone(
            base,
            async move { write::remove(&inner.server, base).await },
        )
        .await?;
        self.inner.turns.lock().remove(&base);
        Ok(())
    }

    async fn bases(&self) -> Result<Vec<KnowledgeBaseId>> {
        let server = &self.inner.server;
        let filter = json!({ "must": [{ "key": "kind", "match": { "value": "base" } }] });
        let points = server.scroll(&server.words(), filter, &["base"]).await?;
        points
            .iter()
            .map(|point| text(point, "base").and_then(str::parse))
            .collect()
    }
}

impl QdrantIndex {
    /// A collection is gone that should be there: what has to do with it begins again.
    async fn damaged(&self, bases: &[KnowledgeBaseId]) -> Result<Error> {
        for base in bases {
            self.remove(*base).await?;
        }
        Ok(super::damaged())
    }
}

/// Whether nothing was committed between two looks.
fn same(before: &[State], now: &[State]) -> bool {
    let versions = |states: &[State]| -> Vec<(KnowledgeBaseId, u64)> {
        states.iter().map(|s| (s.base, s.version)).collect()
    };
    versions(before) == versions(now)
}

/// A field of a payload.
fn text<'p>(payload: &'p Value, field: &str) -> Result<&'p str> {
    payload[field]
        .as_str()
        .ok_or_else(|| Error::internal(format!("a point of the index without {field}")))
}

/// The condition that a point is there in a version.
fn visible(version: u64) -> [Value; 2] {
    [
        json!({ "key": "from", "range": { "gt": version } }),
        json!({ "key": "to", "range": { "lte": version } }),
    ]
}

/// The most hits of a list.
fn limit(query: &IndexQuery) -> usize {
    query.limit.clamp(1, 1_000) as usize
}
