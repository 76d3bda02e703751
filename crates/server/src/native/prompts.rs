//! Prompts that people ask with again.

use axum::extract::State;
use axum::http::StatusCode;
use headwater_model::id::PromptId;
use headwater_model::page::Page;
use headwater_model::prompt::{NewPrompt, Prompt, PromptChange};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::error::{ApiError, Problem};
use crate::extract::{Auth, Json, PageQuery, Paging, Params, PathId};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, update, delete))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Words that are in the name or the text, in whichever case.
    #[serde(default)]
    q: String,
}

/// My prompts and the common ones, by name.
#[utoipa::path(get, path = "/prompts", tag = "prompts", operation_id = "list_prompts", params(Filter, PageQuery), responses((status = 200, body = Page<Prompt>)))]
async fn list(
    State(app): State<AppState>,
    Auth(caller): Auth,
    Params(filter): Params<Filter>,
    Paging(page): Paging,
) -> Result<Json<Page<Prompt>>, ApiError> {
    Ok(Json(app.platform.prompts(&caller, &page, &filter.q).await?))
}

/// Keep a prompt.
#[utoipa::path(post, path = "/prompts", tag = "prompts", operation_id = "create_prompt", request_body = NewPrompt,
    responses((status = 201, body = Prompt), (status = 400, body = Problem), (status = 409, body = Problem, description = "The name is taken.")))]
async fn create(
    State(app): State<AppState>,
    Auth(caller): Auth,
    Json(body): Json<NewPrompt>,
) -> Result<(StatusCode, Json<Prompt>), ApiError> {
    let made = app.platform.create_prompt(&caller, body).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// A prompt.
#[utoipa::path(get, path = "/prompts/{id}", tag = "prompts", operation_id = "get_prompt", params(("id" = PromptId, Path)),
    responses((status = 200, body = Prompt), (status = 404, body = Problem)))]
async fn get(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<PromptId>,
) -> Result<Json<Prompt>, ApiError> {
    Ok(Json(app.platform.prompt(&caller, id).await?))
}

/// Change a prompt.
#[utoipa::path(patch, path = "/prompts/{id}", tag = "prompts", operation_id = "update_prompt", params(("id" = PromptId, Path)), request_body = PromptChange,
    responses((status = 200, body = Prompt), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem, description = "The name is taken.")))]
async fn update(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<PromptId>,
    Json(body): Json<PromptChange>,
) -> Result<Json<Prompt>, ApiError> {
    Ok(Json(app.platform.update_prompt(&caller, id, body).await?))
}

/// Delete a prompt.
#[utoipa::path(delete, path = "/prompts/{id}", tag = "prompts", operation_id = "delete_prompt", params(("id" = PromptId, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn delete(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<PromptId>,
) -> Result<StatusCode, ApiError> {
    app.platform.delete_prompt(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
