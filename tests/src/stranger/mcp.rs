//! The stranger's MCP server, written by hand, so that it can do what no library would.

use std::convert::Infallible;
use std::sync::atomic::Ordering;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::stream;
use serde_json::{Value, json};

use super::{Books, Waiting};

const SESSION: &str = "mcp-session-id";

/// `mode` is `good`, `locked`, `garbage`, `silent`, `thousand` or `away`.
pub(super) async fn answer(
    State(books): State<Books>,
    Path(mode): Path<String>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match mode.as_str() {
        "garbage" => return ([(header::CONTENT_TYPE, "text/html")], "<h1>Hi</h1>").into_response(),
        "silent" => {
            let _waiting = Waiting::new(&books.hanging);
            return std::future::pending().await;
        }
        "away" => {
            let to = [(header::LOCATION, "http://169.254.169.254/mcp")];
            return (StatusCode::TEMPORARY_REDIRECT, to).into_response();
        }
        "locked" if !headers.contains_key(header::AUTHORIZATION) => {
            let how = [(header::WWW_AUTHENTICATE, "Bearer")];
            return (StatusCode::UNAUTHORIZED, how).into_response();
        }
        _ => {}
    }
    let message: Value = serde_json::from_slice(&body).unwrap_or_default();
    let session = headers.get(SESSION).and_then(|value| value.to_str().ok());
    if message["method"] == "initialize" {
        return initialize(&books, &message);
    }
    let known = |name: &str| books.sessions.lock().unwrap().iter().any(|one| one == name);
    if !session.is_some_and(known) {
        return StatusCode::NOT_FOUND.into_response();
    }
    if method == Method::GET {
        return events(&books);
    }
    if method != Method::POST || message["id"].is_null() {
        return StatusCode::ACCEPTED.into_response();
    }
    let result = match message["method"].as_str().unwrap_or_default() {
        "tools/list" => Ok(list(&books, &mode, &message)),
        "tools/call" => call(&books, &headers, &message).await,
        _ => Ok(json!({})),
    };
    let mut answer = json!({ "jsonrpc": "2.0", "id": message["id"] });
    match result {
        Ok(result) => answer["result"] = result,
        Err(error) => answer["error"] = error,
    }
    axum::Json(answer).into_response()
}

fn initialize(books: &Books, message: &Value) -> Response {
    let number = books.opened.fetch_add(1, Ordering::SeqCst) + 1;
    let session = format!("session-{number}");
    books.sessions.lock().unwrap().push(session.clone());
    let answer = json!({ "jsonrpc": "2.0", "id": message["id"], "result": {
        "protocolVersion": message["params"]["protocolVersion"],
        "capabilities": { "tools": { "listChanged": true } },
        "serverInfo": { "name": "stranger", "version": "1" },
    } });
    ([(SESSION, session)], axum::Json(answer)).into_response()
}

/// Tells of changes, for as long as somebody listens.
fn events(books: &Books) -> Response {
    let changes = books.changed.subscribe();
    let events = stream::unfold(changes, |mut changes| async move {
        changes.recv().await.ok()?;
        let told = json!({ "jsonrpc": "2.0", "method": "notifications/tools/list_changed" });
        let event = format!("event: message\ndata: {told}\n\n");
        Some((Ok::<_, Infallible>(event), changes))
    });
    let kind = [(header::CONTENT_TYPE, "text/event-stream")];
    (kind, Body::from_stream(events)).into_response()
}

fn list(books: &Books, mode: &str, message: &Value) -> Value {
    let tool = |name: &str| {
        json!({ "name": name, "description": format!("Does {name}."),
        "inputSchema": { "type": "object" } })
    };
    if mode == "thousand" {
        // Pages without an end, each with a hundred tools.
        let page: usize = message["params"]["cursor"]
            .as_str()
            .unwrap_or("0")
            .parse()
            .unwrap_or(0);
        let tools: Vec<Value> = (0..100)
            .map(|n| tool(&format!("t{}", page * 100 + n)))
            .collect();
        return json!({ "tools": tools, "nextCursor": (page + 1).to_string() });
    }
    let mut tools = vec![
        json!({ "name": "math.add", "description": "Adds two numbers.", "inputSchema": {
            "type": "object", "required": ["a", "b"],
            "properties": { "a": { "type": "number" }, "b": { "type": "number" } } } }),
        json!({ "name": "monster", "inputSchema": { "type": "object", "description": "x".repeat(70_000) } }),
    ];
    tools.extend(["whoami", "fails", "refuses", "hang", "huge"].map(tool));
    let grown = books.grown.load(Ordering::SeqCst);
    tools.extend((0..grown).map(|n| tool(&format!("grown{n}"))));
    json!({ "tools": tools })
}

async fn call(books: &Books, headers: &HeaderMap, message: &Value) -> Result<Value, Value> {
    let params = &message["params"];
    let text = |text: String| json!({ "content": [{ "type": "text", "text": text }] });
    match params["name"].as_str().unwrap_or_default() {
        "math.add" => {
            let number = |name: &str| params["arguments"][name].as_f64().unwrap_or_default();
            let sum = number("a") + number("b");
            Ok(
                json!({ "content": [{ "type": "text", "text": format!("It is {sum}.") }],
                "structuredContent": { "sum": sum, "key": params["_meta"]["dev.headwater/idempotency-key"] } }),
            )
        }
        "whoami" => {
            let said = headers.get(header::AUTHORIZATION);
            let said = said
                .and_then(|value| value.to_str().ok())
                .unwrap_or("nobody");
            Ok(text(format!("You are {said}.")))
        }
        "fails" => Ok(
            json!({ "isError": true, "content": [{ "type": "text", "text": "The pump is dry." }] }),
        ),
        "refuses" => Err(json!({ "code": -32602, "message": "Not on a Sunday." })),
        "hang" => {
            let _waiting = Waiting::new(&books.hanging);
            std::future::pending().await
        }
        "huge" => Ok(text("huge ".repeat(1 << 20))),
        other => Ok(text(format!("Did {other}."))),
    }
}
