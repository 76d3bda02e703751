//! Workspaces, and who belongs where.

use headwater_model::access::Role;
use headwater_model::id::{UserId, WorkspaceId};
use headwater_model::identity::Workspace;
use headwater_model::{Error, Result, Timestamp};
use sea_orm::FromQueryResult;

use crate::audit::{self, AuditDraft};
use crate::users::{self, UserRecord};
use crate::{Store, Tx, members, values};

#[derive(FromQueryResult)]
struct Row {
    id: String,
    name: String,
    created_at: i64,
}

impl Row {
    fn read(self) -> Result<Workspace> {
        Ok(Workspace {
            id: self.id.parse()?,
            name: self.name,
            created_at: Timestamp::from_millis(self.created_at),
        })
    }
}

#[derive(FromQueryResult)]
struct RoleRow {
    id: String,
    name: String,
    created_at: i64,
    role: String,
}

/// All workspaces.
pub struct Workspaces<'s> {
    store: &'s Store,
}

impl Store {
    /// Workspaces.
    pub fn workspaces(&self) -> Workspaces<'_> {
        Workspaces { store: self }
    }
}

impl Workspaces<'_> {
    /// Creates the first workspace and its owner together; `conflict` when anyone was faster.
    pub async fn set_up(&self, workspace: Workspace, owner: UserRecord) -> Result<()> {
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    if tx.dialect() == crate::Dialect::Postgres {
                        tx.exec("lock table users in exclusive mode", vec![])
                            .await?;
                    }
                    if tx
                        .one::<Row>(
                            "select id, email as name, created_at from users limit 1",
                            vec![],
                        )
                        .await?
                        .is_some()
                    {
                        return Err(Error::conflict(
                            "Set-up is finished: an owner exists. Sign in instead.",
                        ));
                    }
                    users::insert(tx, &owner).await?;
                    let by = owner.user.id.to_string();
                    insert(tx, &workspace, owner.user.id, &by).await
                })
            })
            .await
    }

    /// Creates a further workspace owned by `owner`.
    pub async fn create(&self, workspace: Workspace, owner: UserId, by: &str) -> Result<()> {
        let by = by.to_owned();
        self.store
            .db()
            .write(move |tx| Box::pin(async move { insert(tx, &workspace, owner, &by).await }))
            .await
    }

    /// The workspace with this id.
    pub async fn get(&self, id: WorkspaceId) -> Result<Workspace> {
        self.store
            .db()
            .one::<Row>(
                "select id, name, created_at from workspaces where id = $1",
                values![id.to_string()],
            )
            .await?
            .ok_or_else(|| Error::not_found("workspace"))?
            .read()
    }

    /// All of them, oldest first.
    pub async fn all(&self) -> Result<Vec<Workspace>> {
        let rows: Vec<Row> = self
            .store
            .db()
            .all(
                "select id, name, created_at from workspaces order by id",
                vec![],
            )
            .await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// Where a user is a member, oldest first.
    pub async fn of_user(&self, user: UserId) -> Result<Vec<(Workspace, Role)>> {
        let rows: Vec<RoleRow> = self
            .store
            .db()
            .all(
                "select w.id, w.name, w.created_at, m.role from workspaces w
                 join members m on m.workspace_id = w.id where m.user_id = $1 order by w.id",
                values![user.to_string()],
            )
            .await?;
        rows.into_iter()
            .map(|row| {
                let role = Role::parse(&row.role)?;
                Ok((
                    Row {
                        id: row.id,
                        name: row.name,
                        created_at: row.created_at,
                    }
                    .read()?,
                    role,
                ))
            })
            .collect()
    }
}

async fn insert(tx: &Tx<'_>, workspace: &Workspace, owner: UserId, by: &str) -> Result<()> {
    tx.exec(
        "insert into workspaces (id, name, created_at) values ($1, $2, $3)",
        values![
            workspace.id.to_string(),
            workspace.name.clone(),
            workspace.created_at.as_millis()
        ],
    )
    .await?;
    members::insert(tx, workspace.id, owner, Role::Owner, workspace.created_at).await?;
    audit::record(
        tx,
        workspace.id,
        workspace.created_at,
        &AuditDraft::new(by, "workspace.create", workspace.id),
    )
    .await
}
