//! The vectors of chunks, kept with them so that every index can be rebuilt without embedding again.

use std::sync::Arc;

use half::f16;
use half::slice::HalfFloatSliceExt as _;
use headwater_model::id::{ChunkId, DocumentId, JobId, KnowledgeBaseId, WorkspaceId};
use headwater_model::{Error, Result, Timestamp};
use sea_orm::FromQueryResult;

use super::{Knowledge, changes};
use crate::{Tx, queue, values};

/// The kind of the job that embeds a knowledge base's chunks with another model.
pub const EMBED: &str = "embed";

/// A chunk without a vector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToEmbed {
    pub chunk: ChunkId,
    pub document: DocumentId,
    /// Its heading, where it has one, and its text.
    pub text: Arc<str>,
}

#[derive(FromQueryResult)]
struct Row {
    id: String,
    document_id: String,
    heading: Option<String>,
    text: String,
}

#[derive(FromQueryResult)]
struct Models {
    embedding_model: Option<String>,
    searched_model: Option<String>,
}

#[derive(FromQueryResult)]
struct Count {
    n: i64,
}

/// What of a chunk is embedded: its heading, where it has one, and its text.
pub fn embedded_text(heading: Option<&str>, text: &str) -> Arc<str> {
    match heading {
        Some(heading) => format!("{heading}\n{text}").into(),
        None => text.into(),
    }
}

impl Knowledge<'_> {
    /// The models whose vectors a knowledge base's chunks are to have: the one that is wanted, and the
    /// one that answers until all have it.
    pub async fn models(&self, base: KnowledgeBaseId) -> Result<Vec<String>> {
        let sql = "select embedding_model, searched_model from knowledge_bases
            where workspace_id = $1 and id = $2";
        let values = values![self.workspace.to_string(), base.to_string()];
        let row: Option<Models> = self.store.db().one(sql, values).await?;
        let row = row.ok_or_else(|| Error::not_found("knowledge base"))?;
        let mut models: Vec<String> = row.embedding_model.into_iter().collect();
        models.extend(row.searched_model.filter(|model| !models.contains(model)));
        Ok(models)
    }

    /// Up to `limit` chunks of a knowledge base, or of one of its documents, that have no vector of a
    /// model yet, document by document.
    pub async fn to_embed(
        &self,
        base: KnowledgeBaseId,
        document: Option<DocumentId>,
        model: &str,
        limit: u32,
    ) -> Result<Vec<ToEmbed>> {
        let sql = "select c.id, c.document_id, c.heading, c.text from chunks c
            join documents d on d.id = c.document_id
            where c.workspace_id = $1 and d.knowledge_base_id = $2 and ($3 = '' or d.id = $3)
                and not exists (select 1 from chunk_vectors v where v.chunk_id = c.id and v.model = $4)
            order by c.document_id, c.position limit $5";
        let document = document.map(|id| id.to_string()).unwrap_or_default();
        let values = values![
            self.workspace.to_string(),
            base.to_string(),
            document,
            model,
            i64::from(limit)
        ];
        let rows: Vec<Row> = self.store.db().all(sql, values).await?;
        rows.into_iter()
            .map(|row| {
                Ok(ToEmbed {
                    chunk: row.id.parse()?,
                    document: row.document_id.parse()?,
                    text: embedded_text(row.heading.as_deref(), &row.text),
                })
            })
            .collect()
    }

    /// Keeps vectors of chunks that are still there and have none, since a text that somebody changed
    /// meanwhile has its own, and tells the index of those
    /// documents that have all of theirs now.
    pub async fn keep_vectors(
        &self,
        base: KnowledgeBaseId,
        model: &str,
        vectors: Vec<(ChunkId, Vec<f32>)>,
        documents: Vec<DocumentId>,
    ) -> Result<()> {
        let (workspace, model) = (self.workspace, model.to_owned());
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    for (chunk, vector) in &vectors {
                        tx.exec(
                            "insert into chunk_vectors (workspace_id, chunk_id, model, vector)
                             select $1, c.id, $3, $4 from chunks c where c.workspace_id = $1 and c.id = $2
                             on conflict (chunk_id, model) do nothing",
                            values![
                                workspace.to_string(),
                                chunk.to_string(),
                                model.clone(),
                                write(vector)
                            ],
                        )
                        .await?;
                    }
                    for document in documents {
                        if is_whole(tx, workspace, document, &model).await? {
                            changes::note(tx, workspace, &base.to_string(), document).await?;
                        }
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Lets a model answer once all chunks have its vectors, and forgets those of others; ends its job.
    /// False when there are chunks without one, or another model is wanted by now.
    pub async fn search_by(
        &self,
        base: KnowledgeBaseId,
        model: &str,
        job: JobId,
        owner: &str,
    ) -> Result<bool> {
        let (workspace, model, owner) = (self.workspace, model.to_owned(), owner.to_owned());
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let all = switch(tx, workspace, &base.to_string(), &model).await?;
                    if all {
                        queue::complete(tx, job, &owner).await?;
                    }
                    Ok(all)
                })
            })
            .await
    }

    /// Ends an attempt to embed a knowledge base: given up, or to be tried again then.
    pub async fn end_embedding(
        &self,
        job: JobId,
        owner: &str,
        again: Option<Timestamp>,
        error: &str,
    ) -> Result<()> {
        let (owner, error) = (owner.to_owned(), error.to_owned());
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move { queue::fail(tx, job, &owner, again, &error).await })
            })
            .await
    }

    /// Ends a job that has nothing left to do.
    pub async fn end_job(&self, job: JobId, owner: &str) -> Result<()> {
        let owner = owner.to_owned();
        self.store
            .db()
            .write(move |tx| Box::pin(async move { queue::complete(tx, job, &owner).await }))
            .await
    }
}

