//! From an event to a flow's inputs: by templates, or by the names of the body's fields.

use headwater_engine::event::Mapping;
use headwater_model::flow::value::check_input;
use headwater_model::flow::{InputField, InputType, Revision};
use headwater_model::trigger::{Trigger, TriggerKind, TriggerSettings};
use headwater_model::{Error, Result, Timestamp};
use serde_json::{Map, Value, json};

use super::schedule::Times;

/// What happened, as templates see it.
#[derive(Clone, Debug)]
pub(super) struct Event(Map<String, Value>);

impl Event {
    /// A webhook was called.
    pub(super) fn call(
        body: Value,
        query: Map<String, Value>,
        headers: Map<String, Value>,
    ) -> Self {
        Self(Map::from_iter([
            ("body".to_owned(), body),
            ("query".to_owned(), Value::Object(query)),
            ("headers".to_owned(), Value::Object(headers)),
        ]))
    }

    /// A form was sent.
    pub(super) fn form(body: Value) -> Self {
        Self(Map::from_iter([("body".to_owned(), body)]))
    }

    /// A schedule's time has come. `missed` is how many times before it this one stands for.
    pub(super) fn schedule(times: &Times, due: Timestamp, missed: usize) -> Self {
        let (local, date) = times.local(due);
        let schedule = json!({
            "time": due, "local": local, "date": date, "time_zone": times.zone_name(), "missed": missed,
        });
        Self(Map::from_iter([("schedule".to_owned(), schedule)]))
    }

    fn field(&self, name: &str) -> Option<&Value> {
        self.0.get("body")?.get(name)
    }
}

/// What templates may name.
pub(super) const fn roots(kind: TriggerKind) -> &'static [&'static str] {
    match kind {
        TriggerKind::Webhook => &["body", "query", "headers"],
        TriggerKind::Schedule => &["schedule"],
        TriggerKind::Form => &["body"],
    }
}

/// Whether an input that no template sets is taken from the body's field of its name.
fn by_name(trigger: &Trigger, name: &str) -> bool {
    match &trigger.settings {
        TriggerSettings::Webhook(_) => trigger.input.is_empty(),
        TriggerSettings::Schedule(_) => false,
        TriggerSettings::Form(page) => {
            page.fields.is_empty() || page.fields.iter().any(|field| field.name == name)
        }
    }
}

/// The flow's inputs for an event, checked. An error names the input as `input.NAME`.
pub(super) fn inputs(
    trigger: &Trigger,
    revision: &Revision,
    event: &Event,
) -> Result<Map<String, Value>> {
    let fields = &revision.document.inputs;
    let mapping = Mapping::compile(&trigger.input, roots(trigger.settings.kind()))?;
    let mut made = mapping.render(&event.0)?;
    for field in fields {
        match made.get_mut(&field.name) {
            Some(value) => read_text(field, value),
            None => {
                if by_name(trigger, &field.name)
                    && let Some(value) = event.field(&field.name)
                {
                    made.insert(field.name.clone(), value.clone());
                }
            }
        }
    }
    check_input(fields, &made)
}

/// What a template made is text wherever it had text to work with; an input that is a number or
/// true or false takes it for what it means. What it means nothing for stays, and is refused.
fn read_text(field: &InputField, value: &mut Value) {
    if matches!(field.kind, InputType::Number | InputType::Boolean)
        && let Value::String(text) = value
    {
        *value = match text.trim() {
            "" => Value::Null,
            text => field.kind.read(text).unwrap_or_else(|| Value::from(text)),
        };
    }
}

/// Whether an input is more than a page can ask for.
fn nested(field: &InputField) -> bool {
    let items = field.items.unwrap_or(InputType::String);
    field.kind == InputType::Object
        || matches!(items, InputType::Object | InputType::List | InputType::File)
}

/// The inputs that a form page asks for, in its order.
pub(super) fn asked<'r>(trigger: &Trigger, revision: &'r Revision) -> Vec<&'r InputField> {
    let inputs = &revision.document.inputs;
    let TriggerSettings::Form(page) = &trigger.settings else {
        return Vec::new();
    };
    if page.fields.is_empty() {
        let open = |field: &&InputField| !trigger.input.contains_key(&field.name) && !nested(field);
        return inputs.iter().filter(open).collect();
    }
    let named = page.fields.iter();
    named
        .filter_map(|field| inputs.iter().find(|input| input.name == field.name))
        .collect()
}

/// Refuses a trigger that leaves a required input without a value, or a page that asks for what
/// cannot be asked.
pub(super) fn check_inputs(trigger: &Trigger, revision: &Revision) -> Result<()> {
    let inputs = &revision.document.inputs;
    if let TriggerSettings::Form(page) = &trigger.settings {
        for (index, field) in page.fields.iter().enumerate() {
            let place = format!("settings.fields[{index}].name");
            let input = inputs.iter().find(|input| input.name == field.name);
            let input = input.ok_or_else(|| {
                let message = format!("The flow “{}” has no input “{}”.", trigger.flow, field.name);
                Error::invalid(place.clone(), message)
            })?;
            let twice = page.fields[..index].iter().any(|f| f.name == field.name);
            let wrong = match () {
                () if nested(input) => "A page cannot ask for objects or lists of them",
                () if trigger.input.contains_key(&field.name) => "The trigger's input sets it",
                () if twice => "The page asks for it already",
                () => continue,
            };
            return Err(Error::invalid(
                place,
                format!("“{}” cannot be a field: {wrong}. Leave it out.", field.name),
            ));
        }
    }
    let asked = asked(trigger, revision);
    let given = |field: &InputField| match &trigger.settings {
        TriggerSettings::Webhook(_) => trigger.input.is_empty(),
        TriggerSettings::Schedule(_) => false,
        TriggerSettings::Form(_) => asked.iter().any(|input| input.name == field.name),
    };
    let open = inputs.iter().find(|field| {
        field.required
            && field.default.is_none()
            && !trigger.input.contains_key(&field.name)
            && !given(field)
    });
    match open {
        None => Ok(()),
        Some(field) => Err(Error::invalid(
            format!("input.{}", field.name),
            format!(
                "The flow needs the input “{0}”, and nothing gives it a value. Set it in the trigger's `input`.",
                field.name
            ),
        )),
    }
}
