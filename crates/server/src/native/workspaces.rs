//! Workspaces the caller may enter.

use axum::extract::State;
use axum::http::StatusCode;
use headwater_model::identity::Workspace;
use headwater_model::page::Page;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::error::{ApiError, Problem};
use crate::extract::{Auth, Json};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list, create))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewWorkspace {
    name: String,
}

/// The workspaces I may enter.
#[utoipa::path(get, path = "/workspaces", tag = "workspaces", operation_id = "list_workspaces", responses((status = 200, body = Page<Workspace>)))]
async fn list(
    State(app): State<AppState>,
    Auth(caller): Auth,
) -> Result<Json<Page<Workspace>>, ApiError> {
    let me = app.platform.me(&caller).await?;
    let items = me
        .workspaces
        .into_iter()
        .map(|mine| mine.workspace)
        .collect();
    Ok(Json(Page { items, next: None }))
}

/// Make a further workspace; the caller owns it.
#[utoipa::path(post, path = "/workspaces", tag = "workspaces", operation_id = "create_workspace", request_body = NewWorkspace,
    responses((status = 201, body = Workspace), (status = 403, body = Problem)))]
async fn create(
    State(app): State<AppState>,
    Auth(caller): Auth,
    Json(body): Json<NewWorkspace>,
) -> Result<(StatusCode, Json<Workspace>), ApiError> {
    Ok((
        StatusCode::CREATED,
        Json(app.platform.create_workspace(&caller, &body.name).await?),
    ))
}
