//! Question sets: labelled questions of knowledge bases.

use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use headwater_model::id::{QuestionId, QuestionSetId};
use headwater_model::knowledge::question_set::{
    LabelledQuestion, MarkedQuestion, Question, QuestionSet,
};
use headwater_model::page::Page;
use headwater_platform::question_sets::QuestionFiles;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::error::{ApiError, Problem};
use crate::extract::{Auth, Json, PageQuery, Paging, PathId};

/// The largest import, in bytes.
const MOST_BYTES: usize = 32 * 1024 * 1024;

pub(super) fn router() -> OpenApiRouter<AppState> {
    let import = OpenApiRouter::new()
        .routes(routes!(import))
        .layer(DefaultBodyLimit::max(MOST_BYTES));
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, update, delete))
        .routes(routes!(questions, add))
        .routes(routes!(mark))
        .routes(routes!(export))
        .routes(routes!(question, replace, remove))
        .merge(import)
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct QuestionSetRequest {
    /// Unique in its knowledge base.
    name: String,
    #[serde(default)]
    description: String,
}

/// What is absent stays as it is.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct QuestionSetChanges {
    name: Option<String>,
    description: Option<String>,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct QuestionImport {
    /// Lines of JSON, a table (CSV) with a line of titles, or with `judgements` the questions of a
    /// collection, in TREC's form or as lines of JSON.
    questions: String,
    /// Lines of question, document and grade, in TREC's form or tab-separated.
    judgements: Option<String>,
    /// Whether what is in the set is taken out first.
    #[serde(default)]
    replace: bool,
}

/// What came of an import.
#[derive(Serialize, utoipa::ToSchema)]
struct QuestionsImported {
    added: u64,
    /// Those whose key was known.
    replaced: u64,
    /// Those that were taken out first.
    removed: u64,
    /// Questions of the file that nothing is labelled for.
    without_labels: u64,
}

/// The question sets of a knowledge base, oldest first.
#[utoipa::path(get, path = "/knowledge-bases/{id}/question-sets", tag = "evaluations", operation_id = "list_question_sets", params(("id" = String, Path), PageQuery),
    responses((status = 200, body = Page<QuestionSet>), (status = 404, body = Problem)))]
async fn list(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<String>,
    Paging(page): Paging,
) -> Result<Json<Page<QuestionSet>>, ApiError> {
    Ok(Json(app.platform.question_sets(&caller, &id, &page).await?))
}

/// Create an empty question set.
#[utoipa::path(post, path = "/knowledge-bases/{id}/question-sets", tag = "evaluations", operation_id = "create_question_set", params(("id" = String, Path)),
    request_body = QuestionSetRequest, responses((status = 201, body = QuestionSet), (status = 400, body = Problem), (status = 404, body = Problem),
    (status = 409, body = Problem, description = "The name is taken.")))]
async fn create(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<String>,
    Json(body): Json<QuestionSetRequest>,
) -> Result<(StatusCode, Json<QuestionSet>), ApiError> {
    let set = app
        .platform
        .create_question_set(&caller, &id, &body.name, &body.description)
        .await?;
    Ok((StatusCode::CREATED, Json(set)))
}

/// A question set.
#[utoipa::path(get, path = "/question-sets/{id}", tag = "evaluations", operation_id = "get_question_set", params(("id" = QuestionSetId, Path)),
    responses((status = 200, body = QuestionSet), (status = 404, body = Problem)))]
async fn get(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<QuestionSetId>,
) -> Result<Json<QuestionSet>, ApiError> {
    Ok(Json(app.platform.question_set(&caller, id).await?))
}

/// Rename a question set, or describe it anew.
#[utoipa::path(patch, path = "/question-sets/{id}", tag = "evaluations", operation_id = "update_question_set", params(("id" = QuestionSetId, Path)),
    request_body = QuestionSetChanges, responses((status = 200, body = QuestionSet), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn update(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<QuestionSetId>,
    Json(body): Json<QuestionSetChanges>,
) -> Result<Json<QuestionSet>, ApiError> {
    let (name, description) = (body.name.as_deref(), body.description.as_deref());
    let set = app
        .platform
        .update_question_set(&caller, id, name, description)
        .await?;
    Ok(Json(set))
}

/// Delete a question set with its questions and evaluations.
#[utoipa::path(delete, path = "/question-sets/{id}", tag = "evaluations", operation_id = "delete_question_set", params(("id" = QuestionSetId, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn delete(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<QuestionSetId>,
) -> Result<StatusCode, ApiError> {
    app.platform.delete_question_set(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The questions of a set with their labels, in order.
#[utoipa::path(get, path = "/question-sets/{id}/questions", tag = "evaluations", operation_id = "list_questions", params(("id" = QuestionSetId, Path), PageQuery),
    responses((status = 200, body = Page<Question>), (status = 404, body = Problem)))]
