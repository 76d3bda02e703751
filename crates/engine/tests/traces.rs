//! What the record tells of a step beyond its result: prompts, attempts, times, costs.

mod support;

use std::collections::HashMap;
use std::sync::Arc;

use headwater_model::Code;
use headwater_model::price::{Price, Prices, Usd};
use headwater_model::run::RunOutcome;
use headwater_model::run::log::StepRecord;
use serde_json::json;
use support::{World, play};

const ASKED: &str = r#"
headwater: 1
name: asked
kind: chat
inputs: [{ name: q, type: string, required: true }]
nodes:
  - id: write
    kind: chat
    settings: { model: scripted/echo, messages: [{ role: user, content: "{{ start.q }}" }] }
    on_error: { retry: { attempts: 3, backoff: 1ms }, then: fail }
  - { id: reply, kind: answer, settings: { text: "{{ write.text }}" } }
edges:
  - { from: start, to: write }
  - { from: write, to: reply }
"#;

const ROUNDS: &str = r#"
headwater: 1
name: rounds
kind: task
inputs: [{ name: names, type: list, required: true }]
nodes:
  - id: all
    kind: each
    settings: { items: "{{ start.names }}", concurrency: 2, output: "{{ greet.text }}" }
    body:
      nodes: [{ id: greet, kind: template, settings: { text: "Hello {{ item }}" } }]
  - id: again
    kind: loop
    settings: { variables: { n: 1 }, next: { n: "{{ loop.n + 1 }}" }, max_rounds: 2 }
    body:
      nodes: [{ id: nothing, kind: template, settings: { text: "x" } }]
edges: [{ from: start, to: all }, { from: all, to: again }]
"#;

fn step(world: &World, node: &str) -> StepRecord {
    let mut steps = world.steps().into_iter();
    steps.find(|step| step.node == node).expect(node)
}

/// One dollar per million tokens in, two out.
fn prices() -> Prices {
    let price = Price {
        input: Usd::from_nanos(1_000_000_000),
        output: Usd::from_nanos(2_000_000_000),
        cached: None,
    };
    Prices {
        set: HashMap::from([("scripted/echo".to_owned(), price)]),
        ..Prices::default()
    }
}

async fn ask(question: &str, prices: Prices) -> (Arc<World>, Arc<RunOutcome>) {
    let world = Arc::new(World {
        prices: Arc::new(prices),
        ..World::default()
    });
    let (end, _) = play(&world, ASKED, json!({ "q": question })).await;
    (world, end)
}

#[tokio::test]
async fn a_step_tells_its_prompt_its_attempts_and_its_times() {
    let (world, _) = ask("fail:1 ok", prices()).await;
    let step = step(&world, "write");
    let trace = &step.trace;
    assert_eq!(trace.calls.len(), 2);
    let [failed, answered] = trace.calls.as_slice() else {
        panic!("{trace:?}");
    };
    let prompt = json!([{ "role": "user", "content": "fail:1 ok" }]);
    assert_eq!(json!(failed.messages), prompt);
    assert_eq!(step.inputs["messages"], prompt);
    assert_eq!(failed.error.as_ref().unwrap().code, Code::Upstream);
    assert_eq!((failed.attempt, answered.attempt), (1, 2));
    assert_eq!(answered.messages_before, 1, "the same prompt again");
    assert_eq!(answered.finish_reason.as_deref(), Some("stop"));
    assert_eq!(answered.model.as_deref(), Some("scripted/echo"));
    let first = answered.first_token_at.unwrap();
    assert!(answered.started_at <= first && first <= answered.finished_at);
    assert_eq!(trace.first_token_at, failed.first_token_at);
    let [retry] = trace.retries.as_slice() else {
        panic!("{trace:?}");
    };
    assert_eq!((retry.attempt, retry.error.code), (1, Code::Upstream));
    assert!(retry.wait_ms <= 1 && retry.at >= failed.started_at);
}

#[tokio::test]
async fn a_run_tells_when_its_reply_began() {
    let (world, end) = ask("ok", prices()).await;
    let write = step(&world, "write");
    let first = end.first_token_at.unwrap();
    assert!(write.trace.first_token_at.unwrap() <= first && first <= write.finished_at);
    let world = Arc::new(World::default());
    let (end, _) = play(&world, ROUNDS, json!({ "names": ["a"] })).await;
    assert_eq!((&*end.reply, end.first_token_at), ("", None));
}

#[tokio::test]
async fn a_run_costs_what_its_calls_cost_also_those_that_broke_off() {
    let (_, end) = ask("ok", prices()).await;
    // The model counts 1 in and 2 out.
    assert_eq!(end.usage.cost, Some(Usd::from_nanos(5_000)));
    assert!(!end.usage.estimated);
    let (world, end) = ask("fail:1 ok", prices()).await;
    // Before that an estimate of 3 in and 2 out.
    assert_eq!(end.usage.cost, Some(Usd::from_nanos(5_000 + 7_000)));
    assert!(end.usage.estimated);
    let parts = step(&world, "write").trace.calls;
    let sum = parts[0].usage + parts[1].usage;
    assert_eq!(sum, end.usage, "the calls add up");
}

#[tokio::test]
async fn a_cost_nobody_knows_is_not_zero() {
    let (_, end) = ask("ok", Prices::default()).await;
    assert_eq!((end.usage.input_tokens, end.usage.cost), (1, None));
}

#[tokio::test]
async fn containers_tell_what_they_were_given() {
    let world = Arc::new(World::default());
    let names: Vec<String> = (0..120).map(|n| format!("n{n}")).collect();
    play(&world, ROUNDS, json!({ "names": names })).await;
    let all = step(&world, "all").inputs;
    assert_eq!(
        (&all["count"], &all["concurrency"]),
        (&json!(120), &json!(2))
    );
    assert_eq!(all["items"], json!(names[..100]), "a hundred are shown");
    let again = step(&world, "again").inputs;
    assert_eq!(again, json!({ "variables": { "n": 1 }, "max_rounds": 2 }));
}

const STOPPED: &str = r#"
headwater: 1
name: stopped
kind: task
inputs: [{ name: q, type: string, required: true }]
nodes:
  - id: all
    kind: each
    settings: { items: ["hang on", "broken off"], concurrency: 2 }
    body:
      nodes:
        - id: ask
          kind: chat
          settings: { model: scripted/echo, messages: [{ role: user, content: "{{ item }}" }] }
edges: [{ from: start, to: all }]
"#;

#[tokio::test]
async fn a_call_that_is_stopped_with_its_round_is_told_as_far_as_it_went() {
    let world = Arc::new(World {
        prices: Arc::new(prices()),
        ..World::default()
    });
    play(&world, STOPPED, json!({ "q": "x" })).await;
    let steps = world.steps();
    let hung = steps.iter().find(|s| s.place() == "all[0]/ask");
    let step = hung.expect("the round that hung");
    let call = &step.trace.calls[0];
    assert_eq!(call.error.as_ref().unwrap().code, Code::Cancelled);
    assert!(call.usage.estimated && call.usage == step.usage, "{call:?}");
    assert!(call.usage.cost.is_some() && call.finished_at > call.started_at);
}
