//! Conversations: asked, answered with citations, kept.

use headwater_tests::vendor::counted;
use headwater_tests::{Client, Database, Product, Vendor, stories, until};
use reqwest::Method;
use serde_json::{Value, json};

use crate::words::publish;

stories!(
    an_answer_is_streamed_cited_and_kept,
    a_stopped_answer_keeps_what_was_said,
    a_regenerated_answer_stands_beside_the_old_one,
    a_conversation_is_renamed_listed_and_deleted,
    members_do_not_see_each_others_conversations,
    a_conversation_remembers_what_its_flow_assigned,
);

pub(crate) async fn begin(client: &Client) -> String {
    let conversation = client.post("/conversations", json!({})).await.expect(201);
    conversation["id"].as_str().unwrap().to_owned()
}

pub(crate) async fn answered(client: &Client, conversation: &str) -> Value {
    until("the answer", 60, async || {
        let shown = client
            .get(&format!("/conversations/{conversation}"))
            .await
            .expect(200);
        let messages = shown["messages"].as_array().unwrap();
        let last = messages.last()?.clone();
        (last["role"] == "assistant" && last["status"] != "running").then_some(last)
    })
    .await
}

async fn an_answer_is_streamed_cited_and_kept(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.with_handbook().await;
    let id = begin(&owner).await;
    let ask = owner
        .request(Method::POST, &format!("/conversations/{id}/messages"))
        .json(&json!({ "text": "Does Headwater need an API key?" }));
    let mut events = owner.events(ask).await;
    events.until("message.delta").await;
    let cited = events.until("message.citations").await;
    assert!(!cited["citations"].as_array().unwrap().is_empty());
    let end = events.until("run.finished").await;
    let answer = answered(&owner, &id).await;
    assert_eq!(answer["text"], end["reply"]);
    assert_eq!(answer["status"], "done");
    assert!(answer["citations"][0]["text"].is_string(), "{answer}");
    product.stop().await;
    product.restart().await;
    let owner = owner.at(&product.url);
    let kept = owner.get(&format!("/conversations/{id}")).await.expect(200);
    assert_eq!(kept["title"], "Does Headwater need an API key?");
    assert_eq!(kept["messages"].as_array().unwrap().len(), 2);
    assert_eq!(kept["messages"][1]["text"], answer["text"]);
}

async fn a_stopped_answer_keeps_what_was_said(database: Database) {
    let product = Product::start(database).await;
    let owner = product.with_handbook().await;
    let _vendor = Vendor::as_default(&owner, "words-2000-20").await;
    let id = begin(&owner).await;
    let path = format!("/conversations/{id}/messages");
    let sent = owner
        .post(&path, json!({ "text": "Does Headwater need an API key?" }))
        .await;
    let sent = sent.expect(202);
    assert_eq!(sent["message"]["status"], "running");
    let run = sent["run_id"].as_str().unwrap();
    owner.rejoin(run, None).await.until("message.delta").await;
    owner
        .post(&format!("/runs/{run}/cancel"), json!({}))
        .await
        .expect(202);
    let answer = answered(&owner, &id).await;
    assert_eq!(answer["status"], "cancelled", "{answer}");
    assert!(
        answer["text"].as_str().unwrap().starts_with("wörd0"),
        "{answer}"
    );
}

async fn a_regenerated_answer_stands_beside_the_old_one(database: Database) {
    let product = Product::start(database).await;
    let owner = product.with_handbook().await;
    let id = begin(&owner).await;
    let path = format!("/conversations/{id}/messages");
    owner
        .post(&path, json!({ "text": "What is a flow?" }))
        .await
        .expect(202);
    let first = answered(&owner, &id).await;
    let _vendor = Vendor::as_default(&owner, "words-3-5").await;
    let message = first["id"].as_str().unwrap();
    let again = owner
        .post(&format!("{path}/{message}/regenerate"), json!({}))
        .await;
    let run = again.expect(202)["run_id"].as_str().unwrap().to_owned();
    owner.ended(&run).await;
    let second = answered(&owner, &id).await;
    assert_eq!(second["text"].as_str().unwrap().trim(), counted(3).trim());
    assert_eq!(second["siblings"], json!([first["id"], second["id"]]));
    let old = owner
        .get(&format!("/conversations/{id}?m={message}"))
        .await
        .expect(200);
    assert_eq!(old["messages"][1]["text"], first["text"]);
}

async fn a_conversation_remembers_what_its_flow_assigned(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let flow = publish(&owner, remembering()).await;
    let begun = owner
        .post("/conversations", json!({ "flow_id": flow }))
        .await;
    let id = begun.expect(201)["id"].as_str().unwrap().to_owned();
    let path = format!("/conversations/{id}/messages");
    let ask = async |client: &Client, text: &str| {
        let sent = client.post(&path, json!({ "text": text })).await;
        sent.expect(202);
        answered(client, &id).await["text"].clone()
    };
    assert_eq!(ask(&owner, "tea").await, "So far: tea");
    product.kill9();
    product.restart().await;
    let owner = owner.at(&product.url);
    assert_eq!(ask(&owner, "milk").await, "So far: tea, milk");
    let other = owner
        .post("/conversations", json!({ "flow_id": flow }))
        .await;
    let other = other.expect(201)["id"].as_str().unwrap().to_owned();
    let sent = owner
        .post(
            &format!("/conversations/{other}/messages"),
            json!({ "text": "bread" }),
        )
        .await;
    sent.expect(202);
    assert_eq!(answered(&owner, &other).await["text"], "So far: bread");
}

/// A shopping list: what is asked is kept with the conversation.
pub(crate) fn remembering() -> Value {
    json!({
        "headwater": 1, "name": "Remembering", "kind": "chat",
        "inputs": [{ "name": "question", "type": "string", "required": true }],
        "variables": [{ "name": "wanted", "type": "list", "default": [] }],
        "nodes": [
            { "id": "keep", "kind": "assign", "settings": { "changes": [
                { "variable": "wanted", "op": "append", "value": "{{ start.question }}" },
            ] } },
            { "id": "reply", "kind": "answer", "settings": {
                "text": "So far: {{ conversation.wanted | join(', ') }}",
            } },
        ],
        "edges": [{ "from": "start", "to": "keep" }, { "from": "keep", "to": "reply" }],
    })
}

async fn a_conversation_is_renamed_listed_and_deleted(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let (first, second) = (begin(&owner).await, begin(&owner).await);
    let path = format!("/conversations/{first}");
    owner
        .patch(&path, json!({ "title": "Renamed" }))
        .await
        .expect(200);
    let list = owner.get("/conversations").await.expect(200);
    let ids: Vec<&str> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["id"].as_str().unwrap())
        .collect();
    assert!(ids.contains(&first.as_str()) && ids.contains(&second.as_str()));
    assert_eq!(owner.get(&path).await.expect(200)["title"], "Renamed");
    owner.delete(&path).await.expect(204);
    assert_eq!(owner.get(&path).await.problem(404), "not_found");
}

async fn members_do_not_see_each_others_conversations(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let id = begin(&owner).await;
    let body = json!({ "email": "eve@example.com", "name": "Eve", "role": "admin" });
    let added = owner.post("/members", body).await.expect(201);
    let password = added["initial_password"].as_str().unwrap();
    let eve = product
        .anonymous()
        .sign_in("eve@example.com", password)
        .await;
    assert_eq!(
        eve.get(&format!("/conversations/{id}")).await.problem(404),
        "not_found"
    );
    assert_eq!(
        eve.get("/conversations").await.expect(200)["items"],
        json!([])
    );
}
