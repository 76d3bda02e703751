//! What templates can see while a run goes on. Values are written once and shared by reference:
//! entering a body costs its own slots, never those of the scopes around it.

mod conversation;

use std::sync::{Arc, OnceLock};

use headwater_model::conversation::Speaker;
use headwater_model::conversation::attachment::Attachment;
use headwater_model::flow::FlowKind;
use headwater_model::id::RunId;
use headwater_model::run::{RunInput, Turn};
use minijinja::Environment;
use serde_json::{Map, Value, json};

use crate::confidential::{Revealed, SecretName};
use crate::plan::Plan;
use crate::step::Step;
use crate::template::{Key, Reference, Root};
pub use conversation::Conversation;

/// What `start` gives of a question's files and pictures, in flows that chat.
pub(crate) const FILES: &str = "files";

/// A value with its Jinja form made at most once.
#[derive(Debug)]
pub(crate) struct Slot {
    value: Arc<Value>,
    jinja: OnceLock<minijinja::Value>,
}

impl Slot {
    pub(crate) fn new(value: Arc<Value>) -> Self {
        Self {
            value,
            jinja: OnceLock::new(),
        }
    }

    fn jinja(&self) -> minijinja::Value {
        self.jinja
            .get_or_init(|| minijinja::Value::from(minijinja::value::Serde(&*self.value)))
            .clone()
    }
}

/// What only the frame of a container's round sees.
#[derive(Debug)]
pub enum Locals {
    /// The flow's own frame.
    Flow,
    /// `item` and `index`.
    Each { item: Arc<Value>, index: usize },
    /// `loop`.
    Loop(Arc<Value>),
    /// Another flow's own frame, with that flow's checked inputs.
    Call(Map<String, Value>),
    /// The step of a container's own making that runs in it.
    Made(Arc<dyn Step>),
}

/// The values of one frame.
#[derive(Debug)]
pub struct Values {
    graph: usize,
    nodes: Box<[OnceLock<Slot>]>,
    /// `item` or `loop`, and `index`.
    local: Option<Slot>,
    index: Option<Value>,
    made: Option<Arc<dyn Step>>,
    parent: Option<Arc<Values>>,
}

impl Values {
    /// An empty frame for a graph of the plan.
    pub fn new(plan: &Plan, graph: usize, locals: Locals, parent: Option<Arc<Self>>) -> Self {
        let count = plan.graphs[graph].nodes.len();
        Self::over(graph, count, locals, parent)
    }

    fn over(graph: usize, count: usize, locals: Locals, parent: Option<Arc<Self>>) -> Self {
        let (local, index, made) = match locals {
            Locals::Flow | Locals::Call(_) => (None, None, None),
            Locals::Each { item, index } => (Some(Slot::new(item)), Some(json!(index)), None),
            Locals::Loop(variables) => (Some(Slot::new(variables)), None, None),
            Locals::Made(step) => (None, None, Some(step)),
        };
        Self {
            graph,
            nodes: std::iter::repeat_with(OnceLock::new).take(count).collect(),
            local,
            index,
            made,
            parent,
        }
    }

    /// Records what a node put out; a node puts out once per frame.
    pub fn set(&self, node: usize, outputs: Arc<Value>) {
        let first = self.nodes[node].set(Slot::new(outputs)).is_ok();
        debug_assert!(first, "a node ended twice");
    }

    fn up(&self, frames: usize) -> Option<&Self> {
        let mut at = self;
        for _ in 0..frames {
            at = at.parent.as_deref()?;
        }
        Some(at)
    }
}

/// What stays the same for a whole run, or for a subflow.
#[derive(Debug)]
pub struct Fixed {
    plan: Arc<Plan>,
    run_id: RunId,
    /// How many flows called one another to come here.
    depth: u32,
    run: Arc<Slot>,
    env: Arc<Slot>,
    history: Vec<Turn>,
    /// What the question carries.
    files: Vec<Attachment>,
    input: Value,
    /// The model that was chosen for the reply.
    model: Option<Arc<str>>,
    /// Where to search in place of what the flow says; nothing when that stands.
    knowledge_bases: Vec<String>,
}

