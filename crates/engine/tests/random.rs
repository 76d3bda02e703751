//! Any graph, containers included: it ends, once; every node of every round once; the reply stands
//! in the order a simple interpreter gives; killed after any log entry it ends the same.

#![allow(clippy::unwrap_used, reason = "tests may take short cuts")]

mod support;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use headwater_engine::{Catalogue, compile};
use headwater_model::flow::{Edge, FlowDocument, Node};
use headwater_model::run::StepStatus;
use headwater_model::run::event::Cursor;
use headwater_model::run::log::StepRecord;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use support::{World, shown, start, through};

/// A node and the earlier ones it follows.
#[derive(Clone, Debug)]
struct Drawn {
    kind: Kind,
    before: Vec<Index>,
    way: bool,
}

#[derive(Clone, Debug)]
enum Kind {
    Template,
    Branch,
    Chat,
    Broken,
    Answer,
    Human,
    Each(usize, bool, Vec<Drawn>),
    Loop(usize, Vec<Drawn>),
}

fn boxes() -> impl Strategy<Value = Vec<Drawn>> {
    let node = |kind: BoxedStrategy<Kind>| {
        let before = prop::collection::vec(any::<Index>(), 1..3);
        (kind, before, any::<bool>()).prop_map(|(kind, before, way)| Drawn { kind, before, way })
    };
    let leaf = prop_oneof![
        Just(Kind::Template),
        Just(Kind::Branch),
        Just(Kind::Chat),
        Just(Kind::Broken),
        Just(Kind::Human),
        Just(Kind::Answer),
        Just(Kind::Answer),
    ]
    .boxed();
    let kind = leaf.prop_recursive(2, 12, 4, move |inner| {
        let body = prop::collection::vec(node(inner.boxed()), 1..4);
        prop_oneof![
            (0usize..4, any::<bool>(), body.clone())
                .prop_map(|(n, drop, b)| Kind::Each(n, drop, b)),
            (0usize..4, body).prop_map(|(n, b)| Kind::Loop(n, b)),
        ]
    });
    let before = prop::collection::vec(any::<Index>(), 1..3);
    let any_box = (kind, before, any::<bool>());
    let any_box = any_box.prop_map(|(kind, before, way)| Drawn { kind, before, way });
    prop::collection::vec(any_box, 1..7)
}

/// Writes a graph; `spared` is true where failures are caught by an `each` around it.
fn graph(boxes: &[Drawn], prefix: &str, root: bool, spared: bool) -> (Vec<Value>, Vec<Value>) {
    let (mut nodes, mut edges) = (Vec::new(), Vec::new());
    for (n, this) in boxes.iter().enumerate() {
        let id = format!("{prefix}{n}");
        let inner = |body: &[Drawn], spared| {
            let (nodes, edges) = graph(body, &format!("{id}_"), false, spared);
            json!({ "nodes": nodes, "edges": edges })
        };
        let say = |text: String| json!({ "messages": [{ "role": "user", "content": text }] });
        let (kind, settings, body) = match &this.kind {
            Kind::Template => ("template", json!({ "text": "t" }), None),
            Kind::Branch => {
                let test = json!({ "value": this.way, "op": "is_true" });
                let cases = json!([{ "handle": "a", "all": [test] }]);
                ("branch", json!({ "cases": cases }), None)
            }
            Kind::Human => {
                let buttons = if this.way {
                    ["a", "else"]
                } else {
                    ["else", "a"]
                };
                ("human", json!({ "title": id, "buttons": buttons }), None)
            }
            Kind::Broken if spared => ("chat", say("broken here now".into()), None),
            Kind::Chat | Kind::Broken => ("chat", say(format!("say {n} now")), None),
            Kind::Answer => ("answer", json!({ "text": format!("<{id}>") }), None),
            Kind::Each(items, drop, body) => {
                let items: Vec<usize> = (0..*items).collect();
                let on_error = if *drop { "drop" } else { "null" };
                let settings = json!({ "items": items, "concurrency": 2, "on_error": on_error });
                ("each", settings, Some(inner(body, true)))
            }
            Kind::Loop(0, body) => {
                let test = json!({ "value": false, "op": "is_true" });
                ("loop", json!({ "while": test }), Some(inner(body, spared)))
            }
            Kind::Loop(rounds, body) => (
                "loop",
                json!({ "max_rounds": rounds }),
                Some(inner(body, spared)),
            ),
        };
        let mut node = json!({ "id": id, "kind": kind, "settings": settings });
        if let Some(body) = body {
            node["body"] = body;
        }
        nodes.push(node);
        let from: HashSet<usize> = this.before.iter().map(|b| b.index(n + 1)).collect();
        for from in from {
            let mut edge = match (from, root) {
                (0, true) => json!({ "from": "start", "to": id }),
                (0, false) => continue,
                (from, _) => json!({ "from": format!("{prefix}{}", from - 1), "to": id }),
            };
            if from > 0 && matches!(boxes[from - 1].kind, Kind::Branch | Kind::Human) {
                edge["handle"] = json!(if n % 2 == 0 { "a" } else { "else" });
            }
            edges.push(edge);
        }
    }
    (nodes, edges)
}

