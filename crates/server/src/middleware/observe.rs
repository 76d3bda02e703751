//! Every request has an id, a span, a log line and two metrics.

use axum::extract::{MatchedPath, Request, State};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

use super::REQUEST_ID;
use crate::AppState;

#[expect(
    clippy::disallowed_methods,
    reason = "measuring how long a request took needs a monotonic clock"
)]
pub(crate) async fn observe(
    State(app): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = request_id(&request);
    request.headers_mut().insert(REQUEST_ID, id.clone());
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("unmatched", |path| path.as_str())
        .to_owned();
    let method = request.method().clone();
    let span = tracing::info_span!("request", request_id = id.to_str().unwrap_or_default(), %method, route);
    let started = std::time::Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let elapsed = started.elapsed();
    let status = response.status().as_u16();
    app.platform
        .count_request(&route, method.as_str(), status, elapsed);
    span.in_scope(|| tracing::debug!(status, ms = elapsed.as_millis(), "answered"));
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

/// The client's own id when it is harmless, a new one otherwise.
fn request_id(request: &Request) -> HeaderValue {
    let given = request.headers().get(REQUEST_ID).filter(|value| {
        let bytes = value.as_bytes();
        (8..=64).contains(&bytes.len())
            && bytes
                .iter()
                .all(|b| b.is_ascii_alphanumeric() || *b == b'-' || *b == b'_')
    });
    given.cloned().unwrap_or_else(|| {
        HeaderValue::from_str(&format!("req_{:032x}", headwater_platform::random()))
            .unwrap_or_else(|_| HeaderValue::from_static("req"))
    })
}
