//! Conversations given out to read, as they were.

use headwater_tests::{Client, Database, Product, stories, until};
use serde_json::{Value, json};

use crate::words::publish;

stories!(
    a_stranger_reads_a_conversation_as_it_was,
    a_snapshot_ends_when_it_is_removed_or_over,
);

/// A flow that says again what it is told.
fn echo() -> Value {
    json!({
        "headwater": 1, "name": "Echo", "kind": "chat",
        "inputs": [{ "name": "question", "type": "string", "required": true }],
        "nodes": [{ "id": "reply", "kind": "answer", "settings": { "text": "You said: {{ start.question }}" } }],
        "edges": [{ "from": "start", "to": "reply" }],
    })
}

/// A conversation with one question, answered; its id.
async fn talk(owner: &Client) -> String {
    let flow = publish(owner, echo()).await;
    let made = owner
        .post("/conversations", json!({ "flow_id": flow }))
        .await;
    let id = made.expect(201)["id"].as_str().unwrap().to_owned();
    // What nobody said cannot be read.
    let path = format!("/conversations/{id}/snapshots");
    assert_eq!(owner.post(&path, json!({})).await.problem(409), "conflict");
    ask(owner, &id, "Where do rivers begin?").await;
    id
}

async fn ask(owner: &Client, conversation: &str, text: &str) {
    let path = format!("/conversations/{conversation}");
    let sent = owner
        .post(&format!("{path}/messages"), json!({ "text": text }))
        .await;
    sent.expect(202);
    until("the answer", 30, async || {
        let shown = owner.get(&path).await.expect(200);
        let last = shown["messages"].as_array()?.last()?.clone();
        (last["status"] == "done" && last["text"] == format!("You said: {text}")).then_some(())
    })
    .await;
}

/// Where strangers read it.
fn shown(taken: &Value) -> String {
    let token = taken["path"].as_str().unwrap().strip_prefix("/s/").unwrap();
    format!("/shared/{token}/snapshot")
}

async fn a_stranger_reads_a_conversation_as_it_was(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let id = talk(&owner).await;
    let path = format!("/conversations/{id}/snapshots");
    let taken = owner.post(&path, json!({})).await.expect(201);
    assert_eq!(
        (&taken["messages"], &taken["title"]),
        (&json!(2), &json!("Where do rivers begin?"))
    );
    ask(&owner, &id, "And where do they end?").await;
    let stranger = product.anonymous();
    let page = stranger.get(&shown(&taken)).await.expect(200);
    let messages = page["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 2, "{page}");
    assert_eq!(messages[0]["text"], "Where do rivers begin?");
    assert_eq!(messages[1]["text"], "You said: Where do rivers begin?");
    // Nothing of the inside: no ids, no model, no cost.
    for inside in ["cnv_", "run_", "msg_", "usr_", "model", "usage"] {
        assert!(!page.to_string().contains(inside), "{inside} is in {page}");
    }
    let html = stranger
        .get(&format!("/{}", taken["path"].as_str().unwrap()))
        .await;
    assert_eq!(html.status, 200, "{}", html.text);
    // Whom it belongs to sees that it is there; its address is no share's.
    let list = owner.get(&path).await.expect(200);
    assert_eq!(list["items"], json!([taken]));
    let share = shown(&taken).replace("/snapshot", "");
    assert_eq!(stranger.get(&share).await.problem(404), "not_found");
    let listed = product.operator().get("/audit").await.expect(200);
    assert!(listed.to_string().contains("snapshot.create"), "{listed}");
}

async fn a_snapshot_ends_when_it_is_removed_or_over(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let id = talk(&owner).await;
    let path = format!("/conversations/{id}/snapshots");
    let past = json!({ "expires_at": "2020-01-01T00:00:00Z" });
    assert_eq!(owner.post(&path, past).await.problem(400), "invalid");
    let stranger = product.anonymous();
    let removed = owner.post(&path, json!({})).await.expect(201);
    let until_then = json!({ "expires_at": "2999-01-01T00:00:00Z" });
    let last = owner.post(&path, until_then).await.expect(201);
    assert_eq!(last["expires_at"], "2999-01-01T00:00:00.000Z");
    stranger.get(&shown(&removed)).await.expect(200);
    let one = format!("/snapshots/{}", removed["id"].as_str().unwrap());
    assert_eq!(owner.delete(&one).await.status, 204);
    assert_eq!(
        stranger.get(&shown(&removed)).await.problem(404),
        "not_found"
    );
    assert_eq!(owner.delete(&one).await.problem(404), "not_found");
    // The other one goes with its conversation.
    stranger.get(&shown(&last)).await.expect(200);
    owner.delete(&format!("/conversations/{id}")).await;
    assert_eq!(stranger.get(&shown(&last)).await.problem(404), "not_found");
}
