//! Commands to runs, wherever they are worked on: a row the holder picks up, or a paused run woken
//! in the same transaction. Letting a run go and commanding it lock its row, so nothing falls between.

use headwater_model::id::{RunId, WaitId, WorkspaceId};
use headwater_model::ports::{Command, Hold, Park, Parked};
use headwater_model::run::wait::{Answer, Form, WaitRecord};
use headwater_model::run::{Run, RunStatus};
use headwater_model::{Error, Result, Timestamp};
use sea_orm::FromQueryResult;

use super::rows::{Row, count};
use super::taken::{Lease, Taken, lock, wake};
use super::{ends, waits};
use crate::audit::{self, AuditDraft};
use crate::{Store, Tx, values};

/// What somebody wants of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Cancel,
    Pause,
    Resume,
}

/// What became of an order.
#[derive(Clone, Debug)]
pub enum Ordered {
    /// There was nothing to do: it had ended, or was as wanted.
    AsItWas,
    /// Whoever works on it is told.
    Told,
    /// It was paused; the caller works on it now.
    Woken(Box<Taken>),
}

enum Outcome {
    AsItWas,
    Told,
    Woken(Box<Row>),
}

impl Store {
    /// Lets a run go that can only wait, unless something came in between.
    pub async fn park_run(&self, hold: Hold, owner: String, park: Park) -> Result<Parked> {
        self.db()
            .write(move |tx| Box::pin(async move { parked(tx, hold, &owner, &park).await }))
            .await
    }

    /// Commands a run.
    pub async fn order(
        &self,
        workspace: WorkspaceId,
        run: RunId,
        order: Order,
        lease: Lease,
        audit: AuditDraft,
    ) -> Result<Ordered> {
        let now = self.now();
        let outcome = self
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let row = lock(tx, run).await?;
                    let row = row.filter(|row| row.workspace_id == workspace.to_string());
                    let row = row.ok_or_else(|| Error::not_found("run"))?;
                    let outcome = obey(tx, row, run, (order, &lease, &audit.caller, now)).await?;
                    if !matches!(outcome, Outcome::AsItWas) {
                        audit::record(tx, workspace, now, &audit).await?;
                    }
                    Ok(outcome)
                })
            })
            .await?;
        Ok(match outcome {
            Outcome::AsItWas => Ordered::AsItWas,
            Outcome::Told => Ordered::Told,
            Outcome::Woken(row) => Ordered::Woken(Box::new(self.take(*row, true).await?)),
        })
    }

    /// What the runs of a worker have not been told yet.
    pub async fn run_news(&self, owner: &str) -> Result<Vec<(RunId, Command)>> {
        #[derive(FromQueryResult)]
        struct Commanded {
            id: String,
            command: String,
            command_by: Option<String>,
        }
        let sql = "select id, command, command_by from runs
                   where lease_owner = $1 and command is not null and finished_at is null";
        let rows: Vec<Commanded> = self.db().all(sql, values![owner]).await?;
        let mut news = Vec::new();
        for row in rows {
            if let Some(command) = command(Some(&row.command), row.command_by) {
                news.push((row.id.parse()?, command));
            }
        }
        for (run, wait, answer) in waits::answered(self.db(), owner).await? {
            news.push((run, Command::Answer(wait, answer)));
        }
        Ok(news)
    }
}

impl Row {
    pub(super) fn command(&self) -> Option<Command> {
        command(self.command.as_ref(), self.command_by.clone())
    }
}

fn command(name: Option<&String>, by: Option<String>) -> Option<Command> {
    match name?.as_str() {
        "cancel" => Some(Command::Cancel),
        "pause" => Some(Command::Pause {
            by: by.unwrap_or_default(),
        }),
        _ => None,
    }
}

