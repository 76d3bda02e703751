//! Keeps the index level with the database, which is the truth.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use headwater_model::id::{KnowledgeBaseId, WorkspaceId};
use headwater_model::ports::{IndexBatch, IndexFound, IndexQuery, PassageIndex};
use headwater_model::{Code, Error, Result};
use headwater_providers::{Egress, QdrantServer};
use headwater_store::index::{EmbeddedIndex, PgvectorIndex, QdrantIndex};
use headwater_store::knowledge::IndexedBase;
use headwater_store::{Dialect, Store};
use parking_lot::Mutex;

use crate::config::{IndexKind, KnowledgeConfig};

/// Documents per commit of the index: few enough to hold in memory, enough to share one sync.
const BATCH: u32 = 32;
/// How often a replica looks for what the others changed.
const POLL: Duration = Duration::from_secs(1);

/// How long an index is waited for when it is asked whether it works.
const PATIENCE: Duration = Duration::from_secs(5);

/// Opens indexes over what the store has.
#[derive(Clone)]
pub(crate) struct Indexes {
    pub(crate) store: Store,
    pub(crate) config: KnowledgeConfig,
    pub(crate) egress: Arc<Egress>,
}

impl Indexes {
    /// The index of a kind. Errors: `invalid` (`knowledge…`) when it cannot be had, `unavailable`.
    pub(crate) async fn open(&self, kind: IndexKind) -> Result<Arc<dyn PassageIndex>> {
        let store = &self.store;
        Ok(match kind {
            IndexKind::Embedded => Arc::new(EmbeddedIndex::new(store.data_dir().join("index"))),
            IndexKind::Pgvector => Arc::new(PgvectorIndex::open(store).await?),
            IndexKind::Qdrant => {
                let config = self.config.qdrant.as_ref().ok_or_else(|| {
                    let message = "The index qdrant needs a Qdrant server. Set knowledge.qdrant_url to its URL, such as http://localhost:6333.";
                    Error::invalid("knowledge.qdrant_url", message)
                })?;
                let key = config.api_key.clone();
                let server = QdrantServer::new(self.egress.clone(), &config.url, key)?;
                Arc::new(QdrantIndex::open(store, Arc::new(server), &config.prefix).await?)
            }
        })
    }
}

/// Brings an index up to what the database had when `base` was read; tells how many documents each
/// step brought.
pub(crate) async fn level(
    store: &Store,
    index: &dyn PassageIndex,
    base: &IndexedBase,
    mut tell: impl FnMut(u64) + Send,
) -> Result<()> {
    loop {
        let version = index.version(base.id).await?;
        if version >= base.seq {
            return Ok(());
        }
        let (changes, last) = store.indexing().after(base, version, BATCH).await?;
        tell(changes.len() as u64);
        let batch = IndexBatch {
            // What changed may be which vectors are asked for, and no document.
            version: if changes.is_empty() { base.seq } else { last },
            changes,
            spaces: base.spaces(),
        };
        index.apply(base.id, batch).await?;
    }
}

pub(crate) struct Indexer {
    store: Store,
    indexes: Indexes,
    kind: IndexKind,
    index: Arc<dyn PassageIndex>,
    /// One at a time per knowledge base; the second finds nothing left to do.
    turns: Mutex<HashMap<KnowledgeBaseId, Arc<tokio::sync::Mutex<()>>>>,
}

impl Indexer {
    /// Errors: `invalid` when the store's database cannot have such an index.
    pub(crate) async fn open(indexes: Indexes) -> Result<Self> {
        let kind = indexes.config.index;
        Ok(Self {
            index: indexes.open(kind).await?,
            kind,
            store: indexes.store.clone(),
            indexes,
            turns: Mutex::new(HashMap::new()),
        })
    }

    /// Brings a knowledge base's index up to what the database had when `base` was read.
    pub(crate) async fn catch_up(&self, base: &IndexedBase) -> Result<()> {
        if self.index.version(base.id).await? >= base.seq {
            return Ok(());
        }
        let turn = self.turns.lock().entry(base.id).or_default().clone();
        let _turn = turn.lock().await;
        level(&self.store, &*self.index, base, |_| {}).await
    }

    /// Which index this is.
    pub(crate) const fn kind(&self) -> IndexKind {
        self.kind
    }

