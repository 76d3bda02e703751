//! A stranger that tools call: a plain API with an OpenAPI document, and an MCP server over
//! streamable HTTP, each with the faults that strangers have.

mod mcp;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use serde_json::{Map, Value, json};
use tokio::sync::broadcast;
use tokio::task::JoinSet;

/// A running stranger; dropping it closes the server.
pub struct Stranger {
    address: SocketAddr,
    books: Books,
    _server: JoinSet<()>,
}

#[derive(Clone)]
struct Books {
    /// Requests as they came: method, path, query, headers and body.
    seen: Arc<Mutex<Vec<Value>>>,
    /// Sessions of the MCP server that are known.
    sessions: Arc<Mutex<Vec<String>>>,
    /// How many sessions there were.
    opened: Arc<AtomicUsize>,
    /// Calls of `hang` that wait now.
    hanging: Arc<AtomicUsize>,
    /// Tools that were added later.
    grown: Arc<AtomicUsize>,
    changed: broadcast::Sender<()>,
}

impl Stranger {
    /// Listens on a free port of loopback.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let books = Books {
            seen: Arc::default(),
            sessions: Arc::default(),
            opened: Arc::default(),
            hanging: Arc::default(),
            grown: Arc::default(),
            changed: broadcast::channel(16).0,
        };
        let router = Router::new()
            .route("/api/echo/{*rest}", any(echo))
            .route("/api/status/{code}", any(status))
            .route("/api/large", get(|| async { "large ".repeat(1 << 20) }))
            .route("/api/picture", get(picture))
            .route("/api/hang", any(hang))
            .route("/api/redirect", any(redirect))
            .route("/openapi.json", get(openapi))
            .route("/mcp/{mode}", any(mcp::answer))
            .with_state(books.clone());
        let mut server = JoinSet::new();
        server.spawn(async move {
            axum::serve(listener, router).await.unwrap();
        });
        Self {
            address,
            books,
            _server: server,
        }
    }

    /// An address of this stranger.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What was asked of its API so far, in order.
    pub fn seen(&self) -> Vec<Value> {
        self.books.seen.lock().unwrap().clone()
    }

    /// Forgets the sessions of its MCP server, as a restart does.
    pub fn forget_sessions(&self) {
        self.books.sessions.lock().unwrap().clear();
    }

    /// How many sessions its MCP server has opened.
    pub fn opened(&self) -> usize {
        self.books.opened.load(Ordering::SeqCst)
    }

    /// How many calls wait for an answer that does not come.
    pub fn hanging(&self) -> usize {
        self.books.hanging.load(Ordering::SeqCst)
    }

    /// Its MCP server has one more tool, and says so.
    pub fn grow(&self) {
        self.books.grown.fetch_add(1, Ordering::SeqCst);
        let _ = self.books.changed.send(());
    }
}

/// Counts who waits, until they go.
struct Waiting(Arc<AtomicUsize>);

impl Waiting {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count.clone())
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn headers_of(headers: &HeaderMap) -> Map<String, Value> {
    let text = |value: &header::HeaderValue| json!(String::from_utf8_lossy(value.as_bytes()));
    headers
        .iter()
        .map(|(name, value)| (name.to_string(), text(value)))
        .collect()
}

/// Tells what it was asked.
async fn echo(State(books): State<Books>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, 1 << 20)
        .await
        .unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let asked = json!({
        "method": parts.method.as_str(),
        "path": parts.uri.path(),
        "query": parts.uri.query(),
        "headers": headers_of(&parts.headers),
        "body": serde_json::from_str(&text).unwrap_or(Value::String(text)),
    });
    books.seen.lock().unwrap().push(asked.clone());
    axum::Json(asked).into_response()
}

async fn status(Path(code): Path<u16>, headers: HeaderMap, _: Bytes) -> Response {
    // A server that repeats what it was told in confidence.
    let said = headers.get(header::AUTHORIZATION);
    let said = said
        .and_then(|value| value.to_str().ok())
        .unwrap_or("nobody");
    let text = format!("no pump of that name, {said}");
    let mut response = (StatusCode::from_u16(code).unwrap(), text).into_response();
    let seconds = header::HeaderValue::from_static("7");
    response.headers_mut().insert(header::RETRY_AFTER, seconds);
    response
}

async fn picture() -> Response {
    let bytes = [0x89_u8, b'P', b'N', b'G', 0xff, 0xfe];
    ([(header::CONTENT_TYPE, "image/png")], bytes.to_vec()).into_response()
}

async fn hang(State(books): State<Books>) -> Response {
    let _waiting = Waiting::new(&books.hanging);
    std::future::pending().await
}

async fn redirect(Query(query): Query<std::collections::HashMap<String, String>>) -> Response {
    let to = query.get("to").cloned().unwrap_or_default();
    (StatusCode::FOUND, [(header::LOCATION, to)]).into_response()
}

/// Of a little shop, with one operation that cannot be a function.
async fn openapi() -> Response {
    axum::Json(json!({
        "openapi": "3.0.3", "info": { "title": "Pumps", "version": "1" },
        "servers": [{ "url": "/api/echo" }],
        "paths": {
            "/pumps/{id}": { "get": { "operationId": "readPump", "summary": "One pump.", "parameters": [
                { "name": "id", "in": "path", "required": true, "schema": { "type": "string" } },
                { "name": "fields", "in": "query", "schema": { "type": "array", "items": { "type": "string" } } },
            ] } },
            "/pumps": { "post": { "operationId": "addPump", "requestBody": { "required": true, "content": {
                "application/json": { "schema": { "$ref": "#/components/schemas/Pump" } } } } } },
            "/picture": { "put": { "operationId": "drawPump", "requestBody": { "required": true,
                "content": { "image/png": {} } } } },
        },
        "components": { "schemas": { "Pump": { "type": "object", "required": ["name"],
            "properties": { "name": { "type": "string" } } } } },
    }))
    .into_response()
}
