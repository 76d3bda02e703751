//! The state of the installation.

use axum::extract::State;
use axum::http::StatusCode;
use headwater_model::Timestamp;
use headwater_model::operations::Check;
use headwater_platform::IndexCopy as Copy;
use headwater_platform::config::IndexKind;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::error::{ApiError, Problem};
use crate::extract::{Auth, Json};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(get))
        .routes(routes!(get_copy, start_copy))
}

#[derive(Serialize, utoipa::ToSchema)]
struct System {
    version: String,
    /// The commit it was built from, or `unknown`.
    commit: String,
    /// `sqlite` or `postgres`.
    database: String,
    /// Where documents are searched: `embedded`, `pgvector` or `qdrant`.
    index: String,
    data_dir: String,
    started_at: Timestamp,
    /// How long it has been running.
    uptime_seconds: u64,
    checks: Vec<Check>,
}

/// How far the filling of another index is.
#[derive(Serialize, utoipa::ToSchema)]
struct IndexCopy {
    /// `embedded`, `pgvector` or `qdrant`.
    to: String,
    /// `filling`, `comparing`, `done` or `failed`.
    state: String,
    /// Documents copied so far.
    documents: u64,
    /// Documents there were when it began.
    of: u64,
    /// How many questions both indexes were asked.
    questions: u64,
    /// The mean share of the ten best passages that both gave, from 0 to 1.
    agreement: Option<f64>,
    error: Option<String>,
}

impl From<Copy> for IndexCopy {
    fn from(copy: Copy) -> Self {
        Self {
            to: copy.to.as_str().to_owned(),
            state: copy.state.as_str().to_owned(),
            documents: copy.documents,
            of: copy.of,
            questions: copy.questions,
            agreement: copy.agreement,
            error: copy.error,
        }
    }
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewIndexCopy {
    /// `embedded`, `pgvector` or `qdrant`.
    #[schema(value_type = String)]
    to: IndexKind,
}

/// Version, database and what a check-up finds.
#[utoipa::path(get, path = "/system", tag = "system", operation_id = "get_system", responses((status = 200, body = System)))]
async fn get(State(app): State<AppState>, Auth(caller): Auth) -> Result<Json<System>, ApiError> {
    let state = app.platform.system_state(&caller).await?;
    Ok(Json(System {
        version: state.version.to_owned(),
        commit: state.commit.to_owned(),
        database: state.database.to_owned(),
        index: state.index.as_str().to_owned(),
        data_dir: state.data_dir,
        started_at: state.started_at,
        uptime_seconds: state.uptime.as_secs(),
        checks: state.checks,
    }))
}

/// How far the filling of another index is, on the server that answers.
#[utoipa::path(get, path = "/system/index-copy", tag = "system", operation_id = "get_index_copy",
    responses((status = 200, body = IndexCopy), (status = 404, body = Problem)))]
async fn get_copy(
    State(app): State<AppState>,
    Auth(caller): Auth,
) -> Result<Json<IndexCopy>, ApiError> {
    Ok(Json(app.platform.index_copy(&caller)?.into()))
}

/// Fill another index with what all knowledge bases have, while the present one answers; afterwards
/// `knowledge.index` can be changed and the server restarted without a wait.
#[utoipa::path(post, path = "/system/index-copy", tag = "system", operation_id = "start_index_copy",
    request_body = NewIndexCopy,
    responses((status = 202, body = IndexCopy), (status = 400, body = Problem), (status = 409, body = Problem)))]
async fn start_copy(
    State(app): State<AppState>,
    Auth(caller): Auth,
    Json(body): Json<NewIndexCopy>,
) -> Result<(StatusCode, Json<IndexCopy>), ApiError> {
    let copy = app.platform.start_index_copy(&caller, body.to).await?;
    Ok((StatusCode::ACCEPTED, Json(copy.into())))
}
