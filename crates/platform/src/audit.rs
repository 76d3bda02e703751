//! Reading the audit trail. Writing happens where things change, in the same transaction.

use headwater_model::access::{Caller, Permission};
use headwater_model::operations::{AuditEntry, AuditFilter};
use headwater_model::page::{Page, PageRequest};
use headwater_model::{Error, Result};

use crate::Platform;

impl Platform {
    /// What of the workspace's audit trail passes the filter, newest first.
    pub async fn audit_entries(
        &self,
        caller: &Caller,
        filter: &AuditFilter,
        page: &PageRequest,
    ) -> Result<Page<AuditEntry>> {
        caller.require(Permission::AuditRead)?;
        let verb = |c: char| c.is_ascii_lowercase() || c == '.' || c == '_';
        if let Some(action) = &filter.action
            && !action.chars().all(verb)
        {
            return Err(Error::invalid(
                "action",
                "action must be a verb such as flow.publish, or what stands before its point, such as flow.",
            ));
        }
        if let (Some(from), Some(to)) = (filter.from, filter.to)
            && from >= to
        {
            return Err(Error::invalid("to", "to must be later than from."));
        }
        self.store()
            .audit(caller.workspace)
            .list(filter, page)
            .await
    }
}
