//! Conversations given out to read: made and removed by whom they belong to, read by whoever has the
//! address.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use headwater_model::Timestamp;
use headwater_model::conversation::snapshot::{Snapshot, SnapshotPage};
use headwater_model::id::{ConversationId, MessageId, SnapshotId};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::error::{ApiError, Problem};
use crate::extract::{Auth, Json, PathId};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, take))
        .routes(routes!(delete))
        .routes(routes!(read))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewSnapshot {
    /// A message: the branch through it is taken, to its newest end; the one that is shown when absent.
    #[serde(default)]
    m: Option<MessageId>,
    /// When it ends; never when absent.
    #[serde(default)]
    expires_at: Option<Timestamp>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct Snapshots {
    items: Vec<Snapshot>,
}

/// The snapshots of one of my conversations, newest first.
#[utoipa::path(get, path = "/conversations/{id}/snapshots", tag = "conversations", operation_id = "list_snapshots", params(("id" = ConversationId, Path)),
    responses((status = 200, body = Snapshots), (status = 404, body = Problem)))]
async fn list(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<ConversationId>,
) -> Result<Json<Snapshots>, ApiError> {
    let items = app.platform.snapshots(&caller, id).await?;
    Ok(Json(Snapshots { items }))
}

/// Give out a conversation to read, as it is now, to whoever has the address.
#[utoipa::path(post, path = "/conversations/{id}/snapshots", tag = "conversations", operation_id = "take_snapshot", params(("id" = ConversationId, Path)),
    request_body = NewSnapshot, responses((status = 201, body = Snapshot), (status = 400, body = Problem), (status = 409, body = Problem)))]
async fn take(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<ConversationId>,
    Json(body): Json<NewSnapshot>,
) -> Result<(StatusCode, Json<Snapshot>), ApiError> {
    let taken = app
        .platform
        .take_snapshot(&caller, id, body.m, body.expires_at);
    Ok((StatusCode::CREATED, Json(taken.await?)))
}

/// Remove a snapshot; its address leads nowhere from now on.
#[utoipa::path(delete, path = "/snapshots/{id}", tag = "conversations", operation_id = "delete_snapshot", params(("id" = SnapshotId, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn delete(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<SnapshotId>,
) -> Result<StatusCode, ApiError> {
    app.platform.delete_snapshot(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Read a conversation that was given out; needs no account.
#[utoipa::path(get, path = "/shared/{token}/snapshot", tag = "visits", operation_id = "read_snapshot", security(()), params(("token" = String, Path)),
    responses((status = 200, body = SnapshotPage), (status = 404, body = Problem)))]
async fn read(
    State(app): State<AppState>,
    Path(token): Path<String>,
) -> Result<Json<SnapshotPage>, ApiError> {
    Ok(Json(app.platform.read_snapshot(&token).await?))
}
