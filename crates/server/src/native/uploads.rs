//! Files that come in pieces, in the words of tus 1.0 (core, creation and termination): any of
//! its clients goes on where a connection broke off.

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::StreamExt as _;
use headwater_model::Error;
use headwater_model::id::{DocumentId, UploadId};
use headwater_model::knowledge::upload::Upload;
use headwater_platform::knowledge::Announced;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::error::{ApiError, Problem};
use crate::extract::{Auth, PathId};

const VERSION: &str = "1.0.0";
const RESUMABLE: &str = "Tus-Resumable";
const OFFSET: &str = "Upload-Offset";
const LENGTH: &str = "Upload-Length";
const METADATA: &str = "Upload-Metadata";
/// Ours: what the upload became.
const DOCUMENT: &str = "Headwater-Document";
const BYTES: &str = "application/offset+octet-stream";

pub(super) fn router() -> OpenApiRouter<AppState> {
    // A file has a limit of its own, and goes to disk piece by piece.
    OpenApiRouter::new()
        .routes(routes!(create))
        .routes(routes!(look, append, discard))
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn(speak))
}

/// Every answer says which version it speaks.
async fn speak(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(RESUMABLE, HeaderValue::from_static(VERSION));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Begin a file that comes in pieces (tus 1.0): `Upload-Length` and, in `Upload-Metadata`, `filename`, `filetype` and `replaces` (a document in whose place it is put). `Location` is where it goes.
#[utoipa::path(post, path = "/knowledge-bases/{id}/uploads", tag = "documents", operation_id = "create_upload",
    params(("id" = String, Path), ("Tus-Resumable" = String, Header, description = "`1.0.0`"),
        ("Upload-Length" = u64, Header, description = "How many bytes the file has."),
        ("Upload-Metadata" = String, Header, description = "`filename` and others, each with its value in Base64, separated by commas.")),
    responses((status = 201, description = "It may begin; `Location` says where", headers(("Location" = String))),
        (status = 400, body = Problem), (status = 404, body = Problem), (status = 413, body = Problem), (status = 429, body = Problem)))]
async fn create(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(base): PathId<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    speaks(&headers)?;
    let announced = announced(&headers)?;
    let upload = app
        .platform
        .create_upload(&caller, &base, announced)
        .await?;
    // Relative, so that it holds behind whatever path a proxy puts us.
    let location = format!("../../uploads/{}", upload.id);
    let mut response = standing(StatusCode::CREATED, &upload);
    let location = HeaderValue::from_str(&location).map_err(Error::internal)?;
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response)
}

/// How far an upload is (tus 1.0): `Upload-Offset` of `Upload-Length` bytes are here. Once all are, `Headwater-Document` is the document.
#[utoipa::path(head, path = "/uploads/{id}", tag = "documents", operation_id = "get_upload",
    params(("id" = String, Path), ("Tus-Resumable" = String, Header, description = "`1.0.0`")),
    responses((status = 200, description = "How far it is", headers(("Upload-Offset" = u64), ("Upload-Length" = u64), ("Headwater-Document" = String))),
        (status = 404, description = "There is no such upload, or it expired")))]
async fn look(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<UploadId>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    speaks(&headers)?;
    let upload = app.platform.upload(&caller, id).await?;
    Ok(standing(StatusCode::OK, &upload))
}

/// Send more of an upload (tus 1.0), from `Upload-Offset` on. What arrived counts even when the connection breaks. The last piece makes the document, whose id is `Headwater-Document`.
#[utoipa::path(patch, path = "/uploads/{id}", tag = "documents", operation_id = "append_to_upload",
    params(("id" = String, Path), ("Tus-Resumable" = String, Header, description = "`1.0.0`"),
        ("Upload-Offset" = u64, Header, description = "How many bytes are here already.")),
    request_body(content = String, content_type = "application/offset+octet-stream"),
    responses((status = 204, description = "It is here", headers(("Upload-Offset" = u64), ("Headwater-Document" = String))),
        (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 413, body = Problem)))]
