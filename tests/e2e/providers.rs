//! Providers and models: configured, tested, chosen, called; and what people read when a vendor fails.

use std::time::Duration;

use headwater_tests::vendor::{BAD_KEY, Vendor};
use headwater_tests::{Client, Database, Options, Product, stories, until};
use reqwest::Method;
use serde_json::{Value, json};

use crate::words::{publish, speaking};

stories!(
    a_provider_is_added_changed_and_deleted_and_its_key_never_comes_out,
    a_test_says_what_works_or_what_to_do,
    a_dead_vendor_does_not_hold_up_the_models_page,
    the_default_model_follows_its_provider,
    a_wrong_provider_is_refused_with_the_field_at_fault,
    keys_in_the_environment_become_providers,
    the_default_model_writes_the_answer_and_cites,
    a_vendors_failure_reaches_the_reader_as_a_sentence,
    retries_cannot_amplify,
    a_message_is_classified_and_read_into_fields,
    a_fallback_answers_for_a_vendor_that_is_down,
    the_time_limits_of_the_configuration_hold,
    a_stopped_answer_hangs_up_on_the_vendor,
    a_stopped_answer_is_booked_as_far_as_it_went,
);

const CANARY: &str = "sk-canary-vendor-77";

async fn add(owner: &Client, vendor: &Vendor, kind: &str, name: &str) -> Value {
    let body =
        json!({ "kind": kind, "name": name, "base_url": vendor.base_url(), "api_key": CANARY });
    owner.post("/providers", body).await.expect(201)
}

fn path(provider: &Value) -> String {
    format!("/providers/{}", provider["id"].as_str().unwrap())
}

async fn model_ids(owner: &Client) -> Vec<String> {
    let models = owner.get("/models").await.expect(200);
    let items = models["items"].as_array().unwrap().clone();
    let ids = items
        .iter()
        .map(|item| item["id"].as_str().unwrap().to_owned());
    ids.collect()
}

async fn a_provider_is_added_changed_and_deleted_and_its_key_never_comes_out(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::start().await;
    let made = add(&owner, &vendor, "openai", "acme").await;
    assert_eq!(made["has_key"], true);
    assert!(
        model_ids(&owner)
            .await
            .contains(&"acme/scripted-small".to_owned())
    );

    let changed = owner.patch(&path(&made), json!({ "name": "zenith" })).await;
    assert_eq!(changed.expect(200)["name"], "zenith");
    let elsewhere = json!({ "base_url": "http://127.0.0.1:9/v1" });
    let refused = owner.patch(&path(&made), elsewhere).await.expect(400);
    assert_eq!(
        refused["field"], "api_key",
        "a key does not follow to another server"
    );
    let without = owner.patch(&path(&made), json!({ "api_key": null })).await;
    assert_eq!(without.expect(200)["has_key"], false);

    let listed = owner.get("/providers").await;
    assert_eq!(listed.expect(200)["items"].as_array().unwrap().len(), 1);
    let audit = owner.get("/audit").await;
    for text in [&listed.text, &audit.text, &product.log()] {
        assert!(!text.contains(CANARY), "{text}");
    }
    assert!(audit.text.contains("provider.update"), "{}", audit.text);
    owner.delete(&path(&made)).await.expect(204);
    assert_eq!(
        owner.patch(&path(&made), json!({})).await.problem(404),
        "not_found"
    );
    assert_eq!(model_ids(&owner).await, ["builtin/extractive"]);
}

