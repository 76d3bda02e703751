//! What the hot path would otherwise read for every run: a flow's published number, and revisions,
//! which never change.

use std::collections::HashMap;
use std::sync::Arc;

use headwater_model::flow::{Flow, Revision};
use headwater_model::id::{FlowId, WorkspaceId};
use headwater_model::{Result, Timestamp};
use headwater_store::Store;
use parking_lot::Mutex;

/// How long another replica's publication may go unnoticed, in milliseconds.
const BELIEVED: i64 = 1_000;
const KEPT: usize = 10_000;

/// Flows by workspace and the id or slug asked for, with when they were read.
type Seen = HashMap<(WorkspaceId, String), (Timestamp, Arc<Flow>)>;

#[derive(Default)]
pub(crate) struct Revisions {
    flows: Mutex<Seen>,
    revisions: Mutex<HashMap<(FlowId, u32), Arc<Revision>>>,
}

impl Revisions {
    /// A flow by id or slug, at most a second old.
    pub(crate) async fn flow(
        &self,
        store: &Store,
        workspace: WorkspaceId,
        id: &str,
    ) -> Result<Arc<Flow>> {
        let (key, now) = ((workspace, id.to_owned()), store.now());
        if let Some((at, flow)) = self.flows.lock().get(&key)
            && now < at.plus_millis(BELIEVED)
        {
            return Ok(flow.clone());
        }
        let flow = Arc::new(store.flows(workspace).get(id).await?);
        let mut flows = self.flows.lock();
        if flows.len() >= KEPT {
            flows.clear();
        }
        flows.insert(key, (now, flow.clone()));
        Ok(flow)
    }

    /// A revision of a flow.
    pub(crate) async fn get(
        &self,
        store: &Store,
        workspace: WorkspaceId,
        flow: FlowId,
        number: u32,
    ) -> Result<Arc<Revision>> {
        if let Some(revision) = self.revisions.lock().get(&(flow, number)) {
            return Ok(revision.clone());
        }
        let revision = Arc::new(store.flows(workspace).revision(flow, number).await?);
        let mut revisions = self.revisions.lock();
        if revisions.len() >= KEPT {
            revisions.clear();
        }
        revisions.insert((flow, number), revision.clone());
        Ok(revision)
    }

    /// Forgets flows, after one changed here.
    pub(crate) fn changed(&self) {
        self.flows.lock().clear();
    }
}
