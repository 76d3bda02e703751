//! The rules for a flow's inputs and conversation variables.

use std::collections::HashSet;

use super::{problem, valid_id};
use crate::flow::value::check_value;
use crate::flow::{FlowDocument, FlowKind, InputType, OutputField, Problem};

pub(super) fn inputs(flow: &FlowDocument, found: &mut Vec<Problem>) {
    let names = flow.inputs.iter().map(|input| input.name.as_str());
    unique_names("inputs", "input", names, found);
    for input in &flow.inputs {
        let wrong = |field: &str, message: &str, fix: &str| {
            let message = format!("The input “{}” {message}", input.name);
            problem(
                None,
                &format!("inputs.{}.{field}", input.name),
                message,
                fix,
            )
        };
        let number = input.kind == InputType::Number;
        if (input.min.is_some() || input.max.is_some()) && !number {
            found.push(wrong(
                "min",
                "has bounds, and is no number.",
                "Remove `min` and `max`.",
            ));
        }
        if let (Some(min), Some(max)) = (input.min, input.max)
            && min > max
        {
            found.push(wrong(
                "min",
                "has a `min` above its `max`.",
                "Exchange them.",
            ));
        }
        if input.items.is_some() && input.kind != InputType::List {
            found.push(wrong(
                "items",
                "has items, and is no list.",
                "Remove `items`.",
            ));
        }
        if input.max_length.is_some() && input.kind != InputType::String {
            found.push(wrong(
                "max_length",
                "has a length, and is no text.",
                "Remove `max_length`.",
            ));
        }
        if !input.options.is_empty() && !number && input.kind != InputType::String {
            found.push(wrong(
                "options",
                "has options, and is neither text nor a number.",
                "Remove `options`.",
            ));
        }
        if input.options.iter().any(|option| !input.kind.fits(option)) {
            found.push(wrong(
                "options",
                "has an option of another type.",
                "Write options of the input's type.",
            ));
        }
        if let Some(default) = &input.default
            && check_value(input, default).is_err()
        {
            found.push(wrong(
                "default",
                "has a default that it would not take.",
                "Change the default or the rules.",
            ));
        }
    }
}

pub(super) fn outputs(flow: &FlowDocument, found: &mut Vec<Problem>) {
    let names = flow.outputs.iter().map(|output| output.name.as_str());
    unique_names("outputs", "output", names, found);
    let lists = |output: &&OutputField| output.items.is_some() && output.kind != InputType::List;
    for output in flow.outputs.iter().filter(lists) {
        found.push(problem(
            None,
            &format!("outputs.{}.items", output.name),
            format!("The output “{}” has items, and is no list.", output.name),
            "Remove `items`.",
        ));
    }
}

pub(super) fn environment(flow: &FlowDocument, found: &mut Vec<Problem>) {
    let names = flow.environment.iter().map(|value| value.name.as_str());
    unique_names("environment", "environment value", names, found);
    for value in &flow.environment {
        let name = &value.name;
        match value.secret_name() {
            None if value.secret.is_some() => found.push(problem(
                None,
                &format!("environment.{name}.secret"),
                format!("“{name}” names a secret, and is none."),
                "Add `type: secret`.",
            )),
            Some(_) if value.value.is_some() => found.push(problem(
                None,
                &format!("environment.{name}.value"),
                format!(
                    "The secret “{name}” has a value in the file, where everybody can read it."
                ),
                "Remove `value`, and set it in the workspace with `headwater secret set`.",
            )),
            Some(secret) if !valid_id(secret) => found.push(problem(
                None,
                &format!("environment.{name}.secret"),
                format!("“{secret}” is not an allowed name of a secret."),
                "Use letters, digits, _ and -.",
            )),
            _ => {}
        }
    }
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
