//! A sync: everything a source lists, looked at one by one. What was looked at is kept with its document
//! in one transaction, so whoever goes on after a crash goes on behind it.

use std::sync::Arc;
use std::time::Duration;

use headwater_model::id::{DocumentId, SyncId, WorkspaceId};
use headwater_model::job::Job;
use headwater_model::knowledge::source::{ItemOutcome, Source, SyncStatus};
use headwater_model::run::Failure;
use headwater_model::{Code, Error, Result, Timestamp};
use headwater_store::Store;
use headwater_store::knowledge::{Holder, Quota};
use headwater_store::queue::Lane;
use headwater_store::sources::{Gone, Kept, Looked, Report, Stamp, Standing, SyncItem, SyncState};

use super::Wakes;
use crate::indexer::Indexer;
use crate::knowledge::Incoming;
use crate::sources::place::{Content, Ground, Past, Place, Sight, What};

/// How often an item is tried in one sync.
const TRIES: u32 = 3;
/// So many documents may go at once whatever share they are.
const FEW: u64 = 3;
/// How long to wait for documents to be read before more are added.
const ROOM: Duration = Duration::from_millis(500);

/// Keeps knowledge bases in step with their sources.
pub(crate) struct SyncSources {
    pub(crate) store: Store,
    pub(crate) ground: Arc<Ground>,
    pub(crate) indexer: Arc<Indexer>,
    pub(crate) quota: Quota,
    pub(crate) wakes: Wakes,
}

/// One sync under way.
struct Syncing<'s> {
    all: &'s SyncSources,
    workspace: WorkspaceId,
    holder: Holder,
    state: SyncState,
    source: Source,
    place: Place,
}

impl SyncSources {
    /// Looks at everything, removes what has gone, and ends the job with the sync.
    pub(super) async fn run(&self, job: &Job, owner: &str) -> Result<()> {
        let holder = holder(job, owner);
        let sources = self.store.sources(job.workspace);
        let state = sources.take_on(sync(job)?, &holder).await?;
        let source = sources.settings(state.source).await?;
        let past = Past {
            store: self.store.clone(),
            workspace: job.workspace,
            state,
        };
        let place = Place::open(&source, past, &self.ground).await?;
        let mut syncing = Syncing {
            all: self,
            workspace: job.workspace,
            holder,
            state,
            source,
            place,
        };
        syncing.look_at_all().await?;
        let report = syncing.conclude().await?;
        sources.finish(state.id, &syncing.holder, report).await
    }

    /// Records an attempt that did not come to its end.
    pub(super) async fn failed(
        &self,
        job: &Job,
        owner: &str,
        error: &Error,
        again: Option<Timestamp>,
    ) -> Result<()> {
        let sources = self.store.sources(job.workspace);
        let holder = holder(job, owner);
        if let Some(until) = again {
            return sources.put_off(&holder, until, &error.message).await;
        }
        let report = Report {
            status: SyncStatus::Failed,
            notes: Vec::new(),
            error: Some(Failure::from(error)),
        };
        sources.finish(sync(job)?, &holder, report).await
    }

    async fn discard(&self, workspace: WorkspaceId, object: DocumentId) {
        if let Err(error) = self.store.objects().remove(workspace, object).await {
            tracing::warn!(%object, ?error, "a file that nobody needs stays until the next start");
        }
    }
}

