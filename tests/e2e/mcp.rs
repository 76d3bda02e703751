//! The workspace's flows as tools of an MCP server, at `/mcp`.

use std::sync::Arc;
use std::time::Duration;

use headwater_model::{Clock, Timestamp};
use headwater_providers::mcp::{McpClient, McpTarget, Place, Said};
use headwater_providers::{Egress, EgressConfig};
use headwater_tests::{Answer, Client, Database, Product, stories, until};
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::words::{greeting, publish};

stories!(
    flows_that_say_so_are_tools_of_a_real_client,
    who_may_not_run_flows_sees_none,
    a_caller_who_hangs_up_cancels_the_run,
    pages_of_strangers_and_false_names_are_refused,
);

struct RealTime;

impl Clock for RealTime {
    fn now(&self) -> Timestamp {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Timestamp::from_millis(i64::try_from(now.unwrap().as_millis()).unwrap())
    }
}

/// An MCP client, and this product as its server.
fn client(product: &Product, key: &Client) -> (McpClient, McpTarget) {
    let clock = Arc::new(RealTime);
    let egress = Arc::new(Egress::new(EgressConfig::default(), clock.clone()));
    let said = Said::Text(format!("Bearer {}", key.bearer().unwrap()));
    let place = Place::Http {
        url: format!("{}/mcp", product.url).parse().unwrap(),
        headers: vec![("Authorization".to_owned(), said)],
    };
    let key = "here".to_owned();
    (
        McpClient::new(egress, clock, Default::default()),
        McpTarget { key, place },
    )
}

fn served(mut flow: Value) -> Value {
    flow["serve_as_tool"] = json!(true);
    flow
}

fn arguments(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

async fn flows_that_say_so_are_tools_of_a_real_client(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let mut described = served(greeting());
    described["description"] = json!("Greets somebody by name.");
    let id = publish(&owner, described).await;
    let mut hidden = greeting();
    hidden["name"] = json!("Hidden");
    publish(&owner, hidden).await;
    let mut draft = served(greeting());
    draft["name"] = json!("Draft");
    owner
        .post("/flows", json!({ "document": draft }))
        .await
        .expect(201);

    let key = product.key(&owner, &["run"]).await;
    let (client, here) = client(&product, &key);
    let listing = client.functions(&here, false).await.unwrap();
    let names: Vec<&str> = listing.functions.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(names, ["greeting"]);
    assert_eq!(listing.functions[0].description, "Greets somebody by name.");
    assert_eq!(listing.functions[0].parameters["required"], json!(["name"]));

    let result = client
        .call(&here, "greeting", arguments(json!({ "name": "Ada" })), "k1")
        .await
        .unwrap();
    assert_eq!((result.text.as_str(), result.failed), ("Hello Ada!", false));
    assert_eq!(result.value, json!({ "greeting": "Hello Ada!" }));
    let again = client
        .call(&here, "greeting", arguments(json!({ "name": "Ada" })), "k1")
        .await
        .unwrap();
    assert_eq!(again, result);
    let runs = owner.get(&format!("/runs?flow={id}")).await.expect(200);
    assert_eq!(
        runs["items"].as_array().unwrap().len(),
        1,
        "one call, one run: {runs}"
    );

    let misfit = client
        .call(&here, "greeting", arguments(json!({ "nom": 1 })), "k2")
        .await
        .unwrap();
    assert!(misfit.failed && misfit.text.contains("nom"), "{misfit:?}");
    for unserved in ["hidden", "draft", "nothing", &id] {
        let refused = client
            .call(&here, unserved, Map::new(), "k3")
            .await
            .unwrap();
        assert!(
            refused.failed && refused.text.contains("served"),
            "{unserved}: {refused:?}"
        );
    }
    client.close().await;

    // What is published without the word is served no more.
    let flow = owner.get(&format!("/flows/{id}")).await.expect(200);
    let body = json!({ "document": greeting(), "version": flow["draft"]["version"] });
    owner
        .put(&format!("/flows/{id}/draft"), body)
        .await
        .expect(200);
    owner
        .post(&format!("/flows/{id}/publish"), json!({}))
        .await
        .expect(201);
    let (client, here) = self::client(&product, &key);
    assert!(
        client
            .functions(&here, false)
            .await
            .unwrap()
            .functions
            .is_empty()
    );
    client.close().await;
}

/// Sends one message as a client without sessions does.
async fn send(client: &Client, message: &Value, headers: &[(&str, &str)]) -> Answer {
    let mut request = client
        .request(Method::POST, "//mcp")
        .header("accept", "application/json, text/event-stream")
        .json(message);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    client.send(request).await
}

fn listing() -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" })
}