fn flow(boxes: &[Drawn]) -> FlowDocument {
    let (nodes, edges) = graph(boxes, "n", true, false);
    let flow =
        json!({ "headwater": 1, "name": "any", "kind": "task", "nodes": nodes, "edges": edges });
    FlowDocument::parse(&flow.to_string()).unwrap()
}

/// The reply, from the log and the meaning of the words alone.
fn spoken(nodes: &[Node], edges: &[Edge], prefix: &str, records: &[StepRecord]) -> String {
    let rank = ranks(nodes, edges, prefix.is_empty());
    let kind = |id: &str| {
        nodes
            .iter()
            .find(|n| n.id == id)
            .map_or("start", |n| &n.kind)
    };
    let own = |record: &&StepRecord| {
        let rest = record.place().strip_prefix(prefix);
        rest.is_some_and(|rest| !rest.contains('/'))
    };
    let (mut order, mut certain): (Vec<&str>, HashSet<&str>) = Default::default();
    for seen in 0..=records.len() {
        let ended: HashMap<&str, &StepRecord> = records[..seen]
            .iter()
            .filter(own)
            .map(|record| (record.node.as_str(), record))
            .collect();
        let mut new: Vec<&str> = Vec::new();
        loop {
            let follows = |edge: &Edge| match kind(&edge.from) {
                "branch" | "human" => ended
                    .get(edge.from.as_str())
                    .is_some_and(|r| r.status == StepStatus::Done && r.handle == edge.handle),
                _ => certain.contains(edge.from.as_str()),
            };
            let next = rank.keys().find(|id| {
                let mut into = edges.iter().filter(|edge| edge.to == ***id).peekable();
                !certain.contains(**id) && (into.peek().is_none() || into.any(follows))
            });
            let Some(next) = next.copied() else { break };
            certain.insert(next);
            new.push(next);
        }
        new.sort_by_key(|id| rank[id]);
        order.extend(new);
    }
    let mut text = String::new();
    for id in order {
        let node = nodes.iter().find(|node| node.id == id);
        let record = records.iter().find(|r| own(r) && r.node == id);
        if kind(id) == "answer" && record.is_some_and(|r| r.status == StepStatus::Done) {
            text.push_str(record.unwrap().outputs["text"].as_str().unwrap());
        }
        if let Some(body) = node.and_then(|node| node.body.as_ref()) {
            for index in 0.. {
                let inner = format!("{prefix}{id}[{index}]/");
                if !records.iter().any(|r| r.place().starts_with(&inner)) {
                    break;
                }
                text.push_str(&spoken(&body.nodes, &body.edges, &inner, records));
            }
        }
    }
    text
}

