//! Runs and their log: what was asked, what every step did, how it ended.

mod append;
mod commands;
mod ends;
mod listing;
mod recent;
mod rows;
mod taken;
mod waits;

use headwater_model::id::{
    ConversationId, FlowId, MessageId, RevisionId, RunId, ShareId, StepId, WorkspaceId,
};
use headwater_model::page::{Page, PageRequest};
use headwater_model::run::feedback::Rating;
use headwater_model::run::log::StepRecord;
use headwater_model::run::{Run, RunInput, RunStatus};
use headwater_model::{Error, Result, Timestamp};
use sea_orm::FromQueryResult;

use crate::conversations::NewTurn;
use crate::{Store, Tx, json, values};
pub(crate) use append::LogQueue;
pub use commands::{Order, Ordered};
use rows::{RUN, Row, STEP, STEP_OUTLINE, StepRow};
pub(crate) use rows::{count, nanos, usage};
pub use taken::{Lease, Taken};
pub use waits::Answered;

/// A run about to be kept.
#[derive(Clone, Debug)]
pub struct NewRun {
    pub id: RunId,
    pub workspace: WorkspaceId,
    pub flow_id: Option<FlowId>,
    pub flow_name: String,
    pub revision_id: RevisionId,
    pub revision: u32,
    pub input: RunInput,
    pub created_at: Timestamp,
    /// Who asked for it (`Caller::label`), or the trigger that did; `None` when a flow did.
    pub caller: Option<String>,
    /// Who works on it, and until when nobody else may.
    pub lease_owner: String,
    pub lease_until: Timestamp,
    /// The caller's `Idempotency-Key` and the hash of what they asked.
    pub idempotency: Option<(String, String)>,
    /// The turn of a conversation it answers, kept in the same transaction.
    pub turn: Option<NewTurn>,
}

/// What keeping a run found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    New,
    /// The same key and the same request came before: this is its run.
    Before(RunId),
}

/// A finished run's row and where its events ended.
#[derive(Clone, Debug)]
pub struct RunRecord {
    pub run: Run,
    pub message_id: Option<MessageId>,
    pub revision_id: RevisionId,
    /// The terminal event's number, once there is one.
    pub end_seq: Option<u64>,
    /// The number its events go on with, while it is paused.
    pub next_seq: Option<u64>,
}

/// Which runs to list; what is absent is not asked for.
#[derive(Clone, Debug, Default)]
pub struct RunFilter {
    pub flow: Option<FlowId>,
    pub status: Option<RunStatus>,
    /// That somebody gave them.
    pub rating: Option<Rating>,
    /// Whether they are annotated.
    pub annotated: Option<bool>,
    /// Whose visitors asked for them.
    pub share: Option<ShareId>,
    /// Who asked for them, as `Caller::label` has it, or the trigger that did.
    pub caller: Option<String>,
    /// They began then or later.
    pub from: Option<Timestamp>,
    /// They began before then.
    pub to: Option<Timestamp>,
    /// What they were given, answered or failed with, their flow's name or the beginning of their id
    /// has it. A page looks at ten thousand runs, and may be empty though there are more.
    pub text: Option<String>,
}

#[derive(FromQueryResult)]
struct Edge {
    id: String,
}

/// A workspace's runs.
pub struct Runs<'s> {
    store: &'s Store,
    workspace: WorkspaceId,
}

impl Store {
    /// The runs of a workspace.
    pub fn runs(&self, workspace: WorkspaceId) -> Runs<'_> {
        Runs {
            store: self,
            workspace,
        }
    }

    /// Keeps a run (and its turn of a conversation). Durable when this returns.
    pub async fn create_run(&self, run: NewRun) -> Result<Kept> {
        self.db()
            .write(move |tx| Box::pin(async move { insert(tx, &run).await }))
            .await
    }
}

