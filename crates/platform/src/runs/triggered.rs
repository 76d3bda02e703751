//! Runs that triggers start: kept together with the firing, or not at all.

use headwater_model::Result;
use headwater_model::flow::Revision;
use headwater_model::id::RunId;
use headwater_model::run::RunInput;
use headwater_model::trigger::FiringOutcome;
use headwater_store::triggers::{Fired, NewFiring, TriggerRecord};
use serde_json::{Map, Value};

use crate::{Platform, telemetry};

impl Platform {
    /// Keeps a firing with the run it starts and starts it. The input must have been checked. Gives
    /// the run, or what kept it from starting.
    pub(crate) async fn start_fired(
        &self,
        record: &TriggerRecord,
        revision: &Revision,
        input: Map<String, Value>,
        firing: NewFiring,
    ) -> Result<Result<RunId, Fired>> {
        let workspace = record.workspace;
        self.admit(workspace)?;
        let input = RunInput {
            input,
            environment: self.environment_of(workspace, revision).await?,
            trigger: Some(record.trigger.id),
            ..RunInput::default()
        };
        let mut new = self.new_run(workspace, revision, &record.trigger.flow_name, input);
        new.caller = Some(record.trigger.id.to_string());
        let id = new.id;
        let firing = NewFiring {
            run: Some(new.clone()),
            ..firing
        };
        Ok(match self.store().triggers(workspace).fire(firing).await? {
            Fired::New(FiringOutcome::Started) => {
                telemetry::firing(record.trigger.settings.kind(), FiringOutcome::Started);
                self.launch(revision, new).await?;
                Ok(id)
            }
            Fired::Before(run) => Ok(run),
            other => Err(other),
        })
    }
}
