//! Knowledge bases, their documents and chunks, and what an index has yet to learn of them.

mod changes;
mod chunks;
mod documents;
mod fields;
mod hand;
mod ingestion;
mod matching;
mod quota;
mod settings;
mod vectors;
mod watch;

use headwater_model::id::{KnowledgeBaseId, WorkspaceId};
use headwater_model::knowledge::KnowledgeBase;
use headwater_model::knowledge::chunking::ChunkingSettings;
use headwater_model::knowledge::retrieval::RetrievalSettings;
use headwater_model::page::{Page, PageRequest};
use headwater_model::{Error, Result, Timestamp};
use sea_orm::FromQueryResult;

use crate::audit::{self, AuditDraft};
use crate::{Store, Tx, json, values};

pub use changes::{IndexedBase, Indexing};
pub use chunks::{ChunkFilter, StoredChunk};
pub use documents::{INGEST, NewDocument};
pub(crate) use documents::{add_in, delete_in, replace_in};
pub use hand::{ChunkChanges, NewChunk, NewText};
pub(crate) use ingestion::must_hold;
pub use ingestion::{Holder, JobOutcome, Staged};
pub use quota::Quota;
pub use settings::KnowledgeBaseChanges;
pub use vectors::{EMBED, ToEmbed, embedded_text};

/// A workspace's knowledge.
pub struct Knowledge<'s> {
    store: &'s Store,
    workspace: WorkspaceId,
}

impl Store {
    /// The knowledge of a workspace.
    pub fn knowledge(&self, workspace: WorkspaceId) -> Knowledge<'_> {
        Knowledge {
            store: self,
            workspace,
        }
    }
}

#[derive(FromQueryResult)]
struct Row {
    id: String,
    name: String,
    slug: String,
    description: String,
    created_at: i64,
    documents: i64,
    chunks: i64,
    embedding_model: Option<String>,
    searched_model: Option<String>,
    retrieval: Option<String>,
    chunking: Option<String>,
    to_embed: i64,
    embedding_error: Option<String>,
}

impl Row {
    fn read(self) -> Result<KnowledgeBase> {
        Ok(KnowledgeBase {
            id: self.id.parse()?,
            name: self.name,
            slug: self.slug,
            description: self.description,
            documents: u64::try_from(self.documents).unwrap_or(0),
            chunks: u64::try_from(self.chunks).unwrap_or(0),
            embedding_model: self.embedding_model,
            searched_model: self.searched_model,
            chunks_to_embed: u64::try_from(self.to_embed).unwrap_or(0),
            embedding_error: self.embedding_error,
            retrieval: json::read_option(self.retrieval.as_ref())?.unwrap_or_default(),
            chunking: json::read_option(self.chunking.as_ref())?.unwrap_or_default(),
            created_at: Timestamp::from_millis(self.created_at),
        })
    }
}

#[derive(FromQueryResult)]
struct SlugRow {
    slug: String,
}

/// A knowledge base to be created.
#[derive(Clone, Debug, Default)]
pub struct NewKnowledgeBase {
    pub name: String,
    pub description: String,
    pub embedding_model: Option<String>,
    pub retrieval: RetrievalSettings,
    pub chunking: ChunkingSettings,
}

const SELECT: &str = "select b.id, b.name, b.slug, b.description, b.created_at,
    (select count(*) from documents d where d.knowledge_base_id = b.id) as documents,
    (select cast(coalesce(sum(d.chunks), 0) as bigint) from documents d
        where d.knowledge_base_id = b.id) as chunks,
    b.embedding_model, b.searched_model, b.retrieval, b.chunking,
    case when coalesce(b.embedding_model, '') = coalesce(b.searched_model, '') then 0 else
        (select count(*) from chunks c join documents d on d.id = c.document_id
            where d.knowledge_base_id = b.id and not exists
                (select 1 from chunk_vectors v where v.chunk_id = c.id and v.model = b.embedding_model))
        end as to_embed,
    (select max(j.last_error) from jobs j where j.workspace_id = b.workspace_id
        and j.target = b.id and j.kind = 'embed') as embedding_error
    from knowledge_bases b where b.workspace_id = $1";

