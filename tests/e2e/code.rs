//! Programs in flows: what they return, what is told of their mistakes, and how little they disturb.

use headwater_tests::{Client, Database, Options, Product, stories, until};
use serde_json::{Value, json};

use crate::words::publish;

stories!(
    a_program_turns_inputs_into_declared_outputs,
    a_program_that_cannot_be_loaded_is_not_published,
    a_program_that_breaks_its_declaration_is_an_error_of_its_node,
    hostile_programs_end_while_fifty_other_runs_do_not_notice,
);

/// start → code → output.
fn program(name: &str, settings: Value, outputs: Value) -> Value {
    json!({
        "headwater": 1, "name": name, "kind": "task",
        "inputs": [{ "name": "words", "type": "list" }],
        "nodes": [
            { "id": "count", "kind": "code", "settings": settings },
            { "id": "out", "kind": "output", "settings": { "values": outputs } },
        ],
        "edges": [{ "from": "start", "to": "count" }, { "from": "count", "to": "out" }],
    })
}

/// Counts words, in JavaScript.
fn counting(name: &str) -> Value {
    let settings = json!({
        "language": "javascript",
        "inputs": { "words": "{{ start.words }}", "unit": "words" },
        "outputs": { "total": "number", "longest": "any" },
        "code": "function main({ words, unit }) {
            console.log(words.length, unit);
            const longest = words.toSorted((a, b) => b.length - a.length)[0] ?? null;
            return { total: words.length, longest };
        }",
    });
    let outputs = json!({ "total": "{{ count.total }}", "longest": "{{ count.longest }}", "logs": "{{ count.logs }}" });
    program(name, settings, outputs)
}

/// A program without inputs that is given no chance to return.
fn hostile(name: &str, code: &str) -> Value {
    let settings =
        json!({ "language": "javascript", "code": code, "outputs": { "total": "number" } });
    program(name, settings, json!({ "total": "{{ count.total }}" }))
}

async fn invoke(client: &Client, flow: &str, input: Value) -> Value {
    let body = json!({ "input": input });
    let answer = client.post(&format!("/flows/{flow}/invoke"), body).await;
    answer.expect(200)
}

async fn start(client: &Client, flow: &str) -> String {
    let body = json!({ "input": { "words": [] } });
    let run = client.post(&format!("/flows/{flow}/runs"), body).await;
    run.expect(202)["id"].as_str().unwrap().to_owned()
}

async fn a_program_turns_inputs_into_declared_outputs(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let id = publish(&owner, counting("Counting")).await;
    let run = invoke(&owner, &id, json!({ "words": ["a", "pump", "of"] })).await;
    let expected = json!({ "total": 3, "longest": "pump", "logs": "3 words" });
    assert_eq!(run["outputs"], expected, "{run}");

    let settings = json!({
        "language": "python",
        "inputs": { "words": "{{ start.words }}" },
        "outputs": { "total": "number" },
        "code": "def main(inputs):\n    print('counting')\n    return {'total': len(inputs['words'])}\n",
    });
    let outputs = json!({ "total": "{{ count.total }}", "logs": "{{ count.logs }}" });
    let id = publish(&owner, program("Counting in Python", settings, outputs)).await;
    let run = invoke(&owner, &id, json!({ "words": ["a", "b"] })).await;
    assert_eq!(
        run["outputs"],
        json!({ "total": 2, "logs": "counting" }),
        "{run}"
    );
}

async fn a_program_that_cannot_be_loaded_is_not_published(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let broken = hostile("Broken", "function main() {\n  return { total: 1 +* 2 }\n}");
    let body = json!({ "document": broken, "publish": true });
    let refused = owner.post("/flows", body).await;
    assert_eq!(refused.problem(400), "invalid");
    assert!(
        refused.text.contains("count: ") && refused.text.contains("line 2"),
        "{}",
        refused.text
    );

    let body = json!({ "document": broken });
    let problems = owner.post("/flows/validate", body).await.expect(200);
    assert_eq!(problems["problems"][0]["node"], "count", "{problems}");
    assert_eq!(problems["problems"][0]["field"], "code", "{problems}");
}

async fn a_program_that_breaks_its_declaration_is_an_error_of_its_node(database: Database) {
    let product = Product::start(database).await;
    let owner = product.set_up().await;
    let flow = hostile("Wrong", "function main() { return { total: 'many' } }");
    let id = publish(&owner, flow).await;
    let run = owner.ended(&start(&owner, &id).await).await;
    assert_eq!(run["status"], "failed", "{run}");
    assert_eq!(run["error"]["code"], "invalid");
    let message = run["error"]["message"].as_str().unwrap();
    assert!(message.contains("text as “total”"), "{message}");
}

async fn hostile_programs_end_while_fifty_other_runs_do_not_notice(database: Database) {
    let options = Options::default().with("HEADWATER_CODE__SECONDS", 15);
    let product = Product::with(database, options).await;
    let owner = product.set_up().await;
    let ordinary = publish(&owner, counting("Counting")).await;
    let endless = publish(&owner, hostile("Endless", "function main() { for (;;); }")).await;
    let greedy = "function main() { const a = []; for (;;) a.push(new Array(1e5).fill(0)) }";
    let greedy = publish(&owner, hostile("Greedy", greedy)).await;
    let deep = "function main() { let a = []; for (let i = 0; i < 1e6; i++) a = [a]; return { total: a } }";
    let deep = publish(&owner, hostile("Deep", deep)).await;

    let endless = start(&owner, &endless).await;
    until("the endless program to run", 30, async || {
        let run = owner.get(&format!("/runs/{endless}")).await.expect(200);
        (run["status"] == "running").then_some(())
    })
    .await;
    let harmful = [start(&owner, &greedy).await, start(&owner, &deep).await];
    let runs = (0..50).map(|n| {
        let words: Vec<String> = (0..n).map(|n| format!("word {n}")).collect();
        invoke(&owner, &ordinary, json!({ "words": words }))
    });
    for (n, run) in futures::future::join_all(runs).await.iter().enumerate() {
        assert_eq!(run["outputs"]["total"], n, "{run}");
    }
    let run = owner.get(&format!("/runs/{endless}")).await.expect(200);
    assert_eq!(
        run["status"], "running",
        "the others were done before it: {run}"
    );

    let run = owner.ended(&endless).await;
    assert_eq!(run["error"]["code"], "timeout", "{run}");
    assert_eq!(run["error"]["limit"], "code_time", "{run}");
    for id in harmful {
        let run = owner.ended(&id).await;
        assert_eq!(run["status"], "failed", "{run}");
    }
    owner.get("//livez").await.expect(200);
}
