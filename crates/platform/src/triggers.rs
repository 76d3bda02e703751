//! Triggers: what starts runs besides API calls and conversations. Kept and changed here; how each
//! kind fires is in its own file.

mod event;
pub mod form;
mod proof;
pub mod schedule;
mod secret;
pub mod webhook;

use headwater_engine::event::{Mapping, Shape};
use headwater_model::access::{Caller, Permission};
use headwater_model::flow::Revision;
use headwater_model::id::{TriggerId, WorkspaceId};
use headwater_model::page::{Page, PageRequest};
use headwater_model::run::Run;
use headwater_model::trigger::{
    Firing, FiringOutcome, FormPage, Trigger, TriggerKind, TriggerSettings, Webhook,
};
use headwater_model::{Error, Result, Timestamp};
use headwater_store::triggers::{Change, NewFiring, TriggerRecord};
use serde_json::{Map, Value};

use crate::Platform;
use event::Event;
use schedule::Times;

/// The longest name, in characters.
const LONGEST_NAME: usize = 200;
/// How many of a schedule's next times are told.
const TIMES_TOLD: usize = 5;
/// How long firings are remembered, in milliseconds: 30 days.
pub(crate) const REMEMBERED_MS: i64 = 30 * 86_400_000;

/// A trigger asked for.
#[derive(Clone, Debug)]
pub struct NewTrigger {
    /// The flow, by id or slug.
    pub flow: String,
    pub name: String,
    pub revision: Option<u32>,
    pub input: Map<String, Value>,
    pub settings: TriggerSettings,
    pub enabled: bool,
}

/// What of a trigger is to change.
#[derive(Clone, Debug, Default)]
pub struct TriggerChange {
    pub name: Option<String>,
    pub enabled: Option<bool>,
    /// Within: the revision it runs from now on, or none for the published one.
    pub revision: Option<Option<u32>>,
    pub input: Option<Map<String, Value>>,
    /// Of the same kind as before.
    pub settings: Option<TriggerSettings>,
}

/// A trigger, and its secret when it has a new one: the only time that it is shown.
#[derive(Clone, Debug)]
pub struct Made {
    pub trigger: Trigger,
    pub secret: Option<String>,
}

impl Platform {
    /// The workspace's triggers, newest first.
    pub async fn triggers(
        &self,
        caller: &Caller,
        page: &PageRequest,
        flow: Option<&str>,
        kind: Option<TriggerKind>,
    ) -> Result<Page<Trigger>> {
        caller.require(Permission::FlowsRead)?;
        let flow = match flow {
            Some(id) => Some(self.store().flows(caller.workspace).get(id).await?.id),
            None => None,
        };
        let triggers = self.store().triggers(caller.workspace);
        let found = triggers.list(page, flow, kind).await?;
        Ok(Page {
            items: found
                .items
                .into_iter()
                .map(|record| self.shown(record))
                .collect(),
            next: found.next,
        })
    }

    /// A trigger.
    pub async fn trigger(&self, caller: &Caller, id: TriggerId) -> Result<Trigger> {
        caller.require(Permission::FlowsRead)?;
        let record = self.store().triggers(caller.workspace).get(id).await?;
        Ok(self.shown(record))
    }

    /// What came of a trigger's events, newest first.
    pub async fn firings(
        &self,
        caller: &Caller,
        id: TriggerId,
        page: &PageRequest,
    ) -> Result<Page<Firing>> {
        caller.require(Permission::RunsRead)?;
        let triggers = self.store().triggers(caller.workspace);
        triggers.get(id).await?;
        triggers.firings(id, page).await
    }

    /// Keeps a new trigger of a flow that is published.
    pub async fn create_trigger(&self, caller: &Caller, new: NewTrigger) -> Result<Made> {
        caller.require(Permission::FlowsWrite)?;
        let flow = self.store().flows(caller.workspace).get(&new.flow).await?;
        let (id, now) = (self.store().fresh(TriggerId::new), self.clock().now());
        let trigger = Trigger {
            id,
            flow_id: flow.id,
            flow_name: flow.name,
            flow: flow.slug,
            name: checked_name(&new.name)?,
            enabled: new.enabled,
            revision: new.revision,
            input: new.input,
            path: new.settings.path(id),
            settings: new.settings,
            next: Vec::new(),
            old_secret_until: None,
            created_at: now,
            updated_at: now,
        };
        self.check_trigger(caller.workspace, &trigger).await?;
        let (secret, kept) = self.new_secret(&trigger)?.unzip();
        let record = TriggerRecord {
            workspace: caller.workspace,
            next_at: next_time(&trigger, now)?,
            trigger,
            secret: kept,
            old_secret: None,
        };
        let triggers = self.store().triggers(caller.workspace);
        triggers.create(record.clone(), &caller.label()).await?;
        Ok(Made {
            trigger: self.shown(record),
            secret,
        })
    }

