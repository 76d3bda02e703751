//! API keys.

use axum::extract::State;
use axum::http::StatusCode;
use headwater_model::Timestamp;
use headwater_model::access::Scope;
use headwater_model::id::ApiKeyId;
use headwater_model::identity::ApiKey;
use headwater_model::page::Page;
use headwater_platform::identity::NewKey;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::error::{ApiError, Problem};
use crate::extract::{Auth, Json, PathId};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(delete))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct KeyRequest {
    name: String,
    scopes: Vec<Scope>,
    expires_at: Option<Timestamp>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct KeyCreated {
    key: ApiKey,
    /// Shown this once.
    secret: String,
}

/// The workspace's keys.
#[utoipa::path(get, path = "/keys", tag = "keys", operation_id = "list_keys", responses((status = 200, body = Page<ApiKey>)))]
async fn list(
    State(app): State<AppState>,
    Auth(caller): Auth,
) -> Result<Json<Page<ApiKey>>, ApiError> {
    Ok(Json(Page {
        items: app.platform.api_keys(&caller).await?,
        next: None,
    }))
}

/// Make a key; its secret is shown once.
#[utoipa::path(post, path = "/keys", tag = "keys", operation_id = "create_key", request_body = KeyRequest,
    responses((status = 201, body = KeyCreated), (status = 400, body = Problem)))]
async fn create(
    State(app): State<AppState>,
    Auth(caller): Auth,
    Json(body): Json<KeyRequest>,
) -> Result<(StatusCode, Json<KeyCreated>), ApiError> {
    let KeyRequest {
        name,
        scopes,
        expires_at,
    } = body;
    let shown = app
        .platform
        .create_api_key(
            &caller,
            NewKey {
                name,
                scopes,
                expires_at,
            },
        )
        .await?;
    Ok((
        StatusCode::CREATED,
        Json(KeyCreated {
            key: shown.key,
            secret: shown.secret,
        }),
    ))
}

/// Revoke a key at once.
#[utoipa::path(delete, path = "/keys/{id}", tag = "keys", operation_id = "delete_key", params(("id" = ApiKeyId, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn delete(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<ApiKeyId>,
) -> Result<StatusCode, ApiError> {
    app.platform.delete_api_key(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
