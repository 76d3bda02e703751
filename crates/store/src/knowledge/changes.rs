//! What an index has yet to learn: one row per document, numbered within its knowledge base.

use headwater_model::id::{DocumentId, KnowledgeBaseId, WorkspaceId};
use headwater_model::ports::IndexChunk;
use headwater_model::ports::passage_index::DocumentChange;
use headwater_model::{Error, Result};
use sea_orm::FromQueryResult;

use crate::{Store, Tx, values};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexedBase {
    pub workspace: WorkspaceId,
    pub id: KnowledgeBaseId,
    pub seq: u64,
}

#[derive(FromQueryResult)]
struct BaseRow {
    id: String,
    workspace_id: String,
    seq: i64,
}

impl BaseRow {
    fn read(self) -> Result<IndexedBase> {
        Ok(IndexedBase {
            workspace: self.workspace_id.parse()?,
            id: self.id.parse()?,
            seq: number(self.seq),
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
    name: String,
}

#[derive(FromQueryResult)]
struct IdRow {
    id: String,
}

#[derive(FromQueryResult)]
struct SeqRow {
    seq: i64,
}

impl Indexing<'_> {
    /// All knowledge bases.
    pub async fn bases(&self) -> Result<Vec<IndexedBase>> {
        let sql = "select id, workspace_id, seq from knowledge_bases order by id";
        let rows: Vec<BaseRow> = self.store.db().all(sql, vec![]).await?;
        rows.into_iter().map(BaseRow::read).collect()
    }

    /// One knowledge base, by id or slug in its workspace.
    pub async fn base(&self, workspace: WorkspaceId, name: &str) -> Result<Option<IndexedBase>> {
        let sql = "select id, workspace_id, seq from knowledge_bases
            where workspace_id = $1 and (id = $2 or slug = $2)";
        let values = values![workspace.to_string(), name];
        let row: Option<BaseRow> = self.store.db().one(sql, values).await?;
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
                chunks: self.chunks(base.workspace, &row.document_id).await?,
                document: row.document_id.parse()?,
            });
        }
        Ok((changes, last))
    }

    async fn chunks(&self, workspace: WorkspaceId, document: &str) -> Result<Vec<IndexChunk>> {
        let rows: Vec<ChunkRow> = self
            .store
            .db()
            .all(
                "select c.id, c.text, c.heading, d.name from chunks c
                 join documents d on d.id = c.document_id
                 where c.workspace_id = $1 and c.document_id = $2 order by c.position",
                values![workspace.to_string(), document],
            )
            .await?;
        rows.into_iter()
            .map(|row| {
                Ok(IndexChunk {
                    id: row.id.parse()?,
                    text: row.text,
                    heading: row.heading,
                    document_name: row.name,
                })
            })
            .collect()
    }

    /// The ids of all documents, for sweeping objects.
    pub async fn documents(&self) -> Result<Vec<String>> {
        let rows: Vec<IdRow> = self
            .store
            .db()
            .all("select id from documents", vec![])
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

fn number(seq: i64) -> u64 {
    u64::try_from(seq).unwrap_or(0)
}
