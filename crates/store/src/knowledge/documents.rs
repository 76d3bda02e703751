//! Documents: added, ingested step by step, deleted; each change with what it entails.

use headwater_model::id::{DocumentId, JobId, KnowledgeBaseId, WorkspaceId};
use headwater_model::knowledge::{ChunkDraft, Document, DocumentStatus};
use headwater_model::page::{Page, PageRequest};
use headwater_model::run::Failure;
use headwater_model::{Code, Error, Result, Timestamp};
use sea_orm::FromQueryResult;
use serde_json::json;

use super::{Knowledge, changes, chunks};
use crate::audit::{self, AuditDraft};
use crate::{Tx, queue, values};

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

/// How an attempt at a job ended.
#[derive(Clone, Debug)]
pub enum JobOutcome {
    /// The document is searchable, and this is what of it could not be read.
    Ready { left_out: Option<String> },
    /// To be tried again then.
    Again { at: Timestamp, error: Failure },
    /// Given up.
    Failed { error: Failure },
    /// Given up until somebody installs OCR.
    NeedsOcr { error: Failure },
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

const SELECT: &str = "select id, knowledge_base_id, name, media_type, bytes, status, progress,
    error_code, error_message, chunks, attempts, created_at, updated_at
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

    /// Adds documents and their jobs together; refused when more than `most` would wait.
    pub async fn add_documents(
        &self,
        base: KnowledgeBaseId,
        documents: Vec<NewDocument>,
        most: u64,
        by: &str,
    ) -> Result<()> {
        let (workspace, now, by) = (self.workspace, self.store.now(), by.to_owned());
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    room(tx, workspace, documents.len() as u64, most).await?;
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

    /// Where a document stands, for whoever watches.
    pub async fn set_progress(
        &self,
        id: DocumentId,
        status: DocumentStatus,
        progress: f64,
        attempts: u32,
    ) -> Result<()> {
        let values = values![
            self.workspace.to_string(),
            id.to_string(),
            status.as_str(),
            progress,
            i64::from(attempts),
            self.store.now().as_millis()
        ];
        let changed = self
            .store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    tx.exec(
                        "update documents set status = $3, progress = $4, attempts = $5,
                            error_code = null, error_message = null, updated_at = $6
                         where workspace_id = $1 and id = $2",
                        values,
                    )
                    .await
                })
            })
            .await?;
        found(changed)
    }

    /// Replaces a document's chunks and tells the index, in one transaction. Where they are the same
    /// as before, as after an attempt that was interrupted, they stay, with their ids and vectors.
    pub async fn replace_chunks(
        &self,
        base: KnowledgeBaseId,
        id: DocumentId,
        drafts: Vec<ChunkDraft>,
    ) -> Result<()> {
        let (workspace, now) = (self.workspace, self.store.now());
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let (ws, document) = (workspace.to_string(), id.to_string());
                    let count = i64::try_from(drafts.len()).unwrap_or(i64::MAX);
                    // Deleted meanwhile: nothing may come back.
                    found(
                        tx.exec(
                            "update documents set chunks = $3, status = 'indexing', progress = 0.8, updated_at = $4
                             where workspace_id = $1 and id = $2",
                            values![ws.clone(), document.clone(), count, now.as_millis()],
                        )
                        .await?,
                    )?;
                    if !chunks::are(tx, &ws, &document, &drafts).await? {
                        chunks::replace(tx, &ws, &document, &drafts, now).await?;
                    }
                    changes::note(tx, workspace, &base.to_string(), id).await
                })
            })
            .await
    }

    /// Ends an attempt: the job and the document change together; `conflict` when another worker
    /// has the job by now.
    pub async fn end_attempt(
        &self,
        id: DocumentId,
        job: JobId,
        owner: &str,
        outcome: JobOutcome,
    ) -> Result<()> {
        let (workspace, now, owner) = (self.workspace, self.store.now(), owner.to_owned());
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let (status, progress, code, said) = match &outcome {
                        JobOutcome::Ready { left_out } => {
                            queue::complete(tx, job, &owner).await?;
                            (DocumentStatus::Ready, 1.0, None, left_out.clone())
                        }
                        JobOutcome::Again { at, error } => {
                            queue::fail(tx, job, &owner, Some(*at), &error.message).await?;
                            let said = Some(error.message.clone());
                            (DocumentStatus::Queued, 0.0, Some(error.code), said)
                        }
                        JobOutcome::Failed { error } | JobOutcome::NeedsOcr { error } => {
                            queue::fail(tx, job, &owner, None, &error.message).await?;
                            let status = match outcome {
                                JobOutcome::NeedsOcr { .. } => DocumentStatus::NeedsOcr,
                                _ => DocumentStatus::Failed,
                            };
                            (status, 0.0, Some(error.code), Some(error.message.clone()))
                        }
                    };
                    tx.exec(
                        "update documents set status = $3, progress = $4, error_code = $5,
                            error_message = $6, updated_at = $7
                         where workspace_id = $1 and id = $2",
                        values![
                            workspace.to_string(),
                            id.to_string(),
                            status.as_str(),
                            progress,
                            code.map(|code| code.as_str().to_owned()),
                            // Postgres' text cannot hold a zero character.
                            said.map(|said| said.replace('\0', "")),
                            now.as_millis()
                        ],
                    )
                    .await
                    .map(drop)
                })
            })
            .await
    }

    /// Queues a failed document again.
    pub async fn retry_document(&self, id: DocumentId, by: &str) -> Result<()> {
        let (workspace, now) = (self.workspace, self.store.now());
        let draft = AuditDraft::new(by, "document.retry", id);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let changed = tx
                        .exec(
                            "update documents set status = 'queued', progress = 0, attempts = 0,
                                error_code = null, error_message = null, updated_at = $3
                             where workspace_id = $1 and id = $2 and status in ('failed', 'needs_ocr')",
                            values![workspace.to_string(), id.to_string(), now.as_millis()],
                        )
                        .await?;
                    if changed == 0 {
                        return Err(Error::conflict(
                            "Only a failed document can be tried again; this one has not failed.",
                        ));
                    }
                    let document = id.to_string();
                    queue::forget(tx, workspace, &document).await?;
                    let payload = json!({ "document": document });
                    queue::enqueue(tx, workspace, INGEST, &document, &payload, now).await?;
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await
    }

    /// Deletes a document with its chunks and jobs and tells the index.
    pub async fn delete_document(
        &self,
        base: KnowledgeBaseId,
        id: DocumentId,
        by: &str,
    ) -> Result<()> {
        let (workspace, now) = (self.workspace, self.store.now());
        let draft = AuditDraft::new(by, "document.delete", id);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let document = id.to_string();
                    found(
                        tx.exec(
                            "delete from documents where workspace_id = $1 and id = $2",
                            values![workspace.to_string(), document.clone()],
                        )
                        .await?,
                    )?;
                    queue::forget(tx, workspace, &document).await?;
                    changes::note(tx, workspace, &base.to_string(), id).await?;
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await
    }
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

fn found(changed: u64) -> Result<()> {
    if changed == 0 {
        return Err(Error::not_found("document"));
    }
    Ok(())
}
