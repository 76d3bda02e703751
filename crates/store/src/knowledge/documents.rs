//! Documents: added, replaced, tried again, cancelled, deleted; each change with what it entails.

use headwater_model::id::{DocumentId, KnowledgeBaseId, WorkspaceId};
use headwater_model::knowledge::metadata::Metadata;
use headwater_model::knowledge::{Document, DocumentStatus};
use headwater_model::page::{Page, PageRequest};
use headwater_model::run::Failure;
use headwater_model::{Code, Error, Result, Timestamp};
use sea_orm::FromQueryResult;
use serde_json::json;

use super::{Knowledge, changes};
use crate::audit::{self, AuditDraft};
use crate::{Tx, json, queue, values};

/// The kind of the job that makes a document searchable.
pub const INGEST: &str = "ingest";

/// A document whose object is in place.
#[derive(Clone, Debug)]
pub struct NewDocument {
    pub id: DocumentId,
    pub name: String,
    pub media_type: String,
    pub bytes: u64,
}

/// What a workspace may have at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quota {
    /// Documents that wait to be read.
    pub queued: u64,
    /// All of them; any number when 0.
    pub documents: u64,
    /// Of all of them; any number when 0.
    pub bytes: u64,
}

#[derive(FromQueryResult)]
struct Row {
    id: String,
    knowledge_base_id: String,
    name: String,
    media_type: String,
    bytes: i64,
    status: String,
    progress: f64,
    error_code: Option<String>,
    error_message: Option<String>,
    chunks: i64,
    lost_edits: i64,
    metadata: Option<String>,
    stages: Option<String>,
    attempts: i64,
    created_at: i64,
    updated_at: i64,
}

impl Row {
    fn read(self) -> Result<Document> {
        let status = DocumentStatus::ALL
            .into_iter()
            .find(|status| status.as_str() == self.status)
            .ok_or_else(|| Error::internal(format!("unknown document status {}", self.status)))?;
        // What is said of a document that is ready has no code: it is no error.
        let (error, left_out) = match (status, self.error_message) {
            (DocumentStatus::Ready, left_out) => (None, left_out),
            (_, message) => (
                message.map(|message| Failure {
                    code: self
                        .error_code
                        .and_then(|code| serde_json::from_value(code.into()).ok())
                        .unwrap_or(Code::Internal),
                    message,
                    limit: None,
                }),
                None,
            ),
        };
        Ok(Document {
            id: self.id.parse()?,
            knowledge_base_id: self.knowledge_base_id.parse()?,
            name: self.name,
            media_type: self.media_type,
            bytes: u64::try_from(self.bytes).unwrap_or(0),
            status,
            progress: self.progress,
            error,
            left_out,
            chunks: u64::try_from(self.chunks).unwrap_or(0),
            lost_edits: u64::try_from(self.lost_edits).unwrap_or(0),
            metadata: json::read_option(self.metadata.as_ref())?.unwrap_or_default(),
            stages: json::read_option(self.stages.as_ref())?.unwrap_or_default(),
            attempts: u32::try_from(self.attempts).unwrap_or(0),
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
        })
    }
}

#[derive(FromQueryResult)]
struct Count {
    n: i64,
}

#[derive(FromQueryResult)]
struct Used {
    n: i64,
    bytes: i64,
}

#[derive(FromQueryResult)]
struct Object {
    object: String,
}

#[derive(FromQueryResult)]
pub(super) struct IdRow {
    id: String,
}

const SELECT: &str = "select id, knowledge_base_id, name, media_type, bytes, status, progress,
    error_code, error_message, chunks, attempts, created_at, updated_at, metadata, stages,
    (select count(*) from chunks c where c.document_id = documents.id and c.state = 'left') as lost_edits
    from documents where workspace_id = $1";

