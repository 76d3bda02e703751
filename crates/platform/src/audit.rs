//! Reading the audit trail. Writing happens where things change, in the same transaction.

use headwater_model::Result;
use headwater_model::access::{Caller, Permission};
use headwater_model::operations::AuditEntry;
use headwater_model::page::{Page, PageRequest};

use crate::Platform;

impl Platform {
    /// The workspace's audit trail, newest first.
    pub async fn audit_entries(
        &self,
        caller: &Caller,
        page: &PageRequest,
    ) -> Result<Page<AuditEntry>> {
        caller.require(Permission::AuditRead)?;
        self.store().audit(caller.workspace).list(page).await
    }
}
