//! Secrets of a workspace: they come in, they are sent, and they never show.

use headwater_tests::{Database, Product, stories};
use serde_json::json;

use crate::words::{greeting, publish};

stories!(
    a_secret_is_kept_sealed_and_never_given_back,
    a_run_is_refused_until_its_secrets_are_set,
    a_secret_in_a_flow_is_a_name,
);

/// What must be nowhere.
const CANARY: &str = "canary-Quartz-8812-lantern";

async fn a_secret_is_kept_sealed_and_never_given_back(database: Database) {
    let mut product = Product::start(database).await;
    product.keep_out_of_the_log(CANARY);
    let owner = product.set_up().await;
    let path = "/secrets/crm-key";
    owner
        .put(path, json!({ "value": CANARY }))
        .await
        .expect(204);
    let listed = owner.get("/secrets").await;
    let secret = &listed.expect(200)["secrets"][0];
    assert_eq!(secret["name"], "crm-key");
    assert!(secret["updated_by"].as_str().unwrap().starts_with("usr_"));
    assert_eq!(secret.as_object().unwrap().len(), 3, "{secret}");
    let audit = owner.get("/audit").await;
    let entry = &audit.expect(200)["items"][0];
    assert_eq!(
        (&entry["action"], &entry["target"]),
        (&json!("secret.set"), &json!("crm-key"))
    );
    assert!(!audit.text.contains(CANARY) && !listed.text.contains(CANARY));

    let short = owner.put(path, json!({ "value": "abc" })).await;
    assert_eq!(short.problem(400), "invalid");
    let unknown = json!({ "value": CANARY, "note": 1 });
    let refused = owner.put(path, unknown).await;
    assert!(refused.status == 400 && !refused.text.contains(CANARY));
    let named = owner.put("/secrets/a.b", json!({ "value": CANARY })).await;
    assert_eq!(named.problem(400), "invalid");

    owner.delete(path).await.expect(204);
    owner.delete(path).await.problem(404);
    let none = owner.get("/secrets").await.expect(200);
    assert_eq!(none["secrets"], json!([]));
}

async fn a_run_is_refused_until_its_secrets_are_set(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let mut flow = greeting();
    flow["environment"] = json!([{ "name": "key", "type": "secret", "secret": "crm-key" }]);
    publish(&owner, flow).await;
    let input = json!({ "input": { "name": "Ada" } });
    let invoke = "/flows/greeting/invoke";
    // Neither a value of that name nor another workspace's secret counts.
    let value = json!({ "value": "no secret" });
    owner.put("/environment/key", value).await.expect(204);
    let other = json!({ "name": "Other" });
    let other = owner.post("/workspaces", other).await.expect(201);
    let other = owner.in_workspace(other["id"].as_str().unwrap());
    let secret = json!({ "value": CANARY });
    other
        .put("/secrets/crm-key", secret.clone())
        .await
        .expect(204);
    let refused = owner.post(invoke, input.clone()).await;
    assert_eq!(refused.problem(409), "conflict");
    assert!(
        refused.text.contains("headwater secret set crm-key"),
        "{}",
        refused.text
    );
    owner.put("/secrets/crm-key", secret).await.expect(204);
    let run = owner.post(invoke, input).await.expect(200);
    assert_eq!(run["reply"], "Hello Ada!");
}

async fn a_secret_in_a_flow_is_a_name(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let mut flow = greeting();
    flow["environment"] = json!([{ "name": "key", "type": "secret" }]);
    flow["nodes"][0]["settings"]["text"] = json!("{{ env.key }}");
    let body = json!({ "document": flow });
    let found = owner.post("/flows/validate", body).await.expect(200);
    let problem = &found["problems"][0];
    assert_eq!(problem["node"], "greet", "{found}");
    assert_eq!(problem["field"], "text");
    assert_eq!(
        problem["message"],
        "“key” is a secret, and this setting would show it."
    );
}
