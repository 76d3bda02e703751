//! What goes on in a knowledge base, told as it happens: documents as they come, change and go, and
//! syncs as they get on. It is read from the database, so every server tells what all of them do.
//!
//! A reader that comes back with the id of the last event it had is told everything that changed since;
//! what happened close to that moment it may be told twice.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use futures::stream::{self, BoxStream, StreamExt as _};
use headwater_model::access::Caller;
use headwater_model::id::{DocumentId, KnowledgeBaseId, SyncId, WorkspaceId};
use headwater_model::knowledge::Document;
use headwater_model::knowledge::event::KnowledgeEvent;
use headwater_model::knowledge::source::SourceSync;
use headwater_model::{Code, Error, Result, Timestamp};

use crate::Platform;

/// How often it is looked.
const LOOK: Duration = Duration::from_millis(400);
/// Servers' clocks differ, and a change is seen after it is dated, by no more than this, in milliseconds.
const OVERLAP: i64 = 5_000;
/// Documents of one look.
const AT_ONCE: u32 = 500;

/// How much a reader knows: changes up to a time, and removals up to a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    at: Timestamp,
    seq: i64,
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at.as_millis(), self.seq)
    }
}

impl FromStr for Mark {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let numbers = text.split_once('.');
        let numbers = numbers.and_then(|(at, seq)| Some((at.parse().ok()?, seq.parse().ok()?)));
        let (at, seq) = numbers.ok_or_else(|| {
            Error::invalid(
                "Last-Event-ID",
                "The last event's id is a number, a dot and a number, as the events had it.",
            )
        })?;
        Ok(Self {
            at: Timestamp::from_millis(at),
            seq,
        })
    }
}

/// Events, each with how much is known after it.
pub type KnowledgeEvents = BoxStream<'static, (Mark, KnowledgeEvent)>;

struct Watch {
    platform: Platform,
    workspace: WorkspaceId,
    base: KnowledgeBaseId,
    mark: Mark,
    /// What was told of documents and syncs that changed within the overlap.
    documents: HashMap<DocumentId, Document>,
    syncs: HashMap<SyncId, SourceSync>,
    ready: VecDeque<(Mark, KnowledgeEvent)>,
    first: bool,
}

impl Platform {
    /// What changes in a knowledge base from now on, or since the last event a reader had. The stream
    /// ends when the server stops, or when the knowledge base is gone.
    pub async fn knowledge_events(
        &self,
        caller: &Caller,
        base: &str,
        after: Option<&str>,
    ) -> Result<KnowledgeEvents> {
        let base = self.knowledge_base(caller, base).await?.id;
        let knowledge = self.store().knowledge(caller.workspace);
        let mark = match after {
            Some(text) => text.parse()?,
            None => Mark {
                at: self.clock().now(),
                seq: knowledge.last_change(base).await?,
            },
        };
        let mut watch = Watch {
            platform: self.clone(),
            workspace: caller.workspace,
            base,
            mark,
            documents: HashMap::new(),
            syncs: HashMap::new(),
            ready: VecDeque::new(),
            first: true,
        };
        if after.is_none() {
            // What changed just before is no news.
            let since = mark.at.plus_millis(-OVERLAP);
            for document in knowledge.changed_since(base, since, AT_ONCE).await? {
                watch.documents.insert(document.id, document);
            }
        }
        let open = (
            self.supervisor().stream(),
            self.inner.monitor.recorder.stream(),
        );
        let events = stream::unfold((watch, open), |(mut watch, open)| async move {
            let next = watch.next().await?;
            Some((next, (watch, open)))
        });
        Ok(events.boxed())
    }
}

impl Watch {
    async fn next(&mut self) -> Option<(Mark, KnowledgeEvent)> {
        let supervisor = self.platform.supervisor().clone();
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            if supervisor.is_draining() {
                return None;
            }
            if !std::mem::take(&mut self.first) {
                let stop = supervisor.stopping();
                stop.run_until_cancelled(tokio::time::sleep(LOOK)).await?;
            }
            if let Err(error) = self.look().await {
                if error.code != Code::NotFound {
                    tracing::warn!(base = %self.base, ?error, "watching a knowledge base");
                }
                return None;
            }
        }
    }

    async fn look(&mut self) -> Result<()> {
        let store = self.platform.store().clone();
        let knowledge = store.knowledge(self.workspace);
        // Gone, it has nothing more to tell.
        knowledge.get(&self.base.to_string()).await?;
        let now = self.platform.clock().now();
        let since = self.mark.at.plus_millis(-OVERLAP);
        let changed = knowledge.changed_since(self.base, since, AT_ONCE).await?;
        // When there is more than one look takes, the next one begins where this one ends.
        let full = changed.len() == AT_ONCE as usize;
        let until = match changed.last() {
            Some(last) if full => last.updated_at.plus_millis(OVERLAP),
            _ => now,
        };
        let (gone, seq) = knowledge.gone_since(self.base, self.mark.seq).await?;
        let syncs = store.sources(self.workspace);
        let syncs = syncs.recent_syncs(self.base, since).await?;
        self.mark = Mark {
            at: until.max(self.mark.at),
            seq,
        };
        for document in changed {
            if self.documents.get(&document.id) != Some(&document) {
                self.documents.insert(document.id, document.clone());
                let document = Box::new(document);
                self.tell(KnowledgeEvent::Document { document });
            }
        }
        for document_id in gone {
            self.documents.remove(&document_id);
            self.tell(KnowledgeEvent::DocumentGone { document_id });
        }
        for sync in syncs {
            if self.syncs.get(&sync.id) != Some(&sync) {
                self.syncs.insert(sync.id, sync.clone());
                let sync = Box::new(sync);
                self.tell(KnowledgeEvent::Sync { sync });
            }
        }
        let old = self.mark.at.plus_millis(-2 * OVERLAP);
        self.documents
            .retain(|_, document| document.updated_at >= old);
        self.syncs
            .retain(|_, sync| sync.finished_at.is_none_or(|at| at >= old));
        Ok(())
    }

    fn tell(&mut self, event: KnowledgeEvent) {
        self.ready.push_back((self.mark, event));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_reads_back() {
        let mark: Mark = "1763764800000.17".parse().unwrap();
        assert_eq!(mark.to_string(), "1763764800000.17");
        for wrong in ["", "17", "a.b", "1.2.3"] {
            assert!(wrong.parse::<Mark>().is_err(), "{wrong}");
        }
    }
}
