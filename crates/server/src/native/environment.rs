//! Environment values of the workspace.

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::error::{ApiError, Problem};
use crate::extract::{Auth, Json, PathId};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(set, unset))
}

#[derive(Serialize, utoipa::ToSchema)]
struct Environment {
    /// By name.
    #[schema(value_type = Object)]
    values: Map<String, Value>,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewValue {
    #[schema(value_type = Object)]
    value: Value,
}

/// What the workspace sets in place of its flows' environment values.
#[utoipa::path(get, path = "/environment", tag = "environment", operation_id = "list_environment",
    responses((status = 200, body = Environment)))]
async fn list(
    State(app): State<AppState>,
    Auth(caller): Auth,
) -> Result<Json<Environment>, ApiError> {
    let values = app.platform.environment(&caller).await?;
    Ok(Json(Environment { values }))
}

/// Set an environment value; runs that have begun keep theirs.
#[utoipa::path(put, path = "/environment/{name}", tag = "environment", operation_id = "set_environment", params(("name" = String, Path)),
    request_body = NewValue, responses((status = 204), (status = 400, body = Problem)))]
async fn set(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(name): PathId<String>,
    Json(body): Json<NewValue>,
) -> Result<StatusCode, ApiError> {
    app.platform
        .set_environment(&caller, &name, body.value)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take an environment value back: flows have their own again.
#[utoipa::path(delete, path = "/environment/{name}", tag = "environment", operation_id = "unset_environment", params(("name" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn unset(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(name): PathId<String>,
) -> Result<StatusCode, ApiError> {
    app.platform.unset_environment(&caller, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}
