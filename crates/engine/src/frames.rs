//! The pure heart of a run: a tree of frames. A step's end goes in, what follows comes out as
//! [`Effect`]s. No IO, no clock, no randomness: the same ends in the same order give the same run.

mod halt;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt::Write as _;
use std::sync::Arc;

use headwater_model::id::RunId;
use headwater_model::run::{Failure, Only, RunInput};
use serde_json::{Map, Value};

use crate::container::{Container, Ended, Made, Next, Rounds};
use crate::plan::{Plan, PlannedGraph, PlannedNode};
use crate::scope::{Conversation, Fixed, Locals, Scope, Values};
use crate::state::{GraphState, NodeState};

/// A frame's number; numbers are never used twice in a run.
pub type FrameId = u32;

/// The flow's own frame.
pub const ROOT: FrameId = 0;

/// A node in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    pub frame: FrameId,
    pub node: usize,
}

/// A node in a frame, and how the world calls it. Outlives its frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub key: Key,
    pub graph: usize,
    /// Such as `each1[3]/summarise`; absent in the flow's own frame.
    pub path: Option<String>,
    /// Of a step its container made; others have their node's id.
    made: Option<String>,
}

impl Place {
    /// The node.
    pub fn node<'p>(&self, plan: &'p Plan) -> &'p PlannedNode {
        &plan.graphs[self.graph].nodes[self.key.node]
    }

    /// What events call the node.
    pub fn label<'n>(&'n self, plan: &'n Plan) -> &'n str {
        self.made.as_deref().unwrap_or(&self.node(plan).id)
    }

    /// The path, or the node's id in the flow's own frame.
    pub fn name<'n>(&'n self, plan: &'n Plan) -> &'n str {
        self.path.as_deref().unwrap_or(&self.node(plan).id)
    }
}

/// What followed from a step's end, in order.
#[derive(Debug)]
pub enum Effect {
    /// A round of a container began.
    Entered {
        frame: FrameId,
        graph: usize,
        of: Key,
        index: usize,
        /// Whether it is another flow's.
        call: bool,
    },
    /// A round is over.
    Left { frame: FrameId },
    /// No edge into the node was taken.
    Skipped(Place),
    /// The node's frame was stopped before the node came to an end.
    Stopped(Place),
    /// A container came to its end.
    Closed(Place, Result<Value, Failure>),
    /// A step of the flow's own frame failed, and nothing takes the failure.
    Failed(Failure),
}

/// How a step ended.
#[derive(Clone, Debug)]
pub struct End<'r> {
    pub outputs: Arc<Value>,
    /// What the outputs weigh.
    pub bytes: usize,
    pub handle: Option<&'r str>,
    pub failed: Option<Failure>,
}

#[derive(Debug)]
struct Frame {
    graph: usize,
    /// The container and the round, absent for the flow's own frame.
    of: Option<(Key, usize)>,
    /// What paths of its steps begin with.
    prefix: String,
    /// The name of its only step, when its container made it.
    made: Option<String>,
    state: GraphState,
    values: Arc<Values>,
    /// What its flow sees; its conversation is the run's when absent.
    fixed: Arc<Fixed>,
    conversation: Option<Arc<Conversation>>,
    /// The first frame of the flow it belongs to.
    home: FrameId,
    /// What `output` nodes of a subflow set.
    outputs: Map<String, Value>,
    open: BTreeMap<usize, Open>,
    bytes: usize,
}

#[derive(Debug)]
struct Open {
    rounds: Box<dyn Rounds>,
    body: usize,
    frames: Vec<FrameId>,
    bytes: usize,
}

/// All frames of a run.
#[derive(Debug)]
pub struct Frames {
    plan: Arc<Plan>,
    fixed: Arc<Fixed>,
    conversation: Arc<Conversation>,
    frames: HashMap<FrameId, Frame>,
    next: FrameId,
    ready: VecDeque<Key>,
    effects: VecDeque<Effect>,
    bytes: usize,
}

