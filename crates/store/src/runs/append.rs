//! Appending to the logs of many runs at once: what waits together is written together, in one
//! transaction of few statements, so that a busy server pays for rows and not for round trips.

use std::collections::HashMap;
use std::sync::Arc;

use headwater_model::id::{RunId, WorkspaceId};
use headwater_model::ports::Hold;
use headwater_model::run::RunOutcome;
use headwater_model::run::log::LogEntry;
use headwater_model::{Code, Error, Result, Timestamp};
use parking_lot::Mutex;
use sea_orm::{FromQueryResult, Value};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::{NewRun, ends, insert, rows, waits};
use crate::db::{Db, Dialect};
use crate::{Store, Tx};

/// How many appends may share one transaction.
const BATCH: usize = 256;
/// How many appends may wait; beyond it runs wait to get in.
const QUEUE: usize = 4096;
/// Transactions under way at once where the database takes several writers. A run has one append
/// under way at a time, so its entries stay in order.
const POSTGRES_WRITERS: usize = 4;

/// Entries of one run, to be kept together or not at all.
pub(crate) struct Append {
    /// The run itself, when these are its first entries and it is not kept yet.
    pub create: Option<NewRun>,
    pub hold: Hold,
    /// Who holds the run; entries of anybody else are refused.
    pub owner: String,
    pub entries: Vec<LogEntry>,
}

type Waiting = (Arc<Append>, oneshot::Sender<Result<()>>);

/// The queue in front of the log, and the tasks that empty it.
pub(crate) struct LogQueue {
    queue: Mutex<Option<mpsc::Sender<Waiting>>>,
    writers: Mutex<Vec<JoinHandle<()>>>,
}

impl LogQueue {
    #[expect(
        clippy::disallowed_methods,
        reason = "the writers live exactly as long as the database"
    )]
    pub(crate) fn start(db: &Arc<Db>) -> Self {
        let (queue, receiver) = mpsc::channel(QUEUE);
        let receiver = Arc::new(tokio::sync::Mutex::new(receiver));
        let writers = match db.dialect() {
            Dialect::Sqlite => 1,
            Dialect::Postgres => POSTGRES_WRITERS,
        };
        let writers = (0..writers)
            .map(|_| tokio::spawn(write_on(Arc::clone(db), Arc::clone(&receiver))))
            .collect();
        Self {
            queue: Mutex::new(Some(queue)),
            writers: Mutex::new(writers),
        }
    }

    async fn append(&self, append: Append) -> Result<()> {
        let queue = self.queue.lock().clone().ok_or_else(closed)?;
        let (reply, answer) = oneshot::channel();
        queue
            .send((Arc::new(append), reply))
            .await
            .map_err(|_| closed())?;
        drop(queue);
        answer.await.map_err(|_| closed())?
    }

    /// Writes what waits and stops.
    pub(crate) async fn close(&self) {
        drop(self.queue.lock().take());
        let writers = std::mem::take(&mut *self.writers.lock());
        for writer in writers {
            if let Err(error) = writer.await {
                tracing::error!(%error, "closing the run log");
            }
        }
    }
}

impl Store {
    /// Appends to a run's log; keeps the run first when `create` is given. Durable when this returns.
    ///
    /// Errors: `conflict` when the run has ended or was taken by another worker, or again, by now.
    pub async fn append_run_log(
        &self,
        create: Option<NewRun>,
        hold: Hold,
        owner: String,
        entries: Vec<LogEntry>,
    ) -> Result<()> {
        let append = Append {
            create,
            hold,
            owner,
            entries,
        };
        self.log_queue().append(append).await
    }
}

fn closed() -> Error {
    Error::new(
        Code::Unavailable,
        "The server is shutting down. Try again in a moment.",
    )
}

async fn write_on(db: Arc<Db>, receiver: Arc<tokio::sync::Mutex<mpsc::Receiver<Waiting>>>) {
    let mut waiting = Vec::with_capacity(BATCH);
    loop {
        if receiver.lock().await.recv_many(&mut waiting, BATCH).await == 0 {
            return;
        }
        let (appends, replies): (Vec<_>, Vec<_>) = waiting.drain(..).unzip();
        let results = keep(&db, appends).await;
        for (reply, result) in replies.into_iter().zip(results) {
            // A run that went away does not want the answer; the write stands all the same.
            let _ = reply.send(result);
        }
    }
}

/// Writes a batch; when it fails as a whole, each append alone, so that one does not fail another.
async fn keep(db: &Db, appends: Vec<Arc<Append>>) -> Vec<Result<()>> {
    match transaction(db, appends.clone()).await {
        Ok(results) => results,
        Err(error) if appends.len() == 1 => vec![Err(error)],
        Err(_) => {
            let mut results = Vec::with_capacity(appends.len());
            for append in appends {
                let alone = transaction(db, vec![append]).await;
                results.push(alone.and_then(|mut results| results.swap_remove(0)));
            }
            results
        }
    }
}

