//! Triggers: what starts runs besides this API.

use axum::extract::State;
use axum::http::StatusCode;
use headwater_model::id::TriggerId;
use headwater_model::page::Page;
use headwater_model::run::Run;
use headwater_model::trigger::{Firing, Trigger, TriggerKind, TriggerSettings};
use headwater_platform::triggers::{Made, NewTrigger, TriggerChange};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::error::{ApiError, Problem};
use crate::extract::{Auth, Json, PageQuery, Paging, Params, PathId};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, update, delete))
        .routes(routes!(rotate))
        .routes(routes!(fire))
        .routes(routes!(firings))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// A flow's id or slug.
    flow: Option<String>,
    #[param(inline)]
    kind: Option<TriggerKind>,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct TriggerBody {
    /// The flow it runs, by id or slug; it must be published.
    flow: String,
    name: String,
    /// The revision it runs; the published one when absent.
    revision: Option<u32>,
    /// The flow's inputs as templates over the event, such as `{{ body.id }}`.
    #[serde(default)]
    #[schema(value_type = Object)]
    input: Map<String, Value>,
    settings: TriggerSettings,
    /// Whether it fires; true when absent.
    #[serde(default = "yes")]
    enabled: bool,
}

fn yes() -> bool {
    true
}

/// What is absent stays as it is.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct TriggerUpdate {
    name: Option<String>,
    enabled: Option<bool>,
    /// null for the published revision.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u32>)]
    revision: Option<Option<u32>>,
    #[schema(value_type = Option<Object>)]
    input: Option<Map<String, Value>>,
    /// All settings anew, of the same kind.
    settings: Option<TriggerSettings>,
}

/// What is there, and be it null.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<u32>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// A trigger; `secret` is there when it has a new one, and never again.
#[derive(Serialize, utoipa::ToSchema)]
struct MadeTrigger {
    #[serde(flatten)]
    trigger: Trigger,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

impl From<Made> for MadeTrigger {
    fn from(made: Made) -> Self {
        Self {
            trigger: made.trigger,
            secret: made.secret,
        }
    }
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Rotation {
    /// How long the secret before it is accepted too, such as `2h` or `0s`; `1d` when absent.
    overlap: Option<String>,
}

#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct HandFiring {
    /// Stands for the event's body.
    #[serde(default)]
    #[schema(value_type = Object)]
    body: Value,
    /// Stands for the event's query.
    #[serde(default)]
    #[schema(value_type = Object)]
    query: Map<String, Value>,
}

/// The workspace's triggers, newest first.
#[utoipa::path(get, path = "/triggers", tag = "triggers", operation_id = "list_triggers", params(PageQuery, Filter),
    responses((status = 200, body = Page<Trigger>)))]
async fn list(
    State(app): State<AppState>,
    Auth(caller): Auth,
    Paging(page): Paging,
    Params(filter): Params<Filter>,
) -> Result<Json<Page<Trigger>>, ApiError> {
    let flow = filter.flow.as_deref();
    Ok(Json(
        app.platform
            .triggers(&caller, &page, flow, filter.kind)
            .await?,
    ))
}

/// Create a trigger. The answer is the only one with a webhook's secret.
#[utoipa::path(post, path = "/triggers", tag = "triggers", operation_id = "create_trigger", request_body = TriggerBody,
    responses((status = 201, body = MadeTrigger), (status = 400, body = Problem), (status = 404, body = Problem),
    (status = 409, body = Problem, description = "The flow is not published, or needs a conversation.")))]
async fn create(
    State(app): State<AppState>,
    Auth(caller): Auth,
    Json(body): Json<TriggerBody>,
) -> Result<(StatusCode, Json<MadeTrigger>), ApiError> {
    let new = NewTrigger {
        flow: body.flow,
        name: body.name,
        revision: body.revision,
        input: body.input,
        settings: body.settings,
        enabled: body.enabled,
    };
    let made = app.platform.create_trigger(&caller, new).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// A trigger.
#[utoipa::path(get, path = "/triggers/{id}", tag = "triggers", operation_id = "get_trigger", params(("id" = TriggerId, Path)),
    responses((status = 200, body = Trigger), (status = 404, body = Problem)))]
async fn get(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<TriggerId>,
) -> Result<Json<Trigger>, ApiError> {
    Ok(Json(app.platform.trigger(&caller, id).await?))
}

/// Change a trigger, or switch it on or off. Another way to verify brings another secret.
#[utoipa::path(patch, path = "/triggers/{id}", tag = "triggers", operation_id = "update_trigger", params(("id" = TriggerId, Path)),
    request_body = TriggerUpdate, responses((status = 200, body = MadeTrigger), (status = 400, body = Problem), (status = 409, body = Problem)))]
async fn update(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<TriggerId>,
    Json(body): Json<TriggerUpdate>,
) -> Result<Json<MadeTrigger>, ApiError> {
    let change = TriggerChange {
        name: body.name,
        enabled: body.enabled,
        revision: body.revision,
        input: body.input,
        settings: body.settings,
    };
    let made = app.platform.update_trigger(&caller, id, change).await?;
    Ok(Json(made.into()))
}

/// Delete a trigger; its runs stay.
#[utoipa::path(delete, path = "/triggers/{id}", tag = "triggers", operation_id = "delete_trigger", params(("id" = TriggerId, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn delete(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<TriggerId>,
) -> Result<StatusCode, ApiError> {
    app.platform.delete_trigger(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give a webhook a new secret; the one before is accepted for a while.
#[utoipa::path(post, path = "/triggers/{id}/rotate", tag = "triggers", operation_id = "rotate_trigger", params(("id" = TriggerId, Path)),
    request_body = Rotation, responses((status = 200, body = MadeTrigger), (status = 409, body = Problem, description = "It has no secret.")))]
async fn rotate(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<TriggerId>,
    Json(body): Json<Rotation>,
) -> Result<Json<MadeTrigger>, ApiError> {
    let overlap = body.overlap.as_deref();
    let made = app.platform.rotate_trigger(&caller, id, overlap).await?;
    Ok(Json(made.into()))
}

/// Fire a trigger by hand, switched on or not.
#[utoipa::path(post, path = "/triggers/{id}/fire", tag = "triggers", operation_id = "fire_trigger", params(("id" = TriggerId, Path)),
    request_body = HandFiring, responses((status = 202, body = Run), (status = 400, body = Problem), (status = 404, body = Problem)))]
async fn fire(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<TriggerId>,
    body: Option<Json<HandFiring>>,
) -> Result<(StatusCode, Json<Run>), ApiError> {
    let Json(body) = body.unwrap_or(Json(HandFiring::default()));
    let run = app
        .platform
        .fire_trigger(&caller, id, body.body, body.query)
        .await?;
    Ok((StatusCode::ACCEPTED, Json(run)))
}

/// What came of a trigger's events in the last thirty days, newest first.
#[utoipa::path(get, path = "/triggers/{id}/firings", tag = "triggers", operation_id = "list_firings", params(("id" = TriggerId, Path), PageQuery),
    responses((status = 200, body = Page<Firing>), (status = 404, body = Problem)))]
async fn firings(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<TriggerId>,
    Paging(page): Paging,
) -> Result<Json<Page<Firing>>, ApiError> {
    Ok(Json(app.platform.firings(&caller, id, &page).await?))
}
