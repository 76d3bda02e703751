//! Conversations found by their words, and carried as files.

use axum::extract::State;
use axum::http::StatusCode;
use headwater_model::conversation::file::ConversationFile;
use headwater_model::conversation::{Conversation, Found};
use headwater_model::id::ConversationId;
use headwater_model::page::Page;
use serde::Deserialize;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::error::{ApiError, Problem};
use crate::extract::{Auth, Json, PageQuery, Paging, Params, PathId};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(search))
        .routes(routes!(import))
        .routes(routes!(export))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Search {
    /// Words, or how they begin; what is found has all of them. At most 300 characters.
    q: String,
}

/// Search my conversations, their titles and all their messages, the latest first.
#[utoipa::path(get, path = "/conversations/search", tag = "conversations", operation_id = "search_conversations", params(Search, PageQuery),
    responses((status = 200, body = Page<Found>), (status = 400, body = Problem)))]
async fn search(
    State(app): State<AppState>,
    Auth(caller): Auth,
    Params(search): Params<Search>,
    Paging(page): Paging,
) -> Result<Json<Page<Found>>, ApiError> {
    Ok(Json(
        app.platform
            .search_conversations(&caller, &search.q, &page)
            .await?,
    ))
}

/// A conversation with all its branches, as a file that an import reads.
#[utoipa::path(get, path = "/conversations/{id}/export", tag = "conversations", operation_id = "export_conversation", params(("id" = ConversationId, Path)),
    responses((status = 200, body = ConversationFile), (status = 404, body = Problem)))]
async fn export(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<ConversationId>,
) -> Result<Json<ConversationFile>, ApiError> {
    Ok(Json(app.platform.export_conversation(&caller, id).await?))
}

/// Keep an exported conversation as a new one. All of it is kept, or an error names the field that is
/// wrong.
#[utoipa::path(post, path = "/conversations/import", tag = "conversations", operation_id = "import_conversation", request_body = ConversationFile,
    responses((status = 201, body = Conversation), (status = 400, body = Problem), (status = 413, body = Problem)))]
async fn import(
    State(app): State<AppState>,
    Auth(caller): Auth,
    Json(file): Json<Value>,
) -> Result<(StatusCode, Json<Conversation>), ApiError> {
    let made = app.platform.import_conversation(&caller, file).await?;
    Ok((StatusCode::CREATED, Json(made)))
}