fn calling(name: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": { "name": name, "arguments": {} } })
}

async fn who_may_not_run_flows_sees_none(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    publish(&owner, served(greeting())).await;
    let nobody = send(&product.anonymous(), &listing(), &[]).await;
    assert_eq!(nobody.problem(401), "unauthenticated");
    // A browser sends its cookie wherever a page wants it to.
    let cookie = send(&owner, &listing(), &[]).await;
    assert_eq!(cookie.problem(401), "unauthenticated");
    let reader = product.key(&owner, &["read"]).await;
    for message in [listing(), calling("greeting")] {
        let refused = send(&reader, &message, &[]).await.expect(200);
        assert!(
            refused["error"]["message"]
                .as_str()
                .unwrap()
                .contains("run"),
            "{refused}"
        );
    }
    let other = owner
        .post("/workspaces", json!({ "name": "Other" }))
        .await
        .expect(201);
    let stranger = product
        .key(&owner.in_workspace(other["id"].as_str().unwrap()), &["run"])
        .await;
    let none = send(&stranger, &listing(), &[]).await.expect(200);
    assert_eq!(none["result"]["tools"], json!([]), "{none}");
}

async fn a_caller_who_hangs_up_cancels_the_run(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let asking = served(json!({
        "headwater": 1, "name": "Asking", "kind": "task", "inputs": [],
        "nodes": [
            { "id": "ask", "kind": "human", "settings": { "title": "May I?", "buttons": ["yes"] } },
            { "id": "out", "kind": "output", "settings": { "values": { "button": "{{ ask.button }}" } } },
        ],
        "edges": [{ "from": "start", "to": "ask" }, { "from": "ask", "to": "out", "handle": "yes" }],
    }));
    let id = publish(&owner, asking).await;
    let key = product.key(&owner, &["run"]).await;
    let message = calling("asking");
    let paused = async |status: &str| {
        let path = format!("/runs?flow={id}&status={status}");
        until("the run", 30, async || {
            let runs = owner.get(&path).await.expect(200);
            Some(runs["items"][0]["id"].as_str()?.to_owned())
        })
        .await
    };
    let run = tokio::select! {
        answer = send(&key, &message, &[]) => panic!("nobody answered: {}", answer.text),
        run = paused("paused") => run,
    };
    let ended = owner.ended(&run).await;
    assert_eq!(ended["status"], "cancelled", "{ended}");

    // Who stays is answered when somebody answers.
    let (answer, ()) = tokio::join!(send(&key, &message, &[]), async {
        paused("paused").await;
        let waits = owner.get("/waits").await.expect(200);
        let path = format!(
            "/waits/{}/answer",
            waits["items"][0]["id"].as_str().unwrap()
        );
        owner
            .post(&path, json!({ "button": "yes" }))
            .await
            .expect(200);
    });
    let answer = tokio::time::timeout(Duration::from_secs(30), async { answer })
        .await
        .unwrap();
    assert_eq!(
        answer.json()["result"]["structuredContent"],
        json!({ "button": "yes" }),
        "{}",
        answer.text
    );
}

async fn pages_of_strangers_and_false_names_are_refused(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let key = product.key(&owner, &["run"]).await;
    for headers in [
        [("origin", "https://evil.example")],
        [("origin", "null")],
        [("host", "evil.example:3000")],
    ] {
        let refused = send(&key, &listing(), &headers).await;
        assert_eq!(refused.problem(403), "forbidden", "{headers:?}");
    }
    let own = product.url.clone();
    send(&key, &listing(), &[("origin", &own)])
        .await
        .expect(200);
    let got = key.send(key.request(Method::GET, "//mcp")).await;
    assert_eq!(got.status, 405, "there is no stream to listen to");
    let garbage = send(&key, &json!([1, 2]), &[]).await;
    assert!(garbage.status.is_client_error(), "{}", garbage.text);
}
