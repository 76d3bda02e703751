//! An ingestion, step by step: new chunks are staged beside those that answer, get their vectors, and
//! take over in one transaction. What did not change stays as it is, with its id, its vectors and
//! whatever people changed about it.

use std::collections::{HashMap, HashSet};

use headwater_model::id::{ChunkId, DocumentId, JobId, KnowledgeBaseId, WorkspaceId};
use headwater_model::knowledge::chunking::ChunkingSettings;
use headwater_model::knowledge::{ChunkDraft, Cut, DocumentStatus, Section, Stage};
use headwater_model::run::Failure;
use headwater_model::{Error, Result, Timestamp};
use sea_orm::{FromQueryResult, Value};

use super::chunks::{self, storable};
use super::documents::found;
use super::matching::matched;
use super::{Knowledge, changes};
use crate::{Tx, json, queue, values};

/// Rows per statement: far below either database's limit of values.
const ROWS: usize = 100;
/// Farther away than any position: positions are unique, so all move there before they are given anew.
const AWAY: i64 = 1_000_000_000_000;

/// How an attempt at a job ended.
#[derive(Clone, Debug)]
pub enum JobOutcome {
    /// The document is searchable, and this is what of it could not be read.
    Ready {
        left_out: Option<String>,
        stages: Vec<Stage>,
    },
    /// To be tried again then.
    Again { at: Timestamp, error: Failure },
    /// Given up.
    Failed { error: Failure },
    /// Given up until somebody installs OCR.
    NeedsOcr { error: Failure },
}

/// The worker that has a job: nobody else's word about its document counts.
#[derive(Clone, Debug)]
pub struct Holder {
    pub job: JobId,
    pub owner: String,
}

/// A document whose chunks may take over.
#[derive(Clone, Debug)]
pub struct Staged {
    /// The id of each chunk of the cut, in order.
    ids: Vec<ChunkId>,
    cut: Cut,
    chunking: ChunkingSettings,
}

#[derive(FromQueryResult)]
struct Count {
    n: i64,
}

#[derive(FromQueryResult)]
struct ChunkingRow {
    chunking: Option<String>,
}

#[derive(FromQueryResult)]
struct Created {
    created_at: i64,
}

