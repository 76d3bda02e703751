//! Questions that runs ask people, and their answers.

use axum::extract::State;
use axum::http::StatusCode;
use headwater_model::Timestamp;
use headwater_model::id::{RunId, WaitId};
use headwater_model::page::Page;
use headwater_model::run::wait::{Form, Wait};
use headwater_platform::runs::Reply;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::error::{ApiError, Problem};
use crate::extract::{Auth, Json, PageQuery, Paging, PathId};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(of_run))
        .routes(routes!(list))
        .routes(routes!(answer))
        .routes(routes!(link))
        .routes(routes!(asked, answer_link))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct WaitAnswer {
    /// One of the form's buttons.
    button: String,
    /// The fields' values by name; those left out have their defaults.
    #[serde(default)]
    #[schema(value_type = Object)]
    fields: Map<String, Value>,
}

impl From<WaitAnswer> for Reply {
    fn from(answer: WaitAnswer) -> Self {
        Self {
            button: answer.button,
            fields: answer.fields,
        }
    }
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewLink {
    /// How long it lasts, such as `4h`; `7d` when absent, and never longer than the deadline.
    lasts: Option<String>,
    /// Whom it is for; the answer is told to be theirs.
    #[serde(rename = "for")]
    holder: Option<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct WaitLink {
    /// The way in for programs, below this server's address; whoever has it may answer.
    path: String,
    /// The page that shows the form to people, below this server's address.
    page: String,
    token: String,
    expires_at: Timestamp,
}

/// What a link asks.
#[derive(Serialize, utoipa::ToSchema)]
struct Asked {
    flow_name: String,
    #[serde(flatten)]
    form: Form,
    deadline: Option<Timestamp>,
}

/// What a run asks, and asked, people.
#[utoipa::path(get, path = "/runs/{id}/waits", tag = "waits", operation_id = "list_run_waits", params(("id" = RunId, Path)),
    responses((status = 200, body = Page<Wait>), (status = 404, body = Problem)))]
async fn of_run(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<RunId>,
) -> Result<Json<Page<Wait>>, ApiError> {
    Ok(Json(Page {
        items: app.platform.run_waits(&caller, id).await?,
        next: None,
    }))
}

/// The open questions that you may answer, oldest first.
#[utoipa::path(get, path = "/waits", tag = "waits", operation_id = "list_waits", params(PageQuery), responses((status = 200, body = Page<Wait>)))]
async fn list(
    State(app): State<AppState>,
    Auth(caller): Auth,
    Paging(page): Paging,
) -> Result<Json<Page<Wait>>, ApiError> {
    Ok(Json(app.platform.open_waits(&caller, &page).await?))
}

/// Answer a question; its run goes on.
#[utoipa::path(post, path = "/waits/{id}/answer", tag = "waits", operation_id = "answer_wait", params(("id" = WaitId, Path)),
    request_body = WaitAnswer, responses((status = 200, body = Wait), (status = 400, body = Problem), (status = 403, body = Problem),
    (status = 409, body = Problem, description = "It was answered already, or its time is over.")))]
async fn answer(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<WaitId>,
    Json(body): Json<WaitAnswer>,
) -> Result<Json<Wait>, ApiError> {
    Ok(Json(
        app.platform.answer_wait(&caller, id, body.into()).await?,
    ))
}

/// Make a link that answers a question without an account; the first answer ends it.
#[utoipa::path(post, path = "/waits/{id}/link", tag = "waits", operation_id = "link_wait", params(("id" = WaitId, Path)),
    request_body = NewLink, responses((status = 201, body = WaitLink), (status = 409, body = Problem)))]
async fn link(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<WaitId>,
    Json(body): Json<NewLink>,
) -> Result<(StatusCode, Json<WaitLink>), ApiError> {
    let link = app
        .platform
        .link_wait(&caller, id, body.lasts.as_deref(), body.holder.as_deref())
        .await?;
    let link = WaitLink {
        path: format!("/api/v1/answers/{}", link.token),
        page: format!("/answers/{}", link.token),
        token: link.token,
        expires_at: link.expires_at,
    };
    Ok((StatusCode::CREATED, Json(link)))
}

/// What a link asks.
#[utoipa::path(get, path = "/answers/{token}", tag = "waits", operation_id = "get_linked_wait", security(()), params(("token" = String, Path)),
    responses((status = 200, body = Asked), (status = 404, body = Problem), (status = 409, body = Problem, description = "It was used already.")))]
async fn asked(
    State(app): State<AppState>,
    PathId(token): PathId<String>,
) -> Result<Json<Asked>, ApiError> {
    let wait = app.platform.linked_wait(&token).await?;
    // Who else was asked is nobody's business outside.
    let form = Form {
        assignees: Vec::new(),
        ..wait.form
    };
    Ok(Json(Asked {
        flow_name: wait.flow_name,
        form,
        deadline: wait.deadline,
    }))
}

/// Answer with a link.
#[utoipa::path(post, path = "/answers/{token}", tag = "waits", operation_id = "answer_linked_wait", security(()), params(("token" = String, Path)),
    request_body = WaitAnswer, responses((status = 204), (status = 400, body = Problem), (status = 409, body = Problem, description = "It was used already.")))]
async fn answer_link(
    State(app): State<AppState>,
    PathId(token): PathId<String>,
    Json(body): Json<WaitAnswer>,
) -> Result<StatusCode, ApiError> {
    app.platform.answer_link(&token, body.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}
