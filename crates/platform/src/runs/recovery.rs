//! Leases on live runs, and picking up the runs of a worker that is gone.

use std::time::Duration;

use headwater_engine::{RESTART_GAP, StartRun};
use headwater_model::Result;
use headwater_store::Dialect;
use headwater_store::runs::Orphan;

use super::live;
use crate::Platform;

/// How long a lease lasts without renewal.
pub(super) const LEASE_MS: i64 = 15_000;
/// How often leases are renewed and expired ones looked for.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// How many runs are picked up at once.
const AT_ONCE: u32 = 100;

impl Platform {
    /// Picks up what an earlier process left, then keeps leases alive until the house closes.
    pub(crate) fn start_recovery(&self) {
        let platform = self.clone();
        // One SQLite file has one server, so whatever is unfinished at start has lost its worker.
        let mut alone = self.store().db().dialect() == Dialect::Sqlite;
        self.supervisor().spawn_abortable("run leases", async move {
            loop {
                if let Err(error) = platform.recover(alone).await {
                    tracing::warn!(?error, "picking up runs");
                } else {
                    alone = false;
                }
                tokio::time::sleep(HEARTBEAT).await;
            }
        });
    }

    async fn recover(&self, all: bool) -> Result<()> {
        let owner = self.inner.log.owner();
        let until = self.clock().now().plus_millis(LEASE_MS);
        self.store().renew_run_leases(owner, until).await?;
        loop {
            let orphans = self
                .store()
                .take_orphans(owner, until, all, AT_ONCE)
                .await?;
            if orphans.is_empty() {
                return Ok(());
            }
            for orphan in orphans {
                self.pick_up(orphan).await?;
            }
        }
    }

    async fn pick_up(&self, orphan: Orphan) -> Result<()> {
        tracing::info!(run_id = %orphan.id, steps = orphan.steps.len(), "picking up a run");
        let revision = self
            .store()
            .flows(orphan.workspace)
            .revision_by_id(orphan.revision_id)
            .await?;
        let plan = self.plan(orphan.workspace, &revision).await?;
        let last = orphan.steps.iter().map(|step| step.seq).max().unwrap_or(0);
        let start = StartRun {
            run: orphan.id,
            workspace: orphan.workspace,
            plan,
            input: orphan.input,
            started_at: orphan.created_at,
            recovered: orphan.steps,
            next_seq: last + RESTART_GAP,
        };
        live::follow(self, orphan.workspace, start);
        Ok(())
    }
}
