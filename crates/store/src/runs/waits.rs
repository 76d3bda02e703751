//! What runs wait for, and the answers: given once, kept in one transaction with waking the run.

use headwater_model::id::{RunId, WaitId, WorkspaceId};
use headwater_model::page::{Page, PageRequest};
use headwater_model::run::StepStatus;
use headwater_model::run::log::StepRecord;
use headwater_model::run::wait::{Answer, Form, TIMEOUT, Wait, WaitRecord, WaitStatus, WaitStep};
use headwater_model::{Error, Result, Timestamp};
use sea_orm::FromQueryResult;

use super::Runs;
use super::rows::count;
use super::taken::{Lease, Taken, lock, wake};
use crate::audit::{self, AuditDraft};
use crate::{Db, Store, Tx, json, values};

const WAIT: &str = "w.id, w.workspace_id, w.run_id, w.seq, w.step_id, w.node, w.path, w.form, w.deadline, w.created_at, w.answer, \
    w.resumed_seq, w.closed_at";

#[derive(FromQueryResult)]
struct Row {
    id: String,
    workspace_id: String,
    run_id: String,
    seq: i64,
    step_id: Option<String>,
    node: Option<String>,
    path: Option<String>,
    form: String,
    deadline: Option<i64>,
    created_at: i64,
    answer: Option<String>,
    resumed_seq: Option<i64>,
    closed_at: Option<i64>,
}

#[derive(FromQueryResult)]
struct Named {
    #[sea_orm(nested)]
    row: Row,
    flow_name: String,
}

impl Row {
    fn read(self) -> Result<WaitRecord> {
        let step = match (self.step_id, self.node) {
            (Some(id), Some(node)) => Some(WaitStep {
                id: id.parse()?,
                node,
                path: self.path,
            }),
            _ => None,
        };
        Ok(WaitRecord {
            id: self.id.parse()?,
            seq: u64::try_from(self.seq).unwrap_or(0),
            step,
            form: json::read(&self.form)?,
            deadline: self.deadline.map(Timestamp::from_millis),
            created_at: Timestamp::from_millis(self.created_at),
            answer: json::read_option(self.answer.as_ref())?,
            resumed_seq: self.resumed_seq.and_then(|seq| u64::try_from(seq).ok()),
        })
    }

    fn status(&self) -> WaitStatus {
        match (&self.answer, self.closed_at) {
            (Some(answer), _) => match json::read::<Answer>(answer) {
                Ok(answer) if answer.button == TIMEOUT => WaitStatus::TimedOut,
                _ => WaitStatus::Answered,
            },
            (None, Some(_)) => WaitStatus::Closed,
            (None, None) => WaitStatus::Open,
        }
    }
}

impl Named {
    fn read(self) -> Result<Wait> {
        let (status, run_id) = (self.row.status(), self.row.run_id.parse()?);
        let record = self.row.read()?;
        let step = record.step.ok_or_else(|| Error::not_found("wait"))?;
        Ok(Wait {
            id: record.id,
            run_id,
            flow_name: self.flow_name,
            node: step.node,
            path: step.path,
            status,
            form: record.form,
            deadline: record.deadline,
            created_at: record.created_at,
            answer: record.answer,
        })
    }
}

/// An answer that was taken.
#[derive(Clone, Debug)]
pub struct Answered {
    pub run: RunId,
    /// The run, when it was paused for it; the caller works on it now.
    pub woken: Option<Box<Taken>>,
}

