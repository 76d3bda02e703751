//! Another index, filled while the present one answers: what comes before `knowledge.index` is changed.

use std::collections::HashSet;
use std::sync::Arc;

use headwater_model::access::{Caller, Permission};
use headwater_model::id::ChunkId;
use headwater_model::ports::{IndexHit, IndexQuery, PassageIndex};
use headwater_model::{Error, Result};
use headwater_store::Store;
use headwater_store::audit::AuditDraft;
use headwater_store::knowledge::IndexedBase;
use parking_lot::Mutex;

use crate::Platform;
use crate::config::IndexKind;
use crate::indexer::level;

/// Documents of each knowledge base that both indexes are asked about.
const ASKED: u32 = 20;
/// Hits that are compared.
const HITS: u32 = 10;
/// So much of a passage is the question, in bytes.
const QUESTION: usize = 200;

/// How far a copy is.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexCopy {
    pub to: IndexKind,
    pub state: CopyState,
    /// Documents that were copied; some may have been there already.
    pub documents: u64,
    /// Documents there were when it began.
    pub of: u64,
    /// Questions that both indexes were asked.
    pub questions: u64,
    /// The mean share of the ten best passages that both gave, from 0 to 1.
    pub agreement: Option<f64>,
    pub error: Option<String>,
}

/// Where a copy stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyState {
    Filling,
    Comparing,
    Done,
    Failed,
}

impl CopyState {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Filling => "filling",
            Self::Comparing => "comparing",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    const fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Failed)
    }
}

/// The copy of this server, when one was made.
pub(crate) type Copying = Arc<Mutex<Option<IndexCopy>>>;

impl Platform {
    /// Starts to fill the index of another kind with what all knowledge bases have.
    ///
    /// Errors: `conflict` while a copy is made, `invalid` (`to`, `knowledge.index`) when that index is
    /// the present one or cannot be had.
    pub async fn start_index_copy(&self, caller: &Caller, to: IndexKind) -> Result<IndexCopy> {
        caller.require(Permission::SystemWrite)?;
        let knowledge = &self.inner.knowledge;
        if knowledge.indexer.kind() == to {
            let message = format!("This server searches {} already.", to.as_str());
            return Err(Error::invalid("to", message));
        }
        let store = self.store().clone();
        let target = knowledge.indexer.indexes().open(to).await?;
        let of = store.indexing().count().await?;
        let begun = IndexCopy {
            to,
            state: CopyState::Filling,
            documents: 0,
            of,
            questions: 0,
            agreement: None,
            error: None,
        };
        {
            let mut copying = knowledge.copying.lock();
            if copying.as_ref().is_some_and(|copy| !copy.state.is_over()) {
                return Err(Error::conflict(
                    "An index is being filled. Wait until it is done.",
                ));
            }
            *copying = Some(begun.clone());
        }
        let draft = AuditDraft::new(&caller.label(), "index.copy", to.as_str());
        if let Err(error) = store.note(caller.workspace, draft).await {
            // Nothing began, so nothing is in the way of the next attempt.
            *knowledge.copying.lock() = None;
            return Err(error);
        }
        let work = Work {
            store,
            source: knowledge.indexer.index(),
            target,
            copying: knowledge.copying.clone(),
        };
        self.supervisor().spawn_abortable("index copy", work.run());
        Ok(begun)
    }

    /// The last copy this server made or makes. Errors: `not_found`.
    pub fn index_copy(&self, caller: &Caller) -> Result<IndexCopy> {
        caller.require(Permission::SystemRead)?;
        let copy = self.inner.knowledge.copying.lock().clone();
        copy.ok_or_else(|| Error::not_found("index copy"))
    }

    /// The index of a kind, whether it is the one that answers or not.
    ///
    /// Errors: `invalid` (`knowledge…`) when it cannot be had, `unavailable`.
    pub async fn open_index(&self, kind: IndexKind) -> Result<Arc<dyn PassageIndex>> {
        self.inner.knowledge.indexer.indexes().open(kind).await
    }

    /// Which index answers.
    pub(crate) fn index_kind(&self) -> IndexKind {
        self.inner.knowledge.indexer.kind()
    }
}

struct Work {
    store: Store,
    source: Arc<dyn PassageIndex>,
    target: Arc<dyn PassageIndex>,
    copying: Copying,
}

impl Work {
    async fn run(self) {
        let outcome = self.copy().await;
        self.tell(|copy| match &outcome {
            Ok(()) => copy.state = CopyState::Done,
            Err(error) => {
                copy.state = CopyState::Failed;
                copy.error = Some(error.message.to_string());
            }
        });
        if let Err(error) = outcome {
            tracing::warn!(?error, "an index could not be filled");
        }
    }

    fn tell(&self, change: impl FnOnce(&mut IndexCopy)) {
        if let Some(copy) = self.copying.lock().as_mut() {
            change(copy);
        }
    }

    async fn copy(&self) -> Result<()> {
        for base in self.store.indexing().bases().await? {
            level(&self.store, &*self.target, &base, |more| {
                self.tell(|copy| copy.documents += more);
            })
            .await?;
        }
        self.tell(|copy| copy.state = CopyState::Comparing);
        let (mut questions, mut agreed) = (0_u64, 0.0);
        for base in self.store.indexing().bases().await? {
            // What came meanwhile has to be in both.
            level(&self.store, &*self.source, &base, |_| {}).await?;
            level(&self.store, &*self.target, &base, |_| {}).await?;
            for share in self.compare(&base).await? {
                questions += 1;
                agreed += share;
            }
        }
        self.tell(|copy| {
            copy.questions = questions;
            copy.agreement = (questions > 0).then(|| agreed / questions as f64);
        });
        Ok(())
    }

    /// Asks both indexes for passages like those they have; the shares of hits that both gave.
    async fn compare(&self, base: &IndexedBase) -> Result<Vec<f64>> {
        let (some, _) = self.store.indexing().after(base, 0, ASKED).await?;
        let mut shares = Vec::new();
        for chunk in some
            .into_iter()
            .filter_map(|change| change.chunks.into_iter().next())
        {
            let end = chunk.text.floor_char_boundary(QUESTION);
            let query = IndexQuery {
                text: Some(chunk.text[..end].to_owned()),
                vectors: chunk.vectors,
                limit: HITS,
                ..IndexQuery::default()
            };
            let one = self.source.search(&[base.id], query.clone()).await?;
            let other = self.target.search(&[base.id], query).await?;
            shares.push(share(&one.by_words, &other.by_words));
            let lists = one.by_vector.iter().zip(&other.by_vector);
            shares.extend(lists.map(|(one, other)| share(one, other)));
        }
        Ok(shares)
    }
}

/// The share of hits that two lists have in common; of those with the last one's score any will do.
fn share(one: &[IndexHit], other: &[IndexHit]) -> f64 {
    let most = one.len().max(other.len());
    if most == 0 {
        return 1.0;
    }
    let known: HashSet<ChunkId> = one.iter().map(|hit| hit.chunk).collect();
    let least = one.last().map_or(f64::MAX, |hit| hit.score);
    let tied = |hit: &IndexHit| (hit.score - least).abs() <= least.abs() * 0.01;
    let both = other
        .iter()
        .filter(|hit| known.contains(&hit.chunk) || tied(hit))
        .count();
    both as f64 / most as f64
}
