//! The reply as it grows: which answers are certain, in what order, and how far each has been said.
//!
//! A container with answers in its body stands in the order like an answer; within it rounds speak
//! one after the other, by their index, whatever order they end in.

mod part;
mod voices;

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use crate::frames::{FrameId, Frames, Key};
use crate::plan::{Plan, PlannedNode, Work};
use crate::template::Segment;
use part::{Part, Round};
pub use voices::Voices;

/// A piece of the reply and the number of characters before it.
pub type Piece = (u64, String);

/// The state of a run's reply.
#[derive(Debug)]
pub struct Reply {
    plan: Arc<Plan>,
    /// The first frame of its flow.
    root: FrameId,
    /// The frames whose graphs have answers.
    parts: HashMap<FrameId, Part>,
    /// Where the answer that is being said began, and its segment that is being said.
    answer_start: usize,
    segment: usize,
    segment_start: usize,
    text: String,
    chars: u64,
}

impl Reply {
    /// An empty reply; answers that nothing can cut off are certain at once.
    pub fn new(plan: Arc<Plan>, root: FrameId, graph: usize) -> Self {
        let mut reply = Self {
            plan,
            root,
            parts: HashMap::new(),
            answer_start: 0,
            segment: 0,
            segment_start: 0,
            text: String::new(),
            chars: 0,
        };
        reply.begin(root, graph);
        reply
    }

    /// The text so far, and its length in characters.
    pub fn text(&self) -> (&str, u64) {
        (&self.text, self.chars)
    }

    /// A round of a container began.
    pub fn enter(&mut self, frame: FrameId, graph: usize, of: Key, index: usize) {
        if !self.plan.graphs[graph].replies {
            return;
        }
        if let Some(part) = self.parts.get_mut(&of.frame) {
            let rounds = part.rounds.entry(of.node).or_default();
            rounds.frames.insert(index, Round::Live(frame));
            self.begin(frame, graph);
            if let Some(part) = self.parts.get_mut(&frame) {
                part.of = Some((of, index));
            }
        }
    }

    /// A round is over. What it has not said yet is said in its turn; an answer that was stopped
    /// midway is taken back.
    pub fn leave(&mut self, frame: FrameId, frames: &Frames) -> Vec<Piece> {
        let mut pieces = self.advance(frames);
        if self.front().is_some_and(|key| key.frame == frame) {
            pieces.extend(self.rewind(self.answer_start));
            self.next_answer();
        }
        let rest = self.rest(frame);
        if let Some(part) = self.parts.remove(&frame)
            && let Some((of, index)) = part.of
            && let Some(outer) = self.parts.get_mut(&of.frame)
        {
            let rounds = outer.rounds.entry(of.node).or_default();
            rounds.frames.insert(index, Round::Over(rest));
        }
        pieces.extend(self.advance(frames));
        pieces
    }

    /// A node came to its end; `handle` decides its edges, `None` for nodes with one way out.
    /// Of an answer, `outputs` has the whole text.
    pub fn settle(&mut self, key: Key, handle: Option<&str>, outputs: &Value) {
        let Some(part) = self.parts.get_mut(&key.frame) else {
            return;
        };
        let plan = Arc::clone(&self.plan);
        let graph = &plan.graphs[part.graph];
        part.settled[key.node] = true;
        if graph.nodes[key.node].reply.is_some() {
            let text = outputs.get("text").and_then(Value::as_str).unwrap_or("");
            part.said.insert(key.node, text.to_owned());
        }
        let next = graph.nodes[key.node]
            .out_edges
            .iter()
            .map(|&edge| &graph.edges[edge])
            .filter(|edge| edge.handle.as_deref() == handle)
            .map(|edge| edge.to)
            .collect();
        part.reach(graph, next);
    }

    /// A node will not run, or was stopped.
    pub fn skip(&mut self, key: Key) {
        if let Some(part) = self.parts.get_mut(&key.frame) {
            part.settled[key.node] = true;
            part.gone[key.node] = true;
        }
    }

    /// Says all that can be said now.
    pub fn advance(&mut self, frames: &Frames) -> Vec<Piece> {
        let (mut pieces, plan) = (Vec::new(), Arc::clone(&self.plan));
        while let Some(key) = self.turn(&mut pieces) {
            let Some(part) = self.parts.get(&key.frame) else {
                break;
            };
            if let Some(text) = part.said.get(&key.node).cloned() {
                pieces.extend(self.amend(self.answer_start, &text));
                self.next_answer();
                continue;
            }
            if part.gone[key.node] {
                pieces.extend(self.rewind(self.answer_start));
                self.next_answer();
                continue;
            }
            let planned = &plan.graphs[part.graph].nodes[key.node];
            let Some(segment) = segment(planned, self.segment) else {
                break;
            };
            if !part.ready(segment) {
                if let Some(node) = live_source(&plan, part.graph, segment)
                    && self.text.len() == self.segment_start
                    && let Some(said) = part.streamed.get(&node).cloned()
                {
                    pieces.extend(self.say(&said));
                }
                break;
            }
            let mut full = String::new();
            let rendered = frames
                .scope(key.frame)
                .is_some_and(|scope| segment.render(&scope, &mut full).is_ok());
            // What cannot be rendered now, the answer's own step will say, or fail.
            if !rendered {
                break;
            }
            pieces.extend(self.amend(self.segment_start, &full));
            self.segment += 1;
            self.segment_start = self.text.len();
        }
        pieces
    }

    /// A running node wrote text.
    pub fn delta(&mut self, key: Key, text: &str) -> Option<Piece> {
        let part = self.parts.get_mut(&key.frame)?;
        part.streamed.entry(key.node).or_default().push_str(text);
        (self.source() == Some(key))
            .then(|| self.say(text))
            .flatten()
    }

