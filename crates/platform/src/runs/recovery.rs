//! Leases on live runs, what other servers want of them, and picking up the runs of a worker that
//! is gone.

use std::time::Duration;

use headwater_engine::{Onset, RESTART_GAP, RunPast, StartRun};
use headwater_model::Result;
use headwater_model::trace::RunTrace;
use headwater_providers::otlp::RunAbout;
use headwater_store::Dialect;
use headwater_store::runs::Taken;

use super::live;
use crate::Platform;

/// How long a lease lasts without renewal.
pub(super) const LEASE_MS: i64 = 15_000;
/// How often commands from other servers and deadlines are looked for.
const TICK: Duration = Duration::from_millis(500);
/// After how many of these leases are renewed and expired ones looked for: every five seconds.
const LEASES_EVERY: u32 = 10;
/// How many runs are picked up at once.
const AT_ONCE: u32 = 100;

impl Platform {
    /// Picks up what an earlier process left, then keeps leases alive until the house closes.
    pub(crate) fn start_recovery(&self) {
        let platform = self.clone();
        // One SQLite file has one server, so whatever is unfinished at start has lost its worker.
        let mut alone = self.store().db().dialect() == Dialect::Sqlite;
        self.supervisor().spawn_abortable("run leases", async move {
            for tick in 0_u32.. {
                if tick % LEASES_EVERY == 0 {
                    match platform.recover(alone).await {
                        Ok(()) => alone = false,
                        Err(error) => tracing::warn!(?error, "picking up runs"),
                    }
                }
                if let Err(error) = platform.keep_up().await {
                    tracing::warn!(?error, "looking for commands and deadlines");
                }
                tokio::time::sleep(TICK).await;
            }
        });
    }

    /// What was asked of this process's runs elsewhere, and deadlines of anybody's.
    async fn keep_up(&self) -> Result<()> {
        for (run, command) in self.store().run_news(self.inner.log.owner()).await? {
            self.tell(run, command);
        }
        self.keep_deadlines().await
    }

    async fn recover(&self, all: bool) -> Result<()> {
        self.store().renew_run_leases(self.lease()).await?;
        loop {
            let orphans = self
                .store()
                .take_orphans(self.lease(), all, AT_ONCE)
                .await?;
            if orphans.is_empty() {
                return Ok(());
            }
            for orphan in orphans {
                self.pick_up(orphan).await?;
            }
        }
    }

    /// Goes on with a run from its log.
    pub(super) async fn pick_up(&self, taken: Taken) -> Result<()> {
        tracing::info!(run_id = %taken.id, steps = taken.steps.len(), "picking up a run");
        let revision = self
            .store()
            .flows(taken.workspace)
            .revision_by_id(taken.revision_id)
            .await?;
        let plan = self.plan(taken.workspace, &revision).await?;
        let pins = self.pins(taken.workspace, &taken.input).await?;
        let (onset, next_seq) = match taken.resumed_at {
            Some(seq) => (Onset::Resumed, seq),
            None => (Onset::Restarted, taken.last_seq + RESTART_GAP),
        };
        let about = RunAbout {
            run: taken.id,
            trace: RunTrace::new(taken.id, taken.input.trace),
            workspace: taken.workspace,
            flow_id: taken.flow_id,
            flow_name: taken.flow_name,
            revision: revision.number,
            conversation_id: taken.conversation_id,
            started_at: taken.created_at,
            input: self.told_input(&taken.input),
        };
        let start = StartRun {
            run: taken.id,
            workspace: taken.workspace,
            plan,
            input: taken.input,
            started_at: taken.created_at,
            past: RunPast {
                onset,
                paused: Duration::from_millis(taken.paused_ms),
                recovered: taken.steps,
                waits: taken.waits,
                next_seq,
            },
            pins,
            prices: self.prices_of(taken.workspace).await?,
            trace: None,
        };
        let handle = live::follow(self, taken.workspace, start, about);
        if let Some(command) = taken.command {
            handle.tell(command);
        }
        Ok(())
    }
}