impl Knowledge<'_> {
    /// A knowledge base's documents, newest first.
    pub async fn documents(
        &self,
        base: KnowledgeBaseId,
        page: &PageRequest,
    ) -> Result<Page<Document>> {
        let sql =
            format!("{SELECT} and knowledge_base_id = $2 and id < $3 order by id desc limit $4");
        let values = values![
            self.workspace.to_string(),
            base.to_string(),
            page.after.clone().unwrap_or_else(|| "~".to_owned()),
            i64::from(page.limit) + 1
        ];
        let rows: Vec<Row> = self.store.db().all(&sql, values).await?;
        let rows = rows
            .into_iter()
            .map(Row::read)
            .collect::<Result<Vec<_>>>()?;
        Ok(Page::from_rows(rows, page.limit, |d| d.id.to_string()))
    }

    /// One document.
    pub async fn document(&self, id: DocumentId) -> Result<Document> {
        let sql = format!("{SELECT} and id = $2");
        let values = values![self.workspace.to_string(), id.to_string()];
        let row: Option<Row> = self.store.db().one(&sql, values).await?;
        row.ok_or_else(|| Error::not_found("document"))?.read()
    }

    /// Adds documents and their jobs together; refused when it would be more than the quota.
    pub async fn add_documents(
        &self,
        base: KnowledgeBaseId,
        documents: Vec<NewDocument>,
        quota: Quota,
        by: &str,
    ) -> Result<()> {
        let (workspace, now, by) = (self.workspace, self.store.now(), by.to_owned());
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let bytes = documents.iter().map(|document| document.bytes).sum();
                    room(tx, workspace, documents.len() as u64, quota.queued).await?;
                    within(tx, workspace, (documents.len() as u64, bytes), quota).await?;
                    for document in &documents {
                        insert(tx, workspace, base, document, now).await?;
                        let draft = AuditDraft::new(&by, "document.add", document.id)
                            .detail(document.name.clone());
                        audit::record(tx, workspace, now, &draft).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// The name of a document's bytes.
    pub async fn object(&self, id: DocumentId) -> Result<DocumentId> {
        let row: Option<Object> = self
            .store
            .db()
            .one(
                "select coalesce(object, id) as object from documents
                 where workspace_id = $1 and id = $2",
                values![self.workspace.to_string(), id.to_string()],
            )
            .await?;
        row.ok_or_else(|| Error::not_found("document"))?
            .object
            .parse()
    }

    /// Puts other bytes in a document's place; their name is `new.id`. The chunks of those before
    /// answer until the new ones are read. Gives the name of the bytes before.
    pub async fn replace_document(
        &self,
        id: DocumentId,
        new: NewDocument,
        quota: Quota,
        by: &str,
    ) -> Result<DocumentId> {
        let (workspace, now) = (self.workspace, self.store.now());
        let draft = AuditDraft::new(by, "document.replace", id).detail(new.name.clone());
        let before: String = self
            .store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    // What works on the bytes before has nothing to say from now on.
                    queue::forget(tx, workspace, &id.to_string()).await?;
                    let before = put(tx, workspace, id, &new, now).await?;
                    within(tx, workspace, (0, 0), quota).await?;
                    let payload = json!({ "document": id.to_string() });
                    queue::enqueue(tx, workspace, INGEST, &id.to_string(), &payload, now).await?;
                    audit::record(tx, workspace, now, &draft).await?;
                    Ok(before)
                })
            })
            .await?;
        before.parse()
    }

    /// Says what a document is, for filters.
    pub async fn describe_document(
        &self,
        base: KnowledgeBaseId,
        id: DocumentId,
        metadata: Metadata,
        by: &str,
    ) -> Result<()> {
        let (workspace, now) = (self.workspace, self.store.now());
        let draft = AuditDraft::new(by, "document.update", id);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    changes::note(tx, workspace, &base.to_string(), id).await?;
                    let kept = match metadata.is_empty() {
                        true => None,
                        false => Some(json::write(&metadata)?),
                    };
                    found(
                        tx.exec(
                            "update documents set metadata = $3, updated_at = $4
                             where workspace_id = $1 and id = $2",
                            values![workspace.to_string(), id.to_string(), kept, now.as_millis()],
                        )
                        .await?,
                    )?;
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await
    }

    /// Queues a document again that failed or was cancelled.
    pub async fn retry_document(&self, id: DocumentId, by: &str) -> Result<()> {
        let (workspace, now) = (self.workspace, self.store.now());
        let draft = AuditDraft::new(by, "document.retry", id);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let sql = "select id from documents where workspace_id = $1 and id = $2
                        and status in ('failed', 'needs_ocr', 'cancelled')";
                    let values = values![workspace.to_string(), id.to_string()];
                    let again: Vec<IdRow> = tx.all(sql, values).await?;
                    if again.is_empty() {
                        return Err(Error::conflict(
                            "Only a document that failed or was cancelled can be tried again; this one was not.",
                        ));
                    }
                    enqueue_again(tx, workspace, again, now).await?;
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await
    }

    /// Queues all documents of a knowledge base again that failed; how many.
    pub async fn retry_failed(&self, base: KnowledgeBaseId, by: &str) -> Result<u64> {
        let (workspace, now) = (self.workspace, self.store.now());
        let draft = AuditDraft::new(by, "knowledge_base.retry", base);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let sql = "select id from documents where workspace_id = $1
                        and knowledge_base_id = $2 and status in ('failed', 'needs_ocr') order by id";
                    let values = values![workspace.to_string(), base.to_string()];
                    let again: Vec<IdRow> = tx.all(sql, values).await?;
                    let count = again.len() as u64;
                    enqueue_again(tx, workspace, again, now).await?;
                    let draft = draft.detail(format!("{count} documents"));
                    audit::record(tx, workspace, now, &draft).await?;
                    Ok(count)
                })
            })
            .await
    }

    /// Ends the ingestion of a document, whoever works on it. The chunks it had answer on.
    pub async fn cancel_document(&self, id: DocumentId, by: &str) -> Result<()> {
        let (workspace, now) = (self.workspace, self.store.now());
        let draft = AuditDraft::new(by, "document.cancel", id);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let (ws, document) = (workspace.to_string(), id.to_string());
                    queue::forget(tx, workspace, &document).await?;
                    let changed = tx
                        .exec(
                            "update documents set status = 'cancelled', progress = 0,
                                error_code = null, error_message = null, updated_at = $3
                             where workspace_id = $1 and id = $2
                                and status in ('queued', 'parsing', 'chunking', 'embedding', 'indexing')",
                            values![ws.clone(), document.clone(), now.as_millis()],
                        )
                        .await?;
                    if changed == 0 {
                        return Err(Error::conflict(
                            "Only a document that waits or is being read can be cancelled; this one is not.",
                        ));
                    }
                    tx.exec(
                        "delete from chunks where workspace_id = $1 and document_id = $2 and state = 'staged'",
                        values![ws, document],
                    )
                    .await?;
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await
    }

    /// Deletes a document with its chunks and jobs and tells the index; gives the name of its bytes.
    pub async fn delete_document(
        &self,
        base: KnowledgeBaseId,
        id: DocumentId,
        by: &str,
    ) -> Result<DocumentId> {
        let (workspace, now) = (self.workspace, self.store.now());
        let draft = AuditDraft::new(by, "document.delete", id);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    changes::note(tx, workspace, &base.to_string(), id).await?;
                    let document = id.to_string();
                    let gone: Option<Object> = tx
                        .one(
                            "delete from documents where workspace_id = $1 and id = $2
                             returning coalesce(object, id) as object",
                            values![workspace.to_string(), document.clone()],
                        )
                        .await?;
                    let gone = gone.ok_or_else(|| Error::not_found("document"))?;
                    queue::forget(tx, workspace, &document).await?;
                    audit::record(tx, workspace, now, &draft).await?;
                    gone.object.parse()
                })
            })
            .await
    }
}

