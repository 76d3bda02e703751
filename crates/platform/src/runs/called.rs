//! Runs that somebody waits for and stops when they stop waiting: flows called as tools.

use std::time::Duration;

use headwater_model::Result;
use headwater_model::flow::value::check_input;
use headwater_model::id::{RunId, WorkspaceId};
use headwater_model::run::{Run, RunInput, RunStatus};
use headwater_store::runs::Kept;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::{RunRequest, Talk, Target, fingerprint};
use crate::Platform;

/// How often a paused run is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// A flow that is called.
pub(crate) struct Called {
    pub workspace: WorkspaceId,
    /// Its id or slug.
    pub flow: String,
    pub input: Map<String, Value>,
    /// How many flows called one another to come here.
    pub depth: u32,
    /// The same for every attempt of one call: it finds the run that an earlier attempt started.
    pub key: String,
}

impl Platform {
    /// Runs a published flow to its end; while it is paused, its questions may be answered. Dropping
    /// the future cancels the run, unless the house is closing: then the run and whoever called it
    /// both go on after the restart, and the call finds its run by the key.
    pub(crate) async fn run_called(&self, called: Called) -> Result<Run> {
        let Called {
            workspace, flow, ..
        } = &called;
        let (workspace, store) = (*workspace, self.store());
        let flow = self.inner.revisions.flow(store, workspace, flow).await?;
        let revision = self.published(workspace, &flow).await?;
        let asked = RunRequest {
            target: Target::Flow(flow.id.to_string()),
            input: called.input,
            talk: Talk::default(),
            idempotency_key: None,
        };
        let hash = fingerprint(&asked);
        let input = RunInput {
            input: check_input(&revision.document.inputs, &asked.input)?,
            environment: self.environment_of(workspace, &revision).await?,
            depth: called.depth,
            ..RunInput::default()
        };
        self.admit(workspace)?;
        let mut new = self.new_run(workspace, &revision, &flow.name, input);
        // Callers of the API choose keys, too; theirs do not look like this.
        let key = hex::encode(Sha256::digest(called.key.as_bytes()));
        new.idempotency = Some((format!("tool call {key}"), hash));
        let mut guard = Guard {
            platform: self.clone(),
            workspace,
            run: Some(new.id),
        };
        match store.create_run(new.clone()).await? {
            Kept::Before(id) => guard.run = Some(id),
            Kept::New => {
                self.launch(&revision, new).await?;
            }
        }
        let Some(id) = guard.run else {
            return Err(headwater_model::Error::internal(
                "a called run without an id",
            ));
        };
        loop {
            let run = self.wait_for(workspace, id).await?;
            if run.status != RunStatus::Paused {
                guard.run = None;
                return Ok(run);
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// Cancels the run when nobody waits for it any more.
struct Guard {
    platform: Platform,
    workspace: WorkspaceId,
    run: Option<RunId>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let Some(run) = self.run else { return };
        if self.platform.supervisor().stopping().is_cancelled() {
            return;
        }
        let (platform, workspace) = (self.platform.clone(), self.workspace);
        self.platform
            .supervisor()
            .spawn("cancel a called run", async move {
                if let Err(error) = platform.cancel_anywhere(workspace, run, "headwater").await {
                    tracing::debug!(run_id = %run, ?error, "a called run could not be cancelled");
                }
            });
    }
}
