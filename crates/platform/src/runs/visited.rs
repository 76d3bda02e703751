//! Runs that visitors of a share ask for: checked, kept within the share's limits, followed.

use headwater_model::Result;
use headwater_model::access::Caller;
use headwater_model::flow::Revision;
use headwater_model::flow::value::check_input;
use headwater_model::id::{RunId, WorkspaceId};
use headwater_model::run::RunInput;
use headwater_model::run::event::Cursor;
use serde_json::{Map, Value};

use super::EventStream;
use super::follow::Reader;
use crate::Platform;

impl Platform {
    /// Starts a run that a visitor asked for; it is durable when this returns. Whether they may is the
    /// share's to say, and is looked at in the transaction that keeps the run.
    pub(crate) async fn start_visited(
        &self,
        caller: &Caller,
        revision: &Revision,
        flow_name: &str,
        input: Map<String, Value>,
    ) -> Result<RunId> {
        self.admit(caller.workspace)?;
        let input = RunInput {
            input: check_input(&revision.document.inputs, &input)?,
            environment: self.environment_of(caller.workspace, revision).await?,
            visit: caller.visit(),
            ..RunInput::default()
        };
        let new = self.new_run(caller.workspace, revision, flow_name, input);
        let id = new.id;
        self.store().create_run(new.clone()).await?;
        self.launch(revision, new).await?;
        Ok(id)
    }

    /// A run's events; whose it is must have been looked at.
    pub(crate) fn visited_events(
        &self,
        workspace: WorkspaceId,
        id: RunId,
        cursor: Cursor,
    ) -> EventStream {
        Reader::new(self, workspace, id, cursor).stream()
    }
}
