//! `break`: ends the loop it stands in.

use headwater_model::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::catalogue::{Compiled, NodeKind};
use crate::compile::{Compiler, Within};
use crate::scope::Scope;
use crate::step::{Begun, Step, StepOutput};

/// What the catalogue knows.
pub const KIND: NodeKind = NodeKind {
    name: "break",
    title: "Break",
    summary: "Ends the loop whose body it stands in. Steps of the round that still run are stopped.",
    outputs: Some(&[]),
    settings: || schemars::schema_for!(Settings),
    compile,
};

/// `break` has no settings; a branch before it decides.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {}

#[derive(Debug)]
struct Break;

fn compile(compiler: &mut Compiler<'_>, settings: &Map<String, Value>) -> Option<Compiled> {
    compiler.settings::<Settings>(settings)?;
    if !matches!(compiler.within(), Within::Loop(_)) {
        compiler.problem(
            "kind",
            "A break stands directly in the body of a loop.",
            "Move it there, or remove it.",
        );
    }
    Some(Compiled {
        breaks: true,
        ..Compiled::new(Break)
    })
}

impl Step for Break {
    fn begin(&self, _: &Scope) -> Result<Begun> {
        Ok(Begun::Done(StepOutput::of(json!({}))))
    }
}
