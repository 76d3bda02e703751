//! `/mcp`: the workspace's served flows as the tools of an MCP server. Every request stands for
//! itself, so that any replica may answer it.

mod guard;
mod handler;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum::routing::any_service;
use headwater_platform::Platform;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};

use crate::AppState;
use crate::error::ApiError;
use crate::extract::{bearer, caller_of_key};
use handler::Handler;

type Service = StreamableHttpService<Handler, NeverSessionManager>;

/// Where it answers.
pub(crate) const PATH: &str = "/mcp";

/// The server; it knows its callers from the requests.
pub(crate) fn service(platform: &Platform) -> Service {
    let body = usize::try_from(platform.config().limits.body_bytes).unwrap_or(usize::MAX);
    // Who may ask from where is looked at in `guard`, which knows this server's configuration.
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_max_request_body_bytes(body)
        .with_cancellation_token(platform.supervisor().stopping().child_token())
        .disable_allowed_hosts()
        .disable_allowed_origins();
    let platform = platform.clone();
    let make = move || Ok(Handler::new(platform.clone()));
    StreamableHttpService::new(make, Arc::new(NeverSessionManager::default()), config)
}

/// The route, for callers with a key.
pub(crate) fn routes(service: Service, state: &AppState) -> Router<AppState> {
    let admit = axum::middleware::from_fn_with_state(state.clone(), admit);
    Router::new().route(PATH, any_service(service).layer(admit))
}

/// Keys only: a cookie travels by itself, from any page.
async fn admit(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    if let Err(error) = guard::check(&request, &state.config) {
        return ApiError(error).into_response();
    }
    let key = bearer(request.headers()).map(str::to_owned);
    match caller_of_key(&state, key.as_deref(), request.headers()).await {
        // There is nothing to listen to, and no session to end.
        Ok(_) if request.method() != Method::POST => {
            axum::http::StatusCode::METHOD_NOT_ALLOWED.into_response()
        }
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(error) => error.into_response(),
    }
}
