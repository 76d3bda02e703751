//! `subflow`: runs another flow as a part of this run.

use std::sync::Arc;

use headwater_model::flow::value::{check_input, check_outputs};
use headwater_model::flow::{InputField, OutputField, Which};
use headwater_model::run::Failure;
use headwater_model::{Code, Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::catalogue::{Compiled, NodeKind};
use crate::compile::Compiler;
use crate::container::{Container, Ended, Next, Rounds};
use crate::scope::{Locals, Scope};
use crate::step::{Begun, Step};
use crate::template::Dynamic;
use crate::weight::weight;

/// What the catalogue knows.
pub const KIND: NodeKind = NodeKind {
    name: "subflow",
    title: "Subflow",
    summary: "Runs another flow of the workspace as a part of this run. Its outputs are that flow's, and `text`, its reply.",
    outputs: None,
    settings: || schemars::schema_for!(Settings),
    compile,
};

/// Settings of `subflow`.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The flow, by its slug.
    pub flow: String,
    /// Its inputs by name; a value that is exactly one reference keeps its type.
    #[serde(default)]
    pub inputs: Map<String, Value>,
    /// Which revision: its number, or `latest` for the one that is published when a run begins. When
    /// absent, the one that is published when this flow is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<Which>,
}

#[derive(Debug)]
struct Subflow {
    slug: String,
    given: Vec<(String, Dynamic)>,
    inputs: Vec<InputField>,
    outputs: Vec<OutputField>,
    graph: usize,
}

fn compile(compiler: &mut Compiler<'_>, settings: &Map<String, Value>) -> Option<Compiled> {
    let settings: Settings = compiler.settings(settings)?;
    let given: Vec<(String, Dynamic)> = settings
        .inputs
        .iter()
        .map(|(name, value)| {
            let value = compiler.dynamic(&format!("inputs.{name}"), value);
            (name.clone(), value)
        })
        .collect();
    let callee = compiler.callee(&settings.flow, settings.revision)?;
    let (Some(graph), Some(inputs)) = (callee.graph, callee.inputs) else {
        return Some(Compiled {
            streams: true,
            ..Compiled::new(Unknown)
        });
    };
    check(compiler, &settings.flow, &given, &inputs);
    let subflow = Subflow {
        slug: settings.flow,
        given,
        inputs,
        outputs: callee.outputs,
        graph,
    };
    Some(Compiled {
        streams: callee.replies,
        ..Compiled::container(subflow)
    })
}

/// What is given against what the flow asks for.
fn check(
    compiler: &mut Compiler<'_>,
    slug: &str,
    given: &[(String, Dynamic)],
    inputs: &[InputField],
) {
    for (name, value) in given {
        let field = format!("inputs.{name}");
        let Some(input) = inputs.iter().find(|input| input.name == *name) else {
            let names: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
            compiler.problem(
                &field,
                format!("“{slug}” has no input “{name}”."),
                match names.as_slice() {
                    [] => "Remove it; that flow has no inputs.".to_owned(),
                    names => format!("It has: {}.", names.join(", ")),
                },
            );
            continue;
        };
        let known = compiler.type_of(value);
        if let Some(known) = known.filter(|known| input.kind != *known) {
            compiler.problem(
                &field,
                format!(
                    "“{slug}” wants {} as “{name}”, and this is {}.",
                    input.kind.noun(),
                    known.noun()
                ),
                "Refer to a value of that type.",
            );
        }
    }
    let needed = inputs.iter().filter(|i| i.required && i.default.is_none());
    for input in needed.filter(|i| given.iter().all(|(name, _)| *name != i.name)) {
        compiler.problem(
            &format!("inputs.{}", input.name),
            format!("“{slug}” needs the input “{}”.", input.name),
            "Give it a value.",
        );
    }
}

impl Container for Subflow {
    fn body(&self) -> usize {
        self.graph
    }

    fn is_call(&self) -> bool {
        true
    }

    fn open(self: Arc<Self>, scope: &Scope) -> Result<Box<dyn Rounds>> {
        let given = self.given.iter();
        let given = given
            .map(|(name, value)| Ok((name.clone(), value.value(scope)?)))
            .collect::<Result<Map<String, Value>>>()?;
        let input = check_input(&self.inputs, &given)?;
        let bytes = input.values().map(weight).sum();
        Ok(Box::new(Call {
            input: Some(input),
            outputs: None,
            bytes,
            subflow: self,
        }))
    }
}

#[derive(Debug)]
struct Call {
    subflow: Arc<Subflow>,
    input: Option<Map<String, Value>>,
    outputs: Option<Map<String, Value>>,
    bytes: usize,
}

impl Rounds for Call {
    fn next(&mut self, _: &Scope) -> Result<Next> {
        if let Some(input) = self.input.take() {
            let locals = Locals::Call(input);
            return Ok(Next::Round { index: 0, locals });
        }
        Ok(match self.outputs.take() {
            Some(outputs) => Next::Done(Value::Object(outputs)),
            None => Next::Wait,
        })
    }

    fn ended(&mut self, _: usize, end: Ended<'_>) -> Result<(), Failure> {
        let slug = &self.subflow.slug;
        let outputs = match end {
            Ended::Done { outputs, .. } => outputs,
            Ended::Failed(failure) => {
                return Err(Failure {
                    message: format!("Flow {slug}: {}", failure.message),
                    ..failure
                });
            }
        };
        check_outputs(&self.subflow.outputs, &outputs).map_err(|error| Failure::from(&error))?;
        self.outputs = Some(outputs);
        Ok(())
    }

    fn inputs(&self) -> Value {
        json!({ "flow": self.subflow.slug, "inputs": self.input })
    }

    fn bytes(&self) -> usize {
        self.bytes
    }
}

/// A flow nothing is known of: its caller can be checked, and not run.
#[derive(Debug)]
struct Unknown;

impl Step for Unknown {
    fn begin(&self, _: &Scope) -> Result<Begun> {
        Err(Error::new(
            Code::NotFound,
            "The flow this step calls is not known here.",
        ))
    }
}
