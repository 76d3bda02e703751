//! Chunks: looked at, tried out before anything is stored, and changed by hand.

use axum::extract::multipart::Field;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::StatusCode;
use headwater_model::Error;
use headwater_model::id::{ChunkId, DocumentId};
use headwater_model::knowledge::chunking::ChunkingSettings;
use headwater_model::knowledge::metadata::Metadata;
use headwater_model::knowledge::{ChunkPreview, DocumentChunk};
use headwater_model::page::{Page, PageRequest};
use headwater_platform::knowledge::{ChunkEdit, ChunkFilter, ChunkToAdd, Previewed};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::documents::{cut_off, multipart, other_field, receive, too_many_files};
use crate::AppState;
use crate::error::{ApiError, Problem};
use crate::extract::{Auth, Json, Params, PathId, too_large};

/// Of the settings in a form.
const LONGEST_PART: usize = 64 * 1024;

pub(super) fn router() -> OpenApiRouter<AppState> {
    // The file goes to disk piece by piece under the limit of uploads.
    let uploads = OpenApiRouter::new()
        .routes(routes!(preview_file))
        .layer(DefaultBodyLimit::disable());
    OpenApiRouter::new()
        .merge(uploads)
        .routes(routes!(list, add))
        .routes(routes!(get, update, delete))
        .routes(routes!(preview))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct ChunksQuery {
    /// How many items at most (1 to 200, 50 when absent).
    limit: Option<u32>,
    /// The `next` of the page before.
    after: Option<String>,
    /// Only chunks with this in their text, heading or keywords.
    query: Option<String>,
    /// The changes that people made to chunks whose text is no longer in the document, instead.
    #[serde(default)]
    lost: bool,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewChunkRequest {
    /// What is searched.
    text: String,
    /// What is given when it is found, where that is not its text: the answer to a question.
    given: Option<String>,
    /// The headings above it, joined with ` › `.
    heading: Option<String>,
    page: Option<u32>,
    /// Words that find it besides those of its text.
    #[serde(default)]
    keywords: Vec<String>,
    /// What it is said to be, for filters.
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ChunkChangesRequest {
    /// Another text, or null for what the document says.
    #[serde(default, deserialize_with = "super::given")]
    #[schema(value_type = Option<String>)]
    text: Option<Option<String>>,
    /// What is given when it is found, or null for what the document says.
    #[serde(default, deserialize_with = "super::given")]
    #[schema(value_type = Option<String>)]
    given: Option<Option<String>>,
    /// Whether searches find it.
    enabled: Option<bool>,
    /// Words that find it besides those of its text; replaces those before.
    keywords: Option<Vec<String>>,
    /// What it is said to be, for filters; replaces what was said before.
    metadata: Option<Metadata>,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct PreviewRequest {
    /// A document of the workspace.
    document: DocumentId,
    /// How to cut it; as the knowledge base does when absent.
    chunking: Option<ChunkingSettings>,
    /// How many chunks to show, 1 to 100; 20 when absent.
    limit: Option<usize>,
}

#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct PreviewForm {
    /// How to cut it, as JSON; as the knowledge base does when absent.
    chunking: Option<String>,
    /// How many chunks to show, 1 to 100; 20 when absent.
    limit: Option<String>,
    /// The file.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// A document's chunks, in order.
#[utoipa::path(get, path = "/documents/{id}/chunks", tag = "documents", operation_id = "list_chunks", params(("id" = DocumentId, Path), ChunksQuery),
    responses((status = 200, body = Page<DocumentChunk>), (status = 404, body = Problem)))]
async fn list(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<DocumentId>,
    Params(query): Params<ChunksQuery>,
) -> Result<Json<Page<DocumentChunk>>, ApiError> {
    let page = PageRequest::new(query.limit, query.after)?;
    let filter = ChunkFilter {
        query: query.query.filter(|query| !query.is_empty()),
        lost: query.lost,
    };
    let chunks = app.platform.document_chunks(&caller, id, &filter, &page);
    Ok(Json(chunks.await?))
}

/// Add a chunk at the end of a document.
#[utoipa::path(post, path = "/documents/{id}/chunks", tag = "documents", operation_id = "add_chunk", params(("id" = DocumentId, Path)),
    request_body = NewChunkRequest, responses((status = 201, body = DocumentChunk), (status = 400, body = Problem), (status = 404, body = Problem)))]
