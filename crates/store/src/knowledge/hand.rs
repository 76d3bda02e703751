//! What people change about chunks: each change with its vectors, its place in the index and its
//! audit entry in one transaction.

use headwater_model::id::{ChunkId, DocumentId, KnowledgeBaseId, WorkspaceId};
use headwater_model::knowledge::Section;
use headwater_model::knowledge::metadata::Metadata;
use headwater_model::{Error, Result};
use sea_orm::FromQueryResult;

use super::chunks::{Row, SELECT, storable};
use super::{Knowledge, changes, ingestion, vectors};
use crate::audit::{self, AuditDraft};
use crate::{Tx, json, values};

/// A text for a chunk.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewText {
    pub text: String,
    pub tokens: u32,
    /// By model.
    pub vectors: Vec<(String, Vec<f32>)>,
}

/// What is to be changed about a chunk; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChunkChanges {
    pub text: Option<NewText>,
    /// What is given when it is found; nothing: what the document says.
    pub given: Option<Option<String>>,
    pub enabled: Option<bool>,
    pub keywords: Option<Vec<String>>,
    pub metadata: Option<Metadata>,
}

/// A chunk that the document does not have.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewChunk {
    pub text: NewText,
    pub given: Option<String>,
    pub heading: Option<String>,
    pub page: Option<u32>,
    pub keywords: Vec<String>,
    pub metadata: Metadata,
}

#[derive(FromQueryResult)]
struct SectionRow {
    text: String,
    answer: i64,
}

#[derive(FromQueryResult)]
struct Last {
    position: i64,
}

/// What of it is kept where nothing is said.
fn some<T: serde::Serialize>(value: &T, is_empty: bool) -> Result<Option<String>> {
    match is_empty {
        true => Ok(None),
        false => json::write(value).map(Some),
    }
}

impl Knowledge<'_> {
    /// Changes a chunk that answers. `conflict` for one that has lost its source.
    pub async fn change_chunk(
        &self,
        base: KnowledgeBaseId,
        document: DocumentId,
        id: ChunkId,
        changes: ChunkChanges,
        by: &str,
    ) -> Result<()> {
        let (workspace, now) = (self.workspace, self.store.now());
        let draft = AuditDraft::new(by, "chunk.update", id);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    changes::note(tx, workspace, &base.to_string(), document).await?;
                    change(tx, workspace, id, changes).await?;
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await
    }

    /// Adds a chunk at the end of a document.
    pub async fn add_chunk(
        &self,
        base: KnowledgeBaseId,
        document: DocumentId,
        new: NewChunk,
        by: &str,
    ) -> Result<ChunkId> {
        let (workspace, now) = (self.workspace, self.store.now());
        let id = self.store.fresh(ChunkId::new);
        let draft = AuditDraft::new(by, "chunk.add", id).detail(document.to_string());
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    changes::note(tx, workspace, &base.to_string(), document).await?;
                    insert(tx, workspace, document, id, new).await?;
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await?;
        Ok(id)
    }

    /// Deletes a chunk that somebody added, or that has lost its source; `conflict` for others.
    pub async fn delete_chunk(
        &self,
        base: KnowledgeBaseId,
        document: DocumentId,
        id: ChunkId,
        by: &str,
    ) -> Result<()> {
        let (workspace, now) = (self.workspace, self.store.now());
        let draft = AuditDraft::new(by, "chunk.delete", id).detail(document.to_string());
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    changes::note(tx, workspace, &base.to_string(), document).await?;
                    let ws = workspace.to_string();
                    let changed = tx
                        .exec(
                            "delete from chunks where workspace_id = $1 and id = $2
                                and (added = 1 or state = 'left')",
                            values![ws.clone(), id.to_string()],
                        )
                        .await?;
                    if changed == 0 {
                        return Err(Error::conflict(
                            "Only a chunk that somebody added can be deleted; this one is of the document. Disable it instead.",
                        ));
                    }
                    ingestion::count_chunks(tx, &ws, &document.to_string()).await?;
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await
    }
}

