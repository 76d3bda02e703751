//! Flows, their drafts and revisions.

use headwater_tests::{Database, Product, stories};
use serde_json::json;

use crate::words::{greeting, publish};

stories!(
    a_published_revision_never_changes,
    two_editors_cannot_overwrite_each_other,
    all_problems_of_a_flow_are_told_together,
    a_deleted_flow_is_gone,
    the_demo_flow_is_there_from_the_start,
);

async fn a_published_revision_never_changes(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let id = publish(&owner, greeting()).await;
    let flow = owner.get(&format!("/flows/{id}")).await.expect(200);
    assert_eq!(flow["slug"], "greeting");
    assert_eq!(flow["published"], 1);
    let mut changed = greeting();
    changed["nodes"][0]["settings"]["text"] = json!("Goodbye {{ start.name }}!");
    let body = json!({ "document": changed, "version": flow["draft"]["version"] });
    owner
        .put(&format!("/flows/{id}/draft"), body)
        .await
        .expect(200);
    let input = json!({ "input": { "name": "Ada" } });
    let invoke = "/flows/greeting/invoke";
    let run = owner.post(invoke, input.clone()).await.expect(200);
    assert_eq!(run["reply"], "Hello Ada!");
    let second = owner.post(&format!("/flows/{id}/publish"), json!({})).await;
    assert_eq!(second.json()["number"], 2, "{}", second.text);
    let run = owner.post(invoke, input).await.expect(200);
    assert_eq!(run["reply"], "Goodbye Ada!");
    let first = owner
        .get(&format!("/flows/{id}/revisions/1"))
        .await
        .expect(200);
    assert_eq!(
        first["document"]["nodes"][0]["settings"],
        greeting()["nodes"][0]["settings"]
    );
    let all = owner
        .get(&format!("/flows/{id}/revisions"))
        .await
        .expect(200);
    assert_eq!(all["items"].as_array().unwrap().len(), 2);
}

async fn two_editors_cannot_overwrite_each_other(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let id = publish(&owner, greeting()).await;
    let path = format!("/flows/{id}");
    let version = owner.get(&path).await.expect(200)["draft"]["version"].clone();
    let draft = format!("{path}/draft");
    let body = json!({ "document": greeting(), "version": version });
    owner.put(&draft, body.clone()).await.expect(200);
    assert_eq!(owner.put(&draft, body).await.problem(409), "conflict");
}

async fn all_problems_of_a_flow_are_told_together(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let mut broken = greeting();
    broken["nodes"][0]["settings"]["text"] = json!("{{ nowhere.text }}");
    broken["nodes"][1]["kind"] = json!("anser");
    let body = json!({ "document": broken });
    let found = owner.post("/flows/validate", body).await.expect(200);
    let problems = found["problems"].as_array().unwrap();
    let nodes: Vec<_> = problems.iter().filter_map(|p| p["node"].as_str()).collect();
    assert!(
        nodes.contains(&"greet") && nodes.contains(&"reply"),
        "{found}"
    );
    assert!(
        problems
            .iter()
            .all(|p| !p["fix"].as_str().unwrap().is_empty()),
        "{found}"
    );
    let body = json!({ "document": broken, "publish": true });
    assert_eq!(owner.post("/flows", body).await.problem(400), "invalid");
}

async fn a_deleted_flow_is_gone(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let id = publish(&owner, greeting()).await;
    let path = format!("/flows/{id}");
    owner.delete(&path).await.expect(204);
    assert_eq!(owner.get(&path).await.problem(404), "not_found");
    let list = owner.get("/flows").await.expect(200);
    assert!(!list.to_string().contains(&id), "{list}");
}

async fn the_demo_flow_is_there_from_the_start(database: Database) {
    let product = Product::start(database).await;
    let owner = product.with_handbook().await;
    let input = json!({ "input": { "question": "Does Headwater need an API key?" } });
    let run = owner
        .post("/flows/ask-the-handbook/invoke", input)
        .await
        .expect(200);
    assert_eq!(run["status"], "succeeded", "{run}");
    assert!(run["reply"].as_str().unwrap().contains("[1]"), "{run}");
    let first = &run["citations"][0];
    let document = first["document_id"].as_str().unwrap();
    let chunks = owner
        .get(&format!("/documents/{document}/chunks?limit=100"))
        .await;
    assert!(
        chunks
            .expect(200)
            .to_string()
            .contains(first["chunk_id"].as_str().unwrap())
    );
}
