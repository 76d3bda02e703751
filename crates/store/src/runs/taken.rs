//! Taking runs: those that lost their worker, and paused ones that go on.

use headwater_model::id::{ConversationId, FlowId, RevisionId, RunId, WorkspaceId};
use headwater_model::ports::Command;
use headwater_model::run::RunInput;
use headwater_model::run::log::StepRecord;
use headwater_model::run::wait::WaitRecord;
use headwater_model::{Result, Timestamp};

use super::rows::{RUN, Row};
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
                        "update runs set lease_owner = $1, lease_until = $2 where id in (
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

    /// Keeps the leases of a worker's live runs alive.
    pub async fn renew_run_leases(&self, lease: Lease) -> Result<()> {
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    let sql = "update runs set lease_until = $2 where lease_owner = $1 and finished_at is null";
                    tx.exec(sql, values![lease.owner, lease.until.as_millis()]).await.map(drop)
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
        let command = row.command();
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
        "update runs set status = 'running', lease_owner = $2, lease_until = $3,
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
