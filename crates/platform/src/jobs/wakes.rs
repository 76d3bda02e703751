//! Wakes workers, so that a job does not wait for the next look.

use std::sync::Arc;

use headwater_store::queue::Lane;
use tokio::sync::Notify;

/// A bell for each lane.
#[derive(Clone, Default)]
pub(crate) struct Wakes {
    documents: Arc<Notify>,
    evaluations: Arc<Notify>,
    syncs: Arc<Notify>,
}

impl Wakes {
    /// Says that there is a job.
    pub(crate) fn one(&self, lane: Lane) {
        self.of(lane).notify_one();
    }

    /// Says that there are jobs for everybody: those who wait are woken, and one who is about to.
    pub(crate) fn all(&self, lane: Lane) {
        self.of(lane).notify_waiters();
        self.of(lane).notify_one();
    }

    /// Returns when somebody said so.
    pub(super) async fn up(&self, lane: Lane) {
        self.of(lane).notified().await;
    }

    fn of(&self, lane: Lane) -> &Notify {
        match lane {
            Lane::Documents => &self.documents,
            Lane::Evaluations => &self.evaluations,
            Lane::Syncs => &self.syncs,
        }
    }
}
