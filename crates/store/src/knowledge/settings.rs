//! What may be changed about a knowledge base, and what follows from it.

use headwater_model::id::{KnowledgeBaseId, WorkspaceId};
use headwater_model::knowledge::KnowledgeBase;
use headwater_model::knowledge::chunking::ChunkingSettings;
use headwater_model::knowledge::retrieval::RetrievalSettings;
use headwater_model::{Error, Result, Timestamp};
use sea_orm::FromQueryResult;
use serde_json::json;

use super::documents::{IdRow, enqueue_again};
use super::vectors::EMBED;
use super::{Knowledge, changes};
use crate::audit::{self, AuditDraft};
use crate::{Tx, json, queue, values};

/// What is to be changed; what is absent stays. The slug stays always, since flows name it.
#[derive(Clone, Debug, Default)]
pub struct KnowledgeBaseChanges {
    pub name: Option<String>,
    pub description: Option<String>,
    /// Another model, or none.
    pub embedding_model: Option<Option<String>>,
    pub retrieval: Option<RetrievalSettings>,
    /// Its documents are cut anew when it is another one.
    pub chunking: Option<ChunkingSettings>,
}

#[derive(FromQueryResult)]
struct Before {
    searched_model: Option<String>,
    retrieval: Option<String>,
    chunking: Option<String>,
    chunks: i64,
}

impl Knowledge<'_> {
    /// Changes a knowledge base. With another embedding model its chunks are embedded anew by a job,
    /// and the model before answers until they are.
    pub async fn update(
        &self,
        id: KnowledgeBaseId,
        changes: KnowledgeBaseChanges,
        by: &str,
    ) -> Result<KnowledgeBase> {
        let (workspace, now) = (self.workspace, self.store.now());
        let draft = AuditDraft::new(by, "knowledge_base.update", id);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    change(tx, workspace, id, &changes, now).await?;
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await?;
        self.get(&id.to_string()).await
    }
}

async fn change(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    id: KnowledgeBaseId,
    changes: &KnowledgeBaseChanges,
    now: Timestamp,
) -> Result<()> {
    let (ws, base) = (workspace.to_string(), id.to_string());
    // Changed first, so that its row is locked while the rest is looked at.
    let changed = tx
        .exec(
            "update knowledge_bases set name = coalesce($3, name),
                description = coalesce($4, description)
             where workspace_id = $1 and id = $2",
            values![
                ws.clone(),
                base.clone(),
                changes.name.clone(),
                changes.description.clone()
            ],
        )
        .await?;
    if changed == 0 {
        return Err(Error::not_found("knowledge base"));
    }
    let before: Before = tx
        .one(
            "select searched_model, retrieval, chunking,
                (select count(*) from chunks c join documents d on d.id = c.document_id
                    where d.knowledge_base_id = $2) as chunks
             from knowledge_bases where workspace_id = $1 and id = $2",
            values![ws.clone(), base.clone()],
        )
        .await?
        .ok_or_else(|| Error::not_found("knowledge base"))?;
    if let Some(model) = &changes.embedding_model {
        change_model(tx, workspace, &base, &before, model.as_deref(), now).await?;
    }
    if let Some(chunking) = &changes.chunking {
        change_chunking(tx, workspace, &base, &before, chunking, now).await?;
    }
    if let Some(retrieval) = &changes.retrieval {
        tx.exec(
            "update knowledge_bases set retrieval = $3 where workspace_id = $1 and id = $2",
            values![ws, base.clone(), json::write(retrieval)?],
        )
        .await?;
        let old: Option<RetrievalSettings> = json::read_option(before.retrieval.as_ref())?;
        if old.unwrap_or_default().language != retrieval.language {
            // Words of another language have other stems.
            changes::note_all(tx, workspace, &base).await?;
        }
    }
    Ok(())
}

/// Documents that answer are cut anew by jobs, and answer as before until they are. One that is being
/// read finds out itself.
async fn change_chunking(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    base: &str,
    before: &Before,
    chunking: &ChunkingSettings,
    now: Timestamp,
) -> Result<()> {
    let old: Option<ChunkingSettings> = json::read_option(before.chunking.as_ref())?;
    if old.unwrap_or_default() == *chunking {
        return Ok(());
    }
    let ws = workspace.to_string();
    tx.exec(
        "update knowledge_bases set chunking = $3 where workspace_id = $1 and id = $2",
        values![ws.clone(), base, json::write(chunking)?],
    )
    .await?;
    let again: Vec<IdRow> = tx
        .all(
            "select id from documents where workspace_id = $1 and knowledge_base_id = $2
                and (status = 'ready' or (status in ('failed', 'cancelled') and chunks > 0))
             order by id",
            values![ws, base],
        )
        .await?;
    enqueue_again(tx, workspace, again, now).await
}

async fn change_model(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    base: &str,
    before: &Before,
    model: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    let ws = workspace.to_string();
    // Without chunks there is nothing to wait for, and without a model nothing to search by.
    let at_once = model.is_none() || before.chunks == 0;
    let searched = match at_once {
        true => model.map(str::to_owned),
        false => before.searched_model.clone(),
    };
    tx.exec(
        "update knowledge_bases set embedding_model = $3, searched_model = $4, seq = seq + 1
         where workspace_id = $1 and id = $2",
        values![ws.clone(), base, model.map(str::to_owned), searched.clone()],
    )
    .await?;
    tx.exec(
        "delete from jobs where workspace_id = $1 and target = $2 and kind = $3",
        values![ws.clone(), base, EMBED],
    )
    .await?;
    // What neither answers nor is to answer is not kept.
    tx.exec(
        "delete from chunk_vectors where workspace_id = $1 and chunk_id in
            (select c.id from chunks c join documents d on d.id = c.document_id
                where d.knowledge_base_id = $2)
            and model <> $3 and model <> $4",
        values![
            ws,
            base,
            model.unwrap_or_default(),
            searched.unwrap_or_default()
        ],
    )
    .await?;
    match model {
        Some(model) if !at_once => {
            let payload = json!({ "base": base, "model": model });
            queue::enqueue(tx, workspace, EMBED, base, &payload, now).await
        }
        _ => Ok(()),
    }
}
