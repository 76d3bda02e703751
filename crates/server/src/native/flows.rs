//! Flows, drafts and revisions.

use axum::extract::State;
use axum::http::StatusCode;
use headwater_model::flow::{Flow, FlowDocument, FlowSummary, Problem as FlowProblem, Revision};
use headwater_model::page::Page;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::error::{ApiError, Problem};
use crate::extract::{Auth, Json, PageQuery, Paging, PathId};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, delete))
        .routes(routes!(save_draft))
        .routes(routes!(publish))
        .routes(routes!(revisions))
        .routes(routes!(revision))
        .routes(routes!(validate))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewFlow {
    document: FlowDocument,
    /// Whether to publish it at once.
    #[serde(default)]
    publish: bool,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct DraftUpdate {
    document: FlowDocument,
    /// The version the change was made to; `conflict` when someone else was faster.
    version: u32,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Validation {
    document: FlowDocument,
}

#[derive(Serialize, utoipa::ToSchema)]
struct Problems {
    problems: Vec<FlowProblem>,
}

/// The workspace's flows.
#[utoipa::path(get, path = "/flows", tag = "flows", operation_id = "list_flows", params(PageQuery), responses((status = 200, body = Page<FlowSummary>)))]
async fn list(
    State(app): State<AppState>,
    Auth(caller): Auth,
    Paging(page): Paging,
) -> Result<Json<Page<FlowSummary>>, ApiError> {
    Ok(Json(app.platform.flows(&caller, &page).await?))
}

/// Create a flow.
#[utoipa::path(post, path = "/flows", tag = "flows", operation_id = "create_flow", request_body = NewFlow,
    responses((status = 201, body = Flow), (status = 400, body = Problem)))]
async fn create(
    State(app): State<AppState>,
    Auth(caller): Auth,
    Json(body): Json<NewFlow>,
) -> Result<(StatusCode, Json<Flow>), ApiError> {
    Ok((
        StatusCode::CREATED,
        Json(
            app.platform
                .create_flow(&caller, body.document, body.publish)
                .await?,
        ),
    ))
}

/// A flow with its draft.
#[utoipa::path(get, path = "/flows/{flow}", tag = "flows", operation_id = "get_flow", params(("flow" = String, Path, description = "Id or slug.")),
    responses((status = 200, body = Flow), (status = 404, body = Problem)))]
async fn get(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(flow): PathId<String>,
) -> Result<Json<Flow>, ApiError> {
    Ok(Json(app.platform.flow(&caller, &flow).await?))
}

/// Delete a flow with its revisions and conversations.
#[utoipa::path(delete, path = "/flows/{flow}", tag = "flows", operation_id = "delete_flow", params(("flow" = String, Path, description = "Id or slug.")),
    responses((status = 204), (status = 404, body = Problem)))]
async fn delete(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(flow): PathId<String>,
) -> Result<StatusCode, ApiError> {
    app.platform.delete_flow(&caller, &flow).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Replace the draft.
#[utoipa::path(put, path = "/flows/{flow}/draft", tag = "flows", operation_id = "save_draft", params(("flow" = String, Path, description = "Id or slug.")),
    request_body = DraftUpdate, responses((status = 200, body = Flow), (status = 409, body = Problem)))]
async fn save_draft(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(flow): PathId<String>,
    Json(body): Json<DraftUpdate>,
) -> Result<Json<Flow>, ApiError> {
    Ok(Json(
        app.platform
            .save_draft(&caller, &flow, body.document, body.version)
            .await?,
    ))
}

/// Publish the draft as the next revision; refused with all problems when it cannot run.
#[utoipa::path(post, path = "/flows/{flow}/publish", tag = "flows", operation_id = "publish_flow", params(("flow" = String, Path, description = "Id or slug.")),
    responses((status = 201, body = Revision), (status = 400, body = Problem)))]
async fn publish(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(flow): PathId<String>,
) -> Result<(StatusCode, Json<Revision>), ApiError> {
    Ok((
        StatusCode::CREATED,
        Json(app.platform.publish_flow(&caller, &flow).await?),
    ))
}

/// A flow's revisions, newest first.
#[utoipa::path(get, path = "/flows/{flow}/revisions", tag = "flows", operation_id = "list_revisions", params(("flow" = String, Path, description = "Id or slug.")),
    responses((status = 200, body = Page<Revision>)))]
async fn revisions(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(flow): PathId<String>,
) -> Result<Json<Page<Revision>>, ApiError> {
    Ok(Json(Page {
        items: app.platform.revisions(&caller, &flow).await?,
        next: None,
    }))
}

/// One revision.
#[utoipa::path(get, path = "/flows/{flow}/revisions/{number}", tag = "flows", operation_id = "get_revision",
    params(("flow" = String, Path, description = "Id or slug."), ("number" = u32, Path)), responses((status = 200, body = Revision), (status = 404, body = Problem)))]
async fn revision(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId((flow, number)): PathId<(String, u32)>,
) -> Result<Json<Revision>, ApiError> {
    Ok(Json(app.platform.revision(&caller, &flow, number).await?))
}

/// Everything wrong with a flow document, without keeping it.
#[utoipa::path(post, path = "/flows/validate", tag = "flows", operation_id = "validate_flow", request_body = Validation, responses((status = 200, body = Problems)))]
async fn validate(
    State(app): State<AppState>,
    Auth(caller): Auth,
    Json(body): Json<Validation>,
) -> Result<Json<Problems>, ApiError> {
    Ok(Json(Problems {
        problems: app.platform.validate_flow(&caller, &body.document)?,
    }))
}
