//! Documents: added, replaced, tried again, cancelled, deleted; each change with what it entails.

use headwater_model::id::{DocumentId, KnowledgeBaseId, WorkspaceId};
use headwater_model::knowledge::metadata::Metadata;
use headwater_model::knowledge::{Document, DocumentStatus};
use headwater_model::page::{Page, PageRequest};
use headwater_model::run::Failure;
use headwater_model::{Code, Error, Result, Timestamp};
use sea_orm::FromQueryResult;
use serde_json::json;

use super::quota::{Quota, room, within};
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
    source_id: Option<String>,
    source_url: Option<String>,
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
            source_id: self.source_id.map(|id| id.parse()).transpose()?,
            source_url: self.source_url,
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
        })
    }
}

#[derive(FromQueryResult)]
struct Object {
    object: String,
}

#[derive(FromQueryResult)]
struct SourceRow {
    name: String,
}

#[derive(FromQueryResult)]
pub(super) struct IdRow {
    id: String,
}

const SELECT: &str = "select id, knowledge_base_id, name, media_type, bytes, status, progress,
    error_code, error_message, chunks, attempts, created_at, updated_at, metadata, stages,
    source_id, source_url,
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
                Box::pin(
                    async move { add_in(tx, workspace, base, &documents, quota, (now, &by)).await },
                )
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
        let (workspace, now, by) = (self.workspace, self.store.now(), by.to_owned());
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    must_be_ours(tx, workspace, id).await?;
                    replace_in(tx, workspace, id, &new, quota, (now, &by)).await
                })
            })
            .await
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
        let (workspace, now, by) = (self.workspace, self.store.now(), by.to_owned());
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    must_be_ours(tx, workspace, id).await?;
                    delete_in(tx, workspace, base, id, (now, &by)).await
                })
            })
            .await
    }
}

/// Refuses what would make a document differ from what its source has.
async fn must_be_ours(tx: &Tx<'_>, workspace: WorkspaceId, id: DocumentId) -> Result<()> {
    let row: Option<SourceRow> = tx
        .one(
            "select s.name from documents d join sources s on s.id = d.source_id
             where d.workspace_id = $1 and d.id = $2",
            values![workspace.to_string(), id.to_string()],
        )
        .await?;
    row.map_or(Ok(()), |row| {
        Err(Error::conflict(format!(
            "The source “{}” keeps this document in step, so the next sync would undo that. Change it at its source, exclude it in the source's settings, or remove the source and keep its documents.",
            row.name
        )))
    })
}

/// Adds documents and their jobs; refused when it would be more than the quota.
pub(crate) async fn add_in(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    base: KnowledgeBaseId,
    documents: &[NewDocument],
    quota: Quota,
    (now, by): (Timestamp, &str),
) -> Result<()> {
    let bytes = documents.iter().map(|document| document.bytes).sum();
    room(tx, workspace, documents.len() as u64, quota.queued).await?;
    within(tx, workspace, (documents.len() as u64, bytes), quota).await?;
    for document in documents {
        insert(tx, workspace, base, document, now).await?;
        let draft = AuditDraft::new(by, "document.add", document.id).detail(document.name.clone());
        audit::record(tx, workspace, now, &draft).await?;
    }
    Ok(())
}

/// Puts other bytes in a document's place; gives the name of those before.
pub(crate) async fn replace_in(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    id: DocumentId,
    new: &NewDocument,
    quota: Quota,
    (now, by): (Timestamp, &str),
) -> Result<DocumentId> {
    let before = put(tx, workspace, id, new, now).await?;
    // What works on the bytes before has nothing to say from now on.
    queue::forget(tx, workspace, &id.to_string()).await?;
    within(tx, workspace, (0, 0), quota).await?;
    let payload = json!({ "document": id.to_string() });
    queue::enqueue(tx, workspace, INGEST, &id.to_string(), &payload, now).await?;
    let draft = AuditDraft::new(by, "document.replace", id).detail(new.name.clone());
    audit::record(tx, workspace, now, &draft).await?;
    before.parse()
}

/// Deletes a document with its chunks and jobs and tells the index; gives the name of its bytes.
pub(crate) async fn delete_in(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    base: KnowledgeBaseId,
    id: DocumentId,
    (now, by): (Timestamp, &str),
) -> Result<DocumentId> {
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
    let draft = AuditDraft::new(by, "document.delete", id);
    audit::record(tx, workspace, now, &draft).await?;
    gone.object.parse()
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

/// The documents that changed since, those that changed first coming first.
pub(super) async fn read_changed(
    knowledge: &Knowledge<'_>,
    base: KnowledgeBaseId,
    since: Timestamp,
    limit: u32,
) -> Result<Vec<Document>> {
    let sql = format!(
        "{SELECT} and knowledge_base_id = $2 and updated_at >= $3 order by updated_at, id limit $4"
    );
    let values = values![
        knowledge.workspace.to_string(),
        base.to_string(),
        since.as_millis(),
        i64::from(limit)
    ];
    let rows: Vec<Row> = knowledge.store.db().all(&sql, values).await?;
    rows.into_iter().map(Row::read).collect()
}
