//! What differs between two flow documents, part by part. Pure; positions are counted, not told.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Edge, FlowDocument, Group, Node};

/// How one document became another.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FlowDiff {
    /// In the order of the file: the flow itself, inputs, variables, nodes, edges.
    pub changes: Vec<Change>,
    /// How many boxes stand elsewhere in the editor; that changes nothing in a run.
    pub moved: usize,
    /// How many groups of boxes came, went or are not what they were; that changes nothing in a run.
    #[serde(default)]
    pub regrouped: usize,
}

/// One part of a flow that is not what it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Change {
    pub part: Part,
    /// The part's name or id; of an edge `from → to`. Absent for the flow itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    pub change: ChangeKind,
    /// What changed in it; empty when it was added or removed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldChange>,
}

/// The parts a flow consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Flow,
    Input,
    Output,
    Environment,
    Variable,
    Node,
    Edge,
}

/// What happened to a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    Added,
    Removed,
    Changed,
}

/// A value that is not what it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FieldChange {
    /// Such as `settings.messages[1].content`.
    pub path: String,
    /// Absent when there was nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub before: Option<Value>,
    /// Absent when there is nothing any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub after: Option<Value>,
}

impl FlowDiff {
    /// How `before` became `after`. Linear in the documents.
    pub fn between(before: &FlowDocument, after: &FlowDocument) -> Self {
        let mut diff = Self::default();
        diff.head(before, after);
        let (inputs, others) = (named(&before.inputs), named(&after.inputs));
        diff.parts(Part::Input, "inputs", &inputs, &others);
        let (outputs, others) = (named(&before.outputs), named(&after.outputs));
        diff.parts(Part::Output, "outputs", &outputs, &others);
        let (values, others) = (named(&before.environment), named(&after.environment));
        diff.parts(Part::Environment, "environment", &values, &others);
        let (variables, others) = (named(&before.variables), named(&after.variables));
        diff.parts(Part::Variable, "variables", &variables, &others);
        let (old, new) = (Flat::of(before), Flat::of(after));
        diff.parts(Part::Node, "nodes", &old.nodes, &new.nodes);
        diff.edges(&old.edges, &new.edges);
        diff.moved = moved(&before.layout, &after.layout);
        diff.regrouped = regrouped(&before.groups, &after.groups);
        diff
    }

    /// Whether a run cannot tell the two apart.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    fn head(&mut self, before: &FlowDocument, after: &FlowDocument) {
        let fields = fields(&head(before), &head(after));
        if !fields.is_empty() {
            self.flow().extend(fields);
        }
    }

    /// What changed in the flow itself; its entry stands first.
    fn flow(&mut self) -> &mut Vec<FieldChange> {
        if self.changes.first().is_none_or(|c| c.part != Part::Flow) {
            let change = Change {
                part: Part::Flow,
                id: None,
                change: ChangeKind::Changed,
                fields: Vec::new(),
            };
            self.changes.insert(0, change);
        }
        &mut self.changes[0].fields
    }

    fn parts(&mut self, part: Part, list: &str, before: &Parts, after: &Parts) {
        for (id, value) in before {
            match after.get(id) {
                None => self.push(part, id, ChangeKind::Removed, Vec::new()),
                Some(other) => {
                    let fields = fields(value, other);
                    if !fields.is_empty() {
                        self.push(part, id, ChangeKind::Changed, fields);
                    }
                }
            }
        }
        for id in after.keys().filter(|id| !before.contains_key(*id)) {
            self.push(part, id, ChangeKind::Added, Vec::new());
        }
        // Answers that become certain together speak in the file's order, and forms show it.
        let kept = |from: &Parts, of: &Parts| -> Vec<Value> {
            let names = from.keys().filter(|id| of.contains_key(*id));
            names.map(|id| Value::String(id.clone())).collect()
        };
        let (old, new) = (kept(before, after), kept(after, before));
        if old != new {
            self.flow().push(FieldChange {
                path: format!("order of {list}"),
                before: Some(Value::Array(old)),
                after: Some(Value::Array(new)),
            });
        }
    }

    fn edges(&mut self, before: &[&Edge], after: &[&Edge]) {
        let (old, new) = (set(before), set(after));
        for edge in before.iter().filter(|edge| !new.contains(*edge)) {
            self.push(Part::Edge, &shown(edge), ChangeKind::Removed, Vec::new());
        }
        for edge in after.iter().filter(|edge| !old.contains(*edge)) {
            self.push(Part::Edge, &shown(edge), ChangeKind::Added, Vec::new());
        }
    }

    fn push(&mut self, part: Part, id: &str, change: ChangeKind, fields: Vec<FieldChange>) {
        self.changes.push(Change {
            part,
            id: Some(id.to_owned()),
            change,
            fields,
        });
    }
}