impl Frames {
    /// The beginning: the flow's own frame, with `start` ready.
    pub fn new(plan: &Arc<Plan>, run: RunId, mut input: RunInput) -> Self {
        let only = input.only.take().map(|mut only| {
            let start = Value::Object(input.input.clone());
            only.outputs.entry("start").or_insert(start);
            only
        });
        let (fixed, conversation) = Fixed::new(Arc::clone(plan), run, input);
        let mut frames = Self {
            plan: Arc::clone(plan),
            fixed: Arc::new(fixed),
            conversation: Arc::new(conversation),
            frames: HashMap::new(),
            next: ROOT,
            ready: VecDeque::new(),
            effects: VecDeque::new(),
            bytes: 0,
        };
        frames.enter(0, None, Locals::Flow, None);
        if let Some(only) = only {
            frames.narrow(only);
        }
        frames
    }

    /// One node of the flow's own frame is ready and all others stand still; the nodes before it
    /// have the given outputs.
    fn narrow(&mut self, only: Only) {
        let (plan, graph) = (Arc::clone(&self.plan), &self.plan.graphs[0]);
        let (Some(node), Some(frame)) = (graph.index(&only.node), self.frames.get_mut(&ROOT))
        else {
            return;
        };
        for (id, outputs) in only.outputs {
            if let Some(before) = plan.graphs[0].index(&id).filter(|before| *before != node) {
                frame.values.set(before, Arc::new(outputs));
            }
        }
        frame.state = GraphState::only(&plan.graphs[0], node);
        self.ready = VecDeque::from([Key { frame: ROOT, node }]);
    }

    /// The next ready node, now running.
    pub fn next_ready(&mut self) -> Option<Place> {
        loop {
            let key = self.ready.pop_front()?;
            // A frame may be gone since, or its node stopped.
            let Some(frame) = self.frames.get_mut(&key.frame) else {
                continue;
            };
            if frame.state.node(key.node) == NodeState::Ready {
                frame.state.begin(key.node);
                return Some(self.place(key));
            }
        }
    }

    /// What followed since the last call.
    pub fn next_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// What a step in a frame sees; `None` when the frame is gone.
    pub fn scope(&self, frame: FrameId) -> Option<Scope> {
        let frame = self.frames.get(&frame)?;
        let conversation = frame.conversation.as_ref().unwrap_or(&self.conversation);
        Some(Scope::new(&frame.fixed, &frame.values, conversation))
    }

    /// The model that was chosen for what a step says; only of steps that are heard in the reply.
    pub fn chosen_model(&self, key: Key) -> Option<Arc<str>> {
        let voice = self.voice(key);
        let frame = self.frames.get(&voice.frame)?;
        let model = frame.fixed.model()?;
        let heard = self.plan.graphs[frame.graph].hears(voice.node);
        heard.then(|| Arc::clone(model))
    }

    /// Whose text it is that a step writes: the container's, of a step that it made.
    pub fn voice(&self, key: Key) -> Key {
        let frame = self.frames.get(&key.frame);
        let made = frame.filter(|frame| frame.made.is_some());
        made.and_then(|frame| frame.of)
            .map_or(key, |(container, _)| container)
    }

    /// Whether nothing is ready or running.
    pub fn is_over(&self) -> bool {
        self.frames
            .get(&ROOT)
            .is_none_or(|frame| frame.state.is_over())
    }

    /// About how many bytes all values weigh that the run holds.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The conversation as it stands.
    pub fn conversation(&self) -> &Conversation {
        &self.conversation
    }

    /// An assignment took place.
    pub fn assign(&mut self, changes: &serde_json::Map<String, Value>) {
        self.conversation = Arc::new(self.conversation.with(changes));
    }

    /// An `output` node set outputs; those of the run's own flow are given back.
    #[must_use]
    pub fn put_out(&mut self, frame: FrameId, values: Map<String, Value>) -> Map<String, Value> {
        let home = self.frames.get(&frame).map_or(ROOT, |frame| frame.home);
        match self.frames.get_mut(&home) {
            Some(home) if home.of.is_some() => {
                home.outputs.extend(values);
                Map::new()
            }
            _ => values,
        }
    }

