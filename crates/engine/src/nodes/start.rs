//! `start`: where a run begins; its outputs are the run's inputs.

use headwater_model::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::catalogue::{Compiled, NodeKind};
use crate::compile::Compiler;
use crate::scope::Scope;
use crate::step::{Begun, Step, StepOutput};

/// What the catalogue knows.
pub const KIND: NodeKind = NodeKind {
    name: "start",
    title: "Start",
    summary: "Gives the run's inputs to the other nodes.",
    outputs: None,
    settings: || schemars::schema_for!(Settings),
    compile,
};

/// `start` has no settings; a flow's `inputs` say what a run needs.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {}

#[derive(Debug)]
struct Start;

fn compile(compiler: &mut Compiler<'_>, settings: &Map<String, Value>) -> Option<Compiled> {
    compiler.settings::<Settings>(settings)?;
    Some(Compiled::new(Start))
}

impl Step for Start {
    fn begin(&self, scope: &Scope) -> Result<Begun> {
        Ok(Begun::Done(StepOutput::of(scope.input().clone())))
    }
}
