//! Conversations and their messages. A message points at the one before it; the conversation points
//! at the last of the branch that is shown. Nothing that was said is ever written over.

mod carry;
mod folders;
mod messages;
mod turns;
mod words;

use headwater_model::conversation::Conversation;
use headwater_model::id::{ConversationId, DocumentId, FlowId, FolderId, MessageId, WorkspaceId};
use headwater_model::page::{Page, PageRequest};
use headwater_model::{Error, Result, Timestamp};
use sea_orm::FromQueryResult;

use crate::audit::{self, AuditDraft};
use crate::{Store, attachments, values};

pub use turns::NewTurn;
pub(crate) use turns::insert_turn;
pub use words::Hit;

/// One person's (or program's) conversations in a workspace.
pub struct Conversations<'s> {
    store: &'s Store,
    workspace: WorkspaceId,
    owner: String,
}

/// Which conversations of a list are wanted; all of them unless it says otherwise.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shelf {
    pub pinned: Option<bool>,
    /// In this folder, or in none.
    pub folder: Option<Option<FolderId>>,
}

/// What is to be different about a conversation; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct Change {
    pub title: Option<String>,
    pub pinned: Option<bool>,
    /// Into a folder, or out of all.
    pub folder: Option<Option<FolderId>>,
    /// The last message of the branch to show.
    pub head: Option<MessageId>,
}

impl Store {
    /// The conversations of `owner` (`Caller::label`).
    pub fn conversations(&self, workspace: WorkspaceId, owner: &str) -> Conversations<'_> {
        Conversations {
            store: self,
            workspace,
            owner: owner.to_owned(),
        }
    }
}

#[derive(FromQueryResult)]
struct Row {
    id: String,
    title: String,
    flow_id: String,
    flow_name: String,
    created_at: i64,
    updated_at: i64,
    head: Option<String>,
    pinned_at: Option<i64>,
    folder_id: Option<String>,
}

impl Row {
    fn read(self) -> Result<(Conversation, Option<MessageId>)> {
        let conversation = Conversation {
            id: self.id.parse()?,
            title: self.title,
            flow_id: self.flow_id.parse()?,
            flow_name: self.flow_name,
            pinned: self.pinned_at.is_some(),
            folder_id: self.folder_id.map(|id| id.parse()).transpose()?,
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
        };
        Ok((
            conversation,
            self.head.map(|head| head.parse()).transpose()?,
        ))
    }
}

const COLUMNS: &str = "c.id, c.title, c.flow_id, f.name as flow_name, c.created_at, c.updated_at, c.head, c.pinned_at, c.folder_id";

/// `updated_at:id`, where a list goes on; its beginning without one.
fn after(page: &PageRequest) -> (i64, String) {
    match page.after.as_deref().and_then(|at| at.split_once(':')) {
        Some((time, id)) => (time.parse().unwrap_or(i64::MAX), id.to_owned()),
        None => (i64::MAX, "~".to_owned()),
    }
}

