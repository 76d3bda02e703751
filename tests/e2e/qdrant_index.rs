//! The index in Qdrant: its engine behind a front of our own, where that is at hand.

use headwater_tests::qdrant::QDRANT_KEY;
use headwater_tests::{Bucket, Client, Database, Options, Product, Qdrant, stories};
use serde_json::{Value, json};

stories!(
    an_installation_moves_to_qdrant_and_back,
    a_qdrant_that_is_down_is_told_and_comes_back,
);

fn options(qdrant: &Qdrant, index: &str) -> Options {
    Options::default()
        .with("HEADWATER_KNOWLEDGE__INDEX", index)
        .with("HEADWATER_KNOWLEDGE__QDRANT_URL", &qdrant.url)
        .with("HEADWATER_KNOWLEDGE__QDRANT_API_KEY", QDRANT_KEY)
}

async fn notes(client: &Client) -> String {
    let kb = json!({ "name": "Notes" });
    let kb = client.post("/knowledge-bases", kb).await.expect(201);
    kb["id"].as_str().unwrap().to_owned()
}

async fn add(client: &Client, kb: &str, name: &str, text: &str) -> String {
    let document = client.upload(kb, name, text).await;
    let document = client.processed(document["id"].as_str().unwrap()).await;
    assert_eq!(document["status"], "ready", "{document}");
    document["id"].as_str().unwrap().to_owned()
}

