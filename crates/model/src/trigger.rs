//! Triggers: what starts runs besides people and programs that call the API. Their settings, the
//! rules these obey, and what is kept of every firing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::flow::value::parse_duration;
use crate::id::{FiringId, FlowId, RunId, TriggerId};
use crate::{Error, Result, Timestamp};

/// The most bytes a webhook takes when it says nothing.
pub const WEBHOOK_BYTES: u64 = 1024 * 1024;
/// How long a webhook that waits does so when it says nothing, in milliseconds.
pub const WAIT_MS: u64 = 30_000;
/// And at most.
pub const LONGEST_WAIT_MS: u64 = 120_000;

/// What starts runs of one flow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Trigger {
    pub id: TriggerId,
    pub flow_id: FlowId,
    pub flow_name: String,
    /// The flow's slug.
    pub flow: String,
    pub name: String,
    pub enabled: bool,
    /// The revision it runs; the published one when absent.
    pub revision: Option<u32>,
    /// The flow's inputs as templates over the event, such as `{{ body.id }}`.
    #[schema(value_type = Object)]
    pub input: Map<String, Value>,
    pub settings: TriggerSettings,
    /// Where it listens, below this server's address; schedules listen nowhere.
    pub path: Option<String>,
    /// When a schedule fires next, the five next times.
    pub next: Vec<Timestamp>,
    /// Until when the secret before this one is accepted too.
    pub old_secret_until: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What a trigger is, and how it behaves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TriggerSettings {
    Webhook(Webhook),
    Schedule(Schedule),
    Form(FormPage),
}

/// A program calls an address and proves that it may.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    #[serde(default)]
    pub verify: Verify,
    /// A JSON Schema that every body must fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub schema: Option<Value>,
    /// The most bytes of a body; 1 MiB when absent, and never more than the server's own limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_bytes: Option<u64>,
    #[serde(default)]
    pub answer: AnswerMode,
    /// How long `answer: wait` waits, such as `20s`; `30s` when absent, `2m` at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<String>,
}

/// How a caller of a webhook proves that it knows the secret.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Verify {
    /// HMAC-SHA256 over the time, a dot and the body.
    #[default]
    Hmac,
    /// HMAC-SHA256 over the body, as GitHub sends it.
    Github,
    /// The secret itself, as a bearer credential.
    Bearer,
}

/// What a webhook answers with.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum AnswerMode {
    /// The run's id, as soon as the run is kept.
    #[default]
    Async,
    /// What the run gives, if it ends in time.
    Wait,
}

/// The clock starts runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Minute, hour, day of the month, month, day of the week; with a field for seconds before them
    /// when there are six.
    pub cron: String,
    /// An IANA name such as `Europe/London`; `UTC` when absent.
    #[serde(default = "utc")]
    pub time_zone: String,
    /// What becomes of times that no server was there for.
    #[serde(default)]
    pub missed: Missed,
    /// Whether it fires while an earlier run of it is not over.
    #[serde(default)]
    pub overlap: Overlap,
}

fn utc() -> String {
    "UTC".to_owned()
}

/// What becomes of the times a schedule missed.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Missed {
    /// Nothing.
    #[default]
    Skip,
    /// One run stands for all of them.
    Once,
    /// A run for each, the last hundred at most.
    All,
}

/// Whether a schedule's runs may overlap.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Overlap {
    #[default]
    Allow,
    Skip,
}

/// A page of our own where somebody fills in the flow's inputs.
#[derive(
    Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct FormPage {
    /// Above the form; the flow's name when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Below the title; paragraphs are parted by empty lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// On the button; `Send` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submit: Option<String>,
    /// What is said afterwards; a plain sentence when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thanks: Option<String>,
    #[serde(default)]
    pub show: Show,
    #[serde(default)]
    pub access: Access,
    /// The inputs it asks for, in this order; all that the trigger's `input` does not set when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<PageField>,
}

