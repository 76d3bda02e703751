//! Servers that die while they ingest: what was acknowledged becomes searchable, whole and once.

use std::time::Duration;

use headwater_tests::{Client, Database, Product, stories};
use serde_json::{Value, json};

stories!(documents_survive_a_server_that_dies_while_it_reads_them);

/// How often the server dies; HEADWATER_KILLS asks for more.
fn deaths() -> u64 {
    let asked = std::env::var("HEADWATER_KILLS").ok();
    asked.and_then(|n| n.parse().ok()).unwrap_or(6)
}

const SECTIONS: usize = 12;
const AT_ONCE: u64 = 4;

/// A document that nothing else is like: `word` is in each of its sections, and nowhere else.
fn text(word: &str) -> String {
    let sections = (0..SECTIONS).map(|n| {
        let filling = format!("Part {n} of {word} is about something else. ").repeat(40);
        format!("## Section {n} of {word}\n\n{filling}\n\n")
    });
    format!("# About {word}\n\n{}", sections.collect::<String>())
}

/// A word of the document: letters only, so that it stays one word.
fn word(n: u64) -> String {
    let letter = |digit: u64| char::from(b'a' + u8::try_from(digit % 20).unwrap());
    format!("qu{}{}{}xo", letter(n), letter(n / 20), letter(n / 400))
}

async fn documents_survive_a_server_that_dies_while_it_reads_them(database: Database) {
    let mut product = Product::start(database).await;
    let mut owner = product.set_up().await;
    let kb = json!({ "name": "Notes" });
    let kb = owner.post("/knowledge-bases", kb).await.expect(201);
    let kb = kb["id"].as_str().unwrap().to_owned();
    let mut acknowledged = Vec::new();
    for death in 0..deaths() {
        for n in 0..AT_ONCE {
            let word = word(death * AT_ONCE + n);
            let document = owner.upload(&kb, &format!("{word}.md"), text(&word)).await;
            acknowledged.push((document["id"].as_str().unwrap().to_owned(), word));
        }
        // Each time a little later, so that every stage is met: reading, cutting, storing, indexing.
        tokio::time::sleep(Duration::from_millis(death * 37 % 300)).await;
        product.kill9();
        product.restart().await;
        owner = owner.at(&product.url);
    }
    for (id, word) in &acknowledged {
        let document = owner.processed(id).await;
        assert_eq!(document["status"], "ready", "{document}");
        whole(&owner, id, word).await;
        let found = search(&owner, &kb, word).await;
        assert!(!found.is_empty() && found.iter().all(|item| item["document_id"] == **id));
    }
    let listed = owner
        .get(&format!("/knowledge-bases/{kb}"))
        .await
        .expect(200);
    assert_eq!(listed["documents"], acknowledged.len());
}

/// All sections are in its chunks, each once and in order.
async fn whole(client: &Client, id: &str, word: &str) {
    let path = format!("/documents/{id}/chunks?limit=200");
    let chunks = client.get(&path).await.expect(200);
    let chunks = chunks["items"].as_array().unwrap();
    let all: String = chunks
        .iter()
        .map(|chunk| chunk["text"].as_str().unwrap())
        .collect();
    let mut last = 0;
    for n in 0..SECTIONS {
        let part = format!("Part {n} of {word} is");
        let at = all.find(&part).unwrap_or_else(|| panic!("no {part}"));
        assert!(at >= last, "{part} is out of order");
        last = at;
        assert_eq!(all.matches(&part).count(), 40, "{part}");
    }
}

async fn search(client: &Client, kb: &str, query: &str) -> Vec<Value> {
    let path = format!("/knowledge-bases/{kb}/search");
    let found = client
        .post(&path, json!({ "query": query, "limit": 20 }))
        .await
        .expect(200);
    found["items"].as_array().unwrap().clone()
}
