//! What an index has yet to learn: one row per document, numbered within its knowledge base.

use std::collections::HashMap;
use std::sync::Arc;

use headwater_model::id::{DocumentId, KnowledgeBaseId, WorkspaceId};
use headwater_model::knowledge::retrieval::RetrievalSettings;
use headwater_model::ports::{DocumentChange, IndexChunk, IndexVector};
use headwater_model::{Error, Result};
use sea_orm::FromQueryResult;

use super::fields::Said;
use super::vectors;
use crate::{Store, Tx, json, values};

/// The indexer's view of all workspaces.
pub struct Indexing<'s> {
    store: &'s Store,
}

impl Store {
    /// The indexer's view of all workspaces.
    pub fn indexing(&self) -> Indexing<'_> {
        Indexing { store: self }
    }
}

/// A knowledge base and the number of its last change.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexedBase {
    pub workspace: WorkspaceId,
    pub id: KnowledgeBaseId,
    pub seq: u64,
    /// The model whose vectors answer.
    pub searched_model: Option<Arc<str>>,
    /// The one whose vectors are to answer; the same, unless chunks are being embedded anew.
    pub embedding_model: Option<Arc<str>>,
    pub retrieval: RetrievalSettings,
}

impl IndexedBase {
    /// The spaces of vectors that the index is to have.
    pub fn spaces(&self) -> Vec<Arc<str>> {
        let mut spaces: Vec<Arc<str>> = self.searched_model.iter().cloned().collect();
        let other = self.embedding_model.as_ref();
        spaces.extend(other.filter(|model| !spaces.contains(model)).cloned());
        spaces
    }
}

#[derive(FromQueryResult)]
struct BaseRow {
    id: String,
    workspace_id: String,
    seq: i64,
    searched_model: Option<String>,
    embedding_model: Option<String>,
    retrieval: Option<String>,
}

impl BaseRow {
    fn read(self) -> Result<IndexedBase> {
        Ok(IndexedBase {
            workspace: self.workspace_id.parse()?,
            id: self.id.parse()?,
            seq: number(self.seq),
            searched_model: self.searched_model.map(Into::into),
            embedding_model: self.embedding_model.map(Into::into),
            retrieval: json::read_option(self.retrieval.as_ref())?.unwrap_or_default(),
        })
    }
}

#[derive(FromQueryResult)]
struct ChangeRow {
    document_id: String,
    seq: i64,
}

#[derive(FromQueryResult)]
struct ChunkRow {
    id: String,
    text: String,
    heading: Option<String>,
    page: Option<i64>,
    keywords: Option<String>,
    metadata: Option<String>,
    document_metadata: Option<String>,
    name: String,
    media_type: String,
    bytes: i64,
    created_at: i64,
}

#[derive(FromQueryResult)]
struct VectorRow {
    chunk_id: String,
    model: String,
    vector: Vec<u8>,
}

#[derive(FromQueryResult)]
struct IdRow {
    id: String,
}

#[derive(FromQueryResult)]
struct SeqRow {
    seq: i64,
}

const BASE: &str = "select id, workspace_id, seq, searched_model, embedding_model, retrieval
    from knowledge_bases";

