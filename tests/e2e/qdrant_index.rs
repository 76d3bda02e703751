//! The index in Qdrant: its engine behind a front of our own, where that is at hand.

use headwater_tests::qdrant::QDRANT_KEY;
use headwater_tests::{Bucket, Database, Options, Product, Qdrant, stories};
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_server_learns_the_other_finds_in_qdrant() {
    let (Some(qdrant), Some(bucket)) = (Qdrant::start().await, Bucket::start().await) else {
        return;
    };
    // Either of them may ingest what the other one was given.
    let options = options(&qdrant, "qdrant").with_bucket(&bucket.endpoint);
    let mut one = Product::with(Database::Postgres, options).await;
    one.keep_out_of_the_log(QDRANT_KEY);
    let owner = one.set_up().await;
    let mut other = one.replica().await;
    let there = owner.at(&other.url);
    let kb = owner.notes().await;
    owner
        .add(&kb, "birds.md", "The kingfisher dives for minnows.")
        .await;
    let stone = there
        .add(&kb, "stones.txt", "Obsidian is volcanic glass.")
        .await;
    for client in [&owner, &there] {
        assert_eq!(
            client
                .names_found(&kb, json!({ "query": "kingfisher" }))
                .await,
            ["birds.md"]
        );
        let filter = json!({ "range": { "field": "bytes", "from": 30 } });
        let query = json!({ "query": "volcanic minnows", "options": { "filter": filter } });
        assert_eq!(client.names_found(&kb, query).await, ["birds.md"]);
        // Times are texts, and lie in order.
        let filter = json!({ "and": [
            { "range": { "field": "added_at", "from": "2020-01-01" } },
            { "contains": { "field": "document_name", "text": "STONE" } },
        ] });
        let query = json!({ "query": "volcanic minnows", "options": { "filter": filter } });
        assert_eq!(client.names_found(&kb, query).await, ["stones.txt"]);
    }
    // The one dies; what it was told, the other one knows.
    other.kill9();
    owner
        .delete(&format!("/documents/{stone}"))
        .await
        .expect(204);
    let obsidian = json!({ "query": "obsidian" });
    assert!(owner.names_found(&kb, obsidian.clone()).await.is_empty());
    other.restart().await;
    let there = owner.at(&other.url);
    assert!(there.names_found(&kb, obsidian).await.is_empty());
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
    let kb = owner.notes().await;
    for n in 0..30 {
        let text = format!("Pump {n} needs grease {}.", "often ".repeat(n % 5));
        owner.add(&kb, &format!("pump-{n}.txt"), &text).await;
    }
    let query = json!({ "query": "pump 7", "limit": 10 });
    let before = owner.names_found(&kb, query.clone()).await;
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
        assert_eq!(owner.names_found(&kb, query.clone()).await[0], before[0]);
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
    let kb = owner.notes().await;
    owner
        .add(&kb, "birds.md", "The kingfisher dives for minnows.")
        .await;
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
    assert_eq!(owner.names_found(&kb, query).await, ["birds.md"]);
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
