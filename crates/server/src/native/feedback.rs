//! What people say of runs: ratings, and the answers there should have been.

use axum::extract::State;
use axum::http::StatusCode;
use headwater_model::id::{ConversationId, QuestionSetId, RunId};
use headwater_model::knowledge::question_set::Question;
use headwater_model::run::feedback::{
    Annotation, Feedback, NewAnnotation, NewFeedback, RunFeedback,
};
use headwater_platform::feedback::AskedAgain;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::error::{ApiError, Problem};
use crate::extract::{Auth, Json, PathId};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(said, rate, unrate))
        .routes(routes!(annotate, unannotate))
        .routes(routes!(ask))
        .routes(routes!(given))
}

/// The caller's own ratings.
#[derive(Serialize, utoipa::ToSchema)]
struct GivenRatings {
    items: Vec<Feedback>,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct AnnotationQuestion {
    question_set: QuestionSetId,
    /// What the run was asked, when absent.
    question: Option<String>,
    /// The numbers of the run's citations that support the better answer.
    #[serde(default)]
    citations: Vec<u32>,
}

/// Everything people said of a run.
#[utoipa::path(get, path = "/runs/{id}/feedback", tag = "runs", operation_id = "get_run_feedback", params(("id" = RunId, Path)),
    responses((status = 200, body = RunFeedback), (status = 404, body = Problem)))]
async fn said(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<RunId>,
) -> Result<Json<RunFeedback>, ApiError> {
    Ok(Json(app.platform.run_feedback(&caller, id).await?))
}

/// Rate a run that is over; everybody has one rating per run.
#[utoipa::path(put, path = "/runs/{id}/feedback", tag = "runs", operation_id = "rate_run", params(("id" = RunId, Path)), request_body = NewFeedback,
    responses((status = 200, body = Feedback), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn rate(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<RunId>,
    Json(body): Json<NewFeedback>,
) -> Result<Json<Feedback>, ApiError> {
    Ok(Json(app.platform.rate_run(&caller, id, body).await?))
}

/// Take one's own rating of a run back.
#[utoipa::path(delete, path = "/runs/{id}/feedback", tag = "runs", operation_id = "unrate_run", params(("id" = RunId, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn unrate(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<RunId>,
) -> Result<StatusCode, ApiError> {
    app.platform.unrate_run(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Say what a run should have answered, in place of what was said before.
#[utoipa::path(put, path = "/runs/{id}/annotation", tag = "runs", operation_id = "annotate_run", params(("id" = RunId, Path)), request_body = NewAnnotation,
    responses((status = 200, body = Annotation), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn annotate(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<RunId>,
    Json(body): Json<NewAnnotation>,
) -> Result<Json<Annotation>, ApiError> {
    Ok(Json(app.platform.annotate_run(&caller, id, body).await?))
}

/// Take back what a run should have answered.
#[utoipa::path(delete, path = "/runs/{id}/annotation", tag = "runs", operation_id = "unannotate_run", params(("id" = RunId, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn unannotate(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<RunId>,
) -> Result<StatusCode, ApiError> {
    app.platform.unannotate_run(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Make a run's annotation a question of a question set, with the answer to expect; a second time the
/// question is replaced.
#[utoipa::path(post, path = "/runs/{id}/annotation/question", tag = "runs", operation_id = "ask_annotation", params(("id" = RunId, Path)), request_body = AnnotationQuestion,
    responses((status = 201, body = Question), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn ask(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<RunId>,
    Json(body): Json<AnnotationQuestion>,
) -> Result<(StatusCode, Json<Question>), ApiError> {
    let asked = AskedAgain {
        set: body.question_set,
        question: body.question,
        citations: body.citations,
    };
    let question = app.platform.ask_annotation(&caller, id, asked).await?;
    Ok((StatusCode::CREATED, Json(question)))
}

/// The ratings one gave the answers of a conversation.
#[utoipa::path(get, path = "/conversations/{id}/feedback", tag = "conversations", operation_id = "list_given_ratings", params(("id" = ConversationId, Path)),
    responses((status = 200, body = GivenRatings), (status = 404, body = Problem)))]
async fn given(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<ConversationId>,
) -> Result<Json<GivenRatings>, ApiError> {
    let items = app.platform.conversation_feedback(&caller, id).await?;
    Ok(Json(GivenRatings { items }))
}
