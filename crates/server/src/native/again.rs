//! Runs once more: pause and resume, retry, replay, and trying out one node.

use axum::extract::State;
use axum::http::StatusCode;
use headwater_model::id::RunId;
use headwater_model::run::Run;
use headwater_platform::runs::{Replay, Trial};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::error::{ApiError, Problem};
use crate::extract::{Auth, Json, PathId};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(pause))
        .routes(routes!(resume))
        .routes(routes!(retry))
        .routes(routes!(replay))
        .routes(routes!(node))
}

#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
struct ReplayRequest {
    /// Nodes outside of containers whose results of then stand.
    pins: Vec<String>,
    /// Run the flow's published revision, and not the one of then.
    published: bool,
}

#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
struct NodeTrial {
    /// The flow's inputs, as far as the node reads them.
    #[schema(value_type = Object)]
    input: Map<String, Value>,
    /// Outputs of the nodes before it, by their ids.
    #[schema(value_type = Object)]
    outputs: Map<String, Value>,
}

/// Pause a run: nothing new begins, what runs is finished first.
#[utoipa::path(post, path = "/runs/{id}/pause", tag = "runs", operation_id = "pause_run", params(("id" = RunId, Path)),
    responses((status = 202, body = Run), (status = 409, body = Problem, description = "It has ended.")))]
async fn pause(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<RunId>,
) -> Result<(StatusCode, Json<Run>), ApiError> {
    let run = app.platform.pause_run(&caller, id).await?;
    Ok((StatusCode::ACCEPTED, Json(run)))
}

/// A paused run goes on.
#[utoipa::path(post, path = "/runs/{id}/resume", tag = "runs", operation_id = "resume_run", params(("id" = RunId, Path)),
    responses((status = 202, body = Run), (status = 409, body = Problem, description = "It is not paused, or waits for an answer.")))]
async fn resume(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<RunId>,
) -> Result<(StatusCode, Json<Run>), ApiError> {
    let run = app.platform.resume_run(&caller, id).await?;
    Ok((StatusCode::ACCEPTED, Json(run)))
}

/// Go on with a failed or cancelled run in a new one; the results of finished steps stand.
#[utoipa::path(post, path = "/runs/{id}/retry", tag = "runs", operation_id = "retry_run", params(("id" = RunId, Path)),
    responses((status = 202, body = Run), (status = 409, body = Problem, description = "It did not fail.")))]
async fn retry(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<RunId>,
) -> Result<(StatusCode, Json<Run>), ApiError> {
    let run = app.platform.retry_run(&caller, id).await?;
    Ok((StatusCode::ACCEPTED, Json(run)))
}

/// A new run from an old one's input.
#[utoipa::path(post, path = "/runs/{id}/replay", tag = "runs", operation_id = "replay_run", params(("id" = RunId, Path)),
    request_body = ReplayRequest, responses((status = 202, body = Run), (status = 400, body = Problem)))]
async fn replay(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<RunId>,
    Json(body): Json<ReplayRequest>,
) -> Result<(StatusCode, Json<Run>), ApiError> {
    let replay = Replay {
        pins: body.pins,
        published: body.published,
    };
    let run = app.platform.replay_run(&caller, id, replay).await?;
    Ok((StatusCode::ACCEPTED, Json(run)))
}

/// Run one node of the draft and wait for its end.
#[utoipa::path(post, path = "/flows/{flow}/nodes/{node}/run", tag = "runs", operation_id = "run_node",
    params(("flow" = String, Path, description = "Id or slug."), ("node" = String, Path)),
    request_body = NodeTrial, responses((status = 200, body = Run), (status = 400, body = Problem)))]
async fn node(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId((flow, node)): PathId<(String, String)>,
    Json(body): Json<NodeTrial>,
) -> Result<Json<Run>, ApiError> {
    let trial = Trial {
        input: body.input,
        outputs: body.outputs,
    };
    Ok(Json(
        app.platform.run_node(&caller, &flow, &node, trial).await?,
    ))
}