async fn transaction(db: &Db, appends: Vec<Arc<Append>>) -> Result<Vec<Result<()>>> {
    db.write(move |tx| Box::pin(async move { write(tx, &appends).await }))
        .await
}

/// All appends in a handful of statements. The outer error fails the batch, an inner one its append.
async fn write(tx: &Tx<'_>, appends: &[Arc<Append>]) -> Result<Vec<Result<()>>> {
    let held = holders(tx, appends).await?;
    let accepted = |append: &Append| {
        append.create.is_some()
            || held
                .get(&append.hold.run)
                .is_some_and(|held| held.owner == append.owner && held.epoch == append.hold.epoch)
    };
    let mut created = Vec::new();
    let mut steps = Vec::new();
    let mut calls = Vec::new();
    let mut asked = Vec::new();
    let mut ended = Vec::new();
    for append in appends.iter().filter(|append| accepted(append)) {
        let end = append.end();
        match &append.create {
            Some(new) if new.turn.is_none() && new.idempotency.is_none() => {
                created.push((new, end));
            }
            create => {
                if let Some(new) = create {
                    insert(tx, new).await?;
                }
                ended.extend(end.map(|end| (append, end)));
            }
        }
        let workspace = match &append.create {
            Some(new) => Some(new.workspace),
            None => held.get(&append.hold.run).map(|held| held.workspace),
        };
        calls.extend(append.entries.iter().filter_map(|entry| match entry {
            LogEntry::Step(step) if !step.trace.calls.is_empty() => {
                Some((append.hold.run, workspace?, step))
            }
            _ => None,
        }));
        steps.extend(append.entries.iter().filter_map(|entry| match entry {
            LogEntry::Step(step) => Some((append.hold.run, step)),
            LogEntry::Wait(_) | LogEntry::End { .. } => None,
        }));
        asked.extend(append.entries.iter().filter_map(|entry| match entry {
            LogEntry::Wait(wait) => Some((append.hold.run, wait)),
            LogEntry::Step(_) | LogEntry::End { .. } => None,
        }));
    }
    rows::insert_runs(tx, &created).await?;
    rows::insert_steps(tx, &steps).await?;
    rows::insert_calls(tx, &calls).await?;
    for (run, wait) in asked {
        waits::insert(tx, run, wait).await?;
    }
    for (run, step) in steps.iter().filter(|(_, step)| step.kind == "human") {
        waits::close(tx, *run, step).await?;
    }
    for (append, end) in ended {
        ends::end(tx, append.hold, &append.owner, end).await?;
    }
    Ok(appends
        .iter()
        .map(|append| match accepted(append) {
            true => Ok(()),
            false => Err(ends::lost()),
        })
        .collect())
}

/// How a run ended: the terminal event's number, when, and with what.
#[derive(Clone, Copy)]
pub(super) struct End<'a> {
    pub seq: u64,
    pub at: Timestamp,
    pub outcome: &'a RunOutcome,
}

impl Append {
    fn end(&self) -> Option<End<'_>> {
        self.entries.iter().find_map(|entry| match entry {
            LogEntry::End { seq, at, outcome } => Some(End {
                seq: *seq,
                at: *at,
                outcome,
            }),
            LogEntry::Step(_) | LogEntry::Wait(_) => None,
        })
    }
}

/// Who holds an unfinished run.
struct Held {
    workspace: WorkspaceId,
    owner: String,
    epoch: u64,
}

/// Who holds each unfinished run. On Postgres the rows stay locked until the entries are in, so that
/// nobody takes a run over between the question and the answer.
async fn holders(tx: &Tx<'_>, appends: &[Arc<Append>]) -> Result<HashMap<RunId, Held>> {
    #[derive(FromQueryResult)]
    struct Holder {
        id: String,
        workspace_id: String,
        lease_owner: String,
        lease_epoch: i64,
    }
    let mut ids: Vec<Value> = appends
        .iter()
        .filter(|append| append.create.is_none())
        .map(|append| append.hold.run.to_string().into())
        .collect();
    let Some(last) = ids.last().cloned() else {
        return Ok(HashMap::new());
    };
    // Few lengths, so that few statements are prepared: the last id is named again to fill up.
    ids.resize(ids.len().next_power_of_two(), last);
    let places: Vec<String> = (1..=ids.len()).map(|place| format!("${place}")).collect();
    let lock = match tx.dialect() {
        Dialect::Postgres => "order by id for update",
        Dialect::Sqlite => "",
    };
    let sql = format!(
        "select id, workspace_id, lease_owner, lease_epoch from runs where id in ({}) and finished_at is null {lock}",
        places.join(", ")
    );
    let rows: Vec<Holder> = tx.all(&sql, ids).await?;
    rows.into_iter()
        .map(|row| {
            let held = Held {
                workspace: row.workspace_id.parse()?,
                owner: row.lease_owner,
                epoch: u64::try_from(row.lease_epoch).unwrap_or(0),
            };
            Ok((row.id.parse()?, held))
        })
        .collect()
}
