//! Syncs: begun with their jobs, one at a time for each source, and what came of them.

use headwater_model::id::{DocumentId, KnowledgeBaseId, SourceId, SyncId, WorkspaceId};
use headwater_model::knowledge::source::{SourceSync, SyncCounts, SyncProblem, SyncStatus};
use headwater_model::page::{Page, PageRequest};
use headwater_model::run::Failure;
use headwater_model::{Code, Error, Result, Timestamp};
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{DueSource, Sources, lock};
use crate::audit::{self, AuditDraft};
use crate::knowledge::{Holder, delete_in, must_hold};
use crate::{Tx, json, queue, values};

/// The kind of the job that looks at a source.
pub const SYNC: &str = "sync";
/// How many syncs of a source are remembered.
const REMEMBERED: i64 = 100;
/// How many problems a sync tells.
const PROBLEMS: i64 = 100;

/// What a sync that is under way knows.
#[derive(Clone, Copy, Debug)]
pub struct SyncState {
    pub id: SyncId,
    pub source: SourceId,
    pub base: KnowledgeBaseId,
    /// Whether somebody said that many documents may go.
    pub remove_many: bool,
    /// Whether what there is to begin with is listed.
    pub listed: bool,
    /// Whether there was more than is allowed.
    pub cut_off: bool,
    /// How many documents it has removed.
    pub removed: u64,
}

/// An item whose document is to go.
#[derive(Clone, Debug)]
pub struct Gone {
    pub address: String,
    pub document: DocumentId,
    /// Whether the source said so itself, and not only by not listing it.
    pub told: bool,
}

/// What a sync that has looked at everything stands on.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Items that have a document.
    pub known: u64,
    /// Items it looked at.
    pub items: u64,
    /// Those of them that have a document by now, old or new.
    pub good: u64,
    pub failed: u64,
    /// Those that nobody could look at, and of which it is not known where they lead.
    pub unseen: u64,
    /// Why one of them failed.
    pub reason: String,
}

/// How a sync ended.
#[derive(Clone, Debug)]
pub struct Report {
    pub status: SyncStatus,
    pub notes: Vec<String>,
    pub error: Option<Failure>,
}

/// What is kept of a sync that is over.
#[derive(Serialize, Deserialize, Default)]
struct Kept {
    counts: SyncCounts,
    problems: Vec<SyncProblem>,
    notes: Vec<String>,
}

#[derive(FromQueryResult)]
struct Row {
    id: String,
    source_id: String,
    status: String,
    asked_by: String,
    removed: i64,
    report: Option<String>,
    error_code: Option<String>,
    error_message: Option<String>,
    created_at: i64,
    started_at: Option<i64>,
    finished_at: Option<i64>,
}

#[derive(FromQueryResult)]
struct StateRow {
    id: String,
    source_id: String,
    knowledge_base_id: String,
    remove_many: i64,
    listed: i64,
    cut_off: i64,
    removed: i64,
}

#[derive(FromQueryResult)]
struct CountRow {
    outcome: Option<String>,
    n: i64,
}

#[derive(FromQueryResult)]
struct ProblemRow {
    address: String,
    outcome: String,
    reason: Option<String>,
}

#[derive(FromQueryResult)]
struct GoneRow {
    address: String,
    document_id: String,
    outcome: Option<String>,
}

#[derive(FromQueryResult)]
struct StandingRow {
    known: i64,
    items: i64,
    good: i64,
    failed: i64,
    unseen: i64,
    reason: Option<String>,
}

#[derive(FromQueryResult)]
struct IdRow {
    id: String,
}

#[derive(FromQueryResult)]
struct Count {
    n: i64,
}

const SELECT: &str = "select id, source_id, status, asked_by, removed, report, error_code,
    error_message, created_at, started_at, finished_at from syncs where workspace_id = $1";

const COUNTS: &str =
    "select outcome, count(*) as n from sync_items where sync_id = $1 group by outcome";
const TOLD: &str = "select address, outcome, reason from sync_items
    where sync_id = $1 and outcome in ('failed', 'robots', 'skipped')
    order by case outcome when 'failed' then 0 else 1 end, position limit $2";

