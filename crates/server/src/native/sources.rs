//! Sources of a knowledge base: kept, changed, looked at, removed; and what goes on in a knowledge base.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use headwater_model::id::SourceId;
use headwater_model::knowledge::event::KnowledgeEvent;
use headwater_model::knowledge::source::{Source, SourceSettings, SourceSync, SyncSchedule};
use headwater_model::page::Page;
use headwater_platform::sources::{NewSource, SourceChange};
use serde::{Deserialize, Deserializer};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::error::{ApiError, Problem};
use crate::extract::{Auth, Json, PageQuery, Paging, Params, PathId};
use crate::sse;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, update, delete))
        .routes(routes!(sync))
        .routes(routes!(cancel))
        .routes(routes!(syncs))
        .routes(routes!(events))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SourceRequest {
    /// What people call it; its address when absent.
    name: Option<String>,
    settings: SourceSettings,
    /// When it is looked at by itself; never when absent.
    schedule: Option<SyncSchedule>,
    /// Keep it without looking at it.
    #[serde(default)]
    paused: bool,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SourceChanges {
    name: Option<String>,
    /// Replaces what is wanted of it; of the same kind as before.
    settings: Option<SourceSettings>,
    /// Another schedule, or null for none.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<SyncSchedule>)]
    schedule: Option<Option<SyncSchedule>>,
    /// Whether its schedule is suspended.
    paused: Option<bool>,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SyncRequest {
    /// Whether more than half of its documents may go.
    #[serde(default)]
    remove_many: bool,
}

/// What becomes of a source's documents.
#[derive(Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum Documents {
    Keep,
    Remove,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Leaving {
    /// Whether its documents stay in the knowledge base.
    #[param(inline)]
    documents: Documents,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct After {
    /// The id of the last event received, when the header cannot be sent.
    after: Option<String>,
}

/// A schedule that is there, be it null, apart from one that is absent.
fn given<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Option<SyncSchedule>>, D::Error> {
    Option::deserialize(value).map(Some)
}

/// A knowledge base's sources, oldest first.
#[utoipa::path(get, path = "/knowledge-bases/{id}/sources", tag = "sources", operation_id = "list_sources", params(("id" = String, Path), PageQuery),
    responses((status = 200, body = Page<Source>), (status = 404, body = Problem)))]
async fn list(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(base): PathId<String>,
    Paging(page): Paging,
) -> Result<Json<Page<Source>>, ApiError> {
    Ok(Json(app.platform.sources(&caller, &base, &page).await?))
}

/// Add a source; it is looked at for the first time at once, unless it is paused.
#[utoipa::path(post, path = "/knowledge-bases/{id}/sources", tag = "sources", operation_id = "create_source", params(("id" = String, Path)),
    request_body = SourceRequest, responses((status = 201, body = Source), (status = 400, body = Problem), (status = 404, body = Problem)))]
async fn create(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(base): PathId<String>,
    Json(body): Json<SourceRequest>,
) -> Result<(StatusCode, Json<Source>), ApiError> {
    let new = NewSource {
        name: body.name,
        settings: body.settings,
        schedule: body.schedule,
        paused: body.paused,
    };
    let source = app.platform.create_source(&caller, &base, new).await?;
    Ok((StatusCode::CREATED, Json(source)))
}

/// A source, with its latest sync.
#[utoipa::path(get, path = "/knowledge-bases/{id}/sources/{source}", tag = "sources", operation_id = "get_source", params(("id" = String, Path), ("source" = SourceId, Path)),
    responses((status = 200, body = Source), (status = 404, body = Problem)))]
async fn get(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId((base, id)): PathId<(String, SourceId)>,
) -> Result<Json<Source>, ApiError> {
    Ok(Json(app.platform.source(&caller, &base, id).await?))
}

