//! Flows: drafts people edit, revisions that run, and the plans made from them.

mod apply;
mod cache;
mod library;
mod programs;
mod revisions;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use headwater_engine::{Catalogue, Library, Plan, compile_with};
use headwater_model::access::{Caller, Permission};
use headwater_model::flow::graph::valid_slug;
use headwater_model::flow::{
    Flow, FlowDocument, FlowSummary, Note, Pins, Problem, Revision, problems_error,
};
use headwater_model::id::{FlowId, RevisionId, WorkspaceId};
use headwater_model::page::{Page, PageRequest};
use headwater_model::{Error, Result};
use parking_lot::Mutex;

use crate::Platform;

pub use apply::Apply;
pub(crate) use cache::Revisions;
pub use revisions::Version;

/// The demo every workspace begins with.
const DEMO: &str = include_str!("../../../examples/ask-the-handbook.yaml");
/// How many plans are kept compiled.
const PLANS: usize = 1_000;
/// How many of a flow's last runs a list tells of at most.
const MOST_RECENT: u32 = 50;

/// Compiled revisions; a run never parses.
pub(crate) struct Plans {
    catalogue: Catalogue,
    compiled: Mutex<HashMap<RevisionId, Arc<Plan>>>,
    /// Revisions that call other flows, none of them by `latest`.
    steady: Mutex<HashSet<RevisionId>>,
}

impl Plans {
    pub(crate) fn new() -> Self {
        Self {
            catalogue: Catalogue::default(),
            compiled: Mutex::default(),
            steady: Mutex::default(),
        }
    }

    fn known(&self, id: RevisionId) -> Option<Arc<Plan>> {
        self.compiled.lock().get(&id).cloned()
    }

    fn make(&self, revision: &Revision, library: &Library) -> Result<Arc<Plan>> {
        let plan = compile_with(&revision.document, &self.catalogue, library)
            .map_err(|problems| problems_error(&problems))?;
        let plan = Arc::new(plan);
        let mut compiled = self.compiled.lock();
        if compiled.len() >= PLANS {
            compiled.clear();
        }
        compiled.insert(revision.id, plan.clone());
        Ok(plan)
    }

    fn problems(&self, document: &FlowDocument, library: &Library) -> Vec<Problem> {
        compile_with(document, &self.catalogue, library)
            .err()
            .unwrap_or_default()
    }
}

impl Platform {
    /// The workspace's flows; with so many of each one's last runs, when they are asked for.
    pub async fn flows(
        &self,
        caller: &Caller,
        page: &PageRequest,
        recent_runs: Option<u32>,
    ) -> Result<Page<FlowSummary>> {
        caller.require(Permission::FlowsRead)?;
        let mut flows = self.store().flows(caller.workspace).list(page).await?;
        let Some(count) = recent_runs else {
            return Ok(flows);
        };
        caller.require(Permission::RunsRead)?;
        if !(1..=MOST_RECENT).contains(&count) {
            return Err(Error::invalid(
                "recent_runs",
                format!("`recent_runs` must be from 1 to {MOST_RECENT}."),
            ));
        }
        let ids: Vec<FlowId> = flows.items.iter().map(|flow| flow.id).collect();
        let mut recent = self
            .store()
            .runs(caller.workspace)
            .recent(&ids, count)
            .await?;
        for flow in &mut flows.items {
            flow.recent_runs = Some(recent.remove(&flow.id).unwrap_or_default());
        }
        Ok(flows)
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
        well_named(&document)?;
        let note = match publish {
            true => Some(Note {
                pins: self.runnable(caller.workspace, None, &document).await?,
                ..Note::default()
            }),
            false => None,
        };
        self.store()
            .flows(caller.workspace)
            .create(document, note, &caller.label())
            .await
    }

    /// Replaces a draft, unless someone else was faster.
    pub async fn save_draft(
        &self,
        caller: &Caller,
        id: &str,
        mut document: FlowDocument,
        version: u32,
    ) -> Result<Flow> {
        caller.require(Permission::FlowsWrite)?;
        well_named(&document)?;
        let flows = self.store().flows(caller.workspace);
        let flow = flows.get(id).await?;
        if let Some(slug) = document.slug.take().filter(|slug| *slug != flow.slug) {
            return Err(Error::invalid(
                "document.slug",
                format!(
                    "This is the flow “{}”, and the document names “{slug}”. Remove `slug`, or apply the document to that flow.",
                    flow.slug
                ),
            ));
        }
        let saved = flows
            .save_draft(flow.id, document, version, &caller.label())
            .await;
        self.inner.revisions.changed();
        saved
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
    pub async fn validate_flow(
        &self,
        caller: &Caller,
        document: &FlowDocument,
    ) -> Result<Vec<Problem>> {
        caller.require(Permission::FlowsRead)?;
        let pins = Pins::new();
        let (library, _) = self
            .library(caller.workspace, None, document, &pins)
            .await?;
        let mut problems = self.inner.plans.problems(document, &library);
        problems.extend(self.program_problems(caller.workspace, document).await);
        Ok(problems)
    }

    /// The JSON Schema of a flow file.
    pub fn flow_schema(&self) -> serde_json::Value {
        headwater_engine::flow_schema(&self.inner.plans.catalogue)
    }
    /// Gives a workspace the demo flow, published.
    pub(crate) async fn install_demo_flow(&self, workspace: WorkspaceId) -> Result<()> {
        let document = FlowDocument::parse(DEMO)?;
        self.runnable(workspace, None, &document).await?;
        self.store()
            .flows(workspace)
            .create(document, Some(Note::default()), "headwater")
            .await
            .map(drop)
    }
}

/// Whether a document can be kept, finished or not.
fn well_named(document: &FlowDocument) -> Result<()> {
    if document.name.trim().is_empty() || document.name.chars().count() > 100 {
        return Err(Error::invalid(
            "document.name",
            "A flow needs a name of 1 to 100 characters.",
        ));
    }
    if let Some(slug) = document.slug.as_deref().filter(|slug| !valid_slug(slug)) {
        return Err(Error::invalid(
            "document.slug",
            format!(
                "“{slug}” is not a slug. Use 1 to 64 small letters, digits and -, such as ask-the-handbook."
            ),
        ));
    }
    match document.wrong_tags() {
        Some(wrong) => Err(Error::invalid("document.tags", wrong)),
        None => Ok(()),
    }
}
