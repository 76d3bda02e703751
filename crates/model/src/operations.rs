//! What operators look at: the audit trail and the findings of a check-up.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::id::AuditEntryId;

/// Who did what to what, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AuditEntry {
    pub id: AuditEntryId,
    pub at: Timestamp,
    /// A user id, a key id, or "operator".
    pub caller: String,
    /// A verb such as `flow.publish`.
    pub action: String,
    /// The id of the thing acted on.
    pub target: String,
    /// A sentence of detail; never a secret.
    pub detail: String,
}

/// Which entries of the audit trail are asked for: all when nothing is set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Whose: a user id, a key id, or "operator".
    pub caller: Option<String>,
    /// A verb such as `flow.publish`, or what stands before its point, such as `flow`.
    pub action: Option<String>,
    /// The id of the thing acted on.
    pub target: Option<String>,
    /// At this time or later.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub to: Option<Timestamp>,
}

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LimitUnit {
    Count,
    Bytes,
    Seconds,
    PerMinute,
}

/// A limit that holds in a workspace, set by `limits.*` of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Limit {
    /// Its key in the configuration, without `limits.`; sizes in MiB are told in bytes.
    pub name: String,
    pub unit: LimitUnit,
    /// How much of it is used now; null where each request is counted for itself.
    pub used: Option<u64>,
    /// Null when there is none.
    pub most: Option<u64>,
}

/// One finding of `headwater doctor` or the system page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Check {
    pub name: String,
    pub ok: bool,
    pub message: String,
    /// What to do, when it is not ok.
    pub fix: Option<String>,
}
