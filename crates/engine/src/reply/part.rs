//! What the reply knows of one frame.

use std::collections::{BTreeMap, HashMap, VecDeque};

use crate::frames::{FrameId, Key};
use crate::plan::{Plan, PlannedGraph};
use crate::template::{Root, Segment};

#[derive(Debug)]
pub(super) struct Part {
    pub graph: usize,
    /// The container and the round; absent for the flow's own frame.
    pub of: Option<(Key, usize)>,
    certain: Vec<bool>,
    pub settled: Vec<bool>,
    /// Nodes that will say nothing: skipped or stopped.
    pub gone: Vec<bool>,
    /// What running nodes have streamed so far.
    pub streamed: HashMap<usize, String>,
    /// The whole texts of answers that have run.
    pub said: HashMap<usize, String>,
    /// Answers, and containers with answers in them, in the order they became certain.
    pub queue: VecDeque<usize>,
    pub rounds: HashMap<usize, Rounds>,
}

/// The rounds of a container with answers in its body.
#[derive(Debug, Default)]
pub(super) struct Rounds {
    /// Whose turn it is.
    pub next: usize,
    pub frames: BTreeMap<usize, Round>,
}

#[derive(Debug)]
pub(super) enum Round {
    Live(FrameId),
    /// With what it has yet to say.
    Over(String),
}

impl Part {
    pub(super) fn new(plan: &Plan, graph: usize) -> Self {
        let nodes = plan.graphs[graph].nodes.len();
        Self {
            graph,
            of: None,
            certain: vec![false; nodes],
            settled: vec![false; nodes],
            gone: vec![false; nodes],
            streamed: HashMap::new(),
            said: HashMap::new(),
            queue: VecDeque::new(),
            rounds: HashMap::new(),
        }
    }

    /// Whether all a segment reads is there. Conversation variables may still be assigned: such a
    /// segment waits for its answer's own step.
    pub(super) fn ready(&self, segment: &Segment) -> bool {
        segment.reads().iter().all(|root| match root {
            Root::Node { up: 0, node } => self.settled[*node],
            Root::Conversation => false,
            _ => true,
        })
    }

    /// Marks nodes certain, and all that follows from them; every node once.
    pub(super) fn reach(&mut self, graph: &PlannedGraph, mut walk: Vec<usize>) {
        let mut answers = Vec::new();
        while let Some(node) = walk.pop() {
            if std::mem::replace(&mut self.certain[node], true) {
                continue;
            }
            let planned = &graph.nodes[node];
            if planned.replies {
                answers.push(node);
            }
            if planned.certain {
                walk.extend(planned.out_edges.iter().map(|&edge| graph.edges[edge].to));
            }
        }
        answers.sort_by_key(|&node| graph.nodes[node].rank);
        self.queue.extend(answers);
    }
}
