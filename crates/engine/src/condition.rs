//! Typed conditions, for every kind that has some: comparisons, and groups of them.

mod operator;

use headwater_model::Result;
use headwater_model::flow::InputType;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::compile::Compiler;
use crate::scope::Scope;
use crate::template::Dynamic;
pub use operator::Operator;

/// A comparison (`value`, `op`, `to`), or a group (`all` or `any`).
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// What to look at, a template; exactly one reference keeps its type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// How to compare.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub op: Option<Operator>,
    /// What to compare with, for operators that need it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Value>,
    /// All of these must hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all: Option<Vec<Condition>>,
    /// One of these must hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub any: Option<Vec<Condition>>,
}

/// A compiled condition.
#[derive(Debug)]
pub enum Test {
    Compare(Dynamic, Operator, Dynamic),
    All(Vec<Test>),
    Any(Vec<Test>),
}

impl Test {
    /// Whether it holds.
    pub fn holds(&self, scope: &Scope) -> Result<bool> {
        match self {
            Self::Compare(value, op, to) => Ok(op.holds(&value.value(scope)?, &to.value(scope)?)),
            Self::All(tests) => {
                for test in tests {
                    if !test.holds(scope)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Self::Any(tests) => {
                for test in tests {
                    if test.holds(scope)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        }
    }
}

impl Compiler<'_> {
    /// Compiles a condition; what cannot be compared is a problem now, as far as types are known.
    pub fn condition(&mut self, field: &str, condition: &Condition) -> Option<Test> {
        let Condition {
            value,
            op,
            to,
            all,
            any,
        } = condition;
        match (value, op, to, all, any) {
            (Some(value), Some(op), to, None, None) => self.comparison(field, value, *op, to),
            (None, None, None, Some(all), None) => {
                Some(Test::All(self.conditions(&format!("{field}.all"), all)?))
            }
            (None, None, None, None, Some(any)) => {
                Some(Test::Any(self.conditions(&format!("{field}.any"), any)?))
            }
            _ => {
                self.problem(
                    field,
                    "This is no condition.",
                    "Write `value` and `op` (and `to`), or `all`, or `any`.",
                );
                None
            }
        }
    }

    /// Compiles the members of a group.
    pub fn conditions(&mut self, field: &str, conditions: &[Condition]) -> Option<Vec<Test>> {
        if conditions.is_empty() {
            self.problem(field, "There is no condition.", "Add one.");
            return None;
        }
        let tests: Vec<Option<Test>> = conditions
            .iter()
            .enumerate()
            .map(|(index, condition)| self.condition(&format!("{field}[{index}]"), condition))
            .collect();
        tests.into_iter().collect()
    }

    fn comparison(
        &mut self,
        field: &str,
        value: &Value,
        op: Operator,
        to: &Option<Value>,
    ) -> Option<Test> {
        let value = self.dynamic(&format!("{field}.value"), value);
        let compared = to
            .as_ref()
            .map(|to| self.dynamic(&format!("{field}.to"), to));
        match (&compared, op.compares()) {
            (None, true) => self.problem(
                &format!("{field}.to"),
                format!("{} needs something to compare with.", op.name()),
                "Add `to`.",
            ),
            (Some(_), false) => self.problem(
                &format!("{field}.to"),
                format!("{} compares with nothing.", op.name()),
                "Remove `to`.",
            ),
            _ => {}
        }
        let compared = compared.unwrap_or(Dynamic::Constant(Value::Null));
        self.types(field, &value, op, &compared);
        Some(Test::Compare(value, op, compared))
    }

    fn types(&mut self, field: &str, value: &Dynamic, op: Operator, to: &Dynamic) {
        let sides = [
            ("value", self.type_of(value), op.takes()),
            ("to", self.type_of(to), op.takes_to()),
        ];
        for (side, known, taken) in sides {
            if let (Some(known), Some(taken)) = (known, taken)
                && !taken.contains(&known)
            {
                let nouns: Vec<&str> = taken.iter().copied().map(InputType::noun).collect();
                self.problem(
                    &format!("{field}.{side}"),
                    format!(
                        "{} does not work on {}.",
                        op.name(),
                        known.noun().replace("true or false", "a boolean")
                    ),
                    format!("Use {}, or another operator.", nouns.join(", ")),
                );
            }
        }
    }
}
