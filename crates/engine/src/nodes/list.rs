//! `list`: filters, sorts, cuts and reshapes a list.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::Arc;

use headwater_model::flow::InputType;
use headwater_model::{Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::catalogue::{Compiled, NodeKind};
use crate::compile::{Compiler, Within};
use crate::condition::{Condition, Test};
use crate::scope::{Locals, Scope};
use crate::step::{Begun, Step, StepOutput};
use crate::template::Dynamic;

/// What the catalogue knows.
pub const KIND: NodeKind = NodeKind {
    name: "list",
    title: "List",
    summary: "Filters, sorts, cuts and reshapes a list, in this order.",
    outputs: Some(&["items", "count", "first", "last"]),
    settings: || schemars::schema_for!(Settings),
    compile,
};

/// Settings of `list`. All but `items` see `item` and `index` (from 0, in the list as it came).
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The list, usually one reference.
    pub items: Value,
    /// Keeps the items for which this holds.
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub filter: Option<Condition>,
    /// Sorts by this, such as `{{ item.score }}`: numbers by size, text by its characters, nothing
    /// first. Equal items keep their order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort_by: Option<Value>,
    /// Sorts the largest first.
    #[serde(default)]
    pub descending: bool,
    /// Keeps the first of the items for which this is the same, such as `{{ item.id }}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unique_by: Option<Value>,
    /// Leaves out that many items at the beginning.
    #[serde(default)]
    pub offset: u32,
    /// Keeps at most that many items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Puts this in the place of each item, such as `{{ item.name }}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub map: Option<Value>,
}

#[derive(Debug)]
struct List {
    items: Dynamic,
    filter: Option<Test>,
    sort_by: Option<Dynamic>,
    descending: bool,
    unique_by: Option<Dynamic>,
    offset: usize,
    limit: usize,
    map: Option<Dynamic>,
}

fn compile(compiler: &mut Compiler<'_>, settings: &Map<String, Value>) -> Option<Compiled> {
    let settings: Settings = compiler.settings(settings)?;
    let items = compiler.dynamic("items", &settings.items);
    let known = compiler.type_of(&items);
    if let Some(known) = known.filter(|known| *known != InputType::List) {
        compiler.problem(
            "items",
            format!("The items are {}, not a list.", known.noun()),
            "Refer to a list.",
        );
    }
    if settings.descending && settings.sort_by.is_none() {
        compiler.problem(
            "descending",
            "Nothing is sorted.",
            "Add `sort_by`, such as `{{ item }}`.",
        );
    }
    let list = compiler.locally(Within::Each, |compiler| {
        let mut dynamic = |field: &str, value: &Option<Value>| {
            value.as_ref().map(|value| compiler.dynamic(field, value))
        };
        let sort_by = dynamic("sort_by", &settings.sort_by);
        let unique_by = dynamic("unique_by", &settings.unique_by);
        let map = dynamic("map", &settings.map);
        let filter = settings.filter.as_ref();
        List {
            items,
            filter: filter.and_then(|filter| compiler.condition("where", filter)),
            sort_by,
            descending: settings.descending,
            unique_by,
            offset: settings.offset as usize,
            limit: settings.limit.map_or(usize::MAX, |limit| limit as usize),
            map,
        }
    });
    Some(Compiled::new(list))
}

/// An item and what its settings see.
struct Seen {
    item: Arc<Value>,
    scope: Scope,
}

impl Step for List {
    fn begin(&self, scope: &Scope) -> Result<Begun> {
        let Value::Array(items) = self.items.value(scope)? else {
            return Err(Error::invalid("items", "The items of list are not a list."));
        };
        let seen = items.into_iter().enumerate().map(|(index, item)| {
            let item = Arc::new(item);
            let local = Locals::Each {
                item: Arc::clone(&item),
                index,
            };
            Seen {
                item,
                scope: scope.with(local),
            }
        });
        let items = self.shape(seen.collect())?;
        Ok(Begun::Done(StepOutput::of(json!({
            "first": items.first(),
            "last": items.last(),
            "count": items.len(),
            "items": items,
        }))))
    }
}

impl List {
    fn shape(&self, mut items: Vec<Seen>) -> Result<Vec<Value>> {
        if let Some(filter) = &self.filter {
            let mut kept = Vec::with_capacity(items.len());
            for seen in items {
                if filter.holds(&seen.scope)? {
                    kept.push(seen);
                }
            }
            items = kept;
        }
        if let Some(by) = &self.sort_by {
            items = sorted(items, by, self.descending)?;
        }
        if let Some(by) = &self.unique_by {
            let mut known = HashSet::new();
            let mut kept = Vec::with_capacity(items.len());
            for seen in items {
                if known.insert(by.value(&seen.scope)?.to_string()) {
                    kept.push(seen);
                }
            }
            items = kept;
        }
        let items = items.into_iter().skip(self.offset).take(self.limit);
        items
            .map(|seen| match &self.map {
                Some(map) => map.value(&seen.scope),
                None => {
                    drop(seen.scope);
                    Ok(Arc::unwrap_or_clone(seen.item))
                }
            })
            .collect()
    }
}

fn sorted(items: Vec<Seen>, by: &Dynamic, descending: bool) -> Result<Vec<Seen>> {
    let mut keyed = items
        .into_iter()
        .map(|seen| Ok((by.value(&seen.scope)?, seen)))
        .collect::<Result<Vec<_>>>()?;
    keyed.sort_by(|(a, _), (b, _)| {
        let order = compare(a, b);
        if descending { order.reverse() } else { order }
    });
    Ok(keyed.into_iter().map(|(_, seen)| seen).collect())
}

/// Nothing, then booleans, numbers, texts, and the rest as it would be written.
fn compare(a: &Value, b: &Value) -> Ordering {
    let rank = |value: &Value| match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::String(_) => 3,
        _ => 4,
    };
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap_or(0.0), b.as_f64().unwrap_or(0.0));
            a.total_cmp(&b)
        }
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (a, b) if rank(a) == rank(b) => a.to_string().cmp(&b.to_string()),
        (a, b) => rank(a).cmp(&rank(b)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_all_types_have_one_order() {
        let mut values = vec![
            json!("b"),
            json!(10),
            json!(null),
            json!(2),
            json!("a"),
            json!(true),
        ];
        values.sort_by(compare);
        assert_eq!(json!(values), json!([null, true, 2, 10, "a", "b"]));
    }
}