fn number(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

impl Sources<'_> {
    /// A source's syncs, newest first.
    pub async fn syncs(&self, id: SourceId, page: &PageRequest) -> Result<Page<SourceSync>> {
        let sql = format!("{SELECT} and source_id = $2 and id < $3 order by id desc limit $4");
        let values = values![
            self.workspace.to_string(),
            id.to_string(),
            page.after.clone().unwrap_or_else(|| "~".to_owned()),
            i64::from(page.limit) + 1
        ];
        let rows: Vec<Row> = self.store.db().all(&sql, values).await?;
        let mut page = Page::from_rows(rows, page.limit, |row| row.id.clone());
        let mut items = Vec::with_capacity(page.items.len());
        for row in page.items.drain(..) {
            items.push(self.read(row).await?);
        }
        Ok(Page {
            items,
            next: page.next,
        })
    }

    /// The syncs of a knowledge base that are under way, and those that ended since, oldest first.
    pub async fn recent_syncs(
        &self,
        base: KnowledgeBaseId,
        since: Timestamp,
    ) -> Result<Vec<SourceSync>> {
        let sql = format!(
            "{SELECT} and knowledge_base_id = $2 and (finished_at is null or finished_at >= $3)
             order by id limit 200"
        );
        let values = values![
            self.workspace.to_string(),
            base.to_string(),
            since.as_millis()
        ];
        let rows: Vec<Row> = self.store.db().all(&sql, values).await?;
        let mut syncs = Vec::with_capacity(rows.len());
        for row in rows {
            syncs.push(self.read(row).await?);
        }
        Ok(syncs)
    }

    async fn read(&self, row: Row) -> Result<SourceSync> {
        let kept = match &row.report {
            Some(report) => json::read(report)?,
            None => {
                let db = self.store.db();
                let counts = db.all(COUNTS, values![row.id.clone()]).await?;
                let problems = db.all(TOLD, values![row.id.clone(), PROBLEMS]).await?;
                tally(counts, problems, number(row.removed))?
            }
        };
        let code = row.error_code.and_then(|code| json::named(&code).ok());
        Ok(SourceSync {
            id: row.id.parse()?,
            source_id: row.source_id.parse()?,
            status: json::named(&row.status)?,
            by: row.asked_by,
            counts: kept.counts,
            problems: kept.problems,
            notes: kept.notes,
            error: row.error_message.map(|message| Failure {
                code: code.unwrap_or(Code::Internal),
                message,
                limit: None,
            }),
            created_at: Timestamp::from_millis(row.created_at),
            started_at: row.started_at.map(Timestamp::from_millis),
            finished_at: row.finished_at.map(Timestamp::from_millis),
        })
    }

    /// Begins a sync. Errors: `conflict` while one is under way.
    pub async fn start(&self, id: SourceId, by: &str, remove_many: bool) -> Result<()> {
        let (workspace, now) = (self.workspace, self.store.now());
        let (sync, by) = (self.store.fresh(SyncId::new), by.to_owned());
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    if !lock(tx, workspace, id).await? {
                        return Err(Error::not_found("source"));
                    }
                    if under_way(tx, id).await?.is_some() {
                        return Err(Error::conflict(
                            "A sync of this source is under way. Wait for its end, or cancel it.",
                        ));
                    }
                    begin(tx, workspace, (id, sync), &by, remove_many, now).await?;
                    let draft = AuditDraft::new(&by, "source.sync", id);
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await
    }

    /// Begins the sync whose time has come, unless another server did; where one is under way, the time
    /// passes. Whether it began.
    pub async fn start_due(&self, due: &DueSource, next: Option<Timestamp>) -> Result<bool> {
        let (workspace, now, id) = (self.workspace, self.store.now(), due.id);
        let sync = self.store.fresh(SyncId::new);
        let values = values![
            workspace.to_string(),
            id.to_string(),
            due.due.as_millis(),
            next.map(Timestamp::as_millis)
        ];
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let sql = "update sources set next_at = $4
                        where workspace_id = $1 and id = $2 and next_at = $3 and paused = 0";
                    if tx.exec(sql, values).await? == 0 || under_way(tx, id).await?.is_some() {
                        return Ok(false);
                    }
                    begin(tx, workspace, (id, sync), "schedule", false, now).await?;
                    Ok(true)
                })
            })
            .await
    }

    /// Ends the sync that is under way, whoever works on it. Errors: `conflict` when none is.
    pub async fn cancel(&self, id: SourceId, by: &str) -> Result<()> {
        let (workspace, now) = (self.workspace, self.store.now());
        let draft = AuditDraft::new(by, "source.cancel", id);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    lock(tx, workspace, id).await?;
                    let Some(sync) = under_way(tx, id).await? else {
                        return Err(Error::conflict("No sync of this source is under way."));
                    };
                    queue::forget(tx, workspace, &id.to_string()).await?;
                    let report = Report {
                        status: SyncStatus::Cancelled,
                        notes: Vec::new(),
                        error: None,
                    };
                    end(tx, &sync, &report, now).await?;
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await
    }

    /// A sync that this worker begins, or goes on with. `not_found` when it is over.
    pub async fn take_on(&self, sync: SyncId, holder: &Holder) -> Result<SyncState> {
        let (workspace, now, holder) = (self.workspace, self.store.now(), holder.clone());
        let row: StateRow = self
            .store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    must_hold(tx, &holder).await?;
                    let sql = "update syncs set status = 'running', started_at = coalesce(started_at, $3)
                        where workspace_id = $1 and id = $2 and finished_at is null
                        returning id, source_id, knowledge_base_id, remove_many, listed, cut_off, removed";
                    let values = values![workspace.to_string(), sync.to_string(), now.as_millis()];
                    let row: Option<StateRow> = tx.one(sql, values).await?;
                    row.ok_or_else(|| Error::not_found("sync"))
                })
            })
            .await?;
        row.read()
    }

    /// Where a sync stands now.
    pub async fn state(&self, sync: SyncId) -> Result<SyncState> {
        let sql = "select id, source_id, knowledge_base_id, remove_many, listed, cut_off, removed
            from syncs where workspace_id = $1 and id = $2";
        let key = values![self.workspace.to_string(), sync.to_string()];
        let row: Option<StateRow> = self.store.db().one(sql, key).await?;
        row.ok_or_else(|| Error::not_found("sync"))?.read()
    }

    /// The items whose documents are to go: those that said so, and those that nothing led to.
    pub async fn gone(&self, state: &SyncState) -> Result<Vec<Gone>> {
        let sql = "select k.address, k.document_id, i.outcome
            from source_items k left join sync_items i on i.sync_id = $2 and i.address = k.address
            where k.source_id = $1
                and (i.address is null or i.outcome in ('gone', 'moved', 'skipped'))
            order by k.address";
        let values = values![state.source.to_string(), state.id.to_string()];
        let rows: Vec<GoneRow> = self.store.db().all(sql, values).await?;
        rows.into_iter()
            .map(|row| {
                Ok(Gone {
                    document: row.document_id.parse()?,
                    told: row.outcome.is_some(),
                    address: row.address,
                })
            })
            .collect()
    }

    /// What a sync that has looked at everything stands on.
    pub async fn standing(&self, state: &SyncState) -> Result<Standing> {
        let sql = "select (select count(*) from source_items where source_id = $1) as known,
                count(*) as items,
                count(case when i.outcome in ('added', 'changed', 'unchanged') then 1 end) as good,
                count(case when i.outcome = 'failed' then 1 end) as failed,
                count(case when (i.outcome = 'failed' or (i.outcome = 'robots' and i.depth = 0))
                    and k.address is null then 1 end) as unseen,
                min(case when i.outcome = 'failed' then i.reason end) as reason
            from sync_items i left join source_items k on k.source_id = $1 and k.address = i.address
            where i.sync_id = $2";
        let values = values![state.source.to_string(), state.id.to_string()];
        let row: Option<StandingRow> = self.store.db().one(sql, values).await?;
        let row = row.ok_or_else(|| Error::not_found("sync"))?;
        Ok(Standing {
            known: number(row.known),
            items: number(row.items),
            good: number(row.good),
            failed: number(row.failed),
            unseen: number(row.unseen),
            reason: row.reason.unwrap_or_default(),
        })
    }

    /// Takes the document of an item that has gone out of the knowledge base; gives the name of its bytes.
    pub async fn remove(
        &self,
        state: &SyncState,
        holder: &Holder,
        gone: &Gone,
    ) -> Result<Option<DocumentId>> {
        let (workspace, now) = (self.workspace, self.store.now());
        let (state, holder, gone) = (*state, holder.clone(), gone.clone());
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    must_hold(tx, &holder).await?;
                    let by = state.source.to_string();
                    tx.exec(
                        "delete from source_items where source_id = $1 and address = $2",
                        values![by.clone(), gone.address],
                    )
                    .await?;
                    tx.exec(
                        "update syncs set removed = removed + 1 where id = $1",
                        values![state.id.to_string()],
                    )
                    .await?;
                    match delete_in(tx, workspace, state.base, gone.document, (now, &by)).await {
                        Ok(object) => Ok(Some(object)),
                        // It went another way.
                        Err(error) if error.code == Code::NotFound => Ok(None),
                        Err(error) => Err(error),
                    }
                })
            })
            .await
    }

    /// Ends a sync and its job together; `conflict` when another worker has the job by now.
    pub async fn finish(&self, sync: SyncId, holder: &Holder, report: Report) -> Result<()> {
        let (now, holder) = (self.store.now(), holder.clone());
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    queue::complete(tx, holder.job, &holder.owner).await?;
                    end(tx, &sync.to_string(), &report, now).await
                })
            })
            .await
    }

    /// Puts an attempt that could pass later off until then.
    pub async fn put_off(&self, holder: &Holder, until: Timestamp, message: &str) -> Result<()> {
        let (holder, message) = (holder.clone(), message.to_owned());
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    queue::fail(tx, holder.job, &holder.owner, Some(until), &message).await
                })
            })
            .await
    }
}

