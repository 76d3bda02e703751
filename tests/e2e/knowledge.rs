//! Knowledge bases: filled, searched, emptied.

use headwater_tests::{Client, Database, Product, stories};
use serde_json::{Value, json};

use crate::words::pdf;

stories!(
    every_format_becomes_searchable,
    a_broken_document_says_why_and_can_be_retried,
    a_deleted_document_is_gone_from_search,
    a_deleted_knowledge_base_takes_its_documents_along,
    the_original_comes_back_as_an_attachment,
    search_survives_a_restart,
    a_knowledge_base_says_how_it_is_searched,
    a_filter_decides_what_is_looked_at,
);

async fn search(client: &Client, kb: &str, query: &str) -> Vec<Value> {
    let path = format!("/knowledge-bases/{kb}/search");
    let found = client
        .post(&path, json!({ "query": query, "limit": 5 }))
        .await
        .expect(200);
    found["items"].as_array().unwrap().clone()
}

async fn every_format_becomes_searchable(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let kb = owner.notes().await;
    owner
        .add(
            &kb,
            "birds.md",
            "# Birds\n\n## Kingfisher\n\nThe kingfisher dives for minnows.\n",
        )
        .await;
    owner
        .add(&kb, "trees.txt", "The hornbeam has very hard wood.\n")
        .await;
    owner.add(&kb,
        "stones.html",
        "<html><head><title>Stones</title></head><body><article><h1>Stones</h1>\
         <p>Obsidian is volcanic glass, and it breaks with very sharp edges.</p></article></body></html>",
    )
    .await;
    owner
        .add(
            &kb,
            "rivers.pdf",
            pdf("The Danube passes through ten countries."),
        )
        .await;
    for (query, name) in [
        ("kingfisher", "birds.md"),
        ("hornbeam", "trees.txt"),
        ("obsidian", "stones.html"),
        ("Danube countries", "rivers.pdf"),
    ] {
        let found = search(&owner, &kb, query).await;
        assert_eq!(found[0]["document_name"], name, "{query}: {found:?}");
        assert!(
            !found[0]["highlights"].as_array().unwrap().is_empty(),
            "{found:?}"
        );
    }
    assert_eq!(search(&owner, "notes", "Danube").await[0]["page"], 1);
    assert!(search(&owner, &kb, "zeppelin").await.is_empty());
    let kb = owner
        .get(&format!("/knowledge-bases/{kb}"))
        .await
        .expect(200);
    assert_eq!(kb["documents"], 4);
}

async fn a_broken_document_says_why_and_can_be_retried(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let kb = owner.notes().await;
    let document = owner
        .upload(&kb, "broken.pdf", b"%PDF-1.7\nthis is no PDF".to_vec())
        .await;
    let id = document["id"].as_str().unwrap();
    let failed = owner.processed(id).await;
    assert_eq!(failed["status"], "failed", "{failed}");
    assert!(
        failed["error"]["message"].as_str().unwrap().len() > 10,
        "{failed}"
    );
    let again = owner
        .post(&format!("/documents/{id}/retry"), json!({}))
        .await;
    assert!(again.status.is_success(), "{}", again.text);
    assert_eq!(owner.processed(id).await["status"], "failed");
}

async fn a_deleted_document_is_gone_from_search(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let kb = owner.notes().await;
    let id = owner
        .add(&kb, "birds.md", "The kingfisher dives for minnows.")
        .await;
    owner
        .add(&kb, "other.md", "The heron waits for minnows.")
        .await;
    assert_eq!(search(&owner, &kb, "kingfisher").await.len(), 1);
    owner.delete(&format!("/documents/{id}")).await.expect(204);
    assert!(search(&owner, &kb, "kingfisher").await.is_empty());
    assert_eq!(search(&owner, &kb, "minnows").await.len(), 1);
    assert_eq!(
        owner.get(&format!("/documents/{id}")).await.problem(404),
        "not_found"
    );
}

async fn a_deleted_knowledge_base_takes_its_documents_along(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let kb = owner.notes().await;
    let id = owner
        .add(&kb, "birds.md", "The kingfisher dives for minnows.")
        .await;
    owner
        .delete(&format!("/knowledge-bases/{kb}"))
        .await
        .expect(204);
    for path in [format!("/documents/{id}"), format!("/knowledge-bases/{kb}")] {
        assert_eq!(owner.get(&path).await.problem(404), "not_found", "{path}");
    }
    let again = owner.notes().await;
    assert!(search(&owner, &again, "kingfisher").await.is_empty());
}

