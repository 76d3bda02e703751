//! From a document's bytes to searchable chunks.

use std::sync::Arc;

use headwater_knowledge::chunk::cut;
use headwater_knowledge::parse::NEEDS_OCR;
use headwater_knowledge::parse::isolated::Isolated;
use headwater_model::id::{DocumentId, KnowledgeBaseId};
use headwater_model::job::Job;
use headwater_model::knowledge::chunking::ChunkingSettings;
use headwater_model::knowledge::{Cut, ParsedDocument, Stage, StageName};
use headwater_model::run::Failure;
use headwater_model::{Error, Result, Timestamp};
use headwater_store::Store;
use headwater_store::knowledge::{Holder, JobOutcome};

use crate::Supervisor;
use crate::chunk_vectors::ChunkVectors;
use crate::indexer::Indexer;
use crate::monitor::Recorder;
use crate::progress::Progress;

/// Makes documents searchable.
pub(crate) struct Ingest {
    pub(crate) store: Store,
    pub(crate) supervisor: Supervisor,
    pub(crate) indexer: Arc<Indexer>,
    pub(crate) embedding: Arc<ChunkVectors>,
    pub(crate) parser: Isolated,
    pub(crate) recorder: Arc<Recorder>,
}

/// What came of an ingestion.
#[derive(Default)]
pub(crate) struct Ingested {
    left_out: Option<String>,
    stages: Vec<Stage>,
}

impl Ingest {
    /// Parses, chunks, embeds and indexes; every step may be repeated. What the document had answers
    /// until everything is there.
    pub(super) async fn run(&self, job: &Job, owner: &str) -> Result<Ingested> {
        let id = document(job)?;
        let knowledge = self.store.knowledge(job.workspace);
        let document = knowledge.document(id).await?;
        let base = document.knowledge_base_id;
        let holder = holder(job, owner);
        let mut progress = Progress::new(&self.store, job, id, holder.clone());
        progress.begin(StageName::Parse, Some(1)).await?;
        let object = knowledge.object(id).await?;
        let object = self.store.objects().read(job.workspace, object).await?;
        let mut parsed = self
            .parser
            .parse(object.path(), &document.name, &document.media_type)
            .await?;
        let left_out = std::mem::take(&mut parsed.left_out).join("\n");
        progress.end(1);
        let parsed = Arc::new(parsed);
        loop {
            progress.begin(StageName::Chunk, None).await?;
            let settings = knowledge.get(&base.to_string()).await?;
            let cut = self
                .cut(
                    &parsed,
                    &settings.chunking,
                    settings.embedding_model.as_deref(),
                )
                .await?;
            let chunks = cut.chunks.len() as u64;
            let staged = knowledge
                .stage_chunks(id, &holder, cut, settings.chunking)
                .await?;
            progress.end(chunks);
            self.embed(job, base, id, &mut progress).await?;
            progress.begin(StageName::Index, Some(chunks)).await?;
            if knowledge.take_over(base, id, &holder, &staged).await? {
                self.indexer.catch_up_with(job.workspace, base).await?;
                progress.end(chunks);
                break;
            }
            // Somebody wants the chunks otherwise by now.
            progress.back_to(StageName::Chunk);
        }
        Ok(Ingested {
            left_out: (!left_out.is_empty()).then_some(left_out),
            stages: progress.into_stages(),
        })
    }

    async fn cut(
        &self,
        parsed: &Arc<ParsedDocument>,
        chunking: &ChunkingSettings,
        model: Option<&str>,
    ) -> Result<Cut> {
        let counter = self.embedding.counter(model).await?;
        let (parsed, chunking) = (parsed.clone(), chunking.clone());
        let cut = self
            .supervisor
            .blocking(move || cut(&parsed, &chunking, &*counter))
            .await
            .ok_or_else(|| Error::internal("chunking panicked"))??;
        if cut.chunks.is_empty() {
            return Err(Error::invalid(
                "file",
                "There is no text in this file. Add a file with text in it.",
            ));
        }
        Ok(cut)
    }

    /// Embeds what has no vector yet, by every model that is asked for now that the chunks are there:
    /// one that is chosen later finds them itself.
    async fn embed(
        &self,
        job: &Job,
        base: KnowledgeBaseId,
        id: DocumentId,
        progress: &mut Progress,
    ) -> Result<()> {
        let knowledge = self.store.knowledge(job.workspace);
        let models = knowledge.models(base).await?;
        let mut missing = 0;
        for model in &models {
            missing += knowledge.missing_vectors(id, model).await?;
        }
        progress.begin(StageName::Embed, Some(missing)).await?;
        let mut done = 0;
        for model in &models {
            loop {
                let some = self.embedding.some(job.workspace, base, Some(id), model);
                match some.await? {
                    0 => break,
                    more => done += more as u64,
                }
                progress.advance(done).await?;
            }
        }
        progress.end(done);
        Ok(())
    }

    /// Records that a document can be found, with the job in one transaction.
    pub(super) async fn ready(&self, job: &Job, owner: &str, done: Ingested) -> Result<()> {
        let Ingested { left_out, stages } = done;
        self.end(job, owner, JobOutcome::Ready { left_out, stages })
            .await
    }

    /// Records an attempt that did not come to its end.
    pub(super) async fn failed(
        &self,
        job: &Job,
        owner: &str,
        failed: &Error,
        again: Option<Timestamp>,
    ) -> Result<()> {
        let error = Failure::from(failed);
        let outcome = match again {
            Some(at) => JobOutcome::Again { at, error },
            None if failed.field.as_deref() == Some(NEEDS_OCR) => JobOutcome::NeedsOcr { error },
            None => JobOutcome::Failed { error },
        };
        self.end(job, owner, outcome).await
    }

    async fn end(&self, job: &Job, owner: &str, outcome: JobOutcome) -> Result<()> {
        let ended = match &outcome {
            JobOutcome::Ready { stages, .. } => Some(Some(indexed(stages))),
            JobOutcome::Again { .. } => None,
            JobOutcome::Failed { .. } | JobOutcome::NeedsOcr { .. } => Some(None),
        };
        self.store
            .knowledge(job.workspace)
            .end_attempt(document(job)?, &holder(job, owner), outcome)
            .await?;
        if let Some(chunks) = ended {
            self.recorder.document(chunks);
        }
        Ok(())
    }
}

/// How many chunks came into the index.
fn indexed(stages: &[Stage]) -> u64 {
    let mut stages = stages.iter();
    let index = stages.find(|stage| stage.name == StageName::Index);
    index.map_or(0, |stage| stage.done)
}

fn holder(job: &Job, owner: &str) -> Holder {
    Holder {
        job: job.id,
        owner: owner.to_owned(),
    }
}

fn document(job: &Job) -> Result<DocumentId> {
    job.payload["document"].as_str().unwrap_or_default().parse()
}