impl Knowledge<'_> {
    /// Knowledge bases, oldest first.
    pub async fn list(&self, page: &PageRequest) -> Result<Page<KnowledgeBase>> {
        let sql = format!("{SELECT} and b.id > $2 order by b.id limit $3");
        let after = page.after.clone().unwrap_or_default();
        let values = values![self.workspace.to_string(), after, i64::from(page.limit) + 1];
        let rows: Vec<Row> = self.store.db().all(&sql, values).await?;
        let rows = rows
            .into_iter()
            .map(Row::read)
            .collect::<Result<Vec<_>>>()?;
        Ok(Page::from_rows(rows, page.limit, |base| {
            base.id.to_string()
        }))
    }

    /// One knowledge base, by id or slug.
    pub async fn get(&self, name: &str) -> Result<KnowledgeBase> {
        let sql = format!("{SELECT} and (b.id = $2 or b.slug = $2)");
        let values = values![self.workspace.to_string(), name];
        let row: Option<Row> = self.store.db().one(&sql, values).await?;
        row.ok_or_else(|| Error::not_found("knowledge base"))?
            .read()
    }

    /// Creates one; its slug is `slug`, or that with a number when it is taken.
    pub async fn create(
        &self,
        new: NewKnowledgeBase,
        slug: &str,
        by: &str,
    ) -> Result<KnowledgeBase> {
        let base = KnowledgeBase {
            id: self.store.fresh(KnowledgeBaseId::new),
            name: new.name,
            slug: slug.to_owned(),
            description: new.description,
            documents: 0,
            chunks: 0,
            searched_model: new.embedding_model.clone(),
            embedding_model: new.embedding_model,
            chunks_to_embed: 0,
            embedding_error: None,
            retrieval: new.retrieval,
            chunking: new.chunking,
            created_at: self.store.now(),
        };
        let workspace = self.workspace;
        let draft = AuditDraft::new(by, "knowledge_base.create", base.id).detail(base.name.clone());
        self.store
            .db()
            .write(move |tx| Box::pin(async move { insert(tx, workspace, base, &draft).await }))
            .await
    }

    /// Deletes one with its documents, chunks and jobs; returns the names of their bytes.
    pub async fn delete(
        &self,
        id: KnowledgeBaseId,
        by: &str,
    ) -> Result<Vec<headwater_model::id::DocumentId>> {
        let (workspace, now) = (self.workspace, self.store.now());
        let draft = AuditDraft::new(by, "knowledge_base.delete", id);
        let ids: Vec<String> = self
            .store
            .db()
            .write(move |tx| Box::pin(async move { remove(tx, workspace, id, now, &draft).await }))
            .await?;
        ids.iter().map(|id| id.parse()).collect()
    }
}

async fn insert(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    mut base: KnowledgeBase,
    draft: &AuditDraft,
) -> Result<KnowledgeBase> {
    let taken: Vec<SlugRow> = tx
        .all(
            "select slug from knowledge_bases where workspace_id = $1",
            values![workspace.to_string()],
        )
        .await?;
    let wanted = base.slug.clone();
    let mut number = 1;
    while taken.iter().any(|row| row.slug == base.slug) {
        number += 1;
        base.slug = format!("{wanted}-{number}");
    }
    tx.exec(
        "insert into knowledge_bases (id, workspace_id, name, slug, description, created_at, seq,
            embedding_model, searched_model, retrieval, chunking)
         values ($1, $2, $3, $4, $5, $6, 0, $7, $7, $8, $9)",
        values![
            base.id.to_string(),
            workspace.to_string(),
            base.name.clone(),
            base.slug.clone(),
            base.description.clone(),
            base.created_at.as_millis(),
            base.embedding_model.clone(),
            json::write(&base.retrieval)?,
            json::write(&base.chunking)?
        ],
    )
    .await?;
    audit::record(tx, workspace, base.created_at, draft).await?;
    Ok(base)
}

#[derive(FromQueryResult)]
struct IdRow {
    id: String,
}

async fn remove(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    base: KnowledgeBaseId,
    now: Timestamp,
    draft: &AuditDraft,
) -> Result<Vec<String>> {
    let key = || values![workspace.to_string(), base.to_string()];
    let documents: Vec<IdRow> = tx
        .all(
            "select coalesce(object, id) as id from documents
             where workspace_id = $1 and knowledge_base_id = $2",
            key(),
        )
        .await?;
    tx.exec(
        "delete from jobs where workspace_id = $1 and (target = $2
            or target in (select id from documents where workspace_id = $1 and knowledge_base_id = $2)
            or target in (select id from sources where workspace_id = $1 and knowledge_base_id = $2)
            or target in (select id from evaluations where workspace_id = $1 and knowledge_base_id = $2))",
        key(),
    )
    .await?;
    let deleted = tx
        .exec(
            "delete from knowledge_bases where workspace_id = $1 and id = $2",
            key(),
        )
        .await?;
    if deleted == 0 {
        return Err(Error::not_found("knowledge base"));
    }
    audit::record(tx, workspace, now, draft).await?;
    Ok(documents.into_iter().map(|row| row.id).collect())
}
