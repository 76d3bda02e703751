//! Members of a workspace. A workspace always keeps at least one owner.

use headwater_model::access::Role;
use headwater_model::id::{UserId, WorkspaceId};
use headwater_model::identity::Member;
use headwater_model::{Error, Result, Timestamp};
use sea_orm::FromQueryResult;

use crate::audit::{self, AuditDraft};
use crate::users::{self, UserRecord};
use crate::{Store, Tx, values};

/// A workspace's members.
pub struct Members<'s> {
    store: &'s Store,
    workspace: WorkspaceId,
}

impl Store {
    /// The members of a workspace.
    pub fn members(&self, workspace: WorkspaceId) -> Members<'_> {
        Members {
            store: self,
            workspace,
        }
    }
}

#[derive(FromQueryResult)]
struct Row {
    user_id: String,
    email: String,
    name: String,
    role: String,
    created_at: i64,
}

impl Row {
    fn read(self) -> Result<Member> {
        Ok(Member {
            user_id: self.user_id.parse()?,
            email: self.email,
            name: self.name,
            role: Role::parse(&self.role)?,
            created_at: Timestamp::from_millis(self.created_at),
        })
    }
}

const SELECT: &str = "select m.user_id, u.email, u.name, m.role, m.created_at from members m
    join users u on u.id = m.user_id where m.workspace_id = $1";

impl Members<'_> {
    /// Everyone, in order of joining.
    pub async fn list(&self) -> Result<Vec<Member>> {
        let sql = format!("{SELECT} order by m.created_at, m.user_id");
        let rows: Vec<Row> = self
            .store
            .db()
            .all(&sql, values![self.workspace.to_string()])
            .await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// One member.
    pub async fn get(&self, user: UserId) -> Result<Member> {
        let sql = format!("{SELECT} and m.user_id = $2");
        let row: Option<Row> = self
            .store
            .db()
            .one(&sql, values![self.workspace.to_string(), user.to_string()])
            .await?;
        row.ok_or_else(|| Error::not_found("member"))?.read()
    }

    /// Adds a user, who is created first when `new` is given.
    pub async fn add(
        &self,
        user: UserId,
        new: Option<UserRecord>,
        role: Role,
        by: &str,
    ) -> Result<()> {
        let (workspace, now) = (self.workspace, self.store.now());
        let draft =
            AuditDraft::new(by, "member.add", user).detail(format!("As {}.", role.as_str()));
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    if let Some(record) = &new {
                        users::insert(tx, record).await?;
                    }
                    insert(tx, workspace, user, role, now).await?;
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await
            .map_err(|error| match error.code {
                headwater_model::Code::Conflict => {
                    Error::conflict("This person is a member already.").with_field("email")
                }
                _ => error,
            })
    }

    /// Gives a member another role.
    pub async fn set_role(&self, user: UserId, role: Role, by: &str) -> Result<()> {
        let (workspace, now) = (self.workspace, self.store.now());
        let draft =
            AuditDraft::new(by, "member.update", user).detail(format!("Now {}.", role.as_str()));
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let changed = tx
                        .exec(
                            "update members set role = $3 where workspace_id = $1 and user_id = $2",
                            values![workspace.to_string(), user.to_string(), role.as_str()],
                        )
                        .await?;
                    finish(tx, workspace, changed, now, &draft).await
                })
            })
            .await
    }

    /// Takes a member out of the workspace; the account stays.
    pub async fn remove(&self, user: UserId, by: &str) -> Result<()> {
        let (workspace, now) = (self.workspace, self.store.now());
        let draft = AuditDraft::new(by, "member.remove", user);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let changed = tx
                        .exec(
                            "delete from members where workspace_id = $1 and user_id = $2",
                            values![workspace.to_string(), user.to_string()],
                        )
                        .await?;
                    finish(tx, workspace, changed, now, &draft).await
                })
            })
            .await
    }
}

async fn finish(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    changed: u64,
    now: Timestamp,
    draft: &AuditDraft,
) -> Result<()> {
    if changed == 0 {
        return Err(Error::not_found("member"));
    }
    let sql = format!("{SELECT} and m.role = 'owner'");
    if tx
        .all::<Row>(&sql, values![workspace.to_string()])
        .await?
        .is_empty()
    {
        return Err(Error::conflict(
            "A workspace needs an owner. Make someone else owner first.",
        ));
    }
    audit::record(tx, workspace, now, draft).await
}

pub(crate) async fn insert(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    user: UserId,
    role: Role,
    at: Timestamp,
) -> Result<()> {
    tx.exec(
        "insert into members (workspace_id, user_id, role, created_at) values ($1, $2, $3, $4)",
        values![
            workspace.to_string(),
            user.to_string(),
            role.as_str(),
            at.as_millis()
        ],
    )
    .await
    .map(drop)
}
