//! One node: its kind's settings, what happens when it fails, its handles.

use std::sync::Arc;

use headwater_model::flow::value::parse_duration;
use headwater_model::flow::{FlowKind, Node, OnError, Then};

use super::order::Shape;
use super::{Compiler, Known};
use crate::catalogue::Compiled;
use crate::nodes::code;
use crate::plan::{Caching, PlannedEdge, PlannedGraph, PlannedNode, Work};
use crate::scope::FILES;

/// How steps go that a node makes while it works.
pub(crate) struct PlaceFor {
    /// What their failure means to the frame they are alone in.
    pub then: Then,
    pub timeout_ms: Option<u64>,
}

/// How long results may be used again.
const SHORTEST_TTL_MS: u64 = 1000;
const LONGEST_TTL_MS: u64 = 30 * 24 * 3600 * 1000;

impl<'a> Compiler<'a> {
    pub(super) fn known(&self, node: &Node) -> Known {
        let mut outputs: Option<Vec<String>> = if node.kind == "start" {
            let inputs = self.flow.inputs.iter();
            let mut names: Vec<String> = inputs.map(|input| input.name.clone()).collect();
            if self.flow.kind == FlowKind::Chat && names.iter().all(|name| name != FILES) {
                names.push(FILES.to_owned());
            }
            Some(names)
        } else if node.kind == code::KIND.name {
            code::output_names(&node.settings)
        } else {
            self.catalogue
                .get(&node.kind)
                .and_then(|kind| kind.outputs)
                .map(|names| names.iter().map(|&name| name.to_owned()).collect())
                .or_else(|| self.outputs_of_call(node))
        };
        let then = node.on_error.as_ref().map(|on_error| on_error.then);
        match (then, &mut outputs) {
            (Some(Then::Branch), Some(names)) => names.push("error".to_owned()),
            // A default may have any shape.
            (Some(Then::Default), _) => outputs = None,
            _ => {}
        }
        let types = match then {
            Some(Then::Default) => Vec::new(),
            _ => self.types_of_call(node),
        };
        Known {
            id: node.id.clone(),
            outputs,
            types,
        }
    }

    /// A note is no part of the graph; only its settings are checked.
    pub(super) fn note(&mut self, node: &'a Node) {
        if let Some(kind) = self.catalogue.get(&node.kind) {
            (kind.compile)(self, &node.settings);
        }
    }

    pub(super) fn planned(
        &mut self,
        node: &'a Node,
        shape: Shape,
        edges: &[PlannedEdge],
    ) -> Option<PlannedNode> {
        let on_error = node.on_error.clone().unwrap_or(OnError {
            retry: None,
            then: Then::Fail,
            default: None,
        });
        let (attempts, backoff_ms) = self.retry(&on_error);
        let timeout_ms = node.timeout.as_deref().and_then(|text| {
            let millis = parse_duration(text);
            if millis.is_none() {
                self.duration_problem("timeout", text);
            }
            millis
        });
        if on_error.then == Then::Default && on_error.default.is_none() {
            self.problem(
                "on_error.default",
                "“then: default” needs a default.",
                "Add `default` with the output to go on with.",
            );
        }
        let Some(kind) = self.catalogue.get(&node.kind).copied() else {
            let kinds = self.catalogue.kinds();
            let all: Vec<&str> = kinds.iter().map(|kind| kind.name).collect();
            self.problem(
                "kind",
                format!("There is no node kind “{}”.", node.kind),
                format!("Use one of: {}.", all.join(", ")),
            );
            return None;
        };
        if kind.name == "start" && node.id != "start" {
            self.problem(
                "kind",
                "A flow has one start, and its id is start.",
                "Remove this node.",
            );
        }
        let compiled = (kind.compile)(self, &node.settings);
        self.subject = node;
        let compiled = compiled?;
        self.container_rules(node, &compiled, &on_error);
        let caching = self.caching(node, &compiled);
        let branches = on_error.then == Then::Branch;
        self.handles(&compiled, branches, &shape, edges);
        let body_replies = match &compiled.work {
            // What another flow says is its node's text.
            Work::Container(container) if container.is_call() => false,
            Work::Container(container) => self.graphs[container.body()].replies,
            Work::Step(_) => false,
        };
        Some(PlannedNode {
            id: node.id.clone(),
            kind: kind.name,
            certain: compiled.handles.is_empty() && !branches,
            work: compiled.work,
            in_edges: shape.in_edges,
            out_edges: shape.out_edges,
            rank: shape.rank,
            attempts,
            backoff_ms,
            then: on_error.then,
            default: on_error.default,
            timeout_ms,
            caching,
            replies: compiled.reply.is_some() || body_replies,
            reply: compiled.reply,
            streams: compiled.streams,
            breaks: compiled.breaks,
        })
    }