async fn the_original_comes_back_as_an_attachment(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let kb = owner.notes().await;
    let page =
        "<html><body><p>Hello <script>alert(1)</script> wide world of notes.</p></body></html>";
    let id = owner.add(&kb, "page.html", page).await;
    let content = owner.get(&format!("/documents/{id}/content")).await;
    content.expect(200);
    assert_eq!(content.text, page);
    let disposition = content.headers["content-disposition"].to_str().unwrap();
    assert!(disposition.starts_with("attachment"), "{disposition}");
    assert_eq!(content.headers["x-content-type-options"], "nosniff");
}

async fn search_survives_a_restart(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let kb = owner.notes().await;
    owner
        .add(&kb, "birds.md", "The kingfisher dives for minnows.")
        .await;
    product.stop().await;
    product.restart().await;
    let owner = owner.at(&product.url);
    assert_eq!(search(&owner, &kb, "kingfisher").await.len(), 1);
}

async fn a_knowledge_base_says_how_it_is_searched(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let kb = json!({ "name": "Notes", "retrieval": { "limit": 1, "language": "de" } });
    let kb = owner.post("/knowledge-bases", kb).await.expect(201);
    assert_eq!(kb["retrieval"]["limit"], 1);
    assert_eq!(kb["retrieval"]["fusion"], "weighted");
    assert_eq!(kb["embedding_model"], Value::Null);
    let path = format!("/knowledge-bases/{}", kb["id"].as_str().unwrap());
    owner.add("notes", "a.md", "Häuser am See").await;
    owner.add("notes", "b.md", "Ein Haus im Wald").await;
    let all = |owner: Client| async move {
        let found = owner
            .post("/knowledge-bases/notes/search", json!({ "query": "Haus" }))
            .await
            .expect(200);
        found["items"].as_array().unwrap().len()
    };
    assert_eq!(all(owner.clone()).await, 1);
    let retrieval = json!({ "limit": 5, "language": "de", "threshold": 0.001 });
    let changed = owner
        .patch(&path, json!({ "retrieval": retrieval }))
        .await
        .expect(200);
    assert_eq!(changed["retrieval"]["threshold"], 0.001);
    assert_eq!(all(owner.clone()).await, 2);
    for (wrong, field) in [
        (json!({ "retrieval": { "limit": 0 } }), "retrieval.limit"),
        (
            json!({ "retrieval": { "vector_weight": 2 } }),
            "retrieval.vector_weight",
        ),
        (
            json!({ "embedding_model": "nobody/knows" }),
            "embedding_model",
        ),
    ] {
        let answer = owner.patch(&path, wrong).await;
        assert_eq!(answer.problem(400), "invalid");
        assert!(answer.text.contains(field), "{}", answer.text);
    }
    product.stop().await;
    product.restart().await;
    let owner = owner.at(&product.url);
    let kb = owner.get(&path).await.expect(200);
    assert_eq!(kb["retrieval"]["limit"], 5);
}

async fn a_filter_decides_what_is_looked_at(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let kb = owner.notes().await;
    owner
        .add(&kb, "guide.md", "The kingfisher dives for minnows.")
        .await;
    owner.add(&kb, "draft.txt", "The kingfisher sleeps.").await;
    let path = format!("/knowledge-bases/{kb}/search");
    for (filter, names) in [
        (
            json!({ "contains": { "field": "document_name", "text": "DRAFT" } }),
            vec!["draft.txt"],
        ),
        (
            json!({ "not": { "equals": { "field": "media_type", "value": "text/plain" } } }),
            vec!["guide.md"],
        ),
        (
            json!({ "and": [
                { "range": { "field": "bytes", "from": 1, "to": 1000 } },
                { "exists": { "field": "page" } },
            ] }),
            vec![],
        ),
    ] {
        let body = json!({ "query": "kingfisher", "options": { "filter": filter } });
        let found = owner.post(&path, body).await.expect(200);
        let items = found["items"].as_array().unwrap();
        let found: Vec<&str> = items
            .iter()
            .map(|item| item["document_name"].as_str().unwrap())
            .collect();
        assert_eq!(found, names, "{filter}");
    }
    let body = json!({ "query": "kingfisher", "options": { "filter": { "and": [] } } });
    assert_eq!(owner.post(&path, body).await.problem(400), "invalid");
    let body = json!({ "query": "kingfisher", "options": { "mode": "vector" } });
    assert_eq!(owner.post(&path, body).await.problem(400), "invalid");
}
