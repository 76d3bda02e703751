//! Triggers of a workspace, and their secrets.

mod firings;

use headwater_model::id::{FlowId, TriggerId, WorkspaceId};
use headwater_model::page::{Page, PageRequest};
use headwater_model::trigger::{Trigger, TriggerKind};
use headwater_model::{Error, Result, Timestamp};
use sea_orm::FromQueryResult;

use crate::audit::{self, AuditDraft};
use crate::changed::missing_or_changed;
use crate::{Store, json, values};
pub use firings::{Due, Fired, NewFiring};

/// A trigger with what nobody is shown.
#[derive(Clone, Debug)]
pub struct TriggerRecord {
    pub workspace: WorkspaceId,
    pub trigger: Trigger,
    /// As it was given to be kept: sealed or hashed.
    pub secret: Option<Vec<u8>>,
    /// The one before, for as long as it is accepted.
    pub old_secret: Option<Vec<u8>>,
    /// The time a schedule fires for next.
    pub next_at: Option<Timestamp>,
}

/// How a trigger is replaced.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    /// When it was changed last, as far as the caller knows.
    pub before: Timestamp,
    /// Whether its next time is set, too; otherwise firings alone move it on.
    pub reschedule: bool,
    /// What the audit trail calls it.
    pub action: &'static str,
}

/// A workspace's triggers.
pub struct Triggers<'s> {
    store: &'s Store,
    workspace: WorkspaceId,
}

const TRIGGER: &str = "t.id, t.workspace_id, t.flow_id, f.name as flow_name, f.slug as flow, t.name, t.enabled, t.revision, \
    t.input, t.settings, t.secret, t.old_secret, t.old_secret_until, t.next_at, t.created_at, t.updated_at";
const FROM: &str = "from triggers t join flows f on f.id = t.flow_id";

#[derive(FromQueryResult)]
struct Row {
    id: String,
    workspace_id: String,
    flow_id: String,
    flow_name: String,
    flow: String,
    name: String,
    enabled: i64,
    revision: Option<i64>,
    input: String,
    settings: String,
    secret: Option<Vec<u8>>,
    old_secret: Option<Vec<u8>>,
    old_secret_until: Option<i64>,
    next_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
}

impl Row {
    fn read(self) -> Result<TriggerRecord> {
        let id: TriggerId = self.id.parse()?;
        let settings: headwater_model::trigger::TriggerSettings = json::read(&self.settings)?;
        let trigger = Trigger {
            id,
            flow_id: self.flow_id.parse()?,
            flow_name: self.flow_name,
            flow: self.flow,
            name: self.name,
            enabled: self.enabled != 0,
            revision: self
                .revision
                .map(|number| u32::try_from(number).map_err(Error::internal))
                .transpose()?,
            input: json::read(&self.input)?,
            path: settings.path(id),
            settings,
            next: Vec::new(),
            old_secret_until: self.old_secret_until.map(Timestamp::from_millis),
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
        };
        Ok(TriggerRecord {
            workspace: self.workspace_id.parse()?,
            trigger,
            secret: self.secret,
            old_secret: self.old_secret,
            next_at: self.next_at.map(Timestamp::from_millis),
        })
    }
}

impl Store {
    /// The triggers of a workspace.
    pub fn triggers(&self, workspace: WorkspaceId) -> Triggers<'_> {
        Triggers {
            store: self,
            workspace,
        }
    }

    /// The trigger an outside caller names, in whichever workspace; nothing when there is none.
    pub async fn find_trigger(&self, id: TriggerId) -> Result<Option<TriggerRecord>> {
        let sql = format!("select {TRIGGER} {FROM} where t.id = $1");
        let row: Option<Row> = self.db().one(&sql, values![id.to_string()]).await?;
        row.map(Row::read).transpose()
    }

    /// Schedules whose time has come, of all workspaces, the longest due first.
    pub async fn due_schedules(&self, now: Timestamp, limit: u32) -> Result<Vec<TriggerRecord>> {
        let sql = format!(
            "select {TRIGGER} {FROM} where t.next_at <= $1 and t.enabled = 1 order by t.next_at limit $2"
        );
        let rows: Vec<Row> = self
            .db()
            .all(&sql, values![now.as_millis(), i64::from(limit)])
            .await?;
        rows.into_iter().map(Row::read).collect()
    }
}

