//! Subflows: the flow called is compiled into the same plan, once for all its callers.

use std::collections::HashMap;
use std::sync::LazyLock;

use headwater_model::flow::{
    FlowDocument, InputField, InputType, Node, OutputField, Pins, Which, graph,
};

use super::flow::{homes, start_node, whole};
use super::{Compiler, Within};
use crate::library::{Callable, Found};
use crate::plan::MAX_NODES;

/// How deep flows may call each other.
pub const MAX_CALLS: usize = 8;
/// The most nodes of a flow and all flows it calls.
const MAX_PLANNED: usize = 10 * MAX_NODES;

/// The node every flow begins with, where a file leaves it out.
pub(super) static START: LazyLock<Node> = LazyLock::new(start_node);

/// A flow being compiled: itself, and the flows that call it.
pub(super) struct Calling<'a> {
    pub slug: Option<String>,
    pub pins: &'a Pins,
}

/// A flow that can be called from here.
#[derive(Clone, Debug)]
pub struct Callee {
    /// Its graph's place in the plan; absent where nothing is known of it.
    pub graph: Option<usize>,
    /// Absent where nothing is known of it.
    pub inputs: Option<Vec<InputField>>,
    pub outputs: Vec<OutputField>,
    /// Whether it says something.
    pub replies: bool,
}

impl<'a> Compiler<'a> {
    /// The flow that a setting names, compiled; a problem when there is none.
    pub fn callee(&mut self, slug: &str, which: Option<Which>) -> Option<Callee> {
        if self.recursion(slug) {
            return None;
        }
        let library = self.library;
        let pins = self.calling.last().map_or(&library.pins, |c| c.pins);
        let (number, callable) = match library.find(slug, which, pins) {
            Found::Flow(number, callable) => (number, callable),
            Found::Unknown => {
                return Some(Callee {
                    graph: None,
                    inputs: None,
                    outputs: Vec::new(),
                    replies: true,
                });
            }
            Found::Missing => {
                self.missing(slug, which);
                return None;
            }
        };
        let key = (slug.to_owned(), number);
        if let Some(known) = self.callees.get(&key) {
            return known.clone();
        }
        let callee = self.inside(slug, callable);
        self.callees.insert(key, callee.clone());
        callee
    }

    /// What other nodes may refer to of a subflow node; `None`: any name.
    pub(super) fn outputs_of_call(&self, node: &Node) -> Option<Vec<String>> {
        let (slug, which) = node.calls()?;
        let pins = self.calling.last().map_or(&self.library.pins, |c| c.pins);
        match self.library.find(slug, which, pins) {
            Found::Flow(_, callable) => {
                let mut names = callable.document.output_names();
                names.push("text".to_owned());
                Some(names)
            }
            Found::Unknown | Found::Missing => None,
        }
    }

    /// The types of a subflow's outputs, where the flow called declares them.
    pub(super) fn types_of_call(&self, node: &Node) -> Vec<(String, InputType)> {
        let Some((slug, which)) = node.calls() else {
            return Vec::new();
        };
        let pins = self.calling.last().map_or(&self.library.pins, |c| c.pins);
        let Found::Flow(_, callable) = self.library.find(slug, which, pins) else {
            return Vec::new();
        };
        let declared = callable.document.outputs.iter();
        declared
            .map(|output| (output.name.clone(), output.kind))
            .collect()
    }

    /// Keeps the environment values and the secrets of a flow that is compiled.
    pub(super) fn surroundings(&mut self, flow: &FlowDocument) {
        for value in &flow.environment {
            if let Some(secret) = value.secret_name() {
                if self.secrets.iter().all(|known| known != secret) {
                    self.secrets.push(secret.to_owned());
                }
            } else if self.env.iter().all(|known| known.name != value.name) {
                self.env.push(value.clone());
            }
        }
    }