/// A topological order, first come first served.
fn ranks<'n>(nodes: &'n [Node], edges: &'n [Edge], root: bool) -> HashMap<&'n str, usize> {
    let ids = root.then_some("start").into_iter();
    let ids: Vec<&str> = ids.chain(nodes.iter().map(|n| n.id.as_str())).collect();
    let into = |id: &str| edges.iter().filter(|edge| edge.to == id).count();
    let mut waiting: HashMap<&str, usize> = ids.iter().map(|id| (*id, into(id))).collect();
    let mut order: Vec<&str> = ids.into_iter().filter(|id| waiting[id] == 0).collect();
    let mut at = 0;
    while let Some(&id) = order.get(at) {
        at += 1;
        for edge in edges.iter().filter(|edge| edge.from == id) {
            let count = waiting.get_mut(edge.to.as_str()).unwrap();
            *count -= 1;
            if *count == 0 {
                order.push(&edge.to);
            }
        }
    }
    order
        .into_iter()
        .enumerate()
        .map(|(n, id)| (id, n))
        .collect()
}

/// Every node of every round that was entered has exactly one record.
fn complete(nodes: &[Node], prefix: &str, places: &[String]) {
    for node in nodes {
        let place = format!("{prefix}{}", node.id);
        let count = places.iter().filter(|p| **p == place).count();
        assert_eq!(count, 1, "{place} in {places:?}");
        let Some(body) = &node.body else { continue };
        for index in 0.. {
            let inner = format!("{place}[{index}]/");
            if !places.iter().any(|p| p.starts_with(&inner)) {
                break;
            }
            complete(&body.nodes, &inner, places);
        }
    }
}

fn places(world: &World) -> Vec<String> {
    let mut places: Vec<String> = world.steps().iter().map(|s| s.place().to_owned()).collect();
    places.sort();
    places
}

async fn check(document: &FlowDocument) {
    let plan = Arc::new(compile(document, &Catalogue::default()).unwrap());
    let whole = Arc::new(World::default());
    let handle = start(&whole, &plan, json!({}), vec![]);
    let (end, events) = through(&whole, &plan, &json!({}), handle, Cursor::default()).await;
    let end = end.unwrap();
    assert_eq!(events.iter().filter(|e| e.body.is_terminal()).count(), 1);
    assert_eq!(shown("", &events), end.reply);
    let expected = places(&whole);
    complete(&document.nodes, "", &expected);
    let said = spoken(&document.nodes, &document.edges, "", &whole.steps());
    assert_eq!(end.reply, said, "the order of the reply");
    // Where rounds fail, what else ran in them depends on time.
    let timeless = whole.steps().iter().all(|s| s.status != StepStatus::Failed);
    let entries = whole.log.lock().len();
    for cut in 0..entries {
        let dying = Arc::new(World {
            dies_after: Some(cut),
            ..World::default()
        });
        let handle = start(&dying, &plan, json!({}), vec![]);
        let (_, before) = through(&dying, &plan, &json!({}), handle, Cursor::default()).await;
        let again = Arc::new(World {
            next_seq: Some(1000),
            ..World::default()
        });
        *again.log.lock() = dying.log.lock().clone();
        again.answers.lock().clone_from(&dying.answers.lock());
        let handle = start(&again, &plan, json!({}), dying.steps());
        let known = shown("", &before);
        let from = Cursor {
            seq: before.last().map_or(0, |e| e.seq),
            offset: known.chars().count() as u64,
        };
        let (ended, after) = through(&again, &plan, &json!({}), handle, from).await;
        let ended = ended.unwrap();
        assert_eq!(ended.status, end.status, "killed after {cut}");
        assert_eq!(shown(&known, &after), ended.reply, "killed after {cut}");
        let found = places(&again);
        complete(&document.nodes, "", &found);
        let said = spoken(&document.nodes, &document.edges, "", &again.steps());
        assert_eq!(ended.reply, said, "killed after {cut}");
        if timeless {
            assert_eq!(found, expected, "killed after {cut}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn every_graph_ends_once_in_order_and_the_same_after_any_kill(boxes in boxes()) {
        let document = flow(&boxes);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let run = tokio::time::timeout(std::time::Duration::from_secs(60), check(&document));
            assert!(run.await.is_ok(), "it never ends");
        });
    }
}
