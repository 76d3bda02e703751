//! Form pages: what a page asks, what was sent, and what came of it. How it looks is the server's.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use headwater_model::access::Permission;
use headwater_model::flow::value::check_input;
use headwater_model::flow::{InputField, InputType, Revision};
use headwater_model::id::{RunId, TriggerId};
use headwater_model::run::Run;
use headwater_model::trigger::{Access, FiringOutcome, FormPage, PageField, Show, TriggerSettings};
use headwater_model::{Code, Error, Result, Timestamp};
use headwater_store::triggers::{NewFiring, TriggerRecord};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::event::{self, Event};
use crate::Platform;

/// What the seal of a page is for; a token of another purpose does not open.
const PAGE: &str = "form page";
/// What the seal of an address of a result is for.
const SENT: &str = "form sent";
/// How long a page may be open before it is sent, in milliseconds: a day.
const OPEN_MS: i64 = 86_400_000;
/// A text that may be longer than this has several lines, in characters.
const ONE_LINE: u32 = 200;
/// A field nobody sees, so that only programs fill it in.
pub const TRAP: &str = "website";

/// A page, as it is to be shown.
#[derive(Clone, Debug)]
pub struct Page {
    pub title: String,
    pub description: String,
    pub submit: String,
    pub fields: Vec<Field>,
    /// Proves that what is sent comes from this page.
    pub token: String,
}

/// One input, as the page asks for it.
#[derive(Clone, Debug)]
pub struct Field {
    pub name: String,
    pub label: String,
    pub help: Option<String>,
    pub required: bool,
    pub control: Control,
    /// What it holds: what was typed, or the default.
    pub value: String,
    /// What is wrong with it.
    pub error: Option<String>,
}

/// What a field looks like.
#[derive(Clone, Debug, PartialEq)]
pub enum Control {
    Line {
        max_length: Option<u32>,
    },
    Lines {
        max_length: Option<u32>,
    },
    /// One item a line.
    Items,
    Number {
        min: Option<f64>,
        max: Option<f64>,
    },
    Tick,
    Choice(Vec<String>),
    /// Its value is the JSON of a file; a page never shows it.
    File,
}

/// What sending a page led to.
#[derive(Clone, Debug)]
pub enum Sent {
    /// A run was started, or the same page started it before; whoever has the ticket sees what comes of it.
    Ticket(String),
    /// The page again, with what was typed; `told` is about the page as a whole.
    Again {
        page: Box<Page>,
        told: Option<String>,
    },
    /// A program filled in what nobody sees; it is thanked, and nothing happens.
    Nothing,
}

/// What comes of a page that was sent.
#[derive(Clone, Debug)]
pub struct After {
    pub title: String,
    pub thanks: String,
    /// The run, when the page shows results.
    pub run: Option<Run>,
}

struct Open {
    record: TriggerRecord,
    page: FormPage,
    /// Who uses a page for members.
    user: Option<String>,
}

impl Platform {
    /// The page of a form. `session` is the secret of whoever is signed in.
    ///
    /// Errors: `not_found`, also when it is switched off; `unauthenticated` when it is for members.
    pub async fn form(&self, id: &str, session: Option<&str>) -> Result<Page> {
        let open = self.open_form(id, session).await?;
        let revision = self.form_revision(&open).await?;
        self.form_page(&open, &revision, &[])
    }

