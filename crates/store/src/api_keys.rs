//! Programs' ways in, found by the hash of their secret.

use headwater_model::access::Scope;
use headwater_model::id::{ApiKeyId, WorkspaceId};
use headwater_model::identity::ApiKey;
use headwater_model::{Error, Result, Timestamp};
use sea_orm::FromQueryResult;

use crate::audit::{self, AuditDraft};
use crate::{Store, values};

/// A workspace's API keys.
pub struct ApiKeys<'s> {
    store: &'s Store,
    workspace: WorkspaceId,
}

#[derive(FromQueryResult)]
struct Row {
    id: String,
    workspace_id: String,
    name: String,
    prefix: String,
    scopes: String,
    created_at: i64,
    last_used_at: Option<i64>,
    expires_at: Option<i64>,
}

impl Row {
    fn read(self) -> Result<(WorkspaceId, ApiKey)> {
        let key = ApiKey {
            id: self.id.parse()?,
            name: self.name,
            prefix: self.prefix,
            scopes: self
                .scopes
                .split(' ')
                .map(Scope::parse)
                .collect::<Result<_>>()?,
            created_at: Timestamp::from_millis(self.created_at),
            last_used_at: self.last_used_at.map(Timestamp::from_millis),
            expires_at: self.expires_at.map(Timestamp::from_millis),
        };
        Ok((self.workspace_id.parse()?, key))
    }
}

const COLUMNS: &str =
    "id, workspace_id, name, prefix, scopes, created_at, last_used_at, expires_at";

impl Store {
    /// The API keys of a workspace.
    pub fn api_keys(&self, workspace: WorkspaceId) -> ApiKeys<'_> {
        ApiKeys {
            store: self,
            workspace,
        }
    }

    /// The key behind a secret and its workspace, expired or not: a secret names its own workspace.
    pub async fn find_api_key(&self, secret_hash: &str) -> Result<Option<(WorkspaceId, ApiKey)>> {
        let sql = format!("select {COLUMNS} from api_keys where secret_hash = $1");
        self.db()
            .one::<Row>(&sql, values![secret_hash])
            .await?
            .map(Row::read)
            .transpose()
    }

    /// Notes that a key was used.
    pub async fn touch_api_key(&self, id: ApiKeyId, at: Timestamp) -> Result<()> {
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    tx.exec(
                        "update api_keys set last_used_at = $2 where id = $1",
                        values![id.to_string(), at.as_millis()],
                    )
                    .await
                    .map(drop)
                })
            })
            .await
    }
}

impl ApiKeys<'_> {
    /// All keys, newest first.
    pub async fn list(&self) -> Result<Vec<ApiKey>> {
        let sql =
            format!("select {COLUMNS} from api_keys where workspace_id = $1 order by id desc");
        let rows: Vec<Row> = self
            .store
            .db()
            .all(&sql, values![self.workspace.to_string()])
            .await?;
        rows.into_iter()
            .map(|row| row.read().map(|(_, key)| key))
            .collect()
    }

    /// Keeps a key.
    pub async fn create(&self, key: ApiKey, secret_hash: String, by: &str) -> Result<()> {
        let workspace = self.workspace;
        let draft = AuditDraft::new(by, "key.create", key.id).detail(key.name.clone());
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.as_str()).collect();
                    tx.exec(
                        "insert into api_keys (id, workspace_id, name, prefix, secret_hash, scopes, created_at, expires_at)
                         values ($1, $2, $3, $4, $5, $6, $7, $8)",
                        values![
                            key.id.to_string(),
                            workspace.to_string(),
                            key.name.clone(),
                            key.prefix.clone(),
                            secret_hash,
                            scopes.join(" "),
                            key.created_at.as_millis(),
                            key.expires_at.map(Timestamp::as_millis)
                        ],
                    )
                    .await?;
                    audit::record(tx, workspace, key.created_at, &draft).await
                })
            })
            .await
    }

    /// Revokes a key at once.
    pub async fn delete(&self, id: ApiKeyId, by: &str) -> Result<()> {
        let (workspace, now) = (self.workspace, self.store.now());
        let draft = AuditDraft::new(by, "key.delete", id);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let sql = "delete from api_keys where workspace_id = $1 and id = $2";
                    if tx
                        .exec(sql, values![workspace.to_string(), id.to_string()])
                        .await?
                        == 0
                    {
                        return Err(Error::not_found("key"));
                    }
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await
    }
}
