//! Knowledge bases and their documents.

mod documents;
mod handbook;

use std::collections::HashSet;
use std::sync::Arc;

use headwater_knowledge::parse::isolated::{Isolated, Limits};
use headwater_model::access::{Caller, Permission};
use headwater_model::knowledge::KnowledgeBase;
use headwater_model::page::{Page, PageRequest};
use headwater_model::{Error, Result};
use headwater_store::Store;
use tokio::sync::Notify;

use crate::config::PlatformConfig;
use crate::indexer::Indexer;
use crate::jobs::{Ingest, Workers};
use crate::retrieval::Retrieval;
use crate::{Platform, Supervisor};

pub use documents::Incoming;

const LONGEST_NAME: usize = 100;
const LONGEST_DESCRIPTION: usize = 2_000;

/// What knowledge needs while the house is open.
pub(crate) struct KnowledgeState {
    pub(crate) retrieval: Arc<Retrieval>,
    indexer: Arc<Indexer>,
    /// Wakes a worker.
    wake: Arc<Notify>,
}

impl KnowledgeState {
    /// Sweeps what a crash left, then starts the workers and the indexer.
    pub(crate) async fn open(
        store: &Store,
        config: &PlatformConfig,
        supervisor: &Supervisor,
    ) -> Result<Self> {
        sweep_objects(store, supervisor).await?;
        let indexer = Arc::new(Indexer::new(store.clone()));
        let wake = Arc::new(Notify::new());
        let workers = Workers {
            store: store.clone(),
            supervisor: supervisor.clone(),
            ingest: Ingest {
                store: store.clone(),
                supervisor: supervisor.clone(),
                indexer: indexer.clone(),
                parser: Isolated::new(config.parser_exe.clone(), Limits::default())
                    .with_ocr(config.ocr.clone()),
            },
            wake: wake.clone(),
        };
        workers.start(config.limits.ingest_parallel).await?;
        supervisor.spawn_abortable("indexer", indexer.clone().follow());
        let retrieval = Arc::new(Retrieval {
            store: store.clone(),
            indexer: indexer.clone(),
        });
        Ok(Self {
            retrieval,
            indexer,
            wake,
        })
    }
}

/// Before anything is uploaded: objects without a row are what a crash left of an upload.
async fn sweep_objects(store: &Store, supervisor: &Supervisor) -> Result<()> {
    let known: HashSet<String> = store.indexing().documents().await?.into_iter().collect();
    let objects = store.objects();
    match supervisor.blocking(move || objects.sweep(&known)).await {
        Some(Ok(0)) => {}
        Some(Ok(removed)) => tracing::info!(removed, "swept unfinished uploads"),
        Some(Err(error)) => tracing::warn!(%error, "sweeping unfinished uploads"),
        None => tracing::warn!("sweeping unfinished uploads panicked"),
    }
    Ok(())
}

impl Platform {
    /// The workspace's knowledge bases, oldest first.
    pub async fn knowledge_bases(
        &self,
        caller: &Caller,
        page: &PageRequest,
    ) -> Result<Page<KnowledgeBase>> {
        caller.require(Permission::KnowledgeRead)?;
        self.store().knowledge(caller.workspace).list(page).await
    }

    /// One knowledge base, by id or slug.
    pub async fn knowledge_base(&self, caller: &Caller, name: &str) -> Result<KnowledgeBase> {
        caller.require(Permission::KnowledgeRead)?;
        self.store().knowledge(caller.workspace).get(name).await
    }

    /// Creates a knowledge base; its slug is made from its name.
    pub async fn create_knowledge_base(
        &self,
        caller: &Caller,
        name: &str,
        description: &str,
    ) -> Result<KnowledgeBase> {
        caller.require(Permission::KnowledgeWrite)?;
        let name = checked_name(name)?;
        let description = checked_description(description)?;
        self.store()
            .knowledge(caller.workspace)
            .create(name, &slug(name), description, &caller.label())
            .await
    }

    /// Changes name or description.
    pub async fn update_knowledge_base(
        &self,
        caller: &Caller,
        base: &str,
        name: Option<&str>,
        description: Option<&str>,
    ) -> Result<KnowledgeBase> {
        caller.require(Permission::KnowledgeWrite)?;
        let name = name.map(checked_name).transpose()?.map(str::to_owned);
        let description = description.map(checked_description).transpose()?;
        let description = description.map(str::to_owned);
        let knowledge = self.store().knowledge(caller.workspace);
        let id = knowledge.get(base).await?.id;
        knowledge
            .update(id, name, description, &caller.label())
            .await
    }

    /// Deletes a knowledge base with all its documents.
    pub async fn delete_knowledge_base(&self, caller: &Caller, base: &str) -> Result<()> {
        caller.require(Permission::KnowledgeWrite)?;
        let knowledge = self.store().knowledge(caller.workspace);
        let id = knowledge.get(base).await?.id;
        let documents = knowledge.delete(id, &caller.label()).await?;
        // Gone already; what follows only frees space, and a failure is made good at the next start.
        if let Err(error) = self.inner.knowledge.indexer.remove(id).await {
            tracing::warn!(%id, ?error, "removing the index of a deleted knowledge base");
        }
        for document in documents {
            self.discard_object(caller.workspace, document).await;
        }
        Ok(())
    }
}

fn checked_name(name: &str) -> Result<&str> {
    let name = name.trim();
    let length = name.chars().count();
    if length == 0 || length > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(Error::invalid(
            "name",
            format!("The name must have 1 to {LONGEST_NAME} characters, on one line."),
        ));
    }
    Ok(name)
}

fn checked_description(description: &str) -> Result<&str> {
    if description.chars().count() > LONGEST_DESCRIPTION || description.contains('\0') {
        return Err(Error::invalid(
            "description",
            format!("The description may have at most {LONGEST_DESCRIPTION} characters."),
        ));
    }
    Ok(description.trim())
}

/// A name as flow files write it: small ASCII letters, digits and single hyphens.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(60);
    let slug = slug.trim_matches('-');
    if slug.is_empty() {
        return "knowledge-base".to_owned();
    }
    slug.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_made_from_the_name() {
        assert_eq!(slug("  The (new) Handbook! "), "the-new-handbook");
        assert_eq!(slug("手册"), "knowledge-base");
    }
}