/// How a form page asks for one input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PageField {
    /// The input.
    pub name: String,
    /// What it is called on the page; made from the name when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Below the label; the input's description when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Whether a text has several lines; when absent, those that may be longer than 200 characters do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multiline: Option<bool>,
}

/// What a form page shows once it was sent.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Show {
    /// A word of thanks.
    #[default]
    Thanks,
    /// The reply and the outputs, when the run is over.
    Result,
}

/// Who may use a form page.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Whoever has the address.
    #[default]
    Public,
    /// Signed-in members who may start runs.
    Members,
}

/// The kinds of triggers, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TriggerKind {
    Webhook,
    Schedule,
    Form,
}

impl TriggerKind {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Schedule => "schedule",
            Self::Form => "form",
        }
    }
}

/// What came of one firing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FiringOutcome {
    /// It started a run.
    Started,
    /// An earlier run of the schedule was not over.
    Overlapped,
    /// No server was there, and the schedule skips what it missed.
    Missed,
    /// The flow could not be run with what the event brought.
    Refused,
}

impl FiringOutcome {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Overlapped => "overlapped",
            Self::Missed => "missed",
            Self::Refused => "refused",
        }
    }
}

/// One event of a trigger, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Firing {
    pub id: FiringId,
    pub at: Timestamp,
    /// The time of the schedule it is for.
    pub due_at: Option<Timestamp>,
    /// How the sender names the delivery.
    pub delivery: Option<String>,
    pub outcome: FiringOutcome,
    pub run_id: Option<RunId>,
    /// More about the outcome, such as why it was refused.
    pub detail: String,
}

impl TriggerSettings {
    /// Which kind it is.
    pub const fn kind(&self) -> TriggerKind {
        match self {
            Self::Webhook(_) => TriggerKind::Webhook,
            Self::Schedule(_) => TriggerKind::Schedule,
            Self::Form(_) => TriggerKind::Form,
        }
    }

    /// Where a trigger with these settings listens.
    pub fn path(&self, id: TriggerId) -> Option<String> {
        match self {
            Self::Webhook(_) => Some(format!("/hooks/{id}")),
            Self::Form(_) => Some(format!("/forms/{id}")),
            Self::Schedule(_) => None,
        }
    }
}

impl Webhook {
    /// How long it waits for the run, in milliseconds; an error names the setting.
    pub fn wait_ms(&self) -> Result<u64> {
        let Some(text) = &self.wait else {
            return Ok(WAIT_MS);
        };
        parse_duration(text)
            .filter(|ms| (1_000..=LONGEST_WAIT_MS).contains(ms))
            .ok_or_else(|| {
                Error::invalid(
                    "settings.wait",
                    "settings.wait must be a duration from 1s to 2m, such as 20s.",
                )
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_have_defaults_and_refuse_what_they_do_not_know() {
        let read = serde_json::from_str::<TriggerSettings>;
        let hook = read(r#"{"kind":"webhook"}"#).unwrap();
        let TriggerSettings::Webhook(hook) = hook else {
            panic!("{hook:?}")
        };
        assert_eq!(
            (hook.verify, hook.answer),
            (Verify::Hmac, AnswerMode::Async)
        );
        assert_eq!(hook.wait_ms().unwrap(), WAIT_MS);
        assert!(read(r#"{"kind":"schedule","cron":"* * * * *","color":1}"#).is_err());
        assert!(read(r#"{"kind":"schedule"}"#).is_err());
    }

    #[test]
    fn a_wait_has_bounds() {
        for (text, fits) in [
            ("1s", true),
            ("2m", true),
            ("3m", false),
            ("10ms", false),
            ("x", false),
        ] {
            let hook = Webhook {
                verify: Verify::Hmac,
                schema: None,
                max_bytes: None,
                answer: AnswerMode::Wait,
                wait: Some(text.to_owned()),
            };
            assert_eq!(hook.wait_ms().is_ok(), fits, "{text}");
        }
    }
}
