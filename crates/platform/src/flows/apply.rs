//! Applying a file: the workspace's flow becomes what the file says, and nothing happens when it is.

use headwater_model::access::{Caller, Permission};
use headwater_model::flow::diff::FlowDiff;
use headwater_model::flow::{Applied, Flow, FlowDocument, Note, Outcome, Pins};
use headwater_model::{Code, Result};

use super::revisions::checked;
use super::well_named;
use crate::Platform;

/// What to make of a file.
#[derive(Clone, Debug)]
pub struct Apply {
    pub document: FlowDocument,
    /// Whether to publish what is not published yet.
    pub publish: bool,
    /// Why, for the revision.
    pub message: Option<String>,
    /// Only tell what would happen.
    pub dry_run: bool,
}

impl Platform {
    /// Creates or updates the flow a file names by its slug, and publishes it; doing it twice does
    /// nothing the second time.
    pub async fn apply_flow(&self, caller: &Caller, apply: Apply) -> Result<Applied> {
        caller.require(Permission::FlowsWrite)?;
        well_named(&apply.document)?;
        let slug = apply.document.wanted_slug();
        let pins = match apply.publish {
            true => {
                self.runnable(caller.workspace, Some(&slug), &apply.document)
                    .await?
            }
            false => Pins::new(),
        };
        let note = Note {
            message: checked(apply.message.clone())?,
            restores: None,
            pins,
        };
        match self.store().flows(caller.workspace).get(&slug).await {
            Ok(flow) => self.update(caller, flow, apply, note).await,
            Err(error) if error.code == Code::NotFound => {
                self.apply_new(caller, slug, apply, note).await
            }
            Err(error) => Err(error),
        }
    }

    async fn apply_new(
        &self,
        caller: &Caller,
        slug: String,
        apply: Apply,
        note: Note,
    ) -> Result<Applied> {
        let mut document = apply.document;
        document.slug = Some(slug.clone());
        let applied = Applied {
            slug,
            name: document.name.clone(),
            outcome: Outcome::Created,
            diff: None,
            published: apply.publish.then_some(1),
        };
        if !apply.dry_run {
            let flows = self.store().flows(caller.workspace);
            let publish = apply.publish.then_some(note);
            flows.create(document, publish, &caller.label()).await?;
            self.inner.revisions.changed();
        }
        Ok(applied)
    }

    async fn update(
        &self,
        caller: &Caller,
        flow: Flow,
        apply: Apply,
        note: Note,
    ) -> Result<Applied> {
        let mut document = apply.document;
        document.slug = None;
        let flows = self.store().flows(caller.workspace);
        // What runs differently; of a flow that is not published, what the draft says differently.
        let running = match flow.published {
            Some(number) if apply.publish => {
                let revision = flows.revision(flow.id, number).await?;
                Some(FlowDiff::between(&revision.document, &document))
            }
            _ => None,
        };
        let publish = apply.publish && running.as_ref().is_none_or(|diff| !diff.is_empty());
        let save = flow.draft.document != document;
        let diff = match running {
            Some(running) if publish => running,
            _ => FlowDiff::between(&flow.draft.document, &document),
        };
        let applied = Applied {
            slug: flow.slug.clone(),
            name: document.name.clone(),
            outcome: match save || publish {
                true => Outcome::Changed,
                false => Outcome::Unchanged,
            },
            diff: Some(diff),
            published: publish.then_some(flow.published.unwrap_or(0) + 1),
        };
        if apply.dry_run {
            return Ok(applied);
        }
        if save {
            let version = flow.draft.version;
            let label = caller.label();
            flows
                .save_draft(flow.id, document.clone(), version, &label)
                .await?;
            self.inner.revisions.changed();
        }
        if publish {
            let document = Some(document);
            self.publish_as(caller, &flow, document, note).await?;
        }
        Ok(applied)
    }
}
