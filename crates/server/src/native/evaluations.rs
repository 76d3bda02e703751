//! Evaluations: question sets asked of their knowledge bases.

use axum::extract::State;
use axum::http::StatusCode;
use headwater_model::id::{EvaluationId, QuestionSetId};
use headwater_model::knowledge::evaluation::{
    Comparison, EvaluatedQuestion, Evaluation, EvaluationSettings,
};
use headwater_model::page::Page;
use headwater_platform::evaluations::Compare;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::error::{ApiError, Problem};
use crate::extract::{Auth, Json, PageQuery, Paging, Params, PathId};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, start))
        .routes(routes!(get, delete))
        .routes(routes!(cancel))
        .routes(routes!(questions))
        .routes(routes!(compare))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only those of this question set.
    question_set: Option<QuestionSetId>,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct EvaluationRequest {
    /// The questions that are asked, as they are now.
    question_set: QuestionSetId,
    #[serde(default)]
    settings: EvaluationSettings,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct How {
    /// Which measure says what gained and lost; nDCG at the deepest depth when absent.
    measure: Option<String>,
    /// The same number for the same p-values and intervals; 0 when absent.
    seed: Option<u64>,
    /// How often chance is asked, 100 to 100,000; 5,000 when absent.
    rounds: Option<u32>,
}

/// The evaluations of a knowledge base, newest first.
#[utoipa::path(get, path = "/knowledge-bases/{id}/evaluations", tag = "evaluations", operation_id = "list_evaluations", params(("id" = String, Path), Filter, PageQuery),
    responses((status = 200, body = Page<Evaluation>), (status = 404, body = Problem)))]
async fn list(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<String>,
    Paging(page): Paging,
    Params(filter): Params<Filter>,
) -> Result<Json<Page<Evaluation>>, ApiError> {
    let found = app
        .platform
        .evaluations(&caller, &id, filter.question_set, &page)
        .await?;
    Ok(Json(found))
}

/// Ask a question set, in the background.
#[utoipa::path(post, path = "/knowledge-bases/{id}/evaluations", tag = "evaluations", operation_id = "create_evaluation", params(("id" = String, Path)),
    request_body = EvaluationRequest, responses((status = 202, body = Evaluation), (status = 400, body = Problem), (status = 404, body = Problem),
    (status = 409, body = Problem, description = "The set is empty.")))]
async fn start(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<String>,
    Json(body): Json<EvaluationRequest>,
) -> Result<(StatusCode, Json<Evaluation>), ApiError> {
    let started = app
        .platform
        .start_evaluation(&caller, &id, body.question_set, body.settings)
        .await?;
    Ok((StatusCode::ACCEPTED, Json(started)))
}

/// An evaluation: how far it is, and what it came to.
#[utoipa::path(get, path = "/evaluations/{id}", tag = "evaluations", operation_id = "get_evaluation", params(("id" = EvaluationId, Path)),
    responses((status = 200, body = Evaluation), (status = 404, body = Problem)))]
async fn get(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<EvaluationId>,
) -> Result<Json<Evaluation>, ApiError> {
    Ok(Json(app.platform.evaluation(&caller, id).await?))
}

/// Delete an evaluation with its results.
#[utoipa::path(delete, path = "/evaluations/{id}", tag = "evaluations", operation_id = "delete_evaluation", params(("id" = EvaluationId, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn delete(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<EvaluationId>,
) -> Result<StatusCode, ApiError> {
    app.platform.delete_evaluation(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// End an evaluation that waits or is under way; what was asked so far stays.
#[utoipa::path(post, path = "/evaluations/{id}/cancel", tag = "evaluations", operation_id = "cancel_evaluation", params(("id" = EvaluationId, Path)),
    responses((status = 200, body = Evaluation), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn cancel(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<EvaluationId>,
) -> Result<Json<Evaluation>, ApiError> {
    Ok(Json(app.platform.cancel_evaluation(&caller, id).await?))
}

/// The questions of an evaluation, and what each of them found.
#[utoipa::path(get, path = "/evaluations/{id}/questions", tag = "evaluations", operation_id = "list_evaluated_questions", params(("id" = EvaluationId, Path), PageQuery),
    responses((status = 200, body = Page<EvaluatedQuestion>), (status = 404, body = Problem)))]
async fn questions(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<EvaluationId>,
    Paging(page): Paging,
) -> Result<Json<Page<EvaluatedQuestion>>, ApiError> {
    let found = app.platform.evaluated_questions(&caller, id, &page).await?;
    Ok(Json(found))
}

/// Two evaluations of the same set side by side: what differs, and how likely by chance.
#[utoipa::path(get, path = "/evaluations/{id}/compare/{after}", tag = "evaluations", operation_id = "compare_evaluations",
    params(("id" = EvaluationId, Path, description = "The one before."), ("after" = EvaluationId, Path), How),
    responses((status = 200, body = Comparison), (status = 400, body = Problem), (status = 404, body = Problem),
    (status = 409, body = Problem, description = "They are of different sets.")))]
async fn compare(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId((before, after)): PathId<(EvaluationId, EvaluationId)>,
    Params(how): Params<How>,
) -> Result<Json<Comparison>, ApiError> {
    let how = Compare {
        measure: how.measure,
        seed: how.seed.unwrap_or(0),
        rounds: how.rounds,
    };
    let compared = app
        .platform
        .compare_evaluations(&caller, before, after, how)
        .await?;
    Ok(Json(compared))
}
