//! The indexes of knowledge bases. The embedded one has words, vectors and fields of each in a
//! directory of its own, derived from the database; `pgvector` has them in PostgreSQL, `qdrant` in a
//! Qdrant server.
//!
//! An embedded index that is damaged or of another format is wiped and reports version 0, so that whoever
//! feeds it begins again. Writers live for one `apply` only: an idle server holds no buffers.

mod base;
mod filter;
mod marks;
mod pgvector;
mod qdrant;
mod search;
mod statistics;
mod vectors;
mod words;

use std::collections::HashMap;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use headwater_model::id::KnowledgeBaseId;
use headwater_model::ports::{IndexBatch, IndexFound, IndexQuery, PassageIndex};
use headwater_model::{Code, Error, Result};
use parking_lot::Mutex;

use base::Base;
use search::Search;

pub use pgvector::PgvectorIndex;
pub use qdrant::QdrantIndex;
pub(crate) use words::{words_asked, words_said};

/// The indexes below one directory. Cheap to clone.
#[derive(Clone)]
pub struct EmbeddedIndex {
    inner: Arc<Inner>,
}

struct Inner {
    root: PathBuf,
    open: Mutex<HashMap<KnowledgeBaseId, Arc<Base>>>,
}

impl EmbeddedIndex {
    /// The indexes below `root`; nothing is opened or created before it is needed.
    pub fn new(root: PathBuf) -> Self {
        Self {
            inner: Arc::new(Inner {
                root,
                open: Mutex::new(HashMap::new()),
            }),
        }
    }

    /// Runs `work` where it may block. A panic below means a damaged index: it is wiped.
    async fn blocking<T, F>(&self, bases: &[KnowledgeBaseId], work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Inner) -> Result<T> + Send + 'static,
    {
        let inner = self.inner.clone();
        match tokio::task::spawn_blocking(move || work(&inner)).await {
            Ok(result) => result,
            Err(error) => {
                bases.iter().try_for_each(|base| self.inner.wipe(*base))?;
                Err(damaged().with_source(error))
            }
        }
    }
}

#[async_trait]
impl PassageIndex for EmbeddedIndex {
    async fn apply(&self, base: KnowledgeBaseId, batch: IndexBatch) -> Result<()> {
        self.blocking(&[base], move |inner| {
            let handle = inner.open_or_create(base)?;
            let applied = handle.apply(&batch);
            if applied.is_err() {
                // What is in memory may not be what is on disk; the next one reads it afresh.
                inner.open.lock().remove(&base);
            }
            applied
        })
        .await
    }

    async fn version(&self, base: KnowledgeBaseId) -> Result<u64> {
        self.blocking(&[base], move |inner| {
            Ok(inner.existing(base)?.map_or(0, |base| base.version()))
        })
        .await
    }

    async fn search(&self, bases: &[KnowledgeBaseId], query: IndexQuery) -> Result<IndexFound> {
        let bases = bases.to_vec();
        self.blocking(&bases.clone(), move |inner| inner.search(&bases, &query))
            .await
    }

    async fn remove(&self, base: KnowledgeBaseId) -> Result<()> {
        self.blocking(&[base], move |inner| inner.wipe(base)).await
    }

    async fn bases(&self) -> Result<Vec<KnowledgeBaseId>> {
        let dirs = match std::fs::read_dir(&self.inner.root) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(Error::internal)?,
        };
        let mut bases = Vec::new();
        for dir in dirs {
            let name = dir.map_err(Error::internal)?.file_name();
            bases.extend(name.to_string_lossy().parse::<KnowledgeBaseId>().ok());
        }
        Ok(bases)
    }
}

impl Inner {
    fn dir(&self, base: KnowledgeBaseId) -> PathBuf {
        self.root.join(base.to_string())
    }

    /// The open index; `None` when there is none, or none that can be read.
    fn existing(&self, base: KnowledgeBaseId) -> Result<Option<Arc<Base>>> {
        let mut open = self.open.lock();
        if let Some(handle) = open.get(&base) {
            return Ok(Some(handle.clone()));
        }
        let dir = self.dir(base);
        if !dir.join("meta.json").exists() {
            return Ok(None);
        }
        // Opening a damaged index may panic; either way it is rebuilt.
        let opened = catch_unwind(|| Base::open(&dir))
            .unwrap_or_else(|_| Err(tantivy::TantivyError::SystemError("panicked".to_owned())));
        match opened {
            Ok(handle) => {
                let handle = Arc::new(handle);
                open.insert(base, handle.clone());
                Ok(Some(handle))
            }
            Err(error) => {
                tracing::warn!(%base, %error, "an index is damaged or old; it will be rebuilt");
                remove(&dir)?;
                Ok(None)
            }
        }
    }

    fn search(&self, bases: &[KnowledgeBaseId], query: &IndexQuery) -> Result<IndexFound> {
        let mut snapshots = Vec::with_capacity(bases.len());
        for base in bases {
            // One that is named twice is searched once.
            let known = snapshots.iter().any(|(known, _)| known == base);
            if let (false, Some(handle)) = (known, self.existing(*base)?) {
                snapshots.push((*base, handle.now()));
            }
        }
        if let (Some(filter), Some((_, now))) = (&query.filter, snapshots.first()) {
            // What cannot be asked is no damage of the index.
            filter::query(filter, now.fields.meta).map_err(|error| {
                Error::invalid(
                    "filter",
                    "This filter is too much for the index. Ask for less.",
                )
                .with_source(error)
            })?;
        }
        let search = Search { snapshots, query };
        let by_words = match &query.text {
            Some(text) => search.by_words(text),
            None => Ok(Vec::new()),
        };
        let found = by_words.and_then(|by_words| {
            Ok(IndexFound {
                by_words,
                by_vector: search.by_vector()?,
            })
        });
        found.map_err(|(base, error)| {
            tracing::error!(%base, %error, "an index could not be read; it will be rebuilt");
            match self.wipe(base) {
                Ok(()) => damaged().with_source(error),
                Err(error) => error,
            }
        })
    }

    fn open_or_create(&self, base: KnowledgeBaseId) -> Result<Arc<Base>> {
        if let Some(handle) = self.existing(base)? {
            return Ok(handle);
        }
        let mut open = self.open.lock();
        if let Some(handle) = open.get(&base) {
            return Ok(handle.clone());
        }
        let dir = self.dir(base);
        remove(&dir)?;
        std::fs::create_dir_all(&dir).map_err(Error::storage)?;
        let handle = Arc::new(Base::create(&dir).map_err(Error::storage)?);
        open.insert(base, handle.clone());
        Ok(handle)
    }

    fn wipe(&self, base: KnowledgeBaseId) -> Result<()> {
        let mut open = self.open.lock();
        open.remove(&base);
        remove(&self.dir(base))
    }
}

fn remove(dir: &Path) -> Result<()> {
    match std::fs::remove_dir_all(dir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::internal(error)),
        _ => Ok(()),
    }
}

fn damaged() -> Error {
    Error::new(
        Code::Unavailable,
        "The search index was damaged and is being rebuilt. Try again in a moment.",
    )
}
