//! Reranking, and searches that go on without a model that fails.

use std::net::TcpListener;

use headwater_tests::vendor::reranking::score;
use headwater_tests::{Client, Database, Options, Product, Vendor, stories};
use serde_json::{Value, json};

use crate::chunks::{acme, reach};
use crate::words::publish;

stories!(
    a_reranking_model_decides_the_order_and_passages_say_why,
    a_reranking_model_that_fails_changes_nothing_and_is_told,
    words_answer_when_the_embedding_model_is_down,
    models_that_say_nothing_are_given_up,
    what_a_search_consumed_is_the_runs,
    age_and_fields_count_as_settings_say,
    several_knowledge_bases_stand_side_by_side,
);

const LONG: &str = "Pumps, pumps and again pumps: whoever keeps pumps greases pumps, since pumps \
    without grease are pumps that squeal, and a pump that squeals is soon no pump.";
const SHORT: &str = "Grease pumps in May.";

async fn provider(client: &Client, kind: &str, name: &str, url: &str) {
    let body = json!({ "kind": kind, "name": name, "api_key": "k", "base_url": url });
    client.post("/providers", body).await.expect(201);
}

async fn base(client: &Client, settings: Value, documents: &[(&str, &str)]) -> String {
    let id = client.base(settings).await;
    for (name, text) in documents {
        client.add(&id, name, *text).await;
    }
    id
}

async fn search(client: &Client, kb: &str, options: Value) -> Value {
    let body = json!({ "query": "grease pumps", "options": options });
    let path = format!("/knowledge-bases/{kb}/search");
    client.post(&path, body).await.expect(200)
}

fn names(found: &Value) -> Vec<&str> {
    let items = found["items"].as_array().unwrap().iter();
    items
        .map(|item| item["document_name"].as_str().unwrap())
        .collect()
}

const DOCUMENTS: &[(&str, &str)] = &[
    ("long.txt", LONG),
    ("short.txt", SHORT),
    ("other.txt", "Filters are cleaned in spring."),
];

async fn a_reranking_model_decides_the_order_and_passages_say_why(database: Database) {
    let mut product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::start().await;
    provider(&owner, "cohere", "cohere", &vendor.base_url()).await;
    provider(&owner, "jina", "jina", &vendor.base_url()).await;
    provider(&owner, "tei", "tei", &vendor.tei_url("bge-reranker")).await;
    let models = owner.get("/models").await.expect(200);
    let mut items = models["items"].as_array().unwrap().iter();
    let judge = items.find(|item| item["id"] == "tei/bge-reranker").unwrap();
    assert_eq!(judge["kind"], "rerank");
    let settings = json!({ "name": "Notes", "retrieval": { "rerank_model": "cohere/judge" } });
    let kb = base(&owner, settings, DOCUMENTS).await;
    let plain = search(&owner, &kb, json!({ "rerank_model": "none" })).await;
    assert_eq!(names(&plain), ["long.txt", "short.txt"], "{plain}");
    assert_eq!(plain["items"][0]["ranking"]["words"]["rank"], 1);
    assert!(plain["items"][0]["ranking"].get("reranked").is_none());
    assert_eq!(plain["usage"]["input_tokens"], 0);
    product.stop().await;
    product.restart().await;
    let owner = owner.at(&product.url);
    for model in [Value::Null, json!("jina/judge"), json!("tei/bge-reranker")] {
        let found = search(&owner, &kb, json!({ "rerank_model": model })).await;
        assert_eq!(names(&found), ["short.txt", "long.txt"], "{model}: {found}");
        let best = &found["items"][0];
        assert_eq!(best["score"], score(SHORT));
        assert_eq!(best["ranking"]["words"]["rank"], 2);
        assert_eq!(
            best["ranking"]["reranked"],
            json!({ "rank": 1, "score": score(SHORT) })
        );
        assert_eq!(found["notes"], json!([]));
        assert!(found["usage"]["input_tokens"].as_u64() > Some(0), "{found}");
    }
    // Of so many candidates no other is looked at, but never fewer than are wanted.
    let body =
        json!({ "query": "grease pumps", "limit": 1, "options": { "rerank_candidates": 1 } });
    let path = format!("/knowledge-bases/{kb}/search");
    let one = owner.post(&path, body).await.expect(200);
    assert_eq!(names(&one), ["long.txt"], "{one}");
    for (wrong, field) in [
        (json!({ "rerank_model": "judge" }), "retrieval.rerank_model"),
        (
            json!({ "rerank_model": "nobody/judge" }),
            "retrieval.rerank_model",
        ),
        (
            json!({ "rerank_model": "local/judge" }),
            "retrieval.rerank_model",
        ),
        (
            json!({ "rerank_candidates": 0 }),
            "retrieval.rerank_candidates",
        ),
    ] {
        let body = json!({ "retrieval": wrong });
        let answer = owner.patch(&format!("/knowledge-bases/{kb}"), body).await;
        assert_eq!(answer.problem(400), "invalid");
        assert!(answer.text.contains(field), "{}", answer.text);
    }
    let body = json!({ "query": "x", "options": { "rerank_candidates": 201 } });
    assert_eq!(owner.post(&path, body).await.problem(400), "invalid");
}

