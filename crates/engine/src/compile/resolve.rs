//! References: what a name means where it stands, and whether it is there by then.

use headwater_model::flow::InputType;
use headwater_model::flow::graph::RESERVED;
use serde_json::Value;

use super::{Compiler, Within};
use crate::confidential::SecretName;
use crate::template::{Dynamic, Key, Reference, Root, Segment};

/// How many names a fix lists.
const NAMED: usize = 20;

impl Compiler<'_> {
    /// Whether a node that can be seen from here has this id.
    pub(super) fn is_node(&self, name: &str) -> bool {
        self.levels
            .iter()
            .any(|level| level.names.contains_key(name))
    }

    /// What `root` means here; `first` is the name that follows it.
    pub(super) fn resolve(&mut self, field: &str, root: &str, first: Option<&str>) -> Option<Root> {
        match root {
            "conversation" => {
                let variables = self.flow.variables.iter().map(|v| v.name.as_str());
                let names: Vec<&str> = ["history"].into_iter().chain(variables).collect();
                self.check_output(field, root, first, &names);
                return Some(Root::Conversation);
            }
            "run" => {
                self.check_output(field, root, first, &["id"]);
                return Some(Root::Run);
            }
            "env" => {
                if let Some(secret) = first.and_then(|name| self.secret(name)) {
                    self.secret_problem(field, &secret.name);
                    return None;
                }
                let names = self
                    .flow
                    .environment
                    .iter()
                    .map(|value| value.name.as_str());
                let names: Vec<&str> = names.collect();
                self.check_output(field, root, first, &names);
                return Some(Root::Env);
            }
            "item" | "index" | "loop" => return self.local(field, root, first),
            _ => {}
        }
        let Some((up, node)) = self.find(root) else {
            let message = self.unknown(root);
            let fix = self.available();
            self.problem(field, message, fix);
            return None;
        };
        let level = &self.levels[self.levels.len() - 1 - up];
        if let (Some(order), Some(current)) = (&level.order, level.node)
            && !order.comes_before(node, current)
        {
            let message = format!(
                "“{root}” does not come before “{}”.",
                level.known[current].id
            );
            let fix = self.available();
            self.problem(field, message, fix);
            return None;
        }
        if let Some(outputs) = level.known[node].outputs.clone() {
            let names: Vec<&str> = outputs.iter().map(String::as_str).collect();
            self.check_output(field, root, first, &names);
        }
        Some(Root::Node { up, node })
    }

    /// The secret that this flow declares under a name.
    pub(super) fn secret(&self, name: &str) -> Option<SecretName> {
        let mut declared = self.flow.environment.iter();
        let declared = declared.find(|value| value.name == name)?;
        Some(SecretName {
            name: name.to_owned(),
            secret: declared.secret_name()?.to_owned(),
        })
    }

    fn secret_problem(&mut self, field: &str, name: &str) {
        if self.secrets_taken.is_some() {
            self.problem(
                field,
                format!("The secret “{name}” is used in an expression."),
                format!("Write it alone, as {{{{ env.{name} }}}}, with other text around it."),
            );
        } else {
            self.problem(
                field,
                format!("“{name}” is a secret, and this setting would show it."),
                "Use secrets in the url, the query, the headers, the body or the auth of an http node only.",
            );
        }
    }

    /// `item`, `index` and `loop` belong to the innermost container of their kind.
    fn local(&mut self, field: &str, root: &str, first: Option<&str>) -> Option<Root> {
        let found = self
            .levels
            .iter()
            .rev()
            .enumerate()
            .find_map(|(up, level)| match (&level.within, root) {
                (Within::Each, "item") => Some((Root::Item(up), None)),
                (Within::Each, "index") => Some((Root::Index(up), None)),
                (Within::Loop(names), "loop") => Some((Root::Loop(up), Some(names.clone()))),
                _ => None,
            });
        let Some((found, names)) = found else {
            let kind = if root == "loop" { "loop" } else { "each" };
            let fix = self.available();
            self.problem(
                field,
                format!("“{root}” is only known in the body of a node of kind {kind}."),
                fix,
            );
            return None;
        };
        if let Some(names) = names {
            let names: Vec<&str> = names.iter().map(String::as_str).chain(["round"]).collect();
            self.check_output(field, root, first, &names);
        }
        Some(found)
    }

    /// The innermost node of this name: how many frames up, and where.
    fn find(&self, name: &str) -> Option<(usize, usize)> {
        let levels = self.levels.iter().rev().enumerate();
        levels
            .filter_map(|(up, level)| Some((up, *level.names.get(name)?)))
            .next()
    }

    fn unknown(&self, root: &str) -> String {
        match self.homes.get(root) {
            Some(container) => format!(
                "“{root}” stands in the body of “{container}”, which only lets its own outputs out."
            ),
            None if RESERVED.contains(&root) => format!("“{root}” is not available here."),
            None => format!("Nothing is called “{root}”."),
        }
    }

    fn check_output(&mut self, field: &str, root: &str, first: Option<&str>, names: &[&str]) {
        let Some(first) = first else { return };
        if !names.contains(&first) {
            let fix = if names.is_empty() {
                match root {
                    "env" => "Declare it in `environment`.".to_owned(),
                    _ => format!("“{root}” has no outputs."),
                }
            } else {
                format!("It has: {}.", names.join(", "))
            };
            self.problem(field, format!("“{root}” has no “{first}”."), fix);
        }
    }

    /// The names a template may use here, the nearest first.
    fn available(&self) -> String {
        let mut names: Vec<&str> = Vec::new();
        for level in self.levels.iter().rev() {
            match level.within {
                Within::Each => names.extend(["item", "index"]),
                Within::Loop(_) => names.push("loop"),
                Within::Flow => {}
            }
            let Some(order) = &level.order else { continue };
            let before = match level.node {
                Some(node) => order.before(node, NAMED),
                None => (0..level.known.len().min(NAMED)).collect(),
            };
            names.extend(before.into_iter().map(|node| level.known[node].id.as_str()));
        }
        names.truncate(NAMED);
        names.extend(["conversation", "run"]);
        format!("Available here: {}.", names.join(", "))
    }

    /// The type a setting certainly has; `None` when only a run can tell.
    pub fn type_of(&self, setting: &Dynamic) -> Option<InputType> {
        match setting {
            Dynamic::Constant(Value::Bool(_)) => Some(InputType::Boolean),
            Dynamic::Constant(Value::Number(_)) => Some(InputType::Number),
            Dynamic::Constant(_) => None,
            Dynamic::List(_) => Some(InputType::List),
            Dynamic::Object(_) => Some(InputType::Object),
            Dynamic::Template(template) => match template.segments.as_slice() {
                [Segment::Reference(reference)] => self.type_of_reference(reference),
                _ => Some(InputType::String),
            },
        }
    }

    fn type_of_reference(&self, reference: &Reference) -> Option<InputType> {
        let named = match reference.path.as_slice() {
            [Key::Name(name)] => Some(name),
            _ => None,
        };
        match reference.root {
            Root::Index(_) => Some(InputType::Number),
            Root::Conversation => {
                let variable = self
                    .flow
                    .variables
                    .iter()
                    .find(|v| Some(&v.name) == named)?;
                Some(variable.kind)
            }
            Root::Node { up, node: 0 } if up + 1 == self.levels.len() => {
                let input = self.flow.inputs.iter().find(|i| Some(&i.name) == named)?;
                Some(input.kind)
            }
            Root::Node { up, node } => {
                let level = self.levels.len().checked_sub(1 + up)?;
                let types = &self.levels[level].known.get(node)?.types;
                let found = types.iter().find(|(name, _)| Some(name) == named)?;
                Some(found.1)
            }
            _ => None,
        }
    }
}
