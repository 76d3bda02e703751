//! Queued background work.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::id::{JobId, WorkspaceId};

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    Queued,
    Running,
    /// Failed too often; kept for a person to look at and retry.
    Dead,
}

/// One piece of queued work; a finished job leaves the table.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    pub id: JobId,
    pub workspace: WorkspaceId,
    /// Which handler runs it, such as `ingest`.
    pub kind: String,
    pub payload: serde_json::Value,
    pub status: JobStatus,
    /// Attempts made so far, this one included once claimed.
    pub attempts: u32,
    pub run_at: Timestamp,
    pub last_error: Option<String>,
}
