//! Nodes with `cache`: a kept result stands for calling again.

use headwater_tests::{Client, Database, Product, Vendor, stories};
use serde_json::{Value, json};

use crate::words::{publish, speaking};

stories!(
    a_vendor_is_asked_once_for_the_same_question,
    many_who_ask_the_same_at_once_ask_once,
    what_a_result_follows_from_makes_another_one,
);

/// A task that asks the default model, with kept results.
fn asking() -> Value {
    let mut flow = speaking();
    flow["kind"] = json!("task");
    flow["nodes"][1]["cache"] = json!({ "ttl": "10m" });
    flow
}

async fn ask(client: &Client, question: &str) -> Value {
    let body = json!({ "input": { "question": question } });
    client
        .post("/flows/speaking/invoke", body)
        .await
        .expect(200)
}

async fn a_vendor_is_asked_once_for_the_same_question(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::as_default(&owner, "scripted-small").await;
    publish(&owner, asking()).await;
    let first = ask(&owner, "What is a kingfisher?").await;
    let stream = owner
        .stream(
            "/flows/speaking/stream",
            json!({ "input": { "question": "What is a kingfisher?" } }),
        )
        .await;
    let events = stream.all().await;
    let told = events
        .iter()
        .find(|(event, data)| event.event == "step.finished" && data["node"] == "write");
    let cached = &told.unwrap().1["cached"];
    assert_eq!(cached["saved"], first["usage"], "{cached}");
    let pieces = events
        .iter()
        .filter(|(event, _)| event.event == "message.delta");
    assert_eq!(pieces.count(), 1, "{events:?}");
    let second = ask(&owner, "What is a kingfisher?").await;
    assert_eq!(second["reply"], first["reply"]);
    let usage = &second["usage"];
    assert_eq!(
        (&usage["input_tokens"], &usage["output_tokens"]),
        (&json!(0), &json!(0))
    );
    let steps = format!("/runs/{}/steps", second["id"].as_str().unwrap());
    let steps = owner.get(&steps).await.expect(200);
    let step = steps["items"].as_array().unwrap().iter();
    let step = step.clone().find(|step| step["node"] == "write").unwrap();
    assert!(step["cached"]["age_ms"].is_u64(), "{step}");
    assert_eq!(vendor.calls(), 1);

    let cleared = owner.delete("/result-cache").await.expect(200);
    assert_eq!(cleared["removed"], 1);
    ask(&owner, "What is a kingfisher?").await;
    assert_eq!(vendor.calls(), 2);
}

async fn many_who_ask_the_same_at_once_ask_once(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::as_default(&owner, "words-20-20").await;
    publish(&owner, asking()).await;
    let all = (0..8).map(|_| ask(&owner, "Once?"));
    let runs = futures::future::join_all(all).await;
    assert!(runs.iter().all(|run| run["reply"] == runs[0]["reply"]));
    assert_eq!(vendor.calls(), 1);
}

async fn what_a_result_follows_from_makes_another_one(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::as_default(&owner, "scripted-small").await;
    publish(&owner, asking()).await;
    ask(&owner, "Same?").await;
    // Another question, other settings, another default model, another workspace.
    ask(&owner, "Other?").await;
    assert_eq!(vendor.calls(), 2);
    let mut changed = asking();
    changed["nodes"][1]["settings"]["temperature"] = json!(0.5);
    let body = json!({ "document": changed });
    owner.post("/flows/apply", body).await.expect(200);
    ask(&owner, "Same?").await;
    assert_eq!(vendor.calls(), 3);
    let model = json!({ "model": "scripted/scripted-large" });
    owner.put("/models/default", model).await.expect(200);
    ask(&owner, "Same?").await;
    ask(&owner, "Same?").await;
    assert_eq!(vendor.calls(), 4);
    let other = json!({ "name": "Other" });
    let other = owner.post("/workspaces", other).await.expect(201);
    let other = owner.in_workspace(other["id"].as_str().unwrap());
    vendor.adopt(&other, "scripted-large").await;
    publish(&other, changed).await;
    ask(&other, "Same?").await;
    assert_eq!(vendor.calls(), 5);
}
