//! Knowledge bases, and searching them.

use axum::extract::State;
use axum::http::StatusCode;
use headwater_model::knowledge::chunking::ChunkingSettings;
use headwater_model::knowledge::retrieval::{RetrievalSettings, SearchNote, SearchOptions};
use headwater_model::knowledge::{KnowledgeBase, Passage};
use headwater_model::page::Page;
use headwater_model::usage::Usage;
use headwater_platform::knowledge::{KnowledgeBaseChanges as Changes, NewKnowledgeBase};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::error::{ApiError, Problem};
use crate::extract::{Auth, Json, PageQuery, Paging, PathId};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, update, delete))
        .routes(routes!(search))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct KnowledgeBaseRequest {
    name: String,
    #[serde(default)]
    description: String,
    /// The model whose vectors its chunks get, such as `local/NAME` or `PROVIDER/MODEL`; without one
    /// it is searched by words only.
    embedding_model: Option<String>,
    /// How it is searched.
    #[serde(default)]
    retrieval: RetrievalSettings,
    /// How its documents are cut into chunks.
    #[serde(default)]
    chunking: ChunkingSettings,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct KnowledgeBaseChanges {
    name: Option<String>,
    description: Option<String>,
    /// Another model, or null for none. The model before answers until all chunks are embedded anew.
    #[serde(default, deserialize_with = "super::given")]
    #[schema(value_type = Option<String>)]
    embedding_model: Option<Option<String>>,
    /// Replaces how it is searched.
    retrieval: Option<RetrievalSettings>,
    /// Replaces how its documents are cut; they are cut anew, and answer as before until they are.
    chunking: Option<ChunkingSettings>,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SearchRequest {
    query: String,
    /// How many passages at most, 1 to 50; as many as the knowledge base says when absent.
    limit: Option<u32>,
    /// What is wanted otherwise than the knowledge base says.
    #[serde(default)]
    options: SearchOptions,
}

#[derive(Serialize, utoipa::ToSchema)]
struct SearchResult {
    /// Best first.
    items: Vec<Passage>,
    /// What was done otherwise than asked, such as going on without a model that failed.
    notes: Vec<SearchNote>,
    /// What embedding the question and reranking consumed.
    usage: Usage,
    took_ms: u64,
}

/// The workspace's knowledge bases.
#[utoipa::path(get, path = "/knowledge-bases", tag = "knowledge", operation_id = "list_knowledge_bases", params(PageQuery),
    responses((status = 200, body = Page<KnowledgeBase>)))]
async fn list(
    State(app): State<AppState>,
    Auth(caller): Auth,
    Paging(page): Paging,
) -> Result<Json<Page<KnowledgeBase>>, ApiError> {
    Ok(Json(app.platform.knowledge_bases(&caller, &page).await?))
}

/// Create a knowledge base.
#[utoipa::path(post, path = "/knowledge-bases", tag = "knowledge", operation_id = "create_knowledge_base",
    request_body = KnowledgeBaseRequest, responses((status = 201, body = KnowledgeBase), (status = 400, body = Problem)))]
async fn create(
    State(app): State<AppState>,
    Auth(caller): Auth,
    Json(body): Json<KnowledgeBaseRequest>,
) -> Result<(StatusCode, Json<KnowledgeBase>), ApiError> {
    let new = NewKnowledgeBase {
        name: body.name,
        description: body.description,
        embedding_model: body.embedding_model,
        retrieval: body.retrieval,
        chunking: body.chunking,
    };
    let base = app.platform.create_knowledge_base(&caller, new).await?;
    Ok((StatusCode::CREATED, Json(base)))
}

/// One knowledge base, by id or slug.
#[utoipa::path(get, path = "/knowledge-bases/{id}", tag = "knowledge", operation_id = "get_knowledge_base", params(("id" = String, Path)),
    responses((status = 200, body = KnowledgeBase), (status = 404, body = Problem)))]
async fn get(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<String>,
) -> Result<Json<KnowledgeBase>, ApiError> {
    Ok(Json(app.platform.knowledge_base(&caller, &id).await?))
}

/// Change a knowledge base.
#[utoipa::path(patch, path = "/knowledge-bases/{id}", tag = "knowledge", operation_id = "update_knowledge_base", params(("id" = String, Path)),
    request_body = KnowledgeBaseChanges, responses((status = 200, body = KnowledgeBase), (status = 400, body = Problem), (status = 404, body = Problem)))]
async fn update(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<String>,
    Json(body): Json<KnowledgeBaseChanges>,
) -> Result<Json<KnowledgeBase>, ApiError> {
    let changes = Changes {
        name: body.name,
        description: body.description,
        embedding_model: body.embedding_model,
        retrieval: body.retrieval,
        chunking: body.chunking,
    };
    let base = app
        .platform
        .update_knowledge_base(&caller, &id, changes)
        .await?;
    Ok(Json(base))
}

/// Delete a knowledge base with all its documents.
#[utoipa::path(delete, path = "/knowledge-bases/{id}", tag = "knowledge", operation_id = "delete_knowledge_base", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn delete(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<String>,
) -> Result<StatusCode, ApiError> {
    app.platform.delete_knowledge_base(&caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Find passages.
#[utoipa::path(post, path = "/knowledge-bases/{id}/search", tag = "knowledge", operation_id = "search_knowledge_base", params(("id" = String, Path)),
    request_body = SearchRequest, responses((status = 200, body = SearchResult), (status = 400, body = Problem), (status = 404, body = Problem)))]
async fn search(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<String>,
    Json(body): Json<SearchRequest>,
) -> Result<Json<SearchResult>, ApiError> {
    let found = app
        .platform
        .search(&caller, &id, &body.query, body.limit, body.options)
        .await?;
    Ok(Json(SearchResult {
        items: found.passages,
        notes: found.notes,
        usage: found.usage,
        took_ms: found.took_ms,
    }))
}
