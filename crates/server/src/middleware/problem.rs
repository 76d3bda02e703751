//! Gives every error its body, its request id and its line in the log.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Response as HttpResponse, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use headwater_model::{Code, Error};

use super::REQUEST_ID;
use crate::error::{ApiError, ProblemSource, problem_response};

pub(crate) async fn problems(request: Request, next: Next) -> Response {
    let id = request
        .headers()
        .get(REQUEST_ID)
        .cloned()
        .unwrap_or_else(|| HeaderValue::from_static(""));
    let api = request.uri().path().starts_with("/api/");
    let response = next.run(request).await;
    let source = response
        .extensions()
        .get::<ProblemSource>()
        .cloned()
        .map(|source| source.0);
    let Some(error) = source.or_else(|| bare(&response, api)) else {
        return response;
    };
    log(&error);
    let mut problem = problem_response(&error, id.to_str().unwrap_or_default());
    for (name, value) in response.headers() {
        if name == axum::http::header::SET_COOKIE || name == axum::http::header::ALLOW {
            problem.headers_mut().append(name, value.clone());
        }
    }
    problem
}

/// Refusals made by the framework itself become problems too.
fn bare(response: &Response, api: bool) -> Option<Error> {
    match response.status() {
        StatusCode::METHOD_NOT_ALLOWED if api => Some(Error::invalid(
            "method",
            "This address does not take that method; see /docs.",
        )),
        _ => None,
    }
}

fn log(error: &Error) {
    match error.code {
        // A limit that did its work is no failure; before set-up every request meets one.
        _ if error.limit.is_some() => {
            tracing::debug!(code = %error.code, limit = error.limit.as_deref(), "request refused");
        }
        Code::Internal => {
            tracing::error!(code = %error.code, source = error.source_text(), "request failed")
        }
        Code::Upstream | Code::Unavailable | Code::Timeout => {
            tracing::warn!(code = %error.code, message = %error.message, source = error.source_text(), "request failed");
        }
        _ => tracing::debug!(code = %error.code, message = %error.message, "request refused"),
    }
}

pub(crate) fn panicked(panic: Box<dyn std::any::Any + Send>) -> HttpResponse<Body> {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a handler panicked".to_owned());
    ApiError(Error::internal(text)).into_response()
}
