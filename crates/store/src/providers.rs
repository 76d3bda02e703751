//! Vendors a workspace configured, their sealed keys, what they last listed, and the default model.

use headwater_model::id::{CredentialId, ProviderId, WorkspaceId};
use headwater_model::provider::{Provider, ProviderKind};
use headwater_model::{Error, Result, Timestamp};
use sea_orm::FromQueryResult;
use zeroize::Zeroizing;

use crate::audit::{self, AuditDraft};
use crate::{Store, Tx, values};

/// A workspace's providers.
pub struct Providers<'s> {
    store: &'s Store,
    workspace: WorkspaceId,
}

/// A provider and the models it listed when it was last asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderRecord {
    pub provider: Provider,
    pub models: Vec<String>,
    /// When it was last asked with success.
    pub models_at: Option<Timestamp>,
}

/// What changes about a provider; what is absent stays.
#[derive(Clone, Default)]
pub struct ProviderChange {
    pub name: Option<String>,
    pub base_url: Option<String>,
    /// A new key, or none any more.
    pub api_key: Option<Option<Zeroizing<String>>>,
}

#[derive(FromQueryResult)]
struct Row {
    id: String,
    kind: String,
    name: String,
    base_url: String,
    credential_id: Option<String>,
    models: String,
    models_at: Option<i64>,
    created_at: i64,
}

#[derive(FromQueryResult)]
struct SealedRow {
    id: String,
    sealed: Vec<u8>,
}

#[derive(FromQueryResult)]
struct DefaultRow {
    default_model: Option<String>,
}

const COLUMNS: &str = "id, kind, name, base_url, credential_id, models, models_at, created_at";

impl Row {
    fn read(self) -> Result<ProviderRecord> {
        Ok(ProviderRecord {
            provider: Provider {
                id: self.id.parse()?,
                kind: ProviderKind::parse(&self.kind)?,
                name: self.name,
                base_url: self.base_url,
                has_key: self.credential_id.is_some(),
                created_at: Timestamp::from_millis(self.created_at),
            },
            models: serde_json::from_str(&self.models).map_err(Error::internal)?,
            models_at: self.models_at.map(Timestamp::from_millis),
        })
    }
}

impl Store {
    /// The providers of a workspace.
    pub fn providers(&self, workspace: WorkspaceId) -> Providers<'_> {
        Providers {
            store: self,
            workspace,
        }
    }
}