impl StateRow {
    fn read(self) -> Result<SyncState> {
        Ok(SyncState {
            id: self.id.parse()?,
            source: self.source_id.parse()?,
            base: self.knowledge_base_id.parse()?,
            remove_many: self.remove_many != 0,
            listed: self.listed != 0,
            cut_off: self.cut_off != 0,
            removed: number(self.removed),
        })
    }
}

async fn under_way(tx: &Tx<'_>, source: SourceId) -> Result<Option<String>> {
    let sql = "select id from syncs where source_id = $1 and finished_at is null";
    let row: Option<IdRow> = tx.one(sql, values![source.to_string()]).await?;
    Ok(row.map(|row| row.id))
}

async fn begin(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    (source, sync): (SourceId, SyncId),
    by: &str,
    remove_many: bool,
    now: Timestamp,
) -> Result<()> {
    tx.exec(
        "insert into syncs (id, workspace_id, source_id, knowledge_base_id, status, asked_by,
            remove_many, created_at)
         select $1, $2, s.id, s.knowledge_base_id, 'queued', $4, $5, $6 from sources s where s.id = $3",
        values![
            sync.to_string(),
            workspace.to_string(),
            source.to_string(),
            by,
            i64::from(remove_many),
            now.as_millis()
        ],
    )
    .await?;
    let payload = json!({ "sync": sync.to_string() });
    queue::enqueue(tx, workspace, SYNC, &source.to_string(), &payload, now).await
}

