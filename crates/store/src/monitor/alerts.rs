//! What figures should not exceed, and when they did.

use headwater_model::Result;
use headwater_model::Timestamp;
use headwater_model::id::{AlertId, WorkspaceId};
use headwater_model::monitor::{Alert, Figure, FigureNow, Threshold};
use sea_orm::FromQueryResult;

use super::Monitor;
use crate::audit::{self, AuditDraft};
use crate::{Store, Tx, values};

/// How many alerts are told.
const TOLD: i64 = 100;

#[derive(FromQueryResult)]
struct ThresholdRow {
    figure: String,
    most: f64,
}

#[derive(FromQueryResult)]
struct Watched {
    workspace_id: String,
}

#[derive(FromQueryResult)]
struct Row {
    id: String,
    figure: String,
    most: f64,
    value: f64,
    worst: f64,
    since: i64,
    ended_at: Option<i64>,
}

impl Row {
    fn read(self) -> Result<Alert> {
        Ok(Alert {
            id: self.id.parse()?,
            figure: Figure::parse(&self.figure)?,
            limit: self.most,
            value: self.value,
            worst: self.worst,
            since: Timestamp::from_millis(self.since),
            ended_at: self.ended_at.map(Timestamp::from_millis),
        })
    }
}

impl Store {
    /// The workspaces whose figures are watched, or were when they were last too high.
    pub async fn watched_workspaces(&self) -> Result<Vec<WorkspaceId>> {
        let sql = "select distinct workspace_id from thresholds";
        let rows: Vec<Watched> = self.db().all(sql, values![]).await?;
        rows.into_iter()
            .map(|row| row.workspace_id.parse())
            .collect()
    }
}

impl Monitor<'_> {
    /// What figures should not exceed.
    pub async fn thresholds(&self) -> Result<Vec<Threshold>> {
        let sql = "select figure, most from thresholds where workspace_id = $1 order by figure";
        let values = values![self.workspace.to_string()];
        let rows: Vec<ThresholdRow> = self.store.db().all(sql, values).await?;
        let read = |row: ThresholdRow| {
            let figure = Figure::parse(&row.figure)?;
            Ok(Threshold {
                figure,
                limit: row.most,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// Sets all thresholds; those that are not among them are no more.
    pub async fn set_thresholds(&self, thresholds: Vec<Threshold>, by: &str) -> Result<()> {
        let (workspace, now) = (self.workspace, self.store.now());
        let told: Vec<String> = thresholds
            .iter()
            .map(|threshold| format!("{} {}", threshold.figure.as_str(), threshold.limit))
            .collect();
        let told = match told.is_empty() {
            true => "None any more.".to_owned(),
            false => told.join(", "),
        };
        let draft = AuditDraft::new(by, "monitor.thresholds", workspace).detail(told);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let sql = "delete from thresholds where workspace_id = $1";
                    tx.exec(sql, values![workspace.to_string()]).await?;
                    for threshold in thresholds {
                        tx.exec(
                            "insert into thresholds (workspace_id, figure, most, updated_at) values ($1, $2, $3, $4)",
                            values![
                                workspace.to_string(),
                                threshold.figure.as_str(),
                                threshold.limit,
                                now.as_millis()
                            ],
                        )
                        .await?;
                    }
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await
    }

    /// Those that go on first, then the latest.
    pub async fn alerts(&self) -> Result<Vec<Alert>> {
        let sql = "select id, figure, most, value, worst, since, ended_at from alerts
            where workspace_id = $1
            order by case when ended_at is null then 0 else 1 end, since desc, id limit $2";
        let values = values![self.workspace.to_string(), TOLD];
        let rows: Vec<Row> = self.store.db().all(sql, values).await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// Begins, goes on with and ends alerts as the figures are now. Writes nothing when all is well.
    pub async fn look_at(&self, figures: Vec<FigureNow>) -> Result<()> {
        let (workspace, now) = (self.workspace, self.store.now());
        let quiet = !figures.iter().any(|figure| figure.exceeded);
        if quiet && !self.any_open().await? {
            return Ok(());
        }
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    for figure in figures {
                        keep(tx, workspace, now, figure).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    async fn any_open(&self) -> Result<bool> {
        let sql = "select id, figure, most, value, worst, since, ended_at from alerts
            where workspace_id = $1 and ended_at is null limit 1";
        let values = values![self.workspace.to_string()];
        let row: Option<Row> = self.store.db().one(sql, values).await?;
        Ok(row.is_some())
    }
}

async fn keep(
    tx: &Tx<'_>,
    workspace: WorkspaceId,
    now: Timestamp,
    figure: FigureNow,
) -> Result<()> {
    let name = figure.figure.as_str();
    let (Some(value), Some(limit), true) = (figure.value, figure.limit, figure.exceeded) else {
        let sql = "update alerts set ended_at = $3
            where workspace_id = $1 and figure = $2 and ended_at is null";
        let values = values![workspace.to_string(), name, now.as_millis()];
        return tx.exec(sql, values).await.map(drop);
    };
    let sql = "update alerts set value = $3, most = $4, worst = case when worst < $3 then $3 else worst end
        where workspace_id = $1 and figure = $2 and ended_at is null";
    let values = values![workspace.to_string(), name, value, limit];
    if tx.exec(sql, values).await? > 0 {
        return Ok(());
    }
    // Another server may have been quicker.
    let id = AlertId::new(now, rand::random());
    tx.exec(
        "insert into alerts (id, workspace_id, figure, most, value, worst, since)
         values ($1, $2, $3, $4, $5, $5, $6) on conflict do nothing",
        values![
            id.to_string(),
            workspace.to_string(),
            name,
            limit,
            value,
            now.as_millis()
        ],
    )
    .await
    .map(drop)
}
