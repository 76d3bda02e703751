//! The pure heart of a run: which edges are decided, which nodes are ready. No IO, no clock.
//!
//! Edge: unknown → taken | skipped. Node: waiting → ready → running → done | failed, or skipped.

use std::collections::VecDeque;

use headwater_model::run::StepStatus;
use headwater_model::run::log::StepRecord;

use crate::plan::Plan;

/// What is known of an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EdgeState {
    Unknown,
    Taken,
    Skipped,
}

/// Where a node stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeState {
    Waiting,
    Ready,
    Running,
    Done,
    Failed,
    Skipped,
}

/// The state of one run's graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunState {
    edges: Vec<EdgeState>,
    nodes: Vec<NodeState>,
    /// Per node: in-edges not yet decided, and in-edges taken.
    unknown: Vec<usize>,
    taken: Vec<usize>,
    ready: VecDeque<usize>,
    running: usize,
}

impl RunState {
    /// The beginning: only `start` is ready.
    pub fn new(plan: &Plan) -> Self {
        let mut nodes = vec![NodeState::Waiting; plan.nodes.len()];
        nodes[0] = NodeState::Ready;
        Self {
            edges: vec![EdgeState::Unknown; plan.edges.len()],
            unknown: plan.nodes.iter().map(|node| node.in_edges.len()).collect(),
            taken: vec![0; nodes.len()],
            nodes,
            ready: VecDeque::from([0]),
            running: 0,
        }
    }

    /// The next ready node, now running.
    pub fn next_ready(&mut self) -> Option<usize> {
        let node = self.ready.pop_front()?;
        self.nodes[node] = NodeState::Running;
        self.running += 1;
        Some(node)
    }

    /// Puts a node back that cannot be started yet.
    pub fn put_back(&mut self, node: usize) {
        self.nodes[node] = NodeState::Ready;
        self.running -= 1;
        self.ready.push_front(node);
    }

    /// A running node finished by `handle`: its edges are decided. Returns the nodes skipped by that.
    pub fn finish(&mut self, plan: &Plan, node: usize, handle: Option<&str>) -> Vec<usize> {
        self.settle(node, NodeState::Done);
        self.decide(plan, node, handle)
    }

    /// A running node failed; with a `handle` the run goes on from there.
    pub fn fail(&mut self, plan: &Plan, node: usize, handle: Option<&str>) -> Vec<usize> {
        self.settle(node, NodeState::Failed);
        match handle {
            Some(handle) => self.decide(plan, node, Some(handle)),
            None => Vec::new(),
        }
    }

    /// Folds a record of the log. Returns the nodes skipped by it.
    pub fn fold(&mut self, plan: &Plan, node: usize, record: &StepRecord) -> Vec<usize> {
        if record.status == StepStatus::Skipped || self.nodes[node] != NodeState::Ready {
            return Vec::new();
        }
        self.ready.retain(|ready| *ready != node);
        self.nodes[node] = NodeState::Running;
        self.running += 1;
        let handle = record.handle.as_deref();
        match record.status {
            StepStatus::Failed => self.fail(plan, node, handle),
            _ => self.finish(plan, node, handle),
        }
    }

    /// Whether nothing is ready or running.
    pub fn is_over(&self) -> bool {
        self.ready.is_empty() && self.running == 0
    }

    /// How many nodes run.
    pub fn running(&self) -> usize {
        self.running
    }

    /// Where a node stands.
    pub fn node(&self, node: usize) -> NodeState {
        self.nodes[node]
    }

    /// What is known of an edge.
    pub fn edge(&self, edge: usize) -> EdgeState {
        self.edges[edge]
    }

    fn settle(&mut self, node: usize, state: NodeState) {
        debug_assert_eq!(self.nodes[node], NodeState::Running);
        self.nodes[node] = state;
        self.running -= 1;
    }

    /// Decides a node's out-edges and carries skips as far as they go, in one pass.
    fn decide(&mut self, plan: &Plan, node: usize, handle: Option<&str>) -> Vec<usize> {
        let mut skipped = Vec::new();
        for &edge in &plan.nodes[node].out_edges {
            let taken = plan.edges[edge].handle.as_deref() == handle;
            self.arrive(plan, edge, taken, &mut skipped);
        }
        let mut next = 0;
        while let Some(&gone) = skipped.get(next) {
            next += 1;
            for &edge in &plan.nodes[gone].out_edges {
                self.arrive(plan, edge, false, &mut skipped);
            }
        }
        skipped
    }

    fn arrive(&mut self, plan: &Plan, edge: usize, taken: bool, skipped: &mut Vec<usize>) {
        self.edges[edge] = if taken {
            EdgeState::Taken
        } else {
            EdgeState::Skipped
        };
        let to = plan.edges[edge].to;
        self.unknown[to] -= 1;
        self.taken[to] += usize::from(taken);
        if self.unknown[to] > 0 {
            return;
        }
        if self.taken[to] > 0 {
            self.nodes[to] = NodeState::Ready;
            self.ready.push_back(to);
        } else {
            self.nodes[to] = NodeState::Skipped;
            skipped.push(to);
        }
    }
}
