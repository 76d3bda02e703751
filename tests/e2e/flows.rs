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
    a_rollback_publishes_the_old_document_again_and_says_so,
    a_flow_keeps_its_slug_when_its_title_changes,
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

async fn a_rollback_publishes_the_old_document_again_and_says_so(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let id = publish(&owner, greeting()).await;
    let version = owner.get(&format!("/flows/{id}")).await.expect(200)["draft"]["version"].clone();
    let mut changed = greeting();
    changed["nodes"][0]["settings"]["text"] = json!("Goodbye {{ start.name }}!");
    let body = json!({ "document": changed, "version": version });
    let draft = format!("/flows/{id}/draft");
    owner.put(&draft, body).await.expect(200);
    let diff = owner.get(&format!("/flows/{id}/diff")).await.expect(200);
    assert_eq!(diff["changes"][0]["id"], "greet", "{diff}");
    let field = &diff["changes"][0]["fields"][0];
    assert_eq!(field["path"], "settings.text");
    assert_eq!(field["after"], "Goodbye {{ start.name }}!");
    let body = json!({ "message": "Say goodbye instead." });
    let path = format!("/flows/{id}/publish");
    owner.post(&path, body).await.expect(201);
    let back = format!("/flows/{id}/rollback");
    let body = json!({ "revision": 2 });
    assert_eq!(owner.post(&back, body).await.problem(409), "conflict");
    let body = json!({ "revision": 1, "message": "Too rude." });
    let third = owner.post(&back, body).await.expect(201);
    assert_eq!(
        (&third["number"], &third["restores"]),
        (&json!(3), &json!(1))
    );
    let input = json!({ "input": { "name": "Ada" } });
    let run = owner
        .post("/flows/greeting/invoke", input)
        .await
        .expect(200);
    assert_eq!(run["reply"], "Hello Ada!");
    let all = owner
        .get(&format!("/flows/{id}/revisions"))
        .await
        .expect(200);
    let messages: Vec<_> = all["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["message"].clone())
        .collect();
    assert_eq!(
        messages,
        [
            json!("Too rude."),
            json!("Say goodbye instead."),
            json!(null)
        ]
    );
    assert!(
        all["items"][0]["by"]
            .as_str()
            .is_some_and(|by| !by.is_empty()),
        "{all}"
    );
    let none = owner
        .get(&format!("/flows/{id}/diff?from=1&to=3"))
        .await
        .expect(200);
    assert_eq!(none["changes"], json!([]));
    // Whoever wrote the draft keeps it.
    let flow = owner.get(&format!("/flows/{id}")).await.expect(200);
    assert_eq!(
        flow["draft"]["document"]["nodes"][0]["settings"]["text"],
        "Goodbye {{ start.name }}!"
    );
    let audit = owner.get("/audit").await.expect(200).to_string();
    assert!(
        audit.contains("flow.rollback")
            && audit.contains("Revision 3 brings back revision 1. Too rude."),
        "{audit}"
    );
}

async fn a_flow_keeps_its_slug_when_its_title_changes(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let mut document = greeting();
    document["slug"] = json!("hello");
    let apply = |document: &serde_json::Value| json!({ "document": document });
    let applied = owner
        .post("/flows/apply", apply(&document))
        .await
        .expect(200);
    assert_eq!(
        (&applied["outcome"], &applied["published"]),
        (&json!("created"), &json!(1))
    );
    document["name"] = json!("A warm welcome");
    let applied = owner
        .post("/flows/apply", apply(&document))
        .await
        .expect(200);
    assert_eq!(
        (&applied["outcome"], &applied["published"]),
        (&json!("changed"), &json!(2))
    );
    assert_eq!(applied["diff"]["changes"][0]["fields"][0]["path"], "name");
    let applied = owner
        .post("/flows/apply", apply(&document))
        .await
        .expect(200);
    assert_eq!(
        (&applied["outcome"], &applied["published"]),
        (&json!("unchanged"), &json!(null))
    );
    let flow = owner.get("/flows/hello").await.expect(200);
    assert_eq!(flow["name"], "A warm welcome");
    assert_eq!(flow["draft"]["document"]["slug"], json!(null));
    let taken = owner.post("/flows", apply(&document)).await;
    assert_eq!(taken.problem(409), "conflict");
    let other = json!({ "document": { "slug": "other", "headwater": 1, "name": "x", "kind": "task" }, "version": 2 });
    assert_eq!(
        owner.put("/flows/hello/draft", other).await.problem(400),
        "invalid"
    );
    document["slug"] = json!("No Slug");
    assert_eq!(
        owner
            .post("/flows/apply", apply(&document))
            .await
            .problem(400),
        "invalid"
    );
}