impl Runs<'_> {
    /// A run.
    pub async fn get(&self, id: RunId) -> Result<RunRecord> {
        let sql = format!("select {RUN} from runs where workspace_id = $1 and id = $2");
        let row: Option<Row> = self
            .store
            .db()
            .one(&sql, values![self.workspace.to_string(), id.to_string()])
            .await?;
        row.ok_or_else(|| Error::not_found("run"))?.read()
    }

    /// What a run started from.
    pub async fn input(&self, id: RunId) -> Result<RunInput> {
        let sql = format!("select {RUN} from runs where workspace_id = $1 and id = $2");
        let values = values![self.workspace.to_string(), id.to_string()];
        let row: Option<Row> = self.store.db().one(&sql, values).await?;
        json::read(&row.ok_or_else(|| Error::not_found("run"))?.input)
    }

    /// The runs that fit, newest first.
    pub async fn list(&self, page: &PageRequest, filter: RunFilter) -> Result<Page<Run>> {
        let db = self.store.db();
        let asked = listing::Listing::of(self.workspace, page, &filter, db.dialect());
        let rows: Vec<Row> = db.all(&asked.sql, asked.values.clone()).await?;
        let runs = rows
            .into_iter()
            .map(|row| row.read().map(|record| record.run))
            .collect::<Result<Vec<_>>>()?;
        let mut runs = Page::from_rows(runs, page.limit, |run| run.id.to_string());
        // Where a text was looked for and the page is not full, the next one goes on where this one ended.
        if let (None, Some((sql, values))) = (&runs.next, asked.edge) {
            let edge: Option<Edge> = db.one(&sql, values).await?;
            runs.next = edge.map(|edge| edge.id);
        }
        Ok(runs)
    }

    /// A run's finished steps after event `after`, in order of their events.
    pub async fn log(&self, id: RunId, after: u64) -> Result<Vec<StepRecord>> {
        self.steps(id, after, None, STEP).await
    }

    /// A run's finished steps after event `after`, or the first `limit` of them; `outlined` leaves out
    /// what they had and gave.
    pub async fn log_page(
        &self,
        id: RunId,
        after: u64,
        limit: Option<u32>,
        outlined: bool,
    ) -> Result<Page<StepRecord>> {
        let columns = if outlined { STEP_OUTLINE } else { STEP };
        let rows = self.steps(id, after, limit, columns).await?;
        Ok(match limit {
            Some(limit) => Page::from_rows(rows, limit, |step| step.seq.to_string()),
            None => Page {
                items: rows,
                next: None,
            },
        })
    }

    /// One finished step of a run.
    pub async fn step(&self, run: RunId, step: StepId) -> Result<StepRecord> {
        let sql = format!(
            "select {STEP} from steps s join runs r on r.id = s.run_id
             where r.workspace_id = $1 and s.run_id = $2 and s.id = $3"
        );
        let values = values![
            self.workspace.to_string(),
            run.to_string(),
            step.to_string()
        ];
        let row: Option<StepRow> = self.store.db().one(&sql, values).await?;
        row.ok_or_else(|| Error::not_found("step"))?.read()
    }

    /// One more than `limit`, which tells whether there are more.
    async fn steps(
        &self,
        id: RunId,
        after: u64,
        limit: Option<u32>,
        columns: &str,
    ) -> Result<Vec<StepRecord>> {
        let most = limit.map_or(i64::MAX, |limit| i64::from(limit) + 1);
        let sql = format!(
            "select {columns} from steps s join runs r on r.id = s.run_id
             where r.workspace_id = $1 and s.run_id = $2 and s.seq > $3 order by s.seq limit $4"
        );
        let (workspace, run) = (self.workspace.to_string(), id.to_string());
        let values = values![workspace, run, rows::count(after), most];
        let rows: Vec<StepRow> = self.store.db().all(&sql, values).await?;
        rows.into_iter().map(StepRow::read).collect()
    }

    /// A conversation's runs that are still going: each branch may have one.
    pub async fn live_in(&self, conversation: ConversationId) -> Result<Vec<RunId>> {
        let sql = format!(
            "select {RUN} from runs where workspace_id = $1 and conversation_id = $2 and finished_at is null"
        );
        let values = values![self.workspace.to_string(), conversation.to_string()];
        let rows: Vec<Row> = self.store.db().all(&sql, values).await?;
        rows.into_iter()
            .map(|row| row.read().map(|record| record.run.id))
            .collect()
    }
}

/// Keeps a run in the caller's transaction.
pub(crate) async fn insert(tx: &Tx<'_>, new: &NewRun) -> Result<Kept> {
    if let Some((key, hash)) = &new.idempotency {
        let sql =
            format!("select {RUN} from runs where workspace_id = $1 and idempotency_key = $2");
        if let Some(row) = tx
            .one::<Row>(&sql, values![new.workspace.to_string(), key.clone()])
            .await?
        {
            if row.request_hash.as_deref() != Some(hash) {
                return Err(Error::conflict(
                    "This Idempotency-Key was used for a different request. Use a new key.",
                )
                .with_field("Idempotency-Key"));
            }
            return Ok(Kept::Before(row.id.parse()?));
        }
    }
    rows::insert_runs(tx, &[(new, None)]).await?;
    if let Some(turn) = &new.turn {
        crate::conversations::insert_turn(tx, new, turn).await?;
    }
    if let Some(visit) = &new.input.visit {
        crate::shares::keep_visit(tx, new, visit).await?;
    }
    Ok(Kept::New)
}
