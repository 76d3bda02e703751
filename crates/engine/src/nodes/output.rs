//! `output`: sets the outputs of the run.

use headwater_model::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::catalogue::{Compiled, NodeKind};
use crate::compile::Compiler;
use crate::scope::Scope;
use crate::step::{Begun, Step, StepOutput};
use crate::template::Dynamic;

/// What the catalogue knows.
pub const KIND: NodeKind = NodeKind {
    name: "output",
    title: "Output",
    summary: "Sets the outputs of the run.",
    outputs: None,
    settings: || schemars::schema_for!(Settings),
    compile,
};

/// Settings of `output`.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Output names and their values; a value that is exactly one reference keeps its type.
    pub values: Map<String, Value>,
}

#[derive(Debug)]
struct Output(Vec<(String, Dynamic)>);

fn compile(compiler: &mut Compiler<'_>, settings: &Map<String, Value>) -> Option<Compiled> {
    let settings: Settings = compiler.settings(settings)?;
    compiler.declared(&settings.values);
    let values: Vec<(String, Dynamic)> = settings
        .values
        .iter()
        .map(|(name, value)| {
            let value = compiler.dynamic(&format!("values.{name}"), value);
            (name.clone(), value)
        })
        .collect();
    for (name, value) in &values {
        compiler.output_type(name, value);
    }
    Some(Compiled::new(Output(values)))
}

impl Step for Output {
    fn begin(&self, scope: &Scope) -> Result<Begun> {
        let mut outputs = Map::new();
        for (name, value) in &self.0 {
            outputs.insert(name.clone(), value.value(scope)?);
        }
        Ok(Begun::Done(StepOutput::of(Value::Object(outputs))))
    }
}