async fn append(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<UploadId>,
    request: Request,
) -> Result<Response, ApiError> {
    let headers = request.headers();
    speaks(headers)?;
    if headers
        .get(header::CONTENT_TYPE)
        .is_none_or(|kind| kind != BYTES)
    {
        let message = format!("Send the bytes as `{BYTES}`.");
        return Err(Error::invalid("Content-Type", message).into());
    }
    let begins = number(headers, OFFSET)?;
    let mut appending = app.platform.append_to_upload(&caller, id, begins).await?;
    let mut bytes = Body::into_data_stream(request.into_body());
    while let Some(piece) = bytes.next().await {
        let written = match piece {
            Ok(piece) => appending.write(&piece).await,
            Err(_) => Err(Error::invalid(
                "body",
                "The connection broke off. What arrived is kept: ask how much it is (HEAD), and go on from there.",
            )),
        };
        if let Err(error) = written {
            appending.keep().await?;
            return Err(error.into());
        }
    }
    let upload = appending.end(&caller).await?;
    Ok(standing(StatusCode::NO_CONTENT, &upload))
}

/// Discard an upload (tus 1.0). A document that it became stays.
#[utoipa::path(delete, path = "/uploads/{id}", tag = "documents", operation_id = "discard_upload",
    params(("id" = String, Path), ("Tus-Resumable" = String, Header, description = "`1.0.0`")),
    responses((status = 204), (status = 404, body = Problem)))]
async fn discard(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<UploadId>,
    headers: HeaderMap,
) -> Result<StatusCode, ApiError> {
    speaks(&headers)?;
    app.platform.discard_upload(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn standing(status: StatusCode, upload: &Upload) -> Response {
    let mut response = status.into_response();
    let headers = response.headers_mut();
    headers.insert(OFFSET, HeaderValue::from(upload.received));
    headers.insert(LENGTH, HeaderValue::from(upload.bytes));
    let document = upload.document.map(|id| id.to_string());
    if let Some(Ok(id)) = document.map(|id| HeaderValue::from_str(&id)) {
        headers.insert(DOCUMENT, id);
    }
    response
}

fn speaks(headers: &HeaderMap) -> Result<(), Error> {
    if headers
        .get(RESUMABLE)
        .is_some_and(|spoken| spoken == VERSION)
    {
        return Ok(());
    }
    let message =
        format!("Files come in pieces as tus {VERSION} has it; send `{RESUMABLE}: {VERSION}`.");
    Err(Error::invalid(RESUMABLE, message))
}

fn number(headers: &HeaderMap, name: &'static str) -> Result<u64, Error> {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    let number = value.and_then(|value| value.parse().ok());
    number.ok_or_else(|| Error::invalid(name, format!("Send `{name}`, a number of bytes.")))
}

fn announced(headers: &HeaderMap) -> Result<Announced, Error> {
    let bytes = number(headers, LENGTH)?;
    let value = headers.get(METADATA).and_then(|value| value.to_str().ok());
    let mut announced = Announced {
        name: String::new(),
        media_type: String::new(),
        bytes,
        replaces: None,
    };
    for pair in value.unwrap_or_default().split(',') {
        let (name, coded) = pair.trim().split_once(' ').unwrap_or((pair.trim(), ""));
        let text = STANDARD.decode(coded.trim()).ok();
        let text = text.and_then(|bytes| String::from_utf8(bytes).ok());
        let text = text.ok_or_else(|| {
            Error::invalid(
                METADATA,
                format!("The value of `{name}` is not Base64 of UTF-8."),
            )
        })?;
        match name {
            "filename" => announced.name = text,
            "filetype" => announced.media_type = text,
            "replaces" => {
                let id: DocumentId = text
                    .parse()
                    .map_err(|error: Error| error.with_field("replaces"))?;
                announced.replaces = Some(id);
            }
            // Clients may say more than we ask for.
            _ => {}
        }
    }
    Ok(announced)
}

#[cfg(test)]
mod tests {
    use headwater_model::Code;

    use super::*;

    fn told(length: &str, metadata: &str) -> Result<Announced, Error> {
        let mut headers = HeaderMap::new();
        headers.insert(LENGTH, length.parse().unwrap());
        headers.insert(METADATA, metadata.parse().unwrap());
        announced(&headers)
    }

    #[test]
    fn what_is_announced_is_read_or_its_fault_named() {
        let told_well = told(
            "12",
            "filename YSBiLm1k,filetype dGV4dC9tYXJrZG93bg==,isPublic",
        )
        .unwrap();
        assert_eq!((told_well.name.as_str(), told_well.bytes), ("a b.md", 12));
        assert_eq!(told_well.media_type, "text/markdown");
        for (length, metadata, field) in [
            ("many", "filename YQ==", LENGTH),
            ("1", "filename ***", METADATA),
            ("1", "filename YQ==,replaces eA==", "replaces"),
        ] {
            let error = told(length, metadata).unwrap_err();
            assert_eq!(error.field.as_deref(), Some(field));
            assert_eq!(error.code, Code::Invalid);
        }
    }
}
