//! Leases on live runs, what other servers want of them, and picking up the runs of a worker that
//! is gone.

use std::time::Duration;

use headwater_engine::{Onset, RESTART_GAP, RunPast, StartRun};
use headwater_model::ports::{Hold, RunLog as _};
use headwater_model::run::log::LogEntry;
use headwater_model::run::{Failure, RunOutcome};
use headwater_model::trace::RunTrace;
use headwater_model::{Code, Error, Result};
use headwater_providers::otlp::RunAbout;
use headwater_store::Dialect;
use headwater_store::runs::Taken;

use super::live;
use crate::Platform;

/// How often commands from other servers and deadlines are looked for.
const TICK: Duration = Duration::from_millis(500);
/// How many runs are picked up at once.
const AT_ONCE: u32 = 100;

impl Platform {
    /// Picks up what an earlier process left, then keeps leases alive until the house closes.
    pub(crate) fn start_recovery(&self) {
        let platform = self.clone();
        // One SQLite file has one server, so whatever is unfinished at start has lost its worker.
        let mut alone = self.store().db().dialect() == Dialect::Sqlite;
        // Two renewals may fail before a lease ends.
        let turn = self.config().limits.run_lease / 3;
        self.supervisor().spawn_abortable("run leases", async move {
            loop {
                let lease = platform.lease();
                let until = lease.until;
                match platform.store().renew_run_leases(lease).await {
                    Ok(held) => platform.inner.log.holds().renewed(&held, until),
                    Err(error) => tracing::warn!(?error, "renewing the leases of runs"),
                }
                tokio::time::sleep(turn).await;
            }
        });
        let platform = self.clone();
        self.supervisor()
            .spawn_abortable("run recovery", async move {
                loop {
                    match platform.recover(alone).await {
                        Ok(()) => alone = false,
                        Err(error) => tracing::warn!(?error, "picking up runs"),
                    }
                    tokio::time::sleep(turn).await;
                }
            });
        let platform = self.clone();
        self.supervisor()
            .spawn_abortable("run commands", async move {
                loop {
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
        self.give_up_stranded().await?;
        loop {
            let orphans = self
                .store()
                .take_orphans(self.lease(), all, AT_ONCE)
                .await?;
            if orphans.is_empty() {
                return Ok(());
            }
            for orphan in orphans {
                self.adopt(orphan).await;
            }
        }
    }

    /// Runs held here with nobody working on them: their log could not be written, or they could not
    /// be picked up. Whoever comes first takes them, this process included.
    async fn give_up_stranded(&self) -> Result<()> {
        for hold in self.inner.live.stranded() {
            self.store()
                .let_run_go(self.inner.log.owner(), hold)
                .await?;
            self.inner.live.unstrand(hold);
        }
        Ok(())
    }

    /// Goes on with a run of somebody who is gone. One that never can ends as failed; one that
    /// cannot at the moment is given up, and does not keep the others waiting.
    async fn adopt(&self, orphan: Taken) {
        let (run, epoch) = (orphan.id, orphan.epoch);
        let (hold, end) = (Hold { run, epoch }, orphan.last_seq + RESTART_GAP);
        let Err(error) = self.pick_up(orphan).await else {
            return;
        };
        tracing::error!(run_id = %run, ?error, "a run could not be picked up");
        let for_good = matches!(error.code, Code::Invalid | Code::NotFound | Code::Conflict);
        if !for_good || self.bury(hold, end, &error).await.is_err() {
            self.inner.live.strand(hold);
        }
    }

    /// Ends a run that nobody can go on with.
    async fn bury(&self, hold: Hold, seq: u64, error: &Error) -> Result<()> {
        let message = format!("The run cannot go on after a restart: {}", error.message);
        let end = LogEntry::End {
            seq,
            at: self.clock().now(),
            outcome: RunOutcome::failed(Failure::new(error.code, message)),
        };
        self.inner.log.append(hold, vec![end]).await
    }

    /// Stops working on runs and lets others have them at once. The last thing before the store closes.
    pub async fn hand_back_runs(&self) -> Result<()> {
        self.inner.engine.abandon().await;
        self.store().let_runs_go(self.inner.log.owner()).await
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
                epoch: taken.epoch,
                paused: Duration::from_millis(taken.paused_ms),
                recovered: taken.steps,
                waits: taken.waits,
                next_seq,
            },
            pins,
            prices: self.prices_of(taken.workspace).await?,
            trace: None,
        };
        let handle = live::follow(self, taken.workspace, start, taken.until, about);
        if let Some(command) = taken.command {
            handle.tell(command);
        }
        Ok(())
    }
}
