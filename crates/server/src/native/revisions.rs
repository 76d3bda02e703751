//! A flow's revisions: publishing, listing, comparing, rolling back.

use axum::extract::State;
use axum::http::StatusCode;
use headwater_model::flow::diff::FlowDiff;
use headwater_model::flow::{Revision, RevisionSummary};
use headwater_model::page::Page;
use headwater_platform::flows::Version;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::error::{ApiError, Problem};
use crate::extract::{Auth, Json, PageQuery, Paging, Params, PathId};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(publish))
        .routes(routes!(roll_back))
        .routes(routes!(list))
        .routes(routes!(get))
        .routes(routes!(diff))
}

#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Publication {
    /// Why, in a sentence; kept with the revision.
    #[serde(default)]
    message: Option<String>,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Rollback {
    /// The number of the revision to bring back.
    revision: u32,
    /// Why, in a sentence; kept with the new revision.
    #[serde(default)]
    message: Option<String>,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Compared {
    /// `draft` or a revision's number; the published revision when absent.
    from: Option<String>,
    /// `draft` or a revision's number; the draft when absent.
    to: Option<String>,
}

/// Publish the draft as the next revision; refused with all problems when it cannot run.
#[utoipa::path(post, path = "/flows/{flow}/publish", tag = "flows", operation_id = "publish_flow", params(("flow" = String, Path, description = "Id or slug.")),
    request_body = Option<Publication>, responses((status = 201, body = Revision), (status = 400, body = Problem)))]
async fn publish(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(flow): PathId<String>,
    body: Option<Json<Publication>>,
) -> Result<(StatusCode, Json<Revision>), ApiError> {
    let message = body.and_then(|Json(body)| body.message);
    let revision = app.platform.publish_flow(&caller, &flow, message).await?;
    Ok((StatusCode::CREATED, Json(revision)))
}

/// Publish an earlier revision again, as the next one; the draft stays as it is.
#[utoipa::path(post, path = "/flows/{flow}/rollback", tag = "flows", operation_id = "roll_back_flow", params(("flow" = String, Path, description = "Id or slug.")),
    request_body = Rollback, responses((status = 201, body = Revision), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn roll_back(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(flow): PathId<String>,
    Json(body): Json<Rollback>,
) -> Result<(StatusCode, Json<Revision>), ApiError> {
    let revision = app
        .platform
        .roll_back_flow(&caller, &flow, body.revision, body.message)
        .await?;
    Ok((StatusCode::CREATED, Json(revision)))
}

/// A flow's revisions, newest first: who published them, when and why.
#[utoipa::path(get, path = "/flows/{flow}/revisions", tag = "flows", operation_id = "list_revisions", params(("flow" = String, Path, description = "Id or slug."), PageQuery),
    responses((status = 200, body = Page<RevisionSummary>)))]
async fn list(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(flow): PathId<String>,
    Paging(page): Paging,
) -> Result<Json<Page<RevisionSummary>>, ApiError> {
    Ok(Json(app.platform.revisions(&caller, &flow, &page).await?))
}

/// One revision.
#[utoipa::path(get, path = "/flows/{flow}/revisions/{number}", tag = "flows", operation_id = "get_revision",
    params(("flow" = String, Path, description = "Id or slug."), ("number" = u32, Path)), responses((status = 200, body = Revision), (status = 404, body = Problem)))]
async fn get(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId((flow, number)): PathId<(String, u32)>,
) -> Result<Json<Revision>, ApiError> {
    Ok(Json(app.platform.revision(&caller, &flow, number).await?))
}

/// What differs between two states of a flow, part by part.
#[utoipa::path(get, path = "/flows/{flow}/diff", tag = "flows", operation_id = "diff_flow",
    params(("flow" = String, Path, description = "Id or slug."), Compared), responses((status = 200, body = FlowDiff), (status = 404, body = Problem)))]
async fn diff(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(flow): PathId<String>,
    Params(compared): Params<Compared>,
) -> Result<Json<FlowDiff>, ApiError> {
    let version = |field: &'static str, text: Option<String>| {
        text.map(|text| Version::parse(field, &text)).transpose()
    };
    let from = version("from", compared.from)?;
    let to = version("to", compared.to)?;
    Ok(Json(
        app.platform.flow_diff(&caller, &flow, from, to).await?,
    ))
}
