//! Runs: start, follow, cancel, look at.

use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use headwater_model::access::Caller;
use headwater_model::conversation::Speaker;
use headwater_model::flow::FlowDocument;
use headwater_model::id::{RunId, ShareId, StepId};
use headwater_model::page::{Page, PageRequest};
use headwater_model::run::feedback::Rating;
use headwater_model::run::{Failure, Run, RunStatus, Step, Turn};
use headwater_platform::runs::{RunRequest, Talk, Target};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::time;
use crate::AppState;
use crate::error::{ApiError, Problem};
use crate::extract::{Auth, Json, PageQuery, Paging, Params, PathId};
use crate::socket::{self, Feed};
use crate::sse;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(invoke))
        .routes(routes!(batch))
        .routes(routes!(stream))
        .routes(routes!(start))
        .routes(routes!(list, run_inline))
        .routes(routes!(get))
        .routes(routes!(document))
        .routes(routes!(steps))
        .routes(routes!(step))
        .routes(routes!(events))
        .routes(routes!(cancel))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The flow's inputs by name.
    #[serde(default)]
    #[schema(value_type = Object)]
    input: Map<String, Value>,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Batch {
    /// Up to 100 inputs.
    #[schema(value_type = Vec<Object>)]
    inputs: Vec<Map<String, Value>>,
}

/// One input's run, or why there is none.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(untagged)]
enum BatchItem {
    Run(Box<Run>),
    Refused { error: Failure },
}

#[derive(Serialize, utoipa::ToSchema)]
struct BatchResult {
    items: Vec<BatchItem>,
}

#[derive(Clone, Copy, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum Mode {
    #[default]
    Wait,
    Async,
    Stream,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct InlineRun {
    document: FlowDocument,
    /// The flow, by id or slug, whose draft this is: the run is one of that flow's.
    #[serde(default)]
    flow: Option<String>,
    #[serde(default)]
    #[schema(value_type = Object)]
    input: Map<String, Value>,
    /// In a chat flow, what was said before the question, oldest first, at most 40 turns: nothing keeps
    /// a conversation with a draft but whoever holds it.
    #[serde(default)]
    history: Vec<TurnBefore>,
    /// The conversation's variables as they were then: the `variables` of the run before. Those that
    /// are absent have their defaults.
    #[serde(default)]
    #[schema(value_type = Object)]
    variables: Map<String, Value>,
    /// `wait` (the default), `async` or `stream`.
    #[serde(default)]
    mode: Mode,
}

/// A turn before the question.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct TurnBefore {
    role: Speaker,
    text: String,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct RunFilter {
    /// A flow's id or slug.
    flow: Option<String>,
    status: Option<RunStatus>,
    /// That somebody gave them.
    rating: Option<Rating>,
    /// Whether they are annotated.
    annotated: Option<bool>,
    /// A share's id: only what its visitors asked for.
    share: Option<ShareId>,
    /// Who asked for them: the id of a user, a key or a trigger, `operator`, or `me`.
    user: Option<String>,
    /// Only runs that began then or later: a time such as `2026-01-31T12:00:00Z`, or a date (UTC).
    from: Option<String>,
    /// Only runs that began before then.
    to: Option<String>,
    /// Only runs with this text in what they were given, answered or failed with, or in their flow's
    /// name, or with an id that begins so. A page looks at 10,000 runs: it may be empty, and yet have
    /// a `next`.
    q: Option<String>,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct After {
    /// The id of the last event received, when the header cannot be sent.
    after: Option<String>,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct StepPage {
    /// How many steps at most (1 to 200, all when absent).
    limit: Option<u32>,
    /// The `next` of the page before.
    after: Option<u64>,
    /// `false` leaves out what the steps had and gave, and their calls.
    payloads: Option<bool>,
}

impl TurnBefore {
    fn turn(self) -> Turn {
        Turn {
            role: self.role,
            text: self.text,
            files: Vec::new(),
        }
    }
}

fn request(target: Target, input: Map<String, Value>, headers: &HeaderMap) -> RunRequest {
    let key = headers
        .get("idempotency-key")
        .and_then(|value| value.to_str().ok());
    RunRequest {
        target,
        input,
        talk: Talk::default(),
        idempotency_key: key.map(str::to_owned),
    }
}

/// Run a published flow and wait for its end.
#[utoipa::path(post, path = "/flows/{flow}/invoke", tag = "runs", operation_id = "invoke_flow", params(("flow" = String, Path, description = "Id or slug.")),
    request_body = Input, responses((status = 200, body = Run), (status = 400, body = Problem), (status = 429, body = Problem)))]
