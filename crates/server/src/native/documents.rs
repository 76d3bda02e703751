//! Documents: uploaded as a stream, looked at, downloaded, retried, deleted.

use axum::body::Body;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{DefaultBodyLimit, FromRequest as _, Multipart, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use headwater_model::access::Caller;
use headwater_model::id::DocumentId;
use headwater_model::knowledge::{Chunk, Document};
use headwater_model::page::Page;
use headwater_model::{Code, Error};
use headwater_platform::knowledge::Incoming;
use serde::Serialize;
use tokio_util::io::ReaderStream;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::error::{ApiError, Problem};
use crate::extract::{Auth, Json, PageQuery, Paging, PathId, content_length, too_large};

/// Files of one request.
const MOST_FILES: usize = 100;
/// What a form may add around each file.
const FORM_BYTES: u64 = 4096;

pub(super) fn router() -> OpenApiRouter<AppState> {
    // An upload goes to disk piece by piece under a limit of its own, per file.
    let uploads = OpenApiRouter::new()
        .routes(routes!(list, add))
        .layer(DefaultBodyLimit::disable());
    OpenApiRouter::new()
        .merge(uploads)
        .routes(routes!(get, delete))
        .routes(routes!(chunks))
        .routes(routes!(content))
        .routes(routes!(retry))
}

#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct UploadForm {
    /// One or more files, 50 MiB each unless configured otherwise.
    #[schema(value_type = Vec<String>, format = Binary)]
    file: Vec<Vec<u8>>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct DocumentsAdded {
    items: Vec<Document>,
}

/// A knowledge base's documents, newest first.
#[utoipa::path(get, path = "/knowledge-bases/{id}/documents", tag = "documents", operation_id = "list_documents",
    params(("id" = String, Path), PageQuery), responses((status = 200, body = Page<Document>), (status = 404, body = Problem)))]
async fn list(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(base): PathId<String>,
    Paging(page): Paging,
) -> Result<Json<Page<Document>>, ApiError> {
    Ok(Json(app.platform.documents(&caller, &base, &page).await?))
}

/// Add documents: all files of the request or none.
#[utoipa::path(post, path = "/knowledge-bases/{id}/documents", tag = "documents", operation_id = "add_documents", params(("id" = String, Path)),
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses((status = 201, body = DocumentsAdded), (status = 404, body = Problem), (status = 413, body = Problem), (status = 429, body = Problem)))]
async fn add(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(base): PathId<String>,
    request: Request,
) -> Result<(StatusCode, Json<DocumentsAdded>), ApiError> {
    app.platform.may_add_documents(&caller, &base).await?;
    let most = (app.platform.config().limits.upload_bytes + FORM_BYTES) * MOST_FILES as u64;
    if content_length(request.headers()).is_some_and(|bytes| bytes > most) {
        return Err(too_large("upload_bytes", most).into());
    }
    let mut form = Multipart::from_request(request, &app).await.map_err(|_| {
        Error::invalid(
            "Content-Type",
            "Send the files as `multipart/form-data`, each in a field called `file`.",
        )
    })?;
    let mut incoming = Vec::new();
    while let Some(field) = form.next_field().await.map_err(|e| cut_off(&e))? {
        if field.name() != Some("file") {
            return Err(other_field(field.name()).into());
        }
        if incoming.len() == MOST_FILES {
            return Err(too_many_files().into());
        }
        incoming.push(receive(&app, &caller, field).await?);
    }
    let items = app.platform.add_documents(&caller, &base, incoming).await?;
    Ok((StatusCode::CREATED, Json(DocumentsAdded { items })))
}

async fn receive(
    app: &AppState,
    caller: &Caller,
    mut field: Field<'_>,
) -> Result<Incoming, ApiError> {
    let name = field.file_name().unwrap_or_default().to_owned();
    let media_type = field.content_type().unwrap_or_default().to_owned();
    let mut document = app
        .platform
        .begin_document(caller, &name, &media_type)
        .await?;
    while let Some(piece) = field.chunk().await.map_err(|e| cut_off(&e))? {
        document.write(&piece).await?;
    }
    Ok(document)
}

