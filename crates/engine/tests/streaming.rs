//! Readers of a live run that come late, or back: what they get instead of pieces that are gone.

mod support;

use std::sync::Arc;

use headwater_engine::RunHandle;
use headwater_model::run::event::{Cursor, Event, EventBody};
use serde_json::json;
use support::{World, plan, start};

/// What `write` says is the reply; `wait` begins behind it and never ends.
const SAID: &str = r#"
headwater: 1
name: said
kind: chat
inputs: [{ name: q, type: string, required: true }]
nodes:
  - id: write
    kind: chat
    settings: { messages: [{ role: user, content: "{{ start.q }}" }] }
  - { id: reply, kind: answer, settings: { text: "{{ write.text }}" } }
  - { id: then, kind: template, settings: { text: "done" } }
  - id: wait
    kind: chat
    settings: { messages: [{ role: user, content: "hang on" }] }
edges:
  - { from: start, to: write }
  - { from: write, to: reply }
  - { from: reply, to: then }
  - { from: then, to: wait }
"#;

/// A reader's position after an event.
fn pass(at: &mut Cursor, reply: &mut String, event: &Event) {
    assert!(event.seq > at.seq, "{} comes after {}", event.seq, at.seq);
    at.seq = event.seq;
    if let EventBody::MessageDelta { offset, text } = &event.body {
        if *offset != at.offset {
            *reply = reply.chars().take(*offset as usize).collect();
        }
        reply.push_str(text);
        at.offset = offset + text.chars().count() as u64;
    }
}

/// Everything from a position to the last word of the step that never ends.
async fn read(handle: &RunHandle, from: Cursor, known: &str) -> (Vec<Arc<Event>>, String) {
    let mut reader = handle.events(from);
    let (mut at, mut reply, mut events) = (from, known.to_owned(), Vec::new());
    loop {
        let event = reader.next().await.expect("the run goes on");
        pass(&mut at, &mut reply, &event);
        events.push(Arc::clone(&event));
        if let EventBody::StepDelta { node, text, .. } = &event.body
            && (node.as_str(), text.as_str()) == ("wait", "on")
        {
            return (events, reply);
        }
    }
}

fn boundaries(events: &[Arc<Event>], after: u64) -> Vec<u64> {
    let delta = |event: &Event| {
        matches!(
            event.body,
            EventBody::StepDelta { .. } | EventBody::MessageDelta { .. }
        )
    };
    let later = events.iter().filter(|e| e.seq > after && !delta(e));
    later.map(|event| event.seq).collect()
}

#[tokio::test]
async fn a_reader_who_comes_back_late_gets_every_number_once() {
    let world = Arc::new(World::default());
    // Many more pieces than are kept.
    let words: String = (0..5000).map(|n| format!("wörd{n} ")).collect();
    let words = words.trim_end();
    let handle = start(&world, &plan(SAID), json!({ "q": words }), vec![]);
    let (seen, reply) = read(&handle, Cursor::default(), "").await;
    assert!(reply == words);
    let (mut at, mut known) = (Cursor::default(), String::new());
    for (index, event) in seen.iter().enumerate() {
        pass(&mut at, &mut known, event);
        let near = index < 20 || seen.len() - index < 20;
        if index + 1 == seen.len() || !(near || index % 997 == 0) {
            continue;
        }
        let (rest, reply) = read(&handle, at, &known).await;
        assert!(reply == words, "back after {at}: {} bytes", reply.len());
        assert_eq!(
            boundaries(&rest, at.seq),
            boundaries(&seen, at.seq),
            "back after {at}"
        );
    }
    // Nobody's position, but a reader may send it.
    let odd = Cursor {
        seq: at.seq - 1,
        offset: 3,
    };
    let event = handle.events(odd).next().await.unwrap();
    let EventBody::MessageDelta { offset, text } = &event.body else {
        panic!("{event:?}");
    };
    assert!(*offset == 3 && words.ends_with(text.as_str()));
    handle.cancel();
    handle.finished().await.unwrap();
}
