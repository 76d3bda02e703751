//! The last runs of several flows at once.

use std::collections::HashMap;

use headwater_model::flow::RecentRun;
use headwater_model::id::FlowId;
use headwater_model::{Result, Timestamp};
use sea_orm::FromQueryResult;

use super::Runs;
use crate::{json, values};

/// Databases bound how many selects one statement joins; SQLite at 500.
const AT_ONCE: usize = 200;

#[derive(FromQueryResult)]
struct Row {
    id: String,
    flow_id: String,
    status: String,
    created_at: i64,
    finished_at: Option<i64>,
}

impl Row {
    fn read(self) -> Result<(FlowId, RecentRun)> {
        let run = RecentRun {
            id: self.id.parse()?,
            status: json::named(&self.status)?,
            created_at: Timestamp::from_millis(self.created_at),
            finished_at: self.finished_at.map(Timestamp::from_millis),
        };
        Ok((self.flow_id.parse()?, run))
    }
}

impl Runs<'_> {
    /// Of each flow its last `count` runs, newest first; flows that never ran are left out. Each flow
    /// is looked up by itself, so that a busy one does not cost the others.
    pub async fn recent(
        &self,
        flows: &[FlowId],
        count: u32,
    ) -> Result<HashMap<FlowId, Vec<RecentRun>>> {
        let mut recent: HashMap<FlowId, Vec<RecentRun>> = HashMap::new();
        for some in flows.chunks(AT_ONCE) {
            let mut values = values![self.workspace.to_string(), i64::from(count)];
            let each = some.iter().map(|flow| {
                values.push(flow.to_string().into());
                format!(
                    "select * from (select id, flow_id, status, created_at, finished_at from runs
                     where workspace_id = $1 and flow_id = ${} order by id desc limit $2) as its",
                    values.len()
                )
            });
            let sql = each.collect::<Vec<_>>().join(" union all ");
            let rows: Vec<Row> = self.store.db().all(&sql, values).await?;
            for row in rows {
                let (flow, run) = row.read()?;
                recent.entry(flow).or_default().push(run);
            }
        }
        for runs in recent.values_mut() {
            runs.sort_unstable_by_key(|run| std::cmp::Reverse(run.id.to_string()));
        }
        Ok(recent)
    }
}
