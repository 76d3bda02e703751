//! Compiles a flow: its graph and every body, all problems together.

use std::collections::HashMap;

use headwater_model::flow::{Edge, FlowDocument, FlowKind, Node, Problem, graph};

use super::call::{Calling, START};
use super::order::{Order, Shape, shapes};
use super::{Compiler, Known, Level, Within};
use crate::catalogue::Catalogue;
use crate::library::Library;
use crate::plan::{MAX_NODES, Plan, PlannedEdge, PlannedGraph, PlannedNode};
use crate::template;

/// Compiles a flow that calls no other, or tells everything that is wrong with it.
pub fn compile(flow: &FlowDocument, catalogue: &Catalogue) -> Result<Plan, Vec<Problem>> {
    compile_with(flow, catalogue, &Library::default())
}

/// Compiles a flow with those it calls, or tells everything that is wrong with it.
pub fn compile_with(
    flow: &FlowDocument,
    catalogue: &Catalogue,
    library: &Library,
) -> Result<Plan, Vec<Problem>> {
    if flow.size() > MAX_NODES {
        return Err(vec![whole(
            "nodes",
            format!("A flow may have at most {MAX_NODES} nodes."),
            "Split it.",
        )]);
    }
    compile_all(flow, catalogue, library)
}

/// [`compile`] without the limit on the number of nodes.
#[doc(hidden)]
pub fn compile_any(flow: &FlowDocument, catalogue: &Catalogue) -> Result<Plan, Vec<Problem>> {
    compile_all(flow, catalogue, &Library::default())
}

fn compile_all(
    flow: &FlowDocument,
    catalogue: &Catalogue,
    library: &Library,
) -> Result<Plan, Vec<Problem>> {
    let problems = graph::problems(flow);
    let start = flow.nodes.iter().find(|node| node.id == "start");
    let mut documents: Vec<&Node> = vec![start.unwrap_or(&START)];
    documents.extend(flow.nodes.iter().filter(|node| node.id != "start"));
    let mut compiler = Compiler {
        flow,
        catalogue,
        library,
        calling: vec![Calling {
            slug: library.slug.clone().or_else(|| flow.slug.clone()),
            pins: &library.pins,
        }],
        callees: HashMap::new(),
        planned: flow.size(),
        env: Vec::new(),
        keeps_steps: flow.durability.keeps_steps(),
        secrets: Vec::new(),
        secrets_taken: None,
        sound: problems.is_empty(),
        levels: Vec::new(),
        graphs: vec![PlannedGraph::default()],
        homes: homes(flow),
        subject: documents[0],
        environment: template::environment(),
        templates: 0,
        schemas: HashMap::new(),
        problems,
    };
    compiler.surroundings(flow);
    compiler.enter(Within::Flow, &documents, &flow.edges);
    compiler.graph(&documents, &flow.edges);
    compiler.declared_outputs();
    if flow.kind == FlowKind::Chat && !compiler.graphs[0].replies && compiler.problems.is_empty() {
        compiler.problems.push(whole(
            "nodes",
            "A chat flow needs an answer node.".into(),
            "Add a node of kind answer and lead to it.",
        ));
    }
    if !compiler.problems.is_empty() {
        return Err(compiler.problems);
    }
    Ok(Plan {
        name: flow.name.clone(),
        kind: flow.kind,
        durability: flow.durability,
        inputs: flow.inputs.clone(),
        outputs: flow.outputs.clone(),
        variables: flow.variables.clone(),
        env: compiler.env,
        secrets: compiler.secrets,
        graphs: compiler.graphs,
        environment: compiler.environment,
    })
}

impl<'a> Compiler<'a> {
    /// Makes the nodes of a graph known to everything compiled in it.
    pub(super) fn enter(&mut self, within: Within, documents: &[&'a Node], edges: &[Edge]) {
        let known = documents.iter().filter(|node| !node.is_note());
        let known: Vec<Known> = known.map(|node| self.known(node)).collect();
        let names: HashMap<String, usize> = known
            .iter()
            .enumerate()
            .map(|(index, node)| (node.id.clone(), index))
            .collect();
        let order = self.sound.then(|| {
            let edges = wire(edges, &names);
            Order::new(&edges, &shapes(&edges, known.len()))
        });
        self.levels.push(Level {
            within,
            known,
            names,
            order,
            node: None,
        });
    }

    /// Compiles the graph just entered. Returns its place in the plan, unless a node has problems.
    pub(super) fn graph(&mut self, documents: &[&'a Node], edges: &[Edge]) -> Option<usize> {
        let level = self.levels.len() - 1;
        let names = self.levels[level].names.clone();
        let edges = wire(edges, &names);
        let mut shapes: Vec<Option<Shape>> =
            shapes(&edges, names.len()).into_iter().map(Some).collect();
        let mut nodes: Vec<Option<PlannedNode>> = Vec::with_capacity(names.len());
        for document in documents {
            self.subject = document;
            if document.is_note() {
                self.note(document);
                continue;
            }
            let index = nodes.len();
            self.levels[level].node = Some(index);
            let shape = shapes.get_mut(index).and_then(Option::take);
            nodes.push(self.planned(document, shape.unwrap_or_default(), &edges));
        }
        self.levels[level].node = None;
        let nodes: Vec<PlannedNode> = nodes.into_iter().collect::<Option<_>>()?;
        let graph = PlannedGraph {
            entries: (0..nodes.len())
                .filter(|&node| nodes[node].in_edges.is_empty())
                .collect(),
            replies: nodes.iter().any(|node| node.replies),
            nodes,
            edges,
            names,
        };
        if level == 0 && self.calling.len() == 1 {
            self.graphs[0] = graph;
            return Some(0);
        }
        self.graphs.push(graph);
        Some(self.graphs.len() - 1)
    }
}

pub(super) fn start_node() -> Node {
    Node {
        id: "start".into(),
        kind: "start".into(),
        settings: serde_json::Map::new(),
        on_error: None,
        timeout: None,
        cache: None,
        body: None,
    }
}

pub(super) fn whole(field: &str, message: String, fix: &str) -> Problem {
    Problem {
        node: None,
        field: Some(field.to_owned()),
        message,
        fix: fix.to_owned(),
    }
}

/// The edges between nodes that exist; the others are reported elsewhere.
fn wire(edges: &[Edge], names: &HashMap<String, usize>) -> Vec<PlannedEdge> {
    edges
        .iter()
        .filter_map(|edge| {
            Some(PlannedEdge {
                from: *names.get(&edge.from)?,
                to: *names.get(&edge.to)?,
                handle: edge.handle.clone(),
            })
        })
        .collect()
}

/// The container every node in a body stands in.
pub(super) fn homes(flow: &FlowDocument) -> HashMap<&str, &str> {
    let mut homes = HashMap::new();
    let mut walk: Vec<(&[Node], Option<&str>)> = vec![(&flow.nodes, None)];
    while let Some((nodes, container)) = walk.pop() {
        for node in nodes {
            if let Some(container) = container {
                homes.insert(node.id.as_str(), container);
            }
            if let Some(body) = &node.body {
                walk.push((&body.nodes, Some(&node.id)));
            }
        }
    }
    homes
}
