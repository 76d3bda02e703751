//! Chunks: cut as a knowledge base wants it, tried out, and changed by people.

use headwater_tests::{Client, Database, Product, Vendor, stories, until};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

stories!(
    small_chunks_are_searched_and_their_section_is_given,
    a_question_is_found_and_its_answer_given,
    documents_are_cut_anew_while_the_old_chunks_answer,
    settings_that_cannot_be_name_their_field,
    a_preview_stores_nothing,
    a_chunk_is_changed_and_found_as_it_is_now,
    what_people_changed_outlives_another_ingestion,
    a_change_whose_text_is_gone_is_told,
    chunks_are_added_and_deleted_by_hand,
    a_chunk_that_cannot_be_embedded_stays_as_it_was,
    a_filter_asks_for_what_people_said,
);

async fn asked(client: &Client, kb: &str, query: &str) -> Vec<String> {
    let found = client.search(kb, json!({ "query": query })).await;
    let texts = found.iter().map(|item| item["text"].as_str().unwrap());
    texts.map(str::to_owned).collect()
}

async fn chunks(client: &Client, document: &str, query: &str) -> Vec<Value> {
    let path = format!("/documents/{document}/chunks?limit=200{query}");
    let page = client.get(&path).await.expect(200);
    page["items"].as_array().unwrap().clone()
}

async fn replace(client: &Client, document: &str, text: &str) -> Value {
    let part = Part::bytes(text.as_bytes().to_vec()).file_name("again.md");
    let path = format!("/documents/{document}/content");
    let request = client.request(reqwest::Method::PUT, &path);
    let answer = client.send(request.multipart(Form::new().part("file", part)));
    answer.await.expect(200);
    let document = client.processed(document).await;
    assert_eq!(document["status"], "ready", "{document}");
    document
}

/// A provider that embeds; gives its path.
pub(crate) async fn acme(client: &Client, vendor: &Vendor) -> String {
    let body = json!({
        "kind": "openai", "name": "acme", "api_key": "k", "base_url": vendor.base_url(),
    });
    let made = client.post("/providers", body).await.expect(201);
    format!("/providers/{}", made["id"].as_str().unwrap())
}

/// The provider moves, such as to where nobody answers.
pub(crate) async fn reach(client: &Client, provider: &str, url: &str) {
    let body = json!({ "base_url": url, "api_key": "k" });
    client.patch(provider, body).await.expect(200);
}

/// Paragraphs under headings, each of them about something else.
fn manual() -> String {
    let mut text = String::from("# Pumps\n\n");
    for part in ["Valve", "Motor", "Filter"] {
        text.push_str(&format!("## {part}\n\n"));
        for step in ["opens", "closes", "leaks", "rattles"] {
            text.push_str(&format!(
                "When the {part} {step} you look at the {part}{step}gauge and wait for a while before you go on.\n\n"
            ));
        }
    }
    text
}

async fn small_chunks_are_searched_and_their_section_is_given(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let chunking = json!({ "strategy": "parent", "size": 25, "parent_size": 400 });
    let kb = owner
        .base(json!({ "name": "Notes", "chunking": chunking }))
        .await;
    let id = owner.add(&kb, "pumps.md", &manual()).await;
    let all = chunks(&owner, &id, "").await;
    assert_eq!(all.len(), 12, "{all:?}");
    assert!(
        all.iter()
            .all(|chunk| chunk["tokens"].as_u64().unwrap() <= 32)
    );
    let found = asked(&owner, &kb, "MotorleaksGauge").await;
    // The section is given once, however many of its chunks were found.
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("Motorleaksgauge") && found[0].contains("Motoropensgauge"));
    assert!(!found[0].contains("Valve"), "{found:?}");
    assert_eq!(asked(&owner, &kb, "gauge while before").await.len(), 3);
    // What people make of a chunk is said in its section, too.
    let leaks = all
        .iter()
        .find(|chunk| chunk["text"].to_string().contains("Motorleaks"));
    let path = format!("/chunks/{}", leaks.unwrap()["id"].as_str().unwrap());
    let body = json!({ "text": "A leaking motor is sent to Sassari." });
    owner.patch(&path, body).await.expect(200);
    let found = asked(&owner, &kb, "Motoropensgauge").await;
    assert!(
        found[0].contains("Sassari") && !found[0].contains("Motorleaksgauge"),
        "{found:?}"
    );
}

