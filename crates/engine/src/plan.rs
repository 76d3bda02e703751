//! A flow compiled to run: settings typed, templates parsed, references resolved, the graph indexed.
//! A run never parses and never validates.

use std::collections::HashMap;

use headwater_model::flow::graph;
use headwater_model::flow::value::parse_duration;
use headwater_model::flow::{FlowDocument, FlowKind, InputField, Node, OnError, Problem, Then};
use minijinja::Environment;
use serde_json::Value;

use crate::catalogue::{Catalogue, Compiled};
use crate::compile::{Ancestors, Compiler, Known};
use crate::step::Step;
use crate::template::{self, Template};

/// The most nodes a flow may have.
pub const MAX_NODES: usize = 1000;

/// A compiled flow. Node 0 is `start`.
#[derive(Debug)]
pub struct Plan {
    pub name: String,
    pub kind: FlowKind,
    pub inputs: Vec<InputField>,
    pub nodes: Vec<PlannedNode>,
    pub edges: Vec<PlannedEdge>,
    pub(crate) environment: Environment<'static>,
}

/// A node ready to run.
#[derive(Debug)]
pub struct PlannedNode {
    pub id: String,
    pub kind: &'static str,
    pub step: Box<dyn Step>,
    pub in_edges: Vec<usize>,
    pub out_edges: Vec<usize>,
    /// Its place in a topological order.
    pub rank: usize,
    pub attempts: u32,
    pub backoff_ms: u64,
    pub then: Then,
    pub default: Option<Value>,
    pub timeout_ms: Option<u64>,
    /// The text it adds to the reply.
    pub reply: Option<Template>,
    pub streams: bool,
    /// Whether its edges are taken for certain when it runs (unless the run ends).
    pub certain: bool,
}

/// A connection between two nodes of the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedEdge {
    pub from: usize,
    pub to: usize,
    pub handle: Option<String>,
}

/// Compiles a flow, or tells everything that is wrong with it.
pub fn compile(flow: &FlowDocument, catalogue: &Catalogue) -> Result<Plan, Vec<Problem>> {
    let mut problems = graph::problems(flow);
    if flow.nodes.len() > MAX_NODES {
        problems.push(whole(
            "nodes",
            format!("A flow may have at most {MAX_NODES} nodes."),
            "Split it.",
        ));
        return Err(problems);
    }
    let implicit = start_node();
    let mut documents: Vec<&Node> = vec![&implicit];
    documents.extend(flow.nodes.iter().filter(|node| node.id != "start"));
    if let Some(explicit) = flow.nodes.iter().find(|node| node.id == "start") {
        documents[0] = explicit;
    }
    let names: HashMap<String, usize> = documents
        .iter()
        .enumerate()
        .map(|(index, node)| (node.id.clone(), index))
        .collect();
    let (edges, shape) = wire(flow, &names, documents.len());
    let ancestors = problems
        .is_empty()
        .then(|| ancestors(&edges, &shape, documents.len()));
    let known: Vec<Known> = documents
        .iter()
        .map(|node| known(flow, node, catalogue))
        .collect();
    let mut compiler = Compiler {
        known: &known,
        names: &names,
        ancestors: ancestors.as_ref(),
        node: 0,
        environment: template::environment(),
        templates: 0,
        problems,
    };
    let nodes: Vec<Option<PlannedNode>> = documents
        .iter()
        .zip(shape)
        .enumerate()
        .map(|(index, (node, shape))| {
            compiler.node = index;
            planned(&mut compiler, node, shape, &edges, catalogue)
        })
        .collect();
    if flow.kind == FlowKind::Chat && flow.nodes.iter().all(|node| node.kind != "answer") {
        compiler.problems.push(whole(
            "nodes",
            "A chat flow needs an answer node.".into(),
            "Add a node of kind answer and lead to it.",
        ));
    }
    let (problems, environment) = (compiler.problems, compiler.environment);
    match nodes.into_iter().collect::<Option<Vec<_>>>() {
        Some(nodes) if problems.is_empty() => Ok(Plan {
            name: flow.name.clone(),
            kind: flow.kind,
            inputs: flow.inputs.clone(),
            nodes,
            edges,
            environment,
        }),
        _ => Err(problems),
    }
}

