//! Knowledge bases and their documents.

mod chunks;
mod documents;
mod handbook;
mod preview;
mod uploads;

use std::collections::HashSet;
use std::sync::Arc;

use headwater_knowledge::parse::isolated::{Isolated, Limits};
use headwater_model::access::{Caller, Permission};
use headwater_model::knowledge::KnowledgeBase;
use headwater_model::knowledge::retrieval::RetrievalSettings;
use headwater_model::page::{Page, PageRequest};
use headwater_model::ports::{Embed, Rerank};
use headwater_model::provider::{LOCAL_PROVIDER, split_model};
use headwater_model::{Clock, Code, Error, Result};
use headwater_providers::{Egress, Fetcher};
use headwater_store::Store;
pub use headwater_store::knowledge::{ChunkFilter, KnowledgeBaseChanges, NewKnowledgeBase};
use headwater_store::queue::Lane;
use tokio::sync::Notify;

use crate::chunk_vectors::ChunkVectors;
use crate::config::PlatformConfig;
use crate::evaluations::examining::Examiner;
use crate::evaluations::judging::Judge;
use crate::index_copy::Copying;
use crate::indexer::{Indexer, Indexes};
use crate::jobs::{EmbedAnew, Evaluate, Ingest, SyncSources, Wakes, Workers};
use crate::monitor::Recorder;
use crate::prices::PriceBook;
use crate::providers::ModelRouter;
use crate::retrieval::Retrieval;
use crate::secrets::Opener;
use crate::sources::place::Ground;
use crate::sources::polite::Polite;
use crate::{Platform, Supervisor};

pub use chunks::{ChunkEdit, ChunkToAdd};
pub use documents::Incoming;
pub(crate) use documents::file_name;
pub use preview::Previewed;
pub use uploads::{Announced, Appending};

const LONGEST_NAME: usize = 100;
const LONGEST_DESCRIPTION: usize = 2_000;
const LONGEST_MODEL: usize = 200;

/// What knowledge needs while the house is open.
pub(crate) struct KnowledgeState {
    pub(crate) retrieval: Arc<Retrieval>,
    pub(crate) indexer: Arc<Indexer>,
    /// What is copied into another index.
    pub(crate) copying: Copying,
    pub(crate) embed: Arc<dyn Embed>,
    embedding: Arc<ChunkVectors>,
    previews: preview::Previews,
    /// Wakes workers.
    pub(crate) wakes: Wakes,
    /// Tells workers that jobs were taken away.
    recall: Arc<Notify>,
}

impl KnowledgeState {
    /// Sweeps what a crash left, then starts the workers and the indexer.
    pub(crate) async fn open(
        store: &Store,
        config: &PlatformConfig,
        supervisor: &Supervisor,
        clock: Arc<dyn Clock>,
        (embed, rerank): (Arc<dyn Embed>, Arc<dyn Rerank>),
        indexes: Indexes,
        (models, prices, recorder): (Arc<ModelRouter>, Arc<PriceBook>, Arc<Recorder>),
    ) -> Result<Self> {
        sweep_objects(store).await?;
        let indexer = Arc::new(Indexer::open(indexes).await?);
        let wakes = Wakes::default();
        let recall = Arc::new(Notify::new());
        let parser = Isolated::new(config.parser_exe.clone(), Limits::default())
            .with_ocr(config.ocr.clone());
        let embedding = Arc::new(ChunkVectors {
            store: store.clone(),
            embed: embed.clone(),
        });
        let retrieval = Arc::new(Retrieval {
            store: store.clone(),
            indexer: indexer.clone(),
            embed: embed.clone(),
            rerank,
            clock: clock.clone(),
        });
        let judge = Judge {
            chat: models,
            prices,
            clock: clock.clone(),
        };
        let workers = Workers {
            store: store.clone(),
            supervisor: supervisor.clone(),
            ingest: Ingest {
                store: store.clone(),
                supervisor: supervisor.clone(),
                indexer: indexer.clone(),
                embedding: embedding.clone(),
                parser: parser.clone(),
                recorder,
            },
            embed: EmbedAnew {
                store: store.clone(),
                indexer: indexer.clone(),
                embedding: embedding.clone(),
            },
            evaluate: Evaluate {
                store: store.clone(),
                examiner: Arc::new(Examiner {
                    store: store.clone(),
                    retrieval: retrieval.clone(),
                    judge,
                    clock: clock.clone(),
                }),
            },
            sync: SyncSources {
                store: store.clone(),
                ground: ground(store, config, &clock),
                indexer: indexer.clone(),
                quota: documents::quota(&config.limits),
                wakes: wakes.clone(),
            },
            wakes: wakes.clone(),
            recall: recall.clone(),
        };
        workers.start(config.limits.ingest_parallel).await?;
        supervisor.spawn_abortable("indexer", indexer.clone().follow());
        Ok(Self {
            retrieval,
            indexer,
            copying: Copying::default(),
            embed,
            embedding,
            previews: preview::Previews::new(parser, config.limits.ingest_parallel),
            wakes,
            recall,
        })
    }

