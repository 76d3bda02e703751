//! Running again: a failed run goes on in a new one, an old input is run anew, a single node of a
//! draft is tried out.

use std::collections::HashMap;

use headwater_model::access::{Caller, Permission};
use headwater_model::flow::InputField;
use headwater_model::flow::value::check_input;
use headwater_model::id::{RunId, WorkspaceId};
use headwater_model::run::log::StepRecord;
use headwater_model::run::{Only, Pins, Run, RunInput, RunStatus, StepStatus};
use headwater_model::{Error, Result};
use headwater_store::runs::Kept;
use serde_json::{Map, Value};

use super::as_draft;
use crate::Platform;

/// How an old input is run anew.
#[derive(Clone, Debug, Default)]
pub struct Replay {
    /// Nodes whose results of then stand.
    pub pins: Vec<String>,
    /// Whether the flow's published revision runs, and not the one of then.
    pub published: bool,
}

/// What a single node is tried out with.
#[derive(Clone, Debug, Default)]
pub struct Trial {
    /// The flow's inputs.
    pub input: Map<String, Value>,
    /// Results of the nodes before it.
    pub outputs: Map<String, Value>,
}

impl Platform {
    /// A failed or cancelled run goes on in a new one: the results of finished steps stand.
    pub async fn retry_run(&self, caller: &Caller, id: RunId) -> Result<Run> {
        caller.require(Permission::RunsStart)?;
        let status = self
            .store()
            .runs(caller.workspace)
            .get(id)
            .await?
            .run
            .status;
        if !matches!(status, RunStatus::Failed | RunStatus::Cancelled) {
            return Err(Error::conflict(
                "Only a run that failed or was cancelled is retried. Replay it instead.",
            ));
        }
        self.needs_steps(
            caller.workspace,
            id,
            "so there is nothing to go on from. Replay the run instead.",
        )
        .await?;
        let pins = Pins {
            of: id,
            retry: true,
            nodes: None,
        };
        self.again(caller, pins, false).await
    }

    /// A new run from an old one's input.
    pub async fn replay_run(&self, caller: &Caller, id: RunId, replay: Replay) -> Result<Run> {
        caller.require(Permission::RunsStart)?;
        if !replay.pins.is_empty() {
            self.needs_steps(
                caller.workspace,
                id,
                "so no results of then can stand. Replay it without pins.",
            )
            .await?;
        }
        let pins = Pins {
            of: id,
            retry: false,
            nodes: Some(replay.pins),
        };
        self.again(caller, pins, replay.published).await
    }

    /// Refuses what needs the steps of a run whose flow keeps none.
    pub(super) async fn needs_steps(
        &self,
        workspace: WorkspaceId,
        id: RunId,
        therefore: &str,
    ) -> Result<()> {
        let record = self.store().runs(workspace).get(id).await?;
        let flows = self.store().flows(workspace);
        let revision = flows.revision_by_id(record.revision_id).await?;
        if revision.document.durability.keeps_steps() {
            return Ok(());
        }
        Err(Error::conflict(format!(
            "The flow of this run keeps no steps (durability: none), {therefore}"
        )))
    }

    async fn again(&self, caller: &Caller, pins: Pins, published: bool) -> Result<Run> {
        let runs = self.store().runs(caller.workspace);
        let record = runs.get(pins.of).await?;
        let flows = self.store().flows(caller.workspace);
        let revision = match record.run.flow_id {
            Some(flow) if published => {
                let flow = flows.get(&flow.to_string()).await?;
                self.published(caller.workspace, &flow)
                    .await?
                    .as_ref()
                    .clone()
            }
            _ => flows.revision_by_id(record.revision_id).await?,
        };
        let all: Vec<&str> = revision
            .document
            .nodes
            .iter()
            .map(|n| n.id.as_str())
            .collect();
        for (index, node) in pins.nodes.iter().flatten().enumerate() {
            if !all.contains(&node.as_str()) {
                return Err(Error::invalid(
                    format!("pins[{index}]"),
                    format!(
                        "The flow has no node “{node}” outside of containers; it has: {}.",
                        all.join(", ")
                    ),
                ));
            }
        }
        let plan = self.plan(caller.workspace, &revision).await?;
        self.has_secrets(caller.workspace, &plan.secrets).await?;
        self.admit(caller.workspace)?;
        let before = runs.input(pins.of).await?;
        let input = RunInput {
            input: check_input(&revision.document.inputs, &before.input)?,
            pins: Some(pins),
            trigger: None,
            visit: None,
            trace: caller.trace,
            ..before
        };
        let mut new = self.new_run(caller.workspace, &revision, &record.run.flow_name, input);
        new.caller = Some(caller.label());
        new.flow_id = record.run.flow_id;
        if !published {
            // A draft's run has no number, and neither has its retry.
            new.revision = record.run.revision;
        }
        let id = new.id;
        if self.store().create_run(new.clone()).await? == Kept::New {
            self.launch(&revision, new).await?;
        }
        Ok(runs.get(id).await?.run)
    }

    /// Runs one node of a flow's draft, with given results of the nodes before it.
    pub async fn run_node(
        &self,
        caller: &Caller,
        flow: &str,
        node: &str,
        trial: Trial,
    ) -> Result<Run> {
        caller.require(Permission::RunsInline)?;
        let flow = self.store().flows(caller.workspace).get(flow).await?;
        let document = flow.draft.document;
        let known = |id: &str| id == "start" || document.nodes.iter().any(|n| n.id == id);
        if node == "start" || !known(node) {
            return Err(Error::not_found("node").with_field("node"));
        }
        if let Some(unknown) = trial.outputs.keys().find(|id| !known(id)) {
            return Err(Error::invalid(
                format!("outputs.{unknown}"),
                format!("The draft has no node “{unknown}” outside of containers."),
            ));
        }
        // What the node does not read need not be given.
        let optional: Vec<InputField> = document
            .inputs
            .iter()
            .map(|field| InputField {
                required: false,
                ..field.clone()
            })
            .collect();
        let revision = self.inline(caller.workspace, document).await?;
        self.admit(caller.workspace)?;
        let input = RunInput {
            input: check_input(&optional, &trial.input)?,
            environment: self.environment_of(caller.workspace, &revision).await?,
            only: Some(Only {
                node: node.to_owned(),
                outputs: trial.outputs,
            }),
            trace: caller.trace,
            ..RunInput::default()
        };
        let mut new = self.new_run(caller.workspace, &revision, &flow.name, input);
        new.caller = Some(caller.label());
        as_draft(&mut new, flow.id);
        self.run_to_end(&revision, new).await
    }

    /// The results of another run that stand for a run's own.
    pub(super) async fn pins(
        &self,
        workspace: WorkspaceId,
        input: &RunInput,
    ) -> Result<HashMap<String, StepRecord>> {
        let Some(pins) = &input.pins else {
            return Ok(HashMap::new());
        };
        let log = self.store().runs(workspace).log(pins.of, 0).await?;
        let wanted = |record: &StepRecord| match &pins.nodes {
            None => true,
            Some(nodes) => {
                let root = record.place().split(['[', '/']).next().unwrap_or_default();
                nodes.iter().any(|node| node == root)
            }
        };
        // A failure that its node took care of is a result, too.
        let stands = |record: &StepRecord| match record.status {
            StepStatus::Done => true,
            StepStatus::Failed => record.handle.is_some(),
            _ => false,
        };
        Ok(log
            .into_iter()
            .filter(|record| stands(record) && wanted(record))
            .map(|record| (record.place().to_owned(), record))
            .collect())
    }
}
