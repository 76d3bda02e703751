//! Tools of a workspace: every kind kept, asked and called.

use headwater_tests::{Client, Database, Options, Product, Stranger, stories, until};
use serde_json::{Value, json};

use crate::words::{greeting, publish};

stories!(
    a_tool_is_kept_changed_and_deleted,
    an_http_tool_calls_with_its_arguments_in_place,
    a_tool_sends_a_secret_and_nobody_reads_it,
    what_a_server_refuses_is_a_result_and_what_it_fails_at_an_error,
    an_openapi_document_becomes_functions,
    a_search_and_a_flow_are_functions,
    the_functions_of_an_mcp_server_are_called,
    an_mcp_server_that_changes_or_restarts_is_asked_anew,
    the_command_line_adds_and_calls_tools,
);

/// A secret that may reach the stranger and nobody else.
const CANARY: &str = "shop-canary-41d8e2";

pub fn open() -> Options {
    Options::default().with("HEADWATER_TOOLS__ALLOW_PRIVATE", "true")
}

pub async fn add(client: &Client, name: &str, kind: &str, settings: Value) -> Value {
    let body = json!({ "name": name, "kind": kind, "settings": settings });
    client.post("/tools", body).await.expect(201)
}

pub async fn call(client: &Client, tool: &str, function: Option<&str>, arguments: Value) -> Value {
    let body = json!({ "function": function, "arguments": arguments });
    client
        .post(&format!("/tools/{tool}/call"), body)
        .await
        .expect(200)
}

pub async fn functions(client: &Client, tool: &str) -> Vec<String> {
    let listing = client
        .post(&format!("/tools/{tool}/test"), json!({}))
        .await
        .expect(200);
    let functions = listing["functions"].as_array().unwrap().iter();
    functions
        .map(|f| f["name"].as_str().unwrap().to_owned())
        .collect()
}

