//! What surrounds every handler: ids, spans, limits, headers, problems.

mod gate;
mod linger;
mod observe;
mod problem;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, Response, header};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate as _, SizeAbove};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::AppState;
pub(crate) use gate::address_of;

/// The header that carries the request's id, in and out.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A response that other sites may show in a frame; its own policy says which.
#[derive(Clone, Copy)]
pub(crate) struct Framed;

/// Everything else may be framed by nobody.
fn unframed<B>(response: &Response<B>) -> Option<HeaderValue> {
    let framed = response.extensions().get::<Framed>().is_some();
    (!framed).then(|| HeaderValue::from_static("DENY"))
}

/// Wraps the routes; the first layer named here is the outermost. One stack, so that a request is
/// boxed once for all of them and not once for each.
pub(crate) fn wrap(routes: Router<AppState>, state: &AppState) -> Router<AppState> {
    let body = usize::try_from(state.platform.config().limits.body_bytes).unwrap_or(usize::MAX);
    let compress = SizeAbove::new(1024)
        .and(NotForContentType::SSE)
        .and(NotForContentType::IMAGES);
    let header = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    let stack = ServiceBuilder::new()
        .layer(axum::middleware::from_fn_with_state(
            state.clone(),
            observe::observe,
        ))
        .layer(axum::middleware::from_fn(problem::problems))
        .layer(header(header::CACHE_CONTROL, "no-store"))
        .layer(SetResponseHeaderLayer::if_not_present(
            header::X_FRAME_OPTIONS,
            unframed::<_>,
        ))
        .layer(header(header::REFERRER_POLICY, "same-origin"))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(CompressionLayer::new().compress_when(compress))
        .layer(CatchPanicLayer::custom(problem::panicked))
        .layer(linger::layer(state))
        .layer(axum::middleware::from_fn_with_state(
            state.clone(),
            gate::gate,
        ))
        .layer(DefaultBodyLimit::max(body));
    routes.layer(stack)
}
