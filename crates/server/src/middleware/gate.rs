//! Who gets as far as a handler: nobody before set-up, nobody beyond their rate.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use headwater_model::{Code, Error, Result};

use crate::error::ApiError;
use crate::extract::{bearer, session_secret};
use crate::{AppState, ServerConfig};

pub(crate) async fn gate(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let refused = admit(&state, &request).err();
    let closed = refused.is_none() && behind_set_up(request.uri().path());
    let refused = match refused {
        None if closed => set_up(&state).await.err(),
        other => other,
    };
    match refused {
        None => next.run(request).await,
        Some(error) => ApiError(error).into_response(),
    }
}

/// The doors whose visitors are counted; the rest serves files and health.
const COUNTED: [&str; 5] = ["/api/", crate::mcp::PATH, "/hooks/", "/forms/", "/s/"];

/// Where visitors of shares knock.
const VISITED: &str = "/api/v1/shared/";

/// Descriptions, which tell nothing of this server.
const OPEN: [&str; 2] = ["/api/v1/openapi.json", "/api/v1/flow.schema.json"];

/// What nobody may use before the owner exists.
fn behind_set_up(path: &str) -> bool {
    is_api(path) && path != "/api/v1/setup" && !OPEN.contains(&path)
}

/// Doors for programs.
fn is_api(path: &str) -> bool {
    path.starts_with("/api/") || path == crate::mcp::PATH
}

async fn set_up(state: &AppState) -> Result<()> {
    if state.platform.is_set_up().await? {
        return Ok(());
    }
    Err(Error::new(
        Code::Unavailable,
        "Finish set-up first: open this server in a browser and create the owner account.",
    )
    .with_limit("set_up", None))
}

fn admit(state: &AppState, request: &Request) -> Result<()> {
    let path = request.uri().path();
    if !COUNTED.iter().any(|start| path.starts_with(start)) {
        return Ok(());
    }
    if path.starts_with(VISITED) {
        // Visitors hold what anybody may have made anew; an address is harder to come by.
        return state
            .platform
            .admit_request(&address(request, &state.config));
    }
    let (platform, key) = (&state.platform, bearer(request.headers()));
    if key.is_some_and(|secret| platform.is_operator(secret)) {
        return Ok(());
    }
    let address = address(request, &state.config);
    if !is_api(path) {
        // Whoever knocks on a trigger's door is known by no more than an address.
        return platform.admit_request(&address);
    }
    let posting = request.method() == axum::http::Method::POST;
    if posting && matches!(path, "/api/v1/session" | "/api/v1/setup") {
        return platform.admit_sign_in(&address);
    }
    let who = key
        .map(str::to_owned)
        .or_else(|| session_secret(request.headers()));
    platform.admit_request(&who.unwrap_or(address))
}

fn address(request: &Request, config: &ServerConfig) -> String {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    match peer {
        Some(peer) => address_of(request.headers(), peer.0, config),
        None => "local".to_owned(),
    }
}

/// Where a request comes from: the peer, or whom a trusted proxy names.
pub(crate) fn address_of(headers: &HeaderMap, peer: SocketAddr, config: &ServerConfig) -> String {
    let forwarded = config
        .trust_proxy
        .then(|| headers.get("x-forwarded-for"))
        .flatten();
    forwarded
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(',').next_back())
        .map_or_else(|| peer.ip().to_string(), |last| last.trim().to_owned())
}