    /// A node starts over: what it said is taken back.
    pub fn restart(&mut self, key: Key) -> Option<Piece> {
        self.parts.get_mut(&key.frame)?.streamed.remove(&key.node);
        (self.source() == Some(key))
            .then(|| self.rewind(self.segment_start))
            .flatten()
    }

    /// A subflow said something, or took it back: its node streams it.
    fn hear(&mut self, key: Key, said: Vec<Piece>) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for (offset, text) in said {
            if !text.is_empty() {
                pieces.extend(self.delta(key, &text));
                continue;
            }
            let Some(part) = self.parts.get_mut(&key.frame) else {
                continue;
            };
            let streamed = part.streamed.entry(key.node).or_default();
            let kept = usize::try_from(offset).unwrap_or(usize::MAX);
            let kept = streamed
                .char_indices()
                .nth(kept)
                .map_or(streamed.len(), |(at, _)| at);
            streamed.truncate(kept);
            if self.source() == Some(key) {
                let end = (self.segment_start + kept).min(self.text.len());
                pieces.extend(self.rewind(end));
            }
        }
        pieces
    }

    fn begin(&mut self, frame: FrameId, graph: usize) {
        let plan = Arc::clone(&self.plan);
        let mut part = Part::new(&plan, graph);
        part.reach(&plan.graphs[graph], plan.graphs[graph].entries.clone());
        self.parts.insert(frame, part);
    }

    /// The node whose streamed text is the reply's next.
    fn source(&self) -> Option<Key> {
        let key = self.front()?;
        let graph = self.parts.get(&key.frame)?.graph;
        let segment = segment(&self.plan.graphs[graph].nodes[key.node], self.segment)?;
        let node = live_source(&self.plan, graph, segment)?;
        Some(Key { node, ..key })
    }

    /// Whose turn it is; rounds that are over are said and containers that are done left on the way.
    fn turn(&mut self, pieces: &mut Vec<Piece>) -> Option<Key> {
        loop {
            let key = self.front()?;
            let part = self.parts.get_mut(&key.frame)?;
            if !is_container(&self.plan, part.graph, key.node) {
                return Some(key);
            }
            let rounds = part.rounds.entry(key.node).or_default();
            if let Some(Round::Over(text)) = rounds.frames.remove(&rounds.next) {
                rounds.next += 1;
                pieces.extend(self.say(&text));
                self.fresh_answer();
            } else if part.settled[key.node] {
                part.rounds.remove(&key.node);
                part.queue.pop_front();
            } else {
                return None;
            }
        }
    }

    /// The answer, or the container without a live round, at the front of everything.
    fn front(&self) -> Option<Key> {
        let mut frame = self.root;
        loop {
            let part = self.parts.get(&frame)?;
            let node = *part.queue.front()?;
            let round = part
                .rounds
                .get(&node)
                .and_then(|rounds| rounds.frames.get(&rounds.next));
            match round {
                Some(Round::Live(inner)) if self.speaks(*inner) => frame = *inner,
                Some(Round::Live(_)) => return None,
                _ => return Some(Key { frame, node }),
            }
        }
    }

    fn speaks(&self, frame: FrameId) -> bool {
        self.parts
            .get(&frame)
            .is_some_and(|part| !part.queue.is_empty())
    }

    /// What a frame that is over has not said, in order.
    fn rest(&self, frame: FrameId) -> String {
        let Some(part) = self.parts.get(&frame) else {
            return String::new();
        };
        let mut rest = String::new();
        for node in &part.queue {
            if let Some(text) = part.said.get(node) {
                rest.push_str(text);
            }
            for round in part.rounds.get(node).iter().flat_map(|r| r.frames.values()) {
                if let Round::Over(text) = round {
                    rest.push_str(text);
                }
            }
        }
        rest
    }

    fn next_answer(&mut self) {
        if let Some(key) = self.front()
            && let Some(part) = self.parts.get_mut(&key.frame)
        {
            part.queue.pop_front();
        }
        self.fresh_answer();
    }

    fn fresh_answer(&mut self) {
        (self.segment, self.segment_start) = (0, self.text.len());
        self.answer_start = self.text.len();
    }

    /// Makes what follows `start` be `text`; what was said right stays said.
    fn amend(&mut self, start: usize, text: &str) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let rest = match text.strip_prefix(&self.text[start..]) {
            Some(rest) => rest,
            None => {
                pieces.extend(self.rewind(start));
                text
            }
        };
        pieces.extend(self.say(rest));
        pieces
    }

    fn say(&mut self, text: &str) -> Option<Piece> {
        let offset = self.chars;
        self.text.push_str(text);
        self.chars += text.chars().count() as u64;
        (!text.is_empty()).then(|| (offset, text.to_owned()))
    }

    fn rewind(&mut self, start: usize) -> Option<Piece> {
        if self.text.len() == start {
            return None;
        }
        self.text.truncate(start);
        self.chars = self.text.chars().count() as u64;
        Some((self.chars, String::new()))
    }
}

fn is_container(plan: &Plan, graph: usize, node: usize) -> bool {
    matches!(plan.graphs[graph].nodes[node].work, Work::Container(_))
}

fn segment(node: &PlannedNode, index: usize) -> Option<&Segment> {
    node.reply.as_ref()?.segments.get(index)
}

fn live_source(plan: &Plan, graph: usize, segment: &Segment) -> Option<usize> {
    let node = segment.text_of()?;
    plan.graphs[graph].nodes[node].streams.then_some(node)
}
