//! Folders: everybody's own, for their own conversations. A conversation outlives its folder.

use headwater_model::conversation::Folder;
use headwater_model::id::FolderId;
use headwater_model::{Error, Result, Timestamp};
use sea_orm::FromQueryResult;

use super::Conversations;
use crate::audit::{self, AuditDraft};
use crate::values;

/// The most folders one person has.
const MOST: i64 = 200;

#[derive(FromQueryResult)]
struct Row {
    id: String,
    name: String,
    conversations: i64,
    created_at: i64,
}

impl Row {
    fn read(self) -> Result<Folder> {
        Ok(Folder {
            id: self.id.parse()?,
            name: self.name,
            conversations: u64::try_from(self.conversations).unwrap_or(0),
            created_at: Timestamp::from_millis(self.created_at),
        })
    }
}

#[derive(FromQueryResult)]
struct Counted {
    folders: i64,
}

const SELECT: &str = "select d.id, d.name, d.created_at,
        (select count(*) from conversations c where c.folder_id = d.id) as conversations
    from conversation_folders d where d.workspace_id = $1 and d.owner = $2";

impl Conversations<'_> {
    /// All folders, by name.
    pub async fn folders(&self) -> Result<Vec<Folder>> {
        let sql = format!("{SELECT} order by d.name, d.id");
        let key = values![self.workspace.to_string(), self.owner.clone()];
        let rows: Vec<Row> = self.store.db().all(&sql, key).await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// A folder.
    pub async fn folder(&self, id: FolderId) -> Result<Folder> {
        let sql = format!("{SELECT} and d.id = $3");
        let key = values![
            self.workspace.to_string(),
            self.owner.clone(),
            id.to_string()
        ];
        let row: Option<Row> = self.store.db().one(&sql, key).await?;
        row.ok_or_else(|| Error::not_found("folder"))?.read()
    }

    /// Keeps a new folder.
    pub async fn create_folder(&self, name: String) -> Result<Folder> {
        let (workspace, owner, now) = (self.workspace, self.owner.clone(), self.store.now());
        let id = self.store.fresh(FolderId::new);
        let draft = AuditDraft::new(&self.owner, "conversation_folder.create", id);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let count = "select count(*) as folders from conversation_folders where workspace_id = $1 and owner = $2";
                    let key = values![workspace.to_string(), owner.clone()];
                    let there: Option<Counted> = tx.one(count, key).await?;
                    if there.is_some_and(|there| there.folders >= MOST) {
                        return Err(Error::conflict(format!(
                            "There are {MOST} folders already. Delete one first."
                        )));
                    }
                    tx.exec(
                        "insert into conversation_folders (id, workspace_id, owner, name, created_at) values ($1, $2, $3, $4, $5)",
                        values![id.to_string(), workspace.to_string(), owner, name, now.as_millis()],
                    )
                    .await
                    .map_err(taken)?;
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await?;
        self.folder(id).await
    }

    /// Renames a folder.
    pub async fn rename_folder(&self, id: FolderId, name: String) -> Result<Folder> {
        let (workspace, owner, now) = (self.workspace, self.owner.clone(), self.store.now());
        let draft = AuditDraft::new(&self.owner, "conversation_folder.update", id);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let sql = "update conversation_folders set name = $4 where workspace_id = $1 and owner = $2 and id = $3";
                    let values = values![workspace.to_string(), owner, id.to_string(), name];
                    if tx.exec(sql, values).await.map_err(taken)? == 0 {
                        return Err(Error::not_found("folder"));
                    }
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await?;
        self.folder(id).await
    }

    /// Deletes a folder; its conversations stay.
    pub async fn delete_folder(&self, id: FolderId) -> Result<()> {
        let (workspace, owner, now) = (self.workspace, self.owner.clone(), self.store.now());
        let draft = AuditDraft::new(&self.owner, "conversation_folder.delete", id);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let sql = "delete from conversation_folders where workspace_id = $1 and owner = $2 and id = $3";
                    let key = values![workspace.to_string(), owner, id.to_string()];
                    if tx.exec(sql, key).await? == 0 {
                        return Err(Error::not_found("folder"));
                    }
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await
    }
}

fn taken(error: Error) -> Error {
    if error.code == headwater_model::Code::Conflict {
        return Error::conflict("There is a folder of this name. Choose another name.")
            .with_field("name");
    }
    error
}
