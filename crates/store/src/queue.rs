//! Jobs: claimed under a lease, retried with growing pauses, kept when dead.
//!
//! A job is enqueued in the transaction of the thing it is about and leaves the table in the
//! transaction of its result.

use headwater_model::id::{JobId, WorkspaceId};
use headwater_model::job::{Job, JobStatus};
use headwater_model::{Error, Result, Timestamp};
use sea_orm::FromQueryResult;
use serde_json::Value;

use crate::{Dialect, Store, Tx, values};

/// How long a claimed job is left alone without a heartbeat.
pub const LEASE_MILLIS: i64 = 30_000;
/// After so many attempts a job that may pass counts as one that will not.
pub const MOST_ATTEMPTS: u32 = 3;

/// All workspaces' jobs.
pub struct Queue<'s> {
    store: &'s Store,
}

impl Store {
    /// All workspaces' jobs; only workers look at them.
    pub fn queue(&self) -> Queue<'_> {
        Queue { store: self }
    }
}

#[derive(FromQueryResult)]
struct Row {
    id: String,
    workspace_id: String,
    kind: String,
    payload: String,
    attempts: i64,
    run_at: i64,
    last_error: Option<String>,
}

#[derive(FromQueryResult)]
struct Count {
    n: i64,
}

impl Row {
    fn read(self) -> Result<Job> {
        Ok(Job {
            id: self.id.parse()?,
            workspace: self.workspace_id.parse()?,
            kind: self.kind,
            payload: serde_json::from_str(&self.payload).map_err(Error::internal)?,
            status: JobStatus::Running,
            attempts: u32::try_from(self.attempts).unwrap_or(u32::MAX),
            run_at: Timestamp::from_millis(self.run_at),
            last_error: self.last_error,
        })
    }
}

const DUE: &str =
    "((status = 'queued' and run_at <= $1) or (status = 'running' and lease_until < $1))";

/// Which jobs a worker takes: what takes long has workers of its own, so that nothing waits behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// All jobs that no other lane has.
    Documents,
    /// Evaluations.
    Evaluations,
    /// Looks at sources.
    Syncs,
}

impl Lane {
    const fn due(self) -> &'static str {
        match self {
            Self::Documents => "kind not in ('evaluate', 'sync')",
            Self::Evaluations => "kind = 'evaluate'",
            Self::Syncs => "kind = 'sync'",
        }
    }
}

impl Queue<'_> {
    /// Takes the next job of a lane that is due, for `owner`.
    pub async fn claim(&self, owner: &str, lane: Lane) -> Result<Option<Job>> {
        let now = self.store.now();
        let lane = lane.due();
        // A look first: an idle server writes nothing.
        let look = format!(
            "select count(*) as n from (select id from jobs where {DUE} and {lane} limit 1) due"
        );
        let due: Option<Count> = self.store.db().one(&look, values![now.as_millis()]).await?;
        if due.is_none_or(|due| due.n == 0) {
            return Ok(None);
        }
        let skip = match self.store.db().dialect() {
            Dialect::Postgres => "for update skip locked",
            Dialect::Sqlite => "",
        };
        let sql = format!(
            "update jobs set status = 'running', attempts = attempts + 1, lease_owner = $2, lease_until = $3
             where id = (select id from jobs where {DUE} and {lane} order by run_at, id limit 1 {skip})
             returning id, workspace_id, kind, payload, attempts, run_at, last_error"
        );
        let values = values![
            now.as_millis(),
            owner,
            now.plus_millis(LEASE_MILLIS).as_millis()
        ];
        let row: Option<Row> = self
            .store
            .db()
            .write(move |tx| Box::pin(async move { tx.one(&sql, values).await }))
            .await?;
        row.map(Row::read).transpose()
    }

    /// Holds on to a job; false when it is not ours any more.
    pub async fn heartbeat(&self, job: JobId, owner: &str) -> Result<bool> {
        let until = self.store.now().plus_millis(LEASE_MILLIS).as_millis();
        let values = values![job.to_string(), owner, until];
        let changed = self
            .store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    tx.exec(
                        "update jobs set lease_until = $3 where id = $1 and lease_owner = $2 and status = 'running'",
                        values,
                    )
                    .await
                })
            })
            .await?;
        Ok(changed > 0)
    }

    /// Gives a job back undone, as when the server stops; the attempt does not count.
    pub async fn release(&self, job: JobId, owner: &str) -> Result<()> {
        let values = values![job.to_string(), owner];
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    tx.exec(
                        "update jobs set status = 'queued', attempts = attempts - 1, lease_owner = null, lease_until = null
                         where id = $1 and lease_owner = $2 and status = 'running'",
                        values,
                    )
                    .await
                })
            })
            .await
            .map(drop)
    }

    /// At start: on SQLite nobody else can hold a lease, so what a crash left is due at once.
    pub async fn recover(&self) -> Result<u64> {
        if self.store.db().dialect() == Dialect::Postgres {
            return Ok(0);
        }
        self.store
            .db()
            .write(|tx| {
                Box::pin(async move {
                    tx.exec(
                        "update jobs set status = 'queued', attempts = attempts - 1, lease_owner = null, lease_until = null
                         where status = 'running'",
                        vec![],
                    )
                    .await
                })
            })
            .await
    }

    /// Jobs nobody has finished or given up, in all workspaces.
    pub async fn unfinished(&self) -> Result<u64> {
        let count: Option<Count> = self
            .store
            .db()
            .one(
                "select count(*) as n from jobs where status <> 'dead'",
                vec![],
            )
            .await?;
        Ok(count.map_or(0, |count| u64::try_from(count.n).unwrap_or(0)))
    }
}

