//! Over the limit: refused early, with the limit's name.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use headwater_tests::{Client, Database, Options, Product, stories};
use serde_json::{Value, json};

use crate::words::{greeting, publish};

stories!(
    a_body_that_is_too_large_is_refused_by_name,
    an_upload_that_is_too_large_is_refused_by_name,
    who_reads_only_after_sending_still_sees_the_refusal,
    ten_gigabytes_are_refused_before_they_are_sent,
    an_endless_body_ends_and_takes_no_memory,
    an_upload_with_a_strange_field_is_refused_by_name,
    a_key_that_asks_too_often_is_told_when_to_return,
    deep_json_is_refused_and_does_no_harm,
    everybody_sees_which_limits_hold_and_what_is_used,
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

/// A request written by hand: its head, with the caller's key.
fn raw(product: &Product, key: &Client, path: &str, headers: &str) -> TcpStream {
    let address = product.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let head = format!(
        "POST /api/v1{path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\n{headers}\r\n\r\n",
        key.bearer().unwrap(),
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

fn assert_too_large(stream: &mut TcpStream) {
    let mut answer = [0; 4096];
    let length = stream.read(&mut answer).unwrap();
    let text = String::from_utf8_lossy(&answer[..length]);
    assert!(text.starts_with("HTTP/1.1 413 "), "{text}");
    assert!(text.contains("too_large"), "{text}");
}

async fn who_reads_only_after_sending_still_sees_the_refusal(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let key = product.key(&owner, &["run", "edit"]).await;
    let json = "Content-Type: application/json";
    let form = "Content-Type: multipart/form-data; boundary=cut";
    let file = "--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\n";
    for (path, kind, begin, mebibytes) in [
        ("/flows/ask-the-handbook/invoke", json, "{\"input\":\"", 40),
        ("/knowledge-bases/handbook/documents", form, file, 90),
    ] {
        let length = begin.len() + (mebibytes << 20);
        let headers = format!("{kind}\r\nContent-Length: {length}");
        let mut stream = raw(&product, &key, path, &headers);
        stream.write_all(begin.as_bytes()).unwrap();
        let piece = vec![b'a'; 1 << 20];
        for _ in 0..mebibytes {
            stream.write_all(&piece).unwrap();
        }
        assert_too_large(&mut stream);
    }
}

async fn ten_gigabytes_are_refused_before_they_are_sent(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let key = product.key(&owner, &["run", "edit"]).await;
    for (path, kind) in [
        ("/flows/ask-the-handbook/invoke", "application/json"),
        (
            "/knowledge-bases/handbook/documents",
            "multipart/form-data; boundary=cut",
        ),
    ] {
        let headers = format!("Content-Type: {kind}\r\nContent-Length: 10000000000");
        assert_too_large(&mut raw(&product, &key, path, &headers));
    }
}

async fn an_endless_body_ends_and_takes_no_memory(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let key = product.key(&owner, &["run"]).await;
    let headers = "Content-Type: application/json\r\nTransfer-Encoding: chunked";
    let mut stream = raw(&product, &key, "/flows/ask-the-handbook/invoke", headers);
    let before = product.peak_memory();
    let mut chunk = b"100000\r\n".to_vec();
    chunk.resize(chunk.len() + (1 << 20), b'1');
    chunk.extend(b"\r\n");
    let sent = (0..1000).take_while(|_| stream.write_all(&chunk).is_ok());
    let sent = sent.count();
    assert!(sent < 1000, "a gibibyte was taken in");
    let grown = product.peak_memory() - before;
    assert!(grown < 32 << 20, "it took {grown} bytes of memory");
    owner.get("/me").await.expect(200);
}

async fn an_upload_with_a_strange_field_is_refused_by_name(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let form = reqwest::multipart::Form::new().text("files", "x");
    let request = owner.request(reqwest::Method::POST, "/knowledge-bases/handbook/documents");
    let answer = owner.send(request.multipart(form)).await;
    assert_eq!(answer.problem(400), "invalid");
    assert!(answer.text.contains("“files”"), "{}", answer.text);
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

async fn everybody_sees_which_limits_hold_and_what_is_used(database: Database) {
    let options = Options::default().with("HEADWATER_LIMITS__DOCUMENT_MB", 7);
    let product = Product::with(database, options).await;
    let owner = product.set_up().await;
    let before = limit(&owner, "documents").await;
    assert_eq!(
        (&before["unit"], &before["most"]),
        (&json!("count"), &json!(null))
    );
    owner
        .post("/knowledge-bases", json!({ "name": "Notes" }))
        .await
        .expect(201);
    owner.upload("notes", "one.md", "A heron waits.").await;
    let used = |limit: &Value| limit["used"].as_u64().unwrap();
    let after = limit(&owner, "documents").await;
    assert_eq!(used(&after), used(&before) + 1);
    let size = limit(&owner, "document_mb").await;
    assert_eq!(
        (&size["unit"], &size["most"]),
        (&json!("bytes"), &json!(7 << 20))
    );
    assert!(used(&size) > 14, "{size}");
    let each = limit(&owner, "requests_per_minute").await;
    assert_eq!(
        (&each["used"], &each["unit"]),
        (&json!(null), &json!("per_minute"))
    );
    // What another workspace has does not count here.
    owner
        .post("/workspaces", json!({ "name": "Press house" }))
        .await
        .expect(201);
    assert_eq!(used(&limit(&owner, "documents").await), used(&after));
}

async fn limit(client: &Client, name: &str) -> Value {
    let limits = client.get("/limits").await.expect(200);
    let mut all = limits["items"].as_array().unwrap().iter();
    all.find(|limit| limit["name"] == name).cloned().unwrap()
}
