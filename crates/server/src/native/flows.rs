//! Flows, drafts and revisions.

use axum::extract::State;
use axum::http::StatusCode;
use headwater_model::flow::{Applied, Flow, FlowDocument, FlowSummary, Problem as FlowProblem};
use headwater_model::page::Page;
use headwater_platform::flows::Apply;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::error::{ApiError, Problem};
use crate::extract::{Auth, Json, PageQuery, Paging, Params, PathId};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, delete))
        .routes(routes!(save_draft))
        .routes(routes!(validate))
        .routes(routes!(apply))
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

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct FlowsQuery {
    /// How many of each flow's last runs to tell of, newest first (1 to 50, none when absent).
    recent_runs: Option<u32>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct Problems {
    problems: Vec<FlowProblem>,
}

/// The workspace's flows.
#[utoipa::path(get, path = "/flows", tag = "flows", operation_id = "list_flows", params(PageQuery, FlowsQuery),
    responses((status = 200, body = Page<FlowSummary>), (status = 400, body = Problem)))]
async fn list(
    State(app): State<AppState>,
    Auth(caller): Auth,
    Paging(page): Paging,
    Params(query): Params<FlowsQuery>,
) -> Result<Json<Page<FlowSummary>>, ApiError> {
    let flows = app.platform.flows(&caller, &page, query.recent_runs);
    Ok(Json(flows.await?))
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

/// Everything wrong with a flow document, without keeping it.
#[utoipa::path(post, path = "/flows/validate", tag = "flows", operation_id = "validate_flow", request_body = Validation, responses((status = 200, body = Problems)))]
async fn validate(
    State(app): State<AppState>,
    Auth(caller): Auth,
    Json(body): Json<Validation>,
) -> Result<Json<Problems>, ApiError> {
    Ok(Json(Problems {
        problems: app.platform.validate_flow(&caller, &body.document).await?,
    }))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Application {
    document: FlowDocument,
    /// Whether to publish what is not published yet; true when absent.
    #[serde(default = "yes")]
    publish: bool,
    /// Why, for the revision.
    #[serde(default)]
    message: Option<String>,
    /// Only tell what would happen.
    #[serde(default)]
    dry_run: bool,
}

fn yes() -> bool {
    true
}

/// Make the workspace's flow what a file says: created or updated by its slug, and published. Doing
/// it twice does nothing the second time.
#[utoipa::path(post, path = "/flows/apply", tag = "flows", operation_id = "apply_flow", request_body = Application,
    responses((status = 200, body = Applied), (status = 400, body = Problem)))]
async fn apply(
    State(app): State<AppState>,
    Auth(caller): Auth,
    Json(body): Json<Application>,
) -> Result<Json<Applied>, ApiError> {
    let apply = Apply {
        document: body.document,
        publish: body.publish,
        message: body.message,
        dry_run: body.dry_run,
    };
    Ok(Json(app.platform.apply_flow(&caller, apply).await?))
}