    /// Changes a trigger. Whoever changes how a webhook is proved gets a new secret.
    pub async fn update_trigger(
        &self,
        caller: &Caller,
        id: TriggerId,
        change: TriggerChange,
    ) -> Result<Made> {
        caller.require(Permission::FlowsWrite)?;
        let triggers = self.store().triggers(caller.workspace);
        let mut record = triggers.get(id).await?;
        let (before, now) = (record.trigger.clone(), self.clock().now());
        let trigger = &mut record.trigger;
        if let Some(settings) = change.settings {
            if settings.kind() != trigger.settings.kind() {
                return Err(Error::invalid(
                    "settings.kind",
                    "A trigger keeps its kind. Make another trigger instead.",
                ));
            }
            trigger.settings = settings;
        }
        trigger.name = checked_name(&change.name.unwrap_or(before.name.clone()))?;
        trigger.enabled = change.enabled.unwrap_or(before.enabled);
        trigger.revision = change.revision.unwrap_or(before.revision);
        trigger.input = change.input.unwrap_or_else(|| before.input.clone());
        // Two changes in one millisecond are still two.
        trigger.updated_at = now.max(before.updated_at.plus_millis(1));
        if trigger.enabled {
            self.check_trigger(caller.workspace, trigger).await?;
        }
        let mut secret = None;
        if proof_of(&before.settings) != proof_of(&trigger.settings) {
            let made = self.new_secret(trigger)?;
            (secret, record.secret) = made.unzip();
            (record.old_secret, trigger.old_secret_until) = (None, None);
        }
        let action = match (before.enabled, trigger.enabled) {
            (false, true) => "trigger.enable",
            (true, false) => "trigger.disable",
            _ => "trigger.update",
        };
        let reschedule = before.enabled != trigger.enabled || before.settings != trigger.settings;
        if reschedule {
            record.next_at = next_time(trigger, now)?;
        }
        let change = Change {
            before: before.updated_at,
            reschedule,
            action,
        };
        triggers
            .update(record.clone(), change, &caller.label())
            .await?;
        Ok(Made {
            trigger: self.shown(record),
            secret,
        })
    }

    /// Removes a trigger; its runs stay.
    pub async fn delete_trigger(&self, caller: &Caller, id: TriggerId) -> Result<()> {
        caller.require(Permission::FlowsWrite)?;
        let triggers = self.store().triggers(caller.workspace);
        triggers.delete(id, &caller.label()).await
    }

    /// Fires a trigger by hand, with a body and a query in the event's place.
    pub async fn fire_trigger(
        &self,
        caller: &Caller,
        id: TriggerId,
        body: Value,
        query: Map<String, Value>,
    ) -> Result<Run> {
        caller.require(Permission::RunsStart)?;
        let triggers = self.store().triggers(caller.workspace);
        let record = triggers.get(id).await?;
        let event = match &record.trigger.settings {
            TriggerSettings::Schedule(schedule) => {
                Event::schedule(&Times::read(schedule)?, self.clock().now(), 0)
            }
            TriggerSettings::Webhook(_) => Event::call(body, query, Map::new()),
            TriggerSettings::Form(_) => Event::form(body),
        };
        let firing = self.firing(id, FiringOutcome::Started);
        let firing = NewFiring {
            detail: format!("by hand, {}", caller.label()),
            ..firing
        };
        let revision = self.revision_for(caller.workspace, &record.trigger).await?;
        let input = event::inputs(&record.trigger, &revision, &event)?;
        let run = self.start_fired(&record, &revision, input, firing).await?;
        let run = run.map_err(|_| Error::not_found("trigger"))?;
        Ok(self.store().runs(caller.workspace).get(run).await?.run)
    }

    /// A firing without anything about it.
    fn firing(&self, trigger: TriggerId, outcome: FiringOutcome) -> NewFiring {
        NewFiring {
            trigger,
            due: None,
            delivery: None,
            proof: None,
            asked: None,
            outcome,
            detail: String::new(),
            run: None,
        }
    }

