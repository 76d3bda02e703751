//! `each`: runs its body for every item of a list.

use std::sync::Arc;

use headwater_model::run::Failure;
use headwater_model::{Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::catalogue::{Compiled, NodeKind};
use crate::compile::{Compiler, Within};
use crate::container::{Container, Ended, Next, Rounds};
use crate::scope::{Locals, Scope};
use crate::template::Dynamic;
use crate::weight::weight;

/// What the catalogue knows.
pub const KIND: NodeKind = NodeKind {
    name: "each",
    title: "Each",
    summary: "Runs its body for every item of a list, several at a time, and keeps their order.",
    outputs: Some(&["items", "count"]),
    settings: || schemars::schema_for!(Settings),
    compile,
};

/// Settings of `each`. The body sees `item` and `index` (from 0).
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The list, usually one reference.
    pub items: Value,
    /// How many items are worked on at the same time, 1 to 64; the run's own limit stands above it.
    #[serde(default = "four")]
    #[schemars(range(min = 1, max = 64))]
    pub concurrency: u32,
    /// What an item leaves in `items`: a template that sees the nodes of the body. Null when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    /// What happens when an item fails.
    #[serde(default)]
    pub on_error: OnItemError,
}

/// What happens when an item fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnItemError {
    /// The node fails, and the other items are stopped.
    #[default]
    Fail,
    /// The item's place holds null.
    Null,
    /// The item has no place in `items`.
    Drop,
}

/// How many items, and bytes of them, the record shows; whoever made the list has all of it.
const SHOWN: usize = 100;
const SHOWN_BYTES: usize = 64 * 1024;

fn four() -> u32 {
    4
}

#[derive(Debug)]
struct Each {
    items: Dynamic,
    concurrency: usize,
    output: Option<Dynamic>,
    on_error: OnItemError,
    body: usize,
}

fn compile(compiler: &mut Compiler<'_>, settings: &Map<String, Value>) -> Option<Compiled> {
    let settings: Option<Settings> = compiler.settings(settings);
    // The body's problems are told even when the settings have some.
    let items = settings
        .as_ref()
        .map(|settings| compiler.dynamic("items", &settings.items));
    let (body, output) = compiler.body(Within::Each, |compiler| {
        let output = settings.as_ref()?.output.as_ref()?;
        Some(compiler.dynamic("output", output))
    })?;
    let (settings, items) = (settings?, items?);
    if !(1..=64).contains(&settings.concurrency) {
        compiler.problem(
            "concurrency",
            "The concurrency must be from 1 to 64.",
            "Change it.",
        );
    }
    let known = compiler.type_of(&items);
    if let Some(known) = known.filter(|known| *known != headwater_model::flow::InputType::List) {
        compiler.problem(
            "items",
            format!("The items are {}, not a list.", known.noun()),
            "Refer to a list.",
        );
    }
    Some(Compiled::container(Each {
        items,
        concurrency: settings.concurrency as usize,
        output,
        on_error: settings.on_error,
        body,
    }))
}

impl Container for Each {
    fn body(&self) -> usize {
        self.body
    }

    fn open(self: Arc<Self>, scope: &Scope) -> Result<Box<dyn Rounds>> {
        let items = match self.items.value(scope)? {
            Value::Array(items) => items,
            _ => return Err(Error::invalid("items", "The items of each are not a list.")),
        };
        let bytes = items.iter().map(weight).sum();
        Ok(Box::new(Items {
            results: vec![None; items.len()],
            left: items.into_iter(),
            begun: 0,
            running: 0,
            bytes,
            each: self,
        }))
    }
}

#[derive(Debug)]
struct Items {
    each: Arc<Each>,
    left: std::vec::IntoIter<Value>,
    begun: usize,
    running: usize,
    results: Vec<Option<Value>>,
    bytes: usize,
}

impl Rounds for Items {
    fn next(&mut self, _: &Scope) -> Result<Next> {
        if self.running == self.each.concurrency {
            return Ok(Next::Wait);
        }
        if let Some(item) = self.left.next() {
            let index = self.begun;
            (self.begun, self.running) = (self.begun + 1, self.running + 1);
            let item = Arc::new(item);
            let locals = Locals::Each { item, index };
            return Ok(Next::Round { index, locals });
        }
        if self.running > 0 {
            return Ok(Next::Wait);
        }
        let results = std::mem::take(&mut self.results);
        let items: Vec<Value> = results.into_iter().flatten().collect();
        let count = items.len();
        Ok(Next::Done(json!({ "items": items, "count": count })))
    }

    fn ended(&mut self, index: usize, end: Ended<'_>) -> Result<(), Failure> {
        self.running -= 1;
        let result = match (end, &self.each.output) {
            (Ended::Failed(failure), _) => Err(failure),
            (Ended::Done { scope, .. }, Some(output)) => {
                output.value(scope).map_err(|error| Failure::from(&error))
            }
            (Ended::Done { .. }, None) => Ok(Value::Null),
        };
        let result = match (result, self.each.on_error) {
            (Ok(value), _) => Some(value),
            (Err(_), OnItemError::Null) => Some(Value::Null),
            (Err(_), OnItemError::Drop) => None,
            (Err(failure), OnItemError::Fail) => {
                return Err(Failure {
                    message: format!("Item {index}: {}", failure.message),
                    ..failure
                });
            }
        };
        self.bytes += result.as_ref().map_or(0, weight);
        self.results[index] = result;
        Ok(())
    }

    fn inputs(&self) -> Value {
        let items = self.left.as_slice();
        let mut room = SHOWN_BYTES;
        let fits = |item: &&Value| {
            let left = room.checked_sub(weight(item));
            room = left.unwrap_or(0);
            left.is_some()
        };
        let shown: Vec<&Value> = items.iter().take(SHOWN).take_while(fits).collect();
        json!({
            "items": shown,
            "count": items.len(),
            "concurrency": self.each.concurrency,
        })
    }

    fn bytes(&self) -> usize {
        self.bytes
    }
}
