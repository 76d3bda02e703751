//! Flows that keep no steps.

#![allow(clippy::unwrap_used, reason = "tests may take short cuts")]

mod support;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use headwater_engine::{Catalogue, compile};
use headwater_model::Code;
use headwater_model::flow::FlowDocument;
use headwater_model::run::RunStatus;
use headwater_model::run::event::Cursor;
use headwater_model::run::log::LogEntry;
use headwater_model::usage::Usage;
use serde_json::json;
use support::{World, plan, play, read, shown, start};

const QUICK: &str = r#"
headwater: 1
name: quick
kind: task
durability: none
inputs: [{ name: q, type: string, required: true }]
nodes:
  - { id: write, kind: chat, settings: { messages: [{ role: user, content: "{{ start.q }}" }] } }
  - { id: again, kind: chat, settings: { messages: [{ role: user, content: "{{ write.text }}!" }] } }
  - { id: reply, kind: answer, settings: { text: "{{ again.text }}" } }
edges:
  - { from: start, to: write }
  - { from: write, to: again }
  - { from: again, to: reply }
"#;

#[tokio::test]
async fn only_the_end_is_kept_and_readers_see_everything() {
    let world = Arc::new(World::default());
    let (end, events) = play(&world, QUICK, json!({ "q": "one two" })).await;
    assert_eq!(end.status, RunStatus::Succeeded);
    assert_eq!(
        (end.reply.as_str(), shown("", &events).as_str()),
        ("one two!", "one two!")
    );
    assert_ne!(end.usage, Usage::default());
    let log = world.log.lock();
    assert!(matches!(log.as_slice(), [LogEntry::End { .. }]), "{log:?}");
    let names = events.iter().map(|event| event.body.name());
    let names: Vec<&str> = names.filter(|name| !name.ends_with(".delta")).collect();
    assert_eq!(names.first(), Some(&"run.started"));
    assert_eq!(
        names
            .iter()
            .filter(|name| **name == "step.finished")
            .count(),
        4
    );
    assert_eq!(names.last(), Some(&"run.finished"));
    assert!(events.windows(2).all(|pair| pair[0].seq < pair[1].seq));
}

#[tokio::test]
async fn a_run_lost_in_a_crash_has_failed_and_does_not_run_again() {
    let world = Arc::new(World {
        next_seq: Some(100_001),
        ..World::default()
    });
    let handle = start(&world, &plan(QUICK), json!({ "q": "one" }), vec![]);
    let events = read(&handle, Cursor::default()).await;
    let end = handle.finished().await.unwrap();
    assert_eq!(end.status, RunStatus::Failed);
    let error = end.error.clone().unwrap();
    assert_eq!(error.code, Code::Unavailable);
    assert!(error.message.contains("durability: none"), "{error:?}");
    assert_eq!(world.calls.load(Ordering::SeqCst), 0);
    assert_eq!(events.last().unwrap().body.name(), "run.failed");
}

#[test]
fn nobody_is_asked_by_a_run_that_keeps_no_steps() {
    let flow = json!({
        "headwater": 1, "name": "n", "kind": "task", "durability": "none",
        "nodes": [
            { "id": "ask", "kind": "human", "settings": { "title": "Well?", "buttons": ["yes"] } },
            { "id": "out", "kind": "output", "settings": { "values": {} } },
        ],
        "edges": [{ "from": "start", "to": "ask" }, { "from": "ask", "to": "out", "handle": "yes" }],
    });
    let flow = FlowDocument::parse(&flow.to_string()).unwrap();
    let problems = compile(&flow, &Catalogue::default()).unwrap_err();
    assert_eq!(problems[0].node.as_deref(), Some("ask"));
    assert!(problems[0].message.contains("cannot wait for people"));
}
