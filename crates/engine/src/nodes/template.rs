//! `template`: renders text.

use headwater_model::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::catalogue::{Compiled, NodeKind};
use crate::compile::Compiler;
use crate::scope::Scope;
use crate::step::{Begun, Step, StepOutput};
use crate::template::Template;

/// What the catalogue knows.
pub const KIND: NodeKind = NodeKind {
    name: "template",
    title: "Template",
    summary: "Renders text from a template.",
    outputs: Some(&["text"]),
    settings: || schemars::schema_for!(Settings),
    compile,
};

/// Settings of `template`.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The template.
    pub text: String,
}

#[derive(Debug)]
struct Render(Template);

fn compile(compiler: &mut Compiler<'_>, settings: &Map<String, Value>) -> Option<Compiled> {
    let settings: Settings = compiler.settings(settings)?;
    Some(Compiled::new(Render(
        compiler.template("text", &settings.text),
    )))
}

impl Step for Render {
    fn begin(&self, scope: &Scope) -> Result<Begun> {
        let text = self.0.text(scope)?;
        Ok(Begun::Done(StepOutput::of(json!({ "text": text }))))
    }
}
