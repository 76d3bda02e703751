//! Signed-in browsers, found by the hash of their cookie's secret.

use headwater_model::id::{SessionId, UserId};
use headwater_model::identity::Session;
use headwater_model::{Result, Timestamp};
use sea_orm::FromQueryResult;

use crate::{Store, values};

/// All sessions.
pub struct Sessions<'s> {
    store: &'s Store,
}

impl Store {
    /// Signed-in browsers.
    pub fn sessions(&self) -> Sessions<'_> {
        Sessions { store: self }
    }
}

#[derive(FromQueryResult)]
struct Row {
    id: String,
    user_id: String,
    created_at: i64,
    expires_at: i64,
}

impl Sessions<'_> {
    /// Keeps a session; sessions of the user that are over are swept on the way.
    pub async fn create(&self, session: Session, secret_hash: String) -> Result<()> {
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    tx.exec(
                        "delete from sessions where user_id = $1 and expires_at < $2",
                        values![session.user_id.to_string(), session.created_at.as_millis()],
                    )
                    .await?;
                    tx.exec(
                        "insert into sessions (id, user_id, secret_hash, created_at, expires_at) values ($1, $2, $3, $4, $5)",
                        values![
                            session.id.to_string(),
                            session.user_id.to_string(),
                            secret_hash,
                            session.created_at.as_millis(),
                            session.expires_at.as_millis()
                        ],
                    )
                    .await
                    .map(drop)
                })
            })
            .await
    }

    /// The session behind a secret, unless it is over.
    pub async fn find(&self, secret_hash: &str) -> Result<Option<Session>> {
        let row: Option<Row> = self
            .store
            .db()
            .one(
                "select id, user_id, created_at, expires_at from sessions where secret_hash = $1 and expires_at > $2",
                values![secret_hash, self.store.now().as_millis()],
            )
            .await?;
        row.map(|row| {
            Ok(Session {
                id: row.id.parse()?,
                user_id: row.user_id.parse::<UserId>()?,
                created_at: Timestamp::from_millis(row.created_at),
                expires_at: Timestamp::from_millis(row.expires_at),
            })
        })
        .transpose()
    }

    /// Ends a session.
    pub async fn delete(&self, id: SessionId) -> Result<()> {
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    tx.exec(
                        "delete from sessions where id = $1",
                        values![id.to_string()],
                    )
                    .await
                    .map(drop)
                })
            })
            .await
    }
}