async fn invoke(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(flow): PathId<String>,
    headers: HeaderMap,
    Json(body): Json<Input>,
) -> Result<Json<Run>, ApiError> {
    Ok(Json(
        app.platform
            .invoke(&caller, request(Target::Flow(flow), body.input, &headers))
            .await?,
    ))
}

/// Run a published flow once per input and wait for all.
#[utoipa::path(post, path = "/flows/{flow}/batch", tag = "runs", operation_id = "batch_flow", params(("flow" = String, Path, description = "Id or slug.")),
    request_body = Batch, responses((status = 200, body = BatchResult), (status = 400, body = Problem)))]
async fn batch(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(flow): PathId<String>,
    Json(body): Json<Batch>,
) -> Result<Json<BatchResult>, ApiError> {
    let results = app.platform.batch(&caller, &flow, body.inputs).await?;
    let items = results.into_iter().map(|result| match result {
        Ok(run) => BatchItem::Run(Box::new(run)),
        Err(error) => BatchItem::Refused {
            error: Failure::from(&error),
        },
    });
    Ok(Json(BatchResult {
        items: items.collect(),
    }))
}

/// Run a published flow and stream its events.
#[utoipa::path(post, path = "/flows/{flow}/stream", tag = "runs", operation_id = "stream_flow", params(("flow" = String, Path, description = "Id or slug.")),
    request_body = Input, responses((status = 200, description = "Server-sent events; the id of each is `seq.offset`.", content_type = "text/event-stream", body = headwater_model::run::event::Event)))]
async fn stream(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(flow): PathId<String>,
    headers: HeaderMap,
    Json(body): Json<Input>,
) -> Result<Response, ApiError> {
    let request = request(Target::Flow(flow), body.input, &headers);
    start_and_follow(&app, &caller, request).await
}

/// The events of a run that begins with this.
async fn start_and_follow(
    app: &AppState,
    caller: &Caller,
    request: RunRequest,
) -> Result<Response, ApiError> {
    let events = app.platform.stream_run(caller, request).await?;
    Ok(sse::response(Vec::new(), events))
}

/// Start a run of a published flow and return at once.
#[utoipa::path(post, path = "/flows/{flow}/runs", tag = "runs", operation_id = "start_run", params(("flow" = String, Path, description = "Id or slug.")),
    request_body = Input, responses((status = 202, body = Run), (status = 429, body = Problem)))]
async fn start(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(flow): PathId<String>,
    headers: HeaderMap,
    Json(body): Json<Input>,
) -> Result<(StatusCode, Json<Run>), ApiError> {
    Ok((
        StatusCode::ACCEPTED,
        Json(
            app.platform
                .start_run(&caller, request(Target::Flow(flow), body.input, &headers))
                .await?,
        ),
    ))
}

/// Run a flow document that is not stored.
#[utoipa::path(post, path = "/runs", tag = "runs", operation_id = "run_inline", request_body = InlineRun,
    responses((status = 200, body = Run), (status = 202, body = Run), (status = 400, body = Problem)))]
async fn run_inline(
    State(app): State<AppState>,
    Auth(caller): Auth,
    headers: HeaderMap,
    Json(body): Json<InlineRun>,
) -> Result<Response, ApiError> {
    let document = Box::new(body.document);
    let target = match body.flow {
        Some(flow) => Target::Draft(flow, document),
        None => Target::Inline(document),
    };
    let mut request = request(target, body.input, &headers);
    let turns = body.history.into_iter();
    request.talk = Talk {
        history: turns.map(TurnBefore::turn).collect(),
        variables: body.variables,
    };
    match body.mode {
        Mode::Wait => Ok(Json(app.platform.invoke(&caller, request).await?).into_response()),
        Mode::Async => Ok((
            StatusCode::ACCEPTED,
            Json(app.platform.start_run(&caller, request).await?),
        )
            .into_response()),
        Mode::Stream => start_and_follow(&app, &caller, request).await,
    }
}

