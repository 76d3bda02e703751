//! What a run consumed, also of what never came to an end.

mod support;

use std::sync::Arc;

use headwater_model::run::RunStatus;
use headwater_model::run::event::{Cursor, EventBody};
use headwater_model::usage::Usage;
use serde_json::json;
use support::{World, plan, play, start};

const ASKED: &str = r#"
headwater: 1
name: asked
kind: chat
inputs: [{ name: q, type: string, required: true }]
nodes:
  - id: write
    kind: chat
    settings: { messages: [{ role: user, content: "{{ start.q }}" }] }
    on_error: { retry: { attempts: 3, backoff: 1ms }, then: fail }
  - { id: reply, kind: answer, settings: { text: "{{ write.text }}" } }
edges:
  - { from: start, to: write }
  - { from: write, to: reply }
"#;

fn usage(input_tokens: u64, output_tokens: u64) -> Usage {
    Usage {
        input_tokens,
        output_tokens,
        estimated: true,
        ..Usage::default()
    }
}

#[tokio::test]
async fn attempts_that_broke_off_are_booked_with_the_one_that_did_not() {
    let world = Arc::new(World::default());
    // Nine characters asked, seven heard before the break; the last attempt is counted by the model.
    let (end, _) = play(&world, ASKED, json!({"q": "fail:2 ok"})).await;
    assert_eq!(end.status, RunStatus::Succeeded);
    assert_eq!(end.usage, usage(3 + 3 + 1, 2 + 2 + 2));
    let (end, _) = play(&world, ASKED, json!({"q": "fail:99 ok"})).await;
    assert_eq!(end.status, RunStatus::Failed);
    assert_eq!(end.usage, usage(3 * 3, 3 * 2));
}

#[tokio::test]
async fn a_cancelled_call_is_booked_as_far_as_it_went() {
    let world = Arc::new(World::default());
    let handle = start(&world, &plan(ASKED), json!({"q": "hang on"}), vec![]);
    let mut reader = handle.events(Cursor::default());
    let mut heard = String::new();
    while heard != "hang on" {
        if let EventBody::MessageDelta { text, .. } = &reader.next().await.unwrap().body {
            heard.push_str(text);
        }
    }
    handle.cancel();
    let end = handle.finished().await.unwrap();
    assert_eq!(end.status, RunStatus::Cancelled);
    assert_eq!(end.usage, usage(2, 2));
    let step = world
        .steps()
        .into_iter()
        .find(|s| s.node == "write")
        .unwrap();
    assert_eq!(step.usage, end.usage);
    assert_eq!(step.model.as_deref(), Some("scripted/echo"));
}
