//! How the workspace and the servers do.

use axum::extract::State;
use headwater_model::Error;
use headwater_model::monitor::{
    Alert, Looked, Overview, Range, SystemReport, Threshold, UsageReport,
};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::time;
use crate::AppState;
use crate::error::{ApiError, Problem};
use crate::extract::{Auth, Json, Params};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(overview))
        .routes(routes!(usage))
        .routes(routes!(system))
        .routes(routes!(thresholds, set_thresholds))
        .routes(routes!(alerts))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct LookedQuery {
    /// How far back: `15m`, `1h` (when absent), `6h`, `24h`, `7d` or `30d`.
    range: Option<String>,
    /// Or a time of one's own, from a minute to 31 days long: when it begins, such as
    /// `2026-01-31T12:00:00Z`, or a date (UTC).
    from: Option<String>,
    /// And when it ends.
    to: Option<String>,
}

impl LookedQuery {
    fn read(&self) -> Result<Looked, Error> {
        let (from, to) = (self.from.as_deref(), self.to.as_deref());
        match (time("from", from)?, time("to", to)?) {
            (None, None) => {
                let range = self.range.as_deref();
                range
                    .map_or(Ok(Range::Hour), Range::parse)
                    .map(Looked::Back)
            }
            (Some(from), Some(to)) if self.range.is_none() => Looked::own(from, to),
            (Some(_), Some(_)) => Err(Error::invalid(
                "range",
                "Give either range, or from and to.",
            )),
            (from, _) => {
                let missing = if from.is_none() { "from" } else { "to" };
                Err(Error::invalid(
                    missing,
                    "from and to belong together: give both.",
                ))
            }
        }
    }
}

/// All thresholds of a workspace.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Thresholds {
    items: Vec<Threshold>,
}

/// Alerts of the last 30 days, at most 100; those that go on come first.
#[derive(Serialize, utoipa::ToSchema)]
struct Alerts {
    items: Vec<Alert>,
}

/// Runs, how long they took, what waits, and the figures that may have thresholds.
#[utoipa::path(get, path = "/monitor/overview", tag = "monitor", operation_id = "get_monitor_overview", params(LookedQuery),
    responses((status = 200, body = Overview), (status = 400, body = Problem)))]
async fn overview(
    State(app): State<AppState>,
    Auth(caller): Auth,
    Params(looked): Params<LookedQuery>,
) -> Result<Json<Overview>, ApiError> {
    let looked = looked.read()?;
    let overview = app.platform.monitor_overview(&caller, looked).await?;
    Ok(Json(std::sync::Arc::unwrap_or_clone(overview)))
}

/// Tokens and cost, by flow, by model and by member.
#[utoipa::path(get, path = "/monitor/usage", tag = "monitor", operation_id = "get_monitor_usage", params(LookedQuery),
    responses((status = 200, body = UsageReport), (status = 400, body = Problem)))]
async fn usage(
    State(app): State<AppState>,
    Auth(caller): Auth,
    Params(looked): Params<LookedQuery>,
) -> Result<Json<UsageReport>, ApiError> {
    let looked = looked.read()?;
    let usage = app.platform.monitor_usage(&caller, looked).await?;
    Ok(Json(std::sync::Arc::unwrap_or_clone(usage)))
}

/// Requests, memory, processor time, caches and ingestion of the servers.
#[utoipa::path(get, path = "/monitor/system", tag = "monitor", operation_id = "get_monitor_system", params(LookedQuery),
    responses((status = 200, body = SystemReport), (status = 400, body = Problem)))]
async fn system(
    State(app): State<AppState>,
    Auth(caller): Auth,
    Params(looked): Params<LookedQuery>,
) -> Result<Json<SystemReport>, ApiError> {
    let looked = looked.read()?;
    Ok(Json(app.platform.monitor_system(&caller, looked).await?))
}

/// What figures should not exceed.
#[utoipa::path(get, path = "/monitor/thresholds", tag = "monitor", operation_id = "list_thresholds",
    responses((status = 200, body = Thresholds)))]
async fn thresholds(
    State(app): State<AppState>,
    Auth(caller): Auth,
) -> Result<Json<Thresholds>, ApiError> {
    let items = app.platform.thresholds(&caller).await?;
    Ok(Json(Thresholds { items }))
}

/// Set what figures should not exceed; figures that are not named have no threshold any more.
#[utoipa::path(put, path = "/monitor/thresholds", tag = "monitor", operation_id = "set_thresholds", request_body = Thresholds,
    responses((status = 200, body = Thresholds), (status = 400, body = Problem)))]
async fn set_thresholds(
    State(app): State<AppState>,
    Auth(caller): Auth,
    Json(body): Json<Thresholds>,
) -> Result<Json<Thresholds>, ApiError> {
    let items = app.platform.set_thresholds(&caller, body.items).await?;
    Ok(Json(Thresholds { items }))
}

/// When figures were above their thresholds.
#[utoipa::path(get, path = "/monitor/alerts", tag = "monitor", operation_id = "list_alerts",
    responses((status = 200, body = Alerts)))]
async fn alerts(State(app): State<AppState>, Auth(caller): Auth) -> Result<Json<Alerts>, ApiError> {
    let items = app.platform.alerts(&caller).await?;
    Ok(Json(Alerts { items }))
}