impl Knowledge<'_> {
    /// Where a document stands, for whoever watches. `not_found` when it is gone, or no longer this
    /// worker's.
    pub async fn set_progress(
        &self,
        id: DocumentId,
        holder: &Holder,
        (status, progress, attempts): (DocumentStatus, f64, u32),
        stages: &[Stage],
    ) -> Result<()> {
        let values = values![
            self.workspace.to_string(),
            id.to_string(),
            status.as_str(),
            progress,
            i64::from(attempts),
            self.store.now().as_millis(),
            json::write(&stages)?,
            holder.job.to_string(),
            holder.owner.clone()
        ];
        let changed = self
            .store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    tx.exec(
                        "update documents set status = $3, progress = $4, attempts = $5,
                            error_code = null, error_message = null, updated_at = $6, stages = $7
                         where workspace_id = $1 and id = $2 and status <> 'cancelled' and exists
                            (select 1 from jobs j where j.id = $8 and j.lease_owner = $9)",
                        values,
                    )
                    .await
                })
            })
            .await?;
        found(changed)
    }

    /// Puts the chunks that are new beside those that answer.
    pub async fn stage_chunks(
        &self,
        id: DocumentId,
        holder: &Holder,
        cut: Cut,
        chunking: ChunkingSettings,
    ) -> Result<Staged> {
        let (workspace, holder) = (self.workspace, holder.clone());
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    must_hold(tx, &holder).await?;
                    let ids = stage(tx, &workspace.to_string(), id, &cut.chunks).await?;
                    Ok(Staged { ids, cut, chunking })
                })
            })
            .await
    }

    /// How many chunks of a document have no vector of a model yet.
    pub async fn missing_vectors(&self, id: DocumentId, model: &str) -> Result<u64> {
        let sql = "select count(*) as n from chunks c
            where c.workspace_id = $1 and c.document_id = $2 and not exists
                (select 1 from chunk_vectors v where v.chunk_id = c.id and v.model = $3)";
        let values = values![self.workspace.to_string(), id.to_string(), model];
        let count: Option<Count> = self.store.db().one(sql, values).await?;
        Ok(count.map_or(0, |count| u64::try_from(count.n).unwrap_or(0)))
    }

    /// Lets staged chunks answer instead of those before, and tells the index. False, and nothing
    /// changes, when the knowledge base cuts its documents otherwise by now. What people changed about
    /// chunks that the document no longer has is kept aside.
    pub async fn take_over(
        &self,
        base: KnowledgeBaseId,
        id: DocumentId,
        holder: &Holder,
        staged: &Staged,
    ) -> Result<bool> {
        let (workspace, now) = (self.workspace, self.store.now());
        let (holder, staged) = (holder.clone(), staged.clone());
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    // First, so that the base's row is locked while its settings are looked at.
                    changes::note(tx, workspace, &base.to_string(), id).await?;
                    let (ws, document) = (workspace.to_string(), id.to_string());
                    let changed = tx
                        .exec(
                            "update documents set updated_at = $3
                             where workspace_id = $1 and id = $2 and status <> 'cancelled'",
                            values![ws.clone(), document.clone(), now.as_millis()],
                        )
                        .await?;
                    found(changed)?;
                    must_hold(tx, &holder).await?;
                    let row: Option<ChunkingRow> = tx
                        .one(
                            "select chunking from knowledge_bases where workspace_id = $1 and id = $2",
                            values![ws.clone(), base.to_string()],
                        )
                        .await?;
                    let text = row.and_then(|row| row.chunking);
                    let wanted: Option<ChunkingSettings> = json::read_option(text.as_ref())?;
                    if wanted.unwrap_or_default() != staged.chunking {
                        return Ok(false);
                    }
                    replace(tx, &ws, &document, &staged).await?;
                    count_chunks(tx, &ws, &document).await?;
                    Ok(true)
                })
            })
            .await
    }

    /// Ends an attempt: the job and the document change together; `conflict` when another worker
    /// has the job by now.
    pub async fn end_attempt(
        &self,
        id: DocumentId,
        holder: &Holder,
        outcome: JobOutcome,
    ) -> Result<()> {
        let (workspace, now, holder) = (self.workspace, self.store.now(), holder.clone());
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move { end(tx, workspace, id, &holder, outcome, now).await })
            })
            .await
    }
}

/// `not_found` when the job is no longer this worker's.
pub(crate) async fn must_hold(tx: &Tx<'_>, holder: &Holder) -> Result<()> {
    found(u64::from(
        queue::is_held(tx, holder.job, &holder.owner).await?,
    ))
}

async fn end(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    id: DocumentId,
    holder: &Holder,
    outcome: JobOutcome,
    now: Timestamp,
) -> Result<()> {
    let Holder { job, owner } = holder;
    let (status, progress, code, said, stages) = match outcome {
        JobOutcome::Ready { left_out, stages } => {
            queue::complete(tx, *job, owner).await?;
            let stages = Some(json::write(&stages)?);
            (DocumentStatus::Ready, 1.0, None, left_out, stages)
        }
        JobOutcome::Again { at, error } => {
            queue::fail(tx, *job, owner, Some(at), &error.message).await?;
            let said = Some(error.message);
            (DocumentStatus::Queued, 0.0, Some(error.code), said, None)
        }
        JobOutcome::Failed { error } => {
            queue::fail(tx, *job, owner, None, &error.message).await?;
            let said = Some(error.message);
            (DocumentStatus::Failed, 0.0, Some(error.code), said, None)
        }
        JobOutcome::NeedsOcr { error } => {
            queue::fail(tx, *job, owner, None, &error.message).await?;
            let said = Some(error.message);
            (DocumentStatus::NeedsOcr, 0.0, Some(error.code), said, None)
        }
    };
    tx.exec(
        "update documents set status = $3, progress = $4, error_code = $5, error_message = $6,
            updated_at = $7, stages = coalesce($8, stages)
         where workspace_id = $1 and id = $2",
        values![
            workspace.to_string(),
            id.to_string(),
            status.as_str(),
            progress,
            code.map(|code| code.as_str().to_owned()),
            // Postgres' text cannot hold a zero character.
            said.map(|said| storable(&said)),
            now.as_millis(),
            stages
        ],
    )
    .await
    .map(drop)
}

