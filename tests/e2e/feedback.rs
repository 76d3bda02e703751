//! What people say of runs: ratings, annotations, and the questions that are made of these.

use headwater_tests::{Client, Database, Product, Vendor, stories, until};
use serde_json::{Value, json};

use crate::evaluations::{evaluate, notes, results, set};
use crate::words::{greeting, publish, speaking};

stories!(
    everybody_rates_a_run_once_and_may_change_their_mind,
    a_run_is_annotated_by_those_who_edit,
    the_list_of_runs_finds_what_was_said_of_them,
    an_answer_in_a_conversation_is_rated,
    an_annotation_becomes_a_question_with_the_answer_to_expect,
    a_run_that_is_not_over_is_not_rated,
);

pub(crate) async fn member(product: &Product, by: &Client, name: &str, role: &str) -> Client {
    let email = format!("{name}@example.com");
    let body = json!({ "email": email, "name": name, "role": role });
    let added = by.post("/members", body).await.expect(201);
    let password = added["initial_password"].as_str().unwrap();
    product.anonymous().sign_in(&email, password).await
}

pub(crate) async fn run_of(client: &Client, flow: &str, name: &str) -> String {
    let path = format!("/flows/{flow}/invoke");
    let run = client
        .post(&path, json!({ "input": { "name": name } }))
        .await
        .expect(200);
    run["id"].as_str().unwrap().to_owned()
}

/// The actions of the audit trail that are about `target`.
pub(crate) async fn audited(owner: &Client, target: &str) -> Vec<String> {
    let entries = owner.get("/audit?limit=200").await.expect(200);
    let entries = entries["items"].as_array().unwrap();
    let about = entries.iter().filter(|entry| entry["target"] == target);
    about
        .map(|entry| entry["action"].as_str().unwrap().to_owned())
        .collect()
}

async fn everybody_rates_a_run_once_and_may_change_their_mind(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let viewer = member(&product, &owner, "vera", "viewer").await;
    let flow = publish(&owner, greeting()).await;
    let run = run_of(&owner, &flow, "Ada").await;
    let path = format!("/runs/{run}/feedback");
    assert_eq!(owner.get(&path).await.expect(200)["ratings"], json!([]));
    let up = owner
        .put(&path, json!({ "rating": "up" }))
        .await
        .expect(200);
    assert_eq!((&up["rating"], &up["mine"]), (&json!("up"), &json!(true)));
    let down = json!({ "rating": "down", "reasons": ["incorrect", " incorrect ", "incomplete"],
        "comment": " She is called Augusta. " });
    viewer.put(&path, down).await.expect(200);
    let said = viewer.get(&path).await.expect(200);
    let ratings = said["ratings"].as_array().unwrap();
    assert_eq!(ratings.len(), 2, "{said}");
    let hers = ratings
        .iter()
        .find(|rating| rating["mine"] == true)
        .unwrap();
    assert_eq!(hers["by"]["name"], "vera", "{said}");
    assert_eq!(hers["reasons"], json!(["incorrect", "incomplete"]));
    assert_eq!(hers["comment"], "She is called Augusta.");
    let shown = owner.get(&format!("/runs/{run}")).await.expect(200);
    let both = json!({ "up": 1, "down": 1, "annotated": false });
    assert_eq!(shown["marks"], both);
    // Her second rating takes the place of the first; so does that of a program.
    viewer
        .put(&path, json!({ "rating": "up" }))
        .await
        .expect(200);
    let program = product.key(&owner, &["run", "read"]).await;
    program
        .put(&path, json!({ "rating": "up" }))
        .await
        .expect(200);
    let shown = owner.get(&format!("/runs/{run}")).await.expect(200);
    assert_eq!(shown["marks"]["up"], 3, "{shown}");
    assert_eq!(shown["marks"]["down"], 0);
    let said = viewer.get(&path).await.expect(200);
    let hers = |said: &Value| {
        let ratings = said["ratings"].as_array().unwrap().clone();
        ratings.into_iter().find(|rating| rating["mine"] == true)
    };
    assert_eq!(hers(&said).unwrap()["reasons"], json!([]), "{said}");
    viewer.delete(&path).await.expect(204);
    assert_eq!(hers(&viewer.get(&path).await.expect(200)), None);
    assert_eq!(viewer.delete(&path).await.problem(404), "not_found");
    for (wrong, field) in [
        (json!({ "rating": "up", "reasons": [""] }), "reasons[0]"),
        (
            json!({ "rating": "up", "comment": "x".repeat(4_001) }),
            "comment",
        ),
    ] {
        let refused = owner.put(&path, wrong).await.expect(400);
        assert_eq!(refused["field"], field, "{refused}");
    }
    let sideways = owner.put(&path, json!({ "rating": "sideways" })).await;
    assert_eq!(sideways.problem(400), "invalid");
    let actions = audited(&owner, &run).await;
    let count = |name: &str| actions.iter().filter(|action| *action == name).count();
    assert_eq!((count("feedback.set"), count("feedback.remove")), (4, 1));
}

