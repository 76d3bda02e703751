//! Nodes that reach outside: addresses, files, documents, and tools that are not there.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use headwater_tests::{Client, Database, Options, Product, stories, until};
use serde_json::{Value, json};

use crate::words::{pdf, publish};

stories!(
    an_address_is_called_and_its_answer_flows_on,
    private_addresses_are_refused_unless_the_operator_allows_them,
    a_busy_address_is_asked_again_with_the_same_key,
    an_interrupted_call_is_made_again_with_the_same_key,
    a_cancelled_run_hangs_up_on_an_address,
    a_file_in_the_input_becomes_text,
    a_document_of_a_knowledge_base_becomes_text,
    a_tool_that_is_not_there_is_named,
);

/// Somebody out there.
#[derive(Clone, Default)]
pub struct Stranger {
    keys: Arc<Mutex<Vec<String>>>,
    pub hung_up: Arc<AtomicUsize>,
    busy: Arc<AtomicUsize>,
}

/// Counts when the connection it belongs to is given up.
struct Held(Arc<AtomicUsize>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Stranger {
    pub async fn start() -> (Self, SocketAddr) {
        let stranger = Self::default();
        let routes = Router::new()
            .route("/echo/{id}", any(echo))
            .route("/busy", any(busy))
            .route("/slow", any(slow))
            .route(
                "/report",
                get(|| async { ([("content-type", "application/pdf")], pdf("Rivers rise.")) }),
            )
            .with_state(stranger.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, routes).await });
        (stranger, address)
    }

    /// The idempotency keys it was given, in order.
    pub fn keys(&self) -> Vec<String> {
        self.keys.lock().unwrap().clone()
    }

    fn note(&self, request: &Request) {
        let key = request.headers().get("idempotency-key");
        let key = key.map_or("", |key| key.to_str().unwrap()).to_owned();
        self.keys.lock().unwrap().push(key);
    }
}

async fn echo(State(stranger): State<Stranger>, request: Request) -> Response {
    stranger.note(&request);
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let header = |name: &str| parts.headers.get(name).map(|value| value.to_str().unwrap());
    let told = json!({
        "method": parts.method.as_str(),
        "uri": parts.uri.to_string(),
        "name": header("x-name"),
        "authorization": header("authorization"),
        "body": serde_json::from_slice::<Value>(&body).ok(),
    });
    axum::Json(told).into_response()
}

/// Busy once, then there.
async fn busy(State(stranger): State<Stranger>, request: Request) -> Response {
    stranger.note(&request);
    match stranger.busy.fetch_add(1, Ordering::SeqCst) {
        0 => (
            StatusCode::SERVICE_UNAVAILABLE,
            [("retry-after", "1")],
            "Later.",
        )
            .into_response(),
        _ => "There you are.".into_response(),
    }
}

/// Silent the first time, then there.
async fn slow(State(stranger): State<Stranger>, request: Request) -> Response {
    stranger.note(&request);
    if stranger.busy.fetch_add(1, Ordering::SeqCst) == 0 {
        let _held = Held(stranger.hung_up.clone());
        std::future::pending::<()>().await;
    }
    "There you are.".into_response()
}

/// start → call → output.
fn calling(settings: Value, on_error: Option<Value>) -> Value {
    let mut call = json!({ "id": "call", "kind": "http", "settings": settings });
    if let Some(on_error) = on_error {
        call["on_error"] = on_error;
    }
    json!({
        "headwater": 1, "name": "Calling", "kind": "task",
        "inputs": [{ "name": "id", "type": "string" }],
        "nodes": [
            call,
            { "id": "out", "kind": "output", "settings": { "values": {
                "status": "{{ call.status }}", "body": "{{ call.body }}", "json": "{{ call.json }}",
            } } },
        ],
        "edges": [{ "from": "start", "to": "call" }, { "from": "call", "to": "out" }],
    })
}

