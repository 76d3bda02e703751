//! Snapshots of conversations: each belongs to whom its conversation does, and goes with it.

use headwater_model::conversation::snapshot::{Snapshot, SnapshotPage};
use headwater_model::id::{ConversationId, SnapshotId, WorkspaceId};
use headwater_model::{Error, Result, Timestamp};
use sea_orm::FromQueryResult;

use crate::audit::{self, AuditDraft};
use crate::shares::KeptToken;
use crate::{Store, json, values};

/// Somebody's snapshots.
pub struct Snapshots<'s> {
    store: &'s Store,
    workspace: WorkspaceId,
    owner: String,
}

#[derive(FromQueryResult)]
struct Row {
    id: String,
    conversation_id: String,
    token: Vec<u8>,
    title: String,
    messages: i64,
    expires_at: Option<i64>,
    created_at: i64,
}

impl Row {
    fn read(self, store: &Store) -> Result<Snapshot> {
        let id: SnapshotId = self.id.parse()?;
        let token = store.unseal(&purpose(id), &self.token)?;
        let token = String::from_utf8(token).map_err(Error::internal)?;
        Ok(Snapshot {
            id,
            conversation_id: self.conversation_id.parse()?,
            title: self.title,
            messages: u32::try_from(self.messages).unwrap_or(0),
            path: format!("/s/{token}"),
            expires_at: self.expires_at.map(Timestamp::from_millis),
            created_at: Timestamp::from_millis(self.created_at),
        })
    }
}

#[derive(FromQueryResult)]
struct PageRow {
    page: String,
}

/// What a token is sealed for; one of another snapshot does not open.
fn purpose(id: SnapshotId) -> String {
    format!("snapshot {id}")
}

/// A snapshot that is about to be kept.
pub struct NewSnapshot {
    pub id: SnapshotId,
    pub conversation: ConversationId,
    pub token: String,
    pub token_hash: String,
    pub expires_at: Option<Timestamp>,
    pub page: SnapshotPage,
}

impl Store {
    /// The snapshots of whoever `owner` labels.
    pub fn snapshots(&self, workspace: WorkspaceId, owner: &str) -> Snapshots<'_> {
        Snapshots {
            store: self,
            workspace,
            owner: owner.to_owned(),
        }
    }

    /// What a stranger's token leads to, in whichever workspace, by the token's hash; nothing once it
    /// is over.
    pub async fn find_snapshot(&self, token_hash: &str) -> Result<Option<SnapshotPage>> {
        let sql = "select page from snapshots
            where token_hash = $1 and (expires_at is null or expires_at > $2)";
        let values = values![token_hash, self.now().as_millis()];
        let row: Option<PageRow> = self.db().one(sql, values).await?;
        row.map(|row| json::read(&row.page)).transpose()
    }
}

impl Snapshots<'_> {
    /// Keeps a new one.
    pub async fn create(&self, new: NewSnapshot) -> Result<Snapshot> {
        let (workspace, at) = (self.workspace, self.store.now());
        let token = KeptToken {
            hash: new.token_hash,
            sealed: self.store.seal(&purpose(new.id), new.token.as_bytes())?,
        };
        let count = new.page.messages.len();
        let draft = AuditDraft::new(&self.owner, "snapshot.create", new.id)
            .detail(format!("{count} messages of {}", new.conversation));
        let values = values![
            new.id.to_string(),
            workspace.to_string(),
            new.conversation.to_string(),
            self.owner.clone(),
            token.hash,
            token.sealed,
            new.page.title.clone(),
            i64::try_from(count).unwrap_or(i64::MAX),
            json::write(&new.page)?,
            new.expires_at.map(Timestamp::as_millis),
            at.as_millis()
        ];
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    tx.exec(
                        "insert into snapshots (id, workspace_id, conversation_id, owner, token_hash, token,
                            title, messages, page, expires_at, created_at)
                         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                        values,
                    )
                    .await?;
                    audit::record(tx, workspace, at, &draft).await
                })
            })
            .await?;
        let all = self.of(new.conversation).await?;
        let made = all.into_iter().find(|snapshot| snapshot.id == new.id);
        made.ok_or_else(|| Error::not_found("snapshot"))
    }

    /// Those of a conversation, newest first.
    pub async fn of(&self, conversation: ConversationId) -> Result<Vec<Snapshot>> {
        let sql = "select id, conversation_id, token, title, messages, expires_at, created_at from snapshots
            where workspace_id = $1 and owner = $2 and conversation_id = $3 order by id desc";
        let values = values![
            self.workspace.to_string(),
            self.owner.clone(),
            conversation.to_string()
        ];
        let rows: Vec<Row> = self.store.db().all(sql, values).await?;
        rows.into_iter().map(|row| row.read(self.store)).collect()
    }

    /// Removes one: its address leads nowhere from now on.
    pub async fn delete(&self, id: SnapshotId) -> Result<()> {
        let (workspace, at) = (self.workspace, self.store.now());
        let draft = AuditDraft::new(&self.owner, "snapshot.delete", id);
        let values = values![workspace.to_string(), self.owner.clone(), id.to_string()];
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let sql =
                        "delete from snapshots where workspace_id = $1 and owner = $2 and id = $3";
                    if tx.exec(sql, values).await? == 0 {
                        return Err(Error::not_found("snapshot"));
                    }
                    audit::record(tx, workspace, at, &draft).await
                })
            })
            .await
    }
}
