//! A flow compiled to run: settings typed, templates parsed, references resolved, every graph indexed.
//! A run never parses and never validates.

use std::collections::HashMap;
use std::sync::Arc;

use headwater_model::flow::{
    Durability, EnvironmentValue, FlowKind, InputField, OutputField, Then, Variable,
};
use minijinja::Environment;
use serde_json::Value;

use crate::container::Container;
use crate::step::Step;
use crate::template::Template;

pub use crate::compile::flow::{compile, compile_with};

/// The most nodes a flow may have, those in bodies included.
pub const MAX_NODES: usize = 1000;

/// A compiled flow. Node 0 of graph 0 is `start`.
#[derive(Debug)]
pub struct Plan {
    pub name: String,
    pub kind: FlowKind,
    pub durability: Durability,
    pub inputs: Vec<InputField>,
    /// What a run gives, when the flow says so.
    pub outputs: Vec<OutputField>,
    pub variables: Vec<Variable>,
    /// Of the flow and of all it calls, the flow's own first.
    pub env: Vec<EnvironmentValue>,
    /// The workspace's secrets that the flow and all it calls declare.
    pub secrets: Vec<String>,
    /// The flow's own graph, then the bodies of its containers.
    pub graphs: Vec<PlannedGraph>,
    pub(crate) environment: Environment<'static>,
}

/// The flow's graph or a body, ready to run.
#[derive(Debug, Default)]
pub struct PlannedGraph {
    pub nodes: Vec<PlannedNode>,
    pub edges: Vec<PlannedEdge>,
    /// The nodes no edge leads to.
    pub entries: Vec<usize>,
    /// Whether an answer stands in it or in a body within.
    pub replies: bool,
    pub(crate) names: HashMap<String, usize>,
}

/// A node ready to run.
#[derive(Debug)]
pub struct PlannedNode {
    pub id: String,
    pub kind: &'static str,
    pub work: Work,
    pub in_edges: Vec<usize>,
    pub out_edges: Vec<usize>,
    /// Its place in a topological order.
    pub rank: usize,
    pub attempts: u32,
    pub backoff_ms: u64,
    pub then: Then,
    pub default: Option<Value>,
    pub timeout_ms: Option<u64>,
    pub caching: Option<Caching>,
    /// The text it adds to the reply.
    pub reply: Option<Template>,
    /// Whether it, or its body, adds to the reply.
    pub replies: bool,
    pub streams: bool,
    /// Whether its edges are taken for certain when it runs (unless the run ends).
    pub certain: bool,
    /// Whether it ends the loop it stands in.
    pub breaks: bool,
}

/// How long results of a node stand, and the settings they follow from.
#[derive(Clone, Debug)]
pub struct Caching {
    pub ttl_ms: u64,
    pub settings: Value,
}

/// What a node does.
#[derive(Debug)]
pub enum Work {
    Step(Arc<dyn Step>),
    /// It runs its body, each time in a frame of its own.
    Container(Arc<dyn Container>),
}

/// A connection between two nodes of one graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedEdge {
    pub from: usize,
    pub to: usize,
    pub handle: Option<String>,
}

impl Plan {
    /// How many nodes there are, those in bodies included.
    pub fn size(&self) -> usize {
        self.graphs.iter().map(|graph| graph.nodes.len()).sum()
    }

    /// Whether a model's words are said in the reply while it writes them: then another model can be
    /// asked for it.
    pub fn speaks_by_model(&self) -> bool {
        self.model_speaks_in(0)
    }

    /// Whether the flow itself searches knowledge bases: then others can be searched for it.
    pub fn searches(&self) -> bool {
        self.searches_in(0)
    }

    fn searches_in(&self, graph: usize) -> bool {
        self.graphs[graph].nodes.iter().any(|node| {
            node.kind == crate::nodes::retrieve::KIND.name
                || match &node.work {
                    Work::Container(body) if !body.makes_steps() && !body.is_call() => {
                        self.searches_in(body.body())
                    }
                    _ => false,
                }
        })
    }

    fn model_speaks_in(&self, graph: usize) -> bool {
        let graph = &self.graphs[graph];
        graph.nodes.iter().enumerate().any(|(index, node)| {
            let heard = graph.hears(index);
            if heard && ASKING.contains(&node.kind) {
                return true;
            }
            match &node.work {
                Work::Container(body) if !body.makes_steps() && (heard || !body.is_call()) => {
                    self.model_speaks_in(body.body())
                }
                _ => false,
            }
        })
    }
}

/// The kinds of nodes whose text a model writes.
const ASKING: [&str; 2] = [
    crate::nodes::chat::KIND.name,
    crate::nodes::agent::KIND.name,
];

impl PlannedGraph {
    /// Whether an answer of this graph says a node's text while it is written.
    pub fn hears(&self, node: usize) -> bool {
        let answers = self.nodes.iter().filter_map(|node| node.reply.as_ref());
        let mut segments = answers.flat_map(|answer| &answer.segments);
        self.nodes[node].streams && segments.any(|segment| segment.text_of() == Some(node))
    }

    /// A node's index by id.
    pub fn index(&self, id: &str) -> Option<usize> {
        self.names.get(id).copied()
    }
}
