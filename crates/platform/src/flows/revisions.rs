//! Revisions: what was published, what differs, and the way back.

use headwater_model::access::{Caller, Permission};
use headwater_model::flow::diff::FlowDiff;
use headwater_model::flow::{Flow, FlowDocument, Note, Revision, RevisionSummary};
use headwater_model::page::{Page, PageRequest};
use headwater_model::{Error, Result};

use crate::Platform;

/// The longest message of a revision, in characters.
const MESSAGE: usize = 1_000;

/// A state of a flow that can be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    Draft,
    Revision(u32),
}

impl Version {
    /// Reads `draft` or a revision's number.
    pub fn parse(field: &'static str, text: &str) -> Result<Self> {
        match text {
            "draft" => Ok(Self::Draft),
            number => number.parse().map(Self::Revision).map_err(|_| {
                Error::invalid(
                    field,
                    format!("“{text}” is neither `draft` nor a revision's number."),
                )
            }),
        }
    }
}

impl Platform {
    /// Makes the draft the next revision; refused with all its problems when it cannot run.
    pub async fn publish_flow(
        &self,
        caller: &Caller,
        id: &str,
        message: Option<String>,
    ) -> Result<Revision> {
        caller.require(Permission::FlowsWrite)?;
        let flow = self.store().flows(caller.workspace).get(id).await?;
        let document = &flow.draft.document;
        let note = Note {
            message: checked(message)?,
            restores: None,
            pins: self
                .runnable(caller.workspace, Some(&flow.slug), document)
                .await?,
        };
        self.publish_as(caller, &flow, None, note).await
    }

    /// Publishes an earlier revision's document again, as the next revision. The draft stays.
    pub async fn roll_back_flow(
        &self,
        caller: &Caller,
        id: &str,
        number: u32,
        message: Option<String>,
    ) -> Result<Revision> {
        caller.require(Permission::FlowsWrite)?;
        let flows = self.store().flows(caller.workspace);
        let flow = flows.get(id).await?;
        if flow.published == Some(number) {
            return Err(Error::conflict(format!(
                "Revision {number} is the published one already."
            ))
            .with_field("revision"));
        }
        let old = flows.revision(flow.id, number).await?;
        self.plan(caller.workspace, &old).await?;
        let note = Note {
            message: checked(message)?,
            restores: Some(number),
            pins: old.pins,
        };
        self.publish_as(caller, &flow, Some(old.document), note)
            .await
    }

    pub(super) async fn publish_as(
        &self,
        caller: &Caller,
        flow: &Flow,
        document: Option<FlowDocument>,
        note: Note,
    ) -> Result<Revision> {
        let flows = self.store().flows(caller.workspace);
        let published = flows
            .publish(flow.id, document, note, &caller.label())
            .await;
        self.inner.revisions.changed();
        published
    }

    /// A flow's revisions, newest first.
    pub async fn revisions(
        &self,
        caller: &Caller,
        id: &str,
        page: &PageRequest,
    ) -> Result<Page<RevisionSummary>> {
        caller.require(Permission::FlowsRead)?;
        let flows = self.store().flows(caller.workspace);
        let flow = flows.get(id).await?;
        flows.revisions(flow.id, page).await
    }

    /// One revision.
    pub async fn revision(&self, caller: &Caller, id: &str, number: u32) -> Result<Revision> {
        caller.require(Permission::FlowsRead)?;
        let flows = self.store().flows(caller.workspace);
        let flow = flows.get(id).await?;
        flows.revision(flow.id, number).await
    }

    /// What differs between two states of a flow: from the published one to the draft when not said.
    pub async fn flow_diff(
        &self,
        caller: &Caller,
        id: &str,
        from: Option<Version>,
        to: Option<Version>,
    ) -> Result<FlowDiff> {
        caller.require(Permission::FlowsRead)?;
        let flow = self.store().flows(caller.workspace).get(id).await?;
        let from = match (from, flow.published) {
            (Some(from), _) => from,
            (None, Some(number)) => Version::Revision(number),
            (None, None) => {
                return Err(Error::conflict(format!(
                    "“{}” is not published yet, so there is nothing to compare its draft with.",
                    flow.name
                )));
            }
        };
        let before = self.version_of(caller, &flow, from).await?;
        let to = to.unwrap_or(Version::Draft);
        let after = self.version_of(caller, &flow, to).await?;
        Ok(FlowDiff::between(&before, &after))
    }

    async fn version_of(
        &self,
        caller: &Caller,
        flow: &Flow,
        version: Version,
    ) -> Result<FlowDocument> {
        match version {
            Version::Draft => Ok(flow.draft.document.clone()),
            Version::Revision(number) => {
                let flows = self.store().flows(caller.workspace);
                Ok(flows.revision(flow.id, number).await?.document)
            }
        }
    }
}

/// A message worth keeping, if there is one.
pub(super) fn checked(message: Option<String>) -> Result<Option<String>> {
    let message = message.map(|message| message.trim().to_owned());
    let message = message.filter(|message| !message.is_empty());
    if message
        .as_ref()
        .is_some_and(|m| m.chars().count() > MESSAGE)
    {
        return Err(Error::invalid(
            "message",
            format!("The message may have at most {MESSAGE} characters."),
        ));
    }
    Ok(message)
}
