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

/// One finding of `headwater doctor` or the system page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Check {
    pub name: String,
    pub ok: bool,
    pub message: String,
    /// What to do, when it is not ok.
    pub fix: Option<String>,
}