async fn invoke(client: &Client, flow: &str, input: Value) -> Value {
    let body = json!({ "input": input });
    let answer = client.post(&format!("/flows/{flow}/invoke"), body).await;
    answer.expect(200)
}

pub async fn open(database: Database) -> Product {
    let options = Options::default().with("HEADWATER_TOOLS__ALLOW_PRIVATE", true);
    Product::with(database, options).await
}

async fn an_address_is_called_and_its_answer_flows_on(database: Database) {
    let (stranger, address) = Stranger::start().await;
    let product = open(database).await;
    let owner = product.set_up().await;
    let flow = calling(
        json!({
            "method": "POST",
            "url": format!("http://{address}/echo/{{{{ start.id }}}}"),
            "query": { "q": "a b" },
            "headers": { "X-Name": "n-{{ start.id }}" },
            "auth": { "type": "bearer", "token": "canary-token" },
            "body": { "type": "json", "value": { "id": "{{ start.id }}", "list": [1, 2] } },
        }),
        None,
    );
    let id = publish(&owner, flow).await;
    let run = invoke(&owner, &id, json!({ "id": "7/../8" })).await;
    let told = &run["outputs"]["json"];
    assert_eq!(run["outputs"]["status"], 200, "{run}");
    assert_eq!(told["method"], "POST");
    assert_eq!(told["uri"], "/echo/7%2F..%2F8?q=a%20b");
    assert_eq!(told["name"], "n-7/../8");
    assert_eq!(told["authorization"], "Bearer canary-token");
    assert_eq!(told["body"], json!({ "id": "7/../8", "list": [1, 2] }));
    let run_id = run["id"].as_str().unwrap();
    assert_eq!(stranger.keys(), [format!("{run_id}:call")]);
    let steps = owner
        .get(&format!("/runs/{run_id}/steps"))
        .await
        .expect(200);
    let steps = steps["items"].as_array().unwrap().iter();
    let call = steps.clone().find(|step| step["node"] == "call").unwrap();
    assert_eq!(
        call["inputs"]["headers"]["authorization"], "(hidden)",
        "{call}"
    );
    assert!(!call["inputs"].to_string().contains("canary-token"));
}

async fn private_addresses_are_refused_unless_the_operator_allows_them(database: Database) {
    let (stranger, address) = Stranger::start().await;
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let port = address.port();
    let id = publish(
        &owner,
        calling(json!({ "url": "{{ start.id }}/echo/1" }), None),
    )
    .await;
    for host in [
        "127.0.0.1",
        "localhost",
        "[::ffff:127.0.0.1]",
        "2130706433",
        "0177.0.0.1",
    ] {
        let run = invoke(
            &owner,
            &id,
            json!({ "id": format!("http://{host}:{port}") }),
        )
        .await;
        assert_eq!(run["status"], "failed", "{run}");
        let said = run["error"]["message"].as_str().unwrap();
        assert!(
            said.contains("may not be called from here"),
            "{host}: {said}"
        );
    }
    let run = invoke(&owner, &id, json!({ "id": "http://169.254.169.254" })).await;
    assert_eq!(run["error"]["code"], "invalid", "{run}");
    assert!(stranger.keys().is_empty(), "nothing was sent");
}

async fn a_busy_address_is_asked_again_with_the_same_key(database: Database) {
    let (stranger, address) = Stranger::start().await;
    let product = open(database).await;
    let owner = product.set_up().await;
    let settings = json!({ "method": "PUT", "url": format!("http://{address}/busy") });
    let retry = json!({ "retry": { "attempts": 2, "backoff": "1ms" }, "then": "fail" });
    let id = publish(&owner, calling(settings.clone(), Some(retry))).await;
    let began = std::time::Instant::now();
    let run = invoke(&owner, &id, json!({})).await;
    assert_eq!(run["outputs"]["body"], "There you are.", "{run}");
    assert!(
        began.elapsed().as_millis() >= 1000,
        "Retry-After was not waited for"
    );
    let keys = stranger.keys();
    assert_eq!(keys.len(), 2);
    assert_eq!(keys[0], keys[1]);
}

