//! The engine's log, kept in the store.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use headwater_model::Result;
use headwater_model::id::RunId;
use headwater_model::ports::{Hold, Park, Parked, RunLog};
use headwater_model::run::log::LogEntry;
use headwater_store::runs::{Lease, NewRun};
use headwater_store::{Dialect, Store};
use parking_lot::Mutex;

use super::holds::Holds;
use crate::spans::Spans;
use crate::telemetry;

/// Appends to the store as `owner`, the worker that is this process.
pub(crate) struct StoreLog {
    store: Store,
    owner: String,
    lease_ms: i64,
    holds: Holds,
    /// Runs to be kept together with their first entries.
    unkept: Mutex<HashMap<RunId, NewRun>>,
    spans: Option<Arc<Spans>>,
}

impl StoreLog {
    pub(crate) fn new(store: Store, lease: Duration, spans: Option<Arc<Spans>>) -> Self {
        Self {
            store,
            lease_ms: lease.as_millis().try_into().unwrap_or(i64::MAX),
            owner: format!("{:032x}", crate::random()),
            holds: Holds::default(),
            unkept: Mutex::default(),
            spans,
        }
    }

    /// This process as the one who works on runs from now on.
    pub(super) fn lease(&self) -> Lease {
        Lease {
            owner: self.owner.clone(),
            until: self.store.now().plus_millis(self.lease_ms),
        }
    }

    /// This process, as leases name it.
    pub(crate) fn owner(&self) -> &str {
        &self.owner
    }

    /// The holds of this process.
    pub(super) fn holds(&self) -> &Holds {
        &self.holds
    }

    /// Whether nobody can have taken a run away.
    fn stands(&self, hold: Hold) -> bool {
        // A file has one server, and nobody else knows a run that is not kept yet.
        self.store.db().dialect() == Dialect::Sqlite
            || self.holds.stands(hold, self.store.now())
            || self.unkept.lock().contains_key(&hold.run)
    }

    pub(super) fn keep_with_first_entry(&self, run: NewRun) {
        self.unkept.lock().insert(run.id, run);
    }
}

/// The models that began to answer in a step, and how long each took.
fn first_tokens(entry: &LogEntry) -> Vec<(String, Duration)> {
    let LogEntry::Step(step) = entry else {
        return Vec::new();
    };
    let calls = step.trace.calls.iter();
    calls
        .filter_map(|call| {
            let took = call.first_token_at?.as_millis() - call.started_at.as_millis();
            let took = Duration::from_millis(u64::try_from(took).unwrap_or(0));
            Some((call.model.clone()?, took))
        })
        .collect()
}

#[async_trait]
impl RunLog for StoreLog {
    async fn confirm(&self, hold: Hold) -> Result<()> {
        if self.stands(hold) {
            return Ok(());
        }
        let until = self.store.held_until(hold, &self.owner).await?;
        self.holds.renewed(&[hold], until);
        Ok(())
    }

    async fn append(&self, hold: Hold, entries: Vec<LogEntry>) -> Result<()> {
        let create = self.unkept.lock().remove(&hold.run);
        let ended = entries.iter().find_map(|entry| match entry {
            LogEntry::End { outcome, .. } => Some((outcome.status, outcome.usage)),
            LogEntry::Step(_) | LogEntry::Wait(_) => None,
        });
        let spoke: Vec<_> = entries.iter().flat_map(first_tokens).collect();
        let told = self
            .spans
            .as_ref()
            .map(|spans| spans.of(hold.run, &entries));
        self.store
            .append_run_log(create, hold, self.owner.clone(), entries)
            .await?;
        if let (Some(spans), Some(told)) = (&self.spans, told) {
            spans.tell(told);
        }
        for (model, took) in spoke {
            telemetry::first_token(&model, took);
        }
        if let Some((status, usage)) = ended {
            telemetry::run(status, usage);
        }
        Ok(())
    }

    async fn park(&self, hold: Hold, park: Park) -> Result<Parked> {
        // A run that has nothing in its log yet is kept first.
        if self.unkept.lock().contains_key(&hold.run) {
            self.append(hold, Vec::new()).await?;
        }
        self.store.park_run(hold, self.owner.clone(), park).await
    }
}