/// What a sync came to so far, of its items.
fn tally(rows: Vec<CountRow>, problems: Vec<ProblemRow>, removed: u64) -> Result<Kept> {
    let mut counts = SyncCounts {
        removed,
        ..SyncCounts::default()
    };
    for row in rows {
        let n = number(row.n);
        match row.outcome.as_deref() {
            None => counts.waiting += n,
            Some("added") => counts.added += n,
            Some("changed") => counts.changed += n,
            Some("unchanged") => counts.unchanged += n,
            Some("failed") => counts.failed += n,
            Some("robots") => counts.robots += n,
            Some("skipped") => counts.skipped += n,
            // Other addresses of items that are counted, and items that are counted when they go.
            Some(_) => {}
        }
    }
    let problems = problems.into_iter().map(|row| {
        Ok(SyncProblem {
            item: row.address,
            outcome: json::named(&row.outcome)?,
            reason: row.reason.unwrap_or_default(),
        })
    });
    Ok(Kept {
        counts,
        problems: problems.collect::<Result<_>>()?,
        notes: Vec::new(),
    })
}

async fn end(tx: &Tx<'_>, sync: &str, report: &Report, now: Timestamp) -> Result<()> {
    let removed: Option<Count> = tx
        .one(
            "select removed as n from syncs where id = $1",
            values![sync],
        )
        .await?;
    let counts = tx.all(COUNTS, values![sync]).await?;
    let problems = tx.all(TOLD, values![sync, PROBLEMS]).await?;
    let mut kept = tally(counts, problems, removed.map_or(0, |count| number(count.n)))?;
    kept.notes.clone_from(&report.notes);
    let error = report.error.as_ref();
    tx.exec(
        "update syncs set status = $2, report = $3, error_code = $4, error_message = $5,
            finished_at = $6 where id = $1",
        values![
            sync,
            json::name(&report.status)?,
            json::write(&kept)?,
            error.map(|error| error.code.as_str()),
            error.map(|error| error.message.clone()),
            now.as_millis()
        ],
    )
    .await?;
    tx.exec("delete from sync_items where sync_id = $1", values![sync])
        .await?;
    tx.exec(
        "delete from syncs where source_id = (select source_id from syncs where id = $1)
            and finished_at is not null and id not in
            (select id from syncs where source_id = (select source_id from syncs where id = $1)
                order by id desc limit $2)",
        values![sync, REMEMBERED],
    )
    .await
    .map(drop)
}
