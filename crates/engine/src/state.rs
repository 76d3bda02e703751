//! The edge algebra of one frame: which edges are decided, which nodes are ready. Pure.
//!
//! Edge: unknown → taken | skipped. Node: waiting → ready → running → done | failed, or skipped.

use crate::plan::PlannedGraph;

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

/// The state of one graph in one frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphState {
    edges: Vec<EdgeState>,
    nodes: Vec<NodeState>,
    /// Per node: in-edges not yet decided, and in-edges taken.
    unknown: Vec<usize>,
    taken: Vec<usize>,
    /// How many nodes are ready or running.
    live: usize,
}

/// What followed from a node's end.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Decided {
    pub ready: Vec<usize>,
    pub skipped: Vec<usize>,
}

impl GraphState {
    /// The beginning: the entries are ready.
    pub fn new(graph: &PlannedGraph) -> Self {
        let mut nodes = vec![NodeState::Waiting; graph.nodes.len()];
        for &entry in &graph.entries {
            nodes[entry] = NodeState::Ready;
        }
        Self {
            edges: vec![EdgeState::Unknown; graph.edges.len()],
            unknown: graph.nodes.iter().map(|node| node.in_edges.len()).collect(),
            taken: vec![0; nodes.len()],
            nodes,
            live: graph.entries.len(),
        }
    }

    /// One node is ready, and nothing follows from its end.
    pub fn only(graph: &PlannedGraph, node: usize) -> Self {
        let mut state = Self::new(graph);
        state.nodes.fill(NodeState::Skipped);
        state.nodes[node] = NodeState::Ready;
        // More edges than there are: no other node's are ever all decided.
        state.unknown.fill(graph.edges.len() + 1);
        state.live = 1;
        state
    }

    /// A ready node runs.
    pub fn begin(&mut self, node: usize) {
        debug_assert_eq!(self.nodes[node], NodeState::Ready);
        self.nodes[node] = NodeState::Running;
    }

    /// A running node finished by `handle`: its edges are decided.
    pub fn finish(&mut self, graph: &PlannedGraph, node: usize, handle: Option<&str>) -> Decided {
        self.end(node, NodeState::Done);
        self.decide(graph, node, handle)
    }

    /// A running node failed; with a `handle` the frame goes on from there.
    pub fn fail(&mut self, graph: &PlannedGraph, node: usize, handle: Option<&str>) -> Decided {
        self.end(node, NodeState::Failed);
        match handle {
            Some(handle) => self.decide(graph, node, Some(handle)),
            None => Decided::default(),
        }
    }

    /// Whether nothing is ready or running.
    pub fn is_over(&self) -> bool {
        self.live == 0
    }

    /// Where a node stands.
    pub fn node(&self, node: usize) -> NodeState {
        self.nodes[node]
    }

    /// What is known of an edge.
    pub fn edge(&self, edge: usize) -> EdgeState {
        self.edges[edge]
    }

    /// The nodes that have not come to an end, in order.
    pub fn unfinished(&self) -> impl Iterator<Item = usize> + '_ {
        let open = |state: &NodeState| {
            matches!(
                state,
                NodeState::Waiting | NodeState::Ready | NodeState::Running
            )
        };
        (0..self.nodes.len()).filter(move |&node| open(&self.nodes[node]))
    }

    fn end(&mut self, node: usize, state: NodeState) {
        debug_assert_eq!(self.nodes[node], NodeState::Running);
        self.nodes[node] = state;
        self.live -= 1;
    }

    /// Decides a node's out-edges and carries skips as far as they go, in one pass.
    fn decide(&mut self, graph: &PlannedGraph, node: usize, handle: Option<&str>) -> Decided {
        let mut decided = Decided::default();
        for &edge in &graph.nodes[node].out_edges {
            let taken = graph.edges[edge].handle.as_deref() == handle;
            self.arrive(graph, edge, taken, &mut decided);
        }
        let mut next = 0;
        while let Some(&gone) = decided.skipped.get(next) {
            next += 1;
            for &edge in &graph.nodes[gone].out_edges {
                self.arrive(graph, edge, false, &mut decided);
            }
        }
        decided
    }

    fn arrive(&mut self, graph: &PlannedGraph, edge: usize, taken: bool, decided: &mut Decided) {
        self.edges[edge] = if taken {
            EdgeState::Taken
        } else {
            EdgeState::Skipped
        };
        let to = graph.edges[edge].to;
        self.unknown[to] -= 1;
        self.taken[to] += usize::from(taken);
        if self.unknown[to] > 0 {
            return;
        }
        if self.taken[to] > 0 {
            self.nodes[to] = NodeState::Ready;
            self.live += 1;
            decided.ready.push(to);
        } else {
            self.nodes[to] = NodeState::Skipped;
            decided.skipped.push(to);
        }
    }
}
