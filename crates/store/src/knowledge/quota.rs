//! What a workspace may have in all, counted in the transaction that adds.

use headwater_model::id::WorkspaceId;
use headwater_model::{Code, Error, Result};
use sea_orm::FromQueryResult;

use super::Knowledge;
use crate::{Tx, values};

/// What a workspace may have at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quota {
    /// Documents that wait to be read.
    pub queued: u64,
    /// All of them; any number when 0.
    pub documents: u64,
    /// Of all of them; any number when 0.
    pub bytes: u64,
}

/// What a workspace has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InUse {
    /// Documents that wait to be read.
    pub queued: u64,
    pub documents: u64,
    pub bytes: u64,
}

impl Knowledge<'_> {
    /// How much of its quota the workspace uses.
    pub async fn in_use(&self) -> Result<InUse> {
        let workspace = values![self.workspace.to_string()];
        let row: Option<InUseRow> = self.store.db().one(IN_USE, workspace).await?;
        Ok(row.map_or(InUse::default(), InUse::from))
    }
}

const IN_USE: &str = "
    select count(*) as documents, cast(coalesce(sum(bytes), 0) as bigint) as bytes,
           count(case when status = 'queued' then 1 end) as queued
    from documents where workspace_id = $1";

#[derive(FromQueryResult)]
struct InUseRow {
    documents: i64,
    bytes: i64,
    queued: i64,
}

impl From<InUseRow> for InUse {
    fn from(row: InUseRow) -> Self {
        let count = |value: i64| u64::try_from(value).unwrap_or(0);
        Self {
            queued: count(row.queued),
            documents: count(row.documents),
            bytes: count(row.bytes),
        }
    }
}

#[derive(FromQueryResult)]
struct Count {
    n: i64,
}

/// Whether there is room for some more documents with so many bytes, in this transaction.
pub(super) async fn within(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    (documents, bytes): (u64, u64),
    quota: Quota,
) -> Result<()> {
    if quota.documents == 0 && quota.bytes == 0 {
        return Ok(());
    }
    // One after the other, so that two who add at once are both counted.
    tx.exec(
        "update workspaces set name = name where id = $1",
        values![workspace.to_string()],
    )
    .await?;
    let used: Option<InUseRow> = tx.one(IN_USE, values![workspace.to_string()]).await?;
    let used = used.map_or(InUse::default(), InUse::from);
    if quota.documents > 0 && used.documents + documents > quota.documents {
        return Err(Error::conflict(format!(
            "This workspace has {} documents and may have {}. Delete some, or ask an operator to raise the limit.",
            used.documents, quota.documents
        ))
        .with_limit("documents", None));
    }
    if quota.bytes > 0 && used.bytes + bytes > quota.bytes {
        return Err(Error::conflict(format!(
            "The documents of this workspace would have {} MiB and may have {}. Delete some, or ask an operator to raise the limit.",
            (used.bytes + bytes).div_ceil(1 << 20),
            quota.bytes >> 20
        ))
        .with_limit("document_mb", None));
    }
    Ok(())
}

/// Whether some more documents may wait to be read.
pub(super) async fn room(tx: &Tx<'_>, workspace: WorkspaceId, more: u64, most: u64) -> Result<()> {
    let waiting: Option<Count> = tx
        .one(
            "select count(*) as n from documents where workspace_id = $1 and status = 'queued'",
            values![workspace.to_string()],
        )
        .await?;
    let waiting = waiting.map_or(0, |count| u64::try_from(count.n).unwrap_or(0));
    if waiting + more > most {
        return Err(Error::new(
            Code::RateLimited,
            format!(
                "{waiting} documents are waiting to be read already. Add more when some are done."
            ),
        )
        .with_limit("queued_documents", Some(30)));
    }
    Ok(())
}
