//! `headwater run`: a flow from a file or by its slug, with inputs, to its outputs.

use std::path::Path;

use clap::Args;
use serde_json::{Map, Value, json};

use super::ask;
use super::flow::read_document;
use super::stream::Follower;
use super::terminal::Terminal;
use crate::client::{Client, segment};
use crate::problem::{Problem, Result};

/// What to run, on what.
#[derive(Debug, Args)]
#[command(
    after_help = "The exit code is 0 when the run succeeded, 1 when it failed and 130 when \
                        Ctrl-C cancelled it."
)]
pub struct Run {
    /// A flow file (YAML or JSON), or the slug or id of a published flow
    #[arg(value_name = "FILE|SLUG")]
    pub flow: String,
    /// Inputs: a JSON object, @FILE with one, @- for standard input, or NAME=VALUE (repeatable)
    #[arg(long, short, value_name = "INPUT")]
    pub input: Vec<String>,
}

impl Run {
    pub async fn run(self, client: &Client, terminal: &Terminal) -> Result<u8> {
        let file = is_file(&self.flow);
        let slug = segment(&self.flow);
        let document = if file {
            read_document(Path::new(&self.flow))?
        } else {
            client.get(&format!("/flows/{slug}")).await?["draft"]["document"].take()
        };
        let input = read_inputs(&self.input, &document)?;
        let (path, body) = if file {
            let body = json!({ "document": document, "input": input, "mode": "stream" });
            ("/runs".to_owned(), body)
        } else {
            (format!("/flows/{slug}/stream"), json!({ "input": input }))
        };
        let seen = Follower::new(client, terminal, true)
            .start(&path, &body)
            .await?;
        if terminal.json {
            terminal.print_json(&client.get(&format!("/runs/{}", seen.run)).await?)?;
        } else {
            ask::close(&seen, terminal)?;
            if seen
                .outputs
                .as_object()
                .is_some_and(|outputs| !outputs.is_empty())
            {
                terminal.print_json(&seen.outputs)?;
            }
        }
        match seen.problem() {
            Some(problem) => Err(problem),
            None => Ok(seen.ending.exit_code()),
        }
    }
}

/// Whether the argument names a file rather than a stored flow.
fn is_file(flow: &str) -> bool {
    let path = Path::new(flow);
    let ending = path
        .extension()
        .and_then(|e| e.to_str())
        .unwrap_or_default();
    path.is_file() || flow.contains('/') || matches!(ending, "yaml" | "yml" | "json")
}

/// Folds all `--input` arguments into one object; later ones win.
fn read_inputs(arguments: &[String], document: &Value) -> Result<Map<String, Value>> {
    let mut inputs = Map::new();
    for argument in arguments {
        if let Some(file) = argument.strip_prefix('@') {
            inputs.extend(object(&read_text(file)?, argument)?);
        } else if argument.trim_start().starts_with('{') {
            inputs.extend(object(argument, "--input")?);
        } else if let Some((name, value)) = argument.split_once('=') {
            inputs.insert(name.to_owned(), typed(name, value, document));
        } else {
            return Err(Problem::usage(format!(
                "“{argument}” is not an input. Write --input '{{\"name\": \"value\"}}', --input \
                 @file.json or --input name=value."
            )));
        }
    }
    Ok(inputs)
}

fn read_text(file: &str) -> Result<String> {
    if file == "-" {
        return std::io::read_to_string(std::io::stdin())
            .map_err(|e| Problem::usage(format!("cannot read standard input: {e}")));
    }
    std::fs::read_to_string(file)
        .map_err(|e| Problem::usage(format!("cannot read {file}: {e}. Check the path.")))
}

fn object(text: &str, origin: &str) -> Result<Map<String, Value>> {
    serde_json::from_str(text).map_err(|e| {
        Problem::usage(format!(
            "{origin} is not a JSON object: {e}. Write it like '{{\"question\": \"…\"}}'."
        ))
    })
}

/// The value of NAME=VALUE in the type the flow declares: text stays text, the rest is JSON.
fn typed(name: &str, value: &str, document: &Value) -> Value {
    let declared = document["inputs"]
        .as_array()
        .and_then(|inputs| inputs.iter().find(|input| input["name"] == name))
        .map_or("string", |input| input["type"].as_str().unwrap_or("string"));
    if declared == "string" {
        return json!(value);
    }
    serde_json::from_str(value).unwrap_or_else(|_| json!(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_folded_in_order_and_typed_by_the_flow() {
        let flow = json!({ "inputs": [
            { "name": "question", "type": "string" }, { "name": "limit", "type": "number" }
        ]});
        let arguments = ["{\"question\": \"a\"}", "question=42", "limit=3"].map(str::to_owned);
        let inputs = read_inputs(&arguments, &flow).unwrap();
        assert_eq!(json!(inputs), json!({ "question": "42", "limit": 3 }));
    }

    #[test]
    fn an_argument_that_is_no_input_is_refused_with_an_example() {
        let problem = read_inputs(&["question".to_owned()], &Value::Null).unwrap_err();
        assert!(problem.detail().contains("--input name=value"), "{problem}");
    }

    #[test]
    fn files_are_told_from_slugs() {
        assert!(is_file("examples/ask.yaml"));
        assert!(is_file("ask.yml"));
        assert!(!is_file("ask-the-handbook"));
    }
}
