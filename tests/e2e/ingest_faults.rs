//! What ingestion needs fails half-way: the provider that embeds, the disk. Nothing is lost, nothing is
//! stuck, and the state says why.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use headwater_tests::{Client, Database, Product, Vendor, stories, until};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::chunks::acme;

stories!(
    a_provider_that_fails_half_way_is_gone_on_with_where_it_failed,
    a_full_disk_costs_what_is_new_and_nothing_else,
    a_sender_who_goes_away_leaves_whole_documents_or_none,
);

/// More chunks than two batches have.
const PARTS: usize = 200;

/// Parts under headings of their own, each a chunk.
fn manual(parts: usize) -> String {
    (0..parts)
        .map(|n| format!("## Pump {n}\n\nThe pump with number {n} is looked after by team{n}.\n\n"))
        .collect()
}

async fn upload(client: &Client, kb: &str, name: &str, text: String) -> String {
    let document = client.upload(kb, name, text.into_bytes()).await;
    document["id"].as_str().unwrap().to_owned()
}

async fn found(client: &Client, kb: &str, query: &str) -> Vec<String> {
    let path = format!("/knowledge-bases/{kb}/search");
    let body = json!({ "query": query, "options": { "mode": "lexical" } });
    let found = client.post(&path, body).await.expect(200);
    let items = found["items"].as_array().unwrap().iter();
    items
        .map(|item| item["text"].as_str().unwrap().to_owned())
        .collect()
}

/// How many chunks a vendor has embedded.
fn embedded(vendor: &Vendor) -> usize {
    let requests = vendor.requests_for("embed-halfway").into_iter();
    requests
        .filter(|r| r.embedded)
        .flat_map(|r| r.body["input"].as_array().unwrap().clone())
        .filter(|text| text.as_str().unwrap().contains("looked after"))
        .count()
}

async fn a_provider_that_fails_half_way_is_gone_on_with_where_it_failed(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::start().await;
    acme(&owner, &vendor).await;
    let chunking = json!({ "strategy": "structure", "size": 32, "overlap": 0 });
    let kb = json!({
        "name": "Pumps", "embedding_model": "acme/embed-halfway", "chunking": chunking,
    });
    let kb = owner.base(kb).await;
    let id = upload(&owner, &kb, "pumps.md", manual(PARTS)).await;

    let document = owner.processed(&id).await;
    assert_eq!(document["status"], "failed", "{document}");
    let error = document["error"].to_string();
    assert!(error.contains("acme"), "it says who failed: {error}");
    let stages = document["stages"].as_array().unwrap();
    let embed = stages.iter().find(|s| s["name"] == "embed").unwrap();
    assert_eq!(
        embed["took_ms"],
        Value::Null,
        "it did not come to its end: {embed}"
    );
    let half = embedded(&vendor);
    assert!(half > 0 && half < PARTS, "{half}");
    assert!(
        found(&owner, &kb, "team7").await.is_empty(),
        "half a document is no document"
    );

    vendor.recover();
    let path = format!("/knowledge-bases/{kb}/retry");
    assert_eq!(
        owner.post(&path, json!({})).await.expect(200)["documents"],
        1
    );
    let document = owner.processed(&id).await;
    assert_eq!(document["status"], "ready", "{document}");
    let chunks = document["chunks"].as_u64().unwrap() as usize;
    assert_eq!(embedded(&vendor), chunks, "nothing is embedded twice");
    assert!(found(&owner, &kb, "team7").await[0].contains("team7"));
}

/// Takes all the room there is but for so many bytes.
fn fill(dir: &Path, but: usize) -> PathBuf {
    let path = dir.join("ballast");
    let mut file = File::create(&path).unwrap();
    let mut written = 0;
    for size in [1 << 20, 1 << 12] {
        let piece = vec![0_u8; size];
        loop {
            match file.write_all(&piece) {
                Ok(()) => written += size as u64,
                Err(error) if error.kind() == ErrorKind::StorageFull => break,
                Err(error) => panic!("{error}"),
            }
        }
    }
    file.set_len(written.saturating_sub(but as u64)).unwrap();
    path
}