/// Queues documents from the beginning.
pub(super) async fn enqueue_again(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    documents: Vec<IdRow>,
    now: Timestamp,
) -> Result<()> {
    for IdRow { id } in documents {
        queue::forget(tx, workspace, &id).await?;
        tx.exec(
            "update documents set status = 'queued', progress = 0, attempts = 0,
                error_code = null, error_message = null, stages = null, updated_at = $3
             where workspace_id = $1 and id = $2",
            values![workspace.to_string(), id.clone(), now.as_millis()],
        )
        .await?;
        let payload = json!({ "document": id });
        queue::enqueue(tx, workspace, INGEST, &id, &payload, now).await?;
    }
    Ok(())
}

/// The row of a document with other bytes; gives the name of those before.
async fn put(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    id: DocumentId,
    new: &NewDocument,
    now: Timestamp,
) -> Result<String> {
    let key = || values![workspace.to_string(), id.to_string()];
    let before: Option<Object> = tx
        .one(
            "select coalesce(object, id) as object from documents where workspace_id = $1 and id = $2",
            key(),
        )
        .await?;
    let before = before.ok_or_else(|| Error::not_found("document"))?;
    let mut values = key();
    values.extend(values![
        new.name.clone(),
        new.media_type.clone(),
        i64::try_from(new.bytes).unwrap_or(i64::MAX),
        new.id.to_string(),
        now.as_millis()
    ]);
    tx.exec(
        "update documents set name = $3, media_type = $4, bytes = $5, object = $6,
            status = 'queued', progress = 0, attempts = 0, error_code = null,
            error_message = null, stages = null, updated_at = $7
         where workspace_id = $1 and id = $2",
        values,
    )
    .await?;
    Ok(before.object)
}

