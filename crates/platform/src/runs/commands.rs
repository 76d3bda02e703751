//! Cancel, pause and resume, wherever a run is worked on.

use std::time::Duration;

use headwater_model::Result;
use headwater_model::access::{Caller, Permission};
use headwater_model::id::{RunId, WorkspaceId};
use headwater_model::ports::Command;
use headwater_model::run::Run;
use headwater_store::audit::AuditDraft;
use headwater_store::runs::{Order, Ordered};

use crate::Platform;

/// How long a caller who cancels waits for another server to have done it.
const PATIENCE: Duration = Duration::from_secs(5);

impl Platform {
    /// Cancels a run at once, also in the middle of a model's answer, and also while it is paused or
    /// another server works on it.
    pub async fn cancel_run(&self, caller: &Caller, id: RunId) -> Result<Run> {
        caller.require(Permission::RunsStart)?;
        self.cancel_anywhere(caller.workspace, id, &caller.label())
            .await?;
        self.ended_soon(caller.workspace, id).await
    }

    /// Pauses a run: nothing new begins, what runs is finished, then it waits until it is resumed.
    pub async fn pause_run(&self, caller: &Caller, id: RunId) -> Result<Run> {
        caller.require(Permission::RunsStart)?;
        self.needs_steps(
            caller.workspace,
            id,
            "so its runs cannot be paused. Cancel it instead.",
        )
        .await?;
        let by = self.name_of(caller).await?;
        let audit = AuditDraft::new(&by, "run.pause", id);
        self.order(
            caller.workspace,
            id,
            Order::Pause,
            audit,
            Command::Pause { by: by.clone() },
        )
        .await?;
        Ok(self.store().runs(caller.workspace).get(id).await?.run)
    }

    /// A paused run goes on.
    pub async fn resume_run(&self, caller: &Caller, id: RunId) -> Result<Run> {
        caller.require(Permission::RunsStart)?;
        let by = self.name_of(caller).await?;
        let audit = AuditDraft::new(&by, "run.resume", id);
        self.order(caller.workspace, id, Order::Resume, audit, Command::Resume)
            .await?;
        Ok(self.store().runs(caller.workspace).get(id).await?.run)
    }

    pub(crate) async fn cancel_anywhere(
        &self,
        workspace: WorkspaceId,
        id: RunId,
        by: &str,
    ) -> Result<()> {
        let audit = AuditDraft::new(by, "run.cancel", id);
        self.order(workspace, id, Order::Cancel, audit, Command::Cancel)
            .await
    }

    async fn order(
        &self,
        workspace: WorkspaceId,
        id: RunId,
        order: Order,
        audit: AuditDraft,
        command: Command,
    ) -> Result<()> {
        let ordered = self
            .store()
            .order(workspace, id, order, self.lease(), audit)
            .await?;
        match ordered {
            Ordered::AsItWas => {}
            // Another server looks for commands twice a second.
            Ordered::Told => self.tell(id, command),
            Ordered::Woken(taken) => self.pick_up(*taken).await?,
        }
        Ok(())
    }

    pub(super) fn tell(&self, run: RunId, command: Command) {
        if let Some(handle) = self.inner.live.get(run) {
            handle.tell(command);
        }
    }

    async fn ended_soon(&self, workspace: WorkspaceId, id: RunId) -> Result<Run> {
        let ended = async {
            loop {
                if let Some(handle) = self.inner.live.get(id) {
                    let _ = handle.finished().await;
                }
                let run = self.store().runs(workspace).get(id).await?.run;
                if run.status.is_terminal() {
                    return Ok(run);
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        match tokio::time::timeout(PATIENCE, ended).await {
            Ok(run) => run,
            Err(_) => Ok(self.store().runs(workspace).get(id).await?.run),
        }
    }
}