impl Runs<'_> {
    /// All that a run has waited for, in order, pauses of the whole run included.
    pub async fn waits(&self, run: RunId) -> Result<Vec<WaitRecord>> {
        let sql = format!(
            "select {WAIT} from waits w where w.workspace_id = $1 and w.run_id = $2 order by w.seq"
        );
        let values = values![self.workspace.to_string(), run.to_string()];
        let rows: Vec<Row> = self.store.db().all(&sql, values).await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// What a run asks, and asked, people.
    pub async fn questions(&self, run: RunId) -> Result<Vec<Wait>> {
        let sql = format!(
            "select {WAIT}, r.flow_name from waits w join runs r on r.id = w.run_id
             where w.workspace_id = $1 and w.run_id = $2 and w.node is not null order by w.seq"
        );
        let values = values![self.workspace.to_string(), run.to_string()];
        let rows: Vec<Named> = self.store.db().all(&sql, values).await?;
        rows.into_iter().map(Named::read).collect()
    }

    /// One question.
    pub async fn question(&self, id: WaitId) -> Result<Wait> {
        let sql = format!(
            "select {WAIT}, r.flow_name from waits w join runs r on r.id = w.run_id
             where w.workspace_id = $1 and w.id = $2 and w.node is not null"
        );
        let values = values![self.workspace.to_string(), id.to_string()];
        let row: Option<Named> = self.store.db().one(&sql, values).await?;
        row.ok_or_else(|| Error::not_found("wait"))?.read()
    }

    /// Open questions that `mine` holds for, oldest first.
    pub async fn open_questions(
        &self,
        page: &PageRequest,
        mine: impl Fn(&Form) -> bool,
    ) -> Result<Page<Wait>> {
        const AT_ONCE: i64 = 200;
        let sql = format!(
            "select {WAIT}, r.flow_name from waits w join runs r on r.id = w.run_id
             where w.workspace_id = $1 and w.id > $2 and w.closed_at is null and w.answered_at is null
                and w.node is not null order by w.id limit $3"
        );
        let mut after = page.after.clone().unwrap_or_default();
        let mut found = Vec::new();
        loop {
            let values = values![self.workspace.to_string(), after.clone(), AT_ONCE];
            let rows: Vec<Named> = self.store.db().all(&sql, values).await?;
            let last = i64::try_from(rows.len()).unwrap_or(0) < AT_ONCE;
            for row in rows {
                after.clone_from(&row.row.id);
                let wait = row.read()?;
                if mine(&wait.form) {
                    found.push(wait);
                }
            }
            if last || found.len() > page.limit as usize {
                return Ok(Page::from_rows(found, page.limit, |wait| {
                    wait.id.to_string()
                }));
            }
        }
    }
}

impl Store {
    /// Answers a question, once: `conflict` when it was answered, its time is over, or its run went on.
    pub async fn answer_wait(
        &self,
        workspace: WorkspaceId,
        id: WaitId,
        answer: Answer,
        lease: Lease,
        audit: AuditDraft,
    ) -> Result<Answered> {
        let now = self.now();
        let (run, row) = self
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let wait = find(tx, id).await?;
                    let wait = wait.filter(|wait| wait.workspace_id == workspace.to_string());
                    let run: RunId = wait
                        .ok_or_else(|| Error::not_found("wait"))?
                        .run_id
                        .parse()?;
                    lock(tx, run).await?;
                    // Again, now that nobody else can answer.
                    let wait = find(tx, id)
                        .await?
                        .ok_or_else(|| Error::not_found("wait"))?;
                    if let Some(refused) = refusal(&wait, &answer, now)? {
                        return Err(refused);
                    }
                    keep_answer(tx, id, &answer).await?;
                    audit::record(tx, workspace, now, &audit).await?;
                    let row = match is_whole(tx, run).await? {
                        true => None,
                        false => wake(tx, run, &lease, now).await?,
                    };
                    Ok((run, row))
                })
            })
            .await?;
        let woken = match row {
            Some(row) => Some(Box::new(self.take(row, true).await?)),
            None => None,
        };
        Ok(Answered { run, woken })
    }

    /// Questions whose time is over and which nobody has answered.
    pub async fn waits_due(&self, limit: u32) -> Result<Vec<(WorkspaceId, WaitId, Form)>> {
        let sql = format!(
            "select {WAIT} from waits w where w.deadline <= $1 and w.closed_at is null
             and w.answered_at is null order by w.deadline limit $2"
        );
        let values = values![self.now().as_millis(), i64::from(limit)];
        let rows: Vec<Row> = self.db().all(&sql, values).await?;
        rows.into_iter()
            .map(|row| {
                Ok((
                    row.workspace_id.parse()?,
                    row.id.parse()?,
                    json::read(&row.form)?,
                ))
            })
            .collect()
    }
}

async fn find(tx: &Tx<'_>, id: WaitId) -> Result<Option<Row>> {
    let sql = format!("select {WAIT} from waits w where w.id = $1 and w.node is not null");
    tx.one(&sql, values![id.to_string()]).await
}

fn refusal(wait: &Row, answer: &Answer, now: Timestamp) -> Result<Option<Error>> {
    if let Some(before) = json::read_option::<Answer>(wait.answer.as_ref())? {
        let by = before.by.map_or_else(String::new, |by| format!(" by {by}"));
        return Ok(Some(Error::conflict(match before.button.as_str() {
            TIMEOUT => "The time to answer this is over.".to_owned(),
            button => format!("This was answered already{by}, with “{button}”."),
        })));
    }
    if wait.closed_at.is_some() {
        return Ok(Some(Error::conflict(
            "Nobody waits for this any more: its run went on without an answer, or has ended.",
        )));
    }
    let late = wait
        .deadline
        .is_some_and(|deadline| deadline <= now.as_millis());
    Ok((late && answer.button != TIMEOUT)
        .then(|| Error::conflict("The time to answer this is over.")))
}