/// Whether there is room for some more documents with so many bytes, in this transaction.
async fn within(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    (documents, bytes): (u64, u64),
    quota: Quota,
) -> Result<()> {
    if quota.documents == 0 && quota.bytes == 0 {
        return Ok(());
    }
    // One after the other, so that two who add at once are both counted.
    tx.exec(
        "update workspaces set name = name where id = $1",
        values![workspace.to_string()],
    )
    .await?;
    let used: Option<Used> = tx
        .one(
            "select count(*) as n, cast(coalesce(sum(bytes), 0) as bigint) as bytes
             from documents where workspace_id = $1",
            values![workspace.to_string()],
        )
        .await?;
    let used = used.unwrap_or(Used { n: 0, bytes: 0 });
    let have = |count: i64| u64::try_from(count).unwrap_or(0);
    if quota.documents > 0 && have(used.n) + documents > quota.documents {
        return Err(Error::conflict(format!(
            "This workspace has {} documents and may have {}. Delete some, or ask an operator to raise the limit.",
            used.n, quota.documents
        ))
        .with_limit("documents", None));
    }
    if quota.bytes > 0 && have(used.bytes) + bytes > quota.bytes {
        return Err(Error::conflict(format!(
            "The documents of this workspace would have {} MiB and may have {}. Delete some, or ask an operator to raise the limit.",
            (have(used.bytes) + bytes).div_ceil(1 << 20),
            quota.bytes >> 20
        ))
        .with_limit("document_mb", None));
    }
    Ok(())
}

async fn room(tx: &Tx<'_>, workspace: WorkspaceId, more: u64, most: u64) -> Result<()> {
    let waiting: Option<Count> = tx
        .one(
            "select count(*) as n from documents where workspace_id = $1 and status = 'queued'",
            values![workspace.to_string()],
        )
        .await?;
    let waiting = waiting.map_or(0, |count| u64::try_from(count.n).unwrap_or(0));
    if waiting + more > most {
        return Err(Error::new(
            Code::RateLimited,
            format!(
                "{waiting} documents are waiting to be read already. Add more when some are done."
            ),
        )
        .with_limit("queued_documents", Some(30)));
    }
    Ok(())
}

async fn insert(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    base: KnowledgeBaseId,
    document: &NewDocument,
    now: Timestamp,
) -> Result<()> {
    let id = document.id.to_string();
    let inserted = tx
        .exec(
            "insert into documents (id, workspace_id, knowledge_base_id, name, media_type, bytes,
                status, progress, chunks, attempts, created_at, updated_at)
             select $1, $2, b.id, $4, $5, $6, 'queued', 0, 0, 0, $7, $7
             from knowledge_bases b where b.workspace_id = $2 and b.id = $3",
            values![
                id.clone(),
                workspace.to_string(),
                base.to_string(),
                document.name.clone(),
                document.media_type.clone(),
                i64::try_from(document.bytes).unwrap_or(i64::MAX),
                now.as_millis()
            ],
        )
        .await?;
    if inserted == 0 {
        return Err(Error::not_found("knowledge base"));
    }
    let payload = json!({ "document": id });
    queue::enqueue(tx, workspace, INGEST, &id, &payload, now).await
}

pub(super) fn found(changed: u64) -> Result<()> {
    if changed == 0 {
        return Err(Error::not_found("document"));
    }
    Ok(())
}
