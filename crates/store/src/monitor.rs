//! What the monitor is made of: runs and model calls counted by time, what goes on now, what servers
//! measured, thresholds and alerts.

mod alerts;
mod minutes;
mod tallies;

use headwater_model::Result;
use headwater_model::id::WorkspaceId;
use headwater_model::monitor::{JobsNow, NowCounts};
use sea_orm::FromQueryResult;

use crate::{Store, values};

pub use minutes::ServerMinute;
pub use tallies::{By, Tally};

/// How a workspace does.
pub struct Monitor<'s> {
    store: &'s Store,
    workspace: WorkspaceId,
}

impl Store {
    /// How a workspace does.
    pub fn monitor(&self, workspace: WorkspaceId) -> Monitor<'_> {
        Monitor {
            store: self,
            workspace,
        }
    }
}

#[derive(FromQueryResult)]
struct Named {
    name: String,
    status: String,
    n: i64,
    chunks: i64,
}

/// The lane of a kind of job, as `queue::Lane` sorts them.
fn lane(kind: &str) -> &'static str {
    match kind {
        crate::evaluations::EVALUATE => "evaluations",
        crate::sources::SYNC => "syncs",
        _ => "documents",
    }
}

fn count(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

impl Monitor<'_> {
    /// What goes on at this moment.
    pub async fn now(&self) -> Result<NowCounts> {
        let mut now = NowCounts {
            jobs: self.jobs().await?,
            ..NowCounts::default()
        };
        let sql = "select '' as name, status, count(*) as n, cast(0 as bigint) as chunks
            from runs where workspace_id = $1 and finished_at is null group by status";
        for row in self.named(sql).await? {
            match row.status.as_str() {
                "paused" => now.paused += count(row.n),
                _ => now.running += count(row.n),
            }
        }
        let sql = "select '' as name, status, count(*) as n, cast(sum(chunks) as bigint) as chunks
            from documents where workspace_id = $1 group by status";
        for row in self.named(sql).await? {
            match row.status.as_str() {
                "ready" => {
                    now.documents_ready += count(row.n);
                    now.chunks += count(row.chunks);
                }
                "failed" | "needs_ocr" => now.documents_failed += count(row.n),
                "cancelled" => {}
                _ => now.documents_waiting += count(row.n),
            }
        }
        Ok(now)
    }

    async fn jobs(&self) -> Result<Vec<JobsNow>> {
        let mut lanes: Vec<JobsNow> = ["documents", "evaluations", "syncs"]
            .into_iter()
            .map(|lane| JobsNow {
                lane: lane.to_owned(),
                waiting: 0,
                running: 0,
                failed: 0,
            })
            .collect();
        let sql = "select kind as name, status, count(*) as n, cast(0 as bigint) as chunks
            from jobs where workspace_id = $1 group by kind, status";
        for row in self.named(sql).await? {
            let lane = lane(&row.name);
            let Some(jobs) = lanes.iter_mut().find(|jobs| jobs.lane == lane) else {
                continue;
            };
            match row.status.as_str() {
                "running" => jobs.running += count(row.n),
                "dead" => jobs.failed += count(row.n),
                _ => jobs.waiting += count(row.n),
            }
        }
        Ok(lanes)
    }

    async fn named(&self, sql: &str) -> Result<Vec<Named>> {
        let values = values![self.workspace.to_string()];
        self.store.db().all(sql, values).await
    }
}
