//! Subflows: what compiling them costs, which revision is meant, and how they stream.

#![allow(clippy::unwrap_used, reason = "tests may take short cuts")]

mod support;

use std::sync::Arc;

use headwater_engine::{Callable, Catalogue, Library, Plan, compile_with};
use headwater_model::flow::{FlowDocument, Pins, Problem};
use headwater_model::run::event::{Cursor, EventBody};
use serde_json::json;
use support::{World, read, start};

fn document(text: &str) -> FlowDocument {
    FlowDocument::parse(&format!("{{headwater: 1, name: x, {text}}}")).unwrap()
}

/// A flow that calls another one twice.
fn calling(slug: &str) -> FlowDocument {
    document(&format!(
        "kind: task, nodes: [{{id: a, kind: subflow, settings: {{flow: {slug}}}}}, {{id: b, kind: subflow, settings: {{flow: {slug}}}}}],
         edges: [{{from: start, to: a}}, {{from: start, to: b}}]"
    ))
}

fn add(library: &mut Library, slug: &str, number: u32, document: FlowDocument) {
    let callable = Callable {
        document: Arc::new(document),
        pins: Pins::new(),
    };
    library.add(slug, number, callable);
    library.publish(slug, number);
}

fn compiled(flow: &FlowDocument, library: &Library) -> Result<Plan, Vec<Problem>> {
    compile_with(flow, &Catalogue::default(), library)
}

/// `f0` is a leaf, and every other one calls the one before it twice.
fn tower(height: usize) -> Library {
    let mut library = Library::default();
    add(&mut library, "f0", 1, document("kind: task"));
    for at in 1..height {
        add(
            &mut library,
            &format!("f{at}"),
            1,
            calling(&format!("f{}", at - 1)),
        );
    }
    library
}

#[test]
fn a_flow_that_is_called_often_is_compiled_once() {
    let plan = compiled(&calling("f7"), &tower(8)).unwrap();
    // A graph of three nodes for each flow, and one of the leaf's start.
    assert_eq!(plan.size(), 3 * 8 + 1);
}

#[test]
fn flows_call_each_other_only_so_deep() {
    let problems = compiled(&calling("f8"), &tower(9)).unwrap_err();
    assert!(
        format!("{problems:?}").contains("more than 8 deep"),
        "{problems:?}"
    );
}

#[tokio::test]
async fn the_revision_that_was_pinned_runs() {
    let saying = |word: &str| {
        document(&format!(
            "kind: task, nodes: [{{id: a, kind: answer, settings: {{text: {word}}}}}], edges: [{{from: start, to: a}}]"
        ))
    };
    let caller = |revision: &str| {
        document(&format!(
            "kind: chat, nodes: [{{id: s, kind: subflow, settings: {{flow: word{revision}}}}}, {{id: a, kind: answer, settings: {{text: '{{{{ s.text }}}}'}}}}],
             edges: [{{from: start, to: s}}, {{from: s, to: a}}]"
        ))
    };
    let cases = [
        ("", json!({}), "three"),
        ("", json!({ "word": 2 }), "two"),
        (", revision: 1", json!({ "word": 2 }), "one"),
        (", revision: latest", json!({ "word": 2 }), "three"),
        (", revision: latest", json!({ "word@latest": 2 }), "two"),
    ];
    for (revision, pins, said) in cases {
        let mut library = Library::of(None, serde_json::from_value(pins).unwrap());
        for (number, word) in ["one", "two", "three"].into_iter().enumerate() {
            add(&mut library, "word", number as u32 + 1, saying(word));
        }
        let plan = Arc::new(compiled(&caller(revision), &library).unwrap());
        let world = Arc::new(World::default());
        let handle = start(&world, &plan, json!({}), vec![]);
        assert_eq!(handle.finished().await.unwrap().reply, said, "{revision}");
    }
}

#[tokio::test]
async fn what_a_subflow_says_streams_into_the_answer_that_names_it() {
    let mut library = Library::default();
    let talk = "kind: task, nodes: [{id: model, kind: chat, settings: {messages: [{role: user, content: one two three}]}}, {id: a, kind: answer, settings: {text: '{{ model.text }}'}}],
        edges: [{from: start, to: model}, {from: model, to: a}]";
    add(&mut library, "talk", 1, document(talk));
    let around = "kind: chat, nodes: [{id: s, kind: subflow, settings: {flow: talk}}, {id: a, kind: answer, settings: {text: '<{{ s.text }}>'}}],
        edges: [{from: start, to: s}, {from: s, to: a}]";
    let plan = Arc::new(compiled(&document(around), &library).unwrap());
    let world = Arc::new(World::default());
    let handle = start(&world, &plan, json!({}), vec![]);
    let events = read(&handle, Cursor::default()).await;
    let over = events.iter().position(
        |event| matches!(&event.body, EventBody::StepFinished { node, .. } if node == "model"),
    );
    let before = events[..over.unwrap()].iter();
    let said: String = before
        .filter_map(|event| match &event.body {
            EventBody::MessageDelta { text, .. } => Some(text.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(said, "<one two three");
    assert_eq!(handle.finished().await.unwrap().reply, "<one two three>");
}
