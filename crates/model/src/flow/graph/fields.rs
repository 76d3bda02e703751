//! The rules for a flow's inputs and conversation variables.

use std::collections::HashSet;

use super::{problem, valid_id};
use crate::flow::{FlowDocument, FlowKind, Problem};

pub(super) fn inputs(flow: &FlowDocument, found: &mut Vec<Problem>) {
    let names = flow.inputs.iter().map(|input| input.name.as_str());
    unique_names("inputs", "input", names, found);
}

pub(super) fn variables(flow: &FlowDocument, found: &mut Vec<Problem>) {
    let names = flow.variables.iter().map(|variable| variable.name.as_str());
    unique_names("variables", "variable", names, found);
    if flow.kind == FlowKind::Task && !flow.variables.is_empty() {
        found.push(problem(
            None,
            "variables",
            "A task flow has no conversation, so nothing keeps its variables.".into(),
            "Remove them, or make it a chat flow.",
        ));
    }
    for variable in &flow.variables {
        if variable.name == "history" {
            found.push(problem(
                None,
                "variables",
                "“history” is the conversation's messages, not a variable.".into(),
                "Rename the variable.",
            ));
        }
        if let Some(default) = &variable.default
            && !variable.kind.fits(default)
        {
            found.push(problem(
                None,
                "variables",
                format!(
                    "The default of “{}” is not {}.",
                    variable.name,
                    variable.kind.noun()
                ),
                "Change the default or the type.",
            ));
        }
    }
}

fn unique_names<'a>(
    field: &str,
    noun: &str,
    names: impl Iterator<Item = &'a str>,
    found: &mut Vec<Problem>,
) {
    let mut seen = HashSet::new();
    for name in names {
        if !valid_id(name) || name.contains('-') {
            found.push(problem(
                None,
                field,
                format!("“{name}” is not an allowed {noun} name."),
                "Use letters, digits and _.",
            ));
        }
        if !seen.insert(name) {
            found.push(problem(
                None,
                field,
                format!("Two {noun}s are called “{name}”."),
                "Rename one.",
            ));
        }
    }
}
