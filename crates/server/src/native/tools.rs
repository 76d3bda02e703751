//! Tools of the workspace.

use axum::extract::State;
use axum::http::StatusCode;
use headwater_model::page::Page;
use headwater_model::ports::ToolResult;
use headwater_model::tool::{Tool, ToolKind, ToolListing, ToolSummary};
use headwater_platform::tools::{NewTool, ToolPatch};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::error::{ApiError, Problem};
use crate::extract::{Auth, Json, PageQuery, Paging, PathId};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, update, delete))
        .routes(routes!(test))
        .routes(routes!(call))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ToolRequest {
    /// Unique in the workspace: 1 to 48 small letters, digits, `_` and `-`.
    name: String,
    /// For people, and for models where the tool is one function.
    #[serde(default)]
    description: String,
    kind: ToolKind,
    /// What the kind needs to know; see the reference of tools.
    #[schema(value_type = Object)]
    settings: Value,
    #[serde(default = "yes")]
    enabled: bool,
}

const fn yes() -> bool {
    true
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ToolChanges {
    name: Option<String>,
    description: Option<String>,
    /// All settings anew.
    #[schema(value_type = Option<Object>)]
    settings: Option<Value>,
    enabled: Option<bool>,
    /// The version the change was made from.
    version: u32,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct CallRequest {
    /// May be left out when the tool has one function.
    function: Option<String>,
    #[serde(default)]
    #[schema(value_type = Object)]
    arguments: Map<String, Value>,
}

/// What came of a call.
#[derive(Serialize, utoipa::ToSchema)]
struct CallResult {
    /// For a model to read.
    text: String,
    /// The same for a program.
    #[schema(value_type = Object)]
    value: Value,
    /// Whether the tool itself says that it failed; the text tells why.
    failed: bool,
}

impl From<ToolResult> for CallResult {
    fn from(result: ToolResult) -> Self {
        Self {
            text: result.text,
            value: result.value,
            failed: result.failed,
        }
    }
}

/// The workspace's tools.
#[utoipa::path(get, path = "/tools", tag = "tools", operation_id = "list_tools", params(PageQuery),
    responses((status = 200, body = Page<ToolSummary>)))]
async fn list(
    State(app): State<AppState>,
    Auth(caller): Auth,
    Paging(page): Paging,
) -> Result<Json<Page<ToolSummary>>, ApiError> {
    Ok(Json(app.platform.tools(&caller, &page).await?))
}

/// Add a tool.
#[utoipa::path(post, path = "/tools", tag = "tools", operation_id = "create_tool", request_body = ToolRequest,
    responses((status = 201, body = Tool), (status = 400, body = Problem), (status = 409, body = Problem)))]
async fn create(
    State(app): State<AppState>,
    Auth(caller): Auth,
    Json(body): Json<ToolRequest>,
) -> Result<(StatusCode, Json<Tool>), ApiError> {
    let new = NewTool {
        name: body.name,
        description: body.description,
        kind: body.kind,
        settings: body.settings,
        enabled: body.enabled,
    };
    let made = app.platform.create_tool(&caller, new).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// A tool, by id or name.
#[utoipa::path(get, path = "/tools/{id}", tag = "tools", operation_id = "get_tool", params(("id" = String, Path)),
    responses((status = 200, body = Tool), (status = 404, body = Problem)))]
async fn read(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<String>,
) -> Result<Json<Tool>, ApiError> {
    Ok(Json(app.platform.tool(&caller, &id).await?))
}

/// Change a tool, unless somebody else was faster.
#[utoipa::path(patch, path = "/tools/{id}", tag = "tools", operation_id = "update_tool", params(("id" = String, Path)),
    request_body = ToolChanges,
    responses((status = 200, body = Tool), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn update(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<String>,
    Json(body): Json<ToolChanges>,
) -> Result<Json<Tool>, ApiError> {
    let patch = ToolPatch {
        name: body.name,
        description: body.description,
        settings: body.settings,
        enabled: body.enabled,
        version: body.version,
    };
    Ok(Json(app.platform.update_tool(&caller, &id, patch).await?))
}

/// Delete a tool.
#[utoipa::path(delete, path = "/tools/{id}", tag = "tools", operation_id = "delete_tool", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn delete(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<String>,
) -> Result<StatusCode, ApiError> {
    app.platform.delete_tool(&caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ask a tool for its functions now.
#[utoipa::path(post, path = "/tools/{id}/test", tag = "tools", operation_id = "test_tool", params(("id" = String, Path)),
    responses((status = 200, body = ToolListing), (status = 404, body = Problem), (status = 502, body = Problem)))]
async fn test(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<String>,
) -> Result<Json<ToolListing>, ApiError> {
    Ok(Json(app.platform.test_tool(&caller, &id).await?))
}

/// Call one function of a tool by hand.
#[utoipa::path(post, path = "/tools/{id}/call", tag = "tools", operation_id = "call_tool", params(("id" = String, Path)),
    request_body = CallRequest,
    responses((status = 200, body = CallResult), (status = 404, body = Problem), (status = 502, body = Problem)))]
async fn call(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<String>,
    Json(body): Json<CallRequest>,
) -> Result<Json<CallResult>, ApiError> {
    let result = app
        .platform
        .call_tool(&caller, &id, body.function, body.arguments)
        .await?;
    Ok(Json(result.into()))
}
