//! Stored pieces of documents.

use headwater_model::id::{ChunkId, DocumentId, KnowledgeBaseId};
use headwater_model::knowledge::{Chunk, ChunkDraft};
use headwater_model::page::{Page, PageRequest};
use headwater_model::{Error, Result, Timestamp};
use sea_orm::{FromQueryResult, Value};

use super::Knowledge;
use crate::{Tx, values};

/// Rows per statement: far below either database's limit of values.
const ROWS: usize = 100;

/// A chunk with the document it is of.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredChunk {
    pub chunk: Chunk,
    pub document_id: DocumentId,
    pub document_name: String,
    pub knowledge_base_id: KnowledgeBaseId,
}

#[derive(FromQueryResult)]
struct Row {
    id: String,
    position: i64,
    text: String,
    heading: Option<String>,
    page: Option<i64>,
    document_id: String,
    document_name: String,
    knowledge_base_id: String,
}

impl Row {
    fn read(self) -> Result<StoredChunk> {
        Ok(StoredChunk {
            chunk: Chunk {
                id: self.id.parse()?,
                index: u32::try_from(self.position).unwrap_or(u32::MAX),
                text: self.text,
                page: self.page.and_then(|page| u32::try_from(page).ok()),
                heading: self.heading,
            },
            document_id: self.document_id.parse()?,
            document_name: self.document_name,
            knowledge_base_id: self.knowledge_base_id.parse()?,
        })
    }
}

const SELECT: &str = "select c.id, c.position, c.text, c.heading, c.page, c.document_id,
    d.name as document_name, d.knowledge_base_id from chunks c
    join documents d on d.id = c.document_id where c.workspace_id = $1";

impl Knowledge<'_> {
    /// A document's chunks, in order.
    pub async fn chunks(&self, document: DocumentId, page: &PageRequest) -> Result<Page<Chunk>> {
        let after: i64 = match &page.after {
            None => -1,
            Some(text) => text
                .parse()
                .map_err(|_| Error::invalid("after", "Pass the `next` of the page before."))?,
        };
        let sql = format!(
            "{SELECT} and c.document_id = $2 and c.position > $3 order by c.position limit $4"
        );
        let values = values![
            self.workspace.to_string(),
            document.to_string(),
            after,
            i64::from(page.limit) + 1
        ];
        let rows: Vec<Row> = self.store.db().all(&sql, values).await?;
        let rows = rows
            .into_iter()
            .map(|row| row.read().map(|stored| stored.chunk))
            .collect::<Result<Vec<_>>>()?;
        Ok(Page::from_rows(rows, page.limit, |chunk| {
            chunk.index.to_string()
        }))
    }

    /// Those of the chunks that are there now, in documents that are ready.
    pub async fn chunks_by_id(&self, ids: &[ChunkId]) -> Result<Vec<StoredChunk>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let places: Vec<String> = (2..ids.len() + 2).map(|n| format!("${n}")).collect();
        // A document that is not ready is not there yet, or never will be.
        let sql = format!(
            "{SELECT} and d.status = 'ready' and c.id in ({})",
            places.join(", ")
        );
        let mut values = values![self.workspace.to_string()];
        values.extend(ids.iter().map(|id| Value::from(id.to_string())));
        let rows: Vec<Row> = self.store.db().all(&sql, values).await?;
        rows.into_iter().map(Row::read).collect()
    }
}

/// Whether a document has these chunks already.
pub(super) async fn are(
    tx: &Tx<'_>,
    workspace: &str,
    document: &str,
    chunks: &[ChunkDraft],
) -> Result<bool> {
    let sql = format!("{SELECT} and c.document_id = $2 order by c.position");
    let rows: Vec<Row> = tx.all(&sql, values![workspace, document]).await?;
    let same = |(row, chunk): (&Row, &ChunkDraft)| {
        row.text == storable(&chunk.text)
            && row.heading == chunk.heading.as_deref().map(storable)
            && row.page == chunk.page.map(i64::from)
    };
    Ok(rows.len() == chunks.len() && rows.iter().zip(chunks).all(same))
}

/// Postgres' text cannot hold a zero character.
fn storable(text: &str) -> String {
    text.replace('\0', "")
}

/// Replaces what a document had.
pub(super) async fn replace(
    tx: &Tx<'_>,
    workspace: &str,
    document: &str,
    chunks: &[ChunkDraft],
    at: Timestamp,
) -> Result<()> {
    tx.exec(
        "delete from chunks where workspace_id = $1 and document_id = $2",
        values![workspace, document],
    )
    .await?;
    for (batch, rows) in chunks.chunks(ROWS).enumerate() {
        let mut places = Vec::with_capacity(rows.len());
        let mut values = Vec::with_capacity(rows.len() * 7);
        for (i, chunk) in rows.iter().enumerate() {
            let first = i * 7 + 1;
            let row: Vec<String> = (first..first + 7).map(|n| format!("${n}")).collect();
            places.push(format!("({})", row.join(", ")));
            let position = i64::try_from(batch * ROWS + i).unwrap_or(i64::MAX);
            values.extend(values![
                ChunkId::new(at, rand::random()).to_string(),
                workspace,
                document,
                position,
                storable(&chunk.text),
                chunk.heading.as_deref().map(storable),
                chunk.page.map(i64::from)
            ]);
        }
        let sql = format!(
            "insert into chunks (id, workspace_id, document_id, position, text, heading, page) values {}",
            places.join(", ")
        );
        tx.exec(&sql, values).await?;
    }
    Ok(())
}