impl Syncing<'_> {
    async fn look_at_all(&mut self) -> Result<()> {
        let store = &self.all.store;
        let sources = store.sources(self.workspace);
        if !self.state.listed {
            let items = self.place.list().await?;
            let most = self.place.most();
            sources
                .listed(&self.state, &self.holder, items, most)
                .await?;
        }
        while let Some(item) = sources.next_item(&self.state).await? {
            match self.place.look(&item).await {
                Ok(sight) => self.keep(&item, sight).await?,
                Err(error) => self.failed(&item, &error).await?,
            }
        }
        Ok(())
    }

    /// What could not be looked at is tried again after the others, where that could help.
    async fn failed(&self, item: &SyncItem, error: &Error) -> Result<()> {
        if error.code == Code::Internal {
            tracing::warn!(source = %self.source.id, ?error, "looking at an item of a source");
        }
        let passes = matches!(
            error.code,
            Code::Upstream | Code::Timeout | Code::Unavailable | Code::RateLimited
        );
        let again = passes && item.attempts + 1 < TRIES;
        if again {
            // The pause that the host is given grows with it.
            tokio::time::sleep(Duration::from_millis(250) * (item.attempts + 1)).await;
        }
        self.record(Looked {
            address: item.item.address.clone(),
            outcome: (!again).then_some(ItemOutcome::Failed),
            reason: error.message.clone().into_owned(),
            kept: Kept::Nothing,
            found: match again {
                true => Vec::new(),
                // Where it led before, it is taken to lead still.
                false => self.place.onward(item),
            },
        })
        .await
    }

    async fn keep(&self, item: &SyncItem, sight: Sight) -> Result<()> {
        let looked = |outcome, reason, kept| Looked {
            address: item.item.address.clone(),
            outcome: Some(outcome),
            reason,
            kept,
            found: sight.found.clone(),
        };
        match sight.what {
            What::Same(stamp) => self.same(looked, stamp).await,
            What::Not(outcome, reason) => self.record(looked(outcome, reason, Kept::Nothing)).await,
            What::New(content) => {
                let name = content.name.clone();
                match self.store_content(item, *content).await {
                    Ok(Stored::Same(stamp)) => self.same(looked, stamp).await,
                    Ok(Stored::Skipped(reason)) => {
                        let outcome = ItemOutcome::Skipped;
                        self.record(looked(outcome, reason, Kept::Nothing)).await
                    }
                    Ok(Stored::New {
                        incoming,
                        url,
                        stamp,
                    }) => {
                        let outcome = match item.known {
                            Some(_) => ItemOutcome::Changed,
                            None => ItemOutcome::Added,
                        };
                        let new = incoming.row();
                        let object = new.id;
                        let kept = Kept::Document { new, url, stamp };
                        // Kept first: a stop between the two must not take the file of a document.
                        incoming.keep();
                        let recorded = self.record(looked(outcome, String::new(), kept)).await;
                        if let Err(error) = recorded {
                            self.all.discard(self.workspace, object).await;
                            return self.refused(item, error).await;
                        }
                        self.all.wakes.one(Lane::Documents);
                        Ok(())
                    }
                    Err(error) => {
                        tracing::debug!(name, ?error, "an item was not stored");
                        self.refused(item, error).await
                    }
                }
            }
        }
    }

    /// What does not fit into the workspace fails by itself; what is not this worker's ends the sync.
    async fn refused(&self, item: &SyncItem, error: Error) -> Result<()> {
        match error.code {
            Code::Conflict | Code::TooLarge | Code::Invalid => self.failed(item, &error).await,
            _ => Err(error),
        }
    }

    async fn same(
        &self,
        looked: impl FnOnce(ItemOutcome, String, Kept) -> Looked,
        stamp: Stamp,
    ) -> Result<()> {
        let kept = Kept::Same(stamp);
        self.record(looked(ItemOutcome::Unchanged, String::new(), kept))
            .await
    }

    /// Records an item when there is room for its document, and forgets the bytes before it.
    async fn record(&self, looked: Looked) -> Result<()> {
        let sources = self.all.store.sources(self.workspace);
        let bounds = (self.place.most(), self.all.quota);
        loop {
            let recorded = sources
                .looked(&self.state, &self.holder, looked.clone(), bounds)
                .await;
            match recorded {
                Err(error) if error.code == Code::RateLimited => tokio::time::sleep(ROOM).await,
                Ok(before) => {
                    if let Some(before) = before {
                        self.all.discard(self.workspace, before).await;
                    }
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Puts an item's bytes in place, where they are not those it had.
    async fn store_content(&self, item: &SyncItem, content: Content) -> Result<Stored> {
        let Content {
            name,
            media_type,
            url,
            mut stamp,
            bytes,
        } = content;
        let mut incoming = Incoming::begin(
            &self.all.store,
            (self.workspace, name, &media_type),
            self.all.ground.most_bytes,
        )
        .await?;
        let hash = bytes.into_incoming(&mut incoming).await?;
        if let Some(reason) = incoming.unreadable() {
            return Ok(Stored::Skipped(reason));
        }
        let known = item.known.as_ref();
        stamp.hash = hash;
        if known.is_some_and(|known| known.stamp.hash == stamp.hash) {
            return Ok(Stored::Same(stamp));
        }
        incoming.seal().await?;
        Ok(Stored::New {
            incoming: Box::new(incoming),
            url,
            stamp,
        })
    }

    /// Removes what has gone, and says what the sync came to.
    async fn conclude(&self) -> Result<Report> {
        let sources = self.all.store.sources(self.workspace);
        let state = sources.state(self.state.id).await?;
        let standing = sources.standing(&state).await?;
        if standing.good == 0 && standing.failed > 0 {
            let message = format!("Nothing of it could be looked at. {}", standing.reason);
            return Ok(Report {
                status: SyncStatus::Failed,
                notes: Vec::new(),
                error: Some(Failure::from(&Error::new(Code::Upstream, message))),
            });
        }
        let mut notes = Vec::new();
        if standing.items == 0 || (standing.good == 0 && standing.known == 0) {
            notes.push("Nothing was found that a document could be made of.".to_owned());
        }
        if state.cut_off {
            notes.push(format!(
                "There is more than the {} items that one sync looks at; the rest was left out.",
                self.place.most()
            ));
        }
        let leaving = self.leaving(&state, &standing, &mut notes).await?;
        for gone in &leaving {
            if let Some(object) = sources.remove(&state, &self.holder, gone).await? {
                self.all.discard(self.workspace, object).await;
            }
        }
        if !leaving.is_empty() {
            let indexer = &self.all.indexer;
            if let Err(error) = indexer.catch_up_with(self.workspace, state.base).await {
                tracing::warn!(base = %state.base, ?error, "the index is behind; the next search catches up");
            }
        }
        Ok(Report {
            status: SyncStatus::Succeeded,
            notes,
            error: None,
        })
    }

    /// The items whose documents go, and notes about those that stay for safety.
    async fn leaving(
        &self,
        state: &SyncState,
        standing: &Standing,
        notes: &mut Vec<String>,
    ) -> Result<Vec<Gone>> {
        let sources = self.all.store.sources(self.workspace);
        let (told, untold): (Vec<Gone>, Vec<Gone>) = sources
            .gone(state)
            .await?
            .into_iter()
            .partition(|gone| gone.told);
        let mut leaving = told;
        if untold.is_empty() || !Place::forgets(&self.source) {
        } else if state.cut_off || !self.place.lists_all(standing.unseen) {
            notes.push(format!(
                "{} documents that nothing led to were kept, because not everything could be looked at.",
                untold.len()
            ));
        } else {
            leaving.extend(untold);
        }
        let total = leaving.len() as u64 + state.removed;
        let before = standing.known + state.removed;
        if !state.remove_many && total >= FEW && total * 2 > before {
            notes.push(format!(
                "{total} of {before} documents have gone from the source. That is more than half, so they were kept. If it is right, sync with `remove_many`."
            ));
            return Ok(Vec::new());
        }
        Ok(leaving)
    }
}

/// What came of an item's bytes.
enum Stored {
    Same(Stamp),
    Skipped(String),
    New {
        incoming: Box<Incoming>,
        url: String,
        stamp: Stamp,
    },
}

fn holder(job: &Job, owner: &str) -> Holder {
    Holder {
        job: job.id,
        owner: owner.to_owned(),
    }
}

fn sync(job: &Job) -> Result<SyncId> {
    job.payload["sync"].as_str().unwrap_or_default().parse()
}
