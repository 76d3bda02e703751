//! `merge`: the first of several values that is there, after branches rejoin.

use headwater_model::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::catalogue::{Compiled, NodeKind};
use crate::compile::Compiler;
use crate::scope::Scope;
use crate::step::{Begun, Step, StepOutput};
use crate::template::Dynamic;

/// What the catalogue knows.
pub const KIND: NodeKind = NodeKind {
    name: "merge",
    title: "Merge",
    summary: "Takes the first of several values that is there, after branches rejoin.",
    outputs: Some(&["value"]),
    settings: || schemars::schema_for!(Settings),
    compile,
};

/// Settings of `merge`. Without any value the output is null.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// References, tried in order; the first that is not null is the output.
    pub values: Vec<Value>,
}

#[derive(Debug)]
struct Merge(Vec<Dynamic>);

fn compile(compiler: &mut Compiler<'_>, settings: &Map<String, Value>) -> Option<Compiled> {
    let settings: Settings = compiler.settings(settings)?;
    if settings.values.is_empty() {
        compiler.problem(
            "values",
            "There is nothing to merge.",
            "Name the values, such as `{{ left.text }}`.",
        );
    }
    let values = settings.values.iter().enumerate();
    let values = values
        .map(|(index, value)| compiler.dynamic(&format!("values[{index}]"), value))
        .collect();
    Some(Compiled::new(Merge(values)))
}

impl Step for Merge {
    fn begin(&self, scope: &Scope) -> Result<Begun> {
        for value in &self.0 {
            let value = value.value(scope)?;
            if !value.is_null() {
                return Ok(Begun::Done(StepOutput::of(json!({ "value": value }))));
            }
        }
        Ok(Begun::Done(StepOutput::of(json!({ "value": null }))))
    }
}
