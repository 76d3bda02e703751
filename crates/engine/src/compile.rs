//! What compiling a node's settings needs: typed settings, templates, references. Every mistake
//! becomes a problem with node, field and fix, and compiling goes on.

use std::collections::HashMap;

use headwater_model::flow::Problem;
use headwater_model::flow::graph::RESERVED;
use minijinja::Environment;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::template::{Dynamic, Key, Reference, Root, Segment, Template};

/// What is known of a node before its settings are read.
pub(crate) struct Known {
    pub id: String,
    /// The names references may go on with; `None`: any.
    pub outputs: Option<Vec<String>>,
}

/// The nodes before each node, as bits.
pub(crate) struct Ancestors {
    pub words: usize,
    pub bits: Vec<u64>,
}

impl Ancestors {
    pub fn contains(&self, node: usize, ancestor: usize) -> bool {
        self.bits[node * self.words + ancestor / 64] & (1 << (ancestor % 64)) != 0
    }
}

/// Compiles one node after another.
pub struct Compiler<'a> {
    pub(crate) known: &'a [Known],
    pub(crate) names: &'a HashMap<String, usize>,
    /// Absent while the graph itself is wrong.
    pub(crate) ancestors: Option<&'a Ancestors>,
    pub(crate) node: usize,
    pub(crate) environment: Environment<'static>,
    pub(crate) templates: usize,
    pub(crate) problems: Vec<Problem>,
}

