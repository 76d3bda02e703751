//! Environment values: what a workspace sets in place of what its flows say.

use headwater_model::id::WorkspaceId;
use headwater_model::{Error, Result};
use sea_orm::FromQueryResult;
use serde_json::{Map, Value};

use crate::audit::{self, AuditDraft};
use crate::{Store, json, values};

/// A workspace's environment values.
pub struct Environment<'s> {
    store: &'s Store,
    workspace: WorkspaceId,
}

impl Store {
    /// The environment values of a workspace.
    pub fn environment(&self, workspace: WorkspaceId) -> Environment<'_> {
        Environment {
            store: self,
            workspace,
        }
    }
}

#[derive(FromQueryResult)]
struct Row {
    name: String,
    value: String,
}

impl Environment<'_> {
    /// All of them, by name.
    pub async fn all(&self) -> Result<Map<String, Value>> {
        let sql =
            "select name, value from environment_values where workspace_id = $1 order by name";
        let key = values![self.workspace.to_string()];
        let rows: Vec<Row> = self.store.db().all(sql, key).await?;
        let read = |row: Row| Ok((row.name, json::read(&row.value)?));
        rows.into_iter().map(read).collect()
    }

    /// Sets one. The audit entry has its name, not its value.
    pub async fn set(&self, name: &str, value: &Value, by: &str) -> Result<()> {
        let (workspace, now) = (self.workspace, self.store.now());
        let (name, value) = (name.to_owned(), json::write(value)?);
        let draft = AuditDraft::new(by, "environment.set", &name);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    tx.exec(
                        "insert into environment_values (workspace_id, name, value, updated_at) values ($1, $2, $3, $4)
                         on conflict (workspace_id, name) do update set value = excluded.value, updated_at = excluded.updated_at",
                        values![workspace.to_string(), name, value, now.as_millis()],
                    )
                    .await?;
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await
    }

    /// Takes one back: flows have their own value again.
    pub async fn unset(&self, name: &str, by: &str) -> Result<()> {
        let (workspace, now) = (self.workspace, self.store.now());
        let draft = AuditDraft::new(by, "environment.unset", name);
        let name = name.to_owned();
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let sql =
                        "delete from environment_values where workspace_id = $1 and name = $2";
                    let key = values![workspace.to_string(), name];
                    if tx.exec(sql, key).await? == 0 {
                        return Err(Error::not_found("environment value"));
                    }
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await
    }
}