/// Gives every draft the chunk that it is already, or makes one; the ids in order.
async fn stage(
    tx: &Tx<'_>,
    workspace: &str,
    document: DocumentId,
    drafts: &[ChunkDraft],
) -> Result<Vec<ChunkId>> {
    let name = document.to_string();
    let created: Created = tx
        .one(
            "select created_at from documents where workspace_id = $1 and id = $2",
            values![workspace, name.clone()],
        )
        .await?
        .ok_or_else(|| Error::not_found("document"))?;
    let rows = chunks::all(tx, workspace, &name).await?;
    let lowest = rows
        .iter()
        .map(|row| row.position)
        .min()
        .unwrap_or(0)
        .min(0);
    let (ids, new) = matched(
        &rows,
        drafts,
        &name,
        Timestamp::from_millis(created.created_at),
    )?;
    // What an attempt with other settings or other bytes left.
    let kept: HashSet<String> = ids.iter().map(ToString::to_string).collect();
    let stale = rows
        .iter()
        .filter(|row| row.state == "staged" && !kept.contains(&row.id));
    remove(tx, workspace, stale.map(|row| row.id.clone()).collect()).await?;
    for (batch, places) in new.chunks(ROWS).enumerate() {
        let mut values = Vec::with_capacity(places.len() * 9);
        for (i, at) in places.iter().enumerate() {
            let draft = &drafts[*at];
            let position = lowest - 1 - i64::try_from(batch * ROWS + i).unwrap_or(i64::MAX);
            values.extend(values![
                ids[*at].to_string(),
                workspace,
                name.clone(),
                position,
                storable(&draft.text),
                draft.heading.as_deref().map(storable),
                draft.page.map(i64::from),
                i64::from(draft.tokens),
                "staged"
            ]);
        }
        let sql = format!(
            "insert into chunks (id, workspace_id, document_id, position, text, heading, page, tokens, state)
             values {}",
            tuples(places.len(), 9)
        );
        tx.exec(&sql, values).await?;
    }
    Ok(ids)
}

