//! Templates: split once into literals, references and Jinja; rendered many times.
//!
//! A template that is exactly one reference keeps the type of what it names. Data is only ever
//! written out, never read as template text.

use std::fmt::Write as _;
use std::io;

use headwater_model::{Code, Error, Result};
use minijinja::value::ValueKind;
use minijinja::{Environment, UndefinedBehavior};
use serde_json::Value;

use crate::confidential::SecretName;
use crate::scope::Scope;

/// What one Jinja rendering may spend, in instructions.
const FUEL: u64 = 1_000_000;
/// The longest text a template may render, in bytes.
pub const MAX_RENDERED: usize = 4 * 1024 * 1024;

/// Where a reference begins. `up` counts the frames to climb from where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Root {
    /// The outputs of the node at this index of its graph.
    Node { up: usize, node: usize },
    /// `item` of an `each`.
    Item(usize),
    /// `index` of an `each`.
    Index(usize),
    /// `loop`: the carried variables and `round`.
    Loop(usize),
    /// `conversation`: `history`, a list of `{role, text}`, and the variables.
    Conversation,
    /// `run`: `{id}`.
    Run,
    /// `env`: the environment values.
    Env,
}

/// One step into a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    Name(String),
    Index(usize),
}

/// A resolved path such as `retrieve.passages[0].text`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    pub root: Root,
    pub path: Vec<Key>,
}

/// A part of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    Literal(String),
    Reference(Reference),
    /// A secret, in settings that take them; it renders its name, but in the call that sends it.
    Secret(SecretName),
    /// Anything richer: the name of a template in the plan's environment, and the nodes it reads.
    Jinja {
        name: String,
        reads: Vec<Root>,
    },
}

/// A parsed template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    pub segments: Vec<Segment>,
}

/// A setting that may be text with references, or any JSON around such texts.
#[derive(Clone, Debug)]
pub enum Dynamic {
    Constant(Value),
    Template(Template),
    List(Vec<Dynamic>),
    Object(Vec<(String, Dynamic)>),
}

impl Segment {
    /// The nodes it depends on.
    pub fn reads(&self) -> &[Root] {
        match self {
            Self::Literal(_) | Self::Secret(_) => &[],
            Self::Reference(reference) => std::slice::from_ref(&reference.root),
            Self::Jinja { reads, .. } => reads,
        }
    }

    /// The node of the same graph whose `text` it is, and nothing else.
    pub fn text_of(&self) -> Option<usize> {
        let Self::Reference(reference) = self else {
            return None;
        };
        match (reference.root, reference.path.as_slice()) {
            (Root::Node { up: 0, node }, [Key::Name(name)]) if name == "text" => Some(node),
            _ => None,
        }
    }

    /// Appends the segment's text.
    pub fn render(&self, scope: &Scope, out: &mut String) -> Result<()> {
        match self {
            Self::Literal(text) => out.push_str(text),
            Self::Secret(name) => match scope.secret(name) {
                Some(text) => out.push_str(text),
                None => out.push_str(&name.shown()),
            },
            Self::Reference(reference) => {
                if let Some(value) = scope.find(reference) {
                    write_value(value, out);
                }
            }
            Self::Jinja { name, reads } => out.push_str(&jinja(scope, name, reads)?),
        }
        if out.len() > MAX_RENDERED {
            return Err(too_long());
        }
        Ok(())
    }
}

impl Template {
    /// The rendered text.
    pub fn text(&self, scope: &Scope) -> Result<String> {
        let mut out = String::new();
        for segment in &self.segments {
            segment.render(scope, &mut out)?;
        }
        Ok(out)
    }

    /// The value: of any type when the template is exactly one reference, otherwise text.
    pub fn value(&self, scope: &Scope) -> Result<Value> {
        match self.segments.as_slice() {
            [Segment::Reference(reference)] => {
                Ok(scope.find(reference).cloned().unwrap_or(Value::Null))
            }
            _ => self.text(scope).map(Value::String),
        }
    }
}

impl Dynamic {
    /// The value with every template in it rendered.
    pub fn value(&self, scope: &Scope) -> Result<Value> {
        Ok(match self {
            Self::Constant(value) => value.clone(),
            Self::Template(template) => template.value(scope)?,
            Self::List(items) => Value::Array(
                items
                    .iter()
                    .map(|i| i.value(scope))
                    .collect::<Result<_>>()?,
            ),
            Self::Object(fields) => Value::Object(
                fields
                    .iter()
                    .map(|(name, field)| Ok((name.clone(), field.value(scope)?)))
                    .collect::<Result<_>>()?,
            ),
        })
    }
}

/// The environment every plan's templates live in.
pub fn environment() -> Environment<'static> {
    let mut env = Environment::new();
    env.set_fuel(Some(FUEL));
    env.set_undefined_behavior(UndefinedBehavior::Chainable);
    env.set_formatter(|out, _state, value| {
        let written = match value.kind() {
            ValueKind::Undefined | ValueKind::None => Ok(()),
            ValueKind::Seq | ValueKind::Map | ValueKind::Iterable => {
                match serde_json::to_string(value) {
                    Ok(json) => out.write_str(&json),
                    Err(_) => write!(out, "{value}"),
                }
            }
            _ => write!(out, "{value}"),
        };
        written.map_err(minijinja::Error::from)
    });
    env
}

/// Writes a value as text: strings as they are, nothing for null, JSON for lists and objects.
pub fn write_value(value: &Value, out: &mut String) {
    match value {
        Value::Null => {}
        Value::String(text) => out.push_str(text),
        other => {
            let _ = write!(out, "{other}");
        }
    }
}

fn jinja(scope: &Scope, name: &str, reads: &[Root]) -> Result<String> {
    let context: std::collections::BTreeMap<&str, minijinja::Value> =
        reads.iter().map(|root| scope.jinja(*root)).collect();
    rendered(scope.environment(), name, minijinja::Value::from(context))
}

/// Renders a template of an environment, within the limits.
pub(crate) fn rendered(
    environment: &Environment<'_>,
    name: &str,
    context: minijinja::Value,
) -> Result<String> {
    let template = environment.get_template(name).map_err(Error::internal)?;
    let mut out = Capped(Vec::new());
    template
        .render_captured_to(context, &mut out)
        .map_err(|error| refused(&error))?;
    String::from_utf8(out.0).map_err(Error::internal)
}

fn refused(error: &minijinja::Error) -> Error {
    match error.kind() {
        minijinja::ErrorKind::OutOfFuel => Error::new(
            Code::TooLarge,
            "A template did too much work. Loop over fewer items.",
        )
        .with_limit("template_fuel", None),
        minijinja::ErrorKind::WriteFailure => too_long(),
        _ => Error::new(
            Code::Invalid,
            format!(
                "A template could not be rendered: {}.",
                error
                    .detail()
                    .unwrap_or("its operations do not fit the values")
            ),
        ),
    }
}

pub(crate) fn too_long() -> Error {
    Error::new(
        Code::TooLarge,
        "A template rendered more than 4 MiB. Use fewer or shorter values.",
    )
    .with_limit("rendered_bytes", None)
}

struct Capped(Vec<u8>);

impl io::Write for Capped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_RENDERED {
            return Err(io::Error::other("rendered too much"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