fn too_many_files() -> Error {
    let message = format!("One request takes {MOST_FILES} files. Send the rest in another one.");
    Error::new(Code::TooLarge, message).with_limit("files_per_request", None)
}

fn other_field(name: Option<&str>) -> Error {
    Error::invalid(
        "file",
        format!(
            "The form has a field “{}”; each file belongs in a field called `file`.",
            name.unwrap_or_default()
                .chars()
                .take(100)
                .collect::<String>()
        ),
    )
}

fn cut_off(error: &MultipartError) -> Error {
    Error::invalid(
        "body",
        format!(
            "The upload could not be read: {}. Send it again.",
            error.body_text()
        ),
    )
}

/// One document.
#[utoipa::path(get, path = "/documents/{id}", tag = "documents", operation_id = "get_document", params(("id" = DocumentId, Path)),
    responses((status = 200, body = Document), (status = 404, body = Problem)))]
async fn get(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<DocumentId>,
) -> Result<Json<Document>, ApiError> {
    Ok(Json(app.platform.document(&caller, id).await?))
}

/// Delete a document; once this returns, no search finds it.
#[utoipa::path(delete, path = "/documents/{id}", tag = "documents", operation_id = "delete_document", params(("id" = DocumentId, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn delete(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<DocumentId>,
) -> Result<StatusCode, ApiError> {
    app.platform.delete_document(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A document's chunks, in order.
#[utoipa::path(get, path = "/documents/{id}/chunks", tag = "documents", operation_id = "list_chunks", params(("id" = DocumentId, Path), PageQuery),
    responses((status = 200, body = Page<Chunk>), (status = 404, body = Problem)))]
async fn chunks(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<DocumentId>,
    Paging(page): Paging,
) -> Result<Json<Page<Chunk>>, ApiError> {
    Ok(Json(
        app.platform.document_chunks(&caller, id, &page).await?,
    ))
}

/// The original file, as a download.
#[utoipa::path(get, path = "/documents/{id}/content", tag = "documents", operation_id = "get_document_content", params(("id" = DocumentId, Path)),
    responses((status = 200, description = "The file", content_type = "application/octet-stream", body = String), (status = 404, body = Problem)))]
async fn content(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<DocumentId>,
) -> Result<Response, ApiError> {
    let (document, file) = app.platform.document_content(&caller, id).await?;
    let mut response = Body::from_stream(ReaderStream::new(file)).into_response();
    let headers = response.headers_mut();
    let media_type = HeaderValue::from_str(&document.media_type);
    headers.insert(
        header::CONTENT_TYPE,
        media_type.unwrap_or(HeaderValue::from_static("application/octet-stream")),
    );
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(document.bytes));
    // A stranger's page must never run as ours, whatever it says it is.
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("sandbox"),
    );
    headers.insert(header::CONTENT_DISPOSITION, attachment(&document.name));
    Ok(response)
}

/// Try a failed document again.
#[utoipa::path(post, path = "/documents/{id}/retry", tag = "documents", operation_id = "retry_document", params(("id" = DocumentId, Path)),
    responses((status = 200, body = Document), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn retry(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<DocumentId>,
) -> Result<Json<Document>, ApiError> {
    Ok(Json(app.platform.retry_document(&caller, id).await?))
}

/// `attachment` with the name in the form of RFC 8187.
fn attachment(name: &str) -> HeaderValue {
    let mut value = String::from("attachment; filename*=UTF-8''");
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_') {
            value.push(char::from(byte));
        } else {
            value.push_str(&format!("%{byte:02X}"));
        }
    }
    HeaderValue::from_str(&value).unwrap_or(HeaderValue::from_static("attachment"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_download_keeps_its_name_and_cannot_forge_headers() {
        assert_eq!(
            attachment("a \"b\"\r\nX: é.md").to_str().unwrap(),
            "attachment; filename*=UTF-8''a%20%22b%22%0D%0AX%3A%20%C3%A9.md"
        );
    }
}
