//! The front door: HTTP in, HTTP and server-sent events out. Handlers translate; they never decide.

mod docs;
mod error;
mod extract;
mod forms;
mod health;
mod hooks;
mod mcp;
mod middleware;
mod native;
mod openapi;
mod share_page;
mod socket;
mod sse;
mod web;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use headwater_platform::{Platform, Supervisor};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use openapi::document as openapi_document;

/// How the front door behaves.
#[derive(Clone, Debug, Default)]
pub struct ServerConfig {
    /// Whether cookies are marked `Secure` always, not only behind a proxy that says https.
    pub secure_cookies: bool,
    /// Whether `X-Forwarded-For` and `X-Forwarded-Proto` of the peer are believed.
    pub trust_proxy: bool,
    /// Names, in small letters, by which `/mcp` may be reached beside those of this machine.
    pub mcp_hosts: Vec<String>,
}

/// What every handler can reach.
#[derive(Clone)]
pub(crate) struct AppState {
    pub platform: Platform,
    pub config: Arc<ServerConfig>,
    /// Renders the metrics in Prometheus' text format.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
}

/// The whole front door, as a table of contents.
pub fn router(
    platform: Platform,
    config: ServerConfig,
    metrics: Arc<dyn Fn() -> String + Send + Sync>,
) -> Router {
    let flow_schema = platform.flow_schema();
    let tools = mcp::service(&platform);
    let state = AppState {
        platform,
        config: Arc::new(config),
        metrics,
    };
    let (api, document) = native::router();
    let routes = Router::new()
        .route("/livez", get(health::livez))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics))
        .route("/docs", get(docs::page))
        .merge(mcp::routes(tools, &state))
        .merge(api)
        .merge(hooks::routes())
        .merge(forms::routes())
        .merge(share_page::routes())
        .merge(openapi::routes(document, &flow_schema))
        .fallback(web::serve);
    middleware::wrap(routes, &state).with_state(state)
}

/// Serves until `stop` is cancelled, then lets requests and streams under way finish.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    supervisor: Supervisor,
    stop: CancellationToken,
) -> std::io::Result<()> {
    axum::serve(
        listener,
        router.into_make_service_with_connect_info::<SocketAddr>(),
    )
    .with_graceful_shutdown(stop.cancelled_owned())
    .await?;
    // The listener lets go of a connection that became a WebSocket.
    supervisor.streams_over().await;
    Ok(())
}
