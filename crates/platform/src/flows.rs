//! Flows: drafts people edit, revisions that run, and the plans made from them.

mod cache;

use std::collections::HashMap;
use std::sync::Arc;

use headwater_engine::{Catalogue, Plan, compile};
use headwater_model::access::{Caller, Permission};
use headwater_model::flow::{Flow, FlowDocument, FlowSummary, Problem, Revision, problems_error};
use headwater_model::id::{RevisionId, WorkspaceId};
use headwater_model::page::{Page, PageRequest};
use headwater_model::{Error, Result};
use parking_lot::Mutex;

use crate::Platform;

pub(crate) use cache::Revisions;

/// The demo every workspace begins with.
const DEMO: &str = include_str!("../../../examples/ask-the-handbook.yaml");
/// How many plans are kept compiled.
const PLANS: usize = 1_000;

/// Compiled revisions; a run never parses.
pub(crate) struct Plans {
    catalogue: Catalogue,
    compiled: Mutex<HashMap<RevisionId, Arc<Plan>>>,
}

impl Plans {
    pub(crate) fn new() -> Self {
        Self {
            catalogue: Catalogue::default(),
            compiled: Mutex::default(),
        }
    }

    /// The plan of a revision.
    pub(crate) fn of(&self, revision: &Revision) -> Result<Arc<Plan>> {
        if let Some(plan) = self.compiled.lock().get(&revision.id) {
            return Ok(plan.clone());
        }
        let plan = compile(&revision.document, &self.catalogue)
            .map_err(|problems| problems_error(&problems))?;
        let plan = Arc::new(plan);
        let mut compiled = self.compiled.lock();
        if compiled.len() >= PLANS {
            compiled.clear();
        }
        compiled.insert(revision.id, plan.clone());
        Ok(plan)
    }

    /// Refuses a document that cannot run, with all its problems.
    pub(crate) fn check(&self, document: &FlowDocument) -> Result<()> {
        let problems = self.problems(document);
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems_error(&problems))
        }
    }

    fn problems(&self, document: &FlowDocument) -> Vec<Problem> {
        compile(document, &self.catalogue).err().unwrap_or_default()
    }
}

impl Platform {
    /// The workspace's flows.
    pub async fn flows(&self, caller: &Caller, page: &PageRequest) -> Result<Page<FlowSummary>> {
        caller.require(Permission::FlowsRead)?;
        self.store().flows(caller.workspace).list(page).await
    }

    /// A flow by id or slug.
    pub async fn flow(&self, caller: &Caller, id: &str) -> Result<Flow> {
        caller.require(Permission::FlowsRead)?;
        self.store().flows(caller.workspace).get(id).await
    }

    /// Keeps a new flow. An unfinished draft may have problems; a published one may not.
    pub async fn create_flow(
        &self,
        caller: &Caller,
        document: FlowDocument,
        publish: bool,
    ) -> Result<Flow> {
        caller.require(Permission::FlowsWrite)?;
        self.check(&document, publish)?;
        self.store()
            .flows(caller.workspace)
            .create(document, publish, &caller.label())
            .await
    }

    /// Replaces a draft, unless someone else was faster.
    pub async fn save_draft(
        &self,
        caller: &Caller,
        id: &str,
        document: FlowDocument,
        version: u32,
    ) -> Result<Flow> {
        caller.require(Permission::FlowsWrite)?;
        self.check(&document, false)?;
        let flows = self.store().flows(caller.workspace);
        let flow = flows.get(id).await?;
        let saved = flows
            .save_draft(flow.id, document, version, &caller.label())
            .await;
        self.inner.revisions.changed();
        saved
    }

    /// Makes the draft the next revision; refused with all its problems when it cannot run.
    pub async fn publish_flow(&self, caller: &Caller, id: &str) -> Result<Revision> {
        caller.require(Permission::FlowsWrite)?;
        let flows = self.store().flows(caller.workspace);
        let flow = flows.get(id).await?;
        self.check(&flow.draft.document, true)?;
        let published = flows.publish(flow.id, &caller.label()).await;
        self.inner.revisions.changed();
        published
    }

    /// A flow's revisions, newest first.
    pub async fn revisions(&self, caller: &Caller, id: &str) -> Result<Vec<Revision>> {
        caller.require(Permission::FlowsRead)?;
        let flows = self.store().flows(caller.workspace);
        let flow = flows.get(id).await?;
        flows.revisions(flow.id).await
    }

    /// One revision.
    pub async fn revision(&self, caller: &Caller, id: &str, number: u32) -> Result<Revision> {
        caller.require(Permission::FlowsRead)?;
        let flows = self.store().flows(caller.workspace);
        let flow = flows.get(id).await?;
        flows.revision(flow.id, number).await
    }

    /// Deletes a flow with its revisions and conversations.
    pub async fn delete_flow(&self, caller: &Caller, id: &str) -> Result<()> {
        caller.require(Permission::FlowsWrite)?;
        let flows = self.store().flows(caller.workspace);
        let flow = flows.get(id).await?;
        let deleted = flows.delete(flow.id, &caller.label()).await;
        self.inner.revisions.changed();
        deleted
    }

    /// Everything wrong with a document.
    pub fn validate_flow(&self, caller: &Caller, document: &FlowDocument) -> Result<Vec<Problem>> {
        caller.require(Permission::FlowsRead)?;
        Ok(self.inner.plans.problems(document))
    }

    fn check(&self, document: &FlowDocument, runnable: bool) -> Result<()> {
        if document.name.trim().is_empty() || document.name.chars().count() > 100 {
            return Err(Error::invalid(
                "document.name",
                "A flow needs a name of 1 to 100 characters.",
            ));
        }
        if runnable {
            self.inner.plans.check(document)
        } else {
            Ok(())
        }
    }

    /// Gives a workspace the demo flow, published.
    pub(crate) async fn install_demo_flow(&self, workspace: WorkspaceId) -> Result<()> {
        let document = FlowDocument::parse(DEMO)?;
        self.check(&document, true)?;
        self.store()
            .flows(workspace)
            .create(document, true, "headwater")
            .await
            .map(drop)
    }
}
