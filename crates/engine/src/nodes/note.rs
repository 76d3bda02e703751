//! `note`: a comment for people.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::catalogue::{Compiled, NodeKind};
use crate::compile::Compiler;

/// What the catalogue knows.
pub const KIND: NodeKind = NodeKind {
    name: "note",
    title: "Note",
    summary: "A comment. It never runs, has no edges and is no part of the graph.",
    outputs: Some(&[]),
    settings: || schemars::schema_for!(Settings),
    compile,
};

/// Settings of `note`.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The comment, Markdown; never a template.
    pub text: String,
}

/// Settings are checked; there is nothing to run.
fn compile(compiler: &mut Compiler<'_>, settings: &Map<String, Value>) -> Option<Compiled> {
    compiler.settings::<Settings>(settings)?;
    None
}
