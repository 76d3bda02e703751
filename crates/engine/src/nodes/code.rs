//! `code`: runs a small program, locked away from everything but its inputs.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use headwater_model::flow::{FlowDocument, Node};
use headwater_model::ports::{self, CodeRequest};
use headwater_model::{Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::catalogue::{Compiled, NodeKind};
use crate::compile::Compiler;
use crate::scope::Scope;
use crate::step::{Begun, Call, CallContext, Identity, Step, StepOutput};
use crate::template::Dynamic;

/// What the catalogue knows.
pub const KIND: NodeKind = NodeKind {
    name: NAME,
    title: "Code",
    summary: "Runs a small JavaScript or Python program on its inputs, in a sandbox.",
    outputs: None,
    settings: || schemars::schema_for!(Settings),
    compile,
};

const NAME: &str = "code";
/// The output that holds what the program printed.
const LOGS: &str = "logs";
/// The longest program, in bytes.
const MAX_CODE: usize = 256 * 1024;

/// Settings of `code`. The outputs are the declared ones and `logs`, the text the program printed.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The language of the program.
    pub language: Language,
    /// The program. It defines a function `main` that takes one argument, an object (in Python a
    /// dict) of the inputs, and returns one with the declared outputs. It may print with
    /// `console.log` or `print`. It sees no files, no network, no processes and no environment, and
    /// nothing of an earlier call.
    pub code: String,
    /// What `main` is given, by name. A value that is exactly one reference keeps its type.
    #[serde(default)]
    pub inputs: Map<String, Value>,
    /// What `main` returns, by name: exactly these, each of its type.
    pub outputs: BTreeMap<String, OutputType>,
    /// The memory the program may use, in megabytes; as much as the server allows when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 4, max = 4096))]
    pub memory_mb: Option<u32>,
}

/// The languages there are.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    JavaScript,
    Python,
}

/// The type of one output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutputType {
    String,
    Number,
    Boolean,
    List,
    Object,
    /// Anything, also nothing (`null`, `None`).
    Any,
}

#[derive(Debug)]
struct Code {
    language: ports::Language,
    code: Arc<str>,
    inputs: Vec<(String, Dynamic)>,
    outputs: Arc<BTreeMap<String, OutputType>>,
    memory_bytes: Option<u64>,
}

struct Run {
    language: ports::Language,
    code: Arc<str>,
    inputs: Arc<Map<String, Value>>,
    outputs: Arc<BTreeMap<String, OutputType>>,
    memory_bytes: Option<u64>,
}

fn compile(compiler: &mut Compiler<'_>, settings: &Map<String, Value>) -> Option<Compiled> {
    let settings: Settings = compiler.settings(settings)?;
    check_code(compiler, &settings);
    check_outputs(compiler, &settings.outputs);
    let memory = settings.memory_mb;
    if memory.is_some_and(|megabytes| !(4..=4096).contains(&megabytes)) {
        compiler.problem(
            "memory_mb",
            "The memory must be from 4 to 4096 MB.",
            "Change it.",
        );
    }
    let inputs = settings.inputs.iter();
    let inputs = inputs
        .map(|(name, value)| {
            let value = compiler.dynamic(&format!("inputs.{name}"), value);
            (name.clone(), value)
        })
        .collect();
    Some(Compiled::caching(
        Code {
            language: settings.language.into(),
            code: settings.code.into(),
            inputs,
            outputs: Arc::new(settings.outputs),
            memory_bytes: memory.map(|megabytes| u64::from(megabytes) * 1024 * 1024),
        },
        true,
    ))
}

/// The names references to such a node may go on with; nothing when its outputs cannot be read.
pub(crate) fn output_names(settings: &Map<String, Value>) -> Option<Vec<String>> {
    let declared = settings.get("outputs")?.as_object()?;
    let names = declared.keys().map(String::as_str).chain([LOGS]);
    Some(names.map(str::to_owned).collect())
}

fn check_code(compiler: &mut Compiler<'_>, settings: &Settings) {
    if settings.code.len() > MAX_CODE {
        compiler.problem(
            "code",
            format!("The code has more than {} KB.", MAX_CODE / 1024),
            "Shorten it; pass data through `inputs`.",
        );
    }
    if !settings.code.contains("main") {
        let fix = match settings.language {
            Language::JavaScript => "Write `function main(inputs) { return { … } }`.",
            Language::Python => "Write `def main(inputs):` with a `return { … }`.",
        };
        compiler.problem("code", "The code defines no function `main`.", fix);
    }
}

fn check_outputs(compiler: &mut Compiler<'_>, outputs: &BTreeMap<String, OutputType>) {
    if outputs.is_empty() {
        compiler.problem(
            "outputs",
            "Nothing comes out of this code.",
            "Declare what main returns, such as `total: number`.",
        );
    }
    for name in outputs.keys() {
        let field = format!("outputs.{name}");
        if name == LOGS || name == "error" {
            compiler.problem(
                &field,
                format!("The output “{name}” is there already."),
                "Call it something else.",
            );
        }
        let mut letters = name.chars();
        let begins = letters
            .next()
            .is_some_and(|c| c.is_alphabetic() || c == '_');
        if !begins || !letters.all(|c| c.is_alphanumeric() || c == '_') {
            compiler.problem(
                &field,
                format!("“{name}” cannot be the name of an output."),
                "Use letters, digits and underscores, and begin with a letter.",
            );
        }
    }
}

