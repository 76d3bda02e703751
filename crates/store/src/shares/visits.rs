//! Visitors' runs: let in within the share's limits, counted in the transaction that keeps them, so
//! that no two servers let in one too many for long.

use headwater_model::id::{RunId, ShareId};
use headwater_model::price::Usd;
use headwater_model::run::Visit;
use headwater_model::share::{ShareSettings, ShareUsage};
use headwater_model::{Code, Error, Result, Timestamp};
use sea_orm::FromQueryResult;

use super::Shares;
use crate::runs::NewRun;
use crate::{Tx, json, values};

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;

#[derive(FromQueryResult)]
struct Terms {
    enabled: i64,
    settings: String,
}

#[derive(FromQueryResult)]
struct Count {
    many: i64,
    first: Option<i64>,
}

#[derive(FromQueryResult)]
struct Used {
    many: i64,
    cost: Option<i64>,
}

#[derive(FromQueryResult)]
struct Found {
    #[expect(dead_code, reason = "that there is one is all that counts")]
    run_id: String,
}

/// Midnight, UTC, before a time.
fn midnight(now: Timestamp) -> i64 {
    now.as_millis() - now.as_millis().rem_euclid(DAY_MS)
}

/// Keeps that a visitor asked for a run, unless the share lets nobody in, or has had enough.
pub(crate) async fn keep(tx: &Tx<'_>, run: &NewRun, visit: &Visit) -> Result<()> {
    let (share, now) = (visit.share.to_string(), run.created_at);
    let sql = "select enabled, settings from shares where workspace_id = $1 and id = $2";
    let key = values![run.workspace.to_string(), share.clone()];
    let terms = tx.one::<Terms>(sql, key).await?;
    let terms = terms.filter(|terms| terms.enabled != 0);
    let settings: ShareSettings = match terms {
        Some(terms) => json::read(&terms.settings)?,
        None => return Err(Error::not_found("page")),
    };
    let since = now.as_millis() - MINUTE_MS + 1;
    let sql = "select count(*) as many, min(created_at) as first from shared_runs
        where share_id = $1 and created_at >= $2 and visitor = $3";
    let recent = values![share.clone(), since, visit.visitor.clone()];
    refuse_beyond(tx, sql, recent, settings.visitor_per_minute, |count| {
        let free_at = count.first.unwrap_or(since) + MINUTE_MS;
        let wait = seconds(free_at - now.as_millis());
        Error::new(
            Code::RateLimited,
            format!("You ask faster than this page answers. Try again in {wait} s."),
        )
        .with_limit("visitor_per_minute", Some(wait))
    })
    .await?;
    let today = midnight(now);
    let sql = "select count(*) as many, min(created_at) as first from shared_runs
        where share_id = $1 and created_at >= $2";
    refuse_beyond(
        tx,
        sql,
        values![share.clone(), today],
        settings.runs_per_day,
        |_| {
            let wait = seconds(today + DAY_MS - now.as_millis());
            Error::new(
                Code::QuotaExceeded,
                "This page has answered as much as it may today. Come back tomorrow.",
            )
            .with_limit("runs_per_day", Some(wait))
        },
    )
    .await?;
    tx.exec(
        "insert into shared_runs (run_id, workspace_id, share_id, visitor, created_at)
         values ($1, $2, $3, $4, $5)",
        values![
            run.id.to_string(),
            run.workspace.to_string(),
            share,
            visit.visitor.clone(),
            now.as_millis()
        ],
    )
    .await
    .map(drop)
}

fn seconds(millis: i64) -> u64 {
    u64::try_from(millis / 1000 + 1).unwrap_or(1)
}

async fn refuse_beyond(
    tx: &Tx<'_>,
    sql: &str,
    values: Vec<sea_orm::Value>,
    most: u32,
    refusal: impl FnOnce(Count) -> Error,
) -> Result<()> {
    match tx.one::<Count>(sql, values).await? {
        Some(count) if count.many >= i64::from(most) => Err(refusal(count)),
        _ => Ok(()),
    }
}

impl Shares<'_> {
    /// What visitors of a share did since midnight, UTC.
    pub async fn today(&self, id: ShareId) -> Result<ShareUsage> {
        let sql = "select count(*) as many, cast(sum(r.cost) as bigint) as cost
            from shared_runs v join runs r on r.id = v.run_id
            where v.workspace_id = $1 and v.share_id = $2 and v.created_at >= $3";
        let values = values![
            self.workspace.to_string(),
            id.to_string(),
            midnight(self.store.now())
        ];
        let used: Option<Used> = self.store.db().one(sql, values).await?;
        let count = |value: i64| u64::try_from(value).unwrap_or(0);
        Ok(used.map_or_else(ShareUsage::default, |used| ShareUsage {
            runs: count(used.many),
            cost: used.cost.map(|nanos| Usd::from_nanos(count(nanos))),
        }))
    }

    /// Refuses unless a run was asked for in this visit.
    pub async fn require_run(&self, visit: &Visit, run: RunId) -> Result<()> {
        let sql = "select run_id from shared_runs
            where workspace_id = $1 and share_id = $2 and visitor = $3 and run_id = $4";
        let values = values![
            self.workspace.to_string(),
            visit.share.to_string(),
            visit.visitor.clone(),
            run.to_string()
        ];
        let found: Option<Found> = self.store.db().one(sql, values).await?;
        found.map(drop).ok_or_else(|| Error::not_found("run"))
    }
}
