//! Taking runs: those that lost their worker, and paused ones that go on.

use headwater_model::id::{ConversationId, FlowId, RevisionId, RunId, WorkspaceId};
use headwater_model::ports::{Command, Hold};
use headwater_model::run::RunInput;
use headwater_model::run::log::StepRecord;
use headwater_model::run::wait::WaitRecord;
use headwater_model::{Result, Timestamp};

use sea_orm::FromQueryResult;

use super::ends::lost;
use super::rows::{RUN, Row, count};
use crate::{Dialect, Store, Tx, json, values};

/// Who works on a run, and until when nobody else may.
#[derive(Clone, Debug)]
pub struct Lease {
    pub owner: String,
    pub until: Timestamp,
}

/// A run that its taker goes on with.
#[derive(Clone, Debug)]
pub struct Taken {
    pub id: RunId,
    pub workspace: WorkspaceId,
    pub revision_id: RevisionId,
    pub flow_id: Option<FlowId>,
    pub flow_name: String,
    pub conversation_id: Option<ConversationId>,
    pub input: RunInput,
    pub created_at: Timestamp,
    /// How often it was taken, this time included.
    pub epoch: u64,
    /// Until when nobody else may.
    pub until: Timestamp,
    /// Whether it was paused with everything in the log; its events go on at this number.
    pub resumed_at: Option<u64>,
    /// The highest number that the log knows to be given.
    pub last_seq: u64,
    pub paused_ms: u64,
    /// What somebody wanted of it while nobody worked on it.
    pub command: Option<Command>,
    pub steps: Vec<StepRecord>,
    pub waits: Vec<WaitRecord>,
}