    /// A running container begins its rounds; what its settings came to.
    pub fn open(
        &mut self,
        key: Key,
        container: &Arc<dyn Container>,
    ) -> headwater_model::Result<Value> {
        let Some(scope) = self.scope(key.frame) else {
            return Ok(Value::Null);
        };
        let rounds = Arc::clone(container).open(&scope)?;
        let inputs = rounds.inputs();
        let bytes = rounds.bytes();
        self.bytes += bytes;
        if let Some(frame) = self.frames.get_mut(&key.frame) {
            let open = Open {
                rounds,
                body: container.body(),
                frames: Vec::new(),
                bytes,
            };
            frame.open.insert(key.node, open);
        }
        self.advance(key);
        Ok(inputs)
    }

    /// A running step came to its end; a container that did not end by itself is stopped.
    pub fn settle(&mut self, key: Key, end: End<'_>) {
        self.close(key);
        let plan = Arc::clone(&self.plan);
        let Some(frame) = self.frames.get_mut(&key.frame) else {
            return;
        };
        let graph = &plan.graphs[frame.graph];
        frame.bytes += end.bytes;
        self.bytes += end.bytes;
        frame.values.set(key.node, end.outputs);
        let decided = match &end.failed {
            Some(_) => frame.state.fail(graph, key.node, end.handle),
            None => frame.state.finish(graph, key.node, end.handle),
        };
        self.ready.extend(decided.ready.into_iter().map(|node| Key {
            frame: key.frame,
            node,
        }));
        for node in decided.skipped {
            let place = self.place(Key {
                frame: key.frame,
                node,
            });
            self.effects.push_back(Effect::Skipped(place));
        }
        match end.failed {
            Some(failure) if end.handle.is_none() => self.fail(key.frame, failure),
            _ if graph.nodes[key.node].breaks => self.leave(key.frame, Ok(true)),
            _ => self.leave_if_over(key.frame),
        }
    }

    /// The containers at work, outer ones first.
    pub fn open_containers(&self) -> Vec<Place> {
        let open = self.frames.iter().flat_map(|(&id, frame)| {
            let nodes = frame.open.keys();
            nodes.map(move |&node| Key { frame: id, node })
        });
        let mut keys: Vec<Key> = open.collect();
        keys.sort_unstable();
        keys.into_iter().map(|key| self.place(key)).collect()
    }

    fn fail(&mut self, frame: FrameId, failure: Failure) {
        if frame == ROOT {
            self.effects.push_back(Effect::Failed(failure));
        } else {
            self.leave(frame, Err(failure));
        }
    }

    fn leave_if_over(&mut self, frame: FrameId) {
        if frame != ROOT && self.frames.get(&frame).is_some_and(|f| f.state.is_over()) {
            self.leave(frame, Ok(false));
        }
    }

    /// A round is over: what is unfinished in it stops, and its container decides what is next.
    fn leave(&mut self, id: FrameId, end: Result<bool, Failure>) {
        self.halt(id);
        let scope = self.scope(id);
        let outputs = self
            .frames
            .get_mut(&id)
            .map(|f| std::mem::take(&mut f.outputs));
        let outputs = outputs.unwrap_or_default();
        let Some((container, index)) = self.forget(id) else {
            return;
        };
        let Some(open) = self.opened(container) else {
            return;
        };
        open.frames.retain(|frame| *frame != id);
        let end = match (end, &scope) {
            (Ok(broke), Some(scope)) => Ended::Done {
                scope,
                broke,
                outputs,
            },
            (Ok(_), None) => return,
            (Err(failure), _) => Ended::Failed(failure),
        };
        let ended = open.rounds.ended(index, end);
        let (before, after) = (open.bytes, open.rounds.bytes());
        open.bytes = after;
        self.bytes = self.bytes + after - before;
        match ended {
            Ok(()) => self.advance(container),
            Err(failure) => self.closed(container, Err(failure)),
        }
    }

    /// Begins the rounds a container wants now.
    fn advance(&mut self, key: Key) {
        loop {
            let Some(scope) = self.scope(key.frame) else {
                return;
            };
            let Some(open) = self.opened(key) else { return };
            let body = open.body;
            match open.rounds.next(&scope) {
                Ok(Next::Round { index, locals }) => {
                    self.round(key, body, index, locals, None);
                }
                Ok(Next::Step { index, made }) => {
                    let Made {
                        graph,
                        round,
                        name,
                        step,
                    } = made;
                    self.round(key, graph, index, Locals::Made(step), Some((round, name)));
                }
                Ok(Next::Wait) => return,
                Ok(Next::Done(outputs)) => return self.closed(key, Ok(outputs)),
                Err(error) => return self.closed(key, Err(Failure::from(&error))),
            }
        }
    }

