//! What compiling a node's settings needs: typed settings, templates, references, bodies. Every
//! mistake becomes a problem with node, field and fix, and compiling goes on.

mod call;
#[doc(hidden)]
pub mod flow;
mod node;
mod order;
mod outputs;
mod resolve;
mod settings;
mod templates;
pub(crate) mod text;

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::Arc;

use headwater_model::flow::{EnvironmentValue, FlowDocument, InputType, Node, Problem};
use minijinja::Environment;

use crate::catalogue::Catalogue;
use crate::confidential::SecretName;
use crate::library::Library;
use crate::plan::PlannedGraph;
use call::{Callees, Calling};
use order::Order;

pub use call::{Callee, MAX_CALLS};
pub(crate) use node::PlaceFor;

/// What is known of a node before its settings are read.
pub(crate) struct Known {
    pub id: String,
    /// The names references may go on with; `None`: any.
    pub outputs: Option<Vec<String>>,
    /// The types of those that certainly have one.
    pub types: Vec<(String, InputType)>,
}

/// What a graph is the body of.
#[derive(Clone, Debug)]
pub enum Within {
    Flow,
    Each,
    /// With the names of the carried variables.
    Loop(Vec<String>),
}

/// A graph being compiled.
pub(crate) struct Level {
    within: Within,
    known: Vec<Known>,
    names: HashMap<String, usize>,
    /// Absent while the graphs themselves are wrong.
    order: Option<Order>,
    /// The node being compiled; `None` after the last, where everything in the graph is known.
    node: Option<usize>,
}

/// Compiles one node after another.
pub struct Compiler<'a> {
    pub(crate) flow: &'a FlowDocument,
    catalogue: &'a Catalogue,
    library: &'a Library,
    /// The flow that is compiled, and those that call it, outer ones first.
    calling: Vec<Calling<'a>>,
    callees: Callees,
    /// The nodes of all flows together.
    planned: usize,
    env: Vec<EnvironmentValue>,
    /// Whether steps of the runs are kept, as the outermost flow says.
    keeps_steps: bool,
    /// The workspace's secrets that the flows declare.
    secrets: Vec<String>,
    /// The secrets named by settings that may name some; absent while compiling others.
    pub(crate) secrets_taken: Option<Vec<SecretName>>,
    /// Whether the graphs obey the rules.
    sound: bool,
    levels: Vec<Level>,
    graphs: Vec<PlannedGraph>,
    /// The container each node in a body stands in.
    homes: HashMap<&'a str, &'a str>,
    /// The node whose settings are read.
    subject: &'a Node,
    environment: Environment<'static>,
    templates: usize,
    schemas: HashMap<TypeId, Arc<schemars::Schema>>,
    problems: Vec<Problem>,
}

impl Compiler<'_> {
    /// Reports a problem with the current node.
    pub fn problem(&mut self, field: &str, message: impl Into<String>, fix: impl Into<String>) {
        self.problems.push(Problem {
            node: Some(self.subject.id.clone()),
            field: Some(field.to_owned()),
            message: message.into(),
            fix: fix.into(),
        });
    }

    /// What the innermost graph is the body of.
    pub fn within(&self) -> &Within {
        self.levels
            .last()
            .map_or(&Within::Flow, |level| &level.within)
    }

    /// Compiles the current node's body. `inside` then compiles settings that see all of it; they
    /// are evaluated when a round of the body is over. Returns the body's place in the plan.
    pub fn body<T>(
        &mut self,
        within: Within,
        inside: impl FnOnce(&mut Self) -> T,
    ) -> Option<(usize, T)> {
        let container = self.subject;
        let Some(body) = &container.body else {
            self.problem(
                "body",
                "The body is missing.",
                "Add `body` with the nodes and edges to repeat.",
            );
            return None;
        };
        let documents: Vec<&Node> = body.nodes.iter().collect();
        self.enter(within, &documents, &body.edges);
        let graph = self.graph(&documents, &body.edges);
        self.subject = container;
        let inside = inside(self);
        self.levels.pop();
        Some((graph?, inside))
    }

    /// Compiles settings that are evaluated once per item or round, before any node of a body.
    pub fn locally<T>(&mut self, within: Within, inside: impl FnOnce(&mut Self) -> T) -> T {
        self.enter(within, &[], &[]);
        let inside = inside(self);
        self.levels.pop();
        inside
    }
}