async fn a_question_is_found_and_its_answer_given(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let kb = json!({ "name": "FAQ", "chunking": { "strategy": "qa" } });
    let kb = owner.base(kb).await;
    let id = owner.add(&kb,
        "faq.csv",
        "Question,Answer\nHow do I reset the boiler?,Hold the red knob for ten seconds.\nWho cleans the chimney?,\"Mr. Flue, on Mondays.\"\n",
    )
    .await;
    let all = chunks(&owner, &id, "").await;
    assert_eq!(all.len(), 2, "{all:?}");
    assert_eq!(all[0]["text"], "How do I reset the boiler?");
    let found = owner.search(&kb, json!({ "query": "reset boiler" })).await;
    assert_eq!(found[0]["text"], "Hold the red knob for ten seconds.");
    assert!(
        found[0]["heading"]
            .as_str()
            .unwrap()
            .ends_with("How do I reset the boiler?")
    );
    // What only the answer says is not what is searched.
    assert!(asked(&owner, &kb, "knob").await.is_empty());
    owner
        .add(
            &kb,
            "more.md",
            "# Help\n\n## Where is the tap?\n\nBelow the sink.\n",
        )
        .await;
    assert_eq!(asked(&owner, &kb, "tap").await, ["Below the sink."]);
    let path = format!("/chunks/{}", all[0]["id"].as_str().unwrap());
    owner
        .patch(&path, json!({ "given": "Call Rosa." }))
        .await
        .expect(200);
    assert_eq!(asked(&owner, &kb, "reset boiler").await, ["Call Rosa."]);
    owner
        .patch(&path, json!({ "given": null }))
        .await
        .expect(200);
    assert!(asked(&owner, &kb, "reset boiler").await[0].starts_with("Hold"));
}