async fn questions(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<QuestionSetId>,
    Paging(page): Paging,
) -> Result<Json<Page<Question>>, ApiError> {
    let found = app.platform.labelled_questions(&caller, id, &page).await?;
    Ok(Json(found))
}

/// Add a question.
#[utoipa::path(post, path = "/question-sets/{id}/questions", tag = "evaluations", operation_id = "create_question", params(("id" = QuestionSetId, Path)),
    request_body = LabelledQuestion, responses((status = 201, body = Question), (status = 400, body = Problem), (status = 404, body = Problem),
    (status = 409, body = Problem, description = "The key is taken.")))]
async fn add(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<QuestionSetId>,
    Json(body): Json<LabelledQuestion>,
) -> Result<(StatusCode, Json<Question>), ApiError> {
    let question = app.platform.add_question(&caller, id, body).await?;
    Ok((StatusCode::CREATED, Json(question)))
}

/// Add a question of a search or a conversation, with the passages that were marked as right.
#[utoipa::path(post, path = "/question-sets/{id}/marked-questions", tag = "evaluations", operation_id = "create_marked_question", params(("id" = QuestionSetId, Path)),
    request_body = MarkedQuestion, responses((status = 201, body = Question), (status = 400, body = Problem), (status = 404, body = Problem)))]
async fn mark(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<QuestionSetId>,
    Json(body): Json<MarkedQuestion>,
) -> Result<(StatusCode, Json<Question>), ApiError> {
    let question = app.platform.add_marked_question(&caller, id, body).await?;
    Ok((StatusCode::CREATED, Json(question)))
}

/// Add the questions of a file. All are added, or an error says which line is wrong.
#[utoipa::path(post, path = "/question-sets/{id}/import", tag = "evaluations", operation_id = "import_questions", params(("id" = QuestionSetId, Path)),
    request_body = QuestionImport, responses((status = 200, body = QuestionsImported), (status = 400, body = Problem), (status = 404, body = Problem), (status = 413, body = Problem)))]
async fn import(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<QuestionSetId>,
    Json(body): Json<QuestionImport>,
) -> Result<Json<QuestionsImported>, ApiError> {
    let files = QuestionFiles {
        questions: body.questions,
        judgements: body.judgements,
        replace: body.replace,
    };
    let (imported, without_labels) = app.platform.import_questions(&caller, id, files).await?;
    Ok(Json(QuestionsImported {
        added: imported.added,
        replaced: imported.replaced,
        removed: imported.removed,
        without_labels,
    }))
}

/// All questions of a set as lines of JSON, which an import reads.
#[utoipa::path(get, path = "/question-sets/{id}/export", tag = "evaluations", operation_id = "export_questions", params(("id" = QuestionSetId, Path)),
    responses((status = 200, body = String, content_type = "application/x-ndjson"), (status = 404, body = Problem)))]
async fn export(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<QuestionSetId>,
) -> Result<impl IntoResponse, ApiError> {
    let lines = app.platform.export_questions(&caller, id).await?;
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], lines))
}

/// A question with its labels.
#[utoipa::path(get, path = "/questions/{id}", tag = "evaluations", operation_id = "get_question", params(("id" = QuestionId, Path)),
    responses((status = 200, body = Question), (status = 404, body = Problem)))]
async fn question(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<QuestionId>,
) -> Result<Json<Question>, ApiError> {
    Ok(Json(app.platform.labelled_question(&caller, id).await?))
}

/// Replace a question and its labels.
#[utoipa::path(put, path = "/questions/{id}", tag = "evaluations", operation_id = "replace_question", params(("id" = QuestionId, Path)),
    request_body = LabelledQuestion, responses((status = 200, body = Question), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn replace(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<QuestionId>,
    Json(body): Json<LabelledQuestion>,
) -> Result<Json<Question>, ApiError> {
    Ok(Json(
        app.platform.replace_question(&caller, id, body).await?,
    ))
}

/// Take a question out of its set.
#[utoipa::path(delete, path = "/questions/{id}", tag = "evaluations", operation_id = "delete_question", params(("id" = QuestionId, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn remove(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<QuestionId>,
) -> Result<StatusCode, ApiError> {
    app.platform.remove_question(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
