//! Files and pictures that questions carry: whose they are, what they are, and the text of those that
//! have one. An attachment belongs to its owner until a question takes it, and to the conversation
//! from then on: it goes with it.

use headwater_model::conversation::attachment::Attachment;
use headwater_model::id::{AttachmentId, ConversationId, DocumentId, WorkspaceId};
use headwater_model::{Code, Error, Result, Timestamp};
use sea_orm::FromQueryResult;

use crate::audit::{self, AuditDraft};
use crate::{Store, Tx, json, values};

/// What no question took is forgotten so long after it came.
const KEPT_MILLIS: i64 = 24 * 60 * 60 * 1_000;
/// What one person may have that no question took yet.
const MOST_WAITING: i64 = 100;

/// One person's (or program's) attachments in a workspace.
pub struct Attachments<'s> {
    store: &'s Store,
    workspace: WorkspaceId,
    owner: String,
}

/// What is about to be kept; its bytes are in place.
#[derive(Clone, Debug)]
pub struct NewAttachment {
    pub about: Attachment,
    pub object: DocumentId,
    /// What a document says.
    pub text: Option<String>,
}

impl Store {
    /// The attachments of `owner` (`Caller::label`).
    pub fn attachments(&self, workspace: WorkspaceId, owner: &str) -> Attachments<'_> {
        Attachments {
            store: self,
            workspace,
            owner: owner.to_owned(),
        }
    }

    /// The names of all attachments' bytes, whosever they are.
    pub async fn attachment_objects(&self) -> Result<Vec<String>> {
        let sql = "select object from attachments";
        let rows: Vec<ObjectRow> = self.db().all(sql, vec![]).await?;
        Ok(rows.into_iter().map(|row| row.object).collect())
    }

    /// The name of an attachment's bytes, for runs: which of them a run may see was decided when it
    /// was started. Errors: `not_found`.
    pub async fn attachment_object(
        &self,
        workspace: WorkspaceId,
        id: AttachmentId,
    ) -> Result<DocumentId> {
        let sql = "select object from attachments where workspace_id = $1 and id = $2";
        let key = values![workspace.to_string(), id.to_string()];
        let row: Option<ObjectRow> = self.db().one(sql, key).await?;
        row.ok_or_else(|| Error::not_found("attachment"))?
            .object
            .parse()
    }

    /// What an attachment is and says, for runs. Errors: `not_found`.
    pub async fn attachment_text(
        &self,
        workspace: WorkspaceId,
        id: AttachmentId,
    ) -> Result<(Attachment, String)> {
        let sql = "select about, text from attachments where workspace_id = $1 and id = $2";
        let key = values![workspace.to_string(), id.to_string()];
        let row: Option<TextRow> = self.db().one(sql, key).await?;
        let row = row.ok_or_else(|| Error::not_found("attachment"))?;
        Ok((json::read(&row.about)?, row.text.unwrap_or_default()))
    }

    /// Forgets some of those that no question took within a day, and of those whose conversation is
    /// gone; the names of their bytes. Nothing more is to be done when there are none.
    pub async fn forget_attachments(&self) -> Result<Vec<(WorkspaceId, DocumentId)>> {
        let before = self.now().as_millis() - KEPT_MILLIS;
        let rows: Vec<GoneRow> = self
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let sql = "delete from attachments where id in (
                            select id from attachments where conversation_id is null
                            and (sent_at is not null or created_at < $1) limit 100)
                         and conversation_id is null returning workspace_id, object";
                    tx.all(sql, values![before]).await
                })
            })
            .await?;
        rows.into_iter()
            .map(|row| Ok((row.workspace_id.parse()?, row.object.parse()?)))
            .collect()
    }
}

#[derive(FromQueryResult)]
struct ObjectRow {
    object: String,
}

#[derive(FromQueryResult)]
struct AboutRow {
    about: String,
    object: String,
}

#[derive(FromQueryResult)]
struct TextRow {
    about: String,
    text: Option<String>,
}

#[derive(FromQueryResult)]
struct GoneRow {
    workspace_id: String,
    object: String,
}

#[derive(FromQueryResult)]
struct CountRow {
    count: i64,
}

