//! How far an ingestion is, stage by stage, for whoever watches.

use headwater_model::id::{DocumentId, WorkspaceId};
use headwater_model::job::Job;
use headwater_model::knowledge::{DocumentStatus, Stage, StageName};
use headwater_model::{Result, Timestamp};
use headwater_store::Store;
use headwater_store::knowledge::Holder;

/// The stages of one attempt.
pub(crate) struct Progress {
    store: Store,
    workspace: WorkspaceId,
    document: DocumentId,
    holder: Holder,
    attempts: u32,
    stages: Vec<Stage>,
    began: Timestamp,
}

impl Progress {
    pub(crate) fn new(store: &Store, job: &Job, document: DocumentId, holder: Holder) -> Self {
        Self {
            workspace: job.workspace,
            document,
            holder,
            attempts: job.attempts,
            stages: Vec::new(),
            began: store.now(),
            store: store.clone(),
        }
    }

    /// A stage begins, with so much to do.
    pub(crate) async fn begin(&mut self, name: StageName, total: Option<u64>) -> Result<()> {
        self.began = self.store.now();
        self.stages.push(Stage {
            name,
            done: 0,
            total,
            took_ms: None,
        });
        self.tell().await
    }

    /// So much of the stage is done.
    pub(crate) async fn advance(&mut self, done: u64) -> Result<()> {
        if let Some(stage) = self.stages.last_mut() {
            stage.done = done;
            // More may have come meanwhile.
            stage.total = stage.total.map(|total| total.max(done));
        }
        self.tell().await
    }

    /// The stage is over; told with the next one.
    pub(crate) fn end(&mut self, done: u64) {
        let took = self.store.now().as_millis() - self.began.as_millis();
        if let Some(stage) = self.stages.last_mut() {
            stage.done = done;
            stage.total = Some(done);
            stage.took_ms = Some(u64::try_from(took).unwrap_or(0));
        }
    }

    /// The stage and those after it are done again.
    pub(crate) fn back_to(&mut self, name: StageName) {
        let kept = self.stages.iter().take_while(|stage| stage.name != name);
        self.stages.truncate(kept.count());
    }

    pub(crate) fn into_stages(self) -> Vec<Stage> {
        self.stages
    }

    async fn tell(&self) -> Result<()> {
        let Some(stage) = self.stages.last() else {
            return Ok(());
        };
        // Of the whole way, by what usually takes how long.
        let (status, from, to) = match stage.name {
            StageName::Parse => (DocumentStatus::Parsing, 0.1, 0.4),
            StageName::Chunk => (DocumentStatus::Chunking, 0.4, 0.5),
            StageName::Embed => (DocumentStatus::Embedding, 0.5, 0.9),
            StageName::Index => (DocumentStatus::Indexing, 0.9, 1.0),
        };
        let share = match stage.total {
            Some(total) if total > 0 => stage.done as f64 / total as f64,
            _ => 0.0,
        };
        let progress = from + (to - from) * share.min(1.0);
        self.store
            .knowledge(self.workspace)
            .set_progress(
                self.document,
                &self.holder,
                (status, progress, self.attempts),
                &self.stages,
            )
            .await
    }
}