async fn add(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<DocumentId>,
    Json(body): Json<NewChunkRequest>,
) -> Result<(StatusCode, Json<DocumentChunk>), ApiError> {
    let new = ChunkToAdd {
        text: body.text,
        given: body.given,
        heading: body.heading,
        page: body.page,
        keywords: body.keywords,
        metadata: body.metadata,
    };
    let chunk = app.platform.add_chunk(&caller, id, new).await?;
    Ok((StatusCode::CREATED, Json(chunk)))
}

/// One chunk.
#[utoipa::path(get, path = "/chunks/{id}", tag = "documents", operation_id = "get_chunk", params(("id" = ChunkId, Path)),
    responses((status = 200, body = DocumentChunk), (status = 404, body = Problem)))]
async fn get(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<ChunkId>,
) -> Result<Json<DocumentChunk>, ApiError> {
    Ok(Json(app.platform.document_chunk(&caller, id).await?))
}

/// Change a chunk; once this returns, searches find it as it is now.
#[utoipa::path(patch, path = "/chunks/{id}", tag = "documents", operation_id = "update_chunk", params(("id" = ChunkId, Path)),
    request_body = ChunkChangesRequest, responses((status = 200, body = DocumentChunk), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn update(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<ChunkId>,
    Json(body): Json<ChunkChangesRequest>,
) -> Result<Json<DocumentChunk>, ApiError> {
    let edit = ChunkEdit {
        text: body.text,
        given: body.given,
        enabled: body.enabled,
        keywords: body.keywords,
        metadata: body.metadata,
    };
    Ok(Json(app.platform.edit_chunk(&caller, id, edit).await?))
}

/// Delete a chunk that somebody added, or a change whose chunk the document no longer has.
#[utoipa::path(delete, path = "/chunks/{id}", tag = "documents", operation_id = "delete_chunk", params(("id" = ChunkId, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn delete(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<ChunkId>,
) -> Result<StatusCode, ApiError> {
    app.platform.delete_chunk(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The chunks that a stored document would have, without storing them.
#[utoipa::path(post, path = "/knowledge-bases/{id}/preview", tag = "documents", operation_id = "preview_chunks", params(("id" = String, Path)),
    request_body = PreviewRequest, responses((status = 200, body = ChunkPreview), (status = 400, body = Problem), (status = 404, body = Problem)))]
async fn preview(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(base): PathId<String>,
    Json(body): Json<PreviewRequest>,
) -> Result<Json<ChunkPreview>, ApiError> {
    let what = Previewed::Document(body.document);
    let platform = &app.platform;
    let preview = platform.preview_chunks(&caller, &base, what, body.chunking, body.limit);
    Ok(Json(preview.await?))
}

/// The chunks that a file would have, without storing it.
#[utoipa::path(post, path = "/knowledge-bases/{id}/preview/file", tag = "documents", operation_id = "preview_file", params(("id" = String, Path)),
    request_body(content = PreviewForm, content_type = "multipart/form-data"),
    responses((status = 200, body = ChunkPreview), (status = 400, body = Problem), (status = 404, body = Problem), (status = 413, body = Problem)))]
async fn preview_file(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(base): PathId<String>,
    request: Request,
) -> Result<Json<ChunkPreview>, ApiError> {
    app.platform.may_add_documents(&caller, &base).await?;
    let mut form = multipart(&app, request, 1).await?;
    let (mut file, mut chunking, mut limit) = (None, None, None);
    while let Some(field) = form.next_field().await.map_err(|e| cut_off(&e))? {
        match field.name() {
            Some("file") if file.is_some() => return Err(too_many_files(1).into()),
            Some("file") => file = Some(receive(&app, &caller, field).await?),
            Some("chunking") => chunking = Some(read(field, "chunking").await?),
            Some("limit") => limit = Some(read(field, "limit").await?),
            name => return Err(other_field(name).into()),
        }
    }
    let file =
        file.ok_or_else(|| Error::invalid("file", "Send the file in the form field `file`."))?;
    let what = Previewed::File(Box::new(file));
    let preview = app
        .platform
        .preview_chunks(&caller, &base, what, chunking, limit);
    Ok(Json(preview.await?))
}

/// A part of a form that is JSON.
async fn read<T: serde::de::DeserializeOwned>(
    mut field: Field<'_>,
    name: &'static str,
) -> Result<T, ApiError> {
    let mut text = Vec::new();
    while let Some(piece) = field.chunk().await.map_err(|e| cut_off(&e))? {
        text.extend_from_slice(&piece);
        if text.len() > LONGEST_PART {
            return Err(too_large(name, LONGEST_PART as u64).into());
        }
    }
    serde_json::from_slice(&text)
        .map_err(|error| Error::invalid(name, format!("{name} cannot be read: {error}.")).into())
}
