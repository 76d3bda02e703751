//! Death in the middle of work: nothing acknowledged is lost, nothing is half visible.

use headwater_tests::client::reply_of;
use headwater_tests::vendor::counted;
use headwater_tests::{Database, Product, Vendor, stories, until};
use serde_json::json;

use crate::words::{greeting, publish, speaking};

stories!(
    a_run_killed_in_its_model_call_ends_after_the_restart,
    a_run_that_keeps_no_steps_has_failed_after_a_kill,
    acknowledged_runs_survive_a_kill,
    uploads_survive_a_kill_in_ingestion,
    a_second_server_on_the_same_data_is_refused,
);

async fn a_run_killed_in_its_model_call_ends_after_the_restart(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::as_default(&owner, "words-60-20").await;
    let id = publish(&owner, speaking()).await;
    let body = json!({ "input": { "question": "Say something." } });
    let mut events = owner.stream(&format!("/flows/{id}/stream"), body).await;
    let mut seen = Vec::new();
    while reply_of(&seen).len() < 30 {
        seen.push(events.next().await.unwrap());
    }
    let run = seen[0].1["run_id"].as_str().unwrap().to_owned();
    product.kill9();
    product.restart().await;
    let owner = owner.at(&product.url);
    // The reader takes up the stream where the connection broke.
    // Until the dead server's claim on the run has lapsed, it is told to come back later.
    let last = seen.last().unwrap().0.id.clone();
    let path = format!("/runs/{run}/events");
    until("the run to be taken up again", 60, async || {
        let ask = owner.request(reqwest::Method::GET, &path);
        let answer = ask.header("Last-Event-ID", &last).send().await.unwrap();
        (answer.status() != 503).then_some(())
    })
    .await;
    seen.extend(owner.rejoin(&run, Some(&last)).await.all().await);
    assert_eq!(seen.last().unwrap().0.event, "run.finished");
    let ended = owner.ended(&run).await;
    assert_eq!(ended["status"], "succeeded", "{ended}");
    assert_eq!(ended["reply"], counted(60));
    assert_eq!(reply_of(&seen), counted(60));
    let steps = owner.get(&format!("/runs/{run}/steps")).await.expect(200);
    let finished = |node: &str| {
        let steps = steps["items"].as_array().unwrap().iter();
        steps
            .filter(|s| s["node"] == node && s["status"] == "done")
            .count()
    };
    assert_eq!((finished("before"), finished("write")), (1, 1), "{steps}");
    assert_eq!(vendor.calls(), 2, "the interrupted step ran again, once");
}

async fn a_run_that_keeps_no_steps_has_failed_after_a_kill(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::as_default(&owner, "words-60-20").await;
    let mut flow = speaking();
    flow["durability"] = json!("none");
    let id = publish(&owner, flow).await;
    let body = json!({ "input": { "question": "Say something." } });
    // Whole, it leaves its end and no steps.
    let whole = owner
        .post(&format!("/flows/{id}/invoke"), body.clone())
        .await;
    let whole = whole.expect(200);
    assert_eq!(whole["reply"], counted(60));
    let whole = whole["id"].as_str().unwrap();
    let kept = owner.get(&format!("/runs/{whole}")).await.expect(200);
    assert_eq!(kept["status"], "succeeded", "{kept}");
    assert_ne!(kept["usage"]["output_tokens"], 0, "{kept}");
    let steps = owner.get(&format!("/runs/{whole}/steps")).await.expect(200);
    assert_eq!(steps["items"], json!([]));

    let mut events = owner.stream(&format!("/flows/{id}/stream"), body).await;
    let mut seen = Vec::new();
    while reply_of(&seen).len() < 30 {
        seen.push(events.next().await.unwrap());
    }
    let run = seen[0].1["run_id"].as_str().unwrap().to_owned();
    let refused = owner.post(&format!("/runs/{run}/pause"), json!({})).await;
    assert_eq!(refused.problem(409), "conflict");
    product.kill9();
    product.restart().await;
    let owner = owner.at(&product.url);
    let ended = owner.ended(&run).await;
    assert_eq!(ended["status"], "failed", "{ended}");
    assert_eq!(ended["error"]["code"], "unavailable", "{ended}");
    assert_eq!(vendor.calls(), 2, "the lost run was not run again");
    let retry = owner.post(&format!("/runs/{run}/retry"), json!({})).await;
    assert!(retry.text.contains("Replay the run"), "{}", retry.text);
    let replay = owner.post(&format!("/runs/{run}/replay"), json!({})).await;
    assert!(replay.status.is_success(), "{}", replay.text);
}

