//! `branch`: chooses the way by typed conditions.

use headwater_model::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::catalogue::{Compiled, NodeKind};
use crate::compile::Compiler;
use crate::scope::Scope;
use crate::step::{Begun, Step, StepOutput};
use crate::template::{Dynamic, write_value};

/// What the catalogue knows.
pub const KIND: NodeKind = NodeKind {
    name: "branch",
    title: "Branch",
    summary: "Takes the first case whose conditions all hold.",
    outputs: Some(&["handle"]),
    settings: || schemars::schema_for!(Settings),
    compile,
};

/// Settings of `branch`. When no case holds, the handle is `else`.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Tried in order.
    pub cases: Vec<Case>,
}

/// A way out and what must hold for it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The handle its edges name.
    pub handle: String,
    /// All of these must hold.
    pub all: Vec<Condition>,
}

/// A comparison.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// A template; exactly one reference keeps its type.
    pub value: Value,
    pub op: Operator,
    /// What to compare with, for operators that need it.
    #[serde(default)]
    pub to: Value,
}

/// How to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    Equals,
    NotEquals,
    Contains,
    NotContains,
    StartsWith,
    EndsWith,
    IsEmpty,
    IsNotEmpty,
    Greater,
    Less,
    IsTrue,
    IsFalse,
}

#[derive(Debug)]
struct Branch(Vec<CompiledCase>);

#[derive(Debug)]
struct CompiledCase {
    handle: String,
    all: Vec<(Dynamic, Operator, Dynamic)>,
}

fn compile(compiler: &mut Compiler<'_>, settings: &Map<String, Value>) -> Option<Compiled> {
    let settings: Settings = compiler.settings(settings)?;
    let mut handles: Vec<String> = Vec::new();
    let mut cases = Vec::new();
    for (index, case) in settings.cases.into_iter().enumerate() {
        let field = format!("cases[{index}]");
        if case.handle.is_empty()
            || ["else", "error"].contains(&case.handle.as_str())
            || handles.contains(&case.handle)
        {
            compiler.problem(
                &field,
                format!("“{}” cannot be this case's handle.", case.handle),
                "Use a name no other case has; else and error are taken.",
            );
        }
        if case.all.is_empty() {
            compiler.problem(&field, "The case has no condition.", "Add one to `all`.");
        }
        let all = case
            .all
            .iter()
            .map(|condition| {
                (
                    compiler.dynamic(&field, &condition.value),
                    condition.op,
                    compiler.dynamic(&field, &condition.to),
                )
            })
            .collect();
        handles.push(case.handle.clone());
        cases.push(CompiledCase {
            handle: case.handle,
            all,
        });
    }
    handles.push("else".to_owned());
    Some(Compiled {
        handles,
        ..Compiled::new(Branch(cases))
    })
}

impl Step for Branch {
    fn begin(&self, scope: &Scope) -> Result<Begun> {
        let mut chosen = "else";
        'cases: for case in &self.0 {
            for (value, op, to) in &case.all {
                if !holds(*op, &value.value(scope)?, &to.value(scope)?) {
                    continue 'cases;
                }
            }
            chosen = &case.handle;
            break;
        }
        Ok(Begun::Done(StepOutput {
            handle: Some(chosen.to_owned()),
            ..StepOutput::of(json!({ "handle": chosen }))
        }))
    }
}

fn holds(op: Operator, value: &Value, to: &Value) -> bool {
    match op {
        Operator::Equals => equal(value, to),
        Operator::NotEquals => !equal(value, to),
        Operator::Contains => contains(value, to),
        Operator::NotContains => !contains(value, to),
        Operator::StartsWith => text(value).starts_with(&text(to)),
        Operator::EndsWith => text(value).ends_with(&text(to)),
        Operator::IsEmpty => empty(value),
        Operator::IsNotEmpty => !empty(value),
        Operator::Greater => number(value)
            .zip(number(to))
            .is_some_and(|(value, to)| value > to),
        Operator::Less => number(value)
            .zip(number(to))
            .is_some_and(|(value, to)| value < to),
        Operator::IsTrue => truth(value) == Some(true),
        Operator::IsFalse => truth(value) == Some(false),
    }
}

/// Numbers compare as numbers; values of different types compare as they would be written.
fn equal(value: &Value, to: &Value) -> bool {
    match (value, to) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (a, b) if std::mem::discriminant(a) == std::mem::discriminant(b) => a == b,
        (a, b) => text(a) == text(b),
    }
}

fn contains(value: &Value, to: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| equal(item, to)),
        Value::Object(fields) => fields.contains_key(&text(to)),
        other => text(other).contains(&text(to)),
    }
}

fn empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::String(text) if text == "true" => Some(true),
        Value::String(text) if text == "false" => Some(false),
        _ => None,
    }
}

fn text(value: &Value) -> String {
    let mut out = String::new();
    write_value(value, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_respect_types() {
        use Operator::*;
        let table = [
            (Equals, json!(1), json!(1.0), true),
            (Equals, json!(5), json!("5"), true),
            (Equals, json!(null), json!(""), true),
            (NotEquals, json!("a"), json!("b"), true),
            (Contains, json!(["a", 2]), json!(2), true),
            (Contains, json!({"k": 1}), json!("k"), true),
            (Contains, json!("headwater"), json!("water"), true),
            (NotContains, json!([]), json!(1), true),
            (StartsWith, json!("abc"), json!("ab"), true),
            (EndsWith, json!("abc"), json!("ab"), false),
            (IsEmpty, json!([]), json!(null), true),
            (IsEmpty, json!(0), json!(null), false),
            (IsNotEmpty, json!("x"), json!(null), true),
            (Greater, json!(10), json!("9"), true),
            (Greater, json!("b"), json!("a"), false),
            (Less, json!(1), json!(2), true),
            (IsTrue, json!(true), json!(null), true),
            (IsFalse, json!(null), json!(null), false),
        ];
        for (op, value, to, expected) in table {
            assert_eq!(holds(op, &value, &to), expected, "{value} {op:?} {to}");
        }
    }
}