async fn change(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    id: ChunkId,
    changes: ChunkChanges,
) -> Result<()> {
    let ws = workspace.to_string();
    let sql = format!("{SELECT} and c.id = $2");
    let row: Option<Row> = tx.one(&sql, values![ws.clone(), id.to_string()]).await?;
    let row = row.ok_or_else(|| Error::not_found("chunk"))?;
    if row.state != "live" {
        return Err(Error::conflict(
            "The document no longer has this chunk, so it cannot be changed. Add what it says as a chunk of its own, and delete it.",
        ));
    }
    let (keywords, metadata) = (row.keywords()?, row.metadata()?);
    let keywords = changes.keywords.unwrap_or(keywords);
    let metadata = changes.metadata.unwrap_or(metadata);
    let disabled = changes
        .enabled
        .map_or(row.disabled, |enabled| i64::from(!enabled));
    let given = match changes.given {
        Some(given) => given.map(|given| storable(&given)),
        None => row.given.clone(),
    };
    let (mut text, mut source, mut tokens) =
        (row.text.clone(), row.source_text.clone(), row.tokens);
    if let Some(new) = changes.text {
        text = storable(&new.text);
        tokens = Some(i64::from(new.tokens));
        if row.added == 0 {
            let original = source.unwrap_or_else(|| row.text.clone());
            source = (original != text).then_some(original);
        }
        put_vectors(tx, &ws, id, &new.vectors).await?;
        rewrite_section(tx, &ws, &row, &text).await?;
    }
    tx.exec(
        "update chunks set text = $3, source_text = $4, tokens = $5, given = $6, disabled = $7,
            keywords = $8, metadata = $9
         where workspace_id = $1 and id = $2",
        values![
            ws,
            id.to_string(),
            text,
            source,
            tokens,
            given,
            disabled,
            some(&keywords, keywords.is_empty())?,
            some(&metadata, metadata.is_empty())?
        ],
    )
    .await
    .map(drop)
}

/// The part of the document that is given for its chunks says the same as they do.
async fn rewrite_section(tx: &Tx<'_>, workspace: &str, row: &Row, now: &str) -> Result<()> {
    let Some(position) = row.section else {
        return Ok(());
    };
    let key = || values![workspace, row.document_id.clone(), position];
    let sql = "select text, answer from sections
        where workspace_id = $1 and document_id = $2 and position = $3";
    let Some(section): Option<SectionRow> = tx.one(sql, key()).await? else {
        return Ok(());
    };
    let mut section = Section {
        text: section.text,
        answer: section.answer != 0,
    };
    ingestion::rewrite(&mut section, &row.text, now);
    let mut values = key();
    values.extend(values![section.text]);
    tx.exec(
        "update sections set text = $4
         where workspace_id = $1 and document_id = $2 and position = $3",
        values,
    )
    .await
    .map(drop)
}

async fn insert(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    document: DocumentId,
    id: ChunkId,
    new: NewChunk,
) -> Result<()> {
    let (ws, name) = (workspace.to_string(), document.to_string());
    let last: Option<Last> = tx
        .one(
            "select coalesce(max(position), -1) as position from chunks
             where workspace_id = $1 and document_id = $2",
            values![ws.clone(), name.clone()],
        )
        .await?;
    let position = last.map_or(0, |last| last.position.max(-1) + 1);
    let inserted = tx
        .exec(
            "insert into chunks (id, workspace_id, document_id, position, text, heading, page,
                tokens, given, keywords, metadata, added, state)
             select $1, $2, d.id, $4, $5, $6, $7, $8, $9, $10, $11, 1, 'live'
             from documents d where d.workspace_id = $2 and d.id = $3",
            values![
                id.to_string(),
                ws.clone(),
                name.clone(),
                position,
                storable(&new.text.text),
                new.heading.as_deref().map(storable),
                new.page.map(i64::from),
                i64::from(new.text.tokens),
                new.given.as_deref().map(storable),
                some(&new.keywords, new.keywords.is_empty())?,
                some(&new.metadata, new.metadata.is_empty())?
            ],
        )
        .await?;
    super::documents::found(inserted)?;
    put_vectors(tx, &ws, id, &new.text.vectors).await?;
    ingestion::count_chunks(tx, &ws, &name).await
}

/// The vectors of a text that is another one now.
async fn put_vectors(
    tx: &Tx<'_>,
    workspace: &str,
    id: ChunkId,
    new: &[(String, Vec<f32>)],
) -> Result<()> {
    tx.exec(
        "delete from chunk_vectors where workspace_id = $1 and chunk_id = $2",
        values![workspace, id.to_string()],
    )
    .await?;
    for (model, vector) in new {
        tx.exec(
            "insert into chunk_vectors (workspace_id, chunk_id, model, vector)
             values ($1, $2, $3, $4)",
            values![
                workspace,
                id.to_string(),
                model.clone(),
                vectors::write(vector)
            ],
        )
        .await?;
    }
    Ok(())
}
