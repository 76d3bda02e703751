//! Agents over HTTP: a scripted model, tools of the workspace, and strangers behind them.

use std::net::SocketAddr;
use std::sync::atomic::Ordering;

use headwater_tests::client::reply_of;
use headwater_tests::{Client, Database, Vendor, stories, until};
use serde_json::{Value, json};

use crate::outside::{Stranger, open};
use crate::tools::add;
use crate::words::publish;

stories!(
    an_agent_calls_tools_and_its_answer_streams,
    a_killed_agent_repeats_no_finished_call,
    a_cancelled_agent_hangs_up_on_its_tool,
    the_deep_research_example_researches,
);

/// start → agent → answer.
fn agent(tools: &[&str]) -> Value {
    let tools: Vec<Value> = tools.iter().map(|tool| json!({ "tool": tool })).collect();
    json!({
        "headwater": 1, "name": "Research", "kind": "chat",
        "inputs": [{ "name": "question", "type": "string", "required": true }],
        "nodes": [
            { "id": "research", "kind": "agent", "settings": {
                "tools": tools,
                "messages": [{ "role": "user", "content": "{{ start.question }}" }],
            } },
            { "id": "reply", "kind": "answer", "settings": { "text": "{{ research.text }}" } },
            { "id": "out", "kind": "output", "settings": { "values": {
                "calls": "{{ research.calls }}", "rounds": "{{ research.rounds }}", "usage": "{{ research.usage }}",
            } } },
        ],
        "edges": [
            { "from": "start", "to": "research" },
            { "from": "research", "to": "reply" },
            { "from": "research", "to": "out" },
        ],
    })
}

/// A tool of one function, which posts to a stranger.
async fn posting(client: &Client, name: &str, address: SocketAddr, path: &str) {
    let settings = json!({
        "method": "POST", "url": format!("http://{address}{path}"),
        "arguments": { "type": "object", "required": ["city"], "properties": { "city": { "type": "string" } } },
    });
    add(client, name, "http", settings).await;
}

async fn start(client: &Client, flow: &str) -> String {
    let body = json!({ "input": { "question": "How is it?" } });
    let run = client.post(&format!("/flows/{flow}/runs"), body).await;
    run.expect(202)["id"].as_str().unwrap().to_owned()
}

async fn steps(client: &Client, run: &str) -> Vec<Value> {
    let steps = client.get(&format!("/runs/{run}/steps")).await.expect(200);
    steps["items"].as_array().unwrap().clone()
}

fn at<'s>(steps: &'s [Value], path: &str) -> Option<&'s Value> {
    steps.iter().find(|step| step["path"] == path)
}

