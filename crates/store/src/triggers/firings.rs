//! Firings: claimed and kept in the transaction that keeps the run they start.

use headwater_model::id::{FiringId, RunId, TriggerId};
use headwater_model::page::{Page, PageRequest};
use headwater_model::trigger::{Firing, FiringOutcome};
use headwater_model::{Error, Result, Timestamp};
use sea_orm::FromQueryResult;

use super::Triggers;
use crate::runs::{NewRun, insert};
use crate::{Dialect, Store, Tx, json, values};

/// How many of its latest runs are looked at for one that is not over.
const RECENT: i64 = 100;

/// The time of a schedule that is served.
#[derive(Clone, Copy, Debug)]
pub struct Due {
    pub at: Timestamp,
    /// What the schedule's next time is as far as the claimant knows; the claim fails when it is not.
    pub expected: Timestamp,
    /// What it is from then on.
    pub next: Option<Timestamp>,
    /// Whether an earlier run that is not over keeps this one from starting.
    pub alone: bool,
}

/// An event about to be kept.
#[derive(Clone, Debug)]
pub struct NewFiring {
    pub trigger: TriggerId,
    pub due: Option<Due>,
    /// How the sender names the delivery; the same name is the same run.
    pub delivery: Option<String>,
    /// What proved the delivery; nothing is proved with it again.
    pub proof: Option<String>,
    /// What was asked, as a hash; one name does not stand for two things.
    pub asked: Option<String>,
    pub outcome: FiringOutcome,
    pub detail: String,
    /// The run it starts.
    pub run: Option<NewRun>,
}

/// What keeping a firing found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fired {
    /// It is kept, and so is its run.
    New(FiringOutcome),
    /// The same delivery came before: this is its run.
    Before(RunId),
    /// Another server has served that time, or the trigger is no longer what it was.
    Taken,
}

#[derive(FromQueryResult)]
struct Row {
    id: String,
    at: i64,
    due_at: Option<i64>,
    delivery: Option<String>,
    outcome: String,
    run_id: Option<String>,
    detail: String,
}

#[derive(FromQueryResult)]
struct Known {
    asked: Option<String>,
    run_id: Option<String>,
}

#[derive(FromQueryResult)]
struct Id {
    #[expect(dead_code, reason = "that there is one is all that counts")]
    id: String,
}

impl Triggers<'_> {
    /// Keeps a firing and the run it starts, both or none. Durable when this returns.
    ///
    /// Errors: `conflict` when the delivery's name stands for something else, or its proof was used.
    pub async fn fire(&self, firing: NewFiring) -> Result<Fired> {
        let (workspace, now) = (self.workspace.to_string(), self.store.now());
        let id = self.store.fresh(FiringId::new);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    if !claim(tx, &workspace, &firing).await? {
                        return Ok(Fired::Taken);
                    }
                    if is_served(tx, &firing).await? {
                        return Ok(Fired::Taken);
                    }
                    if let Some(run) = seen(tx, &firing).await? {
                        return Ok(Fired::Before(run));
                    }
                    let trigger = firing.trigger.to_string();
                    let alone = firing.due.is_some_and(|due| due.alone);
                    let held = alone && firing.run.is_some() && has_live_run(tx, &trigger).await?;
                    let (outcome, run) = match firing.run {
                        Some(_) if held => (FiringOutcome::Overlapped, None),
                        run => (firing.outcome, run),
                    };
                    if let Some(run) = &run {
                        insert(tx, run).await?;
                    }
                    tx.exec(
                        "insert into trigger_firings (id, workspace_id, trigger_id, at, due_at, delivery, proof, asked,
                            outcome, run_id, detail) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                        values![
                            id.to_string(),
                            workspace,
                            trigger,
                            now.as_millis(),
                            firing.due.map(|due| due.at.as_millis()),
                            firing.delivery,
                            firing.proof,
                            firing.asked,
                            outcome.as_str(),
                            run.map(|run| run.id.to_string()),
                            firing.detail
                        ],
                    )
                    .await?;
                    Ok(Fired::New(outcome))
                })
            })
            .await
    }

    /// A trigger's firings, newest first.
    pub async fn firings(&self, id: TriggerId, page: &PageRequest) -> Result<Page<Firing>> {
        let sql = "select id, at, due_at, delivery, outcome, run_id, detail from trigger_firings
             where workspace_id = $1 and trigger_id = $2 and id < $3 order by id desc limit $4";
        let values = values![
            self.workspace.to_string(),
            id.to_string(),
            page.after.clone().unwrap_or_else(|| "~".to_owned()),
            i64::from(page.limit) + 1
        ];
        let rows: Vec<Row> = self.store.db().all(sql, values).await?;
        let rows = rows
            .into_iter()
            .map(|row| {
                Ok(Firing {
                    id: row.id.parse()?,
                    at: Timestamp::from_millis(row.at),
                    due_at: row.due_at.map(Timestamp::from_millis),
                    delivery: row.delivery,
                    outcome: json::named(&row.outcome)?,
                    run_id: row.run_id.map(|id| id.parse()).transpose()?,
                    detail: row.detail,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Page::from_rows(rows, page.limit, |row| row.id.to_string()))
    }
}

impl Store {
    /// Forgets firings of all workspaces from before a time; how many there were.
    pub async fn forget_firings(&self, before: Timestamp) -> Result<u64> {
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    let sql = "delete from trigger_firings where at < $1";
                    tx.exec(sql, values![before.as_millis()]).await
                })
            })
            .await
    }
}