async fn a_run_is_annotated_by_those_who_edit(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let viewer = member(&product, &owner, "vera", "viewer").await;
    let editor = member(&product, &owner, "emil", "editor").await;
    let flow = publish(&owner, greeting()).await;
    let run = run_of(&owner, &flow, "Ada").await;
    let path = format!("/runs/{run}/annotation");
    let better = json!({ "answer": " Good morning, Ada. ", "note": "It was early." });
    assert_eq!(
        viewer.put(&path, better.clone()).await.problem(403),
        "forbidden"
    );
    let made = editor.put(&path, better).await.expect(200);
    assert!(made["id"].as_str().unwrap().starts_with("ann_"), "{made}");
    assert_eq!(made["answer"], "Good morning, Ada.");
    let changed = owner
        .put(&path, json!({ "answer": "Good evening, Ada." }))
        .await
        .expect(200);
    // It is the same one, changed: who began it stays known.
    assert_eq!(changed["id"], made["id"]);
    assert_eq!(changed["created_by"]["name"], "emil", "{changed}");
    assert_ne!(changed["updated_by"], changed["created_by"]);
    assert_eq!(changed["note"], "");
    let said = viewer
        .get(&format!("/runs/{run}/feedback"))
        .await
        .expect(200);
    assert_eq!(said["annotation"], changed);
    let empty = owner.put(&path, json!({ "answer": " " })).await.expect(400);
    assert_eq!(empty["field"], "answer");
    owner.delete(&path).await.expect(204);
    assert_eq!(owner.delete(&path).await.problem(404), "not_found");
    let said = viewer
        .get(&format!("/runs/{run}/feedback"))
        .await
        .expect(200);
    assert_eq!(said["annotation"], Value::Null);
    let mut actions = audited(&owner, &run).await;
    actions.sort_unstable();
    assert_eq!(
        actions,
        ["annotation.remove", "annotation.set", "annotation.set"]
    );
}

async fn the_list_of_runs_finds_what_was_said_of_them(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let flow = publish(&owner, greeting()).await;
    let mut runs = Vec::new();
    for name in ["Ada", "Ben", "Cleo", "Dora"] {
        runs.push(run_of(&owner, &flow, name).await);
    }
    for (run, rating) in [(&runs[0], "up"), (&runs[1], "down"), (&runs[2], "down")] {
        let path = format!("/runs/{run}/feedback");
        owner
            .put(&path, json!({ "rating": rating }))
            .await
            .expect(200);
    }
    let path = format!("/runs/{}/annotation", runs[2]);
    owner
        .put(&path, json!({ "answer": "Better." }))
        .await
        .expect(200);
    let listed = async |query: &str| {
        let page = owner.get(&format!("/runs?{query}")).await.expect(200);
        let items = page["items"].as_array().unwrap().clone();
        let ids = items
            .iter()
            .map(|run| run["id"].as_str().unwrap().to_owned());
        ids.collect::<Vec<String>>()
    };
    let of =
        |places: &[usize]| -> Vec<String> { places.iter().map(|at| runs[*at].clone()).collect() };
    assert_eq!(listed("rating=down").await, of(&[2, 1]));
    assert_eq!(listed("rating=up").await, of(&[0]));
    assert_eq!(listed("annotated=true").await, of(&[2]));
    assert_eq!(listed("annotated=false").await, of(&[3, 1, 0]));
    assert_eq!(listed("rating=down&annotated=false").await, of(&[1]));
    assert_eq!(
        listed(&format!("rating=up&flow={flow}&status=failed")).await,
        of(&[])
    );
    let first = owner.get("/runs?rating=down&limit=1").await.expect(200);
    assert_eq!(
        first["items"][0]["marks"],
        json!({ "up": 0, "down": 1, "annotated": true })
    );
    let next = first["next"].as_str().unwrap();
    assert_eq!(
        listed(&format!("rating=down&limit=1&after={next}")).await,
        of(&[1])
    );
    let plain = owner.get(&format!("/runs/{}", runs[3])).await.expect(200);
    assert_eq!(plain.get("marks"), None);
}

