//! What models cost, and what runs then came to.

use headwater_tests::{Database, Product, Vendor, stories};
use serde_json::json;

use crate::words::{publish, speaking};

stories!(
    a_run_costs_what_its_model_costs_when_it_runs,
    a_vendors_published_prices_are_known_and_can_be_overruled,
    what_nobody_counted_is_marked_as_estimated,
    every_try_of_a_busy_vendor_is_told,
);

async fn a_run_costs_what_its_model_costs_when_it_runs(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let _vendor = Vendor::as_default(&owner, "scripted-small").await;
    let flow = publish(&owner, speaking()).await;
    let path = format!("/flows/{flow}/invoke");
    let body = json!({ "input": { "question": "What does this cost?" } });
    let unknown = owner.post(&path, body.clone()).await.expect(200);
    assert!(unknown["usage"]["cost"].is_null(), "{unknown}");
    let price = json!({ "model": "scripted/scripted-small",
        "price": { "input": "1.5", "output": 2.25, "cached": null } });
    let set = owner.put("/models/prices", price).await.expect(200);
    assert_eq!(set["items"][0]["output"], "2.25", "{set}");
    assert_eq!(set["items"][0]["source"], "set");
    let run = owner.post(&path, body.clone()).await.expect(200);
    let usage = &run["usage"];
    let tokens = |name: &str| usage[name].as_f64().unwrap();
    let cost: f64 = usage["cost"].as_str().unwrap().parse().unwrap();
    let expected = (tokens("input_tokens") * 1.5 + tokens("output_tokens") * 2.25) / 1e6;
    assert!((cost - expected).abs() < 1e-9, "{usage}");
    assert_eq!(usage["estimated"], false);
    // The run, its step and its model call agree; prices of later do not change them.
    owner
        .put(
            "/models/prices",
            json!({ "model": "scripted/scripted-small", "price": null }),
        )
        .await
        .expect(200);
    let id = run["id"].as_str().unwrap();
    let stored = owner.get(&format!("/runs/{id}")).await.expect(200);
    assert_eq!(&stored["usage"], usage);
    let steps = owner.get(&format!("/runs/{id}/steps")).await.expect(200);
    let mut items = steps["items"].as_array().unwrap().iter();
    let step = items.find(|step| step["node"] == "write").unwrap();
    assert_eq!(
        (&step["usage"], &step["calls"][0]["usage"]),
        (usage, usage),
        "{step}"
    );
    assert_eq!(step["model"], "scripted/scripted-small");
    let prompt = json!([{ "role": "user", "content": "What does this cost?" }]);
    assert_eq!(step["calls"][0]["messages"], prompt);
    assert_eq!(step["calls"][0]["finish_reason"], "stop");
    let at = |name: &str| step["calls"][0][name].as_str().unwrap().to_owned();
    assert!(at("started_at") <= at("first_token_at") && at("first_token_at") <= at("finished_at"));
    let audit = owner.get("/audit").await.expect(200).to_string();
    assert!(audit.contains("model.price"), "{audit}");
    let wrong = json!({ "model": "scripted/x", "price": { "input": "-1", "output": "1" } });
    assert_eq!(
        owner.put("/models/prices", wrong).await.problem(400),
        "invalid"
    );
    let nobody = json!({ "model": "nobody/x", "price": { "input": "1", "output": "1" } });
    assert_eq!(
        owner.put("/models/prices", nobody).await.problem(400),
        "invalid"
    );
}

async fn a_vendors_published_prices_are_known_and_can_be_overruled(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let body = json!({ "kind": "openai", "name": "openai", "api_key": "sk-nothing" });
    owner.post("/providers", body).await.expect(201);
    let of = async |model: &str| {
        let prices = owner.get("/models/prices").await.expect(200);
        let items = prices["items"].as_array().unwrap().clone();
        items
            .into_iter()
            .find(|item| item["model"] == model)
            .unwrap()
    };
    let known = of("openai/gpt-4o-mini").await;
    assert_eq!(
        (&known["input"], &known["source"]),
        (&json!("0.15"), &json!("published"))
    );
    let run = product
        .command()
        .args([
            "model",
            "price",
            "openai/gpt-4o-mini",
            "--input",
            "0.1",
            "--output",
            "0.2",
        ])
        .output()
        .unwrap();
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    let set = of("openai/gpt-4o-mini").await;
    assert_eq!(
        (&set["input"], &set["source"]),
        (&json!("0.1"), &json!("set"))
    );
    let run = product
        .command()
        .args(["model", "price", "openai/gpt-4o-mini", "--remove", "--json"])
        .output()
        .unwrap();
    let shown = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(shown.contains("published"), "{shown}");
    assert_eq!(of("openai/gpt-4o-mini").await, known);
}

async fn what_nobody_counted_is_marked_as_estimated(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let _vendor = Vendor::as_default(&owner, "no-usage").await;
    let flow = publish(&owner, speaking()).await;
    let body = json!({ "input": { "question": "How many?" } });
    let run = owner
        .post(&format!("/flows/{flow}/invoke"), body)
        .await
        .expect(200);
    assert_eq!(run["usage"]["estimated"], true, "{run}");
    assert!(run["usage"]["input_tokens"].as_u64() > Some(0));
}

async fn every_try_of_a_busy_vendor_is_told(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::as_default(&owner, "busy").await;
    let flow = publish(&owner, speaking()).await;
    let body = json!({ "input": { "question": "Anybody?" } });
    let run = owner
        .post(&format!("/flows/{flow}/invoke"), body)
        .await
        .expect(200);
    assert_eq!(run["status"], "failed", "{run}");
    let path = format!("/runs/{}/steps", run["id"].as_str().unwrap());
    let steps = owner.get(&path).await.expect(200);
    let mut items = steps["items"].as_array().unwrap().iter();
    let step = items.find(|step| step["node"] == "write").unwrap();
    let call = &step["calls"][0];
    let retries = call["retries"].as_array().unwrap();
    assert_eq!(retries.len() + 1, vendor.calls(), "{step}");
    for (index, retry) in retries.iter().enumerate() {
        assert_eq!(retry["attempt"], index + 1);
        assert_eq!(retry["error"]["code"], "rate_limited");
        assert!(retry["wait_ms"].as_u64() >= Some(1000), "{retry}");
    }
    assert_eq!(call["error"]["code"], "rate_limited");
}