impl Fixed {
    /// Takes a run's input apart into what never changes and the conversation at its start.
    pub fn new(plan: Arc<Plan>, run: RunId, input: RunInput) -> (Self, Conversation) {
        let RunInput {
            mut input,
            history,
            files,
            variables,
            environment,
            depth,
            model,
            knowledge_bases,
            ..
        } = input;
        let env: Map<String, Value> = plan
            .env
            .iter()
            .map(|value| {
                let set = environment.get(&value.name).or(value.value.as_ref());
                (value.name.clone(), set.cloned().unwrap_or_default())
            })
            .collect();
        let turns: Vec<Value> = history
            .iter()
            .map(|turn| {
                let mut told = json!({"role": role(turn.role), "text": turn.text});
                if !turn.files.is_empty() {
                    told["files"] = json!(turn.files);
                }
                told
            })
            .collect();
        if plan.kind == FlowKind::Chat {
            // An input of this name stands before what the question carries.
            input.entry(FILES).or_insert_with(|| json!(files));
        }
        let variables =
            headwater_model::flow::value::conversation_variables(&plan.variables, &variables);
        let fixed = Self {
            plan,
            run_id: run,
            depth,
            run: Arc::new(Slot::new(Arc::new(json!({ "id": run.to_string() })))),
            env: Arc::new(Slot::new(Arc::new(Value::Object(env)))),
            history,
            files,
            input: Value::Object(input),
            model: model.map(Arc::from),
            knowledge_bases,
        };
        (fixed, Conversation::new(Value::Array(turns), variables))
    }

    /// The model that was chosen for the reply.
    pub(crate) const fn model(&self) -> Option<&Arc<str>> {
        self.model.as_ref()
    }

    /// What a subflow sees: its own inputs, and no conversation. A model chosen for the reply is for
    /// it as well when the reply has what it says (`heard`); where it searches it says itself.
    pub(crate) fn call(&self, input: Map<String, Value>, heard: bool) -> (Self, Conversation) {
        let fixed = Self {
            plan: Arc::clone(&self.plan),
            run_id: self.run_id,
            depth: self.depth + 1,
            run: Arc::clone(&self.run),
            env: Arc::clone(&self.env),
            history: Vec::new(),
            files: Vec::new(),
            input: Value::Object(input),
            model: self.model.clone().filter(|_| heard),
            knowledge_bases: Vec::new(),
        };
        let nothing = Value::Array(Vec::new());
        (fixed, Conversation::new(nothing, Map::new()))
    }
}

/// A view of everything one step can see.
#[derive(Clone, Debug)]
pub struct Scope {
    fixed: Arc<Fixed>,
    values: Arc<Values>,
    conversation: Arc<Conversation>,
    /// Only in a call that sends secrets.
    secrets: Option<Arc<Revealed>>,
    /// The model the step is to ask, when one was chosen for what it says.
    model: Option<Arc<str>>,
}

impl Scope {
    /// A view from a frame.
    pub fn new(fixed: &Arc<Fixed>, values: &Arc<Values>, conversation: &Arc<Conversation>) -> Self {
        Self {
            fixed: Arc::clone(fixed),
            values: Arc::clone(values),
            conversation: Arc::clone(conversation),
            secrets: None,
            model: None,
        }
    }

    /// The same view for a step whose model was chosen.
    #[must_use]
    pub(crate) fn choosing(self, model: Option<Arc<str>>) -> Self {
        Self { model, ..self }
    }

    /// The model the step is to ask in place of what its settings name.
    pub(crate) fn chosen_model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// The same view for the one call that sends these secrets. What is rendered with it is sent,
    /// never kept.
    #[must_use]
    pub fn revealing(&self, secrets: Arc<Revealed>) -> Self {
        Self {
            secrets: Some(secrets),
            ..self.clone()
        }
    }

    /// The text of a secret, in a call that sends it.
    pub(crate) fn secret(&self, name: &SecretName) -> Option<&str> {
        self.secrets.as_ref()?.text(name)
    }

    /// The same view with locals that no frame has: what settings see once per item or round.
    #[must_use]
    pub fn with(&self, locals: Locals) -> Self {
        let values = Values::over(usize::MAX, 0, locals, Some(Arc::clone(&self.values)));
        Self {
            values: Arc::new(values),
            ..self.clone()
        }
    }