async fn a_reranking_model_that_fails_changes_nothing_and_is_told(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::start().await;
    provider(&owner, "jina", "jina", &vendor.base_url()).await;
    let kb = base(&owner, json!({ "name": "Notes" }), DOCUMENTS).await;
    for (model, why) in [
        ("jina/rerank-broken", "has a problem of its own"),
        ("jina/rerank-short", "not part of an answer"),
        ("nobody/judge", "no provider “nobody”"),
    ] {
        let found = search(&owner, &kb, json!({ "rerank_model": model })).await;
        assert_eq!(names(&found), ["long.txt", "short.txt"], "{found}");
        assert_eq!(found["notes"][0]["about"], "rerank");
        let told = found["notes"][0]["message"].as_str().unwrap();
        assert!(told.contains(model) && told.contains(why), "{told}");
    }
    let printed = product
        .command()
        .args(["kb", "search", "notes", "grease pumps"])
        .output()
        .unwrap();
    assert!(printed.status.success(), "{printed:?}");
    let settings = json!({ "retrieval": { "rerank_model": "jina/rerank-unknown" } });
    let path = format!("/knowledge-bases/{kb}");
    owner.patch(&path, settings).await.expect(200);
    let printed = product
        .command()
        .args(["kb", "search", "notes", "grease pumps"])
        .output()
        .unwrap();
    let told = String::from_utf8(printed.stderr).unwrap();
    assert!(told.contains("rerank-unknown failed"), "{told}");
    // A run goes on as well, and its record says what was tried.
    let flow = publish(
        &owner,
        searching(json!({ "rerank_model": "jina/rerank-broken" })),
    )
    .await;
    let run = owner
        .post(&format!("/flows/{flow}/invoke"), json!({ "input": {} }))
        .await
        .expect(200);
    assert_eq!(run["status"], "succeeded", "{run}");
    let step = step(&owner, &run, "find").await;
    assert_eq!(step["outputs"]["notes"][0]["about"], "rerank", "{step}");
    let call = &step["calls"][0];
    assert_eq!(
        (&call["kind"], &call["asked"]),
        (&json!("rerank"), &json!("jina/rerank-broken"))
    );
    assert_eq!(call["error"]["code"], "upstream", "{call}");
}

/// A flow that searches for “grease pumps” in the notes.
fn searching(options: Value) -> Value {
    let mut settings = json!({ "knowledge_bases": ["notes"], "query": "grease pumps" });
    let all = settings.as_object_mut().unwrap();
    all.extend(options.as_object().unwrap().clone());
    json!({
        "headwater": 1, "name": "Searching", "kind": "task",
        "nodes": [
            { "id": "find", "kind": "retrieve", "settings": settings },
            { "id": "out", "kind": "output", "settings": { "values": { "found": "{{ find.context }}" } } },
        ],
        "edges": [{ "from": "start", "to": "find" }, { "from": "find", "to": "out" }],
    })
}

async fn step(client: &Client, run: &Value, node: &str) -> Value {
    let id = run["id"].as_str().unwrap();
    let steps = client.get(&format!("/runs/{id}/steps")).await.expect(200);
    let mut items = steps["items"].as_array().unwrap().iter();
    items.find(|step| step["node"] == node).unwrap().clone()
}