    fn round(
        &mut self,
        key: Key,
        graph: usize,
        index: usize,
        locals: Locals,
        made: Option<(usize, String)>,
    ) {
        let frame = self.enter(graph, Some((key, index)), locals, made);
        if let Some(open) = self.opened(key) {
            open.frames.push(frame);
        }
    }

    fn closed(&mut self, key: Key, result: Result<Value, Failure>) {
        self.close(key);
        let place = self.place(key);
        self.effects.push_back(Effect::Closed(place, result));
    }

    fn enter(
        &mut self,
        graph: usize,
        of: Option<(Key, usize)>,
        locals: Locals,
        made: Option<(usize, String)>,
    ) -> FrameId {
        let id = self.next;
        self.next += 1;
        let parent = of.and_then(|(key, _)| self.frames.get(&key.frame));
        let call = matches!(locals, Locals::Call(_));
        let prefix = match (of, parent) {
            (Some((key, _)), Some(parent)) if call => {
                let node = &self.plan.graphs[parent.graph].nodes[key.node].id;
                format!("{}{node}/", parent.prefix)
            }
            (Some((key, index)), Some(parent)) => {
                let container = &self.plan.graphs[parent.graph].nodes[key.node].id;
                let index = made.as_ref().map_or(index, |(round, _)| *round);
                let mut prefix = String::with_capacity(parent.prefix.len() + container.len() + 8);
                let _ = write!(prefix, "{}{container}[{index}]/", parent.prefix);
                prefix
            }
            _ => String::new(),
        };
        let planned: &PlannedGraph = &self.plan.graphs[graph];
        let heard = of.zip(parent).is_some_and(|((key, _), parent)| {
            call && self.plan.graphs[parent.graph].hears(key.node)
        });
        let (fixed, conversation, home) = match parent {
            Some(parent) => (&parent.fixed, parent.conversation.clone(), parent.home),
            None => (&self.fixed, None, id),
        };
        let around = parent.map(|parent| Arc::clone(&parent.values));
        // Another flow sees nothing of this one.
        let (fixed, conversation, home, around, locals) = match locals {
            Locals::Call(input) => {
                let (fixed, conversation) = fixed.call(input, heard);
                let conversation = Some(Arc::new(conversation));
                (Arc::new(fixed), conversation, id, None, Locals::Flow)
            }
            locals => (Arc::clone(fixed), conversation, home, around, locals),
        };
        let frame = Frame {
            graph,
            of,
            prefix,
            made: made.map(|(_, name)| name),
            state: GraphState::new(planned),
            values: Arc::new(Values::new(&self.plan, graph, locals, around)),
            fixed,
            conversation,
            home,
            outputs: Map::new(),
            open: BTreeMap::new(),
            bytes: 0,
        };
        let entries = planned.entries.iter().map(|&node| Key { frame: id, node });
        self.ready.extend(entries);
        self.frames.insert(id, frame);
        if let Some((of, index)) = of {
            self.effects.push_back(Effect::Entered {
                frame: id,
                graph,
                of,
                index,
                call,
            });
        }
        id
    }

    fn opened(&mut self, key: Key) -> Option<&mut Open> {
        self.frames.get_mut(&key.frame)?.open.get_mut(&key.node)
    }

    fn place(&self, key: Key) -> Place {
        let frame = self.frames.get(&key.frame).filter(|_| key.frame != ROOT);
        let Some(frame) = frame else {
            return Place {
                key,
                graph: 0,
                path: None,
                made: None,
            };
        };
        let id = &self.plan.graphs[frame.graph].nodes[key.node].id;
        let name = frame.made.as_ref().unwrap_or(id);
        Place {
            key,
            graph: frame.graph,
            path: Some(format!("{}{name}", frame.prefix)),
            made: frame.made.clone(),
        }
    }
}
