//! The index that all servers share, in PostgreSQL with pgvector, where one is at hand.

use headwater_tests::{Bucket, Database, Options, Product, stories};
use serde_json::{Value, json};

stories!(an_index_that_cannot_be_had_is_told_at_the_start);

/// A product that searches in the shared index, or word that there is no such database.
fn shared(options: Options, index: &str) -> Option<Product> {
    let options = options.with("HEADWATER_KNOWLEDGE__INDEX", index);
    let product = Product::installed_with_pgvector(options);
    if product.is_none() {
        eprintln!("not run: there is no PostgreSQL with pgvector (see deploy/pgvector)");
    }
    product
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_server_learns_the_other_finds_at_once() {
    let Some(bucket) = Bucket::start().await else {
        return;
    };
    // Either of them may ingest what the other one was given.
    let options = Options::default().with_bucket(&bucket.endpoint);
    let Some(mut one) = shared(options, "pgvector") else {
        return;
    };
    one.restart().await;
    let owner = one.set_up().await;
    let other = one.replica().await;
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
    }
    owner
        .delete(&format!("/documents/{stone}"))
        .await
        .expect(204);
    assert!(
        there
            .names_found(&kb, json!({ "query": "obsidian" }))
            .await
            .is_empty()
    );
    // Nothing was written to files of either.
    assert!(!one.data().join("index").exists());
    let system = there.get("/system").await.expect(200);
    assert_eq!(system["index"], "pgvector");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_installation_moves_to_the_shared_index_and_back() {
    let Some(mut product) = shared(Options::default(), "embedded") else {
        return;
    };
    product.restart().await;
    let owner = product.set_up().await;
    let kb = owner.notes().await;
    for n in 0..30 {
        let text = format!("Pump {n} needs grease {}.", "often ".repeat(n % 5));
        owner.add(&kb, &format!("pump-{n}.txt"), &text).await;
    }
    let query = json!({ "query": "pump 7", "limit": 10 });
    let before = owner.names_found(&kb, query.clone()).await;
    for to in ["pgvector", "embedded"] {
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
        let again = product
            .command()
            .args(["kb", "migrate", "--to", to])
            .output()
            .unwrap();
        assert!(again.status.success(), "{again:?}");
        product.stop().await;
        product.set_env("HEADWATER_KNOWLEDGE__INDEX", to);
        product.restart().await;
        let owner = owner.at(&product.url);
        assert_eq!(owner.get("/system").await.expect(200)["index"], to);
        assert_eq!(owner.names_found(&kb, query.clone()).await[0], before[0]);
        let refused = owner.post("/system/index-copy", json!({ "to": to })).await;
        assert_eq!(refused.expect(400)["field"], "to");
    }
}

async fn an_index_that_cannot_be_had_is_told_at_the_start(database: Database) {
    let options = Options::default().with("HEADWATER_KNOWLEDGE__INDEX", "pgvector");
    let product = Product::installed(database, options);
    let started = product
        .command()
        .args(["serve", "--listen", "127.0.0.1:0"])
        .output()
        .unwrap();
    assert!(!started.status.success());
    let told = String::from_utf8_lossy(&started.stderr).into_owned();
    assert!(told.contains("pgvector"), "{told}");
    let wanted = match database {
        Database::Sqlite => "store.url",
        Database::Postgres => "create extension vector",
    };
    assert!(told.contains(wanted), "{told}");
}
