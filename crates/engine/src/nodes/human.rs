//! `human`: asks people, and waits for one of them as long as it takes.

use headwater_model::access::Role;
use headwater_model::flow::InputType;
use headwater_model::flow::value::parse_deadline;
use headwater_model::run::wait::{Form, FormField, TIMEOUT};
use headwater_model::{Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::catalogue::{Compiled, NodeKind};
use crate::compile::Compiler;
use crate::scope::Scope;
use crate::step::{Begun, Step};
use crate::template::Template;

/// What the catalogue knows.
pub const KIND: NodeKind = NodeKind {
    name: "human",
    title: "Human",
    summary: "Asks people with a form and waits for the answer; the button is the way out.",
    outputs: None,
    settings: || schemars::schema_for!(Settings),
    compile,
};

/// Settings of `human`. The outputs are the fields' values, `button`, `by` (who answered) and `at`.
/// While it waits the run uses no memory, and its time limit stands still.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// What is asked, in one line; a template.
    pub title: String,
    /// All that helps to decide; a template.
    #[serde(default)]
    pub message: String,
    /// What is to be filled in.
    #[serde(default)]
    pub fields: Vec<Field>,
    /// The ways out; each button is a handle.
    #[serde(default = "approve_or_reject")]
    pub buttons: Vec<String>,
    /// E-mail addresses of members and roles (which include those above); templates. Everyone who
    /// may answer at all when empty.
    #[serde(default)]
    pub assignees: Vec<String>,
    /// How long to wait, such as `4h` or `3d`; then the handle `timeout` is taken.
    #[serde(default)]
    pub deadline: Option<String>,
}

/// A field of the form.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// The output's name.
    pub name: String,
    /// What may be filled in.
    #[serde(rename = "type", default)]
    pub kind: FieldKind,
    /// What people read; the name when absent.
    #[serde(default)]
    pub label: String,
    /// Whether it must be filled in.
    #[serde(default)]
    pub required: bool,
    /// Its value when nothing is filled in.
    #[serde(default)]
    pub default: Option<Value>,
    /// The only values allowed.
    #[serde(default)]
    pub options: Vec<Value>,
}

/// The type of a field.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    #[default]
    String,
    Number,
    Boolean,
    List,
    Object,
}

fn approve_or_reject() -> Vec<String> {
    vec!["approve".to_owned(), "reject".to_owned()]
}

/// Outputs that are no field's.
const TAKEN: [&str; 4] = ["button", "by", "at", "error"];

#[derive(Debug)]
struct Human {
    title: Template,
    message: Template,
    fields: Vec<FormField>,
    buttons: Vec<String>,
    assignees: Vec<Template>,
    deadline_ms: Option<u64>,
}

fn compile(compiler: &mut Compiler<'_>, settings: &Map<String, Value>) -> Option<Compiled> {
    let settings: Settings = compiler.settings(settings)?;
    compiler.waits();
    buttons(compiler, &settings.buttons);
    let fields = fields(compiler, &settings.fields);
    let deadline_ms = settings.deadline.as_deref().and_then(|text| {
        let millis = parse_deadline(text);
        if millis.is_none() {
            compiler.problem(
                "deadline",
                format!("“{text}” is not a duration of up to a year."),
                "Write a number and a unit, such as 30m, 4h or 3d.",
            );
        }
        millis
    });
    let mut assignees = Vec::new();
    for (index, who) in settings.assignees.iter().enumerate() {
        let field = format!("assignees[{index}]");
        if !who.contains("{{") && !is_somebody(who) {
            compiler.problem(&field, nobody(who), "Name an e-mail address or a role.");
        }
        assignees.push(compiler.template(&field, who));
    }
    let mut handles = settings.buttons.clone();
    if settings.deadline.is_some() {
        handles.push(TIMEOUT.to_owned());
    }
    Some(Compiled {
        handles,
        ..Compiled::new(Human {
            title: compiler.template("title", &settings.title),
            message: compiler.template("message", &settings.message),
            fields,
            buttons: settings.buttons,
            assignees,
            deadline_ms,
        })
    })
}

fn buttons(compiler: &mut Compiler<'_>, buttons: &[String]) {
    if buttons.is_empty() {
        compiler.problem("buttons", "There is no button.", "Name at least one.");
    }
    for (index, button) in buttons.iter().enumerate() {
        let taken = [TIMEOUT, "error"].contains(&button.as_str());
        if taken || !is_name(button) || buttons[..index].contains(button) {
            compiler.problem(
                &format!("buttons[{index}]"),
                format!("“{button}” cannot be a button."),
                "Use 1 to 64 letters, digits, _ or -, once each; timeout and error are taken.",
            );
        }
    }
}

fn fields(compiler: &mut Compiler<'_>, fields: &[Field]) -> Vec<FormField> {
    let mut known: Vec<FormField> = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        let at = format!("fields[{index}]");
        let kind = match field.kind {
            FieldKind::String => InputType::String,
            FieldKind::Number => InputType::Number,
            FieldKind::Boolean => InputType::Boolean,
            FieldKind::List => InputType::List,
            FieldKind::Object => InputType::Object,
        };
        let taken = TAKEN.contains(&field.name.as_str());
        if taken || !is_name(&field.name) || known.iter().any(|other| other.name == field.name) {
            compiler.problem(
                &at,
                format!("“{}” cannot be a field's name.", field.name),
                "Use 1 to 64 letters, digits, _ or -, once each; button, by, at and error are taken.",
            );
        }
        if let Some(value) = field.options.iter().find(|value| !kind.fits(value)) {
            compiler.problem(
                &format!("{at}.options"),
                format!("The option {value} is not {}.", kind.noun()),
                "Correct it, or the field's type.",
            );
        }
        if let Some(value) = &field.default
            && (!kind.fits(value) || !(field.options.is_empty() || field.options.contains(value)))
        {
            compiler.problem(
                &format!("{at}.default"),
                format!("The field cannot be {value}."),
                "Give a default of its type, and among its options.",
            );
        }
        known.push(FormField {
            name: field.name.clone(),
            kind,
            label: field.label.clone(),
            required: field.required,
            default: field.default.clone(),
            options: field.options.clone(),
        });
    }
    known
}

fn is_name(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    (1..=64).contains(&text.len()) && text.chars().all(fits)
}

fn is_somebody(who: &str) -> bool {
    let is_email = who
        .split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !who.contains(' '));
    is_email || Role::parse(who).is_ok()
}

fn nobody(who: &str) -> String {
    format!("“{who}” is no e-mail address and none of the roles viewer, editor, admin, owner.")
}

impl Step for Human {
    fn begin(&self, scope: &Scope) -> Result<Begun> {
        let mut assignees = Vec::new();
        for who in &self.assignees {
            let who = who.text(scope)?.trim().to_owned();
            if !is_somebody(&who) {
                return Err(Error::invalid("assignees", nobody(&who)));
            }
            assignees.push(who);
        }
        Ok(Begun::Wait {
            form: Box::new(Form {
                title: self.title.text(scope)?,
                message: self.message.text(scope)?,
                fields: self.fields.clone(),
                buttons: self.buttons.clone(),
                assignees,
            }),
            deadline_ms: self.deadline_ms,
        })
    }
}
