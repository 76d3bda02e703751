//! Results that stand for calling again.

use async_trait::async_trait;
use serde_json::Value;

use crate::id::WorkspaceId;
use crate::{Result, Timestamp};

/// All that a result follows from.
#[derive(Clone, Debug, PartialEq)]
pub struct CacheRequest {
    pub workspace: WorkspaceId,
    /// What is done, and with what.
    pub of: Value,
    /// The models that may do it, as settings name them; what the names stand for counts.
    pub models: Vec<String>,
    /// The secrets it sends, by the workspace's names; a secret that was set anew counts as another.
    pub secrets: Vec<String>,
}

/// What was found.
pub enum CacheFound {
    Hit { value: Value, kept_at: Timestamp },
    Miss(CacheMiss),
}

/// The place for a result that is not there yet. In this process, others who ask for the same wait
/// until it is dropped.
pub struct CacheMiss {
    pub workspace: WorkspaceId,
    pub key: String,
    /// Keeps the others waiting.
    pub hold: Option<Box<dyn Send + Sync>>,
}

/// Keeps results of calls for a while. Contract: a workspace never sees another one's; a result is
/// found until its time is over or there is no room for it; whoever asks for a result that somebody
/// in this process is working on waits for it, once.
#[async_trait]
pub trait ResultCache: Send + Sync + 'static {
    /// Looks for a result.
    async fn find(&self, request: &CacheRequest) -> Result<CacheFound>;

    /// Keeps a result for `ttl_ms`, unless it is too large.
    async fn keep(&self, place: &CacheMiss, value: &Value, ttl_ms: u64) -> Result<()>;
}
