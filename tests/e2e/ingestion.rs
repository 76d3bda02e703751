//! Ingestion: how far it is, stopped by people and by crashes, tried again, and limited.

use std::collections::HashSet;
use std::net::TcpListener;

use headwater_tests::{Client, Database, Options, Product, Vendor, stories, until};
use serde_json::{Value, json};

use crate::chunks::{acme, reach};

stories!(
    a_document_that_is_being_read_is_cancelled_and_its_worker_goes_on,
    all_that_failed_is_tried_again_at_once,
    a_workspace_has_no_more_documents_than_it_may,
    a_crash_leaves_the_old_chunks_or_the_new_ones,
    commands_show_chunks_and_cut_documents_anew,
);

async fn a_document_that_is_being_read_is_cancelled_and_its_worker_goes_on(database: Database) {
    let options = Options::default().with("HEADWATER_LIMITS__INGEST_PARALLEL", 1);
    let product = Product::with(database, options).await;
    let owner = product.with_handbook().await;
    let vendor = Vendor::start().await;
    let acme = acme(&owner, &vendor).await;
    let plain = owner.base(json!({ "name": "Plain" })).await;
    let kb = json!({ "name": "Notes", "embedding_model": "acme/embed" });
    let kb = owner.base(kb).await;
    // It takes connections and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", silent.local_addr().unwrap());
    reach(&owner, &acme, &url).await;
    let stuck = owner.upload(&kb, "stuck.md", "The kingfisher dives.").await;
    let stuck = format!("/documents/{}", stuck["id"].as_str().unwrap());
    let document = until("the model to be asked", 60, async || {
        let document = owner.get(&stuck).await.expect(200);
        (document["status"] == "embedding").then_some(document)
    })
    .await;
    let embed = &document["stages"][2];
    assert_eq!(
        (&embed["done"], &embed["total"]),
        (&json!(0), &json!(1)),
        "{document}"
    );
    // The only worker is busy.
    let next = owner
        .upload(&plain, "next.md", "The heron waits for frogs.")
        .await;
    assert_eq!(next["status"], "queued");
    let cancelled = owner.post(&format!("{stuck}/cancel"), json!({})).await;
    assert_eq!(cancelled.expect(200)["status"], "cancelled");
    let next = owner.processed(next["id"].as_str().unwrap()).await;
    assert_eq!(next["status"], "ready", "{next}");
    assert_eq!(owner.get(&stuck).await.expect(200)["status"], "cancelled");
    let again = owner.post(&format!("{stuck}/cancel"), json!({})).await;
    assert_eq!(again.problem(409), "conflict");
    let lexical = json!({ "query": "kingfisher", "options": { "mode": "lexical" } });
    let found = owner
        .post(&format!("/knowledge-bases/{kb}/search"), lexical)
        .await;
    assert_eq!(found.expect(200)["items"], json!([]));
    reach(&owner, &acme, &vendor.base_url()).await;
    owner
        .post(&format!("{stuck}/retry"), json!({}))
        .await
        .expect(200);
    let id = stuck.rsplit('/').next().unwrap();
    assert_eq!(owner.processed(id).await["status"], "ready");
}

async fn all_that_failed_is_tried_again_at_once(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let kb = owner.base(json!({ "name": "Notes" })).await;
    let good = owner
        .add(&kb, "good.md", "The kingfisher dives for minnows.")
        .await;
    let mut broken = Vec::new();
    for name in ["a.pdf", "b.pdf"] {
        let document = owner.upload(&kb, name, b"%PDF-1.7\nno PDF".to_vec()).await;
        let id = document["id"].as_str().unwrap().to_owned();
        let document = owner.processed(&id).await;
        assert_eq!(document["status"], "failed", "{document}");
        assert_eq!(document["stages"][0]["name"], "parse");
        assert_eq!(
            document["stages"][0]["took_ms"],
            Value::Null,
            "it did not come to its end"
        );
        broken.push(id);
    }
    let before = owner.get(&format!("/documents/{good}")).await.expect(200);
    let path = format!("/knowledge-bases/{kb}/retry");
    let again = owner.post(&path, json!({})).await.expect(200);
    assert_eq!(again["documents"], 2);
    for id in &broken {
        assert_eq!(owner.processed(id).await["status"], "failed");
    }
    assert_eq!(
        owner.get(&format!("/documents/{good}")).await.expect(200),
        before
    );
    let audit = owner.get("/audit").await.expect(200).to_string();
    assert!(audit.contains("knowledge_base.retry"), "{audit}");
}