async fn an_interrupted_call_is_made_again_with_the_same_key(database: Database) {
    let (stranger, address) = Stranger::start().await;
    let mut product = open(database).await;
    let owner = product.set_up().await;
    let settings = json!({ "method": "POST", "url": format!("http://{address}/slow") });
    let id = publish(&owner, calling(settings, None)).await;
    let run = owner
        .post(&format!("/flows/{id}/runs"), json!({ "input": {} }))
        .await;
    let run = run.expect(202)["id"].as_str().unwrap().to_owned();
    until("the address to be called", 10, async || {
        (stranger.keys().len() == 1).then_some(())
    })
    .await;
    product.kill9();
    product.restart().await;
    let owner = owner.at(&product.url);
    let ended = owner.ended(&run).await;
    assert_eq!(ended["outputs"]["body"], "There you are.", "{ended}");
    let keys = stranger.keys();
    assert_eq!(keys.len(), 2);
    assert_eq!(keys[0], keys[1]);
}

async fn a_cancelled_run_hangs_up_on_an_address(database: Database) {
    let (stranger, address) = Stranger::start().await;
    let product = open(database).await;
    let owner = product.set_up().await;
    let settings = json!({ "url": format!("http://{address}/slow") });
    let id = publish(&owner, calling(settings, None)).await;
    let run = owner
        .post(&format!("/flows/{id}/runs"), json!({ "input": {} }))
        .await;
    let run = run.expect(202)["id"].as_str().unwrap().to_owned();
    until("the address to be called", 10, async || {
        (stranger.keys().len() == 1).then_some(())
    })
    .await;
    let cancel = owner.post(&format!("/runs/{run}/cancel"), json!({})).await;
    cancel.expect(202);
    until("the address to be hung up on", 5, async || {
        (stranger.hung_up.load(Ordering::SeqCst) == 1).then_some(())
    })
    .await;
    assert_eq!(owner.ended(&run).await["status"], "cancelled");
}

/// start → read → output, over a file of the input or one that is fetched.
fn reading(nodes: Value, file: &str) -> Value {
    let mut all = nodes.as_array().unwrap().clone();
    let before = all
        .last()
        .map_or("start", |node| node["id"].as_str().unwrap())
        .to_owned();
    let mut edges = vec![
        json!({ "from": before, "to": "read" }),
        json!({ "from": "read", "to": "out" }),
    ];
    if before != "start" {
        edges.push(json!({ "from": "start", "to": before }));
    }
    all.extend([
        json!({ "id": "read", "kind": "document", "settings": { "file": file } }),
        json!({ "id": "out", "kind": "output", "settings": { "values": { "read": "{{ read }}" } } }),
    ]);
    json!({
        "headwater": 1, "name": "Reading", "kind": "task",
        "inputs": [{ "name": "file", "type": "file" }],
        "nodes": all, "edges": edges,
    })
}

/// How many files are kept.
fn objects(product: &Product) -> usize {
    let folders = std::fs::read_dir(product.data().join("objects"));
    let folders = folders.into_iter().flatten().flatten();
    let files = folders.flat_map(|folder| std::fs::read_dir(folder.path()).unwrap());
    files.count()
}