/// Whether all chunks of a document have a vector of the model; false for one that is gone.
async fn is_whole(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    document: DocumentId,
    model: &str,
) -> Result<bool> {
    let whole: Option<Count> = tx
        .one(
            "select count(*) as n from documents d
             where d.workspace_id = $1 and d.id = $2 and not exists
                (select 1 from chunks c where c.document_id = d.id and not exists
                    (select 1 from chunk_vectors v where v.chunk_id = c.id and v.model = $3))",
            values![workspace.to_string(), document.to_string(), model],
        )
        .await?;
    Ok(whole.is_some_and(|whole| whole.n > 0))
}

async fn switch(tx: &Tx<'_>, workspace: WorkspaceId, base: &str, model: &str) -> Result<bool> {
    // Changed first, so that its row is locked while chunks are counted.
    let wanted = tx
        .exec(
            "update knowledge_bases set seq = seq + 1
             where workspace_id = $1 and id = $2 and embedding_model = $3",
            values![workspace.to_string(), base, model],
        )
        .await?;
    if wanted == 0 {
        return Ok(false);
    }
    let missing: Option<Count> = tx
        .one(
            "select count(*) as n from chunks c join documents d on d.id = c.document_id
             where c.workspace_id = $1 and d.knowledge_base_id = $2 and not exists
                (select 1 from chunk_vectors v where v.chunk_id = c.id and v.model = $3)",
            values![workspace.to_string(), base, model],
        )
        .await?;
    if missing.is_none_or(|missing| missing.n > 0) {
        return Ok(false);
    }
    tx.exec(
        "update knowledge_bases set searched_model = $3 where workspace_id = $1 and id = $2",
        values![workspace.to_string(), base, model],
    )
    .await?;
    tx.exec(
        "delete from chunk_vectors where workspace_id = $1 and model <> $3 and chunk_id in
            (select c.id from chunks c join documents d on d.id = c.document_id
                where d.knowledge_base_id = $2)",
        values![workspace.to_string(), base, model],
    )
    .await?;
    Ok(true)
}

/// Two bytes per dimension: what is lost is far below what tells passages apart.
pub(super) fn write(vector: &[f32]) -> Vec<u8> {
    vector
        .iter()
        .flat_map(|value| f16::from_f32(*value).to_le_bytes())
        .collect()
}

pub(super) fn read(bytes: &[u8]) -> Vec<f32> {
    let halves: Vec<f16> = bytes
        .chunks_exact(2)
        .map(|two| f16::from_le_bytes([two[0], two[1]]))
        .collect();
    let mut values = vec![0.0; halves.len()];
    halves.convert_to_f32_slice(&mut values);
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_is_kept_almost_as_it_was() {
        let vector = [0.067_6, -0.001_2, 0.0, 0.793];
        let kept = read(&write(&vector));
        assert_eq!(kept.len(), 4);
        for (a, b) in vector.iter().zip(&kept) {
            assert!((a - b).abs() < 0.001, "{a} {b}");
        }
    }
}