    /// Takes a page that was sent.
    pub async fn send_form(
        &self,
        id: &str,
        session: Option<&str>,
        address: &str,
        posted: &[(String, String)],
    ) -> Result<Sent> {
        let open = self.open_form(id, session).await?;
        self.admit_form(address)?;
        let revision = self.form_revision(&open).await?;
        if posted
            .iter()
            .any(|(name, value)| name == TRAP && !value.is_empty())
        {
            return Ok(Sent::Nothing);
        }
        let mut page = self.form_page(&open, &revision, posted)?;
        let token = posted.iter().find(|(name, _)| name == "token");
        let Some(nonce) = token.and_then(|(_, token)| self.page_nonce(&open, token)) else {
            let told = "This page was open for too long, or was not sent from here. Send it again.";
            return Ok(again(page, Some(told.to_owned())));
        };
        let body = read_fields(&mut page, &revision);
        if page.fields.iter().any(|field| field.error.is_some()) {
            return Ok(again(page, None));
        }
        let trigger = &open.record.trigger;
        let input = match event::inputs(
            trigger,
            &revision,
            &Event::form(Value::Object(body.clone())),
        ) {
            Ok(input) => input,
            Err(error) => return Ok(self.refused_page(&open, page, &error).await),
        };
        let asked = serde_json::to_vec(&body).map_err(Error::internal)?;
        let firing = NewFiring {
            delivery: Some(nonce),
            asked: Some(hex::encode(Sha256::digest(asked))),
            detail: open.user.clone().unwrap_or_default(),
            ..self.firing(trigger.id, FiringOutcome::Started)
        };
        match self
            .start_fired(&open.record, &revision, input, firing)
            .await
        {
            Ok(Ok(run)) => self.sent_ticket(trigger.id, run).map(Sent::Ticket),
            Ok(Err(_)) => Err(Error::not_found("form")),
            Err(error) if error.code == Code::Conflict && error.field.is_some() => {
                let told =
                    "This page was sent already, with other words. Send it again if you mean it.";
                Ok(again(page, Some(told.to_owned())))
            }
            Err(error) if error.code == Code::Conflict => {
                Ok(self.refused_page(&open, page, &error).await)
            }
            Err(error) => Err(error),
        }
    }

    /// What came of a page that was sent.
    pub async fn form_sent(&self, id: &str, session: Option<&str>, ticket: &str) -> Result<After> {
        let open = self.open_form(id, session).await?;
        let run = self
            .opened(SENT, ticket)
            .filter(|ticket| ticket["trigger"] == open.record.trigger.id.to_string())
            .and_then(|ticket| ticket["run"].as_str()?.parse::<RunId>().ok())
            .ok_or_else(|| Error::not_found("form"))?;
        let run = match open.page.show {
            Show::Thanks => None,
            Show::Result => Some(self.store().runs(open.record.workspace).get(run).await?.run),
        };
        Ok(open.after(run))
    }

    /// What somebody is told to whom nothing happens.
    pub async fn form_thanks(&self, id: &str, session: Option<&str>) -> Result<After> {
        Ok(self.open_form(id, session).await?.after(None))
    }

    async fn open_form(&self, id: &str, session: Option<&str>) -> Result<Open> {
        let none = || Error::not_found("form");
        let id: TriggerId = id.parse().map_err(|_| none())?;
        let record = self.store().find_trigger(id).await?.ok_or_else(none)?;
        let TriggerSettings::Form(page) = record.trigger.settings.clone() else {
            return Err(none());
        };
        if !record.trigger.enabled {
            return Err(none());
        }
        let user = match page.access {
            Access::Public => None,
            Access::Members => {
                let stranger = || {
                    Error::new(
                        Code::Unauthenticated,
                        "This form is for members. Sign in, then open this address again.",
                    )
                };
                let session = session.ok_or_else(stranger)?;
                let caller = self
                    .caller_by_session(session, Some(record.workspace))
                    .await;
                let caller = caller.map_err(|_| stranger())?;
                caller.require(Permission::RunsStart)?;
                Some(caller.label())
            }
        };
        Ok(Open { record, page, user })
    }

    /// A flow that cannot run now is nothing strangers are told the reason of.
    async fn form_revision(&self, open: &Open) -> Result<std::sync::Arc<Revision>> {
        let found = self
            .revision_for(open.record.workspace, &open.record.trigger)
            .await;
        found.map_err(|error| match error.code {
            Code::Conflict | Code::NotFound => Error::new(
                Code::Unavailable,
                "This form cannot be sent at the moment. Try again later.",
            )
            .with_source(error),
            _ => error,
        })
    }

    fn form_page(
        &self,
        open: &Open,
        revision: &Revision,
        posted: &[(String, String)],
    ) -> Result<Page> {
        let trigger = &open.record.trigger;
        let named = |name: &str| open.page.fields.iter().find(|field| field.name == name);
        let fields = event::asked(trigger, revision)
            .into_iter()
            .map(|input| field(input, named(&input.name), posted))
            .collect();
        Ok(Page {
            title: open.title(),
            description: open.page.description.clone().unwrap_or_default(),
            submit: open
                .page
                .submit
                .clone()
                .unwrap_or_else(|| "Send".to_owned()),
            fields,
            token: self.page_token(open)?,
        })
    }