async fn a_file_in_the_input_becomes_text(database: Database) {
    let (_, address) = Stranger::start().await;
    let product = open(database).await;
    let owner = product.set_up().await;
    let before = objects(&product);
    let id = publish(&owner, reading(json!([]), "{{ start.file }}")).await;
    let file = |name: &str, bytes: &[u8]| json!({ "file": { "name": name, "media_type": "", "data": STANDARD.encode(bytes) } });
    let run = invoke(&owner, &id, file("rivers.pdf", &pdf("Rivers rise."))).await;
    let read = &run["outputs"]["read"];
    assert!(
        read["text"].as_str().unwrap().contains("Rivers rise."),
        "{run}"
    );
    assert_eq!(
        (&read["pages"], &read["name"]),
        (&json!(1), &json!("rivers.pdf"))
    );
    let run = invoke(&owner, &id, file("notes.md", b"# Notes\n\nCheese is fine.")).await;
    let read = &run["outputs"]["read"];
    assert_eq!(read["title"], "Notes", "{run}");
    assert!(read["text"].as_str().unwrap().contains("Cheese is fine."));
    assert_eq!(read["pages"], Value::Null);
    let run = invoke(&owner, &id, file("letter.docx", b"PK\x03\x04rest")).await;
    assert_eq!(run["error"]["code"], "invalid", "{run}");
    let said = run["error"]["message"].as_str().unwrap();
    assert!(said.contains("damaged or cut off"), "{said}");
    let wrong = json!({ "input": { "file": "hello" } });
    let refused = owner.post(&format!("/flows/{id}/invoke"), wrong).await;
    assert_eq!(refused.problem(400), "invalid");
    assert!(refused.text.contains("must be a file"), "{}", refused.text);
    assert_eq!(objects(&product), before, "nothing of it stays behind");

    let fetch = json!([{ "id": "get", "kind": "http", "settings": { "url": format!("http://{address}/report") } }]);
    let mut fetched = reading(fetch, "{{ get.file }}");
    fetched["name"] = json!("Fetching");
    let id = publish(&owner, fetched).await;
    let run = invoke(&owner, &id, json!({})).await;
    assert!(
        run["outputs"]["read"]["text"]
            .as_str()
            .unwrap()
            .contains("Rivers rise."),
        "{run}"
    );
}

async fn a_document_of_a_knowledge_base_becomes_text(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let kb = owner
        .post("/knowledge-bases", json!({ "name": "Notes" }))
        .await
        .expect(201);
    let document = owner
        .upload(
            kb["id"].as_str().unwrap(),
            "rivers.md",
            "# Rivers\n\nThey rise.",
        )
        .await;
    let document = document["id"].as_str().unwrap().to_owned();
    let flow = json!({
        "headwater": 1, "name": "Reading", "kind": "task",
        "inputs": [{ "name": "id", "type": "string", "required": true }],
        "nodes": [
            { "id": "read", "kind": "document", "settings": { "document": "{{ start.id }}" } },
            { "id": "out", "kind": "output", "settings": { "values": { "text": "{{ read.text }}", "title": "{{ read.title }}" } } },
        ],
        "edges": [{ "from": "start", "to": "read" }, { "from": "read", "to": "out" }],
    });
    let id = publish(&owner, flow).await;
    let run = invoke(&owner, &id, json!({ "id": document })).await;
    assert_eq!(run["outputs"]["title"], "Rivers", "{run}");
    assert!(
        run["outputs"]["text"]
            .as_str()
            .unwrap()
            .contains("They rise.")
    );
    let unknown = document.chars().rev().collect::<String>();
    let unknown = format!("doc_{}", unknown.trim_end_matches("_cod"));
    let run = invoke(&owner, &id, json!({ "id": unknown })).await;
    assert_eq!(run["status"], "failed", "{run}");
}

async fn a_tool_that_is_not_there_is_named(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    for (kind, settings) in [
        ("tool", json!({ "tool": "nowhere", "function": "f" })),
        (
            "agent",
            json!({ "tools": [{ "tool": "nowhere" }], "messages": [{ "role": "user", "content": "Hi" }] }),
        ),
    ] {
        let flow = json!({
            "headwater": 1, "name": format!("Missing {kind}"), "kind": "task", "inputs": [],
            "nodes": [{ "id": "it", "kind": kind, "settings": settings }],
            "edges": [{ "from": "start", "to": "it" }],
        });
        let id = publish(&owner, flow).await;
        let run = invoke(&owner, &id, json!({})).await;
        assert_eq!(run["error"]["code"], "not_found", "{run}");
        assert!(
            run["error"]["message"]
                .as_str()
                .unwrap()
                .contains("nowhere"),
            "{run}"
        );
    }
}