async fn an_agent_calls_tools_and_its_answer_streams(database: Database) {
    let (_, address) = Stranger::start().await;
    let product = open(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::as_default(&owner, "tools").await;
    posting(&owner, "weather", address, "/echo/weather").await;
    posting(&owner, "time", address, "/echo/time").await;
    let id = publish(&owner, agent(&["weather", "time"])).await;
    let body = json!({ "input": { "question": "How is it?" } });
    let events = owner
        .stream(&format!("/flows/{id}/stream"), body)
        .await
        .all()
        .await;
    let reply = reply_of(&events);
    assert!(
        reply.starts_with("The tools said: ") && reply.contains("Oslo"),
        "{reply}"
    );
    let began = events
        .iter()
        .filter(|(event, _)| event.event == "step.started");
    let began: Vec<&str> = began
        .filter_map(|(_, data)| data["path"].as_str())
        .collect();
    for path in [
        "research[0]/model",
        "research[0]/weather#0",
        "research[0]/time#1",
        "research[1]/model",
    ] {
        assert!(began.contains(&path), "{path}: {began:?}");
    }
    let run = events[0].1["run_id"].as_str().unwrap();
    let ended = owner.ended(run).await;
    assert_eq!(
        (&ended["reply"], &ended["outputs"]["rounds"]),
        (&json!(reply), &json!(2))
    );
    let calls = ended["outputs"]["calls"].as_array().unwrap();
    let told: Vec<_> = calls
        .iter()
        .map(|c| (&c["tool"], &c["arguments"]["city"]))
        .collect();
    assert_eq!(
        told,
        [
            (&json!("weather"), &json!("Oslo")),
            (&json!("time"), &json!("Bergen"))
        ]
    );
    for tokens in ["input_tokens", "output_tokens"] {
        assert_eq!(
            ended["outputs"]["usage"][tokens], ended["usage"][tokens],
            "what it used is booked"
        );
    }
    let steps = steps(&owner, run).await;
    let call = at(&steps, "research[0]/weather#0").unwrap();
    assert_eq!(
        (&call["kind"], &call["node"]),
        (&json!("tool"), &json!("weather#0"))
    );
    assert_eq!(call["inputs"]["arguments"], json!({ "city": "Oslo" }));
    assert_eq!(call["outputs"]["failed"], false);
    assert_eq!(vendor.calls(), 2);
}

async fn a_killed_agent_repeats_no_finished_call(database: Database) {
    let (stranger, address) = Stranger::start().await;
    let mut product = open(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::as_default(&owner, "tools").await;
    posting(&owner, "quick", address, "/echo/quick").await;
    posting(&owner, "slow", address, "/slow").await;
    let id = publish(&owner, agent(&["quick", "slow"])).await;
    let run = start(&owner, &id).await;
    until(
        "the quick call to be recorded and the slow one to wait",
        20,
        async || {
            let steps = steps(&owner, &run).await;
            let quick = at(&steps, "research[0]/quick#0").is_some_and(|s| s["status"] == "done");
            (quick && stranger.keys().len() == 2).then_some(())
        },
    )
    .await;
    product.kill9();
    product.restart().await;
    let owner = owner.at(&product.url);
    let ended = owner.ended(&run).await;
    assert_eq!(ended["status"], "succeeded", "{ended}");
    let reply = ended["reply"].as_str().unwrap();
    assert!(reply.contains("There you are."), "{reply}");
    let count = |path: &str| {
        let keys = stranger.keys();
        keys.iter().filter(|key| key.ends_with(path)).count()
    };
    assert_eq!(
        count("research[0]/quick#0"),
        1,
        "what was finished is not done again"
    );
    assert_eq!(
        count("research[0]/slow#1"),
        2,
        "what was interrupted is, with its key"
    );
    assert_eq!(vendor.calls(), 2, "one question each round");
}

async fn a_cancelled_agent_hangs_up_on_its_tool(database: Database) {
    let (stranger, address) = Stranger::start().await;
    let product = open(database).await;
    let owner = product.set_up().await;
    let _vendor = Vendor::as_default(&owner, "tools").await;
    posting(&owner, "slow", address, "/slow").await;
    let id = publish(&owner, agent(&["slow"])).await;
    let run = start(&owner, &id).await;
    until("the tool to be called", 10, async || {
        (!stranger.keys().is_empty()).then_some(())
    })
    .await;
    owner
        .post(&format!("/runs/{run}/cancel"), json!({}))
        .await
        .expect(202);
    until("the tool to be hung up on", 5, async || {
        (stranger.hung_up.load(Ordering::SeqCst) == 1).then_some(())
    })
    .await;
    assert_eq!(owner.ended(&run).await["status"], "cancelled");
}

async fn the_deep_research_example_researches(database: Database) {
    let (_, address) = Stranger::start().await;
    let product = open(database).await;
    let owner = product.set_up().await;
    let _vendor = Vendor::as_default(&owner, "tools").await;
    let kb = owner
        .post("/knowledge-bases", json!({ "name": "Towns" }))
        .await
        .expect(201);
    let text = "# Oslo\n\nOslo lies at the end of a fjord.";
    let document = owner
        .upload(kb["id"].as_str().unwrap(), "oslo.md", text)
        .await;
    owner.processed(document["id"].as_str().unwrap()).await;
    add(
        &owner,
        "library",
        "knowledge",
        json!({ "knowledge_bases": ["towns"] }),
    )
    .await;
    posting(&owner, "calculator", address, "/echo/sum").await;
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../examples/deep-research/research.yaml"
    );
    let text = std::fs::read_to_string(path).unwrap();
    let mut flow: Value = serde_norway::from_str(&text).unwrap();
    // Each node asks the model whose script fits its part.
    for (node, model) in [(0, "form"), (1, "tools"), (2, "scripted-small")] {
        flow["nodes"][node]["settings"]["model"] = json!(format!("scripted/{model}"));
    }
    let id = publish(&owner, flow).await;
    let run = owner.ended(&start(&owner, &id).await).await;
    assert_eq!(run["status"], "succeeded", "{run}");
    let steps = steps(&owner, run["id"].as_str().unwrap()).await;
    let found = at(&steps, "research[0]/library#0").unwrap();
    assert_eq!(found["status"], "done", "{found}");
    assert!(
        found["outputs"]["text"].as_str().unwrap().contains("fjord"),
        "{found}"
    );
    assert!(at(&steps, "research[0]/calculator#1").is_some());
    let asked = steps.iter().find(|step| step["node"] == "write").unwrap();
    assert!(asked["inputs"].to_string().contains("fjord"), "{asked}");
    let reply = run["reply"].as_str().unwrap();
    assert!(reply.contains("this is the scripted answer"), "{run}");
}
