//! The flows of `examples/` do what their first lines say.

use headwater_tests::{Client, Database, Product, Vendor, stories};
use serde_json::{Value, json};

use crate::words::publish;

stories!(
    a_router_sends_each_question_where_it_belongs,
    a_risky_contract_waits_for_a_person,
    a_long_text_is_summarised_part_by_part,
);

/// The flow of a file in `examples/`.
fn example(path: &str) -> Value {
    let path = format!("{}/../examples/{path}", env!("CARGO_MANIFEST_DIR"));
    serde_norway::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Makes the nodes ask models whose scripts fit their parts.
fn cast(flow: &mut Value, parts: &[(&str, &str)]) {
    for node in flow["nodes"].as_array_mut().unwrap() {
        let part = parts.iter().find(|(id, _)| node["id"] == *id);
        if let Some((_, model)) = part {
            node["settings"]["model"] = json!(format!("scripted/{model}"));
        }
    }
}

async fn invoke(client: &Client, flow: &str, input: Value) -> Value {
    let path = format!("/flows/{flow}/invoke");
    let run = client.post(&path, json!({ "input": input })).await;
    run.expect(200)
}

/// The ids of the nodes that ran.
async fn ran(client: &Client, run: &Value) -> Vec<String> {
    let path = format!("/runs/{}/steps?limit=100", run["id"].as_str().unwrap());
    let steps = client.get(&path).await.expect(200);
    let steps = steps["items"].as_array().unwrap().iter();
    let done = steps.filter(|step| step["status"] == "done");
    done.map(|step| step["node"].as_str().unwrap().to_owned())
        .collect()
}

async fn a_router_sends_each_question_where_it_belongs(database: Database) {
    let product = Product::start(database).await;
    let owner = product.with_handbook().await;
    let _vendor = Vendor::as_default(&owner, "scripted-small").await;
    let mut flow = example("support-router/route.yaml");
    cast(&mut flow, &[("sort", "form")]);
    let flow = publish(&owner, flow).await;
    let address = json!({ "value": "help@example.org" });
    owner
        .put("/environment/SUPPORT_ADDRESS", address)
        .await
        .expect(204);
    for (question, way, said) in [
        ("My usage of API keys: how?", "explain", "[1]"),
        ("A billing question", "calculate", "scripted answer"),
        ("Give me a person!", "hand_over", "help@example.org"),
        ("Hm", "ask_back", "speak with a person?"),
    ] {
        let run = invoke(&owner, &flow, json!({ "question": question })).await;
        assert_eq!(run["status"], "succeeded", "{run}");
        let reply = run["reply"].as_str().unwrap();
        assert!(reply.contains(said), "{question}: {reply}");
        let ran = ran(&owner, &run).await;
        let ways = ["explain", "calculate", "hand_over", "ask_back"];
        let taken: Vec<_> = ways
            .iter()
            .filter(|way| ran.contains(&(**way).to_owned()))
            .collect();
        assert_eq!(taken, [&way], "{question}");
    }
}

async fn a_risky_contract_waits_for_a_person(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let _vendor = Vendor::as_default(&owner, "form").await;
    let flow = publish(&owner, example("document-review/review.yaml")).await;
    // "We pay 20000 for ten years."
    let contract = json!({ "name": "lease.txt", "media_type": "text/plain", "data": "V2UgcGF5IDIwMDAwIGZvciB0ZW4geWVhcnMu" });
    for (button, decision) in [("approve", "approved"), ("reject", "rejected")] {
        let run = invoke(&owner, &flow, json!({ "contract": contract })).await;
        assert_eq!(run["status"], "paused", "{run}");
        let run = run["id"].as_str().unwrap();
        let waits = owner.get(&format!("/runs/{run}/waits")).await.expect(200);
        let wait = &waits["items"][0];
        assert_eq!(wait["title"], "Sign lease.txt?");
        let message = wait["message"].as_str().unwrap();
        assert!(message.contains("It costs 20000."), "{message}");
        assert!(
            message.contains("- We pay 20000 for ten years."),
            "{message}"
        );
        let path = format!("/waits/{}/answer", wait["id"].as_str().unwrap());
        let bare = json!({ "button": button, "fields": {} });
        assert_eq!(
            owner.post(&path, bare).await.status,
            400,
            "a reason is asked for"
        );
        let answer = json!({ "button": button, "fields": { "note": "Read twice" } });
        owner.post(&path, answer).await.expect(200);
        let run = owner.ended(run).await;
        let outputs = &run["outputs"];
        assert_eq!(outputs["decision"], decision, "{run}");
        assert_eq!(
            (&outputs["by"], &outputs["note"]),
            (&json!("owner@example.com"), &json!("Read twice"))
        );
    }
}

async fn a_long_text_is_summarised_part_by_part(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let vendor = Vendor::as_default(&owner, "scripted-small").await;
    let flow = publish(&owner, example("map-reduce/summarise.yaml")).await;
    let paragraph = |name: &str| format!("{name}. {}", "All is well. ".repeat(450));
    let text = ["One", "Two", "Three"].map(paragraph).join("\n\n");
    let run = invoke(&owner, &flow, json!({ "text": text, "words": 50 })).await;
    assert_eq!(run["status"], "succeeded", "{run}");
    let outputs = &run["outputs"];
    assert_eq!(
        (&outputs["parts"], &outputs["summarised"]),
        (&json!(3), &json!(3)),
        "{outputs}"
    );
    assert_eq!(vendor.calls(), 4);
    let last = vendor.requests().pop().unwrap().body.to_string();
    assert!(last.contains("about 50 words"), "{last}");
    assert_eq!(last.matches("scripted answer").count(), 3, "{last}");
}