async fn acknowledged_runs_survive_a_kill(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let id = publish(&owner, greeting()).await;
    let path = format!("/flows/{id}/runs");
    let mut ledger = Vec::new();
    for round in 0..3 {
        let starts = (0..16).map(|n| {
            owner.post(
                &path,
                json!({ "input": { "name": format!("r{round}n{n}") } }),
            )
        });
        for answer in futures::future::join_all(starts).await {
            ledger.push(answer.expect(202)["id"].as_str().unwrap().to_owned());
        }
    }
    product.kill9();
    product.restart().await;
    let owner = owner.at(&product.url);
    for run in &ledger {
        let run = owner.ended(run).await;
        assert_eq!(run["status"], "succeeded", "{run}");
        let name = run["input"]["name"].as_str().unwrap();
        assert_eq!(run["reply"], format!("Hello {name}!"));
    }
}

async fn uploads_survive_a_kill_in_ingestion(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let kb = owner
        .post("/knowledge-bases", json!({ "name": "Notes" }))
        .await
        .expect(201);
    let kb = kb["id"].as_str().unwrap();
    let mut ids = Vec::new();
    for n in 0..6 {
        // Every sentence is another, or the search would rightly show only one of them.
        let body: String = (0..4000)
            .map(|i| format!("Sentence {i} is about topic{n}. "))
            .collect();
        let text = format!("# Chapter {n}\n\n{body}");
        let document = owner.upload(kb, &format!("book{n}.md"), text).await;
        ids.push(document["id"].as_str().unwrap().to_owned());
    }
    product.kill9();
    product.restart().await;
    let owner = owner.at(&product.url);
    for (n, id) in ids.iter().enumerate() {
        let document = owner.processed(id).await;
        assert_eq!(document["status"], "ready", "{document}");
        let body = json!({ "query": format!("topic{n}"), "limit": 50 });
        let found = owner
            .post(&format!("/knowledge-bases/{kb}/search"), body)
            .await
            .expect(200);
        let found = found["items"].as_array().unwrap().clone();
        assert!(found.iter().all(|p| p["document_id"] == id.as_str()));
        let mut chunks: Vec<_> = found.iter().map(|p| p["chunk_id"].to_string()).collect();
        let all = chunks.len();
        chunks.sort();
        chunks.dedup();
        assert!(
            all > 0 && chunks.len() == all,
            "a chunk is missing or twice"
        );
        let expected = document["chunks"].as_u64().unwrap().min(50);
        assert_eq!(all as u64, expected, "{document}");
    }
}

async fn a_second_server_on_the_same_data_is_refused(database: Database) {
    let product = Product::start(database).await;
    let second = product
        .command()
        .args(["serve", "--listen", "127.0.0.1:0"])
        .output()
        .unwrap();
    assert!(!second.status.success());
    let said = String::from_utf8_lossy(&second.stderr);
    assert!(
        said.contains("Another Headwater is using the data directory"),
        "{said}"
    );
    product.anonymous().get("/setup").await.expect(200);
    until("the first to stay ready", 5, async || {
        (product.anonymous().get("//readyz").await.status == 200).then_some(())
    })
    .await;
}
