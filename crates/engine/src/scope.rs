//! What templates can see while a run goes on: the outputs so far, shared by reference.

use std::sync::{Arc, OnceLock};

use headwater_model::conversation::Speaker;
use headwater_model::id::RunId;
use headwater_model::run::{RunInput, Turn};
use minijinja::Environment;
use serde_json::{Value, json};

use crate::plan::Plan;
use crate::template::{Key, Reference, Root};

/// A value with its Jinja form made at most once.
#[derive(Debug)]
struct Slot {
    value: Arc<Value>,
    jinja: OnceLock<minijinja::Value>,
}

impl Slot {
    fn new(value: Arc<Value>) -> Self {
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

/// The values of one run.
pub struct Scope {
    plan: Arc<Plan>,
    nodes: Vec<Option<Slot>>,
    conversation: Slot,
    run: Slot,
    history: Vec<Turn>,
    input: Value,
}

impl Scope {
    /// A scope with nothing finished yet.
    pub fn new(plan: Arc<Plan>, run: RunId, input: RunInput) -> Self {
        let RunInput { input, history } = input;
        let turns: Vec<Value> = history
            .iter()
            .map(|turn| json!({"role": role(turn.role), "text": turn.text}))
            .collect();
        let nodes = plan.nodes.iter().map(|_| None).collect();
        Self {
            plan,
            nodes,
            conversation: Slot::new(Arc::new(json!({ "history": turns }))),
            run: Slot::new(Arc::new(json!({ "id": run.to_string() }))),
            history,
            input: Value::Object(input),
        }
    }

    /// Records what a node put out.
    pub fn set(&mut self, node: usize, outputs: Arc<Value>) {
        self.nodes[node] = Some(Slot::new(outputs));
    }

    /// What a reference names, if it is there.
    pub fn find(&self, reference: &Reference) -> Option<&Value> {
        let mut value: &Value = match reference.root {
            Root::Node(index) => &self.nodes[index].as_ref()?.value,
            Root::Conversation => &self.conversation.value,
            Root::Run => &self.run.value,
        };
        for key in &reference.path {
            value = match key {
                Key::Name(name) => value.get(name)?,
                Key::Index(index) => value.get(index)?,
            };
        }
        Some(value)
    }

    /// The run's checked inputs.
    pub fn input(&self) -> &Value {
        &self.input
    }

    /// The turns before this one.
    pub fn history(&self) -> &[Turn] {
        &self.history
    }

    pub(crate) fn environment(&self) -> &Environment<'static> {
        &self.plan.environment
    }

    /// A root's name and value for a Jinja context.
    pub(crate) fn jinja(&self, root: Root) -> (&str, minijinja::Value) {
        match root {
            Root::Node(index) => (
                &self.plan.nodes[index].id,
                self.nodes[index]
                    .as_ref()
                    .map_or(minijinja::Value::UNDEFINED, Slot::jinja),
            ),
            Root::Conversation => ("conversation", self.conversation.jinja()),
            Root::Run => ("run", self.run.jinja()),
        }
    }
}

fn role(speaker: Speaker) -> &'static str {
    match speaker {
        Speaker::User => "user",
        Speaker::Assistant => "assistant",
    }
}
