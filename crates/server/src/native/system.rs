//! The state of the installation.

use axum::extract::State;
use headwater_model::Timestamp;
use headwater_model::operations::Check;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::error::ApiError;
use crate::extract::{Auth, Json};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(get))
}

#[derive(Serialize, utoipa::ToSchema)]
struct System {
    version: String,
    /// The commit it was built from, or `unknown`.
    commit: String,
    /// `sqlite` or `postgres`.
    database: String,
    data_dir: String,
    started_at: Timestamp,
    /// How long it has been running.
    uptime_seconds: u64,
    checks: Vec<Check>,
}

/// Version, database and what a check-up finds.
#[utoipa::path(get, path = "/system", tag = "system", operation_id = "get_system", responses((status = 200, body = System)))]
async fn get(State(app): State<AppState>, Auth(caller): Auth) -> Result<Json<System>, ApiError> {
    let state = app.platform.system_state(&caller).await?;
    Ok(Json(System {
        version: state.version.to_owned(),
        commit: state.commit.to_owned(),
        database: state.database.to_owned(),
        data_dir: state.data_dir,
        started_at: state.started_at,
        uptime_seconds: state.uptime.as_secs(),
        checks: state.checks,
    }))
}
