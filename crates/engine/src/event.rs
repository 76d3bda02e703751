//! What an outside event brings: inputs made from it by templates, and whether it has the form it
//! should have. A flow's own templates are `template.rs`; these see the event and nothing else.

use headwater_model::{Error, Result};
use minijinja::Environment;
use serde_json::{Map, Value};

use crate::compile::text::{Piece, path, split};
use crate::template::{Key, MAX_RENDERED, environment, rendered, too_long, write_value};

/// The most mistakes that are told at once.
const MOST_MISTAKES: usize = 5;

/// Inputs as templates over an event.
#[derive(Debug)]
pub struct Mapping {
    inputs: Vec<(String, Made)>,
    environment: Environment<'static>,
}

/// A value made from an event.
#[derive(Debug)]
enum Made {
    Constant(Value),
    Text(Vec<Part>),
    List(Vec<Made>),
    Object(Vec<(String, Made)>),
}

#[derive(Debug)]
enum Part {
    Literal(String),
    /// What stands there keeps its type when it is all there is.
    Path(String, Vec<Key>),
    /// A template in the environment.
    Jinja(String),
}

struct Reading<'r> {
    roots: &'r [&'r str],
    environment: Environment<'static>,
    templates: usize,
}

impl Mapping {
    /// Reads the templates; they may name these roots. An error names the input as `input.NAME`.
    pub fn compile(input: &Map<String, Value>, roots: &[&str]) -> Result<Self> {
        let mut reading = Reading {
            roots,
            environment: environment(),
            templates: 0,
        };
        let mut inputs = Vec::with_capacity(input.len());
        for (name, value) in input {
            let field = format!("input.{name}");
            let made = reading
                .value(value)
                .map_err(|what| Error::invalid(field, what))?;
            inputs.push((name.clone(), made));
        }
        Ok(Self {
            inputs,
            environment: reading.environment,
        })
    }

    /// The inputs for an event, by name. What is not there is null.
    pub fn render(&self, event: &Map<String, Value>) -> Result<Map<String, Value>> {
        self.inputs
            .iter()
            .map(|(name, made)| {
                let value = self
                    .value(made, event)
                    .map_err(|error| error.with_field(format!("input.{name}")))?;
                Ok((name.clone(), value))
            })
            .collect()
    }

    fn value(&self, made: &Made, event: &Map<String, Value>) -> Result<Value> {
        Ok(match made {
            Made::Constant(value) => value.clone(),
            Made::Text(parts) => match parts.as_slice() {
                [Part::Path(root, keys)] => find(event, root, keys).cloned().unwrap_or_default(),
                parts => Value::String(self.text(parts, event)?),
            },
            Made::List(items) => items
                .iter()
                .map(|item| self.value(item, event))
                .collect::<Result<_>>()?,
            Made::Object(fields) => Value::Object(
                fields
                    .iter()
                    .map(|(name, field)| Ok((name.clone(), self.value(field, event)?)))
                    .collect::<Result<_>>()?,
            ),
        })
    }

    fn text(&self, parts: &[Part], event: &Map<String, Value>) -> Result<String> {
        let mut out = String::new();
        for part in parts {
            match part {
                Part::Literal(text) => out.push_str(text),
                Part::Path(root, keys) => {
                    if let Some(value) = find(event, root, keys) {
                        write_value(value, &mut out);
                    }
                }
                Part::Jinja(name) => {
                    let context = minijinja::Value::from(minijinja::value::Serde(event));
                    out.push_str(&rendered(&self.environment, name, context)?);
                }
            }
            if out.len() > MAX_RENDERED {
                return Err(too_long());
            }
        }
        Ok(out)
    }
}

fn find<'e>(event: &'e Map<String, Value>, root: &str, keys: &[Key]) -> Option<&'e Value> {
    keys.iter()
        .try_fold(event.get(root)?, |value, key| match key {
            Key::Name(name) => value.get(name),
            Key::Index(index) => value.get(*index),
        })
}

impl Reading<'_> {
    fn value(&mut self, value: &Value) -> Result<Made, String> {
        Ok(match value {
            Value::String(text) => Made::Text(self.parts(text)?),
            Value::Array(items) => Made::List(
                items
                    .iter()
                    .map(|i| self.value(i))
                    .collect::<Result<_, _>>()?,
            ),
            Value::Object(fields) => Made::Object(
                fields
                    .iter()
                    .map(|(name, field)| Ok((name.clone(), self.value(field)?)))
                    .collect::<Result<_, String>>()?,
            ),
            other => Made::Constant(other.clone()),
        })
    }

    fn parts(&mut self, text: &str) -> Result<Vec<Part>, String> {
        let Some(pieces) = split(text) else {
            return Ok(vec![self.jinja(text)?]);
        };
        let part = |piece: Piece<'_>| match piece {
            Piece::Literal(text) => Ok(Part::Literal(text.to_owned())),
            Piece::Expression(inside) => match path(inside) {
                Some((root, keys)) if self.roots.contains(&root) => {
                    Ok(Part::Path(root.to_owned(), keys))
                }
                _ => self.jinja(&format!("{{{{{inside}}}}}")),
            },
        };
        pieces.into_iter().map(part).collect()
    }

    fn jinja(&mut self, source: &str) -> Result<Part, String> {
        let name = format!("t{}", self.templates);
        self.templates += 1;
        // Jinja drops one final newline; a template here means what it shows.
        let ending = if source.ends_with('\n') { "\n" } else { "" };
        self.environment
            .add_template_owned(name.clone(), format!("{source}{ending}"))
            .map_err(|error| {
                let detail = error.detail().unwrap_or("it cannot be read");
                format!("The template is not valid: {detail}.")
            })?;
        let globals: Vec<&str> = self.environment.globals().map(|(name, _)| name).collect();
        let template = self
            .environment
            .get_template(&name)
            .map_err(|error| error.to_string())?;
        let unknown = template
            .undeclared_variables(false)
            .into_iter()
            .find(|root| !self.roots.contains(&root.as_str()) && !globals.contains(&root.as_str()));
        match unknown {
            None => Ok(Part::Jinja(name)),
            Some(root) => Err(format!(
                "An event has no “{root}”; it has: {}.",
                self.roots.join(", ")
            )),
        }
    }
}

