//! Results that stand for calling again.

#![allow(clippy::unwrap_used, reason = "tests may take short cuts")]

mod support;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use headwater_engine::{Catalogue, compile};
use headwater_model::flow::FlowDocument;
use headwater_model::run::event::EventBody;
use headwater_model::run::{Cached, RunStatus};
use headwater_model::usage::Usage;
use serde_json::json;
use support::{World, play, shown};

fn flow(settings: &str) -> String {
    format!(
        r#"
headwater: 1
name: kept
kind: task
inputs: [{{ name: q, type: string, required: true }}]
nodes:
  - id: write
    kind: chat
    settings: {{ {settings} messages: [{{ role: user, content: "{{{{ start.q }}}}" }}] }}
    cache: {{ ttl: 10m }}
  - {{ id: reply, kind: answer, settings: {{ text: "{{{{ write.text }}}}" }} }}
edges:
  - {{ from: start, to: write }}
  - {{ from: write, to: reply }}
"#
    )
}

#[tokio::test]
async fn a_kept_result_stands_for_asking_again_and_costs_nothing() {
    let world = Arc::new(World::default());
    let (first, _) = play(&world, &flow(""), json!({ "q": "one two" })).await;
    world.now.store(90_000, Ordering::SeqCst);
    let (second, events) = play(&world, &flow(""), json!({ "q": "one two" })).await;
    assert_eq!(world.calls.load(Ordering::SeqCst), 1);
    assert_eq!(
        (&first.reply, &second.reply),
        (&"one two".into(), &"one two".into())
    );
    assert_eq!(shown("", &events), "one two");
    assert_ne!(first.usage, Usage::default());
    assert_eq!(second.usage, Usage::default());
    let steps = world.steps();
    let kept: Vec<_> = steps.iter().filter(|s| s.node == "write").collect();
    assert_eq!(kept[0].cached, None);
    let saved = kept[1].cached.unwrap().saved;
    assert_eq!(saved, first.usage);
    let told = events.iter().find_map(|event| match &event.body {
        EventBody::StepFinished { node, cached, .. } if node == "write" => *cached,
        _ => None,
    });
    let Some(Cached { saved, .. }) = told else {
        panic!("the event does not tell");
    };
    assert_eq!(saved, first.usage);
}

#[tokio::test]
async fn another_question_other_settings_or_time_ask_again() {
    let world = Arc::new(World::default());
    let calls = || world.calls.load(Ordering::SeqCst);
    play(&world, &flow(""), json!({ "q": "one" })).await;
    play(&world, &flow(""), json!({ "q": "two" })).await;
    assert_eq!(calls(), 2);
    play(&world, &flow("temperature: 0.1,"), json!({ "q": "one" })).await;
    assert_eq!(calls(), 3);
    world.now.store(600_000, Ordering::SeqCst);
    play(&world, &flow(""), json!({ "q": "one" })).await;
    assert_eq!(calls(), 4);
}

#[tokio::test]
async fn a_failure_is_never_kept() {
    let world = Arc::new(World::default());
    let (first, _) = play(&world, &flow(""), json!({ "q": "fail:1 ok" })).await;
    assert_eq!(first.status, RunStatus::Failed);
    let (second, _) = play(&world, &flow(""), json!({ "q": "fail:1 ok" })).await;
    assert_eq!(second.reply, "fail:1 ok");
    let (third, _) = play(&world, &flow(""), json!({ "q": "fail:1 ok" })).await;
    assert_eq!(third.reply, "fail:1 ok");
    assert_eq!(world.calls.load(Ordering::SeqCst), 2);
}

#[test]
fn what_cannot_be_kept_is_told() {
    let node = |kind: &str, settings: serde_json::Value, ttl: &str| {
        let flow = json!({
            "headwater": 1, "name": "n", "kind": "task",
            "nodes": [{ "id": "a", "kind": kind, "settings": settings, "cache": { "ttl": ttl } }],
            "edges": [{ "from": "start", "to": "a" }],
        });
        let flow = FlowDocument::parse(&flow.to_string()).unwrap();
        let problems = compile(&flow, &Catalogue::default())
            .err()
            .unwrap_or_default();
        let told = problems.iter().map(|problem| {
            let field = problem.field.as_deref().unwrap_or_default();
            format!("{field}: {}", problem.message)
        });
        told.collect::<Vec<_>>().join("\n")
    };
    let url = "https://example.com";
    assert_eq!(node("http", json!({ "url": url }), "1m"), "");
    for (kind, settings) in [
        ("template", json!({ "text": "x" })),
        ("human", json!({ "title": "x" })),
        ("answer", json!({ "text": "x" })),
        (
            "retrieve",
            json!({ "knowledge_bases": ["a"], "query": "x" }),
        ),
        ("http", json!({ "url": url, "method": "POST" })),
    ] {
        let told = node(kind, settings, "1m");
        assert!(
            told.contains("cache: The results of this node"),
            "{kind}: {told}"
        );
    }
    for ttl in ["10ms", "31d", "soon"] {
        let told = node("http", json!({ "url": url }), ttl);
        assert!(told.starts_with("cache.ttl: "), "{ttl}: {told}");
    }
}
