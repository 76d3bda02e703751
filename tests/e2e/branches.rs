//! Branches of conversations: edited questions, answers beside each other, other models, live runs.

use headwater_tests::{Client, Database, Product, Vendor, stories};
use serde_json::{Value, json};

use crate::conversations::{answered, begin, remembering};
use crate::words::publish;

stories!(
    an_edited_question_is_a_branch_with_its_own_history,
    branches_remember_what_was_assigned_in_them,
    models_answer_one_question_beside_each_other,
    a_branch_is_opened_while_another_is_written,
);

/// Sends and waits for the end; the answer's message.
async fn asked(client: &Client, conversation: &str, body: Value) -> Value {
    let path = format!("/conversations/{conversation}/messages");
    let sent = client.post(&path, body).await.expect(202);
    let answer = sent["message"]["id"].clone();
    finished(client, conversation, &sent).await;
    let shown = answered(client, conversation).await;
    assert_eq!(shown["id"], answer, "what was sent last is shown");
    shown
}

async fn finished(client: &Client, conversation: &str, sent: &Value) {
    client.ended(sent["run_id"].as_str().unwrap()).await;
    let id = &sent["message"]["id"].as_str().unwrap();
    let path = format!("/conversations/{conversation}?m={id}");
    let shown = client.get(&path).await.expect(200);
    let found = shown["messages"].as_array().unwrap().iter();
    let found = found.filter(|message| message["id"] == sent["message"]["id"]);
    assert_eq!(found.count(), 1);
}

/// The texts of a branch.
async fn said(client: &Client, path: &str) -> Vec<String> {
    let shown = client.get(path).await.expect(200);
    let messages = shown["messages"].as_array().unwrap().iter();
    messages
        .map(|message| message["text"].as_str().unwrap().to_owned())
        .collect()
}

async fn an_edited_question_is_a_branch_with_its_own_history(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::as_default(&owner, "scripted-small").await;
    let flow = publish(&owner, talking()).await;
    let begun = owner
        .post("/conversations", json!({ "flow_id": flow }))
        .await
        .expect(201);
    let id = begun["id"].as_str().unwrap().to_owned();
    let path = format!("/conversations/{id}");
    let first = asked(&owner, &id, json!({ "text": "first question" })).await;
    let second = asked(&owner, &id, json!({ "text": "second question" })).await;
    assert_eq!(second["siblings"], json!([]));
    // The second question in other words: it follows the first answer, too.
    let edited = json!({ "text": "edited question", "parent": first["id"] });
    let edited = asked(&owner, &id, edited).await;
    let branch = said(&owner, &path).await;
    assert_eq!((branch.len(), branch[2].as_str()), (4, "edited question"));
    let shown = owner.get(&path).await.expect(200);
    let question = &shown["messages"][2];
    assert_eq!(
        question["siblings"],
        json!([second["parent"], question["id"]])
    );
    // The run was told of its own branch only.
    let heard = vendor.requests().last().unwrap().body.to_string();
    assert!(heard.contains("first question") && heard.contains("edited question"));
    assert!(!heard.contains("second question"), "{heard}");
    // Another first question knows nothing of any other.
    let anew = json!({ "text": "another beginning", "parent": null });
    asked(&owner, &id, anew).await;
    assert_eq!(said(&owner, &path).await.len(), 2);
    let heard = vendor.requests().last().unwrap().body.to_string();
    assert!(!heard.contains("first question"), "{heard}");
    // A message names a branch; looking does not choose it, showing does.
    let through = second["parent"].as_str().unwrap();
    let old = said(&owner, &format!("{path}?m={through}")).await;
    assert_eq!(old[2], "second question");
    assert_eq!(said(&owner, &path).await[0], "another beginning");
    let shown = json!({ "shown": first["id"] });
    owner.patch(&path, shown).await.expect(200);
    product.stop().await;
    product.restart().await;
    let owner = owner.at(&product.url);
    let kept = owner.get(&path).await.expect(200);
    let last = &kept["messages"].as_array().unwrap()[3];
    assert_eq!(last["id"], edited["id"], "the newest end through it");
    refusals(&owner, &id, &first).await;
}

