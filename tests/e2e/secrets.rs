//! Secrets of a workspace: they come in, they are sent, and they never show.

use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::any;
use headwater_tests::product::PASSWORD;
use headwater_tests::vendor::CANARY as PROVIDER_KEY;
use headwater_tests::{Client, Database, Options, Product, Vendor, stories};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::words::{greeting, publish};

stories!(
    a_secret_is_kept_sealed_and_never_given_back,
    a_run_is_refused_until_its_secrets_are_set,
    a_secret_in_a_flow_is_a_name,
    no_secret_of_any_kind_shows_anywhere,
);

/// What must be nowhere.
const CANARY: &str = "canary-Quartz-8812-lantern";

async fn a_secret_is_kept_sealed_and_never_given_back(database: Database) {
    let mut product = Product::start(database).await;
    product.keep_out_of_the_log(CANARY);
    let owner = product.set_up().await;
    let path = "/secrets/crm-key";
    owner
        .put(path, json!({ "value": CANARY }))
        .await
        .expect(204);
    let listed = owner.get("/secrets").await;
    let secret = &listed.expect(200)["secrets"][0];
    assert_eq!(secret["name"], "crm-key");
    assert!(secret["updated_by"].as_str().unwrap().starts_with("usr_"));
    assert_eq!(secret.as_object().unwrap().len(), 3, "{secret}");
    let audit = owner.get("/audit").await;
    let entry = &audit.expect(200)["items"][0];
    assert_eq!(
        (&entry["action"], &entry["target"]),
        (&json!("secret.set"), &json!("crm-key"))
    );
    assert!(!audit.text.contains(CANARY) && !listed.text.contains(CANARY));

    let short = owner.put(path, json!({ "value": "abc" })).await;
    assert_eq!(short.problem(400), "invalid");
    let unknown = json!({ "value": CANARY, "note": 1 });
    let refused = owner.put(path, unknown).await;
    assert!(refused.status == 400 && !refused.text.contains(CANARY));
    let named = owner.put("/secrets/a.b", json!({ "value": CANARY })).await;
    assert_eq!(named.problem(400), "invalid");

    owner.delete(path).await.expect(204);
    owner.delete(path).await.problem(404);
    let none = owner.get("/secrets").await.expect(200);
    assert_eq!(none["secrets"], json!([]));
}

async fn a_run_is_refused_until_its_secrets_are_set(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let mut flow = greeting();
    flow["environment"] = json!([{ "name": "key", "type": "secret", "secret": "crm-key" }]);
    publish(&owner, flow).await;
    let input = json!({ "input": { "name": "Ada" } });
    let invoke = "/flows/greeting/invoke";
    // Neither a value of that name nor another workspace's secret counts.
    let value = json!({ "value": "no secret" });
    owner.put("/environment/key", value).await.expect(204);
    let other = json!({ "name": "Other" });
    let other = owner.post("/workspaces", other).await.expect(201);
    let other = owner.in_workspace(other["id"].as_str().unwrap());
    let secret = json!({ "value": CANARY });
    other
        .put("/secrets/crm-key", secret.clone())
        .await
        .expect(204);
    let refused = owner.post(invoke, input.clone()).await;
    assert_eq!(refused.problem(409), "conflict");
    assert!(
        refused.text.contains("headwater secret set crm-key"),
        "{}",
        refused.text
    );
    owner.put("/secrets/crm-key", secret).await.expect(204);
    let run = owner.post(invoke, input).await.expect(200);
    assert_eq!(run["reply"], "Hello Ada!");
}

async fn a_secret_in_a_flow_is_a_name(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let mut flow = greeting();
    flow["environment"] = json!([{ "name": "key", "type": "secret" }]);
    flow["nodes"][0]["settings"]["text"] = json!("{{ env.key }}");
    let body = json!({ "document": flow });
    let found = owner.post("/flows/validate", body).await.expect(200);
    let problem = &found["problems"][0];
    assert_eq!(problem["node"], "greet", "{found}");
    assert_eq!(problem["field"], "text");
    assert_eq!(
        problem["message"],
        "“key” is a secret, and this setting would show it."
    );
}

/// Sends back all it is told, in the body and in a header; `/fail` does so with the status 500.
struct Mirror {
    url: String,
    seen: Arc<Mutex<Vec<String>>>,
    _server: JoinSet<()>,
}

impl Mirror {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let router = Router::new()
            .fallback(any(mirror))
            .with_state(Arc::clone(&seen));
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            url,
            seen,
            _server: server,
        }
    }
}

async fn mirror(
    State(seen): State<Arc<Mutex<Vec<String>>>>,
    request: Request,
) -> impl IntoResponse {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let body = String::from_utf8_lossy(&body).into_owned();
    let told = format!("{} {:?} {body}", head.uri, head.headers);
    let header = head.headers.get("x-key").cloned();
    seen.lock().unwrap().push(told.clone());
    let status = match head.uri.path().starts_with("/fail") {
        true => StatusCode::INTERNAL_SERVER_ERROR,
        false => StatusCode::OK,
    };
    let header = header.unwrap_or_else(|| "none".parse().unwrap());
    (status, [("x-mirror", header)], told)
}

