//! Attachments: files and pictures for questions, taken in as a stream, looked at, fetched, discarded.

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use headwater_model::Error;
use headwater_model::conversation::attachment::Attachment;
use headwater_model::id::AttachmentId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::documents::{cut_off, download, form_of, other_field, too_many_files};
use crate::AppState;
use crate::error::{ApiError, Problem};
use crate::extract::{Auth, Json, PathId};

pub(super) fn router() -> OpenApiRouter<AppState> {
    // A file has a limit of its own, and goes to disk piece by piece.
    OpenApiRouter::new()
        .routes(routes!(create))
        .layer(DefaultBodyLimit::disable())
        .routes(routes!(get, delete))
        .routes(routes!(content))
}

#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct AttachmentForm {
    /// The file, 20 MiB unless configured otherwise; a picture 3.75 MiB.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Attach a file or a picture, for a question that is yet to be sent. What it is, its content says. A file's text is read now; one that cannot be read is refused with the reason. What no question takes within a day is forgotten.
#[utoipa::path(post, path = "/attachments", tag = "conversations", operation_id = "create_attachment",
    request_body(content = AttachmentForm, content_type = "multipart/form-data"),
    responses((status = 201, body = Attachment), (status = 400, body = Problem), (status = 413, body = Problem), (status = 429, body = Problem)))]
async fn create(
    State(app): State<AppState>,
    Auth(caller): Auth,
    request: Request,
) -> Result<(StatusCode, Json<Attachment>), ApiError> {
    app.platform.may_attach(&caller)?;
    let most = app.platform.config().limits.attachment_bytes;
    let mut form = form_of(&app, request, ("attachment_bytes", most), 1).await?;
    let mut file = None;
    while let Some(mut field) = form.next_field().await.map_err(|e| cut_off(&e))? {
        match field.name() {
            Some("file") if file.is_some() => return Err(too_many_files(1).into()),
            Some("file") => {}
            name => return Err(other_field(name).into()),
        }
        let name = field.file_name().unwrap_or_default().to_owned();
        let media_type = field.content_type().unwrap_or_default().to_owned();
        let mut incoming = app
            .platform
            .begin_attachment(&caller, &name, &media_type)
            .await?;
        while let Some(piece) = field.chunk().await.map_err(|e| cut_off(&e))? {
            incoming.write(&piece).await?;
        }
        file = Some(incoming);
    }
    let file =
        file.ok_or_else(|| Error::invalid("file", "Send the file in the form field `file`."))?;
    let attached = app.platform.attach(&caller, file).await?;
    Ok((StatusCode::CREATED, Json(attached)))
}

/// What one of my attachments is.
#[utoipa::path(get, path = "/attachments/{id}", tag = "conversations", operation_id = "get_attachment", params(("id" = AttachmentId, Path)),
    responses((status = 200, body = Attachment), (status = 404, body = Problem)))]
async fn get(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<AttachmentId>,
) -> Result<Json<Attachment>, ApiError> {
    Ok(Json(app.platform.attachment(&caller, id).await?))
}

/// Discard an attachment that no question took. One that a question has goes with its conversation.
#[utoipa::path(delete, path = "/attachments/{id}", tag = "conversations", operation_id = "delete_attachment", params(("id" = AttachmentId, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn delete(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<AttachmentId>,
) -> Result<StatusCode, ApiError> {
    app.platform.discard_attachment(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The file or picture itself, as a download.
#[utoipa::path(get, path = "/attachments/{id}/content", tag = "conversations", operation_id = "get_attachment_content", params(("id" = AttachmentId, Path)),
    responses((status = 200, description = "The file", content_type = "application/octet-stream", body = String), (status = 404, body = Problem)))]
async fn content(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<AttachmentId>,
) -> Result<Response, ApiError> {
    let (about, file) = app.platform.attachment_content(&caller, id).await?;
    let mut response = download(file, &about.name, &about.media_type, about.bytes);
    // It never changes, and is for its owner only.
    response.headers_mut().insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, max-age=86400, immutable"),
    );
    Ok(response)
}