/// Makes the trigger this transaction's, so that its firings are kept one after the other. False
/// when there is nothing to claim any more.
async fn claim(tx: &Tx<'_>, workspace: &str, firing: &NewFiring) -> Result<bool> {
    let trigger = firing.trigger.to_string();
    if let Some(due) = firing.due {
        let sql = "update triggers set next_at = $3
            where id = $1 and workspace_id = $2 and enabled = 1 and next_at = $4";
        let values = values![
            trigger,
            workspace,
            due.next.map(Timestamp::as_millis),
            due.expected.as_millis()
        ];
        return Ok(tx.exec(sql, values).await? > 0);
    }
    let lock = match tx.dialect() {
        Dialect::Postgres => "for update",
        Dialect::Sqlite => "",
    };
    let sql = format!("select id from triggers where id = $1 and workspace_id = $2 {lock}");
    Ok(tx
        .one::<Id>(&sql, values![trigger, workspace])
        .await?
        .is_some())
}

/// Whether the schedule's time has its firing already: then the claim only moves the schedule on.
async fn is_served(tx: &Tx<'_>, firing: &NewFiring) -> Result<bool> {
    let Some(due) = firing.due else {
        return Ok(false);
    };
    let sql = "select id from trigger_firings where trigger_id = $1 and due_at = $2";
    let values = values![firing.trigger.to_string(), due.at.as_millis()];
    Ok(tx.one::<Id>(sql, values).await?.is_some())
}

/// The run of the same delivery, when it came before.
async fn seen(tx: &Tx<'_>, firing: &NewFiring) -> Result<Option<RunId>> {
    let trigger = firing.trigger.to_string();
    if let Some(delivery) = &firing.delivery {
        let sql =
            "select asked, run_id from trigger_firings where trigger_id = $1 and delivery = $2";
        let values = values![trigger.clone(), delivery.clone()];
        if let Some(known) = tx.one::<Known>(sql, values).await? {
            if known.asked != firing.asked {
                return Err(Error::conflict(
                    "A delivery of this name was received with another content. Use a new name.",
                )
                .with_field("Idempotency-Key"));
            }
            return known.run_id.map(|id| id.parse()).transpose();
        }
    }
    if let Some(proof) = &firing.proof {
        let sql = "select id from trigger_firings where trigger_id = $1 and proof = $2";
        if tx
            .one::<Id>(sql, values![trigger, proof.clone()])
            .await?
            .is_some()
        {
            return Err(Error::conflict(
                "This signed request was received before. Sign every request anew; to repeat one \
                 safely, send the same Idempotency-Key.",
            ));
        }
    }
    Ok(None)
}

async fn has_live_run(tx: &Tx<'_>, trigger: &str) -> Result<bool> {
    let sql = "select r.id from runs r where r.finished_at is null and r.id in (
            select f.run_id from trigger_firings f
            where f.trigger_id = $1 and f.run_id is not null order by f.id desc limit $2)
        limit 1";
    Ok(tx.one::<Id>(sql, values![trigger, RECENT]).await?.is_some())
}