impl Triggers<'_> {
    /// Triggers, newest first, of a flow and of a kind when given.
    pub async fn list(
        &self,
        page: &PageRequest,
        flow: Option<FlowId>,
        kind: Option<TriggerKind>,
    ) -> Result<Page<TriggerRecord>> {
        let sql = format!(
            "select {TRIGGER} {FROM} where t.workspace_id = $1 and t.id < $2
             and ($3 = '' or t.flow_id = $3) and ($4 = '' or t.kind = $4) order by t.id desc limit $5"
        );
        let values = values![
            self.workspace.to_string(),
            page.after.clone().unwrap_or_else(|| "~".to_owned()),
            flow.map(|id| id.to_string()).unwrap_or_default(),
            kind.map(TriggerKind::as_str).unwrap_or_default(),
            i64::from(page.limit) + 1
        ];
        let rows: Vec<Row> = self.store.db().all(&sql, values).await?;
        let rows = rows
            .into_iter()
            .map(Row::read)
            .collect::<Result<Vec<_>>>()?;
        Ok(Page::from_rows(rows, page.limit, |row| {
            row.trigger.id.to_string()
        }))
    }

    /// A trigger.
    pub async fn get(&self, id: TriggerId) -> Result<TriggerRecord> {
        let sql = format!("select {TRIGGER} {FROM} where t.workspace_id = $1 and t.id = $2");
        let key = values![self.workspace.to_string(), id.to_string()];
        let row: Option<Row> = self.store.db().one(&sql, key).await?;
        row.ok_or_else(|| Error::not_found("trigger"))?.read()
    }

    /// Keeps a new trigger.
    pub async fn create(&self, record: TriggerRecord, by: &str) -> Result<()> {
        let (workspace, trigger) = (self.workspace, &record.trigger);
        let draft = AuditDraft::new(by, "trigger.create", trigger.id).detail(described(trigger));
        let at = trigger.created_at;
        let values = values![
            trigger.id.to_string(),
            workspace.to_string(),
            trigger.flow_id.to_string(),
            trigger.settings.kind().as_str(),
            at.as_millis(),
            trigger.name.clone(),
            i64::from(trigger.enabled),
            trigger.revision.map(i64::from),
            json::write(&trigger.input)?,
            json::write(&trigger.settings)?,
            record.secret,
            record.next_at.map(Timestamp::as_millis)
        ];
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    tx.exec(
                        "insert into triggers (id, workspace_id, flow_id, kind, created_at, updated_at,
                            name, enabled, revision, input, settings, secret, next_at)
                         values ($1, $2, $3, $4, $5, $5, $6, $7, $8, $9, $10, $11, $12)",
                        values,
                    )
                    .await?;
                    audit::record(tx, workspace, at, &draft).await
                })
            })
            .await
    }

    /// Replaces what a trigger says, and its secrets. Errors: `conflict` when somebody else was faster.
    pub async fn update(&self, record: TriggerRecord, change: Change, by: &str) -> Result<()> {
        let (workspace, trigger) = (self.workspace, &record.trigger);
        let draft = AuditDraft::new(by, change.action, trigger.id).detail(described(trigger));
        let (id, at) = (trigger.id, trigger.updated_at);
        let values = values![
            workspace.to_string(),
            id.to_string(),
            change.before.as_millis(),
            at.as_millis(),
            trigger.name.clone(),
            i64::from(trigger.enabled),
            trigger.revision.map(i64::from),
            json::write(&trigger.input)?,
            json::write(&trigger.settings)?,
            record.next_at.map(Timestamp::as_millis),
            record.secret,
            record.old_secret,
            trigger.old_secret_until.map(Timestamp::as_millis),
            i64::from(change.reschedule)
        ];
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let sql = "update triggers set updated_at = $4, name = $5, enabled = $6, revision = $7,
                        input = $8, settings = $9, next_at = case when $14 = 1 then $10 else next_at end, secret = $11, old_secret = $12, old_secret_until = $13
                        where workspace_id = $1 and id = $2 and updated_at = $3";
                    if tx.exec(sql, values).await? == 0 {
                        return Err(missing_or_changed(tx, ("triggers", "trigger"), workspace, id).await?);
                    }
                    audit::record(tx, workspace, at, &draft).await
                })
            })
            .await
    }

    /// Removes a trigger and its firings; its runs stay.
    pub async fn delete(&self, id: TriggerId, by: &str) -> Result<()> {
        let (workspace, now) = (self.workspace, self.store.now());
        let draft = AuditDraft::new(by, "trigger.delete", id);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let sql = "delete from triggers where workspace_id = $1 and id = $2";
                    let key = values![workspace.to_string(), id.to_string()];
                    if tx.exec(sql, key).await? == 0 {
                        return Err(Error::not_found("trigger"));
                    }
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await
    }
}

fn described(trigger: &Trigger) -> String {
    let kind = trigger.settings.kind().as_str();
    format!("{kind} “{}” of the flow {}", trigger.name, trigger.flow)
}
