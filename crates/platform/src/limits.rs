//! What a workspace may use, and how much of it it uses.

use headwater_model::Result;
use headwater_model::access::{Caller, Permission};
use headwater_model::operations::{Limit, LimitUnit};

use crate::Platform;

/// A limit of the configuration, where 0 stands for none.
fn limit(name: &str, unit: LimitUnit, used: Option<u64>, most: u64) -> Limit {
    Limit {
        name: name.to_owned(),
        unit,
        used,
        most: (most > 0).then_some(most),
    }
}

impl Platform {
    /// The limits that hold in the workspace; those that fill up come first.
    pub async fn limits(&self, caller: &Caller) -> Result<Vec<Limit>> {
        caller.require(Permission::RunsRead)?;
        let documents = self.store().knowledge(caller.workspace).in_use().await?;
        let runs = self.inner.live.of(caller.workspace);
        let set = &self.config().limits;
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let each = |name, unit, most| limit(name, unit, None, most);
        let mebibytes = set.document_mb.saturating_mul(1 << 20);
        Ok(vec![
            limit(
                "documents",
                LimitUnit::Count,
                Some(documents.documents),
                set.documents,
            ),
            limit(
                "document_mb",
                LimitUnit::Bytes,
                Some(documents.bytes),
                mebibytes,
            ),
            limit(
                "queued_documents",
                LimitUnit::Count,
                Some(documents.queued),
                set.queued_documents,
            ),
            limit(
                "concurrent_runs",
                LimitUnit::Count,
                Some(count(runs)),
                count(set.concurrent_runs),
            ),
            each("upload_bytes", LimitUnit::Bytes, set.upload_bytes),
            each("attachment_bytes", LimitUnit::Bytes, set.attachment_bytes),
            each(
                "attachments_per_message",
                LimitUnit::Count,
                count(set.attachments_per_message),
            ),
            each("body_bytes", LimitUnit::Bytes, set.body_bytes),
            each("run_seconds", LimitUnit::Seconds, set.run_time.as_secs()),
            each(
                "requests_per_minute",
                LimitUnit::PerMinute,
                set.requests_per_minute.into(),
            ),
            each(
                "sign_ins_per_minute",
                LimitUnit::PerMinute,
                set.sign_ins_per_minute.into(),
            ),
            each(
                "deliveries_per_minute",
                LimitUnit::PerMinute,
                set.deliveries_per_minute.into(),
            ),
            each(
                "forms_per_minute",
                LimitUnit::PerMinute,
                set.forms_per_minute.into(),
            ),
            each(
                "visits_per_minute",
                LimitUnit::PerMinute,
                set.visits_per_minute.into(),
            ),
        ])
    }
}
