//! Webhooks: a delivery is proved, read, checked and kept together with the run it starts.

use std::time::Duration;

use bytes::Bytes;
use headwater_engine::event::Shape;
use headwater_model::id::{RunId, TriggerId};
use headwater_model::run::Run;
use headwater_model::trigger::{
    AnswerMode, FiringOutcome, TriggerSettings, Verify, WEBHOOK_BYTES, Webhook,
};
use headwater_model::{Code, Error, Result};
use headwater_store::triggers::{NewFiring, TriggerRecord};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::event::{self, Event};
use super::proof;
use crate::{Platform, telemetry};

/// The headers a sender names its delivery with, the first that is there counts.
const NAMES: [&str; 2] = ["idempotency-key", "headwater-delivery"];
/// How GitHub names it.
const GITHUB_NAME: &str = "x-github-delivery";
/// Headers that templates never see: they hold proofs, or who is signed in.
const SECRET_HEADERS: [&str; 6] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    proof::SIGNATURE,
    proof::GITHUB_SIGNATURE,
    "x-hub-signature",
];
/// A name's and a reason's greatest length, in characters.
const LONGEST: usize = 200;

/// A request to a webhook.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Names in small letters.
    pub headers: Vec<(String, String)>,
    /// A name that came several times has a list.
    pub query: Map<String, Value>,
    pub body: Bytes,
}

/// What a webhook answers with.
#[derive(Clone, Debug)]
pub enum Received {
    /// The run is kept, and goes on behind the answer.
    Kept(RunId),
    /// The run was waited for and is over.
    Over(Box<Run>),
}

impl Delivery {
    /// A header that is there once; one that came several times counts as none.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(known, _)| known == name);
        let first = found.next()?;
        found.next().is_none().then_some(first.1.as_str())
    }

    /// How the sender names this delivery.
    fn name(&self, verify: Verify) -> Result<Option<String>> {
        let github = (verify == Verify::Github).then_some(GITHUB_NAME);
        for name in NAMES.into_iter().chain(github) {
            let several = self.headers.iter().filter(|(known, _)| known == name);
            if several.count() == 0 {
                continue;
            }
            let value = self
                .header(name)
                .filter(|v| (1..=LONGEST).contains(&v.len()));
            return match value {
                Some(value) => Ok(Some(value.to_owned())),
                None => Err(Error::invalid(
                    name,
                    format!("{name} must be there once and have 1 to {LONGEST} characters."),
                )),
            };
        }
        Ok(None)
    }

    /// What was asked, as a hash.
    fn hash(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(serde_json::to_vec(&self.query).unwrap_or_default());
        hash.update([0]);
        hash.update(&self.body);
        hex::encode(hash.finalize())
    }

    /// Headers as templates see them: `_` for `-`, nothing that proves anything.
    fn shown_headers(&self) -> Map<String, Value> {
        let shown = |name: &&(String, String)| !SECRET_HEADERS.contains(&name.0.as_str());
        let headers = self.headers.iter().filter(shown);
        headers
            .map(|(name, value)| (name.replace('-', "_"), Value::from(value.as_str())))
            .collect()
    }

    /// The body as JSON; none is null.
    fn json(&self) -> Result<Value> {
        if self.body.is_empty() {
            return Ok(Value::Null);
        }
        let kind = self.header("content-type").unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        let kind = kind.to_ascii_lowercase();
        if kind != "application/json"
            && !(kind.starts_with("application/") && kind.ends_with("+json"))
        {
            return Err(Error::invalid(
                "Content-Type",
                "Send JSON, and say so with `Content-Type: application/json`.",
            ));
        }
        serde_json::from_slice(&self.body)
            .map_err(|error| Error::invalid("body", format!("The body is not JSON: {error}.")))
    }
}