impl Providers<'_> {
    /// All providers, by name.
    pub async fn list(&self) -> Result<Vec<ProviderRecord>> {
        let sql = format!("select {COLUMNS} from providers where workspace_id = $1 order by name");
        let values = values![self.workspace.to_string()];
        let rows: Vec<Row> = self.store.db().all(&sql, values).await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// One provider.
    pub async fn get(&self, id: ProviderId) -> Result<ProviderRecord> {
        self.one_where("id", id.to_string())
            .await?
            .ok_or_else(|| Error::not_found("provider"))
    }

    /// The provider of that name, if there is one.
    pub async fn find(&self, name: &str) -> Result<Option<ProviderRecord>> {
        self.one_where("name", name.to_owned()).await
    }

    async fn one_where(&self, column: &str, value: String) -> Result<Option<ProviderRecord>> {
        let sql =
            format!("select {COLUMNS} from providers where workspace_id = $1 and {column} = $2");
        let values = values![self.workspace.to_string(), value];
        let row: Option<Row> = self.store.db().one(&sql, values).await?;
        row.map(Row::read).transpose()
    }

    /// The provider's key, opened.
    pub async fn api_key(&self, id: ProviderId) -> Result<Option<Zeroizing<String>>> {
        let sql = "select c.id as id, c.sealed as sealed from providers p
             join credentials c on c.id = p.credential_id and c.workspace_id = p.workspace_id
             where p.workspace_id = $1 and p.id = $2";
        let values = values![self.workspace.to_string(), id.to_string()];
        let Some(row) = self.store.db().one::<SealedRow>(sql, values).await? else {
            return Ok(None);
        };
        let opened = self
            .store
            .vault()
            .unseal(&owner(self.workspace, &row.id), &row.sealed)?;
        let text = std::str::from_utf8(&opened).map_err(Error::internal)?;
        Ok(Some(Zeroizing::new(text.to_owned())))
    }

    /// Keeps a provider and seals its key.
    pub async fn create(
        &self,
        provider: Provider,
        api_key: Option<Zeroizing<String>>,
        by: &str,
    ) -> Result<()> {
        let (workspace, at) = (self.workspace, provider.created_at);
        let sealed = api_key.map(|key| self.seal(&key)).transpose()?;
        let draft = AuditDraft::new(by, "provider.create", provider.id).detail(format!(
            "{} ({}) at {}",
            provider.name,
            provider.kind.as_str(),
            provider.base_url
        ));
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let credential = keep(tx, workspace, at, sealed).await?;
                    tx.exec(
                        "insert into providers (id, workspace_id, kind, name, base_url, credential_id, models, created_at)
                         values ($1, $2, $3, $4, $5, $6, '[]', $7)",
                        values![
                            provider.id.to_string(),
                            workspace.to_string(),
                            provider.kind.as_str(),
                            provider.name.clone(),
                            provider.base_url.clone(),
                            credential,
                            at.as_millis()
                        ],
                    )
                    .await
                    .map_err(name_taken)?;
                    audit::record(tx, workspace, at, &draft).await
                })
            })
            .await
    }

    /// Changes a provider. A new name is taken over by the default model; a new base URL or key
    /// forgets what was listed.
    pub async fn update(&self, id: ProviderId, change: ProviderChange, by: &str) -> Result<()> {
        let (workspace, now) = (self.workspace, self.store.now());
        let sealed = match &change.api_key {
            Some(Some(key)) => Some(self.seal(key)?),
            _ => None,
        };
        let before = self.get(id).await?.provider;
        let draft = AuditDraft::new(by, "provider.update", id).detail(described(&change));
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    if change.api_key.is_some() {
                        forget(tx, workspace, id).await?;
                        let credential = keep(tx, workspace, now, sealed).await?;
                        let sql = "update providers set credential_id = $3
                             where workspace_id = $1 and id = $2";
                        let values = values![workspace.to_string(), id.to_string(), credential];
                        tx.exec(sql, values).await?;
                    }
                    if change.api_key.is_some() || change.base_url.is_some() {
                        let sql = "update providers set models = '[]', models_at = null
                             where workspace_id = $1 and id = $2";
                        tx.exec(sql, values![workspace.to_string(), id.to_string()]).await?;
                    }
                    let changed = tx
                        .exec(
                            "update providers set name = coalesce($3, name), base_url = coalesce($4, base_url)
                             where workspace_id = $1 and id = $2",
                            values![
                                workspace.to_string(),
                                id.to_string(),
                                change.name.clone(),
                                change.base_url.clone()
                            ],
                        )
                        .await
                        .map_err(name_taken)?;
                    if changed == 0 {
                        return Err(Error::not_found("provider"));
                    }
                    if let Some(name) = &change.name {
                        move_default(tx, workspace, &before.name, Some(name)).await?;
                    }
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await
    }

    /// Removes a provider and its key; a default model of its goes back to the built-in one.
    pub async fn delete(&self, id: ProviderId, by: &str) -> Result<()> {
        let (workspace, now) = (self.workspace, self.store.now());
        let name = self.get(id).await?.provider.name;
        let draft = AuditDraft::new(by, "provider.delete", id).detail(name.clone());
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    forget(tx, workspace, id).await?;
                    let sql = "delete from providers where workspace_id = $1 and id = $2";
                    let values = values![workspace.to_string(), id.to_string()];
                    if tx.exec(sql, values).await? == 0 {
                        return Err(Error::not_found("provider"));
                    }
                    move_default(tx, workspace, &name, None).await?;
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await
    }

    /// Notes what a provider listed. A cache, so no audit entry.
    pub async fn keep_models(&self, id: ProviderId, models: &[String]) -> Result<()> {
        let (workspace, now) = (self.workspace, self.store.now());
        let models = serde_json::to_string(models).map_err(Error::internal)?;
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    tx.exec(
                        "update providers set models = $3, models_at = $4
                         where workspace_id = $1 and id = $2",
                        values![
                            workspace.to_string(),
                            id.to_string(),
                            models,
                            now.as_millis()
                        ],
                    )
                    .await
                    .map(drop)
                })
            })
            .await
    }

    /// The workspace's default model, when one was chosen.
    pub async fn default_model(&self) -> Result<Option<String>> {
        let sql = "select default_model from workspace_settings where workspace_id = $1";
        let values = values![self.workspace.to_string()];
        let row: Option<DefaultRow> = self.store.db().one(sql, values).await?;
        Ok(row.and_then(|row| row.default_model))
    }

    /// Chooses the workspace's default model.
    pub async fn set_default_model(&self, model: &str, by: &str) -> Result<()> {
        let (workspace, now, model) = (self.workspace, self.store.now(), model.to_owned());
        let draft = AuditDraft::new(by, "model.default", workspace).detail(model.clone());
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    tx.exec(
                        "insert into workspace_settings (workspace_id, default_model) values ($1, $2)
                         on conflict (workspace_id) do update set default_model = excluded.default_model",
                        values![workspace.to_string(), model],
                    )
                    .await?;
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await
    }

    fn seal(&self, key: &str) -> Result<(CredentialId, Vec<u8>)> {
        let id = self.store.fresh(CredentialId::new);
        let owner = owner(self.workspace, &id.to_string());
        Ok((id, self.store.vault().seal(&owner, key.as_bytes())?))
    }
}

