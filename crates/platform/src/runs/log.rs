//! The engine's log, kept in the store.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use headwater_model::Result;
use headwater_model::id::RunId;
use headwater_model::ports::{Park, Parked, RunLog};
use headwater_model::run::log::LogEntry;
use headwater_store::Store;
use headwater_store::runs::NewRun;
use parking_lot::Mutex;

use crate::spans::Spans;
use crate::telemetry;

/// Appends to the store as `owner`, the worker that is this process.
pub(crate) struct StoreLog {
    store: Store,
    owner: String,
    /// Runs to be kept together with their first entries.
    unkept: Mutex<HashMap<RunId, NewRun>>,
    spans: Option<Arc<Spans>>,
}

impl StoreLog {
    pub(crate) fn new(store: Store, spans: Option<Arc<Spans>>) -> Self {
        Self {
            store,
            owner: format!("{:032x}", crate::random()),
            unkept: Mutex::default(),
            spans,
        }
    }

    /// This process, as leases name it.
    pub(crate) fn owner(&self) -> &str {
        &self.owner
    }

    pub(super) fn keep_with_first_entry(&self, run: NewRun) {
        self.unkept.lock().insert(run.id, run);
    }
}

#[async_trait]
impl RunLog for StoreLog {
    async fn append(&self, run: RunId, entries: Vec<LogEntry>) -> Result<()> {
        let create = self.unkept.lock().remove(&run);
        let ended = entries.iter().find_map(|entry| match entry {
            LogEntry::End { outcome, .. } => Some((outcome.status, outcome.usage)),
            LogEntry::Step(_) | LogEntry::Wait(_) => None,
        });
        let told = self.spans.as_ref().map(|spans| spans.of(run, &entries));
        self.store
            .append_run_log(create, run, self.owner.clone(), entries)
            .await?;
        if let (Some(spans), Some(told)) = (&self.spans, told) {
            spans.tell(told);
        }
        if let Some((status, usage)) = ended {
            telemetry::run(status, usage);
        }
        Ok(())
    }

    async fn park(&self, run: RunId, park: Park) -> Result<Parked> {
        // A run that has nothing in its log yet is kept first.
        if self.unkept.lock().contains_key(&run) {
            self.append(run, Vec::new()).await?;
        }
        self.store.park_run(run, self.owner.clone(), park).await
    }
}
