//! What a flow means, as stories.

mod support;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use headwater_engine::{Catalogue, compile};
use headwater_model::Code;
use headwater_model::flow::FlowDocument;
use headwater_model::run::event::{Cursor, EventBody};
use headwater_model::run::{RunOutcome, RunStatus};
use serde_json::json;
use support::{World, plan, play, read, shown, start};

const BRANCHED: &str = r#"
headwater: 1
name: branched
kind: chat
inputs: [{ name: q, type: string, required: true }]
nodes:
  - { id: check, kind: branch, settings: { cases: [{ handle: hello, all: [{ value: "{{ start.q }}", op: contains, to: hello }] }] } }
  - { id: greet, kind: template, settings: { text: "Hi!" } }
  - { id: other, kind: template, settings: { text: "{{ start.q | upper }}" } }
  - { id: after, kind: template, settings: { text: "{{ other.text }}?" } }
  - { id: reply, kind: answer, settings: { text: "{{ greet.text }}{{ after.text }}" } }
edges:
  - { from: start, to: check }
  - { from: check, handle: hello, to: greet }
  - { from: check, handle: else, to: other }
  - { from: other, to: after }
  - { from: greet, to: reply }
  - { from: after, to: reply }
"#;

#[tokio::test]
async fn a_branch_skips_the_other_way_and_the_join_waits_for_the_live_one() {
    let world = Arc::new(World::default());
    let (end, _) = play(&world, BRANCHED, json!({"q": "hello"})).await;
    assert_eq!(end.reply, "Hi!");
    assert_eq!(
        world.story(),
        [
            "start:done",
            "check:done",
            "other:skipped",
            "after:skipped",
            "greet:done",
            "reply:done"
        ]
    );
    let world = Arc::new(World::default());
    let (end, _) = play(&world, BRANCHED, json!({"q": "x {{ start.q }}"})).await;
    assert_eq!(end.reply, "X {{ START.Q }}?", "data is never a template");
}

const CITED: &str = r#"
headwater: 1
name: cited
kind: chat
inputs: [{ name: q, type: string, required: true }]
nodes:
  - { id: find, kind: retrieve, settings: { knowledge_bases: [handbook], query: "{{ start.q }}", limit: 2 } }
  - id: write
    kind: chat
    settings: { messages: [{ role: user, content: "{{ start.q }}" }] }
    on_error: { retry: { attempts: 3, backoff: 1ms }, then: branch }
  - { id: reply, kind: answer, settings: { text: "Well: {{ write.text }}." } }
  - { id: sorry, kind: answer, settings: { text: "Sorry: {{ write.error.message }}" } }
edges:
  - { from: start, to: find }
  - { from: find, to: write }
  - { from: write, to: reply }
  - { from: write, handle: error, to: sorry }
"#;

#[tokio::test]
async fn an_answer_is_cited_and_events_are_numbered_with_one_end() {
    let world = Arc::new(World::default());
    let (end, events) = play(&world, CITED, json!({"q": "see [2] and [9]"})).await;
    assert_eq!(end.reply, "Well: see [2] and [9].");
    assert_eq!(
        end.citations.iter().map(|c| c.number).collect::<Vec<_>>(),
        [2]
    );
    assert_eq!(shown("", &events), end.reply);
    assert!(events.windows(2).all(|pair| pair[0].seq < pair[1].seq));
    assert_eq!(events.iter().filter(|e| e.body.is_terminal()).count(), 1);
    assert!(events.last().unwrap().body.is_terminal());
}

#[tokio::test]
async fn a_retry_that_succeeds_is_a_success_and_a_final_failure_takes_the_error_way() {
    let world = Arc::new(World::default());
    let (end, events) = play(&world, CITED, json!({"q": "fail:2 ok"})).await;
    assert_eq!(
        (end.status, end.reply.as_str()),
        (RunStatus::Succeeded, "Well: fail:2 ok.")
    );
    assert_eq!(
        events
            .iter()
            .filter(|e| e.body.name() == "step.retrying")
            .count(),
        2
    );
    assert!(
        world.keys.lock().windows(2).all(|k| k[0] == k[1]),
        "one idempotency key"
    );
    let world = Arc::new(World::default());
    let (end, _) = play(&world, CITED, json!({"q": "fail:9"})).await;
    assert_eq!(end.reply, "Sorry: The model broke off.");
    assert_eq!(end.status, RunStatus::Succeeded);
}