    /// Every output that must be set is set by some node.
    pub(super) fn declared_outputs(&mut self) {
        let set = |name: &str| {
            let outputs = self.flow.all_nodes().filter(|node| node.kind == "output");
            let mut values = outputs.filter_map(|node| node.settings.get("values"));
            values.any(|values| values.get(name).is_some())
        };
        let required = self.flow.outputs.iter().filter(|output| output.required);
        let unset: Vec<String> = required
            .filter(|output| !set(&output.name))
            .map(|output| output.name.clone())
            .collect();
        for name in unset {
            self.problems.push(whole(
                &format!("outputs.{name}"),
                format!("No node sets the output “{name}”."),
                "Set it in an output node, or remove `required`.",
            ));
        }
    }

    fn missing(&mut self, slug: &str, which: Option<Which>) {
        let message = match which {
            Some(Which::Number(number)) => {
                format!("There is no published revision {number} of a flow “{slug}”.")
            }
            _ => format!("There is no published flow “{slug}”."),
        };
        let fix = "Name a flow of this workspace by its slug, and publish it first.";
        self.problem("flow", message, fix);
    }

    fn recursion(&mut self, slug: &str) -> bool {
        let stack = self
            .calling
            .iter()
            .filter_map(|calling| calling.slug.as_deref());
        let stack: Vec<&str> = stack.collect();
        if let Some(first) = stack.iter().position(|&caller| caller == slug) {
            let mut cycle: Vec<&str> = stack[first..].to_vec();
            cycle.push(slug);
            let cycle = cycle.join(" → ");
            self.problem(
                "flow",
                format!("The flow would call itself: {cycle}."),
                "Repeat steps with a loop node instead.",
            );
            return true;
        }
        if self.calling.len() > MAX_CALLS {
            self.problem(
                "flow",
                format!("Flows call each other more than {MAX_CALLS} deep."),
                "Call fewer flows in a row.",
            );
            return true;
        }
        false
    }

    /// Compiles the graph of another flow, which sees nothing of this one.
    fn inside(&mut self, slug: &str, callable: &'a Callable) -> Option<Callee> {
        let document = &*callable.document;
        self.planned += document.size();
        if self.planned > MAX_PLANNED {
            self.problem(
                "flow",
                format!("The flow and all it calls have more than {MAX_PLANNED} nodes."),
                "Call fewer or smaller flows.",
            );
            return None;
        }
        if !document.variables.is_empty() {
            self.problem(
                "flow",
                format!(
                    "“{slug}” keeps conversation variables, and a subflow has no conversation."
                ),
                "Pass the values as inputs instead.",
            );
            return None;
        }
        let problems = graph::problems(document);
        let sound = problems.is_empty();
        self.calling.push(Calling {
            slug: Some(slug.to_owned()),
            pins: &callable.pins,
        });
        let outer = (
            std::mem::replace(&mut self.flow, document),
            std::mem::replace(&mut self.sound, sound),
            std::mem::take(&mut self.levels),
            std::mem::replace(&mut self.homes, homes(document)),
            self.subject,
            std::mem::replace(&mut self.problems, problems),
        );
        let start = document.nodes.iter().find(|node| node.id == "start");
        let mut nodes: Vec<&'a Node> = vec![start.unwrap_or(&START)];
        nodes.extend(document.nodes.iter().filter(|node| node.id != "start"));
        self.surroundings(document);
        self.enter(Within::Flow, &nodes, &document.edges);
        let graph = self.graph(&nodes, &document.edges);
        self.declared_outputs();
        let found = std::mem::take(&mut self.problems);
        (
            self.flow,
            self.sound,
            self.levels,
            self.homes,
            self.subject,
            self.problems,
        ) = outer;
        self.calling.pop();
        if let Some(first) = found.first() {
            let node = first.node.as_deref().unwrap_or("the flow");
            let message = format!("“{slug}” cannot run: {node}: {}", first.message);
            self.problem("flow", message, first.fix.clone());
            return None;
        }
        let graph = graph?;
        Some(Callee {
            graph: Some(graph),
            inputs: Some(document.inputs.clone()),
            outputs: document.outputs.clone(),
            replies: self.graphs[graph].replies,
        })
    }
}

/// Flows already compiled into the plan.
pub(super) type Callees = HashMap<(String, u32), Option<Callee>>;