/// Calls with a secret wherever one may stand, has a model read the answer, fails with a secret, and
/// cannot reach with a secret.
fn telling(mirror: &str) -> Value {
    let call = |id: &str, url: String| {
        json!({ "id": id, "kind": "http", "on_error": { "then": "branch" }, "settings": {
            "method": "POST", "url": url, "query": { "k": "{{ env.key }}" },
            "headers": { "x-key": "{{ env.key }}" },
            "auth": { "type": "basic", "user": "ada", "password": "{{ env.key }}" },
            "body": { "type": "json", "value": { "key": "{{ env.key }}" } },
        } })
    };
    json!({
        "headwater": 1, "name": "Telling", "kind": "task",
        "environment": [{ "name": "key", "type": "secret", "secret": "crm-key" }],
        "nodes": [
            call("good", format!("{mirror}/{{{{ env.key }}}}")),
            call("bad", format!("{mirror}/fail/{{{{ env.key }}}}")),
            call("lost", "http://127.0.0.1:9/{{ env.key }}".to_owned()),
            { "id": "read", "kind": "chat", "settings": { "model": "default",
                "messages": [{ "role": "user", "content": "{{ good.body }} {{ good.headers }}" }] } },
            { "id": "say", "kind": "answer", "settings": { "text": "{{ good.body }} {{ read.text }}" } },
            { "id": "no", "kind": "answer", "settings": { "text": "{{ bad.error }}" } },
            { "id": "gone", "kind": "answer", "settings": { "text": "{{ lost.error }}" } },
            { "id": "never", "kind": "answer", "settings": { "text": "!" } },
        ],
        "edges": [
            { "from": "start", "to": "good" }, { "from": "start", "to": "bad" }, { "from": "start", "to": "lost" },
            { "from": "good", "to": "read" }, { "from": "read", "to": "say" },
            { "from": "good", "to": "never", "handle": "error" },
            { "from": "bad", "to": "no", "handle": "error" },
            { "from": "lost", "to": "gone", "handle": "error" },
        ],
    })
}

async fn no_secret_of_any_kind_shows_anywhere(database: Database) {
    let mirror = Mirror::start().await;
    let options = Options::default()
        .with("HEADWATER_TOOLS__ALLOW_PRIVATE", "true")
        .with(
            "RUST_LOG",
            "debug,hyper=trace,hyper_util=trace,reqwest=trace",
        );
    let mut product = Product::with(database, options).await;
    let owner = product.set_up().await;
    let vendor = Vendor::as_default(&owner, "scripted-small").await;
    let secret = json!({ "value": CANARY });
    owner.put("/secrets/crm-key", secret).await.expect(204);
    let program = product.key(&owner, &["read", "run", "edit", "admin"]).await;
    let api_key = program.bearer().unwrap().to_owned();
    let encoded = "YWRhOmNhbmFyeS1RdWFydHotODgxMi1sYW50ZXJu";
    let canaries = [CANARY, encoded, PROVIDER_KEY, PASSWORD, api_key.as_str()];
    for canary in canaries {
        product.keep_out_of_the_log(canary);
    }

    let flow = publish(&program, telling(&mirror.url)).await;
    let run = program
        .post(&format!("/flows/{flow}/invoke"), json!({ "input": {} }))
        .await;
    let told = run.expect(200);
    assert_eq!(told["status"], "succeeded", "{told}");
    let reply = told["reply"].as_str().unwrap();
    assert!(
        reply.contains("[secret key]") && reply.contains("status 500"),
        "{reply}"
    );
    let streamed = program
        .stream(&format!("/flows/{flow}/stream"), json!({ "input": {} }))
        .await
        .all()
        .await;
    // It was sent, wherever it stands.
    let seen = mirror.seen.lock().unwrap().clone();
    assert_eq!(seen.len(), 4, "{seen:?}");
    for request in &seen {
        assert_eq!(request.matches(CANARY).count(), 4, "{request}");
        assert!(request.contains(encoded), "{request}");
    }

    let mut outputs = vec![run.text.clone(), format!("{streamed:?}")];
    outputs.extend(vendor.requests().iter().map(|r| r.body.to_string()));
    outputs.extend(everything(&program, told["id"].as_str().unwrap(), &flow).await);
    outputs.push(exported(&product, "telling"));
    for output in &outputs {
        for canary in canaries {
            assert!(!output.contains(canary), "{canary} is in {output}");
        }
    }
    product.stop().await;
    for canary in canaries {
        assert!(!product.log().contains(canary), "{canary} is in the log");
        search(&product.data(), canary.as_bytes());
    }
}

/// What the API says of everything there is.
async fn everything(client: &Client, run: &str, flow: &str) -> Vec<String> {
    let mut answers = Vec::new();
    for path in [
        "/runs",
        "/audit",
        "/secrets",
        "/environment",
        "/providers",
        "/models",
        "/keys",
        "/me",
        "/system",
        "/members",
        "/flows",
        "/openapi.json",
    ] {
        answers.push(client.get(path).await.text);
    }
    for path in ["", "/steps", "/events"] {
        answers.push(client.get(&format!("/runs/{run}{path}")).await.text);
    }
    for path in ["", "/revisions", "/revisions/1"] {
        answers.push(client.get(&format!("/flows/{flow}{path}")).await.text);
    }
    answers.push(client.get("//metrics").await.text);
    answers
}

fn exported(product: &Product, flow: &str) -> String {
    let export = product.command().args(["flow", "export", flow]).output();
    let export = export.unwrap();
    assert!(export.status.success(), "{export:?}");
    String::from_utf8(export.stdout).unwrap()
}

/// Fails when a file below a folder has these bytes.
fn search(folder: &Path, bytes: &[u8]) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            search(&path, bytes);
            continue;
        }
        let content = std::fs::read(&path).unwrap_or_default();
        let found = content.windows(bytes.len()).any(|part| part == bytes);
        assert!(!found, "{} has a secret", path.display());
    }
}