/// The names of the documents that are found, best first.
async fn found(client: &Client, kb: &str, query: Value) -> Vec<String> {
    let path = format!("/knowledge-bases/{kb}/search");
    let found = client.post(&path, query).await.expect(200);
    let names = found["items"].as_array().unwrap().iter();
    names
        .map(|item| item["document_name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_server_learns_the_other_finds_in_qdrant() {
    let (Some(qdrant), Some(bucket)) = (Qdrant::start().await, Bucket::start().await) else {
        return;
    };
    // Either of them may ingest what the other one was given.
    let options = options(&qdrant, "qdrant")
        .with("HEADWATER_OBJECTS__URL", "s3://documents/headwater")
        .with("HEADWATER_OBJECTS__ENDPOINT", &bucket.endpoint)
        .with("HEADWATER_OBJECTS__REGION", "eu-central-1")
        .with("HEADWATER_OBJECTS__ACCESS_KEY_ID", "somebody")
        .with("HEADWATER_OBJECTS__SECRET_ACCESS_KEY", "canary-bucket");
    let mut one = Product::with(Database::Postgres, options).await;
    one.keep_out_of_the_log(QDRANT_KEY);
    let owner = one.set_up().await;
    let mut other = one.replica().await;
    let there = owner.at(&other.url);
    let kb = notes(&owner).await;
    add(&owner, &kb, "birds.md", "The kingfisher dives for minnows.").await;
    let stone = add(&there, &kb, "stones.txt", "Obsidian is volcanic glass.").await;
    for client in [&owner, &there] {
        assert_eq!(
            found(client, &kb, json!({ "query": "kingfisher" })).await,
            ["birds.md"]
        );
        let filter = json!({ "range": { "field": "bytes", "from": 30 } });
        let query = json!({ "query": "volcanic minnows", "options": { "filter": filter } });
        assert_eq!(found(client, &kb, query).await, ["birds.md"]);
        // Times are texts, and lie in order.
        let filter = json!({ "and": [
            { "range": { "field": "added_at", "from": "2020-01-01" } },
            { "contains": { "field": "document_name", "text": "STONE" } },
        ] });
        let query = json!({ "query": "volcanic minnows", "options": { "filter": filter } });
        assert_eq!(found(client, &kb, query).await, ["stones.txt"]);
    }
    // The one dies; what it was told, the other one knows.
    other.kill9();
    owner
        .delete(&format!("/documents/{stone}"))
        .await
        .expect(204);
    let obsidian = json!({ "query": "obsidian" });
    assert!(found(&owner, &kb, obsidian.clone()).await.is_empty());
    other.restart().await;
    let there = owner.at(&other.url);
    assert!(found(&there, &kb, obsidian).await.is_empty());
    // Nothing was written to files of either.
    assert!(!one.data().join("index").exists());
    let system = there.get("/system").await.expect(200);
    assert_eq!(system["index"], "qdrant");
}

async fn an_installation_moves_to_qdrant_and_back(database: Database) {
    let Some(qdrant) = Qdrant::start().await else {
        return;
    };
    let mut product = Product::with(database, options(&qdrant, "embedded")).await;
    let owner = product.set_up().await;
    let kb = notes(&owner).await;
    for n in 0..30 {
        let text = format!("Pump {n} needs grease {}.", "often ".repeat(n % 5));
        add(&owner, &kb, &format!("pump-{n}.txt"), &text).await;
    }
    let query = json!({ "query": "pump 7", "limit": 10 });
    let before = found(&owner, &kb, query.clone()).await;
    for to in ["qdrant", "embedded"] {
        let moved = product
            .command()
            .args(["kb", "migrate", "--to", to, "--json"])
            .output()
            .unwrap();
        assert!(moved.status.success(), "{moved:?}");
        let moved: Value = serde_json::from_slice(&moved.stdout).unwrap();
        assert_eq!(moved["state"], "done", "{moved}");
        // The handbook is a knowledge base, too.
        assert!(moved["questions"].as_u64().unwrap() > 20, "{moved}");
        assert!(moved["agreement"].as_f64().unwrap() > 0.95, "{moved}");
        product.stop().await;
        product.set_env("HEADWATER_KNOWLEDGE__INDEX", to);
        product.restart().await;
        let owner = owner.at(&product.url);
        assert_eq!(owner.get("/system").await.expect(200)["index"], to);
        assert_eq!(found(&owner, &kb, query.clone()).await[0], before[0]);
    }
}

fn check<'r>(report: &'r Value, name: &str) -> &'r Value {
    let checks = report["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["name"] == name);
    check.unwrap_or_else(|| panic!("no check “{name}” in {report}"))
}

fn doctor(product: &Product) -> Value {
    let told = product.command().args(["doctor", "--json"]).output();
    serde_json::from_slice(&told.unwrap().stdout).unwrap()
}

async fn a_qdrant_that_is_down_is_told_and_comes_back(database: Database) {
    let Some(mut qdrant) = Qdrant::start().await else {
        return;
    };
    let mut product = Product::with(database, options(&qdrant, "qdrant")).await;
    let owner = product.set_up().await;
    let kb = notes(&owner).await;
    add(&owner, &kb, "birds.md", "The kingfisher dives for minnows.").await;
    let report = doctor(&product);
    assert_eq!(check(&report, "index")["ok"], true, "{report}");
    qdrant.kill9();
    let report = doctor(&product);
    let index = check(&report, "index");
    assert_eq!(index["ok"], false, "{report}");
    assert!(index["message"].as_str().unwrap().contains(&qdrant.url));
    let path = format!("/knowledge-bases/{kb}/search");
    let query = json!({ "query": "kingfisher" });
    let refused = owner.post(&path, query.clone()).await.expect(503);
    assert!(refused["detail"].as_str().unwrap().contains(&qdrant.url));
    let ready = owner.get("//readyz").await;
    assert_eq!(ready.status, 503);
    qdrant.start_again().await;
    assert_eq!(found(&owner, &kb, query).await, ["birds.md"]);
    // Without it no server starts, and says why.
    product.stop().await;
    qdrant.kill9();
    let started = product
        .command()
        .args(["serve", "--listen", "127.0.0.1:0"])
        .output()
        .unwrap();
    assert!(!started.status.success());
    let told = String::from_utf8_lossy(&started.stderr).into_owned();
    assert!(told.contains(&qdrant.url), "{told}");
    assert!(told.contains("knowledge.qdrant_url"), "{told}");
    let report = doctor(&product);
    assert_eq!(check(&report, "index")["ok"], false, "{report}");
    product.set_env("HEADWATER_KNOWLEDGE__QDRANT_URL", "");
    let report = doctor(&product);
    let told = check(&report, "index")["message"].as_str().unwrap();
    assert!(told.contains("knowledge.qdrant_url"), "{report}");
}