impl Indexing<'_> {
    /// All knowledge bases.
    pub async fn bases(&self) -> Result<Vec<IndexedBase>> {
        let sql = format!("{BASE} order by id");
        let rows: Vec<BaseRow> = self.store.db().all(&sql, vec![]).await?;
        rows.into_iter().map(BaseRow::read).collect()
    }

    /// One knowledge base, by id or slug in its workspace.
    pub async fn base(&self, workspace: WorkspaceId, name: &str) -> Result<Option<IndexedBase>> {
        let sql = format!("{BASE} where workspace_id = $1 and (id = $2 or slug = $2)");
        let values = values![workspace.to_string(), name];
        let row: Option<BaseRow> = self.store.db().one(&sql, values).await?;
        row.map(BaseRow::read).transpose()
    }

    /// Up to `limit` documents changed after `seq`, as they are now, and the number of the last.
    pub async fn after(
        &self,
        base: &IndexedBase,
        seq: u64,
        limit: u32,
    ) -> Result<(Vec<DocumentChange>, u64)> {
        let rows: Vec<ChangeRow> = self
            .store
            .db()
            .all(
                "select document_id, seq from index_changes
                 where workspace_id = $1 and knowledge_base_id = $2 and seq > $3
                 order by seq limit $4",
                values![
                    base.workspace.to_string(),
                    base.id.to_string(),
                    i64::try_from(seq).unwrap_or(i64::MAX),
                    i64::from(limit)
                ],
            )
            .await?;
        let last = rows.last().map_or(seq, |row| number(row.seq));
        let mut changes = Vec::with_capacity(rows.len());
        for row in rows {
            changes.push(DocumentChange {
                chunks: self.chunks(base, &row.document_id).await?,
                language: base.retrieval.language.clone(),
                document: row.document_id.parse()?,
            });
        }
        Ok((changes, last))
    }

    async fn chunks(&self, base: &IndexedBase, document: &str) -> Result<Vec<IndexChunk>> {
        let rows: Vec<ChunkRow> = self
            .store
            .db()
            .all(
                "select c.id, c.text, c.heading, c.page, c.keywords, c.metadata,
                    d.metadata as document_metadata, d.name, d.media_type, d.bytes, d.created_at
                 from chunks c join documents d on d.id = c.document_id
                 where c.workspace_id = $1 and c.document_id = $2 and c.state = 'live'
                    and c.disabled = 0 order by c.position",
                values![base.workspace.to_string(), document],
            )
            .await?;
        let mut vectors = self.vectors(base, document).await?;
        rows.into_iter()
            .map(|row| {
                Ok(IndexChunk {
                    vectors: vectors.remove(&row.id).unwrap_or_default(),
                    id: row.id.parse()?,
                    fields: said(&row, document).fields()?,
                    text: words(row.text, row.keywords.as_ref())?,
                    heading: row.heading,
                    document_name: row.name,
                })
            })
            .collect()
    }

    /// The vectors of a document's chunks in the spaces that the index is to have.
    async fn vectors(
        &self,
        base: &IndexedBase,
        document: &str,
    ) -> Result<HashMap<String, Vec<IndexVector>>> {
        let spaces = base.spaces();
        let mut all: HashMap<String, Vec<IndexVector>> = HashMap::new();
        if spaces.is_empty() {
            return Ok(all);
        }
        let sql = "select v.chunk_id, v.model, v.vector from chunk_vectors v
            join chunks c on c.id = v.chunk_id
            where c.workspace_id = $1 and c.document_id = $2";
        let values = values![base.workspace.to_string(), document];
        let rows: Vec<VectorRow> = self.store.db().all(sql, values).await?;
        for row in rows {
            if let Some(space) = spaces.iter().find(|space| ***space == *row.model) {
                all.entry(row.chunk_id).or_default().push(IndexVector {
                    space: space.clone(),
                    values: vectors::read(&row.vector),
                });
            }
        }
        Ok(all)
    }

    /// How many documents an index that knows nothing has to learn of.
    pub async fn count(&self) -> Result<u64> {
        let sql = "select count(*) as seq from index_changes";
        let row: Option<SeqRow> = self.store.db().one(sql, vec![]).await?;
        Ok(row.map_or(0, |row| number(row.seq)))
    }

    /// The names of all documents' bytes, for sweeping objects.
    pub async fn documents(&self) -> Result<Vec<String>> {
        let rows: Vec<IdRow> = self
            .store
            .db()
            .all("select coalesce(object, id) as id from documents", vec![])
            .await?;
        Ok(rows.into_iter().map(|row| row.id).collect())
    }
}

/// Notes that a document changed. The base's row is locked by it, so numbers appear in order.
pub(super) async fn note(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    base: &str,
    document: DocumentId,
) -> Result<()> {
    let seq: SeqRow = tx
        .one(
            "update knowledge_bases set seq = seq + 1 where workspace_id = $1 and id = $2 returning seq",
            values![workspace.to_string(), base],
        )
        .await?
        .ok_or_else(|| Error::not_found("knowledge base"))?;
    tx.exec(
        "insert into index_changes (workspace_id, knowledge_base_id, document_id, seq)
         values ($1, $2, $3, $4)
         on conflict (knowledge_base_id, document_id) do update set seq = excluded.seq",
        values![workspace.to_string(), base, document.to_string(), seq.seq],
    )
    .await
    .map(drop)
}

/// The same for all documents of a base.
pub(super) async fn note_all(tx: &Tx<'_>, workspace: WorkspaceId, base: &str) -> Result<()> {
    let documents: Vec<IdRow> = tx
        .all(
            "select id from documents where workspace_id = $1 and knowledge_base_id = $2",
            values![workspace.to_string(), base],
        )
        .await?;
    for document in documents {
        note(tx, workspace, base, document.id.parse()?).await?;
    }
    Ok(())
}

/// What is found by its words: the text, and below it what people added to it.
fn words(mut text: String, keywords: Option<&String>) -> Result<String> {
    let keywords: Option<Vec<String>> = json::read_option(keywords)?;
    for keyword in keywords.unwrap_or_default() {
        text.push('\n');
        text.push_str(&keyword);
    }
    Ok(text)
}

fn number(seq: i64) -> u64 {
    u64::try_from(seq).unwrap_or(0)
}

fn said<'r>(row: &'r ChunkRow, document: &'r str) -> Said<'r> {
    Said {
        document,
        name: &row.name,
        media_type: &row.media_type,
        bytes: row.bytes,
        created_at: row.created_at,
        page: row.page,
        heading: row.heading.as_deref(),
        document_metadata: row.document_metadata.as_ref(),
        metadata: row.metadata.as_ref(),
    }
}