async fn an_answer_in_a_conversation_is_rated(database: Database) {
    let product = Product::start(database).await;
    let owner = product.with_handbook().await;
    let other = member(&product, &owner, "vera", "viewer").await;
    let conversation = owner.post("/conversations", json!({})).await.expect(201);
    let conversation = conversation["id"].as_str().unwrap();
    let path = format!("/conversations/{conversation}/messages");
    let sent = owner
        .post(&path, json!({ "text": "What is a flow?" }))
        .await;
    let run = sent.expect(202)["run_id"].as_str().unwrap().to_owned();
    owner.ended(&run).await;
    let rated = format!("/runs/{run}/feedback");
    owner
        .put(
            &rated,
            json!({ "rating": "down", "reasons": ["incomplete"] }),
        )
        .await
        .expect(200);
    other
        .put(&rated, json!({ "rating": "up" }))
        .await
        .expect(200);
    // In a conversation one sees what one gave oneself.
    let given = format!("/conversations/{conversation}/feedback");
    let own = owner.get(&given).await.expect(200);
    assert_eq!(own["items"].as_array().unwrap().len(), 1, "{own}");
    assert_eq!(
        (&own["items"][0]["run_id"], &own["items"][0]["rating"]),
        (&json!(run), &json!("down"))
    );
    assert_eq!(other.get(&given).await.problem(404), "not_found");
    owner.delete(&rated).await.expect(204);
    assert_eq!(owner.get(&given).await.expect(200)["items"], json!([]));
}

async fn an_annotation_becomes_a_question_with_the_answer_to_expect(database: Database) {
    let product = Product::start(database).await;
    let owner = product.with_handbook().await;
    let conversation = owner.post("/conversations", json!({})).await.expect(201);
    let conversation = conversation["id"].as_str().unwrap();
    let path = format!("/conversations/{conversation}/messages");
    let sent = owner
        .post(&path, json!({ "text": "What is a flow?" }))
        .await;
    let id = sent.expect(202)["run_id"].as_str().unwrap().to_owned();
    let run = owner.ended(&id).await;
    let citation = &run["citations"][0];
    let handbook = set(&owner, "handbook", &[]).await;
    let path = format!("/runs/{id}/annotation/question");
    let body = json!({ "question_set": handbook, "citations": [citation["number"]] });
    let early = owner.post(&path, body.clone()).await.problem(409);
    assert_eq!(early, "conflict");
    let annotation = format!("/runs/{id}/annotation");
    owner
        .put(&annotation, json!({ "answer": "A graph of nodes." }))
        .await
        .expect(200);
    let question = owner.post(&path, body.clone()).await.expect(201);
    assert_eq!(question["question"], "What is a flow?");
    assert_eq!(question["reference_answer"], "A graph of nodes.");
    assert_eq!(question["relevant"][0]["chunk"], citation["chunk_id"]);
    // Changed and added again, it is the same question, with what it expects now.
    owner
        .put(
            &annotation,
            json!({ "answer": "A graph that somebody edits." }),
        )
        .await
        .expect(200);
    let again = owner.post(&path, body).await.expect(201);
    assert_eq!(again["id"], question["id"]);
    assert_eq!(again["reference_answer"], "A graph that somebody edits.");
    let set_now = owner
        .get(&format!("/question-sets/{handbook}"))
        .await
        .expect(200);
    assert_eq!(set_now["questions"], 1);
    let done = evaluate(&owner, "handbook", &handbook, json!({})).await;
    assert_eq!(done["report"]["measured"], 1, "{done}");
    let judged = results(&owner, &done).await;
    assert_eq!(
        judged[0]["reference_answer"], "A graph that somebody edits.",
        "{judged:?}"
    );
    // A passage of another knowledge base is no label here, and a number that was not cited none at all.
    let elsewhere = notes(&owner).await;
    let elsewhere = set(&owner, &elsewhere, &[]).await;
    for (set, number) in [
        (&elsewhere, citation["number"].clone()),
        (&handbook, json!(99)),
    ] {
        let body = json!({ "question_set": set, "citations": [number] });
        let refused = owner.post(&path, body).await.expect(400);
        assert_eq!(refused["field"], "citations[0]", "{refused}");
    }
    let own = json!({ "question_set": elsewhere, "question": "What else?" });
    assert_eq!(
        owner.post(&path, own).await.expect(201)["question"],
        "What else?"
    );
}

async fn a_run_that_is_not_over_is_not_rated(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::as_default(&owner, "words-400-25").await;
    let flow = publish(&owner, speaking()).await;
    let path = format!("/flows/{flow}/runs");
    let run = owner
        .post(&path, json!({ "input": { "question": "Go on?" } }))
        .await
        .expect(202);
    let run = run["id"].as_str().unwrap();
    until("the vendor to be asked", 30, async || {
        (!vendor.requests().is_empty()).then_some(())
    })
    .await;
    let path = format!("/runs/{run}/feedback");
    let early = owner.put(&path, json!({ "rating": "up" })).await;
    assert_eq!(early.problem(409), "conflict");
    let early = owner
        .put(&format!("/runs/{run}/annotation"), json!({ "answer": "x" }))
        .await;
    assert_eq!(early.problem(409), "conflict");
    owner
        .post(&format!("/runs/{run}/cancel"), json!({}))
        .await
        .expect(202);
    owner.ended(run).await;
    owner
        .put(&path, json!({ "rating": "down", "reasons": ["slow"] }))
        .await
        .expect(200);
}
