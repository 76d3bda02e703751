//! Shares: pages on which people without an account use a published flow, for those who make them.

use axum::extract::State;
use axum::http::StatusCode;
use headwater_model::id::ShareId;
use headwater_model::page::Page;
use headwater_model::share::{Share, ShareSettings};
use headwater_platform::shares::ShareChange;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::error::{ApiError, Problem};
use crate::extract::{Auth, Json, PageQuery, Paging, Params, PathId};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, update, delete))
        .routes(routes!(rotate))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// A flow's id or slug.
    flow: Option<String>,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewShare {
    /// The flow, by id or slug; it must be published.
    flow: String,
    settings: ShareSettings,
}

/// What is absent stays as it is.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ShareUpdate {
    enabled: Option<bool>,
    /// All settings anew.
    settings: Option<ShareSettings>,
}

/// The workspace's shares, newest first.
#[utoipa::path(get, path = "/shares", tag = "shares", operation_id = "list_shares", params(Filter, PageQuery), responses((status = 200, body = Page<Share>)))]
async fn list(
    State(app): State<AppState>,
    Auth(caller): Auth,
    Params(filter): Params<Filter>,
    Paging(page): Paging,
) -> Result<Json<Page<Share>>, ApiError> {
    let shares = app.platform.shares(&caller, &page, filter.flow.as_deref());
    Ok(Json(shares.await?))
}

/// Share a published flow on a page of its own.
#[utoipa::path(post, path = "/shares", tag = "shares", operation_id = "create_share", request_body = NewShare,
    responses((status = 201, body = Share), (status = 400, body = Problem), (status = 409, body = Problem, description = "The flow is not published.")))]
async fn create(
    State(app): State<AppState>,
    Auth(caller): Auth,
    Json(body): Json<NewShare>,
) -> Result<(StatusCode, Json<Share>), ApiError> {
    let made = app
        .platform
        .create_share(&caller, &body.flow, body.settings)
        .await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// A share.
#[utoipa::path(get, path = "/shares/{id}", tag = "shares", operation_id = "get_share", params(("id" = ShareId, Path)),
    responses((status = 200, body = Share), (status = 404, body = Problem)))]
async fn get(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<ShareId>,
) -> Result<Json<Share>, ApiError> {
    Ok(Json(app.platform.share(&caller, id).await?))
}

/// Change what a share says, or turn it on or off.
#[utoipa::path(patch, path = "/shares/{id}", tag = "shares", operation_id = "update_share", params(("id" = ShareId, Path)),
    request_body = ShareUpdate, responses((status = 200, body = Share), (status = 400, body = Problem), (status = 409, body = Problem)))]
async fn update(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<ShareId>,
    Json(body): Json<ShareUpdate>,
) -> Result<Json<Share>, ApiError> {
    let change = ShareChange {
        enabled: body.enabled,
        settings: body.settings,
    };
    Ok(Json(app.platform.update_share(&caller, id, change).await?))
}

/// Give a share another address; the one before leads nowhere, and all visits are over.
#[utoipa::path(post, path = "/shares/{id}/rotate", tag = "shares", operation_id = "rotate_share", params(("id" = ShareId, Path)),
    responses((status = 200, body = Share), (status = 404, body = Problem)))]
async fn rotate(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<ShareId>,
) -> Result<Json<Share>, ApiError> {
    Ok(Json(app.platform.rotate_share(&caller, id).await?))
}

/// Remove a share; its runs stay.
#[utoipa::path(delete, path = "/shares/{id}", tag = "shares", operation_id = "delete_share", params(("id" = ShareId, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn delete(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<ShareId>,
) -> Result<StatusCode, ApiError> {
    app.platform.delete_share(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