impl Platform {
    /// Takes a delivery. The run is durable when this returns.
    ///
    /// Errors: `unauthenticated`, with one answer for all that fail to prove themselves; `not_found`
    /// when the webhook is switched off, which only those are told who know its secret.
    pub async fn receive(&self, id: &str, delivery: Delivery) -> Result<Received> {
        let (record, hook, proof) = self.proved(id, &delivery).await?;
        self.admit_delivery(id)?;
        if !record.trigger.enabled {
            return Err(Error::new(
                Code::NotFound,
                "This webhook is switched off. Ask its owner to switch it on.",
            ));
        }
        let most = hook.max_bytes.unwrap_or(WEBHOOK_BYTES);
        if delivery.body.len() as u64 > most {
            let message =
                format!("The body is larger than {most} bytes, the most this webhook takes.");
            return Err(Error::new(Code::TooLarge, message).with_limit("max_bytes", None));
        }
        let run = match self.deliver(&record, &hook, &delivery, proof).await {
            Ok(run) => run,
            Err(error) => {
                self.remember_refusal(&record, &error).await;
                return Err(error);
            }
        };
        if hook.answer == AnswerMode::Async {
            return Ok(Received::Kept(run));
        }
        let wait = Duration::from_millis(hook.wait_ms()?);
        match tokio::time::timeout(wait, self.wait_for(record.workspace, run)).await {
            Ok(ended) => {
                let ended = ended?;
                Ok(match ended.status.is_terminal() {
                    true => Received::Over(Box::new(ended)),
                    false => Received::Kept(run),
                })
            }
            Err(_) => Ok(Received::Kept(run)),
        }
    }

    /// The webhook a delivery is for, if it proves that it may. All that is done for one that exists
    /// is done for one that does not, so that the time it takes tells nothing.
    async fn proved(
        &self,
        id: &str,
        delivery: &Delivery,
    ) -> Result<(TriggerRecord, Webhook, Option<String>)> {
        let found = match id.parse::<TriggerId>() {
            Ok(id) => self.store().find_trigger(id).await?,
            Err(_) => None,
        };
        let now = self.clock().now();
        let hook = found.as_ref().map(|record| &record.trigger.settings);
        let (Some(TriggerSettings::Webhook(hook)), Some(record)) = (hook.cloned(), found) else {
            let _ = proof::check(Verify::Hmac, &[vec![0; 32]], delivery, now);
            return Err(proof::refused());
        };
        let secrets = self.valid_secrets(&record, now)?;
        let proof = proof::check(hook.verify, &secrets, delivery, now)?;
        Ok((record, hook, proof))
    }

    async fn deliver(
        &self,
        record: &TriggerRecord,
        hook: &Webhook,
        delivery: &Delivery,
        proof: Option<String>,
    ) -> Result<RunId> {
        let name = delivery.name(hook.verify)?;
        let body = delivery.json()?;
        if let Some(schema) = &hook.schema {
            Shape::compile(schema)?.check(&body)?;
        }
        let revision = self.revision_for(record.workspace, &record.trigger).await?;
        let event = Event::call(body, delivery.query.clone(), delivery.shown_headers());
        let input = event::inputs(&record.trigger, &revision, &event)?;
        let firing = NewFiring {
            asked: name.as_ref().map(|_| delivery.hash()),
            delivery: name,
            proof,
            ..self.firing(record.trigger.id, FiringOutcome::Started)
        };
        let run = self.start_fired(record, &revision, input, firing).await?;
        run.map_err(|_| proof::refused())
    }

    /// Keeps for the owner why a proved delivery was refused. A sender may try the same again.
    pub(super) async fn remember_refusal(&self, record: &TriggerRecord, error: &Error) {
        if !matches!(error.code, Code::Invalid | Code::Conflict | Code::NotFound) {
            return;
        }
        telemetry::firing(record.trigger.settings.kind(), FiringOutcome::Refused);
        let firing = NewFiring {
            detail: told(error),
            ..self.firing(record.trigger.id, FiringOutcome::Refused)
        };
        let triggers = self.store().triggers(record.workspace);
        if let Err(error) = triggers.fire(firing).await {
            tracing::warn!(?error, "remembering a refused delivery");
        }
    }
}

/// A reason as it is kept. It may repeat what a stranger sent: nothing in it but visible characters.
fn told(error: &Error) -> String {
    let visible = error.message.chars().filter(|char| !char.is_control());
    visible.take(LONGEST).collect()
}
