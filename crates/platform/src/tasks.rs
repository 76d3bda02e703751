//! Background work: started here, stopped here, and waited for.

use std::future::Future;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

/// Starts named tasks, tells them to stop and waits until they have.
#[derive(Clone, Debug, Default)]
pub struct Supervisor {
    draining: CancellationToken,
    stop: CancellationToken,
    tracker: TaskTracker,
    /// Streams that outlive their request.
    streams: TaskTracker,
}

impl Supervisor {
    /// Says that no new work is wanted; what runs goes on.
    pub fn drain(&self) {
        self.draining.cancel();
    }

    /// Whether no new work is wanted.
    pub fn is_draining(&self) -> bool {
        self.draining.is_cancelled()
    }

    /// Cancelled when the house closes. A task should then finish what it has acknowledged.
    pub fn stopping(&self) -> &CancellationToken {
        &self.stop
    }

    /// A stream to a client, which the house waits for as long as this is kept.
    pub fn stream(&self) -> TaskTrackerToken {
        self.streams.token()
    }

    /// Waits for the end of all streams; asked when no new ones come.
    pub async fn streams_over(&self) {
        self.streams.close();
        self.streams.wait().await;
    }

    /// Runs a task that heeds `stopping` by itself.
    pub fn spawn(&self, name: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        self.tracker.spawn(async move {
            work.await;
            tracing::debug!(task = name, "task ended");
        });
    }

    /// Runs a task that may be dropped at any await when the house closes.
    pub fn spawn_abortable(
        &self,
        name: &'static str,
        work: impl Future<Output = ()> + Send + 'static,
    ) {
        // In a box, because every future that holds another by value has room for it twice.
        let (stop, work) = (self.stop.clone(), Box::pin(work));
        self.spawn(name, async move {
            stop.run_until_cancelled_owned(work).await;
        });
    }

    /// Runs blocking work off the async threads.
    pub async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        tokio::task::spawn_blocking(work).await.ok()
    }

    /// Tells all tasks to stop and waits at most `grace`; whether all ended in time.
    pub async fn stop(&self, grace: Duration) -> bool {
        self.stop.cancel();
        self.tracker.close();
        let ended = futures::future::join(self.tracker.wait(), self.streams_over());
        tokio::time::timeout(grace, ended).await.is_ok()
    }
}