impl Plan {
    /// A node's index by id.
    pub fn index(&self, id: &str) -> Option<usize> {
        self.nodes.iter().position(|node| node.id == id)
    }
}

#[derive(Default)]
struct Shape {
    in_edges: Vec<usize>,
    out_edges: Vec<usize>,
    rank: usize,
}

fn start_node() -> Node {
    Node {
        id: "start".into(),
        kind: "start".into(),
        settings: serde_json::Map::new(),
        on_error: None,
        timeout: None,
    }
}

fn whole(field: &str, message: String, fix: &str) -> Problem {
    Problem {
        node: None,
        field: Some(field.to_owned()),
        message,
        fix: fix.to_owned(),
    }
}

fn wire(
    flow: &FlowDocument,
    names: &HashMap<String, usize>,
    nodes: usize,
) -> (Vec<PlannedEdge>, Vec<Shape>) {
    let edges: Vec<PlannedEdge> = flow
        .edges
        .iter()
        .filter_map(|edge| {
            Some(PlannedEdge {
                from: *names.get(&edge.from)?,
                to: *names.get(&edge.to)?,
                handle: edge.handle.clone(),
            })
        })
        .collect();
    let mut shape: Vec<Shape> = std::iter::repeat_with(Shape::default).take(nodes).collect();
    for (index, edge) in edges.iter().enumerate() {
        shape[edge.from].out_edges.push(index);
        shape[edge.to].in_edges.push(index);
    }
    rank(&edges, &mut shape);
    (edges, shape)
}

/// Kahn's order; nodes of a cycle keep rank 0 and are reported elsewhere.
fn rank(edges: &[PlannedEdge], shape: &mut [Shape]) {
    let mut waiting: Vec<usize> = shape.iter().map(|s| s.in_edges.len()).collect();
    let mut order: Vec<usize> = (0..shape.len()).filter(|&n| waiting[n] == 0).collect();
    let mut at = 0;
    while let Some(&node) = order.get(at) {
        shape[node].rank = at;
        at += 1;
        for edge in shape[node].out_edges.clone() {
            let to = edges[edge].to;
            waiting[to] -= 1;
            if waiting[to] == 0 {
                order.push(to);
            }
        }
    }
}

fn ancestors(edges: &[PlannedEdge], shape: &[Shape], nodes: usize) -> Ancestors {
    let words = nodes.div_ceil(64);
    let mut bits = vec![0u64; nodes * words];
    let mut order: Vec<usize> = (0..nodes).collect();
    order.sort_by_key(|&node| shape[node].rank);
    for node in order {
        for &edge in &shape[node].in_edges {
            let from = edges[edge].from;
            for word in 0..words {
                bits[node * words + word] |= bits[from * words + word];
            }
            bits[node * words + from / 64] |= 1 << (from % 64);
        }
    }
    Ancestors { words, bits }
}

fn known(flow: &FlowDocument, node: &Node, catalogue: &Catalogue) -> Known {
    let mut outputs: Option<Vec<String>> = if node.kind == "start" {
        Some(flow.inputs.iter().map(|input| input.name.clone()).collect())
    } else {
        catalogue
            .get(&node.kind)
            .and_then(|kind| kind.outputs)
            .map(|names| names.iter().map(|&name| name.to_owned()).collect())
    };
    let then = node.on_error.as_ref().map(|on_error| on_error.then);
    match (then, &mut outputs) {
        (Some(Then::Branch), Some(names)) => names.push("error".to_owned()),
        // A default may have any shape.
        (Some(Then::Default), _) => outputs = None,
        _ => {}
    }
    Known {
        id: node.id.clone(),
        outputs,
    }
}

