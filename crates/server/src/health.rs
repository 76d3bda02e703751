//! Is it alive, is it ready, what does it count.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::AppState;

/// The process answers.
pub(crate) async fn livez() -> &'static str {
    "ok\n"
}

/// Requests can be served: database, index, not draining. One line per check.
pub(crate) async fn readyz(State(state): State<AppState>) -> Response {
    let checks = state.platform.readiness().await;
    let ready = checks.iter().all(|check| check.ok);
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let lines: String = checks
        .iter()
        .map(|check| {
            format!(
                "{} {}: {}\n",
                if check.ok { "ok  " } else { "FAIL" },
                check.name,
                check.message
            )
        })
        .collect();
    (status, lines).into_response()
}

/// Everything counted, in Prometheus' text format.
pub(crate) async fn metrics(State(state): State<AppState>) -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4")],
        (state.metrics)(),
    )
}
