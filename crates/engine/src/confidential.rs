//! Settings that may hold secrets. A secret's text is in no value, record or event: where a template
//! names one, it renders the name, and only the call that sends it renders once more with the text.
//! Such a place is made by whoever wrote the flow; data that looks like one is text.

use std::collections::HashMap;
use std::fmt::Write as _;

use headwater_model::ports::Secret;
use headwater_model::{Error, Result};
use serde_json::Value;

use crate::compile::Compiler;
use crate::step::CallContext;

/// A secret as a flow names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretName {
    /// As the flow declares it, `env.NAME`.
    pub name: String,
    /// As the workspace calls it.
    pub secret: String,
}

impl SecretName {
    /// What is shown in place of the text.
    pub fn shown(&self) -> String {
        format!("[secret {}]", self.name)
    }
}

impl Compiler<'_> {
    /// Compiles settings that may name secrets, and says which they name.
    pub fn taking_secrets<T>(
        &mut self,
        inside: impl FnOnce(&mut Self) -> T,
    ) -> (T, Vec<SecretName>) {
        self.secrets_taken = Some(Vec::new());
        let compiled = inside(self);
        let mut taken = self.secrets_taken.take().unwrap_or_default();
        taken.sort_by(|a, b| a.name.cmp(&b.name));
        taken.dedup();
        (compiled, taken)
    }
}

impl CallContext {
    /// Opens secrets for this call: render its settings with [`Scope::revealing`].
    ///
    /// [`Scope::revealing`]: crate::scope::Scope::revealing
    pub async fn reveal(&self, names: &[SecretName]) -> Result<Revealed> {
        let mut asked: Vec<String> = names.iter().map(|name| name.secret.clone()).collect();
        asked.sort_unstable();
        asked.dedup();
        if asked.is_empty() {
            return Ok(Revealed::default());
        }
        let texts = self.ports.secrets.reveal(self.workspace, &asked).await?;
        let mut revealed = Revealed::default();
        for name in names {
            let text = texts.get(&name.secret).cloned();
            let text = text.ok_or_else(|| Error::internal("a secret was not opened"))?;
            revealed.cover(text.reveal(), &name.shown());
            revealed.texts.insert(name.secret.clone(), text);
        }
        Ok(revealed)
    }
}

/// The secrets of one call: joined to what is sent, and taken out of what comes back.
#[derive(Clone, Debug, Default)]
pub struct Revealed {
    texts: HashMap<String, Secret>,
    /// Texts nobody may see, with what is shown in their place; longer ones first.
    covers: Vec<(Secret, String)>,
}

impl Revealed {
    /// The text of a secret of this call.
    pub(crate) fn text(&self, name: &SecretName) -> Option<&str> {
        self.texts.get(&name.secret).map(Secret::reveal)
    }

    /// Keeps one more text from being seen, in the forms it may come back in: what is made of a
    /// secret is as secret.
    pub fn cover(&mut self, text: &str, shown: &str) {
        for form in forms(text) {
            if self.covers.iter().all(|(known, _)| known.reveal() != form) {
                self.covers.push((Secret::new(form), shown.to_owned()));
            }
        }
        self.covers
            .sort_by_key(|(text, _)| std::cmp::Reverse(text.reveal().len()));
    }

    /// Whether there is nothing to keep from being seen.
    pub fn is_empty(&self) -> bool {
        self.covers.is_empty()
    }

    /// The text without secrets.
    pub fn scrub_text(&self, mut text: String) -> String {
        for (secret, shown) in &self.covers {
            if text.contains(secret.reveal()) {
                text = text.replace(secret.reveal(), shown);
            }
        }
        text
    }

    /// The bytes without secrets.
    pub fn scrub_bytes(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        for (secret, shown) in &self.covers {
            let wanted = secret.reveal().as_bytes();
            let mut from = 0;
            while let Some(at) = find(&bytes[from..], wanted) {
                let (start, end) = (from + at, from + at + wanted.len());
                bytes.splice(start..end, shown.bytes());
                from = start + shown.len();
            }
        }
        bytes
    }

    /// The value without secrets, names of fields and numbers included.
    pub fn scrub(&self, value: Value) -> Value {
        if self.is_empty() {
            return value;
        }
        match value {
            Value::String(text) => Value::String(self.scrub_text(text)),
            Value::Array(items) => items.into_iter().map(|item| self.scrub(item)).collect(),
            Value::Object(fields) => fields
                .into_iter()
                .map(|(name, value)| (self.scrub_text(name), self.scrub(value)))
                .collect(),
            Value::Number(number) => {
                let text = number.to_string();
                let scrubbed = self.scrub_text(text.clone());
                match scrubbed == text {
                    true => Value::Number(number),
                    false => Value::String(scrubbed),
                }
            }
            plain => plain,
        }
    }

    /// The error without secrets, its cause for the log included.
    pub fn scrub_error(&self, error: Error) -> Error {
        if self.is_empty() {
            return error;
        }
        let source = error.source_text();
        let mut scrubbed = Error::new(error.code, self.scrub_text(error.message.into_owned()));
        scrubbed.field = error.field;
        scrubbed.limit = error.limit;
        scrubbed.retry_after = error.retry_after;
        match source {
            Some(source) => scrubbed.with_source(self.scrub_text(source)),
            None => scrubbed,
        }
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|part| part == wanted)
}