impl Compiler<'_> {
    /// Reports a problem with the current node.
    pub fn problem(&mut self, field: &str, message: impl Into<String>, fix: impl Into<String>) {
        self.problems.push(Problem {
            node: Some(self.known[self.node].id.clone()),
            field: Some(field.to_owned()),
            message: message.into(),
            fix: fix.into(),
        });
    }

    /// Reads settings into their type; unknown names and wrong types are all reported.
    pub fn settings<T: DeserializeOwned + JsonSchema>(
        &mut self,
        settings: &Map<String, Value>,
    ) -> Option<T> {
        let schema = schemars::schema_for!(T);
        let empty = Map::new();
        let properties = schema
            .get("properties")
            .and_then(Value::as_object)
            .unwrap_or(&empty);
        let before = self.problems.len();
        for (name, value) in settings {
            match properties.get(name) {
                None => {
                    let all: Vec<&str> = properties.keys().map(String::as_str).collect();
                    let fix = if all.is_empty() {
                        "Remove it; this kind has no settings.".to_owned()
                    } else {
                        format!("Remove it. The settings are: {}.", all.join(", "))
                    };
                    self.problem(name, format!("There is no setting “{name}”."), fix);
                }
                Some(property) => self.check_type(name, property, value),
            }
        }
        for name in required(&schema) {
            if !settings.contains_key(name) {
                self.problem(name, format!("“{name}” is missing."), "Give it a value.");
            }
        }
        if self.problems.len() > before {
            return None;
        }
        match T::deserialize(Value::Object(settings.clone())) {
            Ok(settings) => Some(settings),
            Err(error) => {
                self.problem(
                    "settings",
                    format!("The settings do not fit: {error}."),
                    "Correct them.",
                );
                None
            }
        }
    }

    fn check_type(&mut self, name: &str, property: &Value, value: &Value) {
        let types: Vec<&str> = match property.get("type") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            _ => return,
        };
        let fits = types.iter().any(|kind| match *kind {
            "string" => value.is_string(),
            "integer" => value.is_u64() || value.is_i64(),
            "number" => value.is_number(),
            "boolean" => value.is_boolean(),
            "array" => value.is_array(),
            "object" => value.is_object(),
            "null" => value.is_null(),
            _ => true,
        });
        if !fits {
            let kinds: Vec<&str> = types.into_iter().filter(|t| *t != "null").collect();
            self.problem(
                name,
                format!("“{name}” has the wrong type."),
                format!("It must be of type {}.", kinds.join(" or ")),
            );
        }
    }

    /// Parses a template; its references are resolved and checked.
    pub fn template(&mut self, field: &str, text: &str) -> Template {
        let Some(pieces) = split(text) else {
            return Template {
                segments: self.jinja(field, text).into_iter().collect(),
            };
        };
        let mut segments = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Literal(text) => segments.push(Segment::Literal(text.to_owned())),
                Piece::Expression(inside) => segments.extend(self.expression(field, inside)),
            }
        }
        Template { segments }
    }

    /// Parses a setting that may hold templates anywhere in its JSON.
    pub fn dynamic(&mut self, field: &str, value: &Value) -> Dynamic {
        match value {
            Value::String(text) => Dynamic::Template(self.template(field, text)),
            Value::Array(items) => {
                Dynamic::List(items.iter().map(|item| self.dynamic(field, item)).collect())
            }
            Value::Object(fields) => Dynamic::Object(
                fields
                    .iter()
                    .map(|(name, value)| (name.clone(), self.dynamic(field, value)))
                    .collect(),
            ),
            other => Dynamic::Constant(other.clone()),
        }
    }

    fn expression(&mut self, field: &str, inside: &str) -> Option<Segment> {
        let path = path(inside)
            .filter(|(root, _)| self.names.contains_key(*root) || !root.contains('-'))
            .filter(|(root, _)| !matches!(*root, "true" | "false" | "none"));
        let Some((root, path)) = path else {
            return self.jinja(field, &format!("{{{{{inside}}}}}"));
        };
        let first = path.first().map(|key| match key {
            Key::Name(name) => name.as_str(),
            Key::Index(_) => "",
        });
        let root = self.resolve(field, root, first)?;
        Some(Segment::Reference(Reference { root, path }))
    }

    fn jinja(&mut self, field: &str, source: &str) -> Option<Segment> {
        let name = format!("t{}", self.templates);
        self.templates += 1;
        // Jinja drops one final newline; a template here means what it shows.
        let kept = if source.ends_with('\n') {
            format!("{source}\n")
        } else {
            source.to_owned()
        };
        if let Err(error) = self.environment.add_template_owned(name.clone(), kept) {
            let detail = error.detail().unwrap_or("it cannot be read").to_owned();
            let line = error
                .line()
                .map_or(String::new(), |line| format!(" (line {line})"));
            self.problem(
                field,
                format!("The template is not valid{line}: {detail}."),
                "Correct the template; see the guide on flows.",
            );
            return None;
        }
        let mut roots: Vec<String> = {
            let globals: Vec<String> = self
                .environment
                .globals()
                .map(|(name, _)| name.to_owned())
                .collect();
            let template = self.environment.get_template(&name).ok()?;
            template
                .undeclared_variables(true)
                .into_iter()
                .filter(|name| !globals.iter().any(|g| g == root_of(name)))
                .collect()
        };
        roots.sort();
        let mut reads = Vec::new();
        for dotted in &roots {
            let mut parts = dotted.split('.');
            let root = parts.next().unwrap_or_default();
            if let Some(root) = self.resolve(field, root, parts.next())
                && !reads.contains(&root)
            {
                reads.push(root);
            }
        }
        Some(Segment::Jinja { name, reads })
    }

    fn resolve(&mut self, field: &str, root: &str, first: Option<&str>) -> Option<Root> {
        match root {
            "conversation" => {
                self.check_output(field, root, first, &["history"]);
                return Some(Root::Conversation);
            }
            "run" => {
                self.check_output(field, root, first, &["id"]);
                return Some(Root::Run);
            }
            _ => {}
        }
        let known = self.known;
        let Some(&index) = self.names.get(root) else {
            let message = if RESERVED.contains(&root) {
                format!("“{root}” is not available here.")
            } else {
                format!("Nothing is called “{root}”.")
            };
            let fix = self.available();
            self.problem(field, message, fix);
            return None;
        };
        if let Some(ancestors) = self.ancestors
            && !ancestors.contains(self.node, index)
        {
            let message = format!(
                "“{root}” does not come before “{}”.",
                known[self.node].id.as_str()
            );
            let fix = self.available();
            self.problem(field, message, fix);
            return None;
        }
        if let Some(outputs) = &known[index].outputs {
            let names: Vec<&str> = outputs.iter().map(String::as_str).collect();
            self.check_output(field, root, first, &names);
        }
        Some(Root::Node(index))
    }

    fn check_output(&mut self, field: &str, root: &str, first: Option<&str>, names: &[&str]) {
        let Some(first) = first else { return };
        if !names.contains(&first) {
            let fix = if names.is_empty() {
                format!("“{root}” has no outputs.")
            } else {
                format!("It has: {}.", names.join(", "))
            };
            self.problem(field, format!("“{root}” has no “{first}”."), fix);
        }
    }

    fn available(&self) -> String {
        let names: Vec<&str> = (0..self.known.len())
            .filter(|&index| {
                self.ancestors
                    .is_some_and(|before| before.contains(self.node, index))
            })
            .map(|index| self.known[index].id.as_str())
            .chain(["conversation", "run"])
            .collect();
        format!("Available here: {}.", names.join(", "))
    }
}