/// Runs, newest first.
#[utoipa::path(get, path = "/runs", tag = "runs", operation_id = "list_runs", params(PageQuery, RunFilter), responses((status = 200, body = Page<Run>)))]
async fn list(
    State(app): State<AppState>,
    Auth(caller): Auth,
    Paging(page): Paging,
    Params(filter): Params<RunFilter>,
) -> Result<Json<Page<Run>>, ApiError> {
    let filter = headwater_platform::runs::RunFilter {
        flow: filter.flow.as_deref(),
        status: filter.status,
        rating: filter.rating,
        annotated: filter.annotated,
        share: filter.share,
        user: filter.user.as_deref(),
        from: time("from", filter.from.as_deref())?,
        to: time("to", filter.to.as_deref())?,
        text: filter.q.as_deref(),
    };
    Ok(Json(app.platform.runs(&caller, &page, filter).await?))
}

/// A run.
#[utoipa::path(get, path = "/runs/{id}", tag = "runs", operation_id = "get_run", params(("id" = RunId, Path)), responses((status = 200, body = Run), (status = 404, body = Problem)))]
async fn get(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<RunId>,
) -> Result<Json<Run>, ApiError> {
    Ok(Json(app.platform.run(&caller, id).await?))
}

/// A run's finished steps, in the order they ended.
#[utoipa::path(get, path = "/runs/{id}/steps", tag = "runs", operation_id = "list_steps", params(("id" = RunId, Path), StepPage),
    responses((status = 200, body = Page<Step>), (status = 404, body = Problem)))]
async fn steps(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<RunId>,
    Params(page): Params<StepPage>,
) -> Result<Json<Page<Step>>, ApiError> {
    let limit = match page.limit {
        Some(limit) => Some(PageRequest::new(Some(limit), None)?.limit),
        None => None,
    };
    let outlined = page.payloads == Some(false);
    let steps = app
        .platform
        .run_steps(&caller, id, page.after, limit, outlined);
    Ok(Json(steps.await?))
}

/// A run's finished step, with all that it had and gave.
#[utoipa::path(get, path = "/runs/{id}/steps/{step}", tag = "runs", operation_id = "get_step", params(("id" = RunId, Path), ("step" = StepId, Path)),
    responses((status = 200, body = Step), (status = 404, body = Problem)))]
async fn step(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId((id, step)): PathId<(RunId, StepId)>,
) -> Result<Json<Step>, ApiError> {
    Ok(Json(app.platform.run_step(&caller, id, step).await?))
}

/// The flow document that a run runs: a revision's, or a draft as it was.
#[utoipa::path(get, path = "/runs/{id}/document", tag = "runs", operation_id = "get_run_document", params(("id" = RunId, Path)),
    responses((status = 200, body = FlowDocument), (status = 404, body = Problem)))]
async fn document(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<RunId>,
) -> Result<Json<FlowDocument>, ApiError> {
    Ok(Json(app.platform.run_document(&caller, id).await?))
}

/// A run's events from the beginning, or after `Last-Event-ID`; over a WebSocket when asked to.
#[utoipa::path(get, path = "/runs/{id}/events", tag = "runs", operation_id = "stream_run_events",
    params(("id" = RunId, Path), After, ("Last-Event-ID" = Option<String>, Header)),
    responses((status = 200, description = "Server-sent events; the id of each is `seq.offset`.", content_type = "text/event-stream", body = headwater_model::run::event::Event),
        (status = 101, description = "A WebSocket: one JSON message per event, with its `id`; the client may send `{\"type\": \"cancel\"}`.")))]
async fn events(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<RunId>,
    Params(query): Params<After>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    let cursor = sse::cursor(&headers, query.after.as_deref())?;
    let events = app.platform.run_events(&caller, id, cursor).await?;
    if !socket::is_asked_for(&headers) {
        return Ok(sse::response(Vec::new(), events));
    }
    let feed = Feed {
        platform: app.platform,
        caller,
        run: id,
    };
    Ok(feed.open(upgrade, events)?)
}

/// Cancel a run; what it does is stopped at once.
#[utoipa::path(post, path = "/runs/{id}/cancel", tag = "runs", operation_id = "cancel_run", params(("id" = RunId, Path)),
    responses((status = 202, body = Run), (status = 404, body = Problem)))]
async fn cancel(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<RunId>,
) -> Result<(StatusCode, Json<Run>), ApiError> {
    Ok((
        StatusCode::ACCEPTED,
        Json(app.platform.cancel_run(&caller, id).await?),
    ))
}
