//! What changed in a knowledge base, for whoever watches.

use headwater_model::id::{DocumentId, KnowledgeBaseId};
use headwater_model::knowledge::Document;
use headwater_model::{Result, Timestamp};
use sea_orm::FromQueryResult;

use super::Knowledge;
use super::documents::read_changed;
use crate::values;

#[derive(FromQueryResult)]
struct Number {
    n: Option<i64>,
}

#[derive(FromQueryResult)]
struct GoneRow {
    document_id: String,
    seq: i64,
}

impl Knowledge<'_> {
    /// The documents that changed since, those that changed first coming first.
    pub async fn changed_since(
        &self,
        base: KnowledgeBaseId,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<Document>> {
        read_changed(self, base, since, limit).await
    }

    /// The number of a knowledge base's last change.
    pub async fn last_change(&self, base: KnowledgeBaseId) -> Result<i64> {
        let sql = "select max(seq) as n from index_changes
            where workspace_id = $1 and knowledge_base_id = $2";
        let key = values![self.workspace.to_string(), base.to_string()];
        let row: Option<Number> = self.store.db().one(sql, key).await?;
        Ok(row.and_then(|row| row.n).unwrap_or(0))
    }

    /// The documents that went after a change, and the number of the last of these.
    pub async fn gone_since(
        &self,
        base: KnowledgeBaseId,
        seq: i64,
    ) -> Result<(Vec<DocumentId>, i64)> {
        let sql = "select c.document_id, c.seq from index_changes c
            where c.workspace_id = $1 and c.knowledge_base_id = $2 and c.seq > $3
                and not exists (select 1 from documents d where d.id = c.document_id)
            order by c.seq limit 500";
        let key = values![self.workspace.to_string(), base.to_string(), seq];
        let rows: Vec<GoneRow> = self.store.db().all(sql, key).await?;
        let last = rows.last().map_or(seq, |row| row.seq);
        let gone = rows.iter().map(|row| row.document_id.parse());
        Ok((gone.collect::<Result<_>>()?, last))
    }
}