async fn a_full_disk_costs_what_is_new_and_nothing_else(database: Database) {
    let Some(product) = Product::with_small_disk(database, 64).await else {
        return;
    };
    let owner = product.with_handbook().await;
    let kb = owner.base(json!({ "name": "Notes" })).await;
    owner
        .add(&kb, "birds.md", "The kingfisher dives for minnows.")
        .await;

    // There is no room at all.
    let ballast = fill(&product.data(), 0);
    let refused = owner
        .try_upload(&kb, "pumps.md", manual(20_000).into_bytes())
        .await;
    assert_eq!(refused.problem(503), "unavailable");
    assert_eq!(refused.json()["limit"], "disk", "{}", refused.text);
    assert_eq!(found(&owner, &kb, "kingfisher").await.len(), 1);

    // There is room for the file, and not for what becomes of it.
    fs::remove_file(&ballast).unwrap();
    let text = manual(20_000);
    let room = match database {
        Database::Sqlite => 1 << 20,
        // The chunks are elsewhere; what is short of room is the index.
        Database::Postgres => 1 << 16,
    };
    let ballast = fill(&product.data(), text.len() + room);
    let id = upload(&owner, &kb, "pumps.md", text).await;
    until("the log to say that the disk is full", 60, async || {
        product.log().contains("disk is full").then_some(())
    })
    .await;
    assert_eq!(found(&owner, &kb, "kingfisher").await.len(), 1);
    assert!(
        found(&owner, &kb, "team7").await.is_empty(),
        "half a document is no document"
    );

    // There is room again.
    fs::remove_file(&ballast).unwrap();
    let document = until("the document to be done with", 120, async || {
        let document = owner.get(&format!("/documents/{id}")).await.expect(200);
        let done = ["ready", "failed"].contains(&document["status"].as_str().unwrap());
        done.then_some(document)
    })
    .await;
    if document["status"] == "failed" {
        let error = document["error"].to_string();
        assert!(error.contains("disk is full"), "it says why: {error}");
        let path = format!("/documents/{id}/retry");
        owner.post(&path, json!({})).await.expect(200);
    }
    let document = owner.processed(&id).await;
    assert_eq!(document["status"], "ready", "{document}");
    assert!(found(&owner, &kb, "team7").await[0].contains("team7"));
    assert_eq!(found(&owner, &kb, "kingfisher").await.len(), 1);
}

/// Connections end at any moment of an upload, while a document that says one thing six thousand times is
/// cut: what stands in the list afterwards can be read, and nothing else was kept.
async fn a_sender_who_goes_away_leaves_whole_documents_or_none(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.with_handbook().await;
    let kb = owner
        .post("/knowledge-bases", json!({ "name": "Barges" }))
        .await;
    let kb = kb.expect(201)["id"].as_str().unwrap().to_owned();
    let again = "The lock opens at noon, and it closes at dusk, whatever the river does.\n\n";
    let busy = upload(&owner, &kb, "busy.txt", again.repeat(24_000)).await;
    let path = format!("/knowledge-bases/{kb}/documents");
    let mut cut = 0;
    for n in 0..60 {
        let part = Part::bytes(format!("Barge {n} is at the quay.").into_bytes());
        let form = Form::new().part("file", part.file_name(format!("barge-{n}.txt")));
        let request = owner.request(Method::POST, &path).multipart(form);
        let sent = request.timeout(Duration::from_millis(n % 20 + 1));
        cut += usize::from(owner.try_send(sent).await.is_err());
    }
    assert!(cut > 0, "nobody went away");
    let documents = until("all documents to be read", 120, async || {
        let all = owner.get(&format!("{path}?limit=200")).await.expect(200);
        let all = all["items"].as_array().unwrap().clone();
        let done = all
            .iter()
            .all(|d| d["status"] == "ready" || d["status"] == "failed");
        done.then_some(all)
    })
    .await;
    for document in &documents {
        assert_eq!(document["status"], "ready", "{document}");
        let content = format!("/documents/{}/content", document["id"].as_str().unwrap());
        assert_eq!(owner.get(&content).await.status, 200, "{document}");
    }
    let busy = documents.iter().find(|d| d["id"] == busy.as_str());
    assert!(
        busy.unwrap()["chunks"].as_u64().unwrap() > 1_000,
        "{busy:?}"
    );
    // No bytes without a row, once the next start has looked.
    product.stay();
    product.stop().await;
    product.restart().await;
    let handbook = "/knowledge-bases/handbook/documents?limit=200";
    let handbook = owner.get(handbook).await.expect(200);
    let rows = documents.len() + handbook["items"].as_array().unwrap().len();
    let workspaces = fs::read_dir(product.data().join("objects")).unwrap();
    let files = workspaces.flat_map(|dir| fs::read_dir(dir.unwrap().path()).unwrap());
    assert_eq!(files.count(), rows);
}