#[tokio::test]
async fn a_certain_answer_streams_while_its_model_writes_and_cancel_stops_the_model() {
    let world = Arc::new(World::default());
    let flow = CITED.replace(", then: branch", "").replace("  - { from: write, handle: error, to: sorry }\n", "").replace("  - { id: sorry, kind: answer, settings: { text: \"Sorry: {{ write.error.message }}\" } }\n", "");
    let handle = start(&world, &plan(&flow), json!({"q": "hang on here"}), vec![]);
    let mut reader = handle.events(Cursor::default());
    let mut seen = vec![];
    while shown("", &seen) != "Well: hang on here" {
        seen.push(reader.next().await.unwrap());
    }
    handle.cancel();
    let end = handle.finished().await.unwrap();
    assert_eq!(
        (end.status, end.reply.as_str()),
        (RunStatus::Cancelled, "Well: hang on here")
    );
    assert_eq!(
        world.dropped.load(Ordering::SeqCst),
        1,
        "the model's stream is dropped"
    );
    assert_eq!(world.story().last().unwrap(), "write:failed");
    while let Some(event) = reader.next().await {
        seen.push(event);
    }
    assert!(matches!(
        seen.last().unwrap().body,
        EventBody::RunCancelled {}
    ));
    for event in &seen {
        let known: Vec<_> = seen
            .iter()
            .filter(|e| e.seq <= event.seq)
            .cloned()
            .collect();
        let count = known.len();
        let known = shown("", &known);
        let from = Cursor {
            seq: event.seq,
            offset: known.chars().count() as u64,
        };
        let rest = read(&handle, from).await;
        assert_eq!(shown(&known, &rest), end.reply, "rejoined after {from}");
        assert_eq!(rest.len(), seen.len() - count);
    }
}

#[tokio::test]
async fn a_failed_step_ends_the_run_with_its_reason() {
    let world = Arc::new(World::default());
    let flow = CITED
        .replace("then: branch", "then: fail")
        .replace("handle: error, ", "")
        .replace("{{ write.error.message }}", "");
    let (end, events) = play(&world, &flow, json!({"q": "fail:9"})).await;
    assert_eq!(end.status, RunStatus::Failed);
    assert_eq!(end.error.as_ref().unwrap().code, Code::Upstream);
    assert!(matches!(
        events.last().unwrap().body,
        EventBody::RunFailed { .. }
    ));
}

#[tokio::test]
async fn a_run_killed_after_any_log_entry_ends_the_same_and_repeats_no_finished_step() {
    let whole = Arc::new(World::default());
    let (end, _) = play(&whole, CITED, json!({"q": "say [1]"})).await;
    let entries = whole.log.lock().len();
    for cut in 0..entries {
        let dying = Arc::new(World {
            dies_after: Some(cut),
            ..World::default()
        });
        let handle = start(&dying, &plan(CITED), json!({"q": "say [1]"}), vec![]);
        let before = read(&handle, Cursor::default()).await;
        assert!(handle.finished().await.is_err());
        assert!(before.iter().all(|event| !event.body.is_terminal()));
        let again = Arc::new(World {
            next_seq: Some(1000),
            ..World::default()
        });
        *again.log.lock() = dying.log.lock().clone();
        let handle = start(&again, &plan(CITED), json!({"q": "say [1]"}), dying.steps());
        let known = shown("", &before);
        let from = Cursor {
            seq: before.last().unwrap().seq,
            offset: known.chars().count() as u64,
        };
        let after = read(&handle, from).await;
        let ended = handle.finished().await.unwrap();
        // When its reply begins is not the same, and is not known of one that began before.
        let outcome = |of: &RunOutcome| RunOutcome {
            first_token_at: None,
            ..of.clone()
        };
        assert_eq!(outcome(&ended), outcome(&end), "killed after {cut}");
        assert_eq!(shown(&known, &after), end.reply, "killed after {cut}");
        let mut story = again.story();
        let mut expected = whole.story();
        story.sort();
        expected.sort();
        assert_eq!(story, expected, "killed after {cut}");
    }
}

#[test]
fn all_mistakes_of_a_flow_are_told_together() {
    let flow = FlowDocument::parse(
        r#"
headwater: 1
name: wrong
kind: task
inputs: [{ name: q, type: string }]
nodes:
  - { id: a, kind: template, settings: { text: "{{ b.text }} {{ nobody.x }} {{ start.r }}", colour: red } }
  - { id: b, kind: template, settings: { text: "{% if %}" }, timeout: soon }
  - { id: c, kind: magic }
  - { id: d, kind: template, settings: { text: "{{ b.txt }} {{ c | upper }} {{ zzz | upper }}" } }
edges: [{ from: start, to: a }, { from: a, to: b }, { from: b, to: c, handle: x }, { from: b, to: d }]
"#,
    )
    .unwrap();
    let problems = compile(&flow, &Catalogue::default()).err().unwrap();
    let text = format!("{problems:#?}");
    for part in [
        "colour",
        "soon",
        "magic",
        "“x”",
        "txt",
        "zzz",
        "“c” does not come before",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}
