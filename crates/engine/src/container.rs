//! What a container does: it decides, purely, which rounds of its body run when, what each of them
//! sees, and what comes out. The frames themselves belong to [`crate::frames`].

use std::sync::Arc;

use headwater_model::Result;
use headwater_model::run::Failure;
use serde_json::{Map, Value};

use crate::scope::{Locals, Scope};
use crate::step::Step;

/// A compiled container.
pub trait Container: Send + Sync + std::fmt::Debug {
    /// The body's place in the plan.
    fn body(&self) -> usize;

    /// Whether the body is another flow, which sees nothing of this one.
    fn is_call(&self) -> bool {
        false
    }

    /// Whether it makes its body's steps itself; a file gives it none.
    fn makes_steps(&self) -> bool {
        false
    }

    /// Begins: reads the settings in the scope the container stands in.
    fn open(self: Arc<Self>, scope: &Scope) -> Result<Box<dyn Rounds>>;
}

/// A container at work.
pub trait Rounds: Send + std::fmt::Debug {
    /// What to do now; asked again until it is not [`Next::Round`].
    fn next(&mut self, outer: &Scope) -> Result<Next>;

    /// A round is over. An error ends the container.
    fn ended(&mut self, index: usize, end: Ended<'_>) -> Result<(), Failure>;

    /// What its settings came to, for the record; asked once, before the first round.
    fn inputs(&self) -> Value {
        Value::Object(Map::new())
    }

    /// About how many bytes of values it holds.
    fn bytes(&self) -> usize;
}

/// What a container wants.
#[derive(Debug)]
pub enum Next {
    /// Run the body once more; `index` counts from 0.
    Round { index: usize, locals: Locals },
    /// Run one step of the container's own making.
    Step { index: usize, made: Made },
    /// Rounds are running; nothing to begin.
    Wait,
    /// These are the outputs.
    Done(Value),
}

/// A step that a container makes while it works; it runs alone in a frame of its own, under the
/// retries, the timeout and the kind of its place in the plan.
#[derive(Debug)]
pub struct Made {
    /// The plan's graph with that place, its only node.
    pub graph: usize,
    /// The round it belongs to, and its name in it: `[round]/name` follows the container in its path.
    /// Unique in the container.
    pub round: usize,
    pub name: String,
    pub step: Arc<dyn Step>,
}

/// How a round ended.
pub enum Ended<'s> {
    /// The scope of its body as it was left.
    Done {
        scope: &'s Scope,
        broke: bool,
        /// What `output` nodes set, when the body is another flow.
        outputs: Map<String, Value>,
    },
    Failed(Failure),
}
