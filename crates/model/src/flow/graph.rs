//! The rules every graph obeys, whatever its nodes do. Linear in nodes + edges.

use std::collections::{HashMap, HashSet};

use super::{FORMAT, FlowDocument, Problem};

/// Roots that templates may name and nodes may not be called.
pub const RESERVED: [&str; 7] = [
    "start",
    "conversation",
    "env",
    "run",
    "item",
    "index",
    "loop",
];

/// Everything wrong with the graph itself: format, ids, edges, cycles, unreachable nodes.
pub fn problems(flow: &FlowDocument) -> Vec<Problem> {
    let mut found = Vec::new();
    if flow.headwater != FORMAT {
        found.push(problem(
            None,
            "headwater",
            format!("Format version {} is not known.", flow.headwater),
            "Write `headwater: 1`.",
        ));
    }
    let name = flow.name.trim();
    if name.is_empty() || name.chars().count() > 100 {
        found.push(problem(
            None,
            "name",
            "A flow needs a name of 1 to 100 characters.".into(),
            "Give it one.",
        ));
    }
    let ids = node_ids(flow, &mut found);
    edges(flow, &ids, &mut found);
    inputs(flow, &mut found);
    if found.is_empty() {
        order(flow, &mut found);
    }
    found
}

/// Whether `id` matches `[A-Za-z0-9_-]{1,64}`.
pub fn valid_id(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

fn problem(node: Option<&str>, field: &str, message: String, fix: &str) -> Problem {
    Problem {
        node: node.map(str::to_owned),
        field: Some(field.to_owned()),
        message,
        fix: fix.to_owned(),
    }
}

fn node_ids<'a>(flow: &'a FlowDocument, found: &mut Vec<Problem>) -> HashSet<&'a str> {
    let mut ids = HashSet::from(["start"]);
    for node in &flow.nodes {
        let id = node.id.as_str();
        if id == "start" && node.kind == "start" {
            continue;
        }
        if !valid_id(id) {
            found.push(problem(
                Some(id),
                "id",
                format!("“{id}” is not a node id."),
                "Use 1 to 64 letters, digits, _ or -.",
            ));
        } else if RESERVED.contains(&id) {
            found.push(problem(
                Some(id),
                "id",
                format!("“{id}” is a reserved name."),
                "Choose another id.",
            ));
        } else if !ids.insert(id) {
            found.push(problem(
                Some(id),
                "id",
                format!("Two nodes are called “{id}”."),
                "Give one another id.",
            ));
        }
    }
    ids
}

fn edges(flow: &FlowDocument, ids: &HashSet<&str>, found: &mut Vec<Problem>) {
    let mut seen = HashSet::new();
    for edge in &flow.edges {
        for (field, id) in [("from", &edge.from), ("to", &edge.to)] {
            if !ids.contains(id.as_str()) {
                found.push(problem(
                    None,
                    "edges",
                    format!("An edge's `{field}` names “{id}”, which is no node."),
                    "Correct the id or remove the edge.",
                ));
            }
        }
        if edge.to == "start" {
            found.push(problem(
                None,
                "edges",
                format!("The edge from “{}” leads into start.", edge.from),
                "Nothing can come before start; remove the edge.",
            ));
        }
        if !seen.insert((&edge.from, &edge.to, &edge.handle)) {
            found.push(problem(
                None,
                "edges",
                format!(
                    "The edge from “{}” to “{}” stands twice.",
                    edge.from, edge.to
                ),
                "Remove one.",
            ));
        }
    }
}

fn inputs(flow: &FlowDocument, found: &mut Vec<Problem>) {
    let mut names = HashSet::new();
    for input in &flow.inputs {
        if !valid_id(&input.name) || input.name.contains('-') {
            found.push(problem(
                None,
                "inputs",
                format!("“{}” is not an input name.", input.name),
                "Use letters, digits and _.",
            ));
        }
        if !names.insert(&input.name) {
            found.push(problem(
                None,
                "inputs",
                format!("Two inputs are called “{}”.", input.name),
                "Rename one.",
            ));
        }
    }
}

/// Kahn's algorithm from `start`: what is never reached, what stands in a cycle.
fn order(flow: &FlowDocument, found: &mut Vec<Problem>) {
    let mut out: HashMap<&str, Vec<&str>> = HashMap::new();
    let mut waiting: HashMap<&str, usize> = HashMap::new();
    for edge in &flow.edges {
        out.entry(&edge.from).or_default().push(&edge.to);
        *waiting.entry(&edge.to).or_default() += 1;
    }
    let mut reached = HashSet::from(["start"]);
    let mut walk = vec!["start"];
    while let Some(id) = walk.pop() {
        for next in out.get(id).into_iter().flatten() {
            if reached.insert(next) {
                walk.push(next);
            }
        }
    }
    for node in flow
        .nodes
        .iter()
        .filter(|node| !reached.contains(node.id.as_str()))
    {
        found.push(problem(
            Some(&node.id),
            "edges",
            format!("Nothing leads to “{}”.", node.id),
            "Connect it, or remove it.",
        ));
    }
    let mut ready: Vec<&str> = std::iter::once("start")
        .chain(
            flow.nodes
                .iter()
                .map(|node| node.id.as_str())
                .filter(|id| *id != "start"),
        )
        .filter(|id| !waiting.contains_key(id))
        .collect();
    let mut placed = HashSet::new();
    while let Some(id) = ready.pop() {
        placed.insert(id);
        for next in out.get(id).into_iter().flatten() {
            if let Some(count) = waiting.get_mut(next) {
                *count -= 1;
                if *count == 0 {
                    ready.push(next);
                }
            }
        }
    }
    if let Some(node) = flow
        .nodes
        .iter()
        .find(|node| reached.contains(node.id.as_str()) && !placed.contains(node.id.as_str()))
    {
        found.push(problem(
            Some(&node.id),
            "edges",
            format!("“{}” stands in a cycle.", node.id),
            "Remove an edge of the cycle.",
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(text: &str) -> FlowDocument {
        FlowDocument::parse(text).unwrap()
    }

    #[test]
    fn all_problems_are_told_together() {
        let found = problems(&flow(
            "{headwater: 2, name: '', kind: task, nodes: [{id: a b, kind: output}, {id: env, kind: output}], edges: [{from: start, to: nowhere}]}",
        ));
        assert_eq!(found.len(), 5, "{found:#?}");
    }

    #[test]
    fn cycles_and_unreachable_nodes_are_found() {
        let found = problems(&flow(
            "{headwater: 1, name: x, kind: task, nodes: [{id: a, kind: output}, {id: b, kind: output}, {id: c, kind: output}], edges: [{from: start, to: a}, {from: a, to: b}, {from: b, to: a}]}",
        ));
        let text = format!("{found:?}");
        assert!(
            text.contains("cycle") && text.contains("Nothing leads to “c”"),
            "{text}"
        );
    }
}