async fn a_tool_is_kept_changed_and_deleted(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let settings = json!({ "url": "https://api.example.com/pumps" });
    let made = add(&owner, "pumps", "http", settings.clone()).await;
    assert_eq!(
        (&made["version"], &made["enabled"]),
        (&json!(1), &json!(true)),
        "{made}"
    );
    assert!(made["id"].as_str().unwrap().starts_with("tol_"));
    let again = json!({ "name": "pumps", "kind": "http", "settings": settings });
    assert_eq!(owner.post("/tools", again).await.problem(409), "conflict");
    for (wrong, field) in [
        (
            json!({ "name": "Pumps!", "kind": "http", "settings": settings }),
            "name",
        ),
        (
            json!({ "name": "p", "kind": "http", "settings": { "url": "x" } }),
            "settings.url",
        ),
        (
            json!({ "name": "p", "kind": "mcp", "settings": {} }),
            "settings",
        ),
        (
            json!({ "name": "p", "kind": "flow", "settings": { "flow": "nothing" } }),
            "settings.flow",
        ),
        (
            json!({ "name": "p", "kind": "mcp_stdio", "settings": { "server": "x" } }),
            "settings.server",
        ),
    ] {
        let refused = owner.post("/tools", wrong).await.expect(400);
        assert_eq!(refused["field"], field, "{refused}");
    }

    let change = json!({ "description": "Pumps.", "enabled": false, "version": 1 });
    let changed = owner
        .patch("/tools/pumps", change.clone())
        .await
        .expect(200);
    assert_eq!(
        (&changed["version"], &changed["description"]),
        (&json!(2), &json!("Pumps."))
    );
    assert_eq!(
        owner.patch("/tools/pumps", change).await.problem(409),
        "conflict"
    );
    let disabled = owner.post("/tools/pumps/call", json!({})).await;
    assert_eq!(disabled.problem(409), "conflict");

    let listed = owner.get("/tools?limit=1").await.expect(200);
    assert_eq!(listed["items"][0]["name"], "pumps");
    owner.delete("/tools/pumps").await.expect(204);
    owner.get("/tools/pumps").await.problem(404);
    let trail = owner.get("/audit").await.expect(200);
    let actions: Vec<&str> = trail["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|entry| entry["action"].as_str())
        .filter(|action| action.starts_with("tool."))
        .collect();
    assert_eq!(actions, ["tool.delete", "tool.update", "tool.create"]);
}

async fn an_http_tool_calls_with_its_arguments_in_place(database: Database) {
    let product = Product::with(database, open()).await;
    let (owner, stranger) = (product.set_up().await, Stranger::start().await);
    let settings = json!({
        "method": "POST", "url": stranger.url("/api/echo/pumps/{name}"),
        "arguments": { "type": "object", "required": ["name"], "additionalProperties": false,
            "properties": { "name": { "type": "string" }, "litres": { "type": "integer" }, "lang": {} } },
        "query": { "lang": "{lang}" },
        "headers": { "X-Team": "blue" },
    });
    add(&owner, "pump", "http", settings).await;
    let result = call(
        &owner,
        "pump",
        None,
        json!({ "name": "A/1", "litres": 3, "lang": "nb" }),
    )
    .await;
    assert_eq!(result["failed"], false);
    let asked = &result["value"];
    assert_eq!(asked["path"], "/api/echo/pumps/A%2F1", "{asked}");
    assert_eq!(
        (&asked["query"], &asked["body"]),
        (&json!("lang=nb"), &json!({ "litres": 3 }))
    );
    assert_eq!(asked["headers"]["x-team"], "blue");
    assert!(asked["headers"]["idempotency-key"].is_string());

    let misfit = call(&owner, "pump", None, json!({ "name": 1, "more": true })).await;
    assert_eq!(misfit["failed"], true);
    assert!(
        misfit["text"].as_str().unwrap().contains("name: "),
        "{misfit}"
    );
    assert_eq!(
        stranger.seen().len(),
        1,
        "arguments that do not fit are not sent"
    );
}

async fn a_tool_sends_a_secret_and_nobody_reads_it(database: Database) {
    let mut product = Product::with(database, open()).await;
    product.keep_out_of_the_log(CANARY);
    let (owner, stranger) = (product.set_up().await, Stranger::start().await);
    let header = json!({ "secret": "shop_key", "prefix": "Bearer " });
    let settings = json!({
        "url": stranger.url("/api/echo/stock"), "headers": { "Authorization": header },
    });
    let made = add(&owner, "stock", "http", settings).await;
    let early = owner.post("/tools/stock/call", json!({})).await;
    assert_eq!(early.problem(404), "not_found");
    assert!(early.text.contains("“shop_key”"), "{}", early.text);
    assert_eq!(stranger.seen().len(), 0);

    let secret = json!({ "value": CANARY });
    owner.put("/secrets/shop_key", secret).await.expect(204);
    let result = call(&owner, "stock", None, json!({})).await;
    assert_eq!(stranger.seen().len(), 1);
    let sent = format!("{:?}", stranger.seen());
    assert!(sent.contains(&format!("Bearer {CANARY}")), "{sent}");
    // The stranger sends back what it was sent; the tool does not pass that on.
    assert_eq!(result["failed"], false, "{result}");
    for shown in [result, made, owner.get("/tools/stock").await.expect(200)] {
        assert!(!shown.to_string().contains(CANARY), "{shown}");
    }
}

async fn what_a_server_refuses_is_a_result_and_what_it_fails_at_an_error(database: Database) {
    let product = Product::with(database, open()).await;
    let (owner, stranger) = (product.set_up().await, Stranger::start().await);
    let get = |path: &str| json!({ "url": stranger.url(path), "timeout_seconds": 1 });
    add(&owner, "missing", "http", get("/api/status/404")).await;
    let result = call(&owner, "missing", None, json!({})).await;
    assert_eq!(result["failed"], true);
    assert!(
        result["text"]
            .as_str()
            .unwrap()
            .contains("404 Not Found: no pump"),
        "{result}"
    );

    for (path, status, code) in [
        ("/api/status/500", 502, "upstream"),
        ("/api/status/429", 429, "rate_limited"),
        ("/api/hang", 504, "timeout"),
    ] {
        let name = code.to_owned();
        add(&owner, &name, "http", get(path)).await;
        let answer = owner.post(&format!("/tools/{name}/call"), json!({})).await;
        assert_eq!(answer.problem(status), code);
    }
    until("the hanging call to be given up", 10, async || {
        (stranger.hanging() == 0).then_some(())
    })
    .await;

    add(&owner, "large", "http", get("/api/large")).await;
    let result = call(&owner, "large", None, json!({})).await;
    let text = result["text"].as_str().unwrap();
    assert!(
        text.len() <= 1 << 19 && text.contains("[cut: "),
        "{}",
        text.len()
    );
    add(&owner, "picture", "http", get("/api/picture")).await;
    let result = call(&owner, "picture", None, json!({})).await;
    assert!(
        result["text"]
            .as_str()
            .unwrap()
            .contains("6 bytes of image/png"),
        "{result}"
    );
}

async fn an_openapi_document_becomes_functions(database: Database) {
    let product = Product::with(database, open()).await;
    let (owner, stranger) = (product.set_up().await, Stranger::start().await);
    let settings = json!({ "url": stranger.url("/openapi.json"), "headers": { "X-Team": "blue" } });
    let made = add(&owner, "shop", "openapi", settings).await;
    assert!(
        made["settings"]["document"]
            .as_str()
            .unwrap()
            .contains("readPump")
    );
    let listing = owner.post("/tools/shop/test", json!({})).await.expect(200);
    assert_eq!(
        listing["functions"].as_array().unwrap().len(),
        2,
        "{listing}"
    );
    assert!(
        listing["left_out"][0]
            .as_str()
            .unwrap()
            .contains("image/png"),
        "{listing}"
    );

    let arguments = json!({ "id": "a b", "fields": ["name", "litres"] });
    let result = call(&owner, "shop", Some("readPump"), arguments).await;
    assert_eq!(result["value"]["path"], "/api/echo/pumps/a%20b");
    assert_eq!(result["value"]["query"], "fields=name&fields=litres");
    let result = call(
        &owner,
        "shop",
        Some("addPump"),
        json!({ "body": { "name": "B" } }),
    )
    .await;
    assert_eq!(result["value"]["body"], json!({ "name": "B" }));
    assert_eq!(result["value"]["headers"]["x-team"], "blue");

    let unknown = owner
        .post("/tools/shop/call", json!({ "function": "sellPump" }))
        .await;
    assert_eq!(unknown.problem(404), "not_found");
    assert!(unknown.text.contains("readPump"), "{}", unknown.text);
    let unsaid = owner.post("/tools/shop/call", json!({})).await;
    assert_eq!(unsaid.problem(400), "invalid");
}

async fn a_search_and_a_flow_are_functions(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let kb = owner
        .post("/knowledge-bases", json!({ "name": "Birds" }))
        .await
        .expect(201);
    let document = owner
        .upload(
            kb["id"].as_str().unwrap(),
            "bird.txt",
            "The kingfisher hunts from a branch.",
        )
        .await;
    owner.processed(document["id"].as_str().unwrap()).await;
    add(
        &owner,
        "birds",
        "knowledge",
        json!({ "knowledge_bases": ["birds"] }),
    )
    .await;
    let found = call(&owner, "birds", None, json!({ "query": "kingfisher" })).await;
    let text = found["text"].as_str().unwrap();
    assert!(
        text.contains("n=\"1\" source=\"bird.txt\"") && text.contains("branch"),
        "{text}"
    );
    assert_eq!(
        found["value"]["passages"][0]["document_name"], "bird.txt",
        "{found}"
    );
    let nothing = call(&owner, "birds", None, json!({ "query": "zeppelin" })).await;
    assert_eq!(
        (&nothing["failed"], &nothing["value"]["passages"]),
        (&json!(false), &json!([]))
    );

    let id = publish(&owner, greeting()).await;
    add(&owner, "greet", "flow", json!({ "flow": "greeting" })).await;
    let listing = owner.post("/tools/greet/test", json!({})).await.expect(200);
    assert_eq!(
        listing["functions"][0]["parameters"]["required"],
        json!(["name"]),
        "{listing}"
    );
    let result = call(&owner, "greet", None, json!({ "name": "Ada" })).await;
    assert_eq!(result["text"], "Hello Ada!");
    assert_eq!(result["value"], json!({ "greeting": "Hello Ada!" }));
    let runs = owner.get(&format!("/runs?flow={id}")).await.expect(200);
    assert_eq!(
        runs["items"].as_array().unwrap().len(),
        1,
        "a run of its own: {runs}"
    );
    let misfit = call(&owner, "greet", None, json!({ "nom": "Ada" })).await;
    assert_eq!(misfit["failed"], true);
    owner.delete(&format!("/flows/{id}")).await.expect(204);
    let gone = owner.post("/tools/greet/call", json!({})).await;
    assert_eq!(gone.problem(404), "not_found");
}

async fn the_functions_of_an_mcp_server_are_called(database: Database) {
    let product = Product::with(database, open()).await;
    let (owner, stranger) = (product.set_up().await, Stranger::start().await);
    add(
        &owner,
        "stranger",
        "mcp",
        json!({ "url": stranger.url("/mcp/good"), "timeout_seconds": 2 }),
    )
    .await;
    let listing = owner
        .post("/tools/stranger/test", json!({}))
        .await
        .expect(200);
    assert_eq!(listing["functions"][0]["name"], "math_add", "{listing}");
    assert!(
        listing["left_out"][0].as_str().unwrap().contains("monster"),
        "{listing}"
    );

    let result = call(
        &owner,
        "stranger",
        Some("math_add"),
        json!({ "a": 2, "b": 3 }),
    )
    .await;
    assert_eq!(result["text"], "It is 5.");
    assert_eq!(result["value"]["sum"], 5.0);
    assert!(
        result["value"]["key"]
            .as_str()
            .unwrap()
            .starts_with("hand-"),
        "{result}"
    );
    let misfit = call(&owner, "stranger", Some("math_add"), json!({ "a": "2" })).await;
    assert_eq!(misfit["failed"], true);
    let failed = call(&owner, "stranger", Some("fails"), json!({})).await;
    assert_eq!(
        (&failed["failed"], &failed["text"]),
        (&json!(true), &json!("The pump is dry."))
    );
    let refused = call(&owner, "stranger", Some("refuses"), json!({})).await;
    assert_eq!(refused["failed"], true);
    assert!(
        refused["text"]
            .as_str()
            .unwrap()
            .contains("Not on a Sunday."),
        "{refused}"
    );
    let huge = call(&owner, "stranger", Some("huge"), json!({})).await;
    assert!(huge["text"].as_str().unwrap().contains("[cut: "));

    let body = json!({ "function": "hang" });
    let hung = owner.post("/tools/stranger/call", body).await;
    assert_eq!(hung.problem(504), "timeout");
    assert_eq!(stranger.opened(), 1, "one session serves all calls");
}

async fn an_mcp_server_that_changes_or_restarts_is_asked_anew(database: Database) {
    let product = Product::with(database, open()).await;
    let (owner, stranger) = (product.set_up().await, Stranger::start().await);
    add(
        &owner,
        "stranger",
        "mcp",
        json!({ "url": stranger.url("/mcp/good") }),
    )
    .await;
    let before = functions(&owner, "stranger").await.len();
    stranger.grow();
    // The change is told on a stream of its own, so it may be learnt a moment later.
    until("the new function to be called", 20, async || {
        let body = json!({ "function": "grown0" });
        let answer = owner.post("/tools/stranger/call", body).await;
        (answer.status == 200).then(|| assert_eq!(answer.json()["text"], "Did grown0."))
    })
    .await;
    assert_eq!(functions(&owner, "stranger").await.len(), before + 1);

    stranger.forget_sessions();
    let result = call(
        &owner,
        "stranger",
        Some("math_add"),
        json!({ "a": 1, "b": 1 }),
    )
    .await;
    assert_eq!(result["text"], "It is 2.");
    assert_eq!(stranger.opened(), 2);
}

async fn the_command_line_adds_and_calls_tools(database: Database) {
    let product = Product::with(database, open()).await;
    let (_owner, stranger) = (product.set_up().await, Stranger::start().await);
    let run = |arguments: &[&str]| {
        let output = product
            .command()
            .arg("tool")
            .args(arguments)
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (
            output.status.code(),
            text(&output.stdout),
            text(&output.stderr),
        )
    };
    let mcp = stranger.url("/mcp/good");
    let (code, out, err) = run(&["add", "math", "--mcp", &mcp]);
    assert!(code == Some(0) && out.contains("math_add"), "{out}{err}");
    assert!(err.contains("monster"), "{err}");
    let (code, out, err) = run(&["call", "math", "--function", "math_add", "a=2", "b=40"]);
    assert_eq!((code, out.trim()), (Some(0), "It is 42."), "{err}");
    let (code, out, _) = run(&["call", "math", "--function", "fails"]);
    assert_eq!((code, out.trim()), (Some(1), "The pump is dry."));

    let file = product.data().join("tool.yaml");
    let yaml = format!(
        "name: pump\nkind: http\ndescription: A pump.\nsettings:\n  url: {}\n",
        stranger.url("/api/echo/pump")
    );
    std::fs::write(&file, yaml).unwrap();
    let (code, _, err) = run(&["add", "--file", file.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{err}");
    let (code, out, err) = run(&[
        "add",
        "shop",
        "--openapi",
        &stranger.url("/openapi.json"),
        "--only",
        "readPump",
        "--header",
        "X-Team: blue",
    ]);
    assert!(
        code == Some(0) && out.contains("readPump") && !out.contains("addPump"),
        "{out}{err}"
    );
    let (_, out, _) = run(&["list"]);
    assert!(
        ["math", "pump", "shop"]
            .iter()
            .all(|name| out.contains(name)),
        "{out}"
    );
    let (_, out, _) = run(&["show", "pump"]);
    assert!(out.contains("method: GET"), "{out}");
    assert_eq!(run(&["remove", "pump"]).0, Some(0));
    let (code, _, err) = run(&["test", "pump"]);
    assert!(code == Some(1) && err.contains("tool"), "{err}");
}