/// Parts as JSON by their name, in the file's order.
type Parts = IndexMap<String, Value>;

fn head(flow: &FlowDocument) -> Value {
    let Value::Object(mut fields) = json(flow) else {
        return Value::Null;
    };
    // Where a flow stands among others is not what it does.
    let others = [
        "slug",
        "inputs",
        "outputs",
        "environment",
        "variables",
        "nodes",
        "edges",
        "layout",
        "groups",
    ];
    fields.retain(|name, _| !others.contains(&name.as_str()));
    Value::Object(fields)
}

fn named<T: Serialize>(parts: &[T]) -> Parts {
    let name = |value: &Value| value["name"].as_str().unwrap_or_default().to_owned();
    let values = parts.iter().map(json);
    values.map(|value| (name(&value), value)).collect()
}

/// All nodes and edges, those in bodies included: ids are unique in a file.
struct Flat<'f> {
    nodes: Parts,
    edges: Vec<&'f Edge>,
}

impl<'f> Flat<'f> {
    fn of(flow: &'f FlowDocument) -> Self {
        let mut flat = Self {
            nodes: IndexMap::new(),
            edges: flow.edges.iter().collect(),
        };
        let mut walk: Vec<(&Node, Option<&str>)> =
            flow.nodes.iter().rev().map(|n| (n, None)).collect();
        while let Some((node, container)) = walk.pop() {
            flat.nodes.insert(node.id.clone(), lone(node, container));
            if let Some(body) = &node.body {
                flat.edges.extend(&body.edges);
                let inner = body.nodes.iter().rev();
                walk.extend(inner.map(|inner| (inner, Some(node.id.as_str()))));
            }
        }
        flat
    }
}

/// A node without its body's nodes, which are told by themselves.
fn lone(node: &Node, container: Option<&str>) -> Value {
    let shell = Node {
        id: node.id.clone(),
        kind: node.kind.clone(),
        settings: node.settings.clone(),
        on_error: node.on_error.clone(),
        timeout: node.timeout.clone(),
        cache: node.cache.clone(),
        body: None,
    };
    let mut value = json(&shell);
    if let (Value::Object(fields), Some(container)) = (&mut value, container) {
        fields.insert("body of".into(), Value::String(container.to_owned()));
    }
    value
}

fn set<'e>(edges: &[&'e Edge]) -> HashSet<&'e Edge> {
    edges.iter().copied().collect()
}

fn shown(edge: &Edge) -> String {
    match &edge.handle {
        Some(handle) => format!("{} [{handle}] → {}", edge.from, edge.to),
        None => format!("{} → {}", edge.from, edge.to),
    }
}

fn moved(before: &IndexMap<String, [f64; 2]>, after: &IndexMap<String, [f64; 2]>) -> usize {
    let all: HashSet<&String> = before.keys().chain(after.keys()).collect();
    all.into_iter()
        .filter(|id| before.get(*id) != after.get(*id))
        .count()
}

fn regrouped(before: &[Group], after: &[Group]) -> usize {
    let known = |groups: &[Group]| -> HashMap<String, Group> {
        let one = |group: &Group| (group.id.clone(), group.clone());
        groups.iter().map(one).collect()
    };
    let (old, new) = (known(before), known(after));
    let all: HashSet<&String> = old.keys().chain(new.keys()).collect();
    all.into_iter()
        .filter(|id| old.get(*id) != new.get(*id))
        .count()
}

fn json<T: Serialize>(part: &T) -> Value {
    serde_json::to_value(part).unwrap_or_default()
}

/// What differs between two values, at the deepest places that can be named.
fn fields(before: &Value, after: &Value) -> Vec<FieldChange> {
    let mut found = Vec::new();
    compare(String::new(), Some(before), Some(after), &mut found);
    found
}

fn compare(path: String, old: Option<&Value>, new: Option<&Value>, found: &mut Vec<FieldChange>) {
    match (old, new) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => objects(&path, old, new, found),
        (Some(Value::Array(old)), Some(Value::Array(new))) => {
            for at in 0..old.len().max(new.len()) {
                compare(format!("{path}[{at}]"), old.get(at), new.get(at), found);
            }
        }
        (old, new) if old == new => {}
        (old, new) => found.push(FieldChange {
            path,
            before: old.cloned(),
            after: new.cloned(),
        }),
    }
}

