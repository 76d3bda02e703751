//! The rules every graph obeys, whatever its nodes do. Linear in nodes + edges, bodies included.

mod fields;
mod order;

use std::collections::{HashMap, HashSet};

use super::{Edge, FORMAT, FlowDocument, Node, Problem};

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

/// How deep bodies may stand in bodies.
pub const MAX_DEPTH: usize = 8;

/// A flow's own graph, or a container's body.
struct Graph<'a> {
    nodes: &'a [Node],
    edges: &'a [Edge],
    /// The container; absent for the flow's own graph.
    of: Option<&'a str>,
    depth: usize,
}

/// Everything wrong with the graph itself: format, ids, edges, cycles, unreachable nodes.
pub fn problems(flow: &FlowDocument) -> Vec<Problem> {
    let mut found = Vec::new();
    head(flow, &mut found);
    let graphs = graphs(flow);
    let homes = node_ids(&graphs, &mut found);
    for (home, graph) in graphs.iter().enumerate() {
        edges(home, graph, &graphs, &homes, &mut found);
    }
    fields::inputs(flow, &mut found);
    fields::outputs(flow, &mut found);
    fields::environment(flow, &mut found);
    fields::variables(flow, &mut found);
    if found.is_empty() {
        for graph in &graphs {
            order::check(graph, &mut found);
        }
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

/// Whether `slug` matches `[a-z0-9-]{1,64}`, with no hyphen at its ends.
pub fn valid_slug(slug: &str) -> bool {
    (1..=64).contains(&slug.len())
        && slug
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !slug.starts_with('-')
        && !slug.ends_with('-')
}

fn problem(node: Option<&str>, field: &str, message: String, fix: &str) -> Problem {
    Problem {
        node: node.map(str::to_owned),
        field: Some(field.to_owned()),
        message,
        fix: fix.to_owned(),
    }
}

fn head(flow: &FlowDocument, found: &mut Vec<Problem>) {
    if flow.headwater != FORMAT {
        found.push(problem(
            None,
            "headwater",
            format!("Format version {} is not known.", flow.headwater),
            "Write `headwater: 1`.",
        ));
    }
    if let Some(slug) = flow.slug.as_deref().filter(|slug| !valid_slug(slug)) {
        found.push(problem(
            None,
            "slug",
            format!("“{slug}” is not a slug."),
            "Use 1 to 64 small letters, digits and -, such as ask-the-handbook.",
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
    if let Some(wrong) = flow.wrong_tags() {
        found.push(problem(None, "tags", wrong, "Change or remove it."));
    }
}

/// The flow's graph and every body in it, outer ones first.
fn graphs(flow: &FlowDocument) -> Vec<Graph<'_>> {
    let mut graphs = vec![Graph {
        nodes: &flow.nodes,
        edges: &flow.edges,
        of: None,
        depth: 0,
    }];
    let mut at = 0;
    while let Some(graph) = graphs.get(at) {
        let depth = graph.depth + 1;
        let bodies: Vec<Graph<'_>> = graph
            .nodes
            .iter()
            .filter_map(|node| {
                let body = node.body.as_ref()?;
                Some(Graph {
                    nodes: &body.nodes,
                    edges: &body.edges,
                    of: Some(&node.id),
                    depth,
                })
            })
            .collect();
        graphs.extend(bodies);
        at += 1;
    }
    graphs
}

/// Checks ids and says in which graph each stands.
fn node_ids<'a>(graphs: &[Graph<'a>], found: &mut Vec<Problem>) -> HashMap<&'a str, usize> {
    let mut homes = HashMap::from([("start", 0)]);
    for (home, graph) in graphs.iter().enumerate() {
        for node in graph.nodes {
            let id = node.id.as_str();
            if id == "start" && node.kind == "start" && home == 0 {
                continue;
            }
            let (message, fix) = if !valid_id(id) {
                (
                    format!("“{id}” is not a node id."),
                    "Use 1 to 64 letters, digits, _ or -.",
                )
            } else if RESERVED.contains(&id) {
                (format!("“{id}” is a reserved name."), "Choose another id.")
            } else if homes.insert(id, home).is_some() {
                (
                    format!("Two nodes are called “{id}”."),
                    "Give one another id; ids are unique in a flow, bodies included.",
                )
            } else {
                continue;
            };
            found.push(problem(Some(id), "id", message, fix));
        }
        depth_and_size(graph, found);
    }
    homes
}

fn depth_and_size(graph: &Graph<'_>, found: &mut Vec<Problem>) {
    if graph.of.is_none() {
        return;
    }
    if graph.depth > MAX_DEPTH {
        found.push(problem(
            graph.of,
            "body",
            format!("Bodies stand more than {MAX_DEPTH} deep in each other."),
            "Flatten the flow.",
        ));
    }
    if graph.nodes.iter().all(Node::is_note) {
        found.push(problem(
            graph.of,
            "body",
            "The body is empty.".into(),
            "Give it at least one node.",
        ));
    }
}

fn edges(
    home: usize,
    graph: &Graph<'_>,
    graphs: &[Graph<'_>],
    homes: &HashMap<&str, usize>,
    found: &mut Vec<Problem>,
) {
    let notes: HashSet<&str> = graph
        .nodes
        .iter()
        .filter(|node| node.is_note())
        .map(|node| node.id.as_str())
        .collect();
    let mut seen = HashSet::new();
    for edge in graph.edges {
        for (field, id) in [("from", &edge.from), ("to", &edge.to)] {
            let (message, fix) = match homes.get(id.as_str()) {
                None => (
                    format!("An edge's `{field}` names “{id}”, which is no node."),
                    "Correct the id or remove the edge.",
                ),
                Some(&other) if other != home => (
                    strays(field, id, graphs[other].of),
                    "Edges stay inside their graph; connect the container instead.",
                ),
                Some(_) if notes.contains(id.as_str()) => (
                    format!("An edge's `{field}` names “{id}”, which is a note."),
                    "Notes never run; remove the edge.",
                ),
                Some(_) => continue,
            };
            found.push(problem(graph.of, "edges", message, fix));
        }
        if edge.to == "start" && home == 0 {
            found.push(problem(
                None,
                "edges",
                format!("The edge from “{}” leads into start.", edge.from),
                "Nothing can come before start; remove the edge.",
            ));
        }
        if !seen.insert((&edge.from, &edge.to, &edge.handle)) {
            found.push(problem(
                graph.of,
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

fn strays(field: &str, id: &str, of: Option<&str>) -> String {
    match of {
        Some(container) => {
            format!("An edge's `{field}` names “{id}”, which stands in the body of “{container}”.")
        }
        None => format!("An edge's `{field}` names “{id}”, which stands outside this body."),
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

    #[test]
    fn bodies_have_unique_ids_and_edges_that_stay_inside() {
        let found = problems(&flow(
            "{headwater: 1, name: x, kind: task, edges: [{from: start, to: e}, {from: a, to: b}],
              nodes: [{id: b, kind: output}, {id: n, kind: note},
                {id: e, kind: each, body: {nodes: [{id: a, kind: output}, {id: b, kind: output}], edges: [{from: a, to: e}]}},
                {id: f, kind: loop, body: {}}]}",
        ));
        let text = format!("{found:#?}");
        for part in [
            "Two nodes are called “b”",
            "“a”, which stands in the body of “e”",
            "“e”, which stands outside this body",
            "The body is empty",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn a_cycle_in_a_body_is_found() {
        let found = problems(&flow(
            "{headwater: 1, name: x, kind: task, edges: [{from: start, to: e}],
              nodes: [{id: e, kind: each, body: {nodes: [{id: a, kind: output}, {id: b, kind: output}], edges: [{from: a, to: b}, {from: b, to: a}]}}]}",
        ));
        assert!(format!("{found:?}").contains("cycle"), "{found:?}");
    }
}