/// The form a body must have, as a JSON Schema.
#[derive(Debug)]
pub struct Shape(jsonschema::Validator);

impl Shape {
    /// Compiles the schema; an error says what is wrong with it. Nothing is fetched for it.
    pub fn compile(schema: &Value) -> Result<Self> {
        jsonschema::validator_for(schema)
            .map(Self)
            .map_err(|error| {
                Error::invalid(
                    "settings.schema",
                    format!("settings.schema is not a JSON Schema: {error}. Correct it."),
                )
            })
    }

    /// Refuses a body that does not fit; the error names the first place as `body.a.b` and tells
    /// what else is wrong.
    pub fn check(&self, body: &Value) -> Result<()> {
        let mistakes: Vec<(String, String)> = self
            .0
            .iter_errors(body)
            .take(MOST_MISTAKES)
            .map(|error| {
                let place = error.instance_path().to_string();
                (place.replace('/', "."), error.to_string())
            })
            .collect();
        let Some((first, _)) = mistakes.first() else {
            return Ok(());
        };
        let told: Vec<String> = mistakes
            .iter()
            .map(|(place, what)| format!("body{place}: {}.", clipped(what)))
            .collect();
        Err(Error::invalid(format!("body{first}"), told.join(" ")))
    }
}

/// A sentence about a value, without all of a long value.
fn clipped(text: &str) -> String {
    const MOST: usize = 200;
    match text.char_indices().nth(MOST) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    fn render(input: Value, event: Value) -> Result<Value> {
        let mapping = Mapping::compile(&object(input), &["body", "query"])?;
        mapping.render(&object(event)).map(Value::Object)
    }

    #[test]
    fn a_template_that_is_one_reference_keeps_its_type() {
        let made = render(
            json!({
                "n": "{{ body.items[1].n }}", "text": "n={{ body.items[1].n }}",
                "gone": "{{ body.nothing.at.all }}", "fixed": 7,
                "deep": { "list": ["{{ query.a }}", true] },
                "upper": "{{ query['a'] | upper }}",
            }),
            json!({ "body": { "items": [{}, { "n": 2.5 }] }, "query": { "a": "x" } }),
        )
        .unwrap();
        assert_eq!(
            made,
            json!({
                "n": 2.5, "text": "n=2.5", "gone": null, "fixed": 7,
                "deep": { "list": ["x", true] }, "upper": "X",
            })
        );
    }

    #[test]
    fn data_is_never_a_template() {
        let event = json!({ "body": { "a": "{{ query.secret }}" }, "query": { "secret": "s" } });
        let made = render(json!({ "x": "<{{ body.a }}>" }), event).unwrap();
        assert_eq!(made["x"], "<{{ query.secret }}>");
    }

    #[test]
    fn an_unknown_root_and_a_broken_template_name_their_input() {
        for (template, says) in [
            ("{{ env.KEY }}", "no “env”"),
            ("{{ body. }}", "not valid"),
            ("{% if secrets %}x{% endif %}", "no “secrets”"),
        ] {
            let error = render(json!({ "x": template }), json!({})).unwrap_err();
            assert_eq!(error.field.as_deref(), Some("input.x"));
            assert!(
                error.message.contains(says),
                "{template}: {}",
                error.message
            );
        }
    }

    #[test]
    fn a_template_may_not_work_for_ever() {
        let template =
            "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}";
        let error = render(json!({ "x": template }), json!({})).unwrap_err();
        assert_eq!(error.limit.as_deref(), Some("template_fuel"));
    }

    #[test]
    fn a_body_that_does_not_fit_is_told_where() {
        let schema = json!({
            "type": "object", "required": ["order"],
            "properties": { "order": { "properties": { "n": { "type": "integer" } } } },
        });
        let shape = Shape::compile(&schema).unwrap();
        assert!(shape.check(&json!({ "order": { "n": 1 } })).is_ok());
        let error = shape.check(&json!({ "order": { "n": "x" } })).unwrap_err();
        assert_eq!(error.field.as_deref(), Some("body.order.n"));
        let error = shape.check(&json!({})).unwrap_err();
        assert_eq!(error.field.as_deref(), Some("body"));
        assert!(Shape::compile(&json!({ "type": "nonsense" })).is_err());
    }
}