    async fn refused_page(&self, open: &Open, page: Page, error: &Error) -> Sent {
        self.remember_refusal(&open.record, error).await;
        let told = "This form cannot be sent at the moment: it does not fit what it is for. Tell whoever gave you its address.";
        again(page, Some(told.to_owned()))
    }

    /// A page's token: when it was made and for whom, and a word of its own, by which sending it
    /// twice is found.
    fn page_token(&self, open: &Open) -> Result<String> {
        let token = json!({
            "trigger": open.record.trigger.id, "at": self.clock().now(), "for": open.user,
            "nonce": format!("{:032x}", crate::random()),
        });
        let sealed = self.store().seal(PAGE, token.to_string().as_bytes())?;
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    fn page_nonce(&self, open: &Open, token: &str) -> Option<String> {
        let token = self.opened(PAGE, token)?;
        let at: Timestamp = serde_json::from_value(token["at"].clone()).ok()?;
        let fits = token["trigger"] == open.record.trigger.id.to_string()
            && token["for"] == json!(open.user)
            && self.clock().now() < at.plus_millis(OPEN_MS);
        fits.then(|| token["nonce"].as_str().map(str::to_owned))
            .flatten()
    }

    fn sent_ticket(&self, trigger: TriggerId, run: RunId) -> Result<String> {
        let ticket = json!({ "trigger": trigger, "run": run });
        let sealed = self.store().seal(SENT, ticket.to_string().as_bytes())?;
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    fn opened(&self, purpose: &str, token: &str) -> Option<Value> {
        let sealed = URL_SAFE_NO_PAD.decode(token).ok()?;
        serde_json::from_slice(&self.store().unseal(purpose, &sealed).ok()?).ok()
    }
}

impl Open {
    fn title(&self) -> String {
        let title = self
            .page
            .title
            .as_ref()
            .filter(|title| !title.trim().is_empty());
        title.unwrap_or(&self.record.trigger.flow_name).clone()
    }

    fn after(&self, run: Option<Run>) -> After {
        let thanks = self.page.thanks.clone();
        After {
            title: self.title(),
            thanks: thanks.unwrap_or_else(|| "Thank you. It has been sent.".to_owned()),
            run,
        }
    }
}

fn again(page: Page, told: Option<String>) -> Sent {
    Sent::Again {
        page: Box::new(page),
        told,
    }
}

fn field(input: &InputField, named: Option<&PageField>, posted: &[(String, String)]) -> Field {
    let typed = |name: &str| {
        posted
            .iter()
            .find(|(n, _)| n.strip_prefix("in.") == Some(name))
    };
    let value = match (posted.is_empty(), typed(&input.name)) {
        (true, _) => input.default.as_ref().map(shown).unwrap_or_default(),
        (false, Some((_, value))) => value.clone(),
        (false, None) => String::new(),
    };
    Field {
        name: input.name.clone(),
        label: named
            .and_then(|field| field.label.clone())
            .unwrap_or_else(|| readable(&input.name)),
        help: named
            .and_then(|field| field.help.clone())
            .or_else(|| input.description.clone()),
        required: input.required && input.default.is_none() && input.kind != InputType::Boolean,
        control: control(input, named.and_then(|field| field.multiline)),
        value,
        error: None,
    }
}

fn control(input: &InputField, multiline: Option<bool>) -> Control {
    let max_length = input.max_length;
    match input.kind {
        _ if !input.options.is_empty() => {
            Control::Choice(input.options.iter().map(shown).collect())
        }
        InputType::Number => Control::Number {
            min: input.min,
            max: input.max,
        },
        InputType::Boolean => Control::Tick,
        InputType::List | InputType::Object => Control::Items,
        InputType::File => Control::File,
        InputType::String => {
            let long = multiline.unwrap_or(max_length.is_none_or(|most| most > ONE_LINE));
            match long {
                true => Control::Lines { max_length },
                false => Control::Line { max_length },
            }
        }
    }
}

/// `first_name` as people write it: `First name`.
fn readable(name: &str) -> String {
    let text = name.replace(['_', '-'], " ");
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => text,
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join("\n"),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// The fields' values as the flow's inputs want them; what is wrong is written beside its field.
fn read_fields(page: &mut Page, revision: &Revision) -> Map<String, Value> {
    let mut body = Map::new();
    for field in &mut page.fields {
        let inputs = &revision.document.inputs;
        let Some(input) = inputs.iter().find(|input| input.name == field.name) else {
            continue;
        };
        let alone = match read(input, &field.value) {
            Ok(Some(value)) => Map::from_iter([(input.name.clone(), value)]),
            Ok(None) => Map::new(),
            Err(what) => {
                field.error = Some(what);
                continue;
            }
        };
        match check_input(std::slice::from_ref(input), &alone) {
            // A default is the flow's to fill in.
            Ok(_) => body.extend(alone),
            Err(error) => {
                let subject = format!("The input “{}”", input.name);
                field.error = Some(error.message.replace(&subject, "This"));
            }
        }
    }
    body
}

/// What was typed as a value; nothing when nothing was.
fn read(input: &InputField, text: &str) -> Result<Option<Value>, String> {
    // Browsers end lines with CR LF.
    let text = text.replace("\r\n", "\n");
    if input.kind == InputType::Boolean && input.options.is_empty() {
        return Ok(Some(Value::from(!text.is_empty())));
    }
    if text.trim().is_empty() {
        return Ok(None);
    }
    if let Some(option) = input.options.iter().find(|option| shown(option) == text) {
        return Ok(Some(option.clone()));
    }
    if input.kind == InputType::List {
        let kind = input.items.unwrap_or(InputType::String);
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let items = lines.map(|line| {
            kind.read(line)
                .ok_or_else(|| format!("“{line}” is not {}.", kind.noun()))
        });
        return items
            .collect::<Result<Vec<_>, _>>()
            .map(|items| Some(Value::Array(items)));
    }
    if input.kind == InputType::File {
        let file = serde_json::from_str(&text);
        return file.map(Some).map_err(|_| "Choose a file.".to_owned());
    }
    match input.kind.read(&text) {
        Some(value) => Ok(Some(value)),
        None => Err(format!("This must be {}.", input.kind.noun())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(value: Value) -> InputField {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn what_is_typed_becomes_what_the_flow_wants() {
        let cases = [
            (
                json!({ "name": "a", "type": "string" }),
                "x\r\ny",
                json!("x\ny"),
            ),
            (json!({ "name": "a", "type": "number" }), "2.5", json!(2.5)),
            (
                json!({ "name": "a", "type": "number", "options": [1, 2] }),
                "2",
                json!(2),
            ),
            (json!({ "name": "a", "type": "boolean" }), "on", json!(true)),
            (json!({ "name": "a", "type": "boolean" }), "", json!(false)),
            (
                json!({ "name": "a", "type": "list" }),
                "x\r\n\r\n y ",
                json!(["x", "y"]),
            ),
            (
                json!({ "name": "a", "type": "list", "items": "number" }),
                "1\n2",
                json!([1, 2]),
            ),
        ];
        for (field, typed, value) in cases {
            let read = read(&input(field), typed);
            assert_eq!(read, Ok(Some(value)), "{typed}");
        }
        let number = input(json!({ "name": "a", "type": "number" }));
        assert_eq!(
            read(&number, "two"),
            Err("This must be a number.".to_owned())
        );
        assert_eq!(read(&number, " "), Ok(None));
    }

    #[test]
    fn a_field_looks_like_its_input() {
        let long = input(json!({ "name": "first_name", "type": "string" }));
        assert_eq!(control(&long, None), Control::Lines { max_length: None });
        assert_eq!(
            control(&long, Some(false)),
            Control::Line { max_length: None }
        );
        assert_eq!(readable("first_name"), "First name");
        let choice = input(json!({ "name": "a", "type": "string", "options": ["x"] }));
        assert_eq!(
            control(&choice, None),
            Control::Choice(vec!["x".to_owned()])
        );
    }
}
