//! Over the limit: refused early, with the limit's name.

use headwater_tests::{Database, Options, Product, stories};
use serde_json::json;

use crate::words::{greeting, publish};

stories!(
    a_body_that_is_too_large_is_refused_by_name,
    an_upload_that_is_too_large_is_refused_by_name,
    a_key_that_asks_too_often_is_told_when_to_return,
    deep_json_is_refused_and_does_no_harm,
);

async fn a_body_that_is_too_large_is_refused_by_name(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let id = publish(&owner, greeting()).await;
    let body = json!({ "input": { "name": "x".repeat(40 << 20) } });
    let answer = owner.post(&format!("/flows/{id}/invoke"), body).await;
    assert_eq!(answer.problem(413), "too_large");
    assert!(answer.json()["limit"].is_string(), "{}", answer.text);
}

async fn an_upload_that_is_too_large_is_refused_by_name(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    owner
        .post("/knowledge-bases", json!({ "name": "Notes" }))
        .await
        .expect(201);
    let answer = owner
        .try_upload("notes", "big.txt", vec![b'a'; (50 << 20) + 4096])
        .await;
    assert_eq!(answer.problem(413), "too_large");
    assert!(answer.json()["limit"].is_string(), "{}", answer.text);
    let documents = owner
        .get("/knowledge-bases/notes/documents")
        .await
        .expect(200);
    assert_eq!(documents["items"], json!([]), "nothing of it is left");
}

async fn a_key_that_asks_too_often_is_told_when_to_return(database: Database) {
    let options = Options::default().with("HEADWATER_LIMITS__REQUESTS_PER_MINUTE", 60);
    let mut product = Product::with(database, options).await;
    let owner = product.set_up().await;
    let reader = product.key(&owner, &["read"]).await;
    let refused = 'ask: {
        for _ in 0..300 {
            let answer = reader.get("/flows").await;
            if answer.status == 429 {
                break 'ask answer;
            }
            answer.expect(200);
        }
        panic!("300 requests at once and none was refused");
    };
    assert_eq!(refused.problem(429), "rate_limited");
    assert!(refused.json()["limit"].is_string(), "{}", refused.text);
    let wait: u64 = refused.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    product.anonymous().get("//livez").await.expect(200);
}

async fn deep_json_is_refused_and_does_no_harm(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let request = owner
        .request(reqwest::Method::POST, "/flows/validate")
        .header("Content-Type", "application/json")
        .body(format!("{{\"document\":{deep}}}"));
    assert_eq!(owner.send(request).await.problem(400), "invalid");
    owner.get("/me").await.expect(200);
}
