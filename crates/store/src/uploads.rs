//! Files on their way in: what is here of them, piece by piece. A piece counts once its bytes are
//! durable and its row is written.

use headwater_model::id::{DocumentId, KnowledgeBaseId, UploadId, WorkspaceId};
use headwater_model::knowledge::upload::Upload;
use headwater_model::{Code, Error, Result, Timestamp};
use sea_orm::FromQueryResult;

use crate::audit::{self, AuditDraft};
use crate::{Store, Tx, values};

/// An upload is forgotten so long after its last piece came.
const KEPT_MILLIS: i64 = 24 * 60 * 60 * 1_000;
/// Whoever puts a file together has so long until somebody else may.
const HELD_MILLIS: i64 = 120_000;
/// Uploads of a workspace that are under way.
const MOST: i64 = 200;

/// A workspace's uploads.
pub struct Uploads<'s> {
    store: &'s Store,
    workspace: WorkspaceId,
}

/// A file that is about to come.
#[derive(Clone, Debug)]
pub struct NewUpload {
    pub base: KnowledgeBaseId,
    pub name: String,
    pub media_type: String,
    pub bytes: u64,
    pub replaces: Option<DocumentId>,
}

/// What is put together to be a document.
#[derive(Clone, Debug)]
pub struct Complete {
    pub upload: Upload,
    /// What the document, or its bytes, will be called.
    pub document: DocumentId,
    /// The names of the pieces' bytes, in order.
    pub pieces: Vec<DocumentId>,
}

impl Store {
    /// The uploads of a workspace.
    pub fn uploads(&self, workspace: WorkspaceId) -> Uploads<'_> {
        Uploads {
            store: self,
            workspace,
        }
    }

    /// The names of all pieces' bytes, whosever they are.
    pub async fn upload_objects(&self) -> Result<Vec<String>> {
        let sql = "select object from upload_pieces";
        let rows: Vec<Piece> = self.db().all(sql, vec![]).await?;
        Ok(rows.into_iter().map(|row| row.object).collect())
    }

    /// Some uploads whose time is over.
    pub async fn expired_uploads(&self) -> Result<Vec<(WorkspaceId, UploadId)>> {
        let sql = "select workspace_id, id from uploads where expires_at < $1 order by expires_at limit 100";
        let rows: Vec<Expired> = self.db().all(sql, values![self.now().as_millis()]).await?;
        rows.into_iter()
            .map(|row| Ok((row.workspace_id.parse()?, row.id.parse()?)))
            .collect()
    }
}

#[derive(FromQueryResult)]
struct Expired {
    workspace_id: String,
    id: String,
}

#[derive(FromQueryResult)]
struct Piece {
    object: String,
}

#[derive(FromQueryResult)]
struct Count {
    count: i64,
}

#[derive(FromQueryResult)]
struct Row {
    id: String,
    knowledge_base_id: String,
    name: String,
    media_type: String,
    bytes: i64,
    received: i64,
    replaces: Option<String>,
    document_id: String,
    finished_at: Option<i64>,
    expires_at: i64,
}

impl Row {
    fn read(self) -> Result<(Upload, DocumentId)> {
        let document: DocumentId = self.document_id.parse()?;
        let replaces = self.replaces.map(|id| id.parse()).transpose()?;
        let upload = Upload {
            id: self.id.parse()?,
            knowledge_base_id: self.knowledge_base_id.parse()?,
            name: self.name,
            media_type: self.media_type,
            bytes: u64::try_from(self.bytes).unwrap_or(0),
            received: u64::try_from(self.received).unwrap_or(0),
            replaces,
            document: self.finished_at.map(|_| replaces.unwrap_or(document)),
            expires_at: Timestamp::from_millis(self.expires_at),
        };
        Ok((upload, document))
    }
}

