//! Folders of conversations: everybody's own.

use axum::extract::State;
use axum::http::StatusCode;
use headwater_model::conversation::Folder;
use headwater_model::id::FolderId;
use headwater_model::page::Page;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::error::{ApiError, Problem};
use crate::extract::{Auth, Json, PathId};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(rename, delete))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct FolderRequest {
    /// Unique among the caller's folders.
    name: String,
}

/// My folders, by name.
#[utoipa::path(get, path = "/conversation-folders", tag = "conversations", operation_id = "list_conversation_folders", responses((status = 200, body = Page<Folder>)))]
async fn list(
    State(app): State<AppState>,
    Auth(caller): Auth,
) -> Result<Json<Page<Folder>>, ApiError> {
    let items = app.platform.conversation_folders(&caller).await?;
    Ok(Json(Page { items, next: None }))
}

/// Make a folder.
#[utoipa::path(post, path = "/conversation-folders", tag = "conversations", operation_id = "create_conversation_folder", request_body = FolderRequest,
    responses((status = 201, body = Folder), (status = 400, body = Problem), (status = 409, body = Problem, description = "The name is taken.")))]
async fn create(
    State(app): State<AppState>,
    Auth(caller): Auth,
    Json(body): Json<FolderRequest>,
) -> Result<(StatusCode, Json<Folder>), ApiError> {
    let made = app
        .platform
        .create_conversation_folder(&caller, &body.name)
        .await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Rename a folder.
#[utoipa::path(patch, path = "/conversation-folders/{id}", tag = "conversations", operation_id = "update_conversation_folder", params(("id" = FolderId, Path)),
    request_body = FolderRequest, responses((status = 200, body = Folder), (status = 404, body = Problem), (status = 409, body = Problem, description = "The name is taken.")))]
async fn rename(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<FolderId>,
    Json(body): Json<FolderRequest>,
) -> Result<Json<Folder>, ApiError> {
    Ok(Json(
        app.platform
            .rename_conversation_folder(&caller, id, &body.name)
            .await?,
    ))
}

/// Delete a folder; the conversations in it stay.
#[utoipa::path(delete, path = "/conversation-folders/{id}", tag = "conversations", operation_id = "delete_conversation_folder", params(("id" = FolderId, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn delete(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<FolderId>,
) -> Result<StatusCode, ApiError> {
    app.platform.delete_conversation_folder(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