async fn keep_answer(tx: &Tx<'_>, id: WaitId, answer: &Answer) -> Result<()> {
    let sql = "update waits set answer = $2, answered_at = $3 where id = $1";
    let values = values![id.to_string(), json::write(answer)?, answer.at.as_millis()];
    tx.exec(sql, values).await.map(drop)
}

pub(super) async fn insert(tx: &Tx<'_>, run: RunId, wait: &WaitRecord) -> Result<()> {
    let step = wait.step.as_ref();
    tx.exec(
        "insert into waits (id, workspace_id, run_id, seq, step_id, node, path, form, deadline, created_at)
         select $1, workspace_id, id, $3, $4, $5, $6, $7, $8, $9 from runs where id = $2",
        values![
            wait.id.to_string(),
            run.to_string(),
            count(wait.seq),
            step.map(|step| step.id.to_string()),
            step.map(|step| step.node.clone()),
            step.and_then(|step| step.path.clone()),
            json::write(&wait.form)?,
            wait.deadline.map(Timestamp::as_millis),
            wait.created_at.as_millis()
        ],
    )
    .await
    .map(drop)
}

/// The waits of steps that ended are over. `run.resumed` of an answered one was told right before.
pub(super) async fn close(tx: &Tx<'_>, run: RunId, step: &StepRecord) -> Result<()> {
    let resumed = (step.status == StepStatus::Done).then(|| count(step.seq.saturating_sub(1)));
    tx.exec(
        "update waits set closed_at = $3, resumed_seq = $4 where run_id = $1 and step_id = $2",
        values![
            run.to_string(),
            step.id.to_string(),
            step.finished_at.as_millis(),
            resumed
        ],
    )
    .await
    .map(drop)
}

/// Whether the whole run is paused.
pub(super) async fn is_whole(tx: &Tx<'_>, run: RunId) -> Result<bool> {
    let sql = format!(
        "select {WAIT} from waits w where w.run_id = $1 and w.node is null and w.closed_at is null"
    );
    let row: Option<Row> = tx.one(&sql, values![run.to_string()]).await?;
    Ok(row.is_some())
}

/// The pause of the whole run is over; `run.resumed` will be event `seq`.
pub(super) async fn end_whole(
    tx: &Tx<'_>,
    run: RunId,
    by: &str,
    now: Timestamp,
    seq: i64,
) -> Result<()> {
    let answer = Answer {
        button: String::new(),
        fields: serde_json::Map::new(),
        by: Some(by.to_owned()),
        at: now,
    };
    tx.exec(
        "update waits set answer = $2, answered_at = $3, closed_at = $3, resumed_seq = $4
         where run_id = $1 and node is null and closed_at is null",
        values![run.to_string(), json::write(&answer)?, now.as_millis(), seq],
    )
    .await
    .map(drop)
}

/// Answers whose steps have not ended in the log.
pub(super) async fn unseen(tx: &Tx<'_>, run: RunId) -> Result<Vec<(WaitId, Answer)>> {
    let sql = format!(
        "select {WAIT} from waits w where w.run_id = $1 and w.closed_at is null
         and w.answered_at is not null order by w.answered_at, w.seq"
    );
    let rows: Vec<Row> = tx.all(&sql, values![run.to_string()]).await?;
    let answers = rows
        .into_iter()
        .map(answer_of)
        .collect::<Result<Vec<_>>>()?;
    Ok(answers
        .into_iter()
        .map(|(_, id, answer)| (id, answer))
        .collect())
}

/// The same for all runs a worker holds.
pub(super) async fn answered(db: &Db, owner: &str) -> Result<Vec<(RunId, WaitId, Answer)>> {
    let sql = format!(
        "select {WAIT} from waits w join runs r on r.id = w.run_id
         where r.lease_owner = $1 and r.finished_at is null
            and w.closed_at is null and w.answered_at is not null order by w.answered_at, w.seq"
    );
    let rows: Vec<Row> = db.all(&sql, values![owner]).await?;
    rows.into_iter().map(answer_of).collect()
}

fn answer_of(row: Row) -> Result<(RunId, WaitId, Answer)> {
    let (run, record) = (row.run_id.parse()?, row.read()?);
    let lost = || Error::internal("an answered wait without an answer");
    Ok((run, record.id, record.answer.ok_or_else(lost)?))
}