impl Uploads<'_> {
    /// Notes that a file will come. Errors: `quota_exceeded` when many are on their way.
    pub async fn create(&self, new: NewUpload, by: &str) -> Result<Upload> {
        let (workspace, now) = (self.workspace, self.store.now());
        let id = self.store.fresh(UploadId::new);
        let document = self.store.fresh(DocumentId::new);
        let draft = AuditDraft::new(by, "upload.create", id).detail(new.name.clone());
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    room(tx, workspace).await?;
                    tx.exec(
                        "insert into uploads (id, workspace_id, knowledge_base_id, name, media_type, bytes, received,
                         replaces, document_id, held_until, created_at, expires_at)
                         values ($1, $2, $3, $4, $5, $6, 0, $7, $8, 0, $9, $10)",
                        values![
                            id.to_string(),
                            workspace.to_string(),
                            new.base.to_string(),
                            new.name,
                            new.media_type,
                            i64::try_from(new.bytes).unwrap_or(i64::MAX),
                            new.replaces.map(|id| id.to_string()),
                            document.to_string(),
                            now.as_millis(),
                            now.as_millis() + KEPT_MILLIS
                        ],
                    )
                    .await?;
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await?;
        self.get(id).await
    }

    /// How far one is.
    pub async fn get(&self, id: UploadId) -> Result<Upload> {
        self.row(id).await.map(|(upload, _)| upload)
    }

    async fn row(&self, id: UploadId) -> Result<(Upload, DocumentId)> {
        let sql = "select id, knowledge_base_id, name, media_type, bytes, received, replaces, document_id,
                   finished_at, expires_at from uploads where workspace_id = $1 and id = $2 and expires_at >= $3";
        let key = values![
            self.workspace.to_string(),
            id.to_string(),
            self.store.now().as_millis()
        ];
        let row: Option<Row> = self.store.db().one(sql, key).await?;
        row.ok_or_else(|| Error::not_found("upload"))?.read()
    }

    /// Notes a piece whose bytes are in place; how much is here now. Errors: `conflict` when it does
    /// not follow what is here.
    pub async fn append(
        &self,
        id: UploadId,
        begins: u64,
        bytes: u64,
        object: DocumentId,
    ) -> Result<u64> {
        let (workspace, now) = (self.workspace, self.store.now());
        let [begins, bytes] = [begins, bytes].map(|n| i64::try_from(n).unwrap_or(i64::MAX));
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let changed = tx
                        .exec(
                            "update uploads set received = received + $1, expires_at = $2
                             where workspace_id = $3 and id = $4 and received = $5
                             and received + $1 <= bytes and finished_at is null",
                            values![
                                bytes,
                                now.as_millis() + KEPT_MILLIS,
                                workspace.to_string(),
                                id.to_string(),
                                begins
                            ],
                        )
                        .await?;
                    if changed == 0 {
                        return Err(Error::conflict(
                            "Something else was sent to this upload meanwhile. Ask how far it is (HEAD), and go on from there.",
                        ));
                    }
                    tx.exec(
                        "insert into upload_pieces (upload_id, begins, workspace_id, bytes, object)
                         values ($1, $2, $3, $4, $5)",
                        values![
                            id.to_string(),
                            begins,
                            workspace.to_string(),
                            bytes,
                            object.to_string()
                        ],
                    )
                    .await
                    .map(drop)
                })
            })
            .await?;
        Ok(u64::try_from(begins + bytes).unwrap_or(0))
    }

    /// Takes a complete upload to put it together, for two minutes; nothing while somebody else does.
    pub async fn hold(&self, id: UploadId) -> Result<Option<Complete>> {
        let (workspace, now) = (self.workspace, self.store.now());
        let held = self
            .store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    tx.exec(
                        "update uploads set held_until = $1 where workspace_id = $2 and id = $3
                         and received = bytes and finished_at is null and held_until < $4",
                        values![
                            now.as_millis() + HELD_MILLIS,
                            workspace.to_string(),
                            id.to_string(),
                            now.as_millis()
                        ],
                    )
                    .await
                })
            })
            .await?;
        if held == 0 {
            return Ok(None);
        }
        let (upload, document) = self.row(id).await?;
        let pieces = self.pieces(id).await?;
        Ok(Some(Complete {
            upload,
            document,
            pieces,
        }))
    }

    /// Lets go of an upload that could not be put together.
    pub async fn release(&self, id: UploadId) -> Result<()> {
        let key = values![self.workspace.to_string(), id.to_string()];
        let sql = "update uploads set held_until = 0 where workspace_id = $1 and id = $2";
        self.exec(sql, key).await
    }

    /// Notes that the document is there; the pieces are nobody's from here on.
    pub async fn finish(&self, id: UploadId) -> Result<()> {
        let (workspace, now) = (self.workspace, self.store.now());
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let key = values![now.as_millis(), workspace.to_string(), id.to_string()];
                    tx.exec(
                        "update uploads set finished_at = $1 where workspace_id = $2 and id = $3",
                        key,
                    )
                    .await?;
                    tx.exec(
                        "delete from upload_pieces where workspace_id = $1 and upload_id = $2",
                        values![workspace.to_string(), id.to_string()],
                    )
                    .await
                    .map(drop)
                })
            })
            .await
    }

    /// Forgets an upload; gives the names of its pieces' bytes.
    pub async fn delete(&self, id: UploadId, by: &str) -> Result<Vec<DocumentId>> {
        let (workspace, now) = (self.workspace, self.store.now());
        let pieces = self.pieces(id).await?;
        let draft = AuditDraft::new(by, "upload.delete", id);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let key = values![workspace.to_string(), id.to_string()];
                    let gone = tx
                        .exec(
                            "delete from uploads where workspace_id = $1 and id = $2",
                            key,
                        )
                        .await?;
                    if gone == 0 {
                        return Err(Error::not_found("upload"));
                    }
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await?;
        Ok(pieces)
    }

    async fn pieces(&self, id: UploadId) -> Result<Vec<DocumentId>> {
        let sql = "select object from upload_pieces where workspace_id = $1 and upload_id = $2 order by begins";
        let key = values![self.workspace.to_string(), id.to_string()];
        let rows: Vec<Piece> = self.store.db().all(sql, key).await?;
        rows.into_iter().map(|row| row.object.parse()).collect()
    }

    async fn exec(&self, sql: &'static str, key: Vec<sea_orm::Value>) -> Result<()> {
        self.store
            .db()
            .write(move |tx| Box::pin(async move { tx.exec(sql, key).await.map(drop) }))
            .await
    }
}

async fn room(tx: &Tx<'_>, workspace: WorkspaceId) -> Result<()> {
    let sql =
        "select count(*) as count from uploads where workspace_id = $1 and finished_at is null";
    let row: Option<Count> = tx.one(sql, values![workspace.to_string()]).await?;
    if row.is_some_and(|row| row.count >= MOST) {
        let message = format!(
            "{MOST} files are on their way already. Finish or discard some of them; after a day without a piece they are forgotten."
        );
        return Err(Error::new(Code::QuotaExceeded, message).with_limit("uploads", None));
    }
    Ok(())
}
