//! What a browser sends from a page of ours: texts, or texts and files.

use axum::body::Bytes;
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{FromRequest as _, Request};
use axum::http::{HeaderMap, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use headwater_model::{Error, Result};
use serde_json::json;

use crate::AppState;
use crate::extract::too_large;

/// Names and values, in the page's order; the value of a file is the JSON of an input of that type,
/// or empty when none was chosen.
pub(super) async fn read(app: &AppState, request: Request) -> Result<Vec<(String, String)>> {
    let headers = request.headers();
    if headers.contains_key("sec-fetch-site") && !is(headers, "sec-fetch-site", "same-origin") {
        return Err(Error::forbidden("Send the form from its own page."));
    }
    let most = app.platform.config().limits.body_bytes;
    if is(headers, "content-type", "multipart/form-data") {
        let form = Multipart::from_request(request, app).await;
        return parts(form.map_err(|_| cut_off())?, most).await;
    }
    if !is(headers, "content-type", "application/x-www-form-urlencoded") {
        let own = "Send the form from its own page.";
        return Err(Error::invalid("Content-Type", own));
    }
    let body = Bytes::from_request(request, app).await;
    let body = body.map_err(|rejection| refused(rejection.status(), most))?;
    Ok(url::form_urlencoded::parse(&body).into_owned().collect())
}

fn is(headers: &HeaderMap, name: &str, value: &str) -> bool {
    let found = headers.get(name).and_then(|found| found.to_str().ok());
    found.is_some_and(|found| found.split(';').next().unwrap_or_default().trim() == value)
}

async fn parts(mut form: Multipart, most: u64) -> Result<Vec<(String, String)>> {
    let wrong = |error: MultipartError| refused(error.status(), most);
    let mut posted = Vec::new();
    while let Some(field) = form.next_field().await.map_err(wrong)? {
        let name = field.name().unwrap_or_default().to_owned();
        let value = match field.file_name().is_some() {
            true => file(field).await.map_err(wrong)?,
            false => field.text().await.map_err(wrong)?,
        };
        posted.push((name, value));
    }
    Ok(posted)
}

async fn file(field: Field<'_>) -> Result<String, MultipartError> {
    let name = field.file_name().unwrap_or_default().to_owned();
    let kind = field.content_type().unwrap_or("application/octet-stream");
    let kind = kind.to_owned();
    let bytes = field.bytes().await?;
    if name.is_empty() && bytes.is_empty() {
        return Ok(String::new());
    }
    let data = STANDARD.encode(bytes);
    Ok(json!({ "name": name, "media_type": kind, "data": data }).to_string())
}

fn refused(status: StatusCode, most: u64) -> Error {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => too_large("body_bytes", most),
        _ => cut_off(),
    }
}

fn cut_off() -> Error {
    Error::invalid("body", "The form did not arrive whole. Send it again.")
}
