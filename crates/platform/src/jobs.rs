//! Workers: claim a job, hold on to it, run its handler, record how it ended.

mod embed;
mod evaluate;
mod ingest;
mod sync;
mod wakes;

use std::sync::Arc;
use std::time::Duration;

use headwater_model::id::JobId;
use headwater_model::job::Job;
use headwater_model::{Code, Error, Result};
use headwater_store::Store;
use headwater_store::queue::{LEASE_MILLIS, Lane, MOST_ATTEMPTS};
use tokio::sync::Notify;

use crate::Supervisor;

pub(crate) use embed::EmbedAnew;
pub(crate) use evaluate::Evaluate;
pub(crate) use ingest::{Ingest, Ingested};
pub(crate) use sync::SyncSources;
pub(crate) use wakes::Wakes;

/// Without a wake-up a worker looks this often: for retries, and for other replicas' jobs.
const LOOK: Duration = Duration::from_secs(1);
/// Evaluations that are under way at the same time.
const EVALUATIONS: usize = 2;
/// Sources that one process looks at at once.
const SYNCS: usize = 4;

/// What every worker needs.
pub(crate) struct Workers {
    pub(crate) store: Store,
    pub(crate) supervisor: Supervisor,
    pub(crate) ingest: Ingest,
    pub(crate) embed: EmbedAnew,
    pub(crate) evaluate: Evaluate,
    pub(crate) sync: SyncSources,
    pub(crate) wakes: Wakes,
    /// Says that jobs were taken away.
    pub(crate) recall: Arc<Notify>,
}

impl Workers {
    /// Starts `parallel` workers, and those that evaluate and sync; what a crash left is due first.
    pub(crate) async fn start(self, parallel: usize) -> Result<()> {
        let recovered = self.store.queue().recover().await?;
        if recovered > 0 {
            tracing::info!(jobs = recovered, "resuming jobs the last stop interrupted");
        }
        let workers = Arc::new(self);
        let lanes = [
            (Lane::Documents, parallel.max(1)),
            (Lane::Evaluations, EVALUATIONS),
            (Lane::Syncs, SYNCS),
        ];
        for lane in lanes
            .into_iter()
            .flat_map(|(lane, n)| std::iter::repeat_n(lane, n))
        {
            let worker = workers.clone();
            let owner = workers.store.fresh(JobId::new).to_string();
            workers
                .supervisor
                .spawn("jobs", async move { worker.work(&owner, lane).await });
        }
        Ok(())
    }

    async fn work(&self, owner: &str, lane: Lane) {
        let stop = self.supervisor.stopping();
        while !stop.is_cancelled() {
            match self.store.queue().claim(owner, lane).await {
                Ok(Some(job)) => self.attempt(&job, owner).await,
                other => {
                    if let Err(error) = other {
                        tracing::warn!(?error, "claiming a job");
                    }
                    tokio::select! {
                        () = self.wakes.up(lane) => {}
                        () = tokio::time::sleep(LOOK) => {}
                        () = stop.cancelled() => {}
                    }
                }
            }
        }
    }

    /// One attempt; on stop the job goes back, so that the next start or another replica takes it.
    async fn attempt(&self, job: &Job, owner: &str) {
        let ended = tokio::select! {
            result = self.run(job, owner) => self.settle(job, owner, result).await,
            () = self.hold(job, owner) => Ok(()),
            () = self.supervisor.stopping().cancelled() => {
                self.store.queue().release(job.id, owner).await
            }
        };
        if let Err(error) = ended {
            tracing::warn!(job = %job.id, ?error, "recording how a job ended; it will be tried again");
        }
    }

    async fn run(&self, job: &Job, owner: &str) -> Result<Option<Ingested>> {
        if job.attempts > MOST_ATTEMPTS {
            return Err(Error::internal("the server stopped during every attempt"));
        }
        match job.kind.as_str() {
            headwater_store::knowledge::INGEST => self.ingest.run(job, owner).await.map(Some),
            headwater_store::knowledge::EMBED => self.embed.run(job, owner).await.map(|()| None),
            headwater_store::evaluations::EVALUATE => {
                self.evaluate.run(job, owner).await.map(|()| None)
            }
            headwater_store::sources::SYNC => self.sync.run(job, owner).await.map(|()| None),
            other => Err(Error::internal(format!(
                "no handler for jobs of kind {other}"
            ))),
        }
    }

    async fn settle(&self, job: &Job, owner: &str, result: Result<Option<Ingested>>) -> Result<()> {
        let error = match result {
            Ok(Some(ingested)) => return self.ingest.ready(job, owner, ingested).await,
            Ok(None) => return Ok(()),
            // Deleted or cancelled meanwhile, and the job with it.
            Err(error) if error.code == Code::NotFound => return Ok(()),
            Err(error) => error,
        };
        tracing::warn!(job = %job.id, kind = job.kind, attempt = job.attempts, ?error, "a job was not finished");
        let again = may_pass(&error, job).then(|| self.store.now().plus_millis(again_in(job)));
        match job.kind.as_str() {
            headwater_store::knowledge::EMBED => self.embed.failed(job, owner, &error, again).await,
            headwater_store::evaluations::EVALUATE => {
                self.evaluate.failed(job, owner, &error, again).await
            }
            headwater_store::sources::SYNC => self.sync.failed(job, owner, &error, again).await,
            _ => self.ingest.failed(job, owner, &error, again).await,
        }
    }

    /// Renews the lease until it is lost.
    async fn hold(&self, job: &Job, owner: &str) {
        let third = Duration::from_millis(LEASE_MILLIS.unsigned_abs() / 3);
        loop {
            tokio::select! {
                () = tokio::time::sleep(third) => {}
                () = self.recall.notified() => {}
            }
            match self.store.queue().heartbeat(job.id, owner).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => tracing::warn!(job = %job.id, ?error, "renewing a lease"),
            }
        }
    }
}

/// How long to wait before the next attempt, growing and jittered.
fn again_in(job: &Job) -> i64 {
    let base = 1_000_i64 << job.attempts.min(6);
    base + rand::random::<u16>() as i64 % (base / 2)
}

/// Whether another attempt could end differently.
fn may_pass(error: &Error, job: &Job) -> bool {
    job.attempts < MOST_ATTEMPTS && !matches!(error.code, Code::Invalid | Code::TooLarge)
}