impl Step for Code {
    fn begin(&self, scope: &Scope) -> Result<Begun> {
        let inputs = self.inputs.iter();
        let inputs = inputs
            .map(|(name, value)| Ok((name.clone(), value.value(scope)?)))
            .collect::<Result<Map<String, Value>>>()?;
        Ok(Begun::Call {
            inputs: json!({ "inputs": inputs }),
            call: Arc::new(Run {
                language: self.language,
                code: Arc::clone(&self.code),
                inputs: Arc::new(inputs),
                outputs: Arc::clone(&self.outputs),
                memory_bytes: self.memory_bytes,
            }),
        })
    }
}

#[async_trait]
impl Call for Run {
    async fn call(&self, context: &CallContext) -> Result<StepOutput> {
        let result = context
            .ports
            .code
            .run(CodeRequest {
                workspace: context.workspace,
                language: self.language,
                code: Arc::clone(&self.code),
                inputs: Arc::clone(&self.inputs),
                memory_bytes: self.memory_bytes,
                output_bytes: context.value_bytes,
            })
            .await?;
        let mut outputs = declared(result.value, &self.outputs)?;
        outputs.insert(LOGS.to_owned(), Value::String(result.logs));
        Ok(StepOutput::of(Value::Object(outputs)))
    }

    fn identity(&self) -> Option<Identity> {
        Some(Identity {
            rendered: json!(*self.inputs),
            ..Identity::default()
        })
    }
}

/// What `main` returned, when it is what was declared.
fn declared(value: Value, outputs: &BTreeMap<String, OutputType>) -> Result<Map<String, Value>> {
    let names = || outputs.keys().cloned().collect::<Vec<_>>().join(", ");
    let Value::Object(values) = value else {
        return Err(refused(format!(
            "main returned {}, not an object. Return an object with: {}.",
            noun(&value),
            names()
        )));
    };
    if let Some(name) = values.keys().find(|name| !outputs.contains_key(*name)) {
        let name: String = name.chars().take(64).collect();
        return Err(refused(format!(
            "main returned “{name}”, which is not declared. Declare it in `outputs`, or return only: {}.",
            names()
        )));
    }
    for (name, kind) in outputs {
        match values.get(name) {
            None => {
                return Err(refused(format!(
                    "main did not return “{name}”, which is declared. Return: {}.",
                    names()
                )));
            }
            Some(value) if !kind.fits(value) => {
                return Err(refused(format!(
                    "main returned {} as “{name}”, which is declared as {}.",
                    noun(value),
                    kind.noun()
                )));
            }
            Some(_) => {}
        }
    }
    Ok(values)
}

fn refused(message: String) -> Error {
    Error::invalid("outputs", message)
}

fn noun(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

impl OutputType {
    fn fits(self, value: &Value) -> bool {
        match self {
            Self::String => value.is_string(),
            Self::Number => value.is_number(),
            Self::Boolean => value.is_boolean(),
            Self::List => value.is_array(),
            Self::Object => value.is_object(),
            Self::Any => true,
        }
    }

    const fn noun(self) -> &'static str {
        match self {
            Self::String => "text",
            Self::Number => "a number",
            Self::Boolean => "true or false",
            Self::List => "a list",
            Self::Object => "an object",
            Self::Any => "anything",
        }
    }
}

impl From<Language> for ports::Language {
    fn from(language: Language) -> Self {
        match language {
            Language::JavaScript => Self::JavaScript,
            Language::Python => Self::Python,
        }
    }
}

/// A program in a flow.
#[derive(Clone, Debug)]
pub struct Program {
    pub node: String,
    pub language: ports::Language,
    pub code: Arc<str>,
}

/// The programs of a flow, those in bodies included, for whoever can look at them more closely than
/// compiling does. Nodes whose settings cannot be read are left out; compiling tells of them.
pub fn programs(flow: &FlowDocument) -> Vec<Program> {
    let mut programs = Vec::new();
    let mut graphs: Vec<&[Node]> = vec![&flow.nodes];
    while let Some(nodes) = graphs.pop() {
        for node in nodes {
            graphs.extend(node.body.iter().map(|body| body.nodes.as_slice()));
            if node.kind != NAME {
                continue;
            }
            if let Ok(settings) = Settings::deserialize(Value::Object(node.settings.clone())) {
                programs.push(Program {
                    node: node.id.clone(),
                    language: settings.language.into(),
                    code: settings.code.into(),
                });
            }
        }
    }
    programs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(value: Value) -> String {
        let outputs = BTreeMap::from([
            ("total".to_owned(), OutputType::Number),
            ("note".to_owned(), OutputType::Any),
        ]);
        let error = declared(value, &outputs).unwrap_err();
        assert_eq!(error.field.as_deref(), Some("outputs"));
        error.message.into_owned()
    }

    #[test]
    fn what_was_not_declared_is_an_error_that_says_so() {
        assert!(refusal(json!([1])).contains("a list, not an object"));
        assert!(refusal(json!({ "total": 1 })).contains("did not return “note”"));
        assert!(refusal(json!({ "total": "1", "note": 1 })).contains("text as “total”"));
        let extra = json!({ "total": 1, "note": 1, "more": 1 });
        assert!(refusal(extra).contains("“more”, which is not declared"));
    }

    #[test]
    fn an_output_of_any_type_may_be_nothing() {
        let outputs = BTreeMap::from([("note".to_owned(), OutputType::Any)]);
        assert!(declared(json!({ "note": null }), &outputs).is_ok());
    }
}
