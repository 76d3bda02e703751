//! `answer`: adds text to the reply; it streams while its parts are still being written.

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
    name: "answer",
    title: "Answer",
    summary: "Adds text to the reply, streamed as it is written.",
    outputs: Some(&["text"]),
    settings: || schemars::schema_for!(Settings),
    compile,
};

/// Settings of `answer`.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// What to say, a template.
    pub text: String,
}

#[derive(Debug)]
struct Answer(Template);

fn compile(compiler: &mut Compiler<'_>, settings: &Map<String, Value>) -> Option<Compiled> {
    let settings: Settings = compiler.settings(settings)?;
    let text = compiler.template("text", &settings.text);
    Some(Compiled {
        reply: Some(text.clone()),
        ..Compiled::new(Answer(text))
    })
}

impl Step for Answer {
    fn begin(&self, scope: &Scope) -> Result<Begun> {
        let text = self.0.text(scope)?;
        Ok(Begun::Done(StepOutput::of(json!({ "text": text }))))
    }
}