    /// The revision a trigger runs. Refused when it cannot run without a conversation.
    async fn revision_for(
        &self,
        workspace: WorkspaceId,
        trigger: &Trigger,
    ) -> Result<std::sync::Arc<Revision>> {
        let id = trigger.flow_id.to_string();
        let revisions = &self.inner.revisions;
        let flow = revisions.flow(self.store(), workspace, &id).await?;
        let revision = match trigger.revision {
            None => self.published(workspace, &flow).await?,
            Some(number) => {
                let revision = revisions
                    .get(self.store(), workspace, flow.id, number)
                    .await
                    .map_err(|error| error.with_field("revision"))?;
                self.settled(workspace, revision).await?
            }
        };
        if !revision.document.variables.is_empty() {
            return Err(Error::conflict(format!(
                "“{}” has conversation variables, so it needs a conversation. A trigger runs flows without one.",
                flow.name
            )));
        }
        Ok(revision)
    }

    /// Refuses what could never fire; the error names the field.
    async fn check_trigger(&self, workspace: WorkspaceId, trigger: &Trigger) -> Result<()> {
        let revision = self.revision_for(workspace, trigger).await?;
        let inputs = &revision.document.inputs;
        if let Some(unknown) = trigger
            .input
            .keys()
            .find(|name| inputs.iter().all(|field| &field.name != *name))
        {
            return Err(Error::invalid(
                format!("input.{unknown}"),
                format!("The flow “{}” has no input “{unknown}”.", trigger.flow),
            ));
        }
        Mapping::compile(&trigger.input, event::roots(trigger.settings.kind()))?;
        match &trigger.settings {
            TriggerSettings::Webhook(hook) => check_webhook(hook)?,
            TriggerSettings::Schedule(schedule) => {
                Times::read(schedule)?;
            }
            TriggerSettings::Form(page) => check_page(page)?,
        }
        event::check_inputs(trigger, &revision)
    }

    /// A trigger as people see it.
    fn shown(&self, record: TriggerRecord) -> Trigger {
        let now = self.clock().now();
        let mut trigger = record.trigger;
        if let (TriggerSettings::Schedule(schedule), Some(next)) =
            (&trigger.settings, record.next_at)
            && let Ok(times) = Times::read(schedule)
        {
            trigger.next = std::iter::once(next)
                .chain(times.after(next))
                .take(TIMES_TOLD)
                .collect();
        }
        trigger.old_secret_until = trigger.old_secret_until.filter(|until| *until > now);
        trigger
    }
}

fn checked_name(name: &str) -> Result<String> {
    let name = name.trim();
    let fits = (1..=LONGEST_NAME).contains(&name.chars().count());
    if fits && !name.chars().any(char::is_control) {
        return Ok(name.to_owned());
    }
    Err(Error::invalid(
        "name",
        format!("name must have 1 to {LONGEST_NAME} characters, all of them visible."),
    ))
}

fn check_webhook(hook: &Webhook) -> Result<()> {
    hook.wait_ms()?;
    if hook.max_bytes == Some(0) {
        return Err(Error::invalid(
            "settings.max_bytes",
            "settings.max_bytes must be 1 or more.",
        ));
    }
    match &hook.schema {
        Some(schema) => Shape::compile(schema).map(drop),
        None => Ok(()),
    }
}

fn check_page(page: &FormPage) -> Result<()> {
    let texts = [
        ("title", &page.title, 200),
        ("description", &page.description, 5_000),
        ("submit", &page.submit, 60),
        ("thanks", &page.thanks, 5_000),
    ];
    for (name, text, most) in texts {
        if text
            .as_ref()
            .is_some_and(|text| text.chars().count() > most)
        {
            return Err(Error::invalid(
                format!("settings.{name}"),
                format!("settings.{name} may have at most {most} characters."),
            ));
        }
    }
    Ok(())
}

/// How a trigger's callers prove themselves, if they must.
fn proof_of(settings: &TriggerSettings) -> Option<headwater_model::trigger::Verify> {
    match settings {
        TriggerSettings::Webhook(hook) => Some(hook.verify),
        _ => None,
    }
}

/// When a trigger that is a schedule fires next. Refused when it never does.
fn next_time(trigger: &Trigger, now: Timestamp) -> Result<Option<Timestamp>> {
    let TriggerSettings::Schedule(schedule) = &trigger.settings else {
        return Ok(None);
    };
    if !trigger.enabled {
        return Ok(None);
    }
    let times = Times::read(schedule)?;
    times.after(now).next().map(Some).ok_or_else(|| {
        Error::invalid(
            "settings.cron",
            "settings.cron names a time that never comes. Check its day and month.",
        )
    })
}