impl Conversations<'_> {
    /// Conversations, the latest first. The cursor is `updated_at:id`.
    pub async fn list(&self, shelf: &Shelf, page: &PageRequest) -> Result<Page<Conversation>> {
        let (time, id) = after(page);
        let pinned = match shelf.pinned {
            None => "",
            Some(true) => "and c.pinned_at is not null",
            Some(false) => "and c.pinned_at is null",
        };
        let folder = match shelf.folder {
            None => "",
            Some(None) => "and c.folder_id is null",
            Some(Some(_)) => "and c.folder_id = $6",
        };
        let sql = format!(
            "select {COLUMNS} from conversations c join flows f on f.id = c.flow_id
             where c.workspace_id = $1 and c.owner = $2 {pinned} {folder}
                and (c.updated_at < $3 or (c.updated_at = $3 and c.id < $4))
             order by c.updated_at desc, c.id desc limit $5"
        );
        let mut values = values![
            self.workspace.to_string(),
            self.owner.clone(),
            time,
            id,
            i64::from(page.limit) + 1
        ];
        if let Some(Some(folder)) = shelf.folder {
            values.push(folder.to_string().into());
        }
        let rows: Vec<Row> = self.store.db().all(&sql, values).await?;
        let rows = rows
            .into_iter()
            .map(|row| row.read().map(|(conversation, _)| conversation))
            .collect::<Result<Vec<_>>>()?;
        Ok(Page::from_rows(rows, page.limit, |c| {
            format!("{}:{}", c.updated_at.as_millis(), c.id)
        }))
    }

    /// Keeps a new conversation.
    pub async fn create(&self, flow: FlowId, title: &str) -> Result<Conversation> {
        let (workspace, owner, now, title) = (
            self.workspace,
            self.owner.clone(),
            self.store.now(),
            title.to_owned(),
        );
        let id = self.store.fresh(ConversationId::new);
        let draft = AuditDraft::new(&self.owner, "conversation.create", id);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    tx.exec(
                        "insert into conversations (id, workspace_id, owner, flow_id, title, created_at, updated_at)
                         values ($1, $2, $3, $4, $5, $6, $6)",
                        values![id.to_string(), workspace.to_string(), owner, flow.to_string(), title, now.as_millis()],
                    )
                    .await?;
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await?;
        Ok(self.get(id).await?.0)
    }

    /// A conversation and the last message of the branch that is shown.
    pub async fn get(&self, id: ConversationId) -> Result<(Conversation, Option<MessageId>)> {
        let sql = format!(
            "select {COLUMNS} from conversations c join flows f on f.id = c.flow_id
             where c.workspace_id = $1 and c.owner = $2 and c.id = $3"
        );
        let row: Option<Row> = self.store.db().one(&sql, self.key(id)).await?;
        row.ok_or_else(|| Error::not_found("conversation"))?.read()
    }

    fn key(&self, id: ConversationId) -> Vec<sea_orm::Value> {
        values![
            self.workspace.to_string(),
            self.owner.clone(),
            id.to_string()
        ]
    }

    /// Changes a conversation. Which branch is shown is where somebody reads, like sending a message:
    /// it has no audit entry of its own.
    pub async fn change(&self, id: ConversationId, change: Change) -> Result<Conversation> {
        self.get(id).await?;
        if let Some(Some(folder)) = change.folder {
            self.folder(folder).await?;
        }
        let (workspace, owner, now) = (self.workspace, self.owner.clone(), self.store.now());
        let draft = AuditDraft::new(&self.owner, "conversation.update", id);
        let told = change.title.is_some() || change.pinned.is_some() || change.folder.is_some();
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let changed = tx
                        .exec(
                            "update conversations set title = coalesce($4, title),
                                changes = changes + $5,
                                pinned_at = case when $6 = 0 then null when $6 = 1 then coalesce(pinned_at, $7) else pinned_at end,
                                folder_id = case when $8 = 1 then $9 else folder_id end,
                                head = coalesce($10, head)
                             where workspace_id = $1 and owner = $2 and id = $3",
                            values![
                                workspace.to_string(),
                                owner,
                                id.to_string(),
                                change.title.clone(),
                                i64::from(change.title.is_some()),
                                change.pinned.map_or(2, i64::from),
                                now.as_millis(),
                                i64::from(change.folder.is_some()),
                                change.folder.flatten().map(|folder| folder.to_string()),
                                change.head.map(|head| head.to_string())
                            ],
                        )
                        .await?;
                    if changed == 0 {
                        return Err(Error::not_found("conversation"));
                    }
                    if told {
                        audit::record(tx, workspace, now, &draft).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        Ok(self.get(id).await?.0)
    }

    /// Deletes a conversation with its messages and what they carry; the names of the files' bytes.
    pub async fn delete(&self, id: ConversationId) -> Result<Vec<DocumentId>> {
        self.get(id).await?;
        let (workspace, now) = (self.workspace, self.store.now());
        let draft = AuditDraft::new(&self.owner, "conversation.delete", id);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let objects = attachments::forget_of(tx, workspace, id).await?;
                    let sql = "delete from conversations where workspace_id = $1 and id = $2";
                    tx.exec(sql, values![workspace.to_string(), id.to_string()])
                        .await?;
                    audit::record(tx, workspace, now, &draft).await?;
                    Ok(objects)
                })
            })
            .await
    }
}
