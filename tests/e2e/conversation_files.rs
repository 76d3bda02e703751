//! Conversations in order: pinned, in folders, found by their words, carried as files.

use headwater_tests::{Client, Database, Product, stories};
use serde_json::{Value, json};

use crate::conversations::{answered, begin};

stories!(
    conversations_are_pinned_and_put_into_folders,
    words_are_found_in_titles_and_messages,
    a_conversation_travels_as_a_file_with_all_its_branches,
    a_long_conversation_shows_the_branch_that_is_asked_for,
);

fn ids(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().unwrap().iter();
    items.map(|item| item["id"].as_str().unwrap()).collect()
}

async fn second_member(product: &Product, owner: &Client) -> Client {
    let body = json!({ "email": "eve@example.com", "name": "Eve", "role": "admin" });
    let added = owner.post("/members", body).await.expect(201);
    let password = added["initial_password"].as_str().unwrap();
    product
        .anonymous()
        .sign_in("eve@example.com", password)
        .await
}

async fn conversations_are_pinned_and_put_into_folders(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let (one, two, three) = (
        begin(&owner).await,
        begin(&owner).await,
        begin(&owner).await,
    );
    let folder = owner
        .post("/conversation-folders", json!({ "name": "Pumps" }))
        .await
        .expect(201);
    let folder = folder["id"].as_str().unwrap();
    let pin = json!({ "pinned": true });
    let path = |id: &str| format!("/conversations/{id}");
    assert_eq!(
        owner.patch(&path(&one), pin).await.expect(200)["pinned"],
        true
    );
    let put = json!({ "folder_id": folder });
    let put = owner.patch(&path(&two), put).await.expect(200);
    assert_eq!(put["folder_id"], folder);
    let list = async |query: &str| {
        owner
            .get(&format!("/conversations?{query}"))
            .await
            .expect(200)
    };
    assert_eq!(ids(&list("pinned=true").await), [&*one]);
    assert_eq!(ids(&list(&format!("folder={folder}")).await), [&*two]);
    assert_eq!(ids(&list("pinned=false&folder=none").await), [&*three]);
    assert_eq!(ids(&list("limit=9").await).len(), 3);
    let folders = owner.get("/conversation-folders").await.expect(200);
    assert_eq!(folders["items"][0]["conversations"], 1);
    // What is not said stays: a new title moves nothing.
    let named = json!({ "title": "Two" });
    let named = owner.patch(&path(&two), named).await.expect(200);
    assert_eq!(named["folder_id"], folder);
    let taken = json!({ "name": "Pumps" });
    let taken = owner.post("/conversation-folders", taken).await;
    assert_eq!(taken.problem(409), "conflict");
    assert_eq!(taken.json()["field"], "name");
    let eve = second_member(&product, &owner).await;
    let own = begin(&eve).await;
    let foreign = json!({ "folder_id": folder });
    assert_eq!(
        eve.patch(&path(&own), foreign).await.problem(404),
        "not_found"
    );
    let there = format!("/conversation-folders/{folder}");
    assert_eq!(eve.delete(&there).await.problem(404), "not_found");
    assert_eq!(
        eve.get("/conversation-folders").await.expect(200)["items"],
        json!([])
    );
    owner
        .patch(&there, json!({ "name": "Valves" }))
        .await
        .expect(200);
    owner.delete(&there).await.expect(204);
    let left = owner.get(&path(&two)).await.expect(200);
    assert_eq!(
        (&left["title"], &left["folder_id"]),
        (&json!("Two"), &Value::Null)
    );
    let out = json!({ "pinned": false, "folder_id": null });
    assert_eq!(
        owner.patch(&path(&one), out).await.expect(200)["pinned"],
        false
    );
    assert_eq!(ids(&list("pinned=false&folder=none").await).len(), 3);
    let audit = owner.get("/audit?limit=200").await.expect(200).to_string();
    for action in [
        "conversation_folder.create",
        "conversation_folder.update",
        "conversation_folder.delete",
    ] {
        assert!(audit.contains(action), "{action}");
    }
}