fn planned(
    compiler: &mut Compiler<'_>,
    node: &Node,
    shape: Shape,
    edges: &[PlannedEdge],
    catalogue: &Catalogue,
) -> Option<PlannedNode> {
    let on_error = node.on_error.clone().unwrap_or(OnError {
        retry: None,
        then: Then::Fail,
        default: None,
    });
    let (attempts, backoff_ms) = retry(compiler, &on_error);
    let timeout_ms = node.timeout.as_deref().and_then(|text| {
        let millis = parse_duration(text);
        if millis.is_none() {
            duration_problem(compiler, "timeout", text);
        }
        millis
    });
    if on_error.then == Then::Default && on_error.default.is_none() {
        compiler.problem(
            "on_error.default",
            "“then: default” needs a default.",
            "Add `default` with the output to go on with.",
        );
    }
    let Some(kind) = catalogue.get(&node.kind) else {
        let all: Vec<&str> = catalogue.kinds().iter().map(|kind| kind.name).collect();
        compiler.problem(
            "kind",
            format!("There is no node kind “{}”.", node.kind),
            format!("Use one of: {}.", all.join(", ")),
        );
        return None;
    };
    if kind.name == "start" && node.id != "start" {
        compiler.problem(
            "kind",
            "A flow has one start, and its id is start.",
            "Remove this node.",
        );
    }
    let compiled = (kind.compile)(compiler, &node.settings)?;
    let branches = on_error.then == Then::Branch;
    handles(compiler, &compiled, branches, &shape, edges);
    Some(PlannedNode {
        id: node.id.clone(),
        kind: kind.name,
        certain: compiled.handles.is_empty() && !branches,
        step: compiled.step,
        in_edges: shape.in_edges,
        out_edges: shape.out_edges,
        rank: shape.rank,
        attempts,
        backoff_ms,
        then: on_error.then,
        default: on_error.default,
        timeout_ms,
        reply: compiled.reply,
        streams: compiled.streams,
    })
}

fn retry(compiler: &mut Compiler<'_>, on_error: &OnError) -> (u32, u64) {
    let Some(retry) = &on_error.retry else {
        return (1, 0);
    };
    if !(1..=10).contains(&retry.attempts) {
        compiler.problem(
            "on_error.retry.attempts",
            format!("{} attempts are not possible.", retry.attempts),
            "Use 1 to 10.",
        );
    }
    let backoff = retry.backoff.as_deref().unwrap_or("1s");
    let millis = parse_duration(backoff).unwrap_or_else(|| {
        duration_problem(compiler, "on_error.retry.backoff", backoff);
        1000
    });
    (retry.attempts, millis)
}

fn duration_problem(compiler: &mut Compiler<'_>, field: &str, text: &str) {
    compiler.problem(
        field,
        format!("“{text}” is not a duration."),
        "Write a number and a unit, such as 500ms, 60s or 5m.",
    );
}

fn handles(
    compiler: &mut Compiler<'_>,
    compiled: &Compiled,
    branches: bool,
    shape: &Shape,
    edges: &[PlannedEdge],
) {
    let mut allowed: Vec<&str> = compiled.handles.iter().map(String::as_str).collect();
    if branches {
        allowed.push("error");
    }
    let out = || shape.out_edges.iter().map(|&edge| &edges[edge]);
    for edge in out() {
        match edge.handle.as_deref() {
            None if !compiled.handles.is_empty() => compiler.problem(
                "edges",
                "An edge out of this node names no handle.",
                format!("Give it one of: {}.", allowed.join(", ")),
            ),
            Some(handle) if !allowed.contains(&handle) => {
                let fix = if allowed.is_empty() {
                    "Remove the handle; this node has one way out.".to_owned()
                } else {
                    format!("It has: {}.", allowed.join(", "))
                };
                compiler.problem("edges", format!("There is no handle “{handle}”."), fix);
            }
            _ => {}
        }
    }
    if branches && out().all(|edge| edge.handle.as_deref() != Some("error")) {
        compiler.problem(
            "on_error.then",
            "“then: branch” needs an edge with the handle error.",
            "Add an edge from this node with `handle: error`.",
        );
    }
}
