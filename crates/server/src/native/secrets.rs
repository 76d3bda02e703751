//! Secrets of the workspace. Their texts come in and never go out.

use axum::extract::State;
use axum::http::StatusCode;
use headwater_model::ports::Secret;
use headwater_model::secret::KeptSecret;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::error::{ApiError, Problem};
use crate::extract::{Auth, Json, PathId};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(set, remove))
}

#[derive(Serialize, utoipa::ToSchema)]
struct Secrets {
    /// By name, without their texts.
    secrets: Vec<KeptSecret>,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewSecret {
    /// The text, kept as it is: 4 characters to 64 KiB. No answer of this API ever has it.
    #[schema(write_only)]
    value: String,
}

/// What secrets the workspace has: their names, when they were set, and by whom.
#[utoipa::path(get, path = "/secrets", tag = "secrets", operation_id = "list_secrets",
    responses((status = 200, body = Secrets)))]
async fn list(State(app): State<AppState>, Auth(caller): Auth) -> Result<Json<Secrets>, ApiError> {
    let secrets = app.platform.secrets(&caller).await?;
    Ok(Json(Secrets { secrets }))
}

/// Set a secret; whatever sends it sends the new text from now on.
#[utoipa::path(put, path = "/secrets/{name}", tag = "secrets", operation_id = "set_secret", params(("name" = String, Path)),
    request_body = NewSecret, responses((status = 204), (status = 400, body = Problem)))]
async fn set(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(name): PathId<String>,
    Json(body): Json<NewSecret>,
) -> Result<StatusCode, ApiError> {
    app.platform
        .set_secret(&caller, &name, Secret::new(body.value))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Remove a secret; runs that would send it are refused from now on.
#[utoipa::path(delete, path = "/secrets/{name}", tag = "secrets", operation_id = "remove_secret", params(("name" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn remove(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(name): PathId<String>,
) -> Result<StatusCode, ApiError> {
    app.platform.remove_secret(&caller, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}