/// Change a source; the next sync does as it says.
#[utoipa::path(patch, path = "/knowledge-bases/{id}/sources/{source}", tag = "sources", operation_id = "update_source", params(("id" = String, Path), ("source" = SourceId, Path)),
    request_body = SourceChanges, responses((status = 200, body = Source), (status = 400, body = Problem), (status = 404, body = Problem)))]
async fn update(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId((base, id)): PathId<(String, SourceId)>,
    Json(body): Json<SourceChanges>,
) -> Result<Json<Source>, ApiError> {
    let change = SourceChange {
        name: body.name,
        settings: body.settings,
        schedule: body.schedule,
        paused: body.paused,
    };
    let source = app.platform.update_source(&caller, &base, id, change);
    Ok(Json(source.await?))
}

/// Remove a source; say what becomes of its documents.
#[utoipa::path(delete, path = "/knowledge-bases/{id}/sources/{source}", tag = "sources", operation_id = "delete_source", params(("id" = String, Path), ("source" = SourceId, Path), Leaving),
    responses((status = 204), (status = 400, body = Problem), (status = 404, body = Problem)))]
async fn delete(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId((base, id)): PathId<(String, SourceId)>,
    Params(leaving): Params<Leaving>,
) -> Result<StatusCode, ApiError> {
    let keep = matches!(leaving.documents, Documents::Keep);
    app.platform.delete_source(&caller, &base, id, keep).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Look at a source now.
#[utoipa::path(post, path = "/knowledge-bases/{id}/sources/{source}/sync", tag = "sources", operation_id = "sync_source", params(("id" = String, Path), ("source" = SourceId, Path)),
    request_body = SyncRequest, responses((status = 202, body = Source), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn sync(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId((base, id)): PathId<(String, SourceId)>,
    Json(body): Json<SyncRequest>,
) -> Result<(StatusCode, Json<Source>), ApiError> {
    let source = app
        .platform
        .sync_source(&caller, &base, id, body.remove_many)
        .await?;
    Ok((StatusCode::ACCEPTED, Json(source)))
}

/// End the sync that is under way; what it did stays done.
#[utoipa::path(post, path = "/knowledge-bases/{id}/sources/{source}/cancel", tag = "sources", operation_id = "cancel_sync", params(("id" = String, Path), ("source" = SourceId, Path)),
    responses((status = 200, body = Source), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn cancel(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId((base, id)): PathId<(String, SourceId)>,
) -> Result<Json<Source>, ApiError> {
    Ok(Json(app.platform.cancel_sync(&caller, &base, id).await?))
}

/// What came of a source's syncs, newest first; the last hundred are remembered.
#[utoipa::path(get, path = "/knowledge-bases/{id}/sources/{source}/syncs", tag = "sources", operation_id = "list_syncs", params(("id" = String, Path), ("source" = SourceId, Path), PageQuery),
    responses((status = 200, body = Page<SourceSync>), (status = 404, body = Problem)))]
async fn syncs(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId((base, id)): PathId<(String, SourceId)>,
    Paging(page): Paging,
) -> Result<Json<Page<SourceSync>>, ApiError> {
    let syncs = app.platform.source_syncs(&caller, &base, id, &page);
    Ok(Json(syncs.await?))
}

/// What goes on in a knowledge base, as it happens: documents and syncs that change. It does not end by
/// itself.
#[utoipa::path(get, path = "/knowledge-bases/{id}/events", tag = "sources", operation_id = "stream_knowledge_events",
    params(("id" = String, Path), After, ("Last-Event-ID" = Option<String>, Header)),
    responses((status = 200, description = "Server-sent events, each the state of what changed. A reader that comes back with an id may be told the last few again.", content_type = "text/event-stream", body = KnowledgeEvent), (status = 404, body = Problem)))]
async fn events(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(base): PathId<String>,
    Params(query): Params<After>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let header = headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok());
    let after = header.or(query.after.as_deref());
    let events = app.platform.knowledge_events(&caller, &base, after).await?;
    Ok(sse::knowledge(events))
}
