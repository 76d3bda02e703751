//! Human accounts, which belong to no workspace.

use headwater_model::id::{UserId, WorkspaceId};
use headwater_model::identity::User;
use headwater_model::{Error, Result, Timestamp};
use sea_orm::FromQueryResult;

use crate::audit::{self, AuditDraft};
use crate::{Store, Tx, values};

/// A user with the hash of their password.
#[derive(Clone)]
pub struct UserRecord {
    pub user: User,
    pub password_hash: String,
}

#[derive(FromQueryResult)]
struct Row {
    id: String,
    email: String,
    name: String,
    password_hash: String,
    created_at: i64,
}

impl Row {
    fn read(self) -> Result<UserRecord> {
        Ok(UserRecord {
            user: User {
                id: self.id.parse()?,
                email: self.email,
                name: self.name,
                created_at: Timestamp::from_millis(self.created_at),
            },
            password_hash: self.password_hash,
        })
    }
}

const COLUMNS: &str = "id, email, name, password_hash, created_at";

/// All human accounts.
pub struct Users<'s> {
    store: &'s Store,
}

impl Store {
    /// Human accounts.
    pub fn users(&self) -> Users<'_> {
        Users { store: self }
    }
}

impl Users<'_> {
    /// Whether anyone has an account yet.
    pub async fn any(&self) -> Result<bool> {
        #[derive(FromQueryResult)]
        struct Found {
            #[allow(dead_code, reason = "only the row's presence counts")]
            id: String,
        }
        Ok(self
            .store
            .db()
            .one::<Found>("select id from users limit 1", vec![])
            .await?
            .is_some())
    }

    /// The account with this (normal) e-mail address.
    pub async fn by_email(&self, email: &str) -> Result<Option<UserRecord>> {
        let sql = format!("select {COLUMNS} from users where email = $1");
        self.store
            .db()
            .one::<Row>(&sql, values![email])
            .await?
            .map(Row::read)
            .transpose()
    }

    /// The account with this id.
    pub async fn get(&self, id: UserId) -> Result<UserRecord> {
        let sql = format!("select {COLUMNS} from users where id = $1");
        self.store
            .db()
            .one::<Row>(&sql, values![id.to_string()])
            .await?
            .ok_or_else(|| Error::not_found("user"))?
            .read()
    }

    /// Changes name and, when given, password; a new password ends the user's other sessions.
    pub async fn update(
        &self,
        id: UserId,
        name: String,
        password_hash: Option<String>,
        workspace: WorkspaceId,
        by: &str,
        keep: Option<String>,
    ) -> Result<()> {
        let now = self.store.now();
        let draft = AuditDraft::new(by, "user.update", id).detail(if password_hash.is_some() {
            "Changed name or password."
        } else {
            "Changed name."
        });
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    tx.exec(
                        "update users set name = $2 where id = $1",
                        values![id.to_string(), name],
                    )
                    .await?;
                    if let Some(hash) = password_hash {
                        tx.exec(
                            "update users set password_hash = $2 where id = $1",
                            values![id.to_string(), hash],
                        )
                        .await?;
                        tx.exec(
                            "delete from sessions where user_id = $1 and id <> $2",
                            values![id.to_string(), keep.unwrap_or_default()],
                        )
                        .await?;
                    }
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await
    }
}

/// Inserts an account in the caller's transaction.
pub(crate) async fn insert(tx: &Tx<'_>, record: &UserRecord) -> Result<()> {
    let user = &record.user;
    tx.exec(
        "insert into users (id, email, name, password_hash, created_at) values ($1, $2, $3, $4, $5)",
        values![
            user.id.to_string(),
            user.email.clone(),
            user.name.clone(),
            record.password_hash.clone(),
            user.created_at.as_millis()
        ],
    )
    .await
    .map(drop)
}