/// What a sealed key belongs to; part of its seal.
fn owner(workspace: WorkspaceId, credential: &str) -> String {
    format!("{workspace}/{credential}")
}

fn name_taken(error: Error) -> Error {
    match error.code {
        headwater_model::Code::Conflict => Error::conflict(
            "A provider of this name exists already. Choose another name, or change that one.",
        )
        .with_field("name"),
        _ => error,
    }
}

fn described(change: &ProviderChange) -> String {
    let mut parts = Vec::new();
    if let Some(name) = &change.name {
        parts.push(format!("name {name}"));
    }
    if let Some(url) = &change.base_url {
        parts.push(format!("base URL {url}"));
    }
    match &change.api_key {
        Some(Some(_)) => parts.push("a new key".to_owned()),
        Some(None) => parts.push("no key any more".to_owned()),
        None => {}
    }
    parts.join(", ")
}

async fn keep(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    at: Timestamp,
    sealed: Option<(CredentialId, Vec<u8>)>,
) -> Result<Option<String>> {
    let Some((id, sealed)) = sealed else {
        return Ok(None);
    };
    tx.exec(
        "insert into credentials (id, workspace_id, sealed, created_at) values ($1, $2, $3, $4)",
        values![
            id.to_string(),
            workspace.to_string(),
            sealed,
            at.as_millis()
        ],
    )
    .await?;
    Ok(Some(id.to_string()))
}

/// Removes a provider's key.
async fn forget(tx: &Tx<'_>, workspace: WorkspaceId, id: ProviderId) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Held {
        credential_id: Option<String>,
    }
    let sql = "select credential_id from providers where workspace_id = $1 and id = $2";
    let own = || values![workspace.to_string(), id.to_string()];
    let held: Option<Held> = tx.one(sql, own()).await?;
    if let Some(credential) = held.and_then(|row| row.credential_id) {
        let sql = "update providers set credential_id = null where workspace_id = $1 and id = $2";
        tx.exec(sql, own()).await?;
        let sql = "delete from credentials where workspace_id = $1 and id = $2";
        tx.exec(sql, values![workspace.to_string(), credential])
            .await?;
    }
    Ok(())
}

/// The default model follows its provider's name, or goes with the provider.
async fn move_default(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    from: &str,
    to: Option<&str>,
) -> Result<()> {
    let sql = "select default_model from workspace_settings where workspace_id = $1";
    let row: Option<DefaultRow> = tx.one(sql, values![workspace.to_string()]).await?;
    let Some(current) = row.and_then(|row| row.default_model) else {
        return Ok(());
    };
    let Some(model) = current
        .strip_prefix(from)
        .and_then(|rest| rest.strip_prefix('/'))
    else {
        return Ok(());
    };
    let next = to.map(|name| format!("{name}/{model}"));
    tx.exec(
        "update workspace_settings set default_model = $2 where workspace_id = $1",
        values![workspace.to_string(), next],
    )
    .await
    .map(drop)
}