async fn documents_are_cut_anew_while_the_old_chunks_answer(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::start().await;
    let acme = acme(&owner, &vendor).await;
    let kb = json!({ "name": "Notes", "embedding_model": "acme/embed" });
    let kb = owner.base(kb).await;
    let text = format!("{}## Short\n\nOne gasket.\n", manual());
    let id = owner.add(&kb, "pumps.md", &text).await;
    let before = chunks(&owner, &id, "").await;
    assert_eq!(before.len(), 4, "{before:?}");
    let document = owner.get(&format!("/documents/{id}")).await.expect(200);
    let stages = document["stages"].as_array().unwrap();
    let told: Vec<_> = stages
        .iter()
        .map(|stage| {
            (
                stage["name"].as_str().unwrap(),
                stage["done"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [("parse", 1), ("chunk", 4), ("embed", 4), ("index", 4)]
    );
    assert!(
        stages.iter().all(|stage| stage["took_ms"].is_u64()),
        "{stages:?}"
    );
    // A model that is away stops it half-way: what was there answers on.
    reach(&owner, &acme, "http://127.0.0.1:9/v1").await;
    let path = format!("/knowledge-bases/{kb}");
    let smaller = json!({ "chunking": { "size": 25 } });
    let changed = owner.patch(&path, smaller).await.expect(200);
    assert_eq!(changed["chunking"]["size"], 25);
    let stuck = until("the new chunks to wait for the model", 60, async || {
        let document = owner.get(&format!("/documents/{id}")).await.expect(200);
        let failed = document["error"].is_object() && document["status"] != "ready";
        failed.then_some(document)
    })
    .await;
    assert_eq!(stuck["chunks"], 4, "{stuck}");
    assert_eq!(chunks(&owner, &id, "").await, before);
    let lexical = json!({ "query": "Motorleaksgauge", "options": { "mode": "lexical" } });
    assert_eq!(owner.search(&kb, lexical.clone()).await.len(), 1);
    reach(&owner, &acme, &vendor.base_url()).await;
    let calls = vendor.calls();
    let done = until("the document to be cut anew", 60, async || {
        let document = owner.get(&format!("/documents/{id}")).await.expect(200);
        if document["status"] == "failed" {
            owner
                .post(&format!("/documents/{id}/retry"), json!({}))
                .await;
        }
        (document["status"] == "ready").then_some(document)
    })
    .await;
    assert_eq!(done["chunks"], 13, "{done}");
    assert!(vendor.calls() > calls);
    let after = chunks(&owner, &id, "").await;
    assert_eq!(after.last().unwrap()["id"], before.last().unwrap()["id"]);
    // Only what is new was embedded.
    assert_eq!(done["stages"][2]["done"], 12, "{done}");
    let found = owner.search(&kb, lexical).await;
    assert_eq!(found.len(), 1, "{found:?}");
    // And back: the same text is the same chunk.
    owner
        .patch(&path, json!({ "chunking": {} }))
        .await
        .expect(200);
    owner.processed(&id).await;
    let ids = |chunks: &[Value]| chunks.iter().map(|c| c["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&chunks(&owner, &id, "").await), ids(&before));
}

async fn settings_that_cannot_be_name_their_field(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let kb = owner.base(json!({ "name": "Notes" })).await;
    for (wrong, field) in [
        (json!({ "size": 1 }), "chunking.size"),
        (json!({ "overlap": 200 }), "chunking.overlap"),
        (json!({ "strategy": "separator" }), "chunking.separators"),
        (
            json!({ "strategy": "parent", "parent_size": 9 }),
            "chunking.parent_size",
        ),
    ] {
        let body = json!({ "chunking": wrong });
        let answer = owner.patch(&format!("/knowledge-bases/{kb}"), body).await;
        assert_eq!(answer.problem(400), "invalid");
        assert_eq!(answer.json()["field"], field, "{}", answer.text);
    }
}

async fn a_preview_stores_nothing(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let kb = owner.base(json!({ "name": "Notes" })).await;
    let id = owner.add(&kb, "pumps.md", &manual()).await;
    let before = chunks(&owner, &id, "").await;
    let path = format!("/knowledge-bases/{kb}/preview");
    let usual = json!({ "document": id });
    let usual = owner.post(&path, usual).await.expect(200);
    let shown: Vec<&Value> = usual["items"].as_array().unwrap().iter().collect();
    assert_eq!(shown.len(), before.len());
    for (shown, stored) in shown.iter().zip(&before) {
        for field in ["text", "heading", "page", "tokens", "index"] {
            assert_eq!(shown[field], stored[field], "{field}");
        }
    }
    let small =
        json!({ "document": id, "limit": 2, "chunking": { "strategy": "parent", "size": 25 } });
    let small = owner.post(&path, small).await.expect(200);
    assert_eq!(small["chunks"], 12, "{small}");
    assert_eq!(small["items"].as_array().unwrap().len(), 2);
    assert_eq!(small["items"][0]["heading"], "Pumps › Valve");
    assert!(
        small["items"][0]["given"]
            .as_str()
            .unwrap()
            .contains("Valverattles")
    );
    let file = Part::bytes(b"one###two###three".to_vec()).file_name("a.txt");
    let form = Form::new()
        .text(
            "chunking",
            r####"{"strategy":"separator","separators":["###"]}"####,
        )
        .part("file", file);
    let request = owner.request(reqwest::Method::POST, &format!("{path}/file"));
    let seen = owner.send(request.multipart(form)).await.expect(200);
    assert_eq!(seen["items"][2]["text"], "three", "{seen}");
    let wrong = json!({ "document": id, "chunking": { "size": 0 } });
    assert_eq!(owner.post(&path, wrong).await.problem(400), "invalid");
    // Nothing of it is left.
    assert_eq!(chunks(&owner, &id, "").await, before);
    let documents = format!("/knowledge-bases/{kb}/documents");
    let documents = owner.get(&documents).await.expect(200);
    assert_eq!(documents["items"].as_array().unwrap().len(), 1);
    let objects = std::fs::read_dir(product.data().join("objects")).unwrap();
    let files = objects.flat_map(|dir| std::fs::read_dir(dir.unwrap().path()).unwrap());
    let named = files.filter(|file| {
        let name = file.as_ref().unwrap().file_name();
        name.to_string_lossy().ends_with(&id[4..])
    });
    assert_eq!(named.count(), 1);
}

async fn a_chunk_is_changed_and_found_as_it_is_now(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let kb = owner.base(json!({ "name": "Notes" })).await;
    let id = owner
        .add(
            &kb,
            "birds.md",
            "# Birds\n\nThe kingfisher dives for minnows.",
        )
        .await;
    let chunk = chunks(&owner, &id, "").await[0].clone();
    let path = format!("/chunks/{}", chunk["id"].as_str().unwrap());
    let body = json!({ "text": "The heron waits for frogs." });
    let changed = owner.patch(&path, body).await.expect(200);
    assert_eq!(changed["source_text"], chunk["text"]);
    assert_eq!(changed["edited"], true);
    assert!(asked(&owner, &kb, "kingfisher").await.is_empty());
    assert_eq!(asked(&owner, &kb, "heron").await.len(), 1);
    let body = json!({ "text": null, "keywords": ["Alcedo atthis", "halcyon"] });
    let back = owner.patch(&path, body).await.expect(200);
    assert_eq!(
        (&back["text"], &back["source_text"]),
        (&chunk["text"], &Value::Null)
    );
    assert_eq!(
        asked(&owner, &kb, "halcyon").await.len(),
        1,
        "keywords find it"
    );
    assert_eq!(asked(&owner, &kb, "kingfisher").await.len(), 1);
    owner
        .patch(&path, json!({ "enabled": false }))
        .await
        .expect(200);
    assert!(asked(&owner, &kb, "kingfisher").await.is_empty());
    assert_eq!(owner.get(&path).await.expect(200)["enabled"], false);
    owner
        .patch(&path, json!({ "enabled": true }))
        .await
        .expect(200);
    assert_eq!(asked(&owner, &kb, "kingfisher").await.len(), 1);
    for (wrong, field) in [
        (json!({ "text": " " }), "text"),
        (json!({ "keywords": [""] }), "keywords"),
        (json!({ "metadata": { "page": 1 } }), "metadata"),
    ] {
        let answer = owner.patch(&path, wrong).await;
        assert_eq!(answer.problem(400), "invalid");
        assert_eq!(answer.json()["field"], field, "{}", answer.text);
    }
    assert_eq!(chunks(&owner, &id, "&query=HALCYON").await.len(), 1);
    assert!(chunks(&owner, &id, "&query=zeppelin").await.is_empty());
    let audit = owner.get("/audit").await.expect(200).to_string();
    assert!(audit.contains("chunk.update"), "{audit}");
}

async fn what_people_changed_outlives_another_ingestion(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let kb = owner
        .base(json!({ "name": "Notes", "chunking": { "size": 25 } }))
        .await;
    let id = owner.add(&kb, "pumps.md", &manual()).await;
    let first = chunks(&owner, &id, "").await;
    let path = |n: usize| format!("/chunks/{}", first[n]["id"].as_str().unwrap());
    let text = json!({ "text": "The valve sings.", "keywords": ["opera"] });
    owner.patch(&path(0), text).await.expect(200);
    owner
        .patch(&path(1), json!({ "enabled": false }))
        .await
        .expect(200);
    let body = json!({ "text": "Ask Rosa about everything.", "heading": "People" });
    owner
        .post(&format!("/documents/{id}/chunks"), body)
        .await
        .expect(201);
    let before = chunks(&owner, &id, "").await;
    let document = replace(&owner, &id, &manual()).await;
    assert_eq!(document["name"], "again.md");
    assert_eq!(document["lost_edits"], 0);
    assert_eq!(chunks(&owner, &id, "").await, before);
    product.kill9();
    product.restart().await;
    let owner = owner.at(&product.url);
    assert_eq!(chunks(&owner, &id, "").await, before);
    assert_eq!(asked(&owner, &kb, "opera").await, ["The valve sings."]);
    assert_eq!(asked(&owner, &kb, "Rosa").await.len(), 1);
    assert!(asked(&owner, &kb, "Valveclosesgauge").await.is_empty());
}

async fn a_change_whose_text_is_gone_is_told(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let kb = owner
        .base(json!({ "name": "Notes", "chunking": { "size": 25 } }))
        .await;
    let id = owner.add(&kb, "pumps.md", &manual()).await;
    let chunk = chunks(&owner, &id, "&query=Motorleaks").await[0].clone();
    let path = format!("/chunks/{}", chunk["id"].as_str().unwrap());
    let body = json!({ "text": "A leaking motor is sent to Sassari." });
    owner.patch(&path, body).await.expect(200);
    let document = replace(&owner, &id, &manual().replace("Motor leaks", "Motor weeps")).await;
    assert_eq!(document["lost_edits"], 1, "{document}");
    assert_eq!(document["chunks"], 12);
    let lost = chunks(&owner, &id, "&lost=true").await;
    assert_eq!(lost[0]["text"], "A leaking motor is sent to Sassari.");
    assert_eq!(
        (&lost[0]["index"], &lost[0]["source_text"]),
        (&Value::Null, &chunk["text"])
    );
    assert!(asked(&owner, &kb, "Sassari").await.is_empty());
    assert_eq!(
        owner
            .patch(&path, json!({ "enabled": false }))
            .await
            .problem(409),
        "conflict"
    );
    // When the text comes back, so does what people made of it.
    let document = replace(&owner, &id, &manual()).await;
    assert_eq!(document["lost_edits"], 0, "{document}");
    assert_eq!(asked(&owner, &kb, "Sassari").await.len(), 1);
    replace(&owner, &id, "Nothing about pumps.").await;
    owner.delete(&path).await.expect(204);
    let document = owner.get(&format!("/documents/{id}")).await.expect(200);
    assert_eq!(document["lost_edits"], 0);
}

async fn chunks_are_added_and_deleted_by_hand(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let kb = owner.base(json!({ "name": "Notes" })).await;
    let id = owner
        .add(&kb, "birds.md", "The kingfisher dives for minnows.")
        .await;
    let list = format!("/documents/{id}/chunks");
    let body = json!({ "text": "What do owls eat?", "given": "Mice.", "keywords": ["strix"] });
    let added = owner.post(&list, body).await.expect(201);
    assert_eq!(
        (&added["added"], &added["index"]),
        (&json!(true), &json!(1))
    );
    assert_eq!(asked(&owner, &kb, "strix").await, ["Mice."]);
    let document = owner.get(&format!("/documents/{id}")).await.expect(200);
    assert_eq!(document["chunks"], 2);
    let own = chunks(&owner, &id, "").await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let refused = owner.delete(&format!("/chunks/{own}")).await;
    assert_eq!(refused.problem(409), "conflict");
    let path = format!("/chunks/{}", added["id"].as_str().unwrap());
    owner.delete(&path).await.expect(204);
    assert!(asked(&owner, &kb, "owls").await.is_empty());
    assert_eq!(owner.get(&path).await.problem(404), "not_found");
    let audit = owner.get("/audit").await.expect(200).to_string();
    assert!(
        audit.contains("chunk.add") && audit.contains("chunk.delete"),
        "{audit}"
    );
}

async fn a_chunk_that_cannot_be_embedded_stays_as_it_was(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::start().await;
    let acme = acme(&owner, &vendor).await;
    let kb = json!({ "name": "Notes", "embedding_model": "acme/embed" });
    let kb = owner.base(kb).await;
    let id = owner
        .add(&kb, "birds.md", "The kingfisher dives for minnows.")
        .await;
    let chunk = chunks(&owner, &id, "").await[0].clone();
    let path = format!("/chunks/{}", chunk["id"].as_str().unwrap());
    reach(&owner, &acme, "http://127.0.0.1:9/v1").await;
    let body = json!({ "text": "river otter" });
    let refused = owner.patch(&path, body.clone()).await;
    assert!(refused.status.is_server_error(), "{}", refused.text);
    assert_eq!(owner.get(&path).await.expect(200), chunk);
    reach(&owner, &acme, &vendor.base_url()).await;
    owner.patch(&path, body).await.expect(200);
    let vector = json!({ "query": "river otter", "options": { "mode": "vector" } });
    let found = owner.search(&kb, vector).await;
    assert_eq!(found[0]["text"], "river otter");
    assert!(
        found[0]["score"].as_f64().unwrap() > 0.99,
        "the vector is of the new text"
    );
}

async fn a_filter_asks_for_what_people_said(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let kb = owner.base(json!({ "name": "Notes" })).await;
    let old = owner
        .add(&kb, "old.md", "The kingfisher dives for minnows.")
        .await;
    let new = owner.add(&kb, "new.md", "The kingfisher is blue.").await;
    for (id, year, tags) in [(&old, 1999, json!(["a", "b"])), (&new, 2024, json!("c"))] {
        let body = json!({ "metadata": { "year": year, "tags": tags } });
        let said = owner
            .patch(&format!("/documents/{id}"), body)
            .await
            .expect(200);
        assert_eq!(said["metadata"]["year"].as_f64(), Some(f64::from(year)));
    }
    let filtered = async |filter: Value| {
        let body = json!({ "query": "kingfisher", "options": { "filter": filter } });
        let found = owner.search(&kb, body).await;
        let names = found
            .iter()
            .map(|item| item["document_name"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    let recent = json!({ "range": { "field": "year", "from": 2000 } });
    assert_eq!(filtered(recent.clone()).await, ["new.md"]);
    let tagged = json!({ "equals": { "field": "tags", "value": "b" } });
    assert_eq!(filtered(tagged).await, ["old.md"]);
    let text = json!({ "equals": { "field": "year", "value": "2024" } });
    assert!(filtered(text).await.is_empty(), "a text is no number");
    // A chunk may say otherwise than its document.
    let chunk = chunks(&owner, &old, "").await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let body = json!({ "metadata": { "year": 2020 } });
    owner
        .patch(&format!("/chunks/{chunk}"), body)
        .await
        .expect(200);
    assert_eq!(filtered(recent).await.len(), 2);
    let wrong = json!({ "metadata": { "bytes": 1 } });
    let answer = owner.patch(&format!("/documents/{old}"), wrong).await;
    assert_eq!(answer.problem(400), "invalid");
}
