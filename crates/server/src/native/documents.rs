//! Documents: uploaded as a stream, looked at, downloaded, replaced, retried, cancelled, deleted.

use axum::body::Body;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{DefaultBodyLimit, FromRequest as _, Multipart, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use headwater_model::access::Caller;
use headwater_model::id::DocumentId;
use headwater_model::knowledge::Document;
use headwater_model::knowledge::metadata::Metadata;
use headwater_model::page::Page;
use headwater_model::{Code, Error};
use headwater_platform::knowledge::Incoming;
use serde::{Deserialize, Serialize};
use tokio::fs::File;
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
        .routes(routes!(content, replace))
        .layer(DefaultBodyLimit::disable());
    OpenApiRouter::new()
        .merge(uploads)
        .routes(routes!(get, update, delete))
        .routes(routes!(retry))
        .routes(routes!(retry_failed))
        .routes(routes!(cancel))
}

#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct UploadForm {
    /// One or more files, 50 MiB each unless configured otherwise.
    #[schema(value_type = Vec<String>, format = Binary)]
    file: Vec<Vec<u8>>,
}

#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct ReplaceForm {
    /// The file, 50 MiB unless configured otherwise.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct DocumentChanges {
    /// What it is said to be, for filters; replaces what was said before.
    metadata: Metadata,
}

#[derive(Serialize, utoipa::ToSchema)]
struct DocumentsRetried {
    /// How many documents wait again.
    documents: u64,
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
    let mut form = multipart(&app, request, MOST_FILES).await?;
    let mut incoming = Vec::new();
    while let Some(field) = form.next_field().await.map_err(|e| cut_off(&e))? {
        if field.name() != Some("file") {
            return Err(other_field(field.name()).into());
        }
        if incoming.len() == MOST_FILES {
            return Err(too_many_files(MOST_FILES).into());
        }
        incoming.push(receive(&app, &caller, field).await?);
    }
    let items = app.platform.add_documents(&caller, &base, incoming).await?;
    Ok((StatusCode::CREATED, Json(DocumentsAdded { items })))
}

/// The form of a request that has up to `most` files.
pub(super) async fn multipart(
    app: &AppState,
    request: Request,
    most: usize,
) -> Result<Multipart, ApiError> {
    let bytes = app.platform.config().limits.upload_bytes;
    form_of(app, request, ("upload_bytes", bytes), most).await
}

/// The same for files with a limit of another name.
pub(super) async fn form_of(
    app: &AppState,
    request: Request,
    (limit, bytes): (&'static str, u64),
    most: usize,
) -> Result<Multipart, ApiError> {
    let most = (bytes + FORM_BYTES) * most as u64;
    if content_length(request.headers()).is_some_and(|bytes| bytes > most) {
        return Err(too_large(limit, most).into());
    }
    let form = Multipart::from_request(request, app).await;
    form.map_err(|_| {
        Error::invalid(
            "Content-Type",
            "Send the files as `multipart/form-data`, each in a field called `file`.",
        )
        .into()
    })
}

pub(super) async fn receive(
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

pub(super) fn too_many_files(most: usize) -> Error {
    let message = match most {
        1 => "This request takes one file. Send the others in requests of their own.".to_owned(),
        most => format!("One request takes {most} files. Send the rest in another one."),
    };
    Error::new(Code::TooLarge, message).with_limit("files_per_request", None)
}

pub(super) fn other_field(name: Option<&str>) -> Error {
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

pub(super) fn cut_off(error: &MultipartError) -> Error {
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

/// Say what a document is, for filters.
#[utoipa::path(patch, path = "/documents/{id}", tag = "documents", operation_id = "update_document", params(("id" = DocumentId, Path)),
    request_body = DocumentChanges, responses((status = 200, body = Document), (status = 400, body = Problem), (status = 404, body = Problem)))]
async fn update(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<DocumentId>,
    Json(body): Json<DocumentChanges>,
) -> Result<Json<Document>, ApiError> {
    let document = app
        .platform
        .describe_document(&caller, id, body.metadata)
        .await?;
    Ok(Json(document))
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

/// The original file, as a download.
#[utoipa::path(get, path = "/documents/{id}/content", tag = "documents", operation_id = "get_document_content", params(("id" = DocumentId, Path)),
    responses((status = 200, description = "The file", content_type = "application/octet-stream", body = String), (status = 404, body = Problem)))]
async fn content(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<DocumentId>,
) -> Result<Response, ApiError> {
    let (document, file) = app.platform.document_content(&caller, id).await?;
    Ok(download(
        file,
        &document.name,
        &document.media_type,
        document.bytes,
    ))
}

/// A stranger's file, which no browser opens in our name.
pub(super) fn download(file: File, name: &str, media_type: &str, bytes: u64) -> Response {
    let mut response = Body::from_stream(ReaderStream::new(file)).into_response();
    let headers = response.headers_mut();
    let media_type = HeaderValue::from_str(media_type);
    headers.insert(
        header::CONTENT_TYPE,
        media_type.unwrap_or(HeaderValue::from_static("application/octet-stream")),
    );
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes));
    // A stranger's page must never run as ours, whatever it says it is.
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("sandbox"),
    );
    headers.insert(header::CONTENT_DISPOSITION, attachment(name));
    response
}

/// Put another file in a document's place. Its chunks answer until the new ones are there.
#[utoipa::path(put, path = "/documents/{id}/content", tag = "documents", operation_id = "replace_document", params(("id" = DocumentId, Path)),
    request_body(content = ReplaceForm, content_type = "multipart/form-data"),
    responses((status = 200, body = Document), (status = 404, body = Problem), (status = 409, body = Problem), (status = 413, body = Problem)))]
async fn replace(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<DocumentId>,
    request: Request,
) -> Result<Json<Document>, ApiError> {
    app.platform.may_replace_document(&caller, id).await?;
    let mut form = multipart(&app, request, 1).await?;
    let mut file = None;
    while let Some(field) = form.next_field().await.map_err(|e| cut_off(&e))? {
        match field.name() {
            Some("file") if file.is_some() => return Err(too_many_files(1).into()),
            Some("file") => file = Some(receive(&app, &caller, field).await?),
            name => return Err(other_field(name).into()),
        }
    }
    let file =
        file.ok_or_else(|| Error::invalid("file", "Send the file in the form field `file`."))?;
    Ok(Json(
        app.platform.replace_document(&caller, id, file).await?,
    ))
}

/// Stop reading a document. The chunks it had answer on.
#[utoipa::path(post, path = "/documents/{id}/cancel", tag = "documents", operation_id = "cancel_document", params(("id" = DocumentId, Path)),
    responses((status = 200, body = Document), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn cancel(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<DocumentId>,
) -> Result<Json<Document>, ApiError> {
    Ok(Json(app.platform.cancel_document(&caller, id).await?))
}

/// Try all documents of a knowledge base again that failed.
#[utoipa::path(post, path = "/knowledge-bases/{id}/retry", tag = "documents", operation_id = "retry_failed_documents", params(("id" = String, Path)),
    responses((status = 200, body = DocumentsRetried), (status = 404, body = Problem)))]
async fn retry_failed(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(base): PathId<String>,
) -> Result<Json<DocumentsRetried>, ApiError> {
    let documents = app.platform.retry_failed_documents(&caller, &base).await?;
    Ok(Json(DocumentsRetried { documents }))
}

/// Try a document again that failed or was cancelled.
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