impl Attachments<'_> {
    /// Keeps one. Errors: `quota_exceeded` when many wait for a question already.
    pub async fn create(&self, new: NewAttachment) -> Result<Attachment> {
        let (workspace, owner, now) = (self.workspace, self.owner.clone(), self.store.now());
        let id = self.store.fresh(AttachmentId::new);
        let about = Attachment {
            id: Some(id),
            ..new.about
        };
        let draft =
            AuditDraft::new(&self.owner, "attachment.create", id).detail(about.name.clone());
        let kept = json::write(&about)?;
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    room(tx, workspace, &owner).await?;
                    tx.exec(
                        "insert into attachments (id, workspace_id, owner, object, about, text, created_at)
                         values ($1, $2, $3, $4, $5, $6, $7)",
                        values![
                            id.to_string(),
                            workspace.to_string(),
                            owner,
                            new.object.to_string(),
                            kept,
                            new.text,
                            now.as_millis()
                        ],
                    )
                    .await?;
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await?;
        Ok(about)
    }

    /// One of the owner's, and the name of its bytes. Errors: `not_found`.
    pub async fn get(&self, id: AttachmentId) -> Result<(Attachment, DocumentId)> {
        let sql = "select about, object from attachments where workspace_id = $1 and owner = $2 and id = $3";
        let row: Option<AboutRow> = self.store.db().one(sql, self.key(id)).await?;
        let row = row.ok_or_else(|| Error::not_found("attachment"))?;
        Ok((json::read(&row.about)?, row.object.parse()?))
    }

    fn key(&self, id: AttachmentId) -> Vec<sea_orm::Value> {
        values![
            self.workspace.to_string(),
            self.owner.clone(),
            id.to_string()
        ]
    }

    /// Forgets one that no question took; the name of its bytes. Errors: `not_found`, and `conflict`
    /// when a question has it.
    pub async fn delete(&self, id: AttachmentId) -> Result<DocumentId> {
        let (_, object) = self.get(id).await?;
        let (workspace, now, key) = (self.workspace, self.store.now(), self.key(id));
        let draft = AuditDraft::new(&self.owner, "attachment.delete", id);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let sql = "delete from attachments where workspace_id = $1 and owner = $2 and id = $3 and sent_at is null";
                    if tx.exec(sql, key).await? == 0 {
                        return Err(Error::conflict(
                            "A question has this file. It goes with its conversation.",
                        ));
                    }
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await?;
        Ok(object)
    }
}

async fn room(tx: &Tx<'_>, workspace: WorkspaceId, owner: &str) -> Result<()> {
    let sql = "select count(*) as count from attachments where workspace_id = $1 and owner = $2 and sent_at is null";
    let key = values![workspace.to_string(), owner];
    let row: Option<CountRow> = tx.one(sql, key).await?;
    if row.is_some_and(|row| row.count >= MOST_WAITING) {
        let message = format!(
            "{MOST_WAITING} files wait for a question already. Send or remove some of them; after a day they are forgotten."
        );
        return Err(Error::new(Code::QuotaExceeded, message).with_limit("attachments", None));
    }
    Ok(())
}

/// A question of a conversation takes what its sender attached, in the transaction that keeps it.
/// Errors: `conflict` when another conversation has one of them, or it is gone.
pub(crate) async fn take(
    tx: &Tx<'_>,
    (workspace, owner): (WorkspaceId, &str),
    conversation: ConversationId,
    taken: &[Attachment],
    now: Timestamp,
) -> Result<()> {
    for attachment in taken {
        let Some(id) = attachment.id else {
            continue;
        };
        let key = values![
            conversation.to_string(),
            now.as_millis(),
            workspace.to_string(),
            owner,
            id.to_string()
        ];
        let sql = "update attachments set conversation_id = $1, sent_at = coalesce(sent_at, $2)
             where workspace_id = $3 and owner = $4 and id = $5 and (sent_at is null or conversation_id = $1)";
        if tx.exec(sql, key).await? == 0 {
            let message = format!(
                "“{}” belongs to another conversation, or is gone. Attach it again.",
                attachment.name
            );
            return Err(Error::conflict(message).with_field("attachments"));
        }
    }
    Ok(())
}

/// Forgets what a conversation's questions carry, before the conversation goes; the names of the bytes.
pub(crate) async fn forget_of(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    conversation: ConversationId,
) -> Result<Vec<DocumentId>> {
    let sql =
        "delete from attachments where workspace_id = $1 and conversation_id = $2 returning object";
    let key = values![workspace.to_string(), conversation.to_string()];
    let rows: Vec<ObjectRow> = tx.all(sql, key).await?;
    rows.into_iter().map(|row| row.object.parse()).collect()
}