async fn refusals(owner: &Client, id: &str, first: &Value) {
    let path = format!("/conversations/{id}");
    let other = begin(owner).await;
    let stranger = format!("/conversations/{other}");
    let message = first["id"].as_str().unwrap();
    let look = format!("{stranger}?m={message}");
    assert_eq!(owner.get(&look).await.problem(404), "not_found");
    let show = owner.patch(&stranger, json!({ "shown": message })).await;
    assert_eq!(show.problem(404), "not_found");
    let send = format!("{stranger}/messages");
    let follow = json!({ "text": "And?", "parent": message });
    let refused = owner.post(&send, follow).await;
    assert_eq!(refused.problem(400), "invalid");
    assert_eq!(refused.json()["field"], "parent");
    let question = json!({ "text": "And?", "parent": first["parent"] });
    let refused = owner.post(&format!("{path}/messages"), question).await;
    assert_eq!(refused.problem(400), "invalid");
}

async fn branches_remember_what_was_assigned_in_them(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let flow = publish(&owner, remembering()).await;
    let begun = owner
        .post("/conversations", json!({ "flow_id": flow }))
        .await
        .expect(201);
    let id = begun["id"].as_str().unwrap();
    let tea = asked(&owner, id, json!({ "text": "tea" })).await;
    let milk = asked(&owner, id, json!({ "text": "milk" })).await;
    assert_eq!(milk["text"], "So far: tea, milk");
    let bread = json!({ "text": "bread", "parent": tea["id"] });
    assert_eq!(asked(&owner, id, bread).await["text"], "So far: tea, bread");
    let wine = json!({ "text": "wine", "parent": null });
    assert_eq!(asked(&owner, id, wine).await["text"], "So far: wine");
    let again = json!({ "text": "sugar", "parent": milk["id"] });
    assert_eq!(
        asked(&owner, id, again).await["text"],
        "So far: tea, milk, sugar"
    );
    let message = milk["id"].as_str().unwrap();
    let path = format!("/conversations/{id}/messages/{message}/regenerate");
    let sent = owner.post(&path, json!({})).await.expect(202);
    finished(&owner, id, &sent).await;
    assert_eq!(answered(&owner, id).await["text"], "So far: tea, milk");
    // No model speaks here, so none can be chosen.
    let vendor = Vendor::as_default(&owner, "scripted-small").await;
    owner.get("/models").await.expect(200);
    listed(&owner).await;
    let refused = json!({ "model": "scripted/scripted-small" });
    let refused = owner.post(&path, refused).await;
    assert_eq!(refused.problem(400), "invalid");
    assert_eq!(refused.json()["field"], "model");
    assert_eq!(vendor.requests_for("scripted-small").len(), 0);
}

/// Waits until the vendor's list of models is known.
async fn listed(client: &Client) {
    headwater_tests::until("the models", 30, async || {
        let models = client.get("/models").await.expect(200);
        let mut items = models["items"].as_array().unwrap().iter();
        items
            .any(|model| model["id"] == "scripted/scripted-large")
            .then_some(())
    })
    .await;
}

async fn models_answer_one_question_beside_each_other(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::as_default(&owner, "words-3-1").await;
    listed(&owner).await;
    let flow = publish(&owner, drafting()).await;
    let begun = owner
        .post("/conversations", json!({ "flow_id": flow }))
        .await
        .expect(201);
    let id = begun["id"].as_str().unwrap();
    let path = format!("/conversations/{id}/messages");
    let small = json!({ "text": "Why?", "model": "scripted/scripted-small" });
    let small = asked(&owner, id, small).await;
    assert_eq!(small["model"], "scripted/scripted-small");
    // The question may name itself, or be named by an answer.
    let question = small["parent"].as_str().unwrap();
    let again = format!("{path}/{question}/regenerate");
    let large = json!({ "model": "scripted/scripted-large" });
    let sent = owner.post(&again, large).await.expect(202);
    finished(&owner, id, &sent).await;
    let message = small["id"].as_str().unwrap();
    let beside = owner.get(&format!("{path}/{message}/siblings")).await;
    let beside = beside.expect(200)["items"].clone();
    let models: Vec<&Value> = beside
        .as_array()
        .unwrap()
        .iter()
        .map(|m| &m["model"])
        .collect();
    assert_eq!(
        models,
        ["scripted/scripted-small", "scripted/scripted-large"]
    );
    for answer in beside.as_array().unwrap() {
        assert_eq!(answer["status"], "done");
        assert!(answer["usage"]["output_tokens"].as_u64().unwrap() > 0);
        assert_eq!(answer["siblings"].as_array().unwrap().len(), 2);
    }
    // Only the node whose words are the answer was asked of another model; the draft before it was
    // not, and no fallback stood in.
    assert_eq!(vendor.requests_for("words-3-1").len(), 2);
    assert_eq!(vendor.requests_for("scripted-small").len(), 1);
    assert_eq!(vendor.requests_for("scripted-large").len(), 1);
    // A run that is made again asks the same model.
    let run = beside[1]["run_id"].as_str().unwrap();
    let replayed = owner
        .post(&format!("/runs/{run}/replay"), json!({}))
        .await
        .expect(202);
    owner.ended(replayed["id"].as_str().unwrap()).await;
    assert_eq!(vendor.requests_for("scripted-large").len(), 2);
    let unknown = json!({ "text": "And?", "model": "scripted/nobody" });
    let refused = owner.post(&path, unknown).await;
    assert_eq!(refused.problem(400), "invalid");
    assert_eq!(refused.json()["field"], "model");
    let body = json!({ "email": "vera@example.com", "name": "Vera", "role": "viewer" });
    let added = owner.post("/members", body).await.expect(201);
    let password = added["initial_password"].as_str().unwrap();
    let vera = product.anonymous();
    let vera = vera.sign_in("vera@example.com", password).await;
    let own = vera
        .post("/conversations", json!({ "flow_id": flow }))
        .await
        .expect(201);
    let path = format!("/conversations/{}/messages", own["id"].as_str().unwrap());
    let chosen = json!({ "text": "Why?", "model": "scripted/scripted-small" });
    assert_eq!(vera.post(&path, chosen).await.problem(403), "forbidden");
    vera.post(&path, json!({ "text": "Why?" }))
        .await
        .expect(202);
}

