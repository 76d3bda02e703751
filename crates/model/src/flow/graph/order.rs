//! Kahn's algorithm: what is never reached, what stands in a cycle.

use std::collections::{HashMap, HashSet};

use super::{Graph, problem};
use crate::flow::{Node, Problem};

/// A flow begins with `start`; a body with the nodes no edge leads to.
pub(super) fn check(graph: &Graph<'_>, found: &mut Vec<Problem>) {
    let mut out: HashMap<&str, Vec<&str>> = HashMap::new();
    let mut waiting: HashMap<&str, usize> = HashMap::new();
    for edge in graph.edges {
        out.entry(&edge.from).or_default().push(&edge.to);
        *waiting.entry(&edge.to).or_default() += 1;
    }
    let nodes = || graph.nodes.iter().filter(|node| !node.is_note());
    let reached = match graph.of {
        None => reached(&out),
        Some(_) => nodes().map(|node| node.id.as_str()).collect(),
    };
    for node in nodes().filter(|node| node.id != "start" && !reached.contains(node.id.as_str())) {
        found.push(problem(
            Some(&node.id),
            "edges",
            format!("Nothing leads to “{}”.", node.id),
            "Connect it, or remove it.",
        ));
    }
    let placed = placed(nodes(), &out, waiting);
    if let Some(node) = nodes()
        .find(|node| reached.contains(node.id.as_str()) && !placed.contains(node.id.as_str()))
    {
        found.push(problem(
            Some(&node.id),
            "edges",
            format!("“{}” stands in a cycle.", node.id),
            "Remove an edge of the cycle; repeat steps with a loop node.",
        ));
    }
}

fn reached<'a>(out: &HashMap<&'a str, Vec<&'a str>>) -> HashSet<&'a str> {
    let mut reached = HashSet::from(["start"]);
    let mut walk = vec!["start"];
    while let Some(id) = walk.pop() {
        for next in out.get(id).into_iter().flatten() {
            if reached.insert(next) {
                walk.push(next);
            }
        }
    }
    reached
}

fn placed<'a>(
    nodes: impl Iterator<Item = &'a Node>,
    out: &HashMap<&'a str, Vec<&'a str>>,
    mut waiting: HashMap<&'a str, usize>,
) -> HashSet<&'a str> {
    let mut ready: Vec<&str> = std::iter::once("start")
        .chain(
            nodes
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
    placed
}