async fn a_test_says_what_works_or_what_to_do(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::start().await;
    for kind in ["openai", "anthropic"] {
        let attempt =
            |key: &str, url: String| json!({ "kind": kind, "base_url": url, "api_key": key });
        let good = owner
            .post("/providers/test", attempt("sk-good", vendor.base_url()))
            .await;
        let good = good.expect(200);
        assert_eq!(good["ok"], true, "{good}");
        assert_eq!(good["models"].as_array().unwrap().len(), 2);
        let bad = owner
            .post("/providers/test", attempt(BAD_KEY, vendor.base_url()))
            .await;
        let bad = bad.expect(200);
        assert_eq!(bad["ok"], false);
        assert!(
            bad["message"]
                .as_str()
                .unwrap()
                .contains("The API key was refused"),
            "{bad}"
        );
        let dead = owner
            .post(
                "/providers/test",
                attempt("k", "http://127.0.0.1:9/v1".into()),
            )
            .await
            .expect(200);
        assert!(
            dead["message"]
                .as_str()
                .unwrap()
                .contains("could not be reached"),
            "{dead}"
        );
    }
    let saved = add(&owner, &vendor, "openai", "acme").await;
    let tested = owner
        .post(&format!("{}/test", path(&saved)), json!({}))
        .await;
    assert_eq!(tested.expect(200)["ok"], true);
    assert_eq!(
        owner.get("/providers").await.expect(200)["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

async fn a_dead_vendor_does_not_hold_up_the_models_page(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    // Accepts connections and never answers.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", silent.local_addr().unwrap());
    let body = json!({ "kind": "openai", "name": "silent", "base_url": url });
    owner.post("/providers", body).await.expect(201);
    let page = tokio::time::timeout(Duration::from_secs(2), owner.get("/models")).await;
    assert_eq!(page.unwrap().expect(200)["default"], "builtin/extractive");
}

async fn the_default_model_follows_its_provider(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::start().await;
    let made = add(&owner, &vendor, "openai", "acme").await;
    let chosen = owner
        .put("/models/default", json!({ "model": "acme/not-listed" }))
        .await;
    let chosen = chosen.expect(200);
    assert_eq!(chosen["default"], "acme/not-listed");
    let items = chosen["items"].as_array().unwrap();
    let own = items
        .iter()
        .find(|item| item["id"] == "acme/not-listed")
        .unwrap();
    assert_eq!(own["available"], false);
    owner
        .patch(&path(&made), json!({ "name": "zenith" }))
        .await
        .expect(200);
    assert_eq!(
        owner.get("/models").await.expect(200)["default"],
        "zenith/not-listed"
    );
    owner.delete(&path(&made)).await.expect(204);
    assert_eq!(
        owner.get("/models").await.expect(200)["default"],
        "builtin/extractive"
    );
    let gone = owner
        .put("/models/default", json!({ "model": "zenith/x" }))
        .await
        .expect(400);
    assert!(
        gone["detail"]
            .as_str()
            .unwrap()
            .contains("no provider “zenith”"),
        "{gone}"
    );
}

async fn a_wrong_provider_is_refused_with_the_field_at_fault(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let cases = [
        (json!({ "kind": "openai", "name": "builtin" }), "name"),
        (json!({ "kind": "openai", "name": "a b" }), "name"),
        (
            json!({ "kind": "openai", "name": "a", "base_url": "localhost" }),
            "base_url",
        ),
        (
            json!({ "kind": "openai", "name": "a", "api_key": "two words" }),
            "api_key",
        ),
    ];
    for (body, field) in cases {
        let refused = owner.post("/providers", body).await.expect(400);
        assert_eq!(refused["field"], field, "{refused}");
    }
    let body = json!({ "kind": "openai", "name": "twin", "base_url": "http://127.0.0.1:9/v1" });
    owner.post("/providers", body.clone()).await.expect(201);
    assert_eq!(
        owner.post("/providers", body).await.problem(409),
        "conflict"
    );
}

async fn keys_in_the_environment_become_providers(database: Database) {
    let options = Options::default()
        .with("OPENAI_API_KEY", "sk-canary-env-1")
        .with("ANTHROPIC_API_KEY", "sk-canary-env-2");
    let product = Product::with(database, options).await;
    let owner = product.set_up().await;
    let listed = owner.get("/providers").await;
    let items = listed.expect(200)["items"].clone();
    let names: Vec<_> = items
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["name"].clone())
        .collect();
    assert_eq!(names, ["anthropic", "openai"]);
    assert!(!listed.text.contains("canary") && !product.log().contains("sk-canary-env"));
}

async fn ask(owner: &Client, question: &str) -> Value {
    let conversation = owner.post("/conversations", json!({})).await.expect(201);
    let path = format!("/conversations/{}", conversation["id"].as_str().unwrap());
    owner
        .post(&format!("{path}/messages"), json!({ "text": question }))
        .await
        .expect(202);
    until("the answer", 60, async || {
        let shown = owner.get(&path).await.expect(200);
        let last = shown["messages"].as_array().unwrap().last()?.clone();
        (last["role"] == "assistant" && last["status"] != "running").then_some(last)
    })
    .await
}

async fn the_default_model_writes_the_answer_and_cites(database: Database) {
    let product = Product::start(database).await;
    let owner = product.with_handbook().await;
    let vendor = Vendor::start().await;
    for kind in ["openai", "anthropic"] {
        add(&owner, &vendor, kind, kind).await;
        let model = format!("{kind}/scripted-small");
        owner
            .put("/models/default", json!({ "model": model }))
            .await
            .expect(200);
        let answer = ask(&owner, "How do I add a document?").await;
        assert_eq!(answer["status"], "done", "{answer}");
        assert_eq!(answer["model"], model.as_str());
        let text = answer["text"].as_str().unwrap();
        assert!(text.contains("scripted answer. See [1]."), "{text}");
        assert_eq!(answer["citations"].as_array().unwrap().len(), 1);
        assert!(
            answer["usage"]["output_tokens"].as_u64().unwrap() > 5,
            "{answer}"
        );
    }
    let keys: Vec<_> = vendor.requests_for("scripted-small");
    assert!(
        keys.iter()
            .all(|request| request.idempotency_key().is_some())
    );
}

async fn a_vendors_failure_reaches_the_reader_as_a_sentence(database: Database) {
    let product = Product::start(database).await;
    let owner = product.with_handbook().await;
    let vendor = Vendor::start().await;
    add(&owner, &vendor, "openai", "acme").await;
    let cases = [
        ("unknown", "The model is unknown", ""),
        ("refuses", "Too many words.", ""),
        ("cut", "broke off", "You asked "),
    ];
    for (model, words, kept) in cases {
        let model = format!("acme/{model}");
        owner
            .put("/models/default", json!({ "model": model }))
            .await
            .expect(200);
        let answer = ask(&owner, "How do I add a document?").await;
        assert_eq!(answer["status"], "failed", "{answer}");
        let said = answer["error"]["message"].as_str().unwrap();
        assert!(said.contains(words), "{model}: {said}");
        assert!(
            answer["text"].as_str().unwrap().starts_with(kept),
            "{answer}"
        );
    }
}

async fn a_message_is_classified_and_read_into_fields(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::start().await;
    for kind in ["openai", "anthropic"] {
        add(&owner, &vendor, kind, kind).await;
        let model = format!("{kind}/form");
        let document = json!({
            "headwater": 1, "name": kind, "kind": "task",
            "inputs": [{ "name": "message", "type": "string", "required": true }],
            "nodes": [
                { "id": "sort", "kind": "classify", "settings": {
                    "model": model, "text": "{{ start.message }}",
                    "labels": [{ "name": "invoice", "description": "Bills." }, { "name": "praise" }],
                } },
                { "id": "read", "kind": "extract", "settings": {
                    // The first answer misses the form and is repaired.
                    "model": format!("{kind}/form-late"), "text": "{{ start.message }}",
                    "fields": [{ "name": "year", "type": "integer", "required": true }],
                } },
                { "id": "found", "kind": "output", "settings": { "values": {
                    "label": "{{ sort.label }}", "year": "{{ read.value.year }}",
                } } },
                { "id": "none", "kind": "output", "settings": { "values": { "label": "{{ sort.label }}" } } },
            ],
            "edges": [
                { "from": "start", "to": "sort" },
                { "from": "sort", "handle": "invoice", "to": "read" },
                { "from": "read", "to": "found" },
                { "from": "sort", "handle": "other", "to": "none" },
                { "from": "sort", "handle": "praise", "to": "none" },
            ],
        });
        let body = json!({ "document": document, "input": { "message": "The invoice of 2024" }, "mode": "wait" });
        let run = owner.post("/runs", body).await.expect(200);
        assert_eq!(run["outputs"]["year"], 2024, "{run}");
        assert_eq!(run["outputs"]["label"], "invoice", "{run}");
        let name = if kind == "openai" {
            "/v1/chat/completions"
        } else {
            "/v1/messages"
        };
        let asked = vendor.requests_for("form-late");
        assert_eq!(asked.iter().filter(|asked| asked.path == name).count(), 2);
    }
}

async fn a_fallback_answers_for_a_vendor_that_is_down(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::start().await;
    add(&owner, &vendor, "openai", "acme").await;
    let mut document = speaking();
    let settings = &mut document["nodes"][1]["settings"];
    settings["model"] = json!("acme/unknown");
    settings["fallbacks"] = json!(["nobody/x", "acme/scripted-small"]);
    let body = json!({ "document": document, "input": { "question": "Who?" }, "mode": "wait" });
    let run = owner.post("/runs", body).await.expect(200);
    assert!(
        run["reply"]
            .as_str()
            .unwrap()
            .starts_with("You asked “Who?”"),
        "{run}"
    );
    assert_eq!(vendor.calls(), 2);
}

async fn retries_cannot_amplify(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::start().await;
    // Two providers, so that each way of trying again has a budget of its own.
    for (name, retry) in [("patient", Some(5)), ("plain", None)] {
        add(&owner, &vendor, "openai", name).await;
        let mut document = speaking();
        let write = &mut document["nodes"][1];
        write["settings"]["model"] = json!(format!("{name}/broken"));
        if let Some(attempts) = retry {
            let retry = json!({ "attempts": attempts, "backoff": "1ms" });
            write["on_error"] = json!({ "retry": retry, "then": "fail" });
        }
        document["name"] = json!(name);
        let flow = publish(&owner, document).await;
        let before = vendor.calls();
        let inputs = vec![json!({ "question": "Are you there?" }); 100];
        for _ in 0..2 {
            let body = json!({ "inputs": inputs });
            let path = format!("/flows/{flow}/batch");
            let done = owner.post(&path, body).await.expect(200);
            for run in done["items"].as_array().unwrap() {
                let said = run["error"]["message"].as_str().unwrap();
                assert!(said.contains("has a problem of its own (500)"), "{run}");
            }
        }
        let calls = vendor.calls() - before;
        assert!(
            (200..=240).contains(&calls),
            "{name}: {calls} calls for 200 runs"
        );
    }
}

async fn the_time_limits_of_the_configuration_hold(database: Database) {
    let options = Options::default()
        .with("HEADWATER_PROVIDERS__FIRST_BYTE_SECONDS", 1)
        .with("HEADWATER_PROVIDERS__IDLE_SECONDS", 2)
        .with("HEADWATER_PROVIDERS__TOTAL_SECONDS", 4);
    let product = Product::with(database, options).await;
    let owner = product.set_up().await;
    let vendor = Vendor::start().await;
    add(&owner, &vendor, "openai", "acme").await;
    let flow = publish(&owner, speaking()).await;
    let cases = [
        ("late", "no answer began within 1 s"),
        ("hang", "it stopped in the middle for 2 s"),
        ("words-2000-20", "not complete after 4 s"),
    ];
    for (model, words) in cases {
        let model = json!({ "model": format!("acme/{model}") });
        owner.put("/models/default", model).await.expect(200);
        let body = json!({ "input": { "question": "How long?" } });
        let path = format!("/flows/{flow}/runs");
        let run = owner.post(&path, body).await.expect(202);
        let ended = owner.ended(run["id"].as_str().unwrap()).await;
        let said = ended["error"]["message"].as_str().unwrap();
        assert!(said.contains(words), "{ended}");
        assert!(
            ended["usage"]["input_tokens"].as_u64().unwrap() > 0,
            "{ended}"
        );
    }
}

async fn a_stopped_answer_is_booked_as_far_as_it_went(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::start().await;
    let flow = publish(&owner, speaking()).await;
    // Anthropic tells what was asked when it begins, here in words; of others it is estimated.
    for (kind, asked) in [("anthropic", 4), ("openai", 5)] {
        add(&owner, &vendor, kind, kind).await;
        let model = json!({ "model": format!("{kind}/hang") });
        owner.put("/models/default", model).await.expect(200);
        let body = json!({ "input": { "question": "Where does Ada live?" } });
        let mut events = owner.stream(&format!("/flows/{flow}/stream"), body).await;
        let run = events.until("message.delta").await["run_id"].clone();
        let run = run.as_str().unwrap();
        let path = format!("/runs/{run}/cancel");
        owner.post(&path, json!({})).await.expect(202);
        let ended = owner.ended(run).await;
        assert_eq!(ended["status"], "cancelled", "{ended}");
        assert_eq!(ended["usage"]["input_tokens"], asked, "{kind}: {ended}");
        let written = ended["usage"]["output_tokens"].as_u64().unwrap();
        assert!((1..=8).contains(&written), "{kind}: {ended}");
        let steps = owner.get(&format!("/runs/{run}/steps")).await.expect(200);
        let steps = steps["items"].as_array().unwrap().clone();
        let step = steps.iter().find(|step| step["node"] == "write").unwrap();
        assert_eq!(step["usage"], ended["usage"], "{step}");
    }
}

async fn a_stopped_answer_hangs_up_on_the_vendor(database: Database) {
    let product = Product::start(database).await;
    let owner = product.with_handbook().await;
    let vendor = Vendor::start().await;
    add(&owner, &vendor, "anthropic", "acme").await;
    owner
        .put("/models/default", json!({ "model": "acme/hang" }))
        .await
        .expect(200);
    let conversation = owner.post("/conversations", json!({})).await.expect(201);
    let path = format!(
        "/conversations/{}/messages",
        conversation["id"].as_str().unwrap()
    );
    let request = owner
        .request(Method::POST, &path)
        .json(&json!({ "text": "How do I add a document?" }));
    let mut events = owner.events(request).await;
    let delta = events.until("message.delta").await;
    let run = delta["run_id"].as_str().unwrap();
    let path = format!("/runs/{run}/cancel");
    let cancel = async { owner.post(&path, json!({})).await.expect(202) };
    let took = vendor.time_to_hang_up("hang", cancel).await;
    // The aim is 100 ms; a crowded machine gets some mercy.
    assert!(
        took < Duration::from_secs(1),
        "the vendor's connection was closed {took:?} after the request to cancel"
    );
    eprintln!("cancel to close, as the vendor sees it: {took:?}");
}
