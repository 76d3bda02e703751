//! The audit trail: written in the transaction of the thing it describes.

use headwater_model::id::{AuditEntryId, WorkspaceId};
use headwater_model::operations::{AuditEntry, AuditFilter};
use headwater_model::page::{Page, PageRequest};
use headwater_model::{Result, Timestamp};
use sea_orm::FromQueryResult;

use crate::{Store, Tx, values};

/// An entry about to be written.
#[derive(Clone, Debug)]
pub struct AuditDraft {
    /// `Caller::label`.
    pub caller: String,
    /// A verb such as `flow.publish`.
    pub action: &'static str,
    pub target: String,
    pub detail: String,
}

impl AuditDraft {
    /// An entry without detail.
    pub fn new(caller: &str, action: &'static str, target: impl ToString) -> Self {
        Self {
            caller: caller.to_owned(),
            action,
            target: target.to_string(),
            detail: String::new(),
        }
    }

    /// Adds a sentence of detail.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }
}

impl Store {
    /// Writes an entry about something that no transaction changes.
    pub async fn note(&self, workspace: WorkspaceId, draft: AuditDraft) -> Result<()> {
        let now = self.now();
        self.db()
            .write(move |tx| Box::pin(async move { record(tx, workspace, now, &draft).await }))
            .await
    }
}

/// Writes an entry in the caller's transaction.
pub async fn record(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    at: Timestamp,
    draft: &AuditDraft,
) -> Result<()> {
    let id = AuditEntryId::new(at, rand::random());
    tx.exec(
        "insert into audit_entries (id, workspace_id, at, caller, action, target, detail)
         values ($1, $2, $3, $4, $5, $6, $7)",
        values![
            id.to_string(),
            workspace.to_string(),
            at.as_millis(),
            draft.caller.clone(),
            draft.action,
            draft.target.clone(),
            draft.detail.clone()
        ],
    )
    .await
    .map(drop)
}

/// A workspace's audit trail.
pub struct Audit<'s> {
    store: &'s Store,
    workspace: WorkspaceId,
}

impl Store {
    /// The audit trail of a workspace.
    pub fn audit(&self, workspace: WorkspaceId) -> Audit<'_> {
        Audit {
            store: self,
            workspace,
        }
    }
}

#[derive(FromQueryResult)]
struct Row {
    id: String,
    at: i64,
    caller: String,
    action: String,
    target: String,
    detail: String,
}

impl Audit<'_> {
    /// Writes an entry about something that changed nothing else.
    pub async fn add(&self, draft: AuditDraft) -> Result<()> {
        let (workspace, at) = (self.workspace, self.store.now());
        self.store
            .db()
            .write(move |tx| Box::pin(async move { record(tx, workspace, at, &draft).await }))
            .await
    }

    /// Entries, newest first.
    pub async fn list(&self, filter: &AuditFilter, page: &PageRequest) -> Result<Page<AuditEntry>> {
        let after = page.after.clone().unwrap_or_else(|| "~".to_owned());
        // All of a kind of thing: `flow` stands for `flow.publish` and its like.
        let kind = filter.action.as_ref().map(|action| format!("{action}.%"));
        let rows: Vec<Row> = self
            .store
            .db()
            .all(
                "select id, at, caller, action, target, detail from audit_entries
                 where workspace_id = $1 and id < $2
                   and ($3 = '' or caller = $3)
                   and ($4 = '' or action = $4 or action like $5)
                   and ($6 = '' or target = $6)
                   and at >= $7 and at < $8
                 order by id desc limit $9",
                values![
                    self.workspace.to_string(),
                    after,
                    filter.caller.clone().unwrap_or_default(),
                    filter.action.clone().unwrap_or_default(),
                    kind.unwrap_or_default(),
                    filter.target.clone().unwrap_or_default(),
                    filter.from.map_or(i64::MIN, Timestamp::as_millis),
                    filter.to.map_or(i64::MAX, Timestamp::as_millis),
                    i64::from(page.limit) + 1
                ],
            )
            .await?;
        let rows = rows
            .into_iter()
            .map(|row| {
                Ok(AuditEntry {
                    id: row.id.parse()?,
                    at: Timestamp::from_millis(row.at),
                    caller: row.caller,
                    action: row.action,
                    target: row.target,
                    detail: row.detail,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Page::from_rows(rows, page.limit, |entry| {
            entry.id.to_string()
        }))
    }
}
