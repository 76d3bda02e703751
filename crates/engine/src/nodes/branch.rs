//! `branch`: chooses the way by typed conditions.

use headwater_model::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::catalogue::{Compiled, NodeKind};
use crate::compile::Compiler;
use crate::condition::{Condition, Test};
use crate::scope::Scope;
use crate::step::{Begun, Step, StepOutput};

/// What the catalogue knows.
pub const KIND: NodeKind = NodeKind {
    name: "branch",
    title: "Branch",
    summary: "Takes the first case whose conditions hold.",
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

/// A way out and what must hold for it: `all`, `any`, or both.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The handle its edges name.
    pub handle: String,
    /// All of these must hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub all: Vec<Condition>,
    /// One of these must hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub any: Vec<Condition>,
}

#[derive(Debug)]
struct Branch(Vec<(String, Test)>);

fn compile(compiler: &mut Compiler<'_>, settings: &Map<String, Value>) -> Option<Compiled> {
    let settings: Settings = compiler.settings(settings)?;
    let mut handles: Vec<String> = Vec::new();
    let mut cases = Vec::new();
    for (index, case) in settings.cases.iter().enumerate() {
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
        handles.push(case.handle.clone());
        if let Some(test) = test(compiler, &field, case) {
            cases.push((case.handle.clone(), test));
        }
    }
    handles.push("else".to_owned());
    Some(Compiled {
        handles,
        ..Compiled::new(Branch(cases))
    })
}

fn test(compiler: &mut Compiler<'_>, field: &str, case: &Case) -> Option<Test> {
    if case.all.is_empty() && case.any.is_empty() {
        compiler.problem(
            field,
            "The case has no condition.",
            "Add one to `all` or `any`.",
        );
        return None;
    }
    let mut tests = Vec::new();
    if !case.all.is_empty() {
        tests.extend(compiler.conditions(&format!("{field}.all"), &case.all)?);
    }
    if !case.any.is_empty() {
        let any = compiler.conditions(&format!("{field}.any"), &case.any)?;
        tests.push(Test::Any(any));
    }
    Some(Test::All(tests))
}

impl Step for Branch {
    fn begin(&self, scope: &Scope) -> Result<Begun> {
        let mut chosen = "else";
        for (handle, test) in &self.0 {
            if test.holds(scope)? {
                chosen = handle;
                break;
            }
        }
        Ok(Begun::Done(StepOutput {
            handle: Some(chosen.to_owned()),
            ..StepOutput::of(json!({ "handle": chosen }))
        }))
    }
}