    /// What a reference names, if it is there.
    pub fn find(&self, reference: &Reference) -> Option<&Value> {
        let mut path = reference.path.as_slice();
        let mut value: &Value = match reference.root {
            Root::Node { up, node } => &self.values.up(up)?.nodes[node].get()?.value,
            Root::Item(up) | Root::Loop(up) => &self.values.up(up)?.local.as_ref()?.value,
            Root::Index(up) => self.values.up(up)?.index.as_ref()?,
            Root::Conversation => match path.split_first() {
                Some((Key::Name(name), rest)) => {
                    path = rest;
                    self.conversation.get(name)?
                }
                Some((Key::Index(_), _)) => return None,
                None => self.conversation.whole(),
            },
            Root::Run => &self.fixed.run.value,
            Root::Env => &self.fixed.env.value,
        };
        for key in path {
            value = match key {
                Key::Name(name) => value.get(name)?,
                Key::Index(index) => value.get(index)?,
            };
        }
        Some(value)
    }

    /// The run.
    pub fn run_id(&self) -> RunId {
        self.fixed.run_id
    }

    /// How many flows called one another to come here.
    pub fn depth(&self) -> u32 {
        self.fixed.depth
    }

    /// What a node of the innermost graph put out.
    pub fn outputs(&self, node: usize) -> Option<&Value> {
        Some(&self.values.nodes.get(node)?.get()?.value)
    }

    /// The step of a container's own making that runs here.
    pub(crate) fn made(&self) -> Option<&Arc<dyn Step>> {
        self.values.made.as_ref()
    }

    /// The run's checked inputs.
    pub fn input(&self) -> &Value {
        &self.fixed.input
    }

    /// The knowledge bases to search in place of those that `named` has; the same when none were chosen.
    pub fn knowledge_bases<'a>(&'a self, named: &'a [String]) -> &'a [String] {
        match self.fixed.knowledge_bases.as_slice() {
            [] => named,
            chosen => chosen,
        }
    }

    /// The turns before this one.
    pub fn history(&self) -> &[Turn] {
        &self.fixed.history
    }

    /// What the question carries.
    pub fn files(&self) -> &[Attachment] {
        &self.fixed.files
    }

    /// A conversation variable.
    pub fn variable(&self, name: &str) -> Option<&Value> {
        self.conversation.get(name)
    }

    /// What a conversation variable is without a value of its own.
    pub fn default_of(&self, name: &str) -> Value {
        let variable = self.fixed.plan.variables.iter().find(|v| v.name == name);
        variable
            .and_then(|variable| variable.default.clone())
            .unwrap_or_default()
    }

    pub(crate) fn environment(&self) -> &Environment<'static> {
        &self.fixed.plan.environment
    }

    /// A root's name and value for a Jinja context.
    pub(crate) fn jinja(&self, root: Root) -> (&str, minijinja::Value) {
        let slot = |slot: Option<&Slot>| slot.map_or(minijinja::Value::UNDEFINED, Slot::jinja);
        match root {
            Root::Node { up, node } => match self.values.up(up) {
                Some(values) => (
                    &self.fixed.plan.graphs[values.graph].nodes[node].id,
                    slot(values.nodes[node].get()),
                ),
                None => ("", minijinja::Value::UNDEFINED),
            },
            Root::Item(up) => (
                "item",
                slot(self.values.up(up).and_then(|v| v.local.as_ref())),
            ),
            Root::Loop(up) => (
                "loop",
                slot(self.values.up(up).and_then(|v| v.local.as_ref())),
            ),
            Root::Index(up) => {
                let index = self.values.up(up).and_then(|v| v.index.as_ref());
                let value = index.and_then(Value::as_u64);
                (
                    "index",
                    value.map_or(minijinja::Value::UNDEFINED, minijinja::Value::from),
                )
            }
            Root::Conversation => ("conversation", self.conversation.jinja()),
            Root::Run => ("run", self.fixed.run.jinja()),
            Root::Env => ("env", self.fixed.env.jinja()),
        }
    }
}

/// The variables of a conversation after a run, as they are kept.
pub fn kept(plan: &Plan, conversation: &Conversation) -> Map<String, Value> {
    plan.variables
        .iter()
        .filter_map(|variable| {
            let value = conversation.get(&variable.name)?;
            Some((variable.name.clone(), value.clone()))
        })
        .collect()
}

fn role(speaker: Speaker) -> &'static str {
    match speaker {
        Speaker::User => "user",
        Speaker::Assistant => "assistant",
    }
}