async fn a_branch_is_opened_while_another_is_written(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let _vendor = Vendor::as_default(&owner, "words-5000-20").await;
    let flow = publish(&owner, talking()).await;
    let begun = owner
        .post("/conversations", json!({ "flow_id": flow }))
        .await
        .expect(201);
    let id = begun["id"].as_str().unwrap();
    let path = format!("/conversations/{id}");
    let send = format!("{path}/messages");
    let first = owner
        .post(&send, json!({ "text": "One?" }))
        .await
        .expect(202);
    // What is being written cannot be answered, nor written again.
    let refused = owner.post(&send, json!({ "text": "Two?" })).await;
    assert_eq!(refused.problem(409), "conflict");
    let answer = first["message"]["id"].as_str().unwrap();
    let again = format!("{send}/{answer}/regenerate");
    assert_eq!(owner.post(&again, json!({})).await.problem(409), "conflict");
    let other = json!({ "text": "Another?", "parent": null });
    let second = owner.post(&send, other).await.expect(202);
    assert_eq!(
        said(&owner, &path).await[0],
        "Another?",
        "the latest is shown"
    );
    let back = owner.get(&format!("{path}?m={answer}")).await.expect(200);
    assert_eq!(back["messages"][1]["status"], "running");
    assert_eq!(back["messages"][0]["siblings"].as_array().unwrap().len(), 2);
    // Both are stopped with their conversation.
    owner.delete(&path).await.expect(204);
    for sent in [first, second] {
        let run = owner.ended(sent["run_id"].as_str().unwrap()).await;
        assert_eq!(run["status"], "cancelled");
    }
    assert_eq!(owner.get(&path).await.problem(404), "not_found");
}

/// A model that is told of the conversation so far.
fn talking() -> Value {
    json!({
        "headwater": 1, "name": "Talking", "kind": "chat",
        "inputs": [{ "name": "question", "type": "string", "required": true }],
        "nodes": [
            { "id": "talk", "kind": "chat", "settings": { "history": 20, "messages": [
                { "role": "user", "content": "{{ start.question }}" },
            ] } },
            { "id": "reply", "kind": "answer", "settings": { "text": "{{ talk.text }}" } },
        ],
        "edges": [{ "from": "start", "to": "talk" }, { "from": "talk", "to": "reply" }],
    })
}

/// One model makes a draft, another one answers.
fn drafting() -> Value {
    json!({
        "headwater": 1, "name": "Drafting", "kind": "chat",
        "inputs": [{ "name": "question", "type": "string", "required": true }],
        "nodes": [
            { "id": "draft", "kind": "chat", "settings": { "messages": [
                { "role": "user", "content": "Draft: {{ start.question }}" },
            ] } },
            { "id": "talk", "kind": "chat", "settings": { "fallbacks": ["scripted/words-3-1"], "messages": [
                { "role": "user", "content": "{{ draft.text }} {{ start.question }}" },
            ] } },
            { "id": "reply", "kind": "answer", "settings": { "text": "So: {{ talk.text }}" } },
        ],
        "edges": [
            { "from": "start", "to": "draft" }, { "from": "draft", "to": "talk" },
            { "from": "talk", "to": "reply" },
        ],
    })
}