async fn obey(
    tx: &Tx<'_>,
    row: Row,
    id: RunId,
    (order, lease, by, now): (Order, &Lease, &str, Timestamp),
) -> Result<Outcome> {
    let (next_seq, command) = (row.next_seq.unwrap_or(1), row.command());
    let run: Run = row.read()?.run;
    if run.status.is_terminal() {
        return match order {
            Order::Cancel => Ok(Outcome::AsItWas),
            _ => Err(Error::conflict("This run has ended.")),
        };
    }
    let paused = run.status == RunStatus::Paused;
    match order {
        Order::Cancel if paused => {
            waits::end_whole(tx, id, by, now, next_seq).await?;
            told(tx, id, Some("cancel"), by).await?;
            woken(tx, id, lease, now).await
        }
        Order::Cancel => told(tx, id, Some("cancel"), by).await,
        Order::Pause if paused => {
            if waits::is_whole(tx, id).await? {
                return Ok(Outcome::AsItWas);
            }
            let wait = whole(WaitId::new(now, rand::random()), next_seq, by, now);
            waits::insert(tx, id, &wait).await?;
            // Its own number, and the free one after it.
            let sql = "update runs set next_seq = $2 where id = $1";
            tx.exec(sql, values![id.to_string(), next_seq + 2]).await?;
            Ok(Outcome::Told)
        }
        Order::Pause if command == Some(Command::Cancel) => Ok(Outcome::AsItWas),
        Order::Pause => told(tx, id, Some("pause"), by).await,
        Order::Resume if paused => {
            if !waits::is_whole(tx, id).await? {
                return Err(Error::conflict(
                    "This run waits for an answer. Answer what it asks, or cancel it.",
                ));
            }
            waits::end_whole(tx, id, by, now, next_seq).await?;
            woken(tx, id, lease, now).await
        }
        Order::Resume if matches!(command, Some(Command::Pause { .. })) => {
            told(tx, id, None, by).await
        }
        Order::Resume => Err(Error::conflict("This run is not paused.")),
    }
}

fn whole(id: WaitId, seq: i64, by: &str, now: Timestamp) -> WaitRecord {
    WaitRecord {
        id,
        seq: u64::try_from(seq).unwrap_or(0),
        step: None,
        form: Form {
            title: by.to_owned(),
            ..Form::default()
        },
        deadline: None,
        created_at: now,
        answer: None,
        resumed_seq: None,
    }
}

async fn told(tx: &Tx<'_>, run: RunId, command: Option<&str>, by: &str) -> Result<Outcome> {
    let sql = "update runs set command = $2, command_by = $3 where id = $1";
    let values = values![run.to_string(), command.map(str::to_owned), by];
    tx.exec(sql, values).await?;
    Ok(Outcome::Told)
}

async fn woken(tx: &Tx<'_>, run: RunId, lease: &Lease, now: Timestamp) -> Result<Outcome> {
    let row = wake(tx, run, lease, now).await?;
    row.map(|row| Outcome::Woken(Box::new(row)))
        .ok_or_else(ends::lost)
}

async fn parked(tx: &Tx<'_>, hold: Hold, owner: &str, park: &Park) -> Result<Parked> {
    let run = hold.run;
    let row = lock(tx, run).await?;
    let row = row
        .filter(|row| row.is_held(hold, owner))
        .ok_or_else(ends::lost)?;
    match (row.command(), &park.whole) {
        (Some(Command::Cancel), _) => return Ok(Parked::Commanded(Command::Cancel)),
        (Some(pause), None) => return Ok(Parked::Commanded(pause)),
        (None, Some(_)) => return Ok(Parked::Commanded(Command::Resume)),
        (None, None) => {
            let answers: Vec<(WaitId, Answer)> = waits::unseen(tx, run).await?;
            if !answers.is_empty() {
                return Ok(Parked::Answered(answers));
            }
        }
        (Some(_), Some(_)) => {}
    }
    if let Some(whole) = &park.whole {
        waits::insert(tx, run, whole).await?;
    }
    tx.exec(
        "update runs set status = 'paused', lease_owner = '', lease_until = null, command = null, command_by = null,
            next_seq = $2, reply = $3, paused_at = $4, first_token_at = coalesce(first_token_at, $5)
            where id = $1",
        values![
            run.to_string(),
            count(park.next_seq),
            park.reply.clone(),
            park.at.as_millis(),
            park.first_token_at.map(Timestamp::as_millis)
        ],
    )
    .await?;
    tx.exec(
        "update messages set text = $2 where id = (select message_id from runs where id = $1)",
        values![run.to_string(), park.reply.clone()],
    )
    .await?;
    Ok(Parked::Yes)
}