impl Store {
    /// Takes runs whose worker is gone: all unfinished ones when `all`, else those whose lease is over.
    /// Paused runs have no worker and need none.
    pub async fn take_orphans(&self, lease: Lease, all: bool, limit: u32) -> Result<Vec<Taken>> {
        let now = self.now();
        let rows: Vec<Row> = self
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let before = if all { i64::MAX } else { now.as_millis() };
                    let skip = match tx.dialect() {
                        Dialect::Postgres => "for update skip locked",
                        Dialect::Sqlite => "",
                    };
                    let sql = format!(
                        "update runs set lease_owner = $1, lease_until = $2, lease_epoch = lease_epoch + 1 where id in (
                            select id from runs where finished_at is null and status <> 'paused'
                                and lease_until < $3 and lease_owner <> $1
                            order by lease_until limit $4 {skip})
                         returning {RUN}"
                    );
                    let (owner, until) = (lease.owner, lease.until.as_millis());
                    tx.all(&sql, values![owner, until, before, i64::from(limit)])
                        .await
                })
            })
            .await?;
        let mut taken = Vec::with_capacity(rows.len());
        for row in rows {
            taken.push(self.take(row, false).await?);
        }
        Ok(taken)
    }

    /// Keeps the leases of a worker's live runs alive; these.
    pub async fn renew_run_leases(&self, lease: Lease) -> Result<Vec<Hold>> {
        #[derive(FromQueryResult)]
        struct Held {
            id: String,
            lease_epoch: i64,
        }
        let rows: Vec<Held> = self
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let sql = "update runs set lease_until = $2 where lease_owner = $1 and finished_at is null
                               returning id, lease_epoch";
                    tx.all(sql, values![lease.owner, lease.until.as_millis()])
                        .await
                })
            })
            .await?;
        let read = |row: Held| {
            let epoch = u64::try_from(row.lease_epoch).unwrap_or(0);
            Ok(Hold {
                run: row.id.parse()?,
                epoch,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// Until when a worker has a run whose lease may be over by now. It locks nothing: whoever asks is
    /// in the middle of a run, and the run's own entries must not wait for it.
    ///
    /// Errors: `conflict` when somebody else has it, or when it has ended.
    pub async fn held_until(&self, hold: Hold, owner: &str) -> Result<Timestamp> {
        #[derive(FromQueryResult)]
        struct Held {
            lease_until: Option<i64>,
        }
        let sql = "select lease_until from runs
                   where id = $1 and lease_owner = $2 and lease_epoch = $3 and finished_at is null";
        let key = values![hold.run.to_string(), owner, count(hold.epoch)];
        let held: Option<Held> = self.db().one(sql, key).await?;
        let held = held.ok_or_else(lost)?;
        Ok(Timestamp::from_millis(held.lease_until.unwrap_or(0)))
    }

    /// Gives up a run that its worker cannot go on with: anybody may take it from now on.
    pub async fn let_run_go(&self, owner: &str, hold: Hold) -> Result<()> {
        let values = values![owner, hold.run.to_string(), count(hold.epoch)];
        self.let_go("lease_owner = $1 and id = $2 and lease_epoch = $3", values)
            .await
    }

    /// Gives up whatever a worker that stops still has: others need not wait for its leases to end.
    pub async fn let_runs_go(&self, owner: &str) -> Result<()> {
        self.let_go("lease_owner = $1", values![owner]).await
    }

    async fn let_go(&self, which: &'static str, values: Vec<sea_orm::Value>) -> Result<()> {
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    let sql = format!(
                        "update runs set lease_owner = '', lease_until = 0
                         where {which} and finished_at is null"
                    );
                    tx.exec(&sql, values).await.map(drop)
                })
            })
            .await
    }

    /// What a taker needs to know of a run.
    pub(super) async fn take(&self, row: Row, resumed: bool) -> Result<Taken> {
        let workspace: WorkspaceId = row.workspace_id.parse()?;
        let input: RunInput = json::read(&row.input)?;
        let next_seq = row.next_seq.and_then(|seq| u64::try_from(seq).ok());
        let paused_ms = u64::try_from(row.paused_ms).unwrap_or(0);
        let (command, epoch, until) = (row.command(), row.epoch(), row.lease_until());
        let record = row.read()?;
        let id = record.run.id;
        let steps = self.runs(workspace).log(id, 0).await?;
        let waits = self.runs(workspace).waits(id).await?;
        let numbers = steps.iter().map(|step| step.seq).chain(
            waits
                .iter()
                .map(|wait| wait.seq.max(wait.resumed_seq.unwrap_or(0))),
        );
        Ok(Taken {
            id,
            workspace,
            revision_id: record.revision_id,
            flow_id: record.run.flow_id,
            flow_name: record.run.flow_name,
            conversation_id: record.run.conversation_id,
            input,
            created_at: record.run.created_at,
            epoch,
            until,
            resumed_at: next_seq.filter(|_| resumed),
            last_seq: numbers.chain(next_seq).max().unwrap_or(0),
            paused_ms,
            command,
            steps,
            waits,
        })
    }
}

/// Makes a paused run one that `lease` works on; nothing when it is not paused.
pub(super) async fn wake(
    tx: &Tx<'_>,
    run: RunId,
    lease: &Lease,
    now: Timestamp,
) -> Result<Option<Row>> {
    let sql = format!(
        "update runs set status = 'running', lease_owner = $2, lease_until = $3, lease_epoch = lease_epoch + 1,
            paused_ms = paused_ms + ($4 - coalesce(paused_at, $4)), paused_at = null
         where id = $1 and status = 'paused' returning {RUN}"
    );
    let values = values![
        run.to_string(),
        lease.owner.clone(),
        lease.until.as_millis(),
        now.as_millis()
    ];
    tx.one(&sql, values).await
}

/// A run's row, nobody else's to change until the transaction ends.
pub(super) async fn lock(tx: &Tx<'_>, run: RunId) -> Result<Option<Row>> {
    let lock = match tx.dialect() {
        Dialect::Postgres => "for update",
        Dialect::Sqlite => "",
    };
    let sql = format!("select {RUN} from runs where id = $1 {lock}");
    tx.one(&sql, values![run.to_string()]).await
}