async fn a_workspace_has_no_more_documents_than_it_may(database: Database) {
    let options = Options::default()
        .with("HEADWATER_LIMITS__DOCUMENTS", 1)
        .with("HEADWATER_LIMITS__DOCUMENT_MB", 2);
    let product = Product::with(database, options).await;
    let owner = product.set_up().await;
    // What comes with the product is not counted against who sets it up, but it counts.
    let other = owner.post("/workspaces", json!({ "name": "Other" })).await;
    let owner = owner.in_workspace(other.expect(201)["id"].as_str().unwrap());
    let bases = owner.get("/knowledge-bases").await.expect(200);
    for kb in bases["items"].as_array().unwrap() {
        let path = format!("/knowledge-bases/{}", kb["id"].as_str().unwrap());
        owner.delete(&path).await.expect(204);
    }
    let kb = owner.base(json!({ "name": "Notes" })).await;
    let large = vec![b'x'; (2 << 20) + 1];
    let refused = owner.try_upload(&kb, "large.txt", large.clone()).await;
    assert_eq!(refused.problem(409), "conflict");
    assert_eq!(refused.json()["limit"], "document_mb", "{}", refused.text);
    let id = owner
        .add(&kb, "one.md", "The kingfisher dives for minnows.")
        .await;
    let refused = owner.try_upload(&kb, "two.md", b"More.".to_vec()).await;
    assert_eq!(refused.problem(409), "conflict");
    assert_eq!(refused.json()["limit"], "documents", "{}", refused.text);
    let part = reqwest::multipart::Part::bytes(large).file_name("large.txt");
    let form = reqwest::multipart::Form::new().part("file", part);
    let path = format!("/documents/{id}/content");
    let request = owner.request(reqwest::Method::PUT, &path).multipart(form);
    assert_eq!(owner.send(request).await.problem(409), "conflict");
    // Nothing happened to the one that is there.
    let content = owner.get(&path).await;
    assert_eq!(content.text, "The kingfisher dives for minnows.");
    owner.delete(&format!("/documents/{id}")).await.expect(204);
    owner.add(&kb, "two.md", "More.").await;
}

async fn a_crash_leaves_the_old_chunks_or_the_new_ones(database: Database) {
    let mut product = Product::start(database).await;
    let mut owner = product.with_handbook().await;
    let kb = owner.base(json!({ "name": "Notes" })).await;
    let text: String = (0..400)
        .map(|n| format!("Sentence number {n} tells of the pump and of its {n}th valve.\n\n"))
        .collect();
    let id = owner.add(&kb, "pumps.md", &text).await;
    let path = format!("/knowledge-bases/{kb}");
    let mut sets = Vec::new();
    for size in [40, 150] {
        let body = json!({ "chunking": { "size": size } });
        owner.patch(&path, body).await.expect(200);
        assert_eq!(owner.processed(&id).await["status"], "ready");
        sets.push(texts(&owner, &id).await);
    }
    assert_ne!(sets[0].len(), sets[1].len());
    for round in 0..6_usize {
        let wanted = round % 2;
        let size = [40, 150][wanted];
        let body = json!({ "chunking": { "size": size } });
        owner.patch(&path, body).await.expect(200);
        // Each time somewhat later on the way.
        let stage = [
            "queued", "parsing", "chunking", "indexing", "ready", "parsing",
        ][round];
        until("the document to come so far", 60, async || {
            let document = owner.get(&format!("/documents/{id}")).await.expect(200);
            let far = [stage, "ready"].contains(&document["status"].as_str()?);
            far.then_some(())
        })
        .await;
        product.kill9();
        product.restart().await;
        owner = owner.at(&product.url);
        let now = texts(&owner, &id).await;
        assert!(sets.contains(&now), "neither the old nor the new: {now:?}");
        assert_eq!(owner.processed(&id).await["status"], "ready");
        assert_eq!(texts(&owner, &id).await, sets[wanted]);
        let found = json!({ "query": "Sentence 399th valve", "limit": 1 });
        let found = owner
            .post(&format!("{path}/search"), found)
            .await
            .expect(200);
        assert!(sets[wanted].contains(found["items"][0]["text"].as_str().unwrap()));
    }
}

async fn texts(client: &Client, document: &str) -> HashSet<String> {
    let (mut texts, mut after) = (HashSet::new(), String::new());
    loop {
        let path = format!("/documents/{document}/chunks?limit=200{after}");
        let page = client.get(&path).await.expect(200);
        for chunk in page["items"].as_array().unwrap() {
            texts.insert(chunk["text"].as_str().unwrap().to_owned());
        }
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return texts,
        }
    }
}

async fn commands_show_chunks_and_cut_documents_anew(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let kb = owner.base(json!({ "name": "Notes" })).await;
    let text = "# FAQ\n\n## Where is the tap?\n\nBelow the sink.\n";
    let id = owner.add(&kb, "faq.md", text).await;
    let run = |arguments: &[&str]| {
        let output = product
            .command()
            .arg("kb")
            .args(arguments)
            .output()
            .unwrap();
        let told = [output.stdout, output.stderr].concat();
        let told = String::from_utf8(told).unwrap();
        assert!(output.status.success(), "{arguments:?}: {told}");
        told
    };
    assert!(run(&["documents", "notes"]).contains("faq.md"));
    let told = run(&["chunks", "notes", "faq.md", "--query", "sink"]);
    assert!(told.contains("#0  FAQ › Where is the tap?"), "{told}");
    let told = run(&["preview", "notes", "faq.md", "--strategy", "qa"]);
    assert!(told.contains("gives:\n        Below the sink."), "{told}");
    assert!(told.contains("1 chunks, the longest of"), "{told}");
    let file = product.data().parent().unwrap().join("log.txt");
    std::fs::write(&file, "one\n---\ntwo").unwrap();
    let file = file.display().to_string();
    let cut = [
        "--strategy",
        "separator",
        "--separator",
        "\\n---\\n",
        "--json",
    ];
    let told = run(&[&["preview", "notes", &file], &cut[..]].concat());
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["items"][1]["text"], "two");
    run(&["cut", "notes", "--strategy", "qa"]);
    assert_eq!(owner.processed(&id).await["status"], "ready");
    let told = run(&["chunks", "notes", &id]);
    assert!(told.contains("gives:"), "{told}");
    assert!(run(&["retry", "notes"]).starts_with("0 documents"));
}
