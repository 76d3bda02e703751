//! Templates and settings that hold templates.

use serde_json::Value;

use super::Compiler;
use super::text::{Piece, path, split};
use crate::template::{Dynamic, Key, Reference, Segment, Template};

impl Compiler<'_> {
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
            .filter(|(root, _)| self.is_node(root) || !root.contains('-'))
            .filter(|(root, _)| !matches!(*root, "true" | "false" | "none"));
        let Some((root, path)) = path else {
            return self.jinja(field, &format!("{{{{{inside}}}}}"));
        };
        let first = path.first().map(|key| match key {
            Key::Name(name) => name.as_str(),
            Key::Index(_) => "",
        });
        if let ("env", [Key::Name(name)]) = (root, path.as_slice())
            && let Some(secret) = self.secret(name)
            && let Some(taken) = &mut self.secrets_taken
        {
            taken.push(secret.clone());
            return Some(Segment::Secret(secret));
        }
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
}

fn root_of(dotted: &str) -> &str {
    dotted.split('.').next().unwrap_or(dotted)
}
