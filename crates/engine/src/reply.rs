//! The reply as it grows: which answers are certain, in what order, and how far each has been said.

use std::collections::VecDeque;
use std::sync::Arc;

use headwater_model::Result;

use crate::plan::Plan;
use crate::scope::Scope;
use crate::template::{Key, Root, Segment};

/// A piece of the reply and the number of characters before it.
pub type Piece = (u64, String);

/// The state of a run's reply.
#[derive(Debug)]
pub struct Reply {
    plan: Arc<Plan>,
    certain: Vec<bool>,
    settled: Vec<bool>,
    /// What running nodes have streamed so far.
    streamed: Vec<String>,
    answers: VecDeque<usize>,
    segment: usize,
    segment_start: usize,
    text: String,
    chars: u64,
}

impl Reply {
    /// An empty reply; answers that nothing can cut off are certain at once.
    pub fn new(plan: Arc<Plan>) -> Self {
        let nodes = plan.nodes.len();
        let mut reply = Self {
            plan,
            certain: vec![false; nodes],
            settled: vec![false; nodes],
            streamed: vec![String::new(); nodes],
            answers: VecDeque::new(),
            segment: 0,
            segment_start: 0,
            text: String::new(),
            chars: 0,
        };
        reply.reach(vec![0]);
        reply
    }

    /// A node's id.
    pub fn node_id(&self, node: usize) -> String {
        self.plan.nodes[node].id.clone()
    }

    /// The text so far, and its length in characters.
    pub fn text(&self) -> (&str, u64) {
        (&self.text, self.chars)
    }

    /// A node will run no more; `handle` decides its edges, `None` for nodes with one way out.
    pub fn settle(&mut self, node: usize, ran: bool, handle: Option<&str>) {
        self.settled[node] = true;
        if ran {
            let plan = Arc::clone(&self.plan);
            let next = plan.nodes[node]
                .out_edges
                .iter()
                .map(|&edge| &plan.edges[edge])
                .filter(|edge| edge.handle.as_deref() == handle)
                .map(|edge| edge.to)
                .collect();
            self.reach(next);
        }
    }

    /// Says all that can be said now.
    pub fn advance(&mut self, scope: &Scope) -> Result<Vec<Piece>> {
        let (mut pieces, plan) = (Vec::new(), Arc::clone(&self.plan));
        while let Some(&answer) = self.answers.front() {
            let segments = plan.nodes[answer].reply.as_ref().map(|t| &t.segments);
            let Some(segment) = segments.and_then(|all| all.get(self.segment)) else {
                self.answers.pop_front();
                (self.segment, self.segment_start) = (0, self.text.len());
                continue;
            };
            let done = segment.reads().iter().all(|root| match root {
                Root::Node(node) => self.settled[*node],
                _ => true,
            });
            if !done {
                if let Some(node) = live_source(&plan, segment)
                    && self.text.len() == self.segment_start
                {
                    let said = self.streamed[node].clone();
                    pieces.extend(self.say(&said));
                }
                break;
            }
            let mut full = String::new();
            segment.render(scope, &mut full)?;
            let rest = match full.strip_prefix(&self.text[self.segment_start..]) {
                Some(rest) => rest,
                None => {
                    pieces.push(self.rewind());
                    &full
                }
            };
            pieces.extend(self.say(rest));
            self.segment += 1;
            self.segment_start = self.text.len();
        }
        Ok(pieces)
    }

    /// A running node wrote text.
    pub fn delta(&mut self, node: usize, text: &str) -> Option<Piece> {
        self.streamed[node].push_str(text);
        (self.source() == Some(node))
            .then(|| self.say(text))
            .flatten()
    }

    /// A node starts over: what it said is taken back.
    pub fn restart(&mut self, node: usize) -> Option<Piece> {
        self.streamed[node].clear();
        (self.source() == Some(node) && self.text.len() > self.segment_start).then(|| self.rewind())
    }

    fn source(&self) -> Option<usize> {
        let answer = &self.plan.nodes[*self.answers.front()?];
        live_source(
            &self.plan,
            answer.reply.as_ref()?.segments.get(self.segment)?,
        )
    }

    fn say(&mut self, text: &str) -> Option<Piece> {
        let offset = self.chars;
        self.text.push_str(text);
        self.chars += text.chars().count() as u64;
        (!text.is_empty()).then(|| (offset, text.to_owned()))
    }

    fn rewind(&mut self) -> Piece {
        self.text.truncate(self.segment_start);
        self.chars = self.text.chars().count() as u64;
        (self.chars, String::new())
    }

    /// Marks nodes certain, and all that follows from them; every node once.
    fn reach(&mut self, mut walk: Vec<usize>) {
        let plan = Arc::clone(&self.plan);
        let mut answers = Vec::new();
        while let Some(node) = walk.pop() {
            if std::mem::replace(&mut self.certain[node], true) {
                continue;
            }
            if plan.nodes[node].reply.is_some() {
                answers.push(node);
            }
            if plan.nodes[node].certain {
                walk.extend(plan.nodes[node].out_edges.iter().map(|&e| plan.edges[e].to));
            }
        }
        answers.sort_by_key(|&node| plan.nodes[node].rank);
        self.answers.extend(answers);
    }
}

fn live_source(plan: &Plan, segment: &Segment) -> Option<usize> {
    let Segment::Reference(reference) = segment else {
        return None;
    };
    match (reference.root, reference.path.as_slice()) {
        (Root::Node(node), [Key::Name(name)]) if name == "text" && plan.nodes[node].streams => {
            Some(node)
        }
        _ => None,
    }
}
