//! From a document's bytes to searchable chunks.

use std::sync::Arc;

use headwater_knowledge::chunk::chunk;
use headwater_knowledge::parse::NEEDS_OCR;
use headwater_knowledge::parse::isolated::Isolated;
use headwater_model::id::DocumentId;
use headwater_model::job::Job;
use headwater_model::knowledge::DocumentStatus;
use headwater_model::run::Failure;
use headwater_model::{Code, Error, Result};
use headwater_store::Store;
use headwater_store::knowledge::JobOutcome;

use super::may_pass;
use crate::Supervisor;
use crate::chunk_vectors::ChunkVectors;
use crate::indexer::Indexer;

/// Makes documents searchable.
pub(crate) struct Ingest {
    pub(crate) store: Store,
    pub(crate) supervisor: Supervisor,
    pub(crate) indexer: Arc<Indexer>,
    pub(crate) embedding: Arc<ChunkVectors>,
    pub(crate) parser: Isolated,
}

impl Ingest {
    /// Parses, chunks, stores and indexes; every step may be repeated. Gives what was left out.
    pub(super) async fn run(&self, job: &Job) -> Result<Option<String>> {
        let id = document(job)?;
        let knowledge = self.store.knowledge(job.workspace);
        let document = knowledge.document(id).await?;
        let watch = |status, progress| knowledge.set_progress(id, status, progress, job.attempts);
        watch(DocumentStatus::Parsing, 0.1).await?;
        let object = self.store.objects().read(job.workspace, id).await?;
        let mut parsed = self
            .parser
            .parse(object.path(), &document.name, &document.media_type)
            .await?;
        watch(DocumentStatus::Chunking, 0.5).await?;
        let left_out = std::mem::take(&mut parsed.left_out).join("\n");
        let drafts = self
            .supervisor
            .blocking(move || chunk(&parsed))
            .await
            .ok_or_else(|| Error::internal("chunking panicked"))?;
        if drafts.is_empty() {
            return Err(Error::invalid(
                "file",
                "There is no text in this file. Add a file with text in it.",
            ));
        }
        let base = document.knowledge_base_id;
        let chunks = drafts.len();
        knowledge.replace_chunks(base, id, drafts).await?;
        // Asked for now that the chunks are there: a model that is chosen later finds them itself.
        for model in knowledge.models(base).await? {
            let mut embedded = 0;
            loop {
                match self
                    .embedding
                    .some(job.workspace, base, Some(id), &model)
                    .await?
                {
                    0 => break,
                    more => embedded += more,
                }
                let share = embedded as f64 / chunks as f64;
                watch(DocumentStatus::Indexing, 0.8 + 0.15 * share.min(1.0)).await?;
            }
        }
        self.indexer.catch_up_with(job.workspace, base).await?;
        Ok((!left_out.is_empty()).then_some(left_out))
    }

    /// Records how an attempt ended, with the job in one transaction.
    pub(super) async fn settle(
        &self,
        job: &Job,
        owner: &str,
        result: Result<Option<String>>,
        again_in: i64,
    ) -> Result<()> {
        let outcome = match result {
            Ok(left_out) => JobOutcome::Ready { left_out },
            // Deleted meanwhile, and the job with it.
            Err(error) if error.code == Code::NotFound => return Ok(()),
            Err(error) => {
                tracing::warn!(job = %job.id, attempt = job.attempts, ?error, "a document was not ingested");
                let failure = Failure::from(&error);
                if may_pass(&error, job) {
                    JobOutcome::Again {
                        at: self.store.now().plus_millis(again_in),
                        error: failure,
                    }
                } else if error.field.as_deref() == Some(NEEDS_OCR) {
                    JobOutcome::NeedsOcr { error: failure }
                } else {
                    JobOutcome::Failed { error: failure }
                }
            }
        };
        self.store
            .knowledge(job.workspace)
            .end_attempt(document(job)?, job.id, owner, outcome)
            .await
    }
}

fn document(job: &Job) -> Result<DocumentId> {
    job.payload["document"].as_str().unwrap_or_default().parse()
}