fn objects(
    path: &str,
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    found: &mut Vec<FieldChange>,
) {
    let added = new.keys().filter(|name| !old.contains_key(*name));
    for name in old.keys().chain(added) {
        let inner = match path {
            "" => name.clone(),
            path => format!("{path}.{name}"),
        };
        compare(inner, old.get(name), new.get(name), found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::GroupColour;

    fn flow(text: &str) -> FlowDocument {
        FlowDocument::parse(text).unwrap()
    }

    fn told(diff: &FlowDiff) -> Vec<String> {
        let one = |change: &Change| {
            let fields: Vec<&str> = change.fields.iter().map(|f| f.path.as_str()).collect();
            format!(
                "{:?} {} {:?} {}",
                change.part,
                change.id.as_deref().unwrap_or("-"),
                change.change,
                fields.join(" ")
            )
        };
        diff.changes
            .iter()
            .map(|c| one(c).trim().to_owned())
            .collect()
    }

    const BEFORE: &str = "
headwater: 1
name: Before
kind: task
inputs: [{ name: text, type: string }, { name: gone, type: number }]
nodes:
  - { id: a, kind: template, settings: { text: one, list: [1, 2] } }
  - id: every
    kind: each
    settings: { items: [] }
    body: { nodes: [{ id: b, kind: template, settings: { text: b } }], edges: [] }
  - { id: out, kind: output, settings: { values: { a: '{{ a.text }}' } } }
edges: [{ from: start, to: a }, { from: a, to: every }, { from: every, to: out }]
layout: { a: [0, 0], out: [1, 1] }
";

    #[test]
    fn a_diff_names_every_part_that_changed_and_nothing_else() {
        let after = "
headwater: 1
name: After
kind: task
inputs: [{ name: text, type: string, required: true }, { name: fresh, type: list }]
nodes:
  - { id: a, kind: template, settings: { text: two, list: [1, 3, 4] }, timeout: 5s }
  - id: every
    kind: each
    settings: { items: [] }
    body: { nodes: [{ id: c, kind: template, settings: { text: b } }], edges: [] }
  - { id: b, kind: template, settings: { text: b } }
  - { id: out, kind: output, settings: { values: { a: '{{ a.text }}' } } }
edges: [{ from: start, to: a }, { from: a, to: every }, { from: every, to: b }, { from: b, to: out }]
layout: { a: [9, 9], out: [1, 1] }
";
        let diff = FlowDiff::between(&flow(BEFORE), &flow(after));
        let expected = [
            "Flow - Changed name",
            "Input text Changed required",
            "Input gone Removed",
            "Input fresh Added",
            "Node a Changed settings.list[1] settings.list[2] settings.text timeout",
            "Node b Changed body of",
            "Node c Added",
            "Edge every → out Removed",
            "Edge every → b Added",
            "Edge b → out Added",
        ];
        assert_eq!(told(&diff), expected);
        assert_eq!(diff.moved, 1);
    }

    #[test]
    fn the_same_flow_elsewhere_on_the_canvas_and_under_another_slug_is_the_same() {
        let mut after = flow(BEFORE);
        after.layout.clear();
        after.slug = Some("elsewhere".into());
        let diff = FlowDiff::between(&flow(BEFORE), &after);
        assert!(diff.is_empty(), "{diff:?}");
        assert_eq!(diff.moved, 2);
    }

    #[test]
    fn a_group_is_told_apart_from_what_runs() {
        let mut before = flow(BEFORE);
        let group = Group {
            id: "g".into(),
            title: "Reading".into(),
            colour: GroupColour::Blue,
            nodes: vec!["a".into(), "out".into()],
            collapsed: false,
        };
        before.groups = vec![group.clone()];
        let mut after = before.clone();
        after.groups[0].collapsed = true;
        after.groups.push(Group {
            id: "h".into(),
            ..group
        });
        let diff = FlowDiff::between(&before, &after);
        assert!(diff.is_empty(), "{diff:?}");
        assert_eq!((diff.moved, diff.regrouped), (0, 2));
        assert_eq!(FlowDiff::between(&after, &after).regrouped, 0);
        // What was read is written as it was.
        let text = after.to_yaml().unwrap();
        assert!(text.contains("colour: blue"), "{text}");
        assert_eq!(flow(&text), after);
    }

    #[test]
    fn another_order_of_nodes_is_a_change() {
        let mut after = flow(BEFORE);
        after.nodes.swap(0, 2);
        let diff = FlowDiff::between(&flow(BEFORE), &after);
        assert_eq!(told(&diff), ["Flow - Changed order of nodes"]);
    }
}
