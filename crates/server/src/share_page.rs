//! The doors of shares that are no API: the page that a link leads to, and the script by which other
//! sites show it.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use sha2::{Digest as _, Sha256};
use std::sync::LazyLock;

use crate::AppState;
use crate::error::ApiError;
use crate::web;

/// Puts the page of a share into the page of another site. It stands alone: what it says is its own.
const SCRIPT: &str = include_str!("share_page/embed.js");

static TAG: LazyLock<String> = LazyLock::new(|| {
    let digest = Sha256::digest(SCRIPT.as_bytes());
    format!("\"{}\"", hex::encode(&digest[..12]))
});

pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/s/{token}", get(page))
        .route("/embed.js", get(script))
}

/// The same page for every token; what it shows, it asks the API for. Only who may frame it depends
/// on the share, and that also when the share has ended, so that a frame can say so.
async fn page(
    State(app): State<AppState>,
    Path(token): Path<String>,
    mut headers: HeaderMap,
) -> Response {
    // Who may frame it can change while the page does not.
    headers.remove(header::IF_NONE_MATCH);
    match app.platform.origins_of(&token).await {
        Ok(origins) => web::shared_page(&headers, &origins),
        Err(error) => ApiError(error).into_response(),
    }
}

async fn script(headers: HeaderMap) -> Response {
    let known = headers.get(header::IF_NONE_MATCH);
    let mut response = match known {
        Some(tag) if tag.as_bytes() == TAG.as_bytes() => StatusCode::NOT_MODIFIED.into_response(),
        _ => SCRIPT.into_response(),
    };
    let out = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(&TAG) {
        out.insert(header::ETAG, tag);
    }
    for (name, value) in [
        (
            header::CONTENT_TYPE.as_str(),
            "text/javascript; charset=utf-8",
        ),
        (header::CACHE_CONTROL.as_str(), "public, max-age=300"),
        // Sites that isolate themselves load only what says that they may.
        ("cross-origin-resource-policy", "cross-origin"),
    ] {
        out.insert(name, HeaderValue::from_static(value));
    }
    response
}