    /// Tells workers that jobs were taken away.
    pub(crate) fn recall(&self) {
        self.recall.notify_waiters();
    }
}

/// What looking at sources needs.
fn ground(store: &Store, config: &PlatformConfig, clock: &Arc<dyn Clock>) -> Arc<Ground> {
    let egress = Egress::new(config.sources.egress.clone(), clock.clone());
    let fetch = Fetcher::ruled_by(Arc::new(egress), "knowledge.allow_private");
    Arc::new(Ground {
        calls: Polite::new(Arc::new(fetch), clock.clone()),
        secrets: Arc::new(Opener(store.clone())),
        folders: config.sources.folders.clone(),
        most_bytes: config.limits.upload_bytes,
    })
}

/// Before anything is uploaded: objects without a row are what a crash left of an upload.
async fn sweep_objects(store: &Store) -> Result<()> {
    let documents = store.indexing().documents().await?.into_iter();
    let known: HashSet<String> = documents
        .chain(store.upload_objects().await?)
        .chain(store.attachment_objects().await?)
        .collect();
    match store.objects().sweep(known, store.now()).await {
        Ok(0) => {}
        Ok(removed) => tracing::info!(removed, "swept unfinished uploads"),
        Err(error) => tracing::warn!(?error, "sweeping unfinished uploads"),
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
        mut new: NewKnowledgeBase,
    ) -> Result<KnowledgeBase> {
        caller.require(Permission::KnowledgeWrite)?;
        new.name = checked_name(&new.name)?.to_owned();
        new.description = checked_description(&new.description)?.to_owned();
        new.retrieval.check()?;
        self.check_rerank_model(caller, &new.retrieval).await?;
        new.chunking.check()?;
        if let Some(model) = &new.embedding_model {
            self.check_embedding_model(caller, model).await?;
        }
        let slug = slug(&new.name);
        self.store()
            .knowledge(caller.workspace)
            .create(new, &slug, &caller.label())
            .await
    }

    /// Changes a knowledge base. Another embedding model answers when all chunks are embedded with it,
    /// and documents that are to be cut otherwise answer as before until they are.
    pub async fn update_knowledge_base(
        &self,
        caller: &Caller,
        base: &str,
        mut changes: KnowledgeBaseChanges,
    ) -> Result<KnowledgeBase> {
        caller.require(Permission::KnowledgeWrite)?;
        if let Some(name) = &mut changes.name {
            *name = checked_name(name)?.to_owned();
        }
        if let Some(description) = &mut changes.description {
            *description = checked_description(description)?.to_owned();
        }
        if let Some(retrieval) = &changes.retrieval {
            RetrievalSettings::check(retrieval)?;
            self.check_rerank_model(caller, retrieval).await?;
        }
        if let Some(chunking) = &changes.chunking {
            chunking.check()?;
        }
        if let Some(Some(model)) = &changes.embedding_model {
            self.check_embedding_model(caller, model).await?;
        }
        let knowledge = self.store().knowledge(caller.workspace);
        let id = knowledge.get(base).await?.id;
        let changed = knowledge.update(id, changes, &caller.label()).await?;
        self.inner.knowledge.wakes.one(Lane::Documents);
        Ok(changed)
    }

    /// Whether there is such a model, before anything waits for its vectors.
    async fn check_embedding_model(&self, caller: &Caller, model: &str) -> Result<()> {
        if model.trim().is_empty() || model.len() > LONGEST_MODEL {
            return Err(Error::invalid(
                "embedding_model",
                "Name a model, such as “local/NAME” or “PROVIDER/MODEL”.",
            ));
        }
        let dimensions = self
            .inner
            .knowledge
            .embed
            .dimensions(caller.workspace, model);
        match dimensions.await {
            Err(error) if error.code == Code::NotFound => {
                Err(Error::invalid("embedding_model", error.message))
            }
            Err(error) => Err(error),
            Ok(_) => Ok(()),
        }
    }

    /// Whether there is the provider of the reranking model, before any search needs it.
    async fn check_rerank_model(
        &self,
        caller: &Caller,
        settings: &RetrievalSettings,
    ) -> Result<()> {
        let Some(model) = &settings.rerank_model else {
            return Ok(());
        };
        let (provider, _) = split_model(model)?;
        let providers = self.store().providers(caller.workspace);
        let message = match provider {
            LOCAL_PROVIDER => "Local models do not rerank. Name a provider's model.".to_owned(),
            _ if providers.find(provider).await?.is_some() => return Ok(()),
            _ => crate::providers::unknown_provider(provider)
                .message
                .into_owned(),
        };
        Err(Error::invalid("retrieval.rerank_model", message))
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
