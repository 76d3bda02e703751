//! What a run waits for: a form somebody fills in, until when, and the answer.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::access::Role;
use crate::flow::InputType;
use crate::id::{RunId, StepId, WaitId};
use crate::{Error, Result, Timestamp};

/// The handle taken when nobody answered in time.
pub const TIMEOUT: &str = "timeout";

/// One field of a form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FormField {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: InputType,
    /// What people read; the name when empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub label: String,
    #[serde(default)]
    pub required: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub default: Option<Value>,
    /// The only values allowed, when there are any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Object>)]
    pub options: Vec<Value>,
}

/// What is asked, and of whom.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Form {
    pub title: String,
    pub message: String,
    pub fields: Vec<FormField>,
    /// The ways out: one of them is pressed.
    pub buttons: Vec<String>,
    /// E-mail addresses and roles; everyone who may answer at all when empty.
    pub assignees: Vec<String>,
}

impl Form {
    /// The fields' values with defaults filled in; an error names the first thing that does not fit.
    pub fn check(&self, button: &str, fields: &Map<String, Value>) -> Result<Map<String, Value>> {
        if !self.buttons.iter().any(|known| known == button) {
            return Err(Error::invalid(
                "button",
                format!(
                    "There is no button “{button}”. Choose one of: {}.",
                    self.buttons.join(", ")
                ),
            ));
        }
        if let Some(unknown) = fields
            .keys()
            .find(|name| self.fields.iter().all(|field| field.name != **name))
        {
            return Err(Error::invalid(
                format!("fields.{unknown}"),
                format!("This form has no field “{unknown}”. Leave it out."),
            ));
        }
        let mut values = Map::new();
        for field in &self.fields {
            let given = fields.get(&field.name).filter(|value| !value.is_null());
            let value = match given.or(field.default.as_ref()) {
                Some(value) => field.check(value)?.clone(),
                None if field.required => {
                    return Err(Error::invalid(
                        format!("fields.{}", field.name),
                        format!("The field “{}” is required.", field.name),
                    ));
                }
                None => Value::Null,
            };
            values.insert(field.name.clone(), value);
        }
        Ok(values)
    }

    /// The fields as they are when nobody answers: their defaults.
    pub fn defaults(&self) -> Map<String, Value> {
        let fields = self.fields.iter();
        fields
            .map(|field| {
                (
                    field.name.clone(),
                    field.default.clone().unwrap_or_default(),
                )
            })
            .collect()
    }

    /// Whether somebody with this e-mail address and role may answer.
    pub fn is_for(&self, email: Option<&str>, role: Role) -> bool {
        self.assignees.is_empty()
            || self.assignees.iter().any(|who| match Role::parse(who) {
                Ok(least) => role >= least,
                Err(_) => email.is_some_and(|email| email.eq_ignore_ascii_case(who)),
            })
    }
}

impl FormField {
    fn check<'v>(&self, value: &'v Value) -> Result<&'v Value> {
        let name = format!("fields.{}", self.name);
        if !self.kind.fits(value) {
            let message = format!("The field “{}” must be {}.", self.name, self.kind.noun());
            return Err(Error::invalid(name, message));
        }
        if self.required && value.as_str().is_some_and(|text| text.trim().is_empty()) {
            let message = format!("The field “{}” is required.", self.name);
            return Err(Error::invalid(name, message));
        }
        if !self.options.is_empty() && !self.options.contains(value) {
            let options: Vec<String> = self.options.iter().map(plain).collect();
            return Err(Error::invalid(
                name,
                format!(
                    "The field “{}” must be one of: {}.",
                    self.name,
                    options.join(", ")
                ),
            ));
        }
        Ok(value)
    }
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// How a wait was answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Answer {
    pub button: String,
    #[schema(value_type = Object)]
    pub fields: Map<String, Value>,
    /// Who answered; absent when the deadline did.
    pub by: Option<String>,
    pub at: Timestamp,
}

impl Answer {
    /// What the step puts out.
    pub fn outputs(&self) -> Value {
        let mut outputs = self.fields.clone();
        outputs.insert("button".to_owned(), json!(self.button));
        outputs.insert("by".to_owned(), json!(self.by));
        outputs.insert("at".to_owned(), json!(self.at));
        Value::Object(outputs)
    }
}

/// The step that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitStep {
    pub id: StepId,
    pub node: String,
    pub path: Option<String>,
}

/// A wait as the log keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct WaitRecord {
    pub id: WaitId,
    /// The number of its `run.paused`.
    pub seq: u64,
    /// Absent when somebody paused the whole run.
    pub step: Option<WaitStep>,
    pub form: Form,
    pub deadline: Option<Timestamp>,
    pub created_at: Timestamp,
    pub answer: Option<Answer>,
    /// The number of its `run.resumed`, once that was told.
    pub resumed_seq: Option<u64>,
}

impl WaitRecord {
    /// What names the waiting step in its run.
    pub fn place(&self) -> Option<&str> {
        let step = self.step.as_ref()?;
        Some(step.path.as_deref().unwrap_or(&step.node))
    }
}

/// Where a wait stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WaitStatus {
    Open,
    Answered,
    /// Nobody answered in time.
    TimedOut,
    /// Its run went on, or ended, without an answer.
    Closed,
}

/// A question to people, as the API shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Wait {
    pub id: WaitId,
    pub run_id: RunId,
    pub flow_name: String,
    pub node: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    pub status: WaitStatus,
    #[serde(flatten)]
    pub form: Form,
    pub deadline: Option<Timestamp>,
    pub created_at: Timestamp,
    pub answer: Option<Answer>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> Form {
        let field = |name: &str, kind, required, options: Value| FormField {
            name: name.into(),
            kind,
            label: String::new(),
            required,
            default: (!required).then(|| json!("low")),
            options: options.as_array().cloned().unwrap_or_default(),
        };
        Form {
            fields: vec![
                field("amount", InputType::Number, true, Value::Null),
                field("risk", InputType::String, false, json!(["low", "high"])),
            ],
            buttons: vec!["approve".into(), "reject".into()],
            ..Form::default()
        }
    }

    #[test]
    fn an_answer_is_checked_and_completed() {
        let given = |value: Value| value.as_object().cloned().unwrap();
        let checked = form()
            .check("approve", &given(json!({ "amount": 3 })))
            .unwrap();
        assert_eq!(
            Value::Object(checked),
            json!({ "amount": 3, "risk": "low" })
        );
        for (button, fields, wrong) in [
            ("maybe", json!({ "amount": 3 }), "button"),
            ("reject", json!({}), "fields.amount"),
            ("reject", json!({ "amount": "3" }), "fields.amount"),
            (
                "reject",
                json!({ "amount": 3, "risk": "none" }),
                "fields.risk",
            ),
            ("reject", json!({ "amount": 3, "more": 1 }), "fields.more"),
        ] {
            let error = form().check(button, &given(fields)).unwrap_err();
            assert_eq!(error.field.as_deref(), Some(wrong));
        }
    }

    #[test]
    fn a_form_is_for_those_it_names() {
        let mut form = form();
        assert!(form.is_for(None, Role::Viewer));
        form.assignees = vec!["ada@example.com".into(), "admin".into()];
        assert!(form.is_for(Some("Ada@example.com"), Role::Viewer));
        assert!(form.is_for(None, Role::Owner));
        assert!(!form.is_for(Some("bob@example.com"), Role::Editor));
    }
}