/// `($1, $2), ($3, $4)` and so on.
fn tuples(rows: usize, width: usize) -> String {
    let row = |row: usize| {
        let places: Vec<String> = (1..=width)
            .map(|column| format!("${}", row * width + column))
            .collect();
        format!("({})", places.join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

async fn remove(tx: &Tx<'_>, workspace: &str, ids: Vec<String>) -> Result<()> {
    for ids in ids.chunks(ROWS) {
        let places: Vec<String> = (2..ids.len() + 2).map(|n| format!("${n}")).collect();
        let sql = format!(
            "delete from chunks where workspace_id = $1 and id in ({})",
            places.join(", ")
        );
        let mut values = values![workspace];
        values.extend(ids.iter().map(|id| Value::from(id.clone())));
        tx.exec(&sql, values).await?;
    }
    Ok(())
}

/// Where a chunk is from now on.
struct Place {
    id: String,
    position: i64,
    state: &'static str,
    page: Option<i64>,
    section: Option<i64>,
    tokens: Option<i64>,
}

async fn replace(tx: &Tx<'_>, workspace: &str, document: &str, staged: &Staged) -> Result<()> {
    let rows = chunks::all(tx, workspace, document).await?;
    let mut sections = staged.cut.sections.clone();
    let drafts: HashMap<String, usize> = staged
        .ids
        .iter()
        .map(ToString::to_string)
        .zip(0..)
        .collect();
    let (mut places, mut gone) = (Vec::with_capacity(rows.len()), Vec::new());
    let mut added = i64::try_from(drafts.len()).unwrap_or(i64::MAX);
    let mut left = 0;
    for row in rows {
        if let Some(at) = drafts.get(&row.id) {
            let draft = &staged.cut.chunks[*at];
            if let (Some(source), Some(section)) = (&row.source_text, draft.section) {
                rewrite(&mut sections[section], source, &row.text);
            }
            places.push(Place {
                position: i64::try_from(*at).unwrap_or(i64::MAX),
                state: "live",
                page: draft.page.map(i64::from),
                section: draft.section.and_then(|at| i64::try_from(at).ok()),
                // Those of a text that somebody changed were counted then.
                tokens: match row.source_text {
                    Some(_) => row.tokens,
                    None => Some(i64::from(draft.tokens)),
                },
                id: row.id,
            });
        } else if row.added != 0 {
            places.push(Place::of(row.id, added, "live", row.tokens));
            added += 1;
        } else if row.is_edited() {
            left -= 1;
            places.push(Place::of(row.id, left, "left", row.tokens));
        } else {
            gone.push(row.id);
        }
    }
    remove(tx, workspace, gone).await?;
    tx.exec(
        "update chunks set position = position - $3 where workspace_id = $1 and document_id = $2",
        values![workspace, document, AWAY],
    )
    .await?;
    for places in places.chunks(ROWS) {
        put(tx, workspace, places).await?;
    }
    replace_sections(tx, workspace, document, &sections).await
}

impl Place {
    fn of(id: String, position: i64, state: &'static str, tokens: Option<i64>) -> Self {
        Self {
            id,
            position,
            state,
            page: None,
            section: None,
            tokens,
        }
    }
}

async fn put(tx: &Tx<'_>, workspace: &str, places: &[Place]) -> Result<()> {
    let mut values = Vec::with_capacity(places.len() * 6 + 1);
    for place in places {
        values.extend(values![
            place.id.clone(),
            place.position,
            place.state,
            place.page,
            place.section,
            place.tokens
        ]);
    }
    // The page of one that somebody added is theirs.
    let sql = format!(
        "with v(id, position, state, page, section, tokens) as (values {})
         update chunks set position = v.position, state = v.state, section = v.section,
            page = case when added = 1 or v.state = 'left' then chunks.page else v.page end,
            tokens = v.tokens
         from v where chunks.id = v.id and chunks.workspace_id = ${}",
        tuples(places.len(), 6),
        places.len() * 6 + 1
    );
    values.extend(values![workspace]);
    tx.exec(&sql, values).await.map(drop)
}

/// A part of a document says what people made of the chunks in it.
pub(super) fn rewrite(section: &mut Section, before: &str, now: &str) {
    if !section.answer {
        section.text = section.text.replacen(before, now, 1);
    }
}

async fn replace_sections(
    tx: &Tx<'_>,
    workspace: &str,
    document: &str,
    sections: &[Section],
) -> Result<()> {
    tx.exec(
        "delete from sections where workspace_id = $1 and document_id = $2",
        values![workspace, document],
    )
    .await?;
    for (batch, rows) in sections.chunks(ROWS).enumerate() {
        let mut values = Vec::with_capacity(rows.len() * 5);
        for (i, section) in rows.iter().enumerate() {
            values.extend(values![
                workspace,
                document,
                i64::try_from(batch * ROWS + i).unwrap_or(i64::MAX),
                storable(&section.text),
                i64::from(section.answer)
            ]);
        }
        let sql = format!(
            "insert into sections (workspace_id, document_id, position, text, answer) values {}",
            tuples(rows.len(), 5)
        );
        tx.exec(&sql, values).await?;
    }
    Ok(())
}

/// A document says with how many chunks it answers.
pub(super) async fn count_chunks(tx: &Tx<'_>, workspace: &str, document: &str) -> Result<()> {
    tx.exec(
        "update documents set chunks = (select count(*) from chunks c
            where c.document_id = $2 and c.state = 'live')
         where workspace_id = $1 and id = $2",
        values![workspace, document],
    )
    .await
    .map(drop)
}
