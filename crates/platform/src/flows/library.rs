//! The flows a flow calls: gathered before compiling, pinned when publishing, settled when a run begins.

use std::sync::Arc;

use headwater_engine::{Callable, Library, Plan};
use headwater_model::flow::{FlowDocument, LATEST, Pins, Revision, Which, problems_error};
use headwater_model::id::WorkspaceId;
use headwater_model::{Code, Error, Result};

use crate::Platform;

/// The most flows one flow may call, those they call included.
const FLOWS: usize = 1_000;

impl Platform {
    /// The plan of a revision.
    pub(crate) async fn plan(
        &self,
        workspace: WorkspaceId,
        revision: &Revision,
    ) -> Result<Arc<Plan>> {
        if let Some(plan) = self.inner.plans.known(revision.id) {
            return Ok(plan);
        }
        let (library, _) = self
            .library(workspace, None, &revision.document, &revision.pins)
            .await?;
        self.inner.plans.make(revision, &library)
    }

    /// Refuses a document that cannot run, with all its problems; tells which revisions it calls.
    pub(crate) async fn runnable(
        &self,
        workspace: WorkspaceId,
        slug: Option<&str>,
        document: &FlowDocument,
    ) -> Result<Pins> {
        let none = Pins::new();
        let (library, _) = self.library(workspace, slug, document, &none).await?;
        let mut problems = self.inner.plans.problems(document, &library);
        problems.extend(self.program_problems(workspace, document).await);
        if !problems.is_empty() {
            return Err(problems_error(&problems));
        }
        let unpinned = document.calls().filter(|(_, which)| which.is_none());
        Ok(unpinned
            .filter_map(|(slug, _)| Some((slug.to_owned(), library.number(slug, None, &none)?)))
            .collect())
    }

    /// A document that belongs to no flow, kept as a revision that always calls the same.
    pub(crate) async fn inline(
        &self,
        workspace: WorkspaceId,
        document: FlowDocument,
    ) -> Result<Revision> {
        let mut pins = self.runnable(workspace, None, &document).await?;
        let (_, latest) = self.library(workspace, None, &document, &pins).await?;
        pins.extend(latest);
        let flows = self.store().flows(workspace);
        flows.inline_revision(document, &pins).await
    }

    /// What a run of a revision runs, also after a restart: where it calls the latest revision of
    /// others, those of this moment.
    pub(crate) async fn settled(
        &self,
        workspace: WorkspaceId,
        revision: Arc<Revision>,
    ) -> Result<Arc<Revision>> {
        let steady = &self.inner.plans.steady;
        let calls = revision.document.calls().next().is_some();
        if !calls || steady.lock().contains(&revision.id) {
            return Ok(revision);
        }
        let (_, latest) = self
            .library(workspace, None, &revision.document, &revision.pins)
            .await?;
        if latest.is_empty() {
            steady.lock().insert(revision.id);
            return Ok(revision);
        }
        let mut pins = revision.pins.clone();
        pins.extend(latest);
        let flows = self.store().flows(workspace);
        let kept = flows
            .inline_revision(revision.document.clone(), &pins)
            .await?;
        Ok(Arc::new(Revision {
            id: kept.id,
            pins,
            ..Revision::clone(&revision)
        }))
    }

    /// The flows a document calls, with all they call in turn, and what `latest` means among them.
    pub(super) async fn library(
        &self,
        workspace: WorkspaceId,
        slug: Option<&str>,
        document: &FlowDocument,
        pins: &Pins,
    ) -> Result<(Library, Pins)> {
        let mut library = Library::of(slug, pins.clone());
        let (mut latest, mut count) = (Pins::new(), 0);
        let mut walk = vec![wanted(document, pins)];
        while let Some(calls) = walk.pop() {
            for (slug, which, pins) in calls {
                let Some(number) = self
                    .choose(workspace, &mut library, &slug, which, &pins)
                    .await?
                else {
                    continue;
                };
                if matches!(which, Some(Which::Latest(_))) {
                    latest.insert(format!("{slug}{LATEST}"), number);
                }
                if library.has(&slug, number) {
                    continue;
                }
                count += 1;
                if count > FLOWS {
                    return Err(Error::invalid(
                        "document",
                        format!("The flow calls more than {FLOWS} others."),
                    ));
                }
                if let Some(revision) = self.called(workspace, &slug, number).await? {
                    walk.push(wanted(&revision.document, &revision.pins));
                    let callable = Callable {
                        document: Arc::new(revision.document.clone()),
                        pins: revision.pins.clone(),
                    };
                    library.add(&slug, number, callable);
                }
            }
        }
        Ok((library, latest))
    }

    /// The revision a call means; nothing when there is no such flow, which compiling tells.
    async fn choose(
        &self,
        workspace: WorkspaceId,
        library: &mut Library,
        slug: &str,
        which: Option<Which>,
        pins: &Pins,
    ) -> Result<Option<u32>> {
        if let Some(number) = library.number(slug, which, pins) {
            return Ok(Some(number));
        }
        let flow = self.inner.revisions.flow(self.store(), workspace, slug);
        let published = found(flow.await)?.and_then(|flow| flow.published);
        if let Some(number) = published {
            library.publish(slug, number);
        }
        Ok(published)
    }

    async fn called(
        &self,
        workspace: WorkspaceId,
        slug: &str,
        number: u32,
    ) -> Result<Option<Arc<Revision>>> {
        let revisions = &self.inner.revisions;
        let Some(flow) = found(revisions.flow(self.store(), workspace, slug).await)? else {
            return Ok(None);
        };
        found(
            revisions
                .get(self.store(), workspace, flow.id, number)
                .await,
        )
    }
}

/// A call with the pins of the flow it stands in.
type Wanted = (String, Option<Which>, Pins);

fn wanted(document: &FlowDocument, pins: &Pins) -> Vec<Wanted> {
    let calls = document.calls();
    calls
        .map(|(slug, which)| (slug.to_owned(), which, pins.clone()))
        .collect()
}

fn found<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(it) => Ok(Some(it)),
        Err(error) if error.code == Code::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
