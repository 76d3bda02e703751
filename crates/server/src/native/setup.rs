//! The first visitor creates the owner account.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use headwater_platform::identity::NewOwner;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::session::{Me, signed_in};
use crate::AppState;
use crate::error::{ApiError, Problem};
use crate::extract::{Json, bearer};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(state, create))
}

/// Whether the owner is still to be created.
#[derive(Serialize, utoipa::ToSchema)]
struct SetupState {
    needed: bool,
    /// Whether the one-time code printed by the server must be sent.
    code_required: bool,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SetupRequest {
    email: String,
    name: String,
    /// 10 to 200 characters, not easy to guess.
    password: String,
    /// The first workspace's name; "Home" when absent.
    workspace: Option<String>,
    code: Option<String>,
}

/// Is set-up needed?
#[utoipa::path(get, path = "/setup", tag = "setup", operation_id = "get_setup", security(()), responses((status = 200, body = SetupState)))]
async fn state(State(app): State<AppState>) -> Result<Json<SetupState>, ApiError> {
    let needed = !app.platform.is_set_up().await?;
    Ok(Json(SetupState {
        needed,
        code_required: needed && app.platform.setup_code_required(),
    }))
}

/// Create the owner, the first workspace and its demo; signs the owner in.
#[utoipa::path(post, path = "/setup", tag = "setup", operation_id = "set_up", security(()), request_body = SetupRequest,
    responses((status = 201, body = Me), (status = 409, body = Problem, description = "Set-up is finished.")))]
async fn create(
    State(app): State<AppState>,
    headers: HeaderMap,
    Json(body): Json<SetupRequest>,
) -> Result<Response, ApiError> {
    let from_operator = bearer(&headers).is_some_and(|secret| app.platform.is_operator(secret));
    let SetupRequest {
        email,
        name,
        password,
        workspace,
        code,
    } = body;
    let session = app
        .platform
        .set_up(NewOwner {
            email,
            name,
            password,
            workspace,
            code,
            from_operator,
        })
        .await?;
    Ok((StatusCode::CREATED, signed_in(&app, &headers, session)).into_response())
}