/// Adds a job about `target` in the caller's transaction.
pub(crate) async fn enqueue(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    kind: &str,
    target: &str,
    payload: &Value,
    at: Timestamp,
) -> Result<()> {
    let id = JobId::new(at, rand::random());
    tx.exec(
        "insert into jobs (id, workspace_id, kind, target, payload, status, attempts, run_at, created_at)
         values ($1, $2, $3, $4, $5, 'queued', 0, $6, $6)",
        values![
            id.to_string(),
            workspace.to_string(),
            kind,
            target,
            payload.to_string(),
            at.as_millis()
        ],
    )
    .await
    .map(drop)
}

/// Whether a job is still this worker's.
pub(crate) async fn is_held(tx: &Tx<'_>, job: JobId, owner: &str) -> Result<bool> {
    let sql = "select count(*) as n from jobs
        where id = $1 and lease_owner = $2 and status = 'running'";
    let count: Option<Count> = tx.one(sql, values![job.to_string(), owner]).await?;
    Ok(count.is_some_and(|count| count.n > 0))
}

/// Takes a finished job out, in the transaction of its result; `conflict` when another has it.
pub(crate) async fn complete(tx: &Tx<'_>, job: JobId, owner: &str) -> Result<()> {
    let sql = "delete from jobs where id = $1 and lease_owner = $2 and status = 'running'";
    held(tx.exec(sql, values![job.to_string(), owner]).await?)
}

/// Puts a failed job off until `again`, or gives it up; `conflict` when another has it.
pub(crate) async fn fail(
    tx: &Tx<'_>,
    job: JobId,
    owner: &str,
    again: Option<Timestamp>,
    error: &str,
) -> Result<()> {
    let status = if again.is_some() { "queued" } else { "dead" };
    let run_at = again.map(Timestamp::as_millis);
    held(
        tx.exec(
            "update jobs set status = $3, run_at = coalesce($4, run_at), last_error = $5,
                lease_owner = null, lease_until = null
             where id = $1 and lease_owner = $2 and status = 'running'",
            values![job.to_string(), owner, status, run_at, error],
        )
        .await?,
    )
}

/// Forgets every job about `target`.
pub(crate) async fn forget(tx: &Tx<'_>, workspace: WorkspaceId, target: &str) -> Result<()> {
    tx.exec(
        "delete from jobs where workspace_id = $1 and target = $2",
        values![workspace.to_string(), target],
    )
    .await
    .map(drop)
}

fn held(changed: u64) -> Result<()> {
    if changed == 0 {
        return Err(Error::conflict("Another worker has this job now."));
    }
    Ok(())
}
