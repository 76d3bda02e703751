//! Takes secrets out of what others say before anybody reads it.

use headwater_model::ports::{Secret, ToolResult};
use serde_json::Value;

/// Shorter texts than this stand everywhere; hiding them would hide nothing and spoil much.
const SHORTEST: usize = 4;

/// The texts that were sent and must not come back.
#[derive(Clone, Debug, Default)]
pub struct Scrub(Vec<Secret>);

impl Scrub {
    /// Takes out these.
    pub fn of(secrets: impl IntoIterator<Item = Secret>) -> Self {
        let long = |secret: &Secret| secret.reveal().len() >= SHORTEST;
        Self(secrets.into_iter().filter(long).collect())
    }

    /// The text without secrets.
    pub fn text(&self, text: String) -> String {
        let clean = |text: String, secret: &Secret| match text.contains(secret.reveal()) {
            true => text.replace(secret.reveal(), "[secret]"),
            false => text,
        };
        self.0.iter().fold(text, clean)
    }

    fn value(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.text(std::mem::take(text)),
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::Object(fields) => {
                let old = std::mem::take(fields);
                for (name, mut field) in old {
                    self.value(&mut field);
                    fields.insert(self.text(name), field);
                }
            }
            _ => {}
        }
    }

    /// The result without secrets.
    pub fn result(&self, mut result: ToolResult) -> ToolResult {
        if !self.0.is_empty() {
            result.text = self.text(result.text);
            self.value(&mut result.value);
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_sent_does_not_come_back() {
        let scrub = Scrub::of([Secret::new("hunter22"), Secret::new("a")]);
        let result = scrub.result(ToolResult::new(
            "You sent Bearer hunter22, a fine one",
            json!({ "hunter22": ["x hunter22 y", 1] }),
        ));
        assert_eq!(result.text, "You sent Bearer [secret], a fine one");
        assert_eq!(result.value, json!({ "[secret]": ["x [secret] y", 1] }));
    }
}
