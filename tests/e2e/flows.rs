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
    a_subflow_is_pinned_when_its_caller_is_published,
    a_workspace_sets_what_its_flows_read,
    the_schema_of_flow_files_is_public,
    a_list_of_flows_tells_tags_and_last_runs,
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

fn caller(revision: serde_json::Value) -> serde_json::Value {
    let mut settings = json!({ "flow": "greeting", "inputs": { "name": "{{ start.who }}" } });
    if !revision.is_null() {
        settings["revision"] = revision;
    }
    json!({
        "headwater": 1, "name": "Caller", "kind": "task",
        "inputs": [{ "name": "who", "type": "string", "required": true }],
        "nodes": [
            { "id": "sub", "kind": "subflow", "settings": settings },
            { "id": "reply", "kind": "answer", "settings": { "text": "{{ sub.text }}" } },
        ],
        "edges": [{ "from": "start", "to": "sub" }, { "from": "sub", "to": "reply" }],
    })
}

async fn a_subflow_is_pinned_when_its_caller_is_published(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let early = json!({ "document": caller(json!(null)), "publish": true });
    let refused = owner.post("/flows", early).await;
    assert!(
        refused.text.contains("no published flow"),
        "{}",
        refused.text
    );
    publish(&owner, greeting()).await;
    let mut latest = caller(json!("latest"));
    latest["name"] = json!("Latest");
    publish(&owner, caller(json!(null))).await;
    publish(&owner, latest).await;
    let mut changed = greeting();
    changed["nodes"][0]["settings"]["text"] = json!("Goodbye {{ start.name }}!");
    let apply = json!({ "document": changed });
    owner.post("/flows/apply", apply).await.expect(200);
    let input = json!({ "input": { "who": "Ada" } });
    let says = async |slug: &str| {
        let path = format!("/flows/{slug}/invoke");
        let run = owner.post(&path, input.clone()).await.expect(200);
        assert_eq!(run["status"], "succeeded", "{run}");
        run
    };
    assert_eq!(says("caller").await["reply"], "Hello Ada!");
    let run = says("latest").await;
    assert_eq!(run["reply"], "Goodbye Ada!");
    assert_eq!(run["revision"], 1);
    let path = format!("/runs/{}/steps", run["id"].as_str().unwrap());
    let steps = owner.get(&path).await.expect(200).to_string();
    assert!(steps.contains("\"sub/greet\""), "{steps}");
    // Publishing again takes up what the other flow is by then.
    owner
        .post("/flows/caller/publish", json!({}))
        .await
        .expect(201);
    assert_eq!(says("caller").await["reply"], "Goodbye Ada!");
    let revision = owner.get("/flows/caller/revisions/2").await.expect(200);
    assert_eq!(revision["pins"], json!({ "greeting": 2 }));
    // Rolling back brings the old pins back, too.
    let back = json!({ "revision": 1 });
    owner.post("/flows/caller/rollback", back).await.expect(201);
    assert_eq!(says("caller").await["reply"], "Hello Ada!");
    let mut cycle = greeting();
    cycle["nodes"][0] = json!({ "id": "greet", "kind": "subflow", "settings": { "flow": "latest", "inputs": { "who": "x" } } });
    let refused = owner
        .post("/flows/apply", json!({ "document": cycle }))
        .await;
    assert!(
        refused.text.contains("greeting → latest → greeting"),
        "{}",
        refused.text
    );
}

async fn a_workspace_sets_what_its_flows_read(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let mut flow = greeting();
    flow["environment"] = json!([{ "name": "mark" }]);
    flow["nodes"][1]["settings"]["text"] = json!("{{ greet.text }}{{ env.mark }}");
    publish(&owner, flow).await;
    let input = json!({ "input": { "name": "Ada" } });
    let invoke = "/flows/greeting/invoke";
    let refused = owner.post(invoke, input.clone()).await;
    assert!(refused.text.contains("“mark”"), "{}", refused.text);
    assert_eq!(refused.problem(409), "conflict");
    let value = json!({ "value": "!!" });
    owner.put("/environment/mark", value).await.expect(204);
    let run = owner.post(invoke, input.clone()).await.expect(200);
    assert_eq!(run["reply"], "Hello Ada!!!");
    let set = owner.get("/environment").await.expect(200);
    assert_eq!(set["values"], json!({ "mark": "!!" }));
    owner.delete("/environment/mark").await.expect(204);
    assert_eq!(owner.post(invoke, input).await.problem(409), "conflict");
}

async fn the_schema_of_flow_files_is_public(database: Database) {
    let product = Product::start(database).await;
    let schema = product
        .anonymous()
        .get("/flow.schema.json")
        .await
        .expect(200);
    let kept = include_str!("../../docs/reference/flow.schema.json");
    let kept: serde_json::Value = serde_json::from_str(kept).unwrap();
    assert_eq!(schema, kept);
}

async fn a_list_of_flows_tells_tags_and_last_runs(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let mut tagged = greeting();
    tagged["tags"] = json!(["front desk", "demo"]);
    publish(&owner, tagged.clone()).await;
    let mut ran = Vec::new();
    for name in ["Ada", "Grace", "Mary"] {
        let input = json!({ "input": { "name": name } });
        let run = owner
            .post("/flows/greeting/invoke", input)
            .await
            .expect(200);
        ran.push(run["id"].clone());
    }
    ran.reverse();
    let listed = |answer: serde_json::Value| {
        let flows = answer["items"].as_array().unwrap().clone();
        flows.into_iter().find(|f| f["slug"] == "greeting").unwrap()
    };
    let flow = listed(owner.get("/flows").await.expect(200));
    assert_eq!(flow["tags"], json!(["front desk", "demo"]));
    assert_eq!(flow.get("recent_runs"), None);
    let flow = listed(owner.get("/flows?recent_runs=2").await.expect(200));
    let recent = flow["recent_runs"].as_array().unwrap();
    let ids: Vec<_> = recent.iter().map(|run| run["id"].clone()).collect();
    assert_eq!(ids, ran[..2]);
    assert!(recent.iter().all(|run| run["status"] == "succeeded"));
    assert!(recent[0]["finished_at"].is_string());
    // One that never ran has none; too many are refused.
    let all = owner.get("/flows?recent_runs=20").await.expect(200);
    let demo = all["items"].as_array().unwrap().iter();
    let demo = demo.into_iter().find(|f| f["slug"] == "ask-the-handbook");
    assert_eq!(demo.unwrap()["recent_runs"], json!([]));
    let refused = owner.get("/flows?recent_runs=51").await;
    assert_eq!(refused.problem(400), "invalid");
    // Tags change with the draft, and bad ones are told.
    tagged["tags"] = json!(["demo"]);
    let draft = json!({ "document": tagged, "version": 1 });
    owner.put("/flows/greeting/draft", draft).await.expect(200);
    let flow = listed(owner.get("/flows").await.expect(200));
    assert_eq!(flow["tags"], json!(["demo"]));
    for wrong in [json!([" demo"]), json!(["demo", "demo"]), json!([""])] {
        tagged["tags"] = wrong;
        let draft = json!({ "document": tagged, "version": 2 });
        let refused = owner.put("/flows/greeting/draft", draft).await;
        assert_eq!(refused.problem(400), "invalid");
        assert_eq!(refused.json()["field"], "document.tags");
    }
}