async fn words_answer_when_the_embedding_model_is_down(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::start().await;
    provider(&owner, "openai", "acme", &vendor.base_url()).await;
    let settings = json!({ "name": "Notes", "embedding_model": "acme/embed",
        "retrieval": { "rerank_model": "acme/judge" } });
    let kb = base(&owner, settings, DOCUMENTS).await;
    let both = search(&owner, &kb, json!({})).await;
    assert_eq!(both["notes"], json!([]), "{both}");
    assert!(both["items"][0]["ranking"]["vectors"].is_object(), "{both}");
    assert!(both["items"][0]["ranking"]["fused"].is_object(), "{both}");
    drop(vendor);
    let body = json!({ "query": "greasing pumps" });
    let path = format!("/knowledge-bases/{kb}/search");
    let found = owner.post(&path, body.clone()).await.expect(200);
    assert_eq!(names(&found), ["long.txt", "short.txt"], "{found}");
    // On the scale of a hybrid search, so that a threshold means what it meant.
    assert_eq!(found["items"][0]["score"], 1.0, "{found}");
    let about: Vec<&Value> = found["notes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|note| &note["about"])
        .collect();
    assert_eq!(about, ["embedding", "rerank"], "{found}");
    let told = found["notes"][0]["message"].as_str().unwrap();
    assert!(told.starts_with("Only words were searched"), "{told}");
    // What can only be found by vectors cannot be found.
    let body = json!({ "query": "greasing pumps", "options": { "mode": "vector" } });
    assert_eq!(owner.post(&path, body).await.problem(502), "upstream");
}

async fn models_that_say_nothing_are_given_up(database: Database) {
    let options = Options::default().with("HEADWATER_PROVIDERS__FIRST_BYTE_SECONDS", 1);
    let product = Product::with(database, options).await;
    let owner = product.set_up().await;
    let vendor = Vendor::start().await;
    let acme = acme(&owner, &vendor).await;
    let settings = json!({ "name": "Notes", "embedding_model": "acme/embed" });
    base(&owner, settings, DOCUMENTS).await;
    let default = json!({ "model": "acme/echo" });
    owner.put("/models/default", default).await.expect(200);
    // It takes connections and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", silent.local_addr().unwrap());
    reach(&owner, &acme, &url).await;
    let options = json!({ "rerank_model": "acme/judge", "queries": 2 });
    let flow = publish(&owner, searching(options)).await;
    let path = format!("/flows/{flow}/invoke");
    let run = owner.post(&path, json!({ "input": {} })).await.expect(200);
    let found = step(&owner, &run, "find").await["outputs"].clone();
    let passages = json!({ "items": found["passages"] });
    assert_eq!(names(&passages), ["long.txt", "short.txt"], "{found}");
    let notes = found["notes"].as_array().unwrap();
    let mut about: Vec<&str> = notes
        .iter()
        .map(|note| note["about"].as_str().unwrap())
        .collect();
    about.sort_unstable();
    assert_eq!(about, ["embedding", "queries", "rerank"], "{found}");
    for note in notes {
        let told = note["message"].as_str().unwrap();
        assert!(told.contains("within 1 s"), "{told}");
    }
}

async fn what_a_search_consumed_is_the_runs(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::start().await;
    provider(&owner, "openai", "acme", &vendor.base_url()).await;
    for (model, price) in [("acme/embed", "2"), ("acme/judge", "3")] {
        let body = json!({ "model": model, "price": { "input": price, "output": "0" } });
        owner.put("/models/prices", body).await.expect(200);
    }
    let settings = json!({ "name": "Notes", "embedding_model": "acme/embed" });
    base(&owner, settings, DOCUMENTS).await;
    let flow = publish(&owner, searching(json!({ "rerank_model": "acme/judge" }))).await;
    let path = format!("/flows/{flow}/invoke");
    let run = owner.post(&path, json!({ "input": {} })).await.expect(200);
    let step = step(&owner, &run, "find").await;
    let calls = step["calls"].as_array().unwrap();
    let kinds: Vec<&Value> = calls.iter().map(|call| &call["kind"]).collect();
    assert_eq!(kinds, ["embedding", "rerank"], "{step}");
    assert_eq!(calls[0]["usage"]["input_tokens"], 2);
    assert_eq!(calls[0]["usage"]["cost"], "0.000004");
    let judged = calls[1]["usage"]["input_tokens"].as_u64().unwrap();
    assert_eq!(
        run["usage"]["input_tokens"].as_u64(),
        Some(2 + judged),
        "{run}"
    );
    let cost: f64 = run["usage"]["cost"].as_str().unwrap().parse().unwrap();
    let expected = (2.0 * 2.0 + 3.0 * judged as f64) / 1e6;
    assert!((cost - expected).abs() < 1e-9, "{run}");
    assert_eq!(step["usage"], run["usage"]);
    // A question that is known costs nothing, and no call is told that was not made.
    let again = owner.post(&path, json!({ "input": {} })).await.expect(200);
    assert_eq!(
        again["usage"]["input_tokens"].as_u64(),
        Some(judged),
        "{again}"
    );
    // An agent's search is the agent's.
    let tool = json!({ "name": "notes", "kind": "knowledge",
        "settings": { "knowledge_bases": ["notes"] } });
    owner.post("/tools", tool).await.expect(201);
    let asking = json!({
        "headwater": 1, "name": "Asking", "kind": "task",
        "nodes": [
            { "id": "call", "kind": "tool", "settings": { "tool": "notes",
                "arguments": { "query": "filters in spring" } } },
            { "id": "out", "kind": "output", "settings": { "values": { "found": "{{ call.text }}" } } },
        ],
        "edges": [{ "from": "start", "to": "call" }, { "from": "call", "to": "out" }],
    });
    let flow = publish(&owner, asking).await;
    let path = format!("/flows/{flow}/invoke");
    let run = owner.post(&path, json!({ "input": {} })).await.expect(200);
    assert_eq!(run["usage"]["input_tokens"], 3, "{run}");
}

async fn several_knowledge_bases_stand_side_by_side(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::start().await;
    provider(&owner, "openai", "acme", &vendor.base_url()).await;
    let settings = json!({ "name": "Notes", "embedding_model": "acme/embed" });
    base(
        &owner,
        settings,
        &[("b.txt", "Grease pumps sometimes, or else."), DOCUMENTS[2]],
    )
    .await;
    // Its only document has all words and nothing else, but no vector.
    base(
        &owner,
        json!({ "name": "Plain" }),
        &[("a.txt", "Grease pumps.")],
    )
    .await;
    let options = json!({ "knowledge_bases": ["notes", "plain"] });
    let flow = publish(&owner, searching(options)).await;
    let path = format!("/flows/{flow}/invoke");
    let run = owner.post(&path, json!({ "input": {} })).await.expect(200);
    let step = step(&owner, &run, "find").await;
    let found = json!({ "items": step["outputs"]["passages"] });
    assert_eq!(names(&found)[..2], ["a.txt", "b.txt"], "{found}");
    assert_eq!(found["items"][0]["score"], 1.0, "{found}");
}

async fn age_and_fields_count_as_settings_say(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::start().await;
    provider(&owner, "jina", "jina", &vendor.base_url()).await;
    let documents = [("long.txt", LONG), ("short.md", SHORT)];
    let kb = base(&owner, json!({ "name": "Notes" }), &documents).await;
    let plain = search(&owner, &kb, json!({})).await;
    assert_eq!(names(&plain), ["long.txt", "short.md"], "{plain}");
    assert!(plain["items"][0]["ranking"].get("boost").is_none());
    let markdown = json!([{ "field": "media_type", "equals": "text/markdown", "factor": 50 }]);
    let boosted = search(&owner, &kb, json!({ "boosts": markdown })).await;
    assert_eq!(names(&boosted), ["short.md", "long.txt"], "{boosted}");
    assert_eq!(boosted["items"][0]["ranking"]["boost"], 50.0);
    assert_eq!(boosted["items"][1]["ranking"]["boost"], 1.0);
    assert_eq!(boosted["items"][1]["score"], plain["items"][0]["score"]);
    // A number of the document's is a factor by itself; a filter beside it still holds.
    let bytes = json!({ "boosts": [{ "field": "bytes", "factor": 0.01 }],
        "filter": { "equals": { "field": "document_name", "value": "long.txt" } } });
    let found = search(&owner, &kb, bytes).await;
    let factor = found["items"][0]["ranking"]["boost"].as_f64().unwrap();
    assert!((factor - LONG.len() as f64 / 100.0).abs() < 1e-9, "{found}");
    // As a setting, and for what a model judges as well.
    let settings = json!({ "retrieval": { "boosts": [
        { "field": "document_name", "equals": "long.txt", "factor": 20 }],
        "recency": { "half_life_days": 30 }, "rerank_model": "jina/judge" } });
    let path = format!("/knowledge-bases/{kb}");
    let kept = owner.patch(&path, settings).await.expect(200);
    assert_eq!(kept["retrieval"]["recency"]["weight"], 0.5, "{kept}");
    let found = search(&owner, &kb, json!({})).await;
    assert_eq!(names(&found), ["long.txt", "short.md"], "{found}");
    let first = &found["items"][0]["ranking"];
    assert_eq!(first["reranked"]["rank"], 2, "{found}");
    let fresh = first["boost"].as_f64().unwrap() / 20.0;
    assert!(fresh <= 1.0 && fresh > 0.999, "{found}");
    let none = search(
        &owner,
        &kb,
        json!({ "boosts": [], "recency": { "half_life_days": 1, "weight": 0 } }),
    );
    assert_eq!(names(&none.await), ["short.md", "long.txt"]);
    for (wrong, field) in [
        (
            json!({ "boosts": [{ "field": "x", "factor": 0 }] }),
            "boosts",
        ),
        (json!({ "boosts": [{ "field": "" }] }), "boosts"),
        (json!({ "recency": { "half_life_days": 0 } }), "recency"),
        (
            json!({ "recency": { "half_life_days": 1, "weight": 2 } }),
            "recency",
        ),
    ] {
        let body = json!({ "query": "x", "options": wrong });
        let answer = owner.post(&format!("{path}/search"), body).await;
        assert_eq!(answer.problem(400), "invalid");
        assert!(answer.text.contains(field), "{}", answer.text);
    }
    // A flow that cannot run says so before it does.
    let wrong = searching(json!({ "boosts": [{ "field": "x", "factor": 1000 }] }));
    let body = json!({ "document": wrong, "publish": true });
    let refused = owner.post("/flows", body).await;
    assert!(refused.text.contains("0.01 to 100"), "{}", refused.text);
}