    fn caching(&mut self, node: &Node, compiled: &Compiled) -> Option<Caching> {
        let cache = node.cache.as_ref()?;
        if !compiled.caches {
            self.problem(
                "cache",
                format!("The results of this node of kind {} cannot be used again.", node.kind),
                "Remove `cache`; it works for chat, classify, extract and code nodes, and for http nodes with the method GET, HEAD or OPTIONS.",
            );
        }
        let Some(ttl_ms) = parse_duration(&cache.ttl) else {
            self.duration_problem("cache.ttl", &cache.ttl);
            return None;
        };
        if !(SHORTEST_TTL_MS..=LONGEST_TTL_MS).contains(&ttl_ms) {
            self.problem(
                "cache.ttl",
                "Results may be used again for 1 s to 30 days.",
                "Change it.",
            );
        }
        Some(Caching {
            ttl_ms,
            settings: serde_json::Value::Object(node.settings.clone()),
        })
    }

    fn container_rules(&mut self, node: &Node, compiled: &Compiled, on_error: &OnError) {
        let (contains, calls, makes) = match &compiled.work {
            Work::Container(container) => (true, container.is_call(), container.makes_steps()),
            Work::Step(_) => (false, false, false),
        };
        if node.body.is_some() && (!contains || calls || makes) {
            self.problem(
                "body",
                format!("A node of kind {} has no body.", node.kind),
                "Remove the body, or use each or loop.",
            );
        }
        if contains && !makes && on_error.retry.is_some() {
            self.problem(
                "on_error.retry",
                "A container is not tried again as a whole.",
                match calls {
                    true => "Give the retry to the nodes of that flow.",
                    false => "Give the retry to the nodes of its body.",
                },
            );
        }
    }

    /// The current node waits for people: attempts and their timeout mean nothing to it.
    pub(crate) fn waits(&mut self) {
        if !self.keeps_steps {
            self.problem(
                "kind",
                "A run that keeps no steps cannot wait for people: while it waits, only its steps remember it.",
                "Remove `durability: none` from the flow that runs, or this node.",
            );
        }
        if self.subject.timeout.is_some() {
            self.problem(
                "timeout",
                "A node that waits for people has no timeout.",
                "Use the setting `deadline`.",
            );
        }
        let retried = self.subject.on_error.as_ref();
        if retried.is_some_and(|on_error| on_error.retry.is_some()) {
            self.problem(
                "on_error.retry",
                "A node that waits for people is not tried again.",
                "Remove the retry.",
            );
        }
    }

    /// A place in the plan for steps that the current node makes: one node, alone in its graph. They
    /// are tried again as the current node's settings say.
    pub(crate) fn place_for(&mut self, id: &str, kind: &'static str, place: PlaceFor) -> usize {
        let retry = self.subject.on_error.as_ref();
        let retry = retry.and_then(|on_error| on_error.retry.as_ref());
        let backoff = retry.and_then(|retry| parse_duration(retry.backoff.as_deref()?));
        let node = PlannedNode {
            id: id.to_owned(),
            kind,
            work: Work::Step(Arc::new(crate::step::Made)),
            in_edges: Vec::new(),
            out_edges: Vec::new(),
            rank: 0,
            attempts: retry.map_or(1, |retry| retry.attempts),
            backoff_ms: backoff.unwrap_or(1000),
            then: place.then,
            default: None,
            timeout_ms: place.timeout_ms,
            caching: None,
            reply: None,
            replies: false,
            streams: false,
            certain: true,
            breaks: false,
        };
        self.graphs.push(PlannedGraph {
            names: [(id.to_owned(), 0)].into(),
            nodes: vec![node],
            entries: vec![0],
            ..PlannedGraph::default()
        });
        self.graphs.len() - 1
    }

    fn retry(&mut self, on_error: &OnError) -> (u32, u64) {
        let Some(retry) = &on_error.retry else {
            return (1, 0);
        };
        if !(1..=10).contains(&retry.attempts) {
            self.problem(
                "on_error.retry.attempts",
                format!("{} attempts are not possible.", retry.attempts),
                "Use 1 to 10.",
            );
        }
        let backoff = retry.backoff.as_deref().unwrap_or("1s");
        let millis = parse_duration(backoff).unwrap_or_else(|| {
            self.duration_problem("on_error.retry.backoff", backoff);
            1000
        });
        (retry.attempts, millis)
    }

    pub(crate) fn duration_problem(&mut self, field: &str, text: &str) {
        self.problem(
            field,
            format!("“{text}” is not a duration."),
            "Write a number and a unit, such as 500ms, 60s or 5m.",
        );
    }

    fn handles(
        &mut self,
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
                None if !compiled.handles.is_empty() => self.problem(
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
                    self.problem("edges", format!("There is no handle “{handle}”."), fix);
                }
                _ => {}
            }
        }
        if branches && out().all(|edge| edge.handle.as_deref() != Some("error")) {
            self.problem(
                "on_error.then",
                "“then: branch” needs an edge with the handle error.",
                "Add an edge from this node with `handle: error`.",
            );
        }
    }
}
