//! Flow files: finding, reading and checking them, without a server.

use std::path::{Path, PathBuf};

use headwater_engine::{Catalogue, Library, compile_with};
use headwater_model::flow::{FlowDocument, Problem as FlowProblem};
use serde_json::{Value, json};

use super::super::terminal::Terminal;
use crate::problem::{Problem, Result};

/// A flow file that could be read.
pub(super) struct File {
    pub path: PathBuf,
    pub document: FlowDocument,
}

/// Reads a flow file, YAML or JSON (which is YAML, too).
pub fn read_document(file: &Path) -> Result<Value> {
    parse(file)
}

/// Reads a flow file into its type.
pub(super) fn read(file: &Path) -> Result<FlowDocument> {
    parse(file)
}

fn parse<T: serde::de::DeserializeOwned>(file: &Path) -> Result<T> {
    let shown = file.display();
    let content = std::fs::read_to_string(file)
        .map_err(|e| Problem::usage(format!("cannot read {shown}: {e}. Check the path.")))?;
    // Nearly all JSON is YAML, and the rest is read as what it is.
    if let Ok(document) = serde_json::from_str(&content) {
        return Ok(document);
    }
    serde_norway::from_str(&content).map_err(|e| {
        let e = e.to_string().replace("struct FlowDocument", "an object");
        Problem::usage(format!(
            "{shown} is not a flow file: {e}. It must be YAML or JSON; see docs/guides/flows.md."
        ))
    })
}

/// The files named, and those in the folders named, in order.
pub(super) fn find(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            let before = found.len();
            walk(path, &mut found)?;
            if found.len() == before {
                return Err(Problem::usage(format!(
                    "{} has no .yaml, .yml or .json file.",
                    path.display()
                )));
            }
        } else {
            found.push(path.clone());
        }
    }
    Ok(found)
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let unreadable = |e| Problem::usage(format!("cannot read {}: {e}.", folder.display()));
    let entries = std::fs::read_dir(folder).map_err(unreadable)?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    let mut paths: Vec<PathBuf> = paths.collect::<Result<_, _>>().map_err(unreadable)?;
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') {
            continue;
        }
        let kind = path.extension().and_then(|extension| extension.to_str());
        if path.is_dir() {
            walk(&path, found)?;
        } else if matches!(kind, Some("yaml" | "yml" | "json")) {
            found.push(path);
        }
    }
    Ok(())
}

/// `headwater flow validate`: every problem of every file.
pub fn validate(paths: &[PathBuf], terminal: &Terminal) -> Result<u8> {
    let checked: Vec<(PathBuf, Vec<FlowProblem>)> = find(paths)?
        .into_iter()
        .map(|path| {
            let problems = match read(&path) {
                Ok(document) => problems(&document),
                Err(problem) => vec![unreadable(&problem)],
            };
            (path, problems)
        })
        .collect();
    let valid = checked.iter().all(|(_, problems)| problems.is_empty());
    if terminal.json {
        let files = checked.iter().map(|(path, problems)| {
            json!({ "file": path, "valid": problems.is_empty(), "problems": problems })
        });
        let files: Vec<Value> = files.collect();
        terminal.print_json(&json!({ "valid": valid, "files": files }))?;
        return Ok(u8::from(!valid));
    }
    for (path, problems) in &checked {
        if problems.is_empty() {
            terminal.line(format!("{} is a valid flow.", path.display()))?;
        }
        for problem in problems {
            terminal.line(format!("{}: {}", path.display(), told(problem)))?;
        }
    }
    Ok(u8::from(!valid))
}

/// Everything wrong with a document that can be known without a workspace.
pub(super) fn problems(document: &FlowDocument) -> Vec<FlowProblem> {
    compile_with(document, &Catalogue::default(), &Library::open())
        .err()
        .unwrap_or_default()
}

/// A problem in a sentence: where, what, and the fix.
pub(super) fn told(problem: &FlowProblem) -> String {
    let place = [&problem.node, &problem.field];
    let place: Vec<&str> = place.into_iter().flatten().map(String::as_str).collect();
    let place = match place.as_slice() {
        [] => "flow".to_owned(),
        place => place.join("."),
    };
    format!("{place}: {} {}", problem.message, problem.fix)
}

fn unreadable(problem: &Problem) -> FlowProblem {
    FlowProblem {
        node: None,
        field: None,
        message: problem.to_string(),
        fix: "Correct the file.".to_owned(),
    }
}