/// How a text may come back: as it is, in JSON, in an address, in a form.
fn forms(text: &str) -> Vec<String> {
    let json = Value::String(text.to_owned()).to_string();
    let percent = percent(text);
    let all = [
        text.to_owned(),
        json[1..json.len() - 1].to_owned(),
        percent.replace("%20", "+"),
        percent.to_lowercase(),
        percent,
    ];
    let mut forms: Vec<String> = Vec::new();
    for form in all {
        if !form.is_empty() && !forms.contains(&form) {
            forms.push(form);
        }
    }
    forms
}

fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use headwater_model::flow::FlowDocument;
    use headwater_model::id::RunId;
    use headwater_model::run::RunInput;
    use headwater_model::{Code, Timestamp};
    use serde_json::json;

    use super::*;
    use crate::frames::{End, Frames, ROOT};
    use crate::template::{Key, Reference, Root, Segment, Template};
    use crate::{Catalogue, compile};

    fn revealed(text: &str) -> Revealed {
        let mut revealed = Revealed::default();
        revealed.cover(text, "[secret crm_key]");
        revealed
    }

    #[test]
    fn a_template_shows_the_name_and_only_its_call_has_the_text() {
        let flow = json!({
            "headwater": 1, "name": "n", "kind": "task", "inputs": [{ "name": "x", "type": "string" }],
        });
        let flow = FlowDocument::parse(&flow.to_string()).unwrap();
        let plan = Arc::new(compile(&flow, &Catalogue::default()).unwrap());
        let forged = json!({ "x": " [secret crm_key] {{ env.crm_key }}" });
        let input = RunInput {
            input: forged.as_object().cloned().unwrap(),
            ..RunInput::default()
        };
        let run = RunId::new(Timestamp::from_millis(1), 7);
        let mut frames = Frames::new(&plan, run, input.clone());
        let start = frames.next_ready().unwrap();
        let end = End {
            outputs: Arc::new(Value::Object(input.input)),
            bytes: 0,
            handle: None,
            failed: None,
        };
        frames.settle(start.key, end);
        let scope = frames.scope(ROOT).unwrap();
        let template = Template {
            segments: vec![
                Segment::Literal("Bearer ".into()),
                Segment::Secret(SecretName {
                    name: "crm_key".into(),
                    secret: "crm".into(),
                }),
                Segment::Reference(Reference {
                    root: Root::Node { up: 0, node: 0 },
                    path: vec![Key::Name("x".into())],
                }),
            ],
        };
        let data = " [secret crm_key] {{ env.crm_key }}";
        assert_eq!(
            template.text(&scope).unwrap(),
            format!("Bearer [secret crm_key]{data}")
        );
        let mut secrets = revealed("s3cr3t");
        secrets.texts.insert("crm".into(), Secret::new("s3cr3t"));
        assert!(!format!("{secrets:?}").contains("s3cr3t"));
        let sent = template.text(&scope.revealing(Arc::new(secrets))).unwrap();
        assert_eq!(sent, format!("Bearer s3cr3t{data}"));
    }

    #[test]
    fn what_comes_back_has_no_secret_in_any_usual_form() {
        let secret = "pa\"ss w/ö\n1";
        let revealed = revealed(secret);
        let forms = [
            secret.to_owned(),
            json!({ "echo": secret }).to_string(),
            "q=pa%22ss+w%2F%C3%B6%0A1".into(),
            "q=pa%22ss%20w%2f%c3%b6%0a1".into(),
        ];
        for form in forms {
            let shown = revealed.scrub_text(form.clone());
            assert!(shown.contains("[secret crm_key]"), "{form} → {shown}");
            assert!(!shown.contains("ss w") && !shown.contains("%C3"), "{shown}");
        }
        let deep = json!({ secret: [{ "a": secret }], "n": 7, "x": null });
        assert_eq!(
            revealed.scrub(deep),
            json!({ "[secret crm_key]": [{ "a": "[secret crm_key]" }], "n": 7, "x": null })
        );
        let number = self::revealed("4711").scrub(json!({ "pin": 47110 }));
        assert_eq!(number, json!({ "pin": "[secret crm_key]0" }));
    }

    #[test]
    fn of_two_secrets_the_longer_one_is_taken_out_first() {
        let mut revealed = revealed("abcd");
        revealed.cover("abcdefgh", "[secret long]");
        let shown = revealed.scrub_text("abcdefgh abcd".into());
        assert_eq!(shown, "[secret long] [secret crm_key]");
    }

    #[test]
    fn an_error_loses_the_secret_and_its_cause_does_too() {
        let error = Error::new(Code::Upstream, "It said s3cr3t.")
            .with_limit("x", Some(3))
            .with_source("GET /?key=s3cr3t");
        let scrubbed = revealed("s3cr3t").scrub_error(error);
        assert_eq!(scrubbed.code, Code::Upstream);
        assert_eq!(scrubbed.retry_after, Some(3));
        assert!(!format!("{scrubbed:?}").contains("s3cr3t"), "{scrubbed:?}");
    }
}
