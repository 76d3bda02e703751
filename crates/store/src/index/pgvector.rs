//! The shared index: words, vectors and fields in PostgreSQL with pgvector, for several servers that
//! share one database.
//!
//! Words are those of the embedded index, weighed by the same formula (BM25), so both rank alike. It
//! lies in a schema of its own, which is derived from the rest of the database and made anew when it
//! is of another format. Of servers that learn of the same changes one writes them: a batch that is
//! no news is dropped.

mod filter;
mod nearest;
mod schema;
mod words;
mod write;

use std::sync::Arc;

use async_trait::async_trait;
use headwater_model::Result;
use headwater_model::id::KnowledgeBaseId;
use headwater_model::ports::{IndexBatch, IndexFound, IndexHit, IndexQuery, PassageIndex};
use sea_orm::{FromQueryResult, Value};

use crate::{Db, Store, values};

/// The index in the store's own PostgreSQL. Cheap to clone.
#[derive(Clone)]
pub struct PgvectorIndex {
    db: Arc<Db>,
}

impl PgvectorIndex {
    /// Makes what is missing in the store's database.
    ///
    /// Errors: `invalid` (`knowledge.index`) when that is no PostgreSQL, or has no pgvector 0.8.
    pub async fn open(store: &Store) -> Result<Self> {
        let db = store.inner.db.clone();
        schema::make(&db).await?;
        Ok(Self { db })
    }
}

#[derive(FromQueryResult)]
struct BaseRow {
    base: String,
}

#[derive(FromQueryResult)]
struct VersionRow {
    version: i64,
}

/// A hit as the database has it.
#[derive(FromQueryResult)]
struct HitRow {
    base: String,
    chunk: String,
    document: String,
    score: f64,
    vector: Option<String>,
}

impl HitRow {
    fn read(self) -> Result<IndexHit> {
        Ok(IndexHit {
            base: self.base.parse()?,
            chunk: self.chunk.parse()?,
            document: self.document.parse()?,
            score: self.score,
            vector: self.vector.as_deref().map(nearest::read),
        })
    }
}

/// The values of a statement that is put together piece by piece.
struct Values(Vec<Value>);

impl Values {
    /// Takes a value; returns its place, such as `$3`.
    fn put(&mut self, value: impl Into<Value>) -> String {
        self.0.push(value.into());
        format!("${}", self.0.len())
    }

    /// Places for several, such as `$1, $2`.
    fn put_all<V: Into<Value>>(&mut self, values: impl IntoIterator<Item = V>) -> String {
        let places: Vec<String> = values.into_iter().map(|value| self.put(value)).collect();
        places.join(", ")
    }
}

#[async_trait]
impl PassageIndex for PgvectorIndex {
    async fn apply(&self, base: KnowledgeBaseId, batch: IndexBatch) -> Result<()> {
        self.db
            .write(move |tx| Box::pin(async move { write::apply(tx, base, &batch).await }))
            .await
    }

    async fn version(&self, base: KnowledgeBaseId) -> Result<u64> {
        let sql = "select version from headwater_index.bases where base = $1";
        let row: Option<VersionRow> = self.db.one(sql, values![base.to_string()]).await?;
        Ok(row.map_or(0, |row| u64::try_from(row.version).unwrap_or(0)))
    }

    async fn search(&self, bases: &[KnowledgeBaseId], query: IndexQuery) -> Result<IndexFound> {
        let mut names: Vec<String> = bases.iter().map(ToString::to_string).collect();
        names.sort_unstable();
        names.dedup();
        let mut found = IndexFound {
            by_words: Vec::new(),
            by_vector: vec![Vec::new(); query.vectors.len()],
        };
        if names.is_empty() {
            return Ok(found);
        }
        if let Some(text) = &query.text {
            found.by_words = words::search(&self.db, &names, text, &query).await?;
        }
        for (vector, list) in query.vectors.iter().zip(&mut found.by_vector) {
            *list = nearest::search(&self.db, &names, vector, &query).await?;
        }
        Ok(found)
    }

    async fn remove(&self, base: KnowledgeBaseId) -> Result<()> {
        self.db
            .write(move |tx| Box::pin(async move { write::remove(tx, base).await }))
            .await
    }

    async fn bases(&self) -> Result<Vec<KnowledgeBaseId>> {
        let sql = "select base from headwater_index.bases";
        let rows: Vec<BaseRow> = self.db.all(sql, vec![]).await?;
        rows.into_iter().map(|row| row.base.parse()).collect()
    }
}

/// The most hits of a list.
fn limit(query: &IndexQuery) -> i64 {
    i64::from(query.limit.clamp(1, 1_000))
}
