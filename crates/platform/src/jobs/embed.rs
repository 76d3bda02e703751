//! A knowledge base's chunks embedded with another model, while the one before answers.

use std::sync::Arc;

use headwater_model::id::KnowledgeBaseId;
use headwater_model::job::Job;
use headwater_model::{Error, Result, Timestamp};
use headwater_store::Store;

use crate::chunk_vectors::ChunkVectors;
use crate::indexer::Indexer;

/// Moves knowledge bases from one model to another.
pub(crate) struct EmbedAnew {
    pub(crate) store: Store,
    pub(crate) indexer: Arc<Indexer>,
    pub(crate) embedding: Arc<ChunkVectors>,
}

impl EmbedAnew {
    /// Embeds what has no vector yet, tells the index, and lets the model answer; ends the job with it.
    pub(super) async fn run(&self, job: &Job, owner: &str) -> Result<()> {
        let (base, model) = about(job)?;
        let knowledge = self.store.knowledge(job.workspace);
        // Chunks may come while others are embedded.
        while knowledge.models(base).await?.first() == Some(&model) {
            while self
                .embedding
                .some(job.workspace, base, None, &model)
                .await?
                > 0
            {}
            // The vectors are searched the moment the model answers.
            self.indexer.catch_up_with(job.workspace, base).await?;
            if knowledge.search_by(base, &model, job.id, owner).await? {
                return self.indexer.catch_up_with(job.workspace, base).await;
            }
        }
        knowledge.end_job(job.id, owner).await
    }

    /// Records an attempt that did not come to its end.
    pub(super) async fn failed(
        &self,
        job: &Job,
        owner: &str,
        error: &Error,
        again: Option<Timestamp>,
    ) -> Result<()> {
        self.store
            .knowledge(job.workspace)
            .end_embedding(job.id, owner, again, &error.message)
            .await
    }
}

fn about(job: &Job) -> Result<(KnowledgeBaseId, String)> {
    let base = job.payload["base"].as_str().unwrap_or_default().parse()?;
    let model = job.payload["model"]
        .as_str()
        .ok_or_else(|| Error::internal("a job without a model"))?;
    Ok((base, model.to_owned()))
}
