//! `conversation`: its history and its variables. A snapshot never changes; an assignment makes the
//! next one, which shares every value it did not touch.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value};

use super::Slot;

/// A conversation as one moment of a run sees it.
#[derive(Debug, Default)]
pub struct Conversation {
    values: BTreeMap<String, Arc<Slot>>,
    whole: OnceLock<Value>,
    jinja: OnceLock<minijinja::Value>,
}

impl Conversation {
    /// The conversation at the start of a run.
    pub fn new(history: Value, variables: Map<String, Value>) -> Self {
        let slot = |(name, value)| (name, Arc::new(Slot::new(Arc::new(value))));
        Self::of(
            variables
                .into_iter()
                .chain([("history".to_owned(), history)])
                .map(slot)
                .collect(),
        )
    }

    fn of(values: BTreeMap<String, Arc<Slot>>) -> Self {
        Self {
            values,
            ..Self::default()
        }
    }

    /// The next moment: some variables have other values.
    #[must_use]
    pub fn with(&self, changes: &Map<String, Value>) -> Self {
        let mut values = self.values.clone();
        for (name, value) in changes {
            values.insert(name.clone(), Arc::new(Slot::new(Arc::new(value.clone()))));
        }
        Self::of(values)
    }

    /// The history or a variable.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name).map(|slot| &*slot.value)
    }

    pub(super) fn whole(&self) -> &Value {
        self.whole.get_or_init(|| {
            let entries = self.values.iter();
            Value::Object(
                entries
                    .map(|(name, slot)| (name.clone(), (*slot.value).clone()))
                    .collect(),
            )
        })
    }

    pub(super) fn jinja(&self) -> minijinja::Value {
        self.jinja
            .get_or_init(|| {
                let entries = self.values.iter();
                let entries: BTreeMap<String, minijinja::Value> = entries
                    .map(|(name, slot)| (name.clone(), slot.jinja()))
                    .collect();
                minijinja::Value::from(entries)
            })
            .clone()
    }
}
