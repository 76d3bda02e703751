//! `assign`: changes conversation variables.

use headwater_model::flow::InputType;
use headwater_model::{Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::catalogue::{Compiled, NodeKind};
use crate::compile::Compiler;
use crate::scope::Scope;
use crate::step::{Begun, Step, StepOutput};
use crate::template::{Dynamic, write_value};

/// What the catalogue knows.
pub const KIND: NodeKind = NodeKind {
    name: "assign",
    title: "Assign",
    summary: "Changes conversation variables. Later nodes see the new values, and the conversation keeps them when the run succeeds.",
    outputs: None,
    settings: || schemars::schema_for!(Settings),
    compile,
};

/// Settings of `assign`. The outputs are the changed variables by name.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Made in order.
    pub changes: Vec<Change>,
}

/// A change of one variable.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The variable's name.
    pub variable: String,
    #[serde(default)]
    pub op: ChangeOp,
    /// The new value, or what to append; `clear` needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

/// How a variable changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeOp {
    /// It has this value.
    #[default]
    Set,
    /// A list has one item more, a text goes on.
    Append,
    /// It has its default again.
    Clear,
}

#[derive(Debug)]
struct Assign(Vec<Planned>);

#[derive(Debug)]
struct Planned {
    variable: String,
    kind: InputType,
    op: ChangeOp,
    value: Dynamic,
}

fn compile(compiler: &mut Compiler<'_>, settings: &Map<String, Value>) -> Option<Compiled> {
    let settings: Settings = compiler.settings(settings)?;
    if settings.changes.is_empty() {
        compiler.problem("changes", "Nothing is changed.", "Add a change.");
    }
    let changes: Vec<Option<Planned>> = settings
        .changes
        .iter()
        .enumerate()
        .map(|(index, change)| compiled(compiler, &format!("changes[{index}]"), change))
        .collect();
    let changes = changes.into_iter().collect::<Option<_>>()?;
    Some(Compiled::new(Assign(changes)))
}

fn compiled(compiler: &mut Compiler<'_>, field: &str, change: &Change) -> Option<Planned> {
    let variables = &compiler.flow.variables;
    let Some(kind) = variables
        .iter()
        .find(|variable| variable.name == change.variable)
        .map(|variable| variable.kind)
    else {
        let names: Vec<&str> = variables.iter().map(|v| v.name.as_str()).collect();
        let fix = if names.is_empty() {
            "Add it to the flow's `variables`.".to_owned()
        } else {
            format!("There are: {}.", names.join(", "))
        };
        compiler.problem(
            &format!("{field}.variable"),
            format!("There is no conversation variable “{}”.", change.variable),
            fix,
        );
        return None;
    };
    let field = format!("{field}.value");
    let value = match (&change.value, change.op) {
        (Some(value), ChangeOp::Set | ChangeOp::Append) => compiler.dynamic(&field, value),
        (None, ChangeOp::Clear) => Dynamic::Constant(Value::Null),
        (Some(_), ChangeOp::Clear) => {
            compiler.problem(&field, "Clearing takes no value.", "Remove it.");
            return None;
        }
        (None, _) => {
            compiler.problem(&field, "There is no value.", "Add `value`.");
            return None;
        }
    };
    if change.op == ChangeOp::Append && !matches!(kind, InputType::List | InputType::String) {
        compiler.problem(
            &field,
            format!("Nothing can be appended to {}.", kind.noun()),
            "Use `op: set`.",
        );
    }
    if change.op == ChangeOp::Set
        && let Some(known) = compiler.type_of(&value)
        && known != kind
    {
        compiler.problem(
            &field,
            format!("“{}” must be {}.", change.variable, kind.noun()),
            format!(
                "This is {}; change it or the variable's type.",
                known.noun()
            ),
        );
    }
    Some(Planned {
        variable: change.variable.clone(),
        kind,
        op: change.op,
        value,
    })
}

impl Step for Assign {
    fn begin(&self, scope: &Scope) -> Result<Begun> {
        let mut changed = Map::new();
        for change in &self.0 {
            let name = &change.variable;
            let before = changed
                .remove(name)
                .or_else(|| scope.variable(name).cloned());
            let value = change.value.value(scope)?;
            let after = match change.op {
                ChangeOp::Set => value,
                ChangeOp::Append => appended(before, value, change.kind),
                ChangeOp::Clear => scope.default_of(name),
            };
            if !after.is_null() && !change.kind.fits(&after) {
                return Err(Error::invalid(
                    "changes",
                    format!("“{name}” must be {}.", change.kind.noun()),
                ));
            }
            changed.insert(name.clone(), after);
        }
        Ok(Begun::Done(StepOutput::of(Value::Object(changed))))
    }
}

fn appended(before: Option<Value>, value: Value, kind: InputType) -> Value {
    match (before, kind) {
        (Some(Value::Array(mut items)), _) => {
            items.push(value);
            Value::Array(items)
        }
        (_, InputType::List) => Value::Array(vec![value]),
        (before, _) => {
            let mut text = String::new();
            write_value(&before.unwrap_or_default(), &mut text);
            write_value(&value, &mut text);
            Value::String(text)
        }
    }
}