fn message(id: &str, parent: Option<&str>, role: &str, text: &str) -> Value {
    json!({ "id": id, "parent": parent, "role": role, "text": text, "created_at": "2026-01-02T03:04:05Z" })
}

async fn import(client: &Client, title: &str, messages: &[Value]) -> Value {
    let file = json!({ "headwater_conversation": 1, "title": title, "messages": messages });
    client.post("/conversations/import", file).await.expect(201)
}

async fn words_are_found_in_titles_and_messages(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let talk = import(
        &owner,
        "About herons",
        &[
            message("a", None, "user", "Where do the Café's kingfishers dive?"),
            message(
                "b",
                Some("a"),
                "assistant",
                "They dive where minnows are. 知识库里有翠鸟。",
            ),
            message(
                "c",
                Some("a"),
                "assistant",
                "Beside the other answer: osprey.",
            ),
        ],
    )
    .await;
    let id = talk["id"].as_str().unwrap();
    let find = async |who: &Client, words: &str| {
        let found = who.get(&format!("/conversations/search?q={words}")).await;
        found.expect(200)["items"].clone()
    };
    let texts = async |words: &str| {
        let found = find(&owner, words).await;
        let found = found.as_array().unwrap().iter();
        found
            .map(|found| found["text"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(texts("heron").await, ["About herons"]);
    assert_eq!(
        texts("cafe KINGF").await,
        ["Where do the Café's kingfishers dive?"]
    );
    assert_eq!(texts("翠鸟").await.len(), 1);
    assert_eq!(texts("鸟翠").await.len(), 0);
    assert_eq!(texts("dive").await.len(), 2);
    assert_eq!(texts("minnows osprey").await.len(), 0);
    assert_eq!(texts("\" OR * ' |").await.len(), 0);
    // Branches that are not shown are found, too, and lead to where the words are.
    let found = find(&owner, "minnows").await;
    let (message, marks) = (&found[0]["message"]["id"], &found[0]["marks"]);
    let branch = format!("/conversations/{id}?m={}", message.as_str().unwrap());
    let branch = owner.get(&branch).await.expect(200);
    assert_eq!(branch["messages"][1]["id"], *message);
    assert_eq!(*marks, json!([[16, 23]]));
    // What changed since is found, and what is gone is not.
    let path = format!("/conversations/{id}");
    owner
        .patch(&path, json!({ "title": "About owls" }))
        .await
        .expect(200);
    assert_eq!(texts("heron").await.len(), 0);
    assert_eq!(texts("owl").await, ["About owls"]);
    let asked = begin(&owner).await;
    let send = format!("/conversations/{asked}/messages");
    owner
        .post(&send, json!({ "text": "Do lapwings sing?" }))
        .await
        .expect(202);
    answered(&owner, &asked).await;
    assert!(!texts("lapwings").await.is_empty());
    let eve = second_member(&product, &owner).await;
    assert_eq!(find(&eve, "owl").await, json!([]));
    owner.delete(&path).await.expect(204);
    assert_eq!(texts("owl").await.len(), 0);
    assert_eq!(texts("minnows").await.len(), 0);
    let page = owner
        .get("/conversations/search?q=lapwings&limit=1")
        .await
        .expect(200);
    let next = page["next"].as_str().expect("the title has it, too");
    let page = format!("/conversations/search?q=lapwings&limit=1&after={next}");
    assert_eq!(
        owner.get(&page).await.expect(200)["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let long = format!("/conversations/search?q={}", "x".repeat(301));
    assert_eq!(owner.get(&long).await.problem(400), "invalid");
}

async fn a_conversation_travels_as_a_file_with_all_its_branches(database: Database) {
    let product = Product::start(database).await;
    let owner = product.with_handbook().await;
    let id = begin(&owner).await;
    let send = format!("/conversations/{id}/messages");
    let ask = json!({ "text": "Does Headwater need an API key?" });
    owner.post(&send, ask).await.expect(202);
    let first = answered(&owner, &id).await;
    let again = format!("{send}/{}/regenerate", first["id"].as_str().unwrap());
    let sent = owner.post(&again, json!({})).await.expect(202);
    owner.ended(sent["run_id"].as_str().unwrap()).await;
    answered(&owner, &id).await;
    let file = owner
        .get(&format!("/conversations/{id}/export"))
        .await
        .expect(200);
    assert_eq!(file["messages"].as_array().unwrap().len(), 3);
    assert!(
        !file["messages"][1]["citations"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    let before = owner.get("/conversations").await.expect(200);
    let copy = owner
        .post("/conversations/import", file.clone())
        .await
        .expect(201);
    assert_ne!(copy["id"], *id);
    let copy = copy["id"].as_str().unwrap();
    let carried = owner
        .get(&format!("/conversations/{copy}/export"))
        .await
        .expect(200);
    let plain = |file: &Value| {
        let mut file = file.clone();
        let messages = file["messages"].as_array().unwrap().clone();
        let place = |id: &Value| json!(messages.iter().position(|message| message["id"] == *id));
        file["head"] = place(&file["head"]);
        for message in file["messages"].as_array_mut().unwrap() {
            message["parent"] = place(&message["parent"]);
            message["id"] = Value::Null;
        }
        file
    };
    assert_eq!(plain(&carried), plain(&file));
    // It can be gone on with.
    let send = format!("/conversations/{copy}/messages");
    owner
        .post(&send, json!({ "text": "And a password?" }))
        .await
        .expect(202);
    assert_eq!(answered(&owner, copy).await["status"], "done");
    let mut wrong = file.clone();
    wrong["messages"][2]["parent"] = json!("nobody");
    let refused = owner.post("/conversations/import", wrong).await;
    assert_eq!(refused.problem(400), "invalid");
    assert_eq!(refused.json()["field"], "messages[2].parent");
    let after = owner.get("/conversations").await.expect(200);
    assert_eq!(
        ids(&after).len(),
        ids(&before).len() + 1,
        "nothing of it was kept"
    );
    let audit = owner.get("/audit?limit=200").await.expect(200).to_string();
    assert!(audit.contains("conversation.import"));
}

async fn a_long_conversation_shows_the_branch_that_is_asked_for(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let mut messages = Vec::new();
    for at in 0..600 {
        let (role, before) = (
            ["user", "assistant"][at % 2],
            at.checked_sub(1).map(|at| format!("m{at}")),
        );
        messages.push(message(
            &format!("m{at}"),
            before.as_deref(),
            role,
            &format!("Text {at}"),
        ));
    }
    // Beside every answer another one, from which nothing follows.
    for at in (1..600).step_by(2) {
        let before = format!("m{}", at - 1);
        messages.push(message(
            &format!("s{at}"),
            Some(&before),
            "assistant",
            &format!("Other {at}"),
        ));
    }
    let mut file = json!({ "headwater_conversation": 1, "title": "Long", "head": "m599", "messages": messages });
    let talk = owner
        .post("/conversations/import", file.take())
        .await
        .expect(201);
    let path = format!("/conversations/{}", talk["id"].as_str().unwrap());
    let shown = owner.get(&path).await.expect(200);
    let shown = shown["messages"].as_array().unwrap();
    assert_eq!(shown.len(), 600);
    for (at, message) in shown.iter().enumerate() {
        assert_eq!(message["text"], format!("Text {at}"));
        let siblings = message["siblings"].as_array().unwrap();
        assert_eq!(siblings.len(), if at % 2 == 0 { 0 } else { 2 });
    }
    let aside = shown[299]["siblings"].as_array().unwrap();
    let aside = aside.iter().find(|id| **id != shown[299]["id"]).unwrap();
    let aside = format!("{path}?m={}", aside.as_str().unwrap());
    let aside = owner.get(&aside).await.expect(200);
    let aside = aside["messages"].as_array().unwrap();
    assert_eq!(
        (aside.len(), &aside[299]["text"]),
        (300, &json!("Other 299"))
    );
}