    /// What opens other indexes.
    pub(crate) const fn indexes(&self) -> &Indexes {
        &self.indexes
    }

    /// Whether the index answers, as far as that can be told without a search.
    pub(crate) async fn works(&self) -> Result<()> {
        if self.kind == IndexKind::Embedded {
            return self.is_writable();
        }
        match tokio::time::timeout(PATIENCE, self.index.bases()).await {
            Ok(bases) => bases.map(drop),
            Err(_) => Err(Error::new(
                Code::Unavailable,
                format!(
                    "The index {} did not answer within {} s.",
                    self.kind.as_str(),
                    PATIENCE.as_secs()
                ),
            )),
        }
    }

    /// Whether the directory of the embedded index, or the one it would be made in, can be written.
    fn is_writable(&self) -> Result<()> {
        let dir = self.store.data_dir();
        let index = dir.join("index");
        let place = if index.exists() { &*index } else { dir };
        if std::fs::metadata(place).is_ok_and(|about| !about.permissions().readonly()) {
            return Ok(());
        }
        let message = format!("The directory {} cannot be written.", place.display());
        Err(Error::new(Code::Unavailable, message))
    }

    /// The index itself.
    pub(crate) fn index(&self) -> Arc<dyn PassageIndex> {
        self.index.clone()
    }

    /// The same by id; a knowledge base that is gone has nothing to catch up with.
    pub(crate) async fn catch_up_with(
        &self,
        workspace: WorkspaceId,
        base: KnowledgeBaseId,
    ) -> Result<()> {
        let base = self
            .store
            .indexing()
            .base(workspace, &base.to_string())
            .await?;
        match base {
            Some(base) => self.catch_up(&base).await,
            None => Ok(()),
        }
    }

    /// Searches what the database has now: an index that is behind, missing or damaged catches up first.
    pub(crate) async fn search(
        &self,
        bases: &[IndexedBase],
        query: &IndexQuery,
    ) -> Result<IndexFound> {
        let ids: Vec<KnowledgeBaseId> = bases.iter().map(|base| base.id).collect();
        for base in bases {
            match self.catch_up(base).await {
                // What the index has answers; what came since is found once there is room for it.
                Err(error) if error.is_disk_full() => {
                    tracing::warn!(base = %base.id, ?error, "the search index stays behind");
                }
                other => other?,
            }
        }
        match self.index.search(&ids, query.clone()).await {
            Err(error) if error.code == Code::Unavailable => {
                for base in bases {
                    self.catch_up(base).await?;
                }
                self.index.search(&ids, query.clone()).await
            }
            other => other,
        }
    }

    /// Forgets a deleted knowledge base.
    pub(crate) async fn remove(&self, base: KnowledgeBaseId) -> Result<()> {
        self.turns.lock().remove(&base);
        self.index.remove(base).await
    }

    /// Brings everything level at start; on Postgres keeps doing so, since other replicas write too.
    pub(crate) async fn follow(self: Arc<Self>) {
        if let Err(error) = self.start().await {
            tracing::warn!(?error, "the search index is behind; a search catches up");
        }
        if self.store.db().dialect() == Dialect::Sqlite {
            return;
        }
        loop {
            tokio::time::sleep(POLL).await;
            if let Err(error) = self.level().await {
                tracing::warn!(?error, "following other replicas' changes");
            }
        }
    }

    async fn start(&self) -> Result<()> {
        // What the index has is asked first: a base that is made meanwhile is in the later list.
        let indexed = self.index.bases().await?;
        let bases = self.store.indexing().bases().await?;
        for gone in indexed {
            if !bases.iter().any(|base| base.id == gone) {
                self.index.remove(gone).await?;
            }
        }
        for base in bases {
            // Ahead of the database: the database was restored from an older copy.
            if self.index.version(base.id).await? > base.seq {
                let now = self.store.indexing().bases().await?;
                let still = now.iter().find(|b| b.id == base.id);
                if still.is_some_and(|b| b.seq == base.seq) {
                    self.index.remove(base.id).await?;
                }
            }
            self.catch_up(&base).await?;
        }
        Ok(())
    }

    async fn level(&self) -> Result<()> {
        for base in self.store.indexing().bases().await? {
            self.catch_up(&base).await?;
        }
        Ok(())
    }
}
