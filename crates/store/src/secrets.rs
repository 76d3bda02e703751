//! Secrets of a workspace. The database has them sealed; a text leaves only through [`Secrets::open`].

use headwater_model::id::WorkspaceId;
use headwater_model::ports::Secret;
use headwater_model::secret::KeptSecret;
use headwater_model::{Error, Result, Timestamp};
use sea_orm::FromQueryResult;
use sha2::{Digest as _, Sha256};

use crate::audit::{self, AuditDraft};
use crate::{Store, values};

/// A workspace's secrets.
pub struct Secrets<'s> {
    store: &'s Store,
    workspace: WorkspaceId,
}

impl Store {
    /// The secrets of a workspace.
    pub fn secrets(&self, workspace: WorkspaceId) -> Secrets<'_> {
        Secrets {
            store: self,
            workspace,
        }
    }
}

#[derive(FromQueryResult)]
struct Row {
    name: String,
    updated_at: i64,
    updated_by: String,
}

#[derive(FromQueryResult)]
struct Sealed {
    sealed: Vec<u8>,
}

impl Secrets<'_> {
    /// All of them by name, without their texts.
    pub async fn list(&self) -> Result<Vec<KeptSecret>> {
        let sql = "select name, updated_at, updated_by from secrets where workspace_id = $1 order by name";
        let key = values![self.workspace.to_string()];
        let rows: Vec<Row> = self.store.db().all(sql, key).await?;
        let kept = rows.into_iter().map(|row| KeptSecret {
            name: row.name,
            updated_at: Timestamp::from_millis(row.updated_at),
            updated_by: row.updated_by,
        });
        Ok(kept.collect())
    }

    /// The text of one, when it is set.
    pub async fn open(&self, name: &str) -> Result<Option<Secret>> {
        let Some(sealed) = self.sealed(name).await? else {
            return Ok(None);
        };
        let opened = self.store.vault().unseal(&self.owner(name), &sealed)?;
        let text = std::str::from_utf8(&opened).map_err(Error::internal)?;
        Ok(Some(Secret::new(text)))
    }

    /// Seals one under its name. The audit entry has the name only.
    pub async fn set(&self, name: &str, text: &Secret, by: &str) -> Result<()> {
        let (workspace, now) = (self.workspace, self.store.now());
        let sealed = self
            .store
            .vault()
            .seal(&self.owner(name), text.reveal().as_bytes())?;
        let draft = AuditDraft::new(by, "secret.set", name);
        let (name, by) = (name.to_owned(), by.to_owned());
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    tx.exec(
                        "insert into secrets (workspace_id, name, sealed, updated_at, updated_by) values ($1, $2, $3, $4, $5)
                         on conflict (workspace_id, name) do update set sealed = excluded.sealed,
                         updated_at = excluded.updated_at, updated_by = excluded.updated_by",
                        values![workspace.to_string(), name, sealed, now.as_millis(), by],
                    )
                    .await?;
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await
    }

    /// Forgets one.
    pub async fn remove(&self, name: &str, by: &str) -> Result<()> {
        let (workspace, now) = (self.workspace, self.store.now());
        let draft = AuditDraft::new(by, "secret.remove", name);
        let name = name.to_owned();
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let sql = "delete from secrets where workspace_id = $1 and name = $2";
                    let key = values![workspace.to_string(), name];
                    if tx.exec(sql, key).await? == 0 {
                        return Err(Error::not_found("secret"));
                    }
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await
    }

    /// Another text whenever the secret was set anew; nothing when it is not set. It says nothing
    /// about the secret itself.
    pub async fn version(&self, name: &str) -> Result<Option<String>> {
        let sealed = self.sealed(name).await?;
        Ok(sealed.map(|sealed| hex::encode(Sha256::digest(sealed))))
    }

    async fn sealed(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let sql = "select sealed from secrets where workspace_id = $1 and name = $2";
        let key = values![self.workspace.to_string(), name];
        let row: Option<Sealed> = self.store.db().one(sql, key).await?;
        Ok(row.map(|row| row.sealed))
    }

    /// What the seal is bound to: copied to another workspace or name it does not open.
    fn owner(&self, name: &str) -> String {
        format!("{}/secret/{name}", self.workspace)
    }
}