fn required(schema: &schemars::Schema) -> Vec<&str> {
    schema
        .get("required")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default()
}

fn root_of(dotted: &str) -> &str {
    dotted.split('.').next().unwrap_or(dotted)
}

enum Piece<'t> {
    Literal(&'t str),
    Expression(&'t str),
}

/// Literals and `{{ … }}`; `None` when the text needs Jinja as a whole (blocks, comments, trimming,
/// or something unfinished, which Jinja then reports).
fn split(text: &str) -> Option<Vec<Piece<'_>>> {
    if text.contains("{%") || text.contains("{#") {
        return None;
    }
    let (mut pieces, mut rest) = (Vec::new(), text);
    while let Some(open) = rest.find("{{") {
        if open > 0 {
            pieces.push(Piece::Literal(&rest[..open]));
        }
        let inside = &rest[open + 2..];
        let close = closing(inside)?;
        let expression = &inside[..close];
        if expression.starts_with(['-', '+']) || expression.ends_with(['-', '+']) {
            return None;
        }
        pieces.push(Piece::Expression(expression));
        rest = &inside[close + 2..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Literal(rest));
    }
    Some(pieces)
}

/// Where `}}` stands outside quotes and braces.
fn closing(inside: &str) -> Option<usize> {
    let bytes = inside.as_bytes();
    let (mut quote, mut depth, mut at) = (None, 0usize, 0);
    while at < bytes.len() {
        match (quote, bytes[at]) {
            (Some(_), b'\\') => at += 1,
            (Some(open), byte) if byte == open => quote = None,
            (Some(_), _) => {}
            (None, byte @ (b'"' | b'\'')) => quote = Some(byte),
            (None, b'{') => depth += 1,
            (None, b'}') if depth > 0 => depth -= 1,
            (None, b'}') if bytes.get(at + 1) == Some(&b'}') => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// Reads `root.name[0].other`; anything else is an expression for Jinja.
fn path(text: &str) -> Option<(&str, Vec<Key>)> {
    let text = text.trim();
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let (root, mut rest) = text.split_at(end);
    if !name_like(root, true) {
        return None;
    }
    let mut keys = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            if !name_like(&after[..end], false) {
                return None;
            }
            keys.push(Key::Name(after[..end].to_owned()));
            rest = &after[end..];
        } else {
            let close = rest.find(']')?;
            keys.push(Key::Index(rest[1..close].trim().parse().ok()?));
            rest = &rest[close + 1..];
            if !(rest.is_empty() || rest.starts_with(['.', '['])) {
                return None;
            }
        }
    }
    Some((root, keys))
}

fn name_like(text: &str, hyphens: bool) -> bool {
    let mut bytes = text.bytes();
    bytes
        .next()
        .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_' || (hyphens && b == b'-'))
}
