//! Shares of a workspace's flows, and the runs their visitors asked for.

mod visits;

use headwater_model::id::{FlowId, ShareId, WorkspaceId};
use headwater_model::page::{Page, PageRequest};
use headwater_model::share::{Share, ShareSettings, ShareUsage};
use headwater_model::{Error, Result, Timestamp};
use sea_orm::FromQueryResult;

use crate::audit::{self, AuditDraft};
use crate::changed::missing_or_changed;
use crate::{Store, json, values};
pub(crate) use visits::keep as keep_visit;

/// A share with what only the door needs.
#[derive(Clone, Debug)]
pub struct ShareRecord {
    pub workspace: WorkspaceId,
    pub share: Share,
    /// How often its token was made anew; visits from before are over.
    pub generation: i64,
}

/// A token as it is kept.
#[derive(Clone, Debug)]
pub struct KeptToken {
    pub hash: String,
    pub sealed: Vec<u8>,
}

/// A workspace's shares.
pub struct Shares<'s> {
    store: &'s Store,
    workspace: WorkspaceId,
}

const SHARE: &str = "s.id, s.workspace_id, s.flow_id, f.name as flow_name, f.slug as flow, f.kind as flow_kind, \
    s.enabled, s.settings, s.token, s.generation, s.created_at, s.updated_at";
const FROM: &str = "from shares s join flows f on f.id = s.flow_id";

#[derive(FromQueryResult)]
struct Row {
    id: String,
    workspace_id: String,
    flow_id: String,
    flow_name: String,
    flow: String,
    flow_kind: String,
    enabled: i64,
    settings: String,
    token: Vec<u8>,
    generation: i64,
    created_at: i64,
    updated_at: i64,
}

impl Row {
    fn read(self, store: &Store) -> Result<ShareRecord> {
        let id: ShareId = self.id.parse()?;
        let token = store.unseal(&purpose(id), &self.token)?;
        let token = String::from_utf8(token).map_err(Error::internal)?;
        let settings: ShareSettings = json::read(&self.settings)?;
        let share = Share {
            id,
            flow_id: self.flow_id.parse()?,
            flow_name: self.flow_name,
            flow: self.flow,
            flow_kind: json::named(&self.flow_kind)?,
            enabled: self.enabled != 0,
            accent: settings.accent(),
            settings,
            path: format!("/s/{token}"),
            token,
            today: ShareUsage::default(),
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
        };
        Ok(ShareRecord {
            workspace: self.workspace_id.parse()?,
            share,
            generation: self.generation,
        })
    }
}

/// What a token is sealed for; one of another share does not open.
fn purpose(id: ShareId) -> String {
    format!("share {id}")
}

impl Store {
    /// The shares of a workspace.
    pub fn shares(&self, workspace: WorkspaceId) -> Shares<'_> {
        Shares {
            store: self,
            workspace,
        }
    }

    /// The share that a stranger's token leads to, in whichever workspace, by the token's hash.
    pub async fn find_share(&self, token_hash: &str) -> Result<Option<ShareRecord>> {
        let sql = format!("select {SHARE} {FROM} where s.token_hash = $1");
        let row: Option<Row> = self.db().one(&sql, values![token_hash]).await?;
        row.map(|row| row.read(self)).transpose()
    }

    /// A token as it is kept for a share.
    pub fn kept_token(&self, id: ShareId, token: &str, hash: String) -> Result<KeptToken> {
        Ok(KeptToken {
            hash,
            sealed: self.seal(&purpose(id), token.as_bytes())?,
        })
    }
}

impl Shares<'_> {
    /// Shares, newest first, of a flow when given.
    pub async fn list(
        &self,
        page: &PageRequest,
        flow: Option<FlowId>,
    ) -> Result<Page<ShareRecord>> {
        let sql = format!(
            "select {SHARE} {FROM} where s.workspace_id = $1 and s.id < $2
             and ($3 = '' or s.flow_id = $3) order by s.id desc limit $4"
        );
        let values = values![
            self.workspace.to_string(),
            page.after.clone().unwrap_or_else(|| "~".to_owned()),
            flow.map(|id| id.to_string()).unwrap_or_default(),
            i64::from(page.limit) + 1
        ];
        let rows: Vec<Row> = self.store.db().all(&sql, values).await?;
        let rows = rows
            .into_iter()
            .map(|row| row.read(self.store))
            .collect::<Result<Vec<_>>>()?;
        Ok(Page::from_rows(rows, page.limit, |row| {
            row.share.id.to_string()
        }))
    }

    /// A share.
    pub async fn get(&self, id: ShareId) -> Result<ShareRecord> {
        let sql = format!("select {SHARE} {FROM} where s.workspace_id = $1 and s.id = $2");
        let key = values![self.workspace.to_string(), id.to_string()];
        let row: Option<Row> = self.store.db().one(&sql, key).await?;
        row.ok_or_else(|| Error::not_found("share"))?
            .read(self.store)
    }

    /// Keeps a new share.
    pub async fn create(
        &self,
        id: ShareId,
        flow: FlowId,
        settings: &ShareSettings,
        token: KeptToken,
        by: &str,
    ) -> Result<()> {
        let (workspace, at) = (self.workspace, self.store.now());
        let draft = AuditDraft::new(by, "share.create", id).detail(described(settings));
        let values = values![
            id.to_string(),
            workspace.to_string(),
            flow.to_string(),
            json::write(settings)?,
            token.hash,
            token.sealed,
            at.as_millis()
        ];
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    tx.exec(
                        "insert into shares (id, workspace_id, flow_id, enabled, settings, token_hash, token,
                            generation, created_at, updated_at)
                         values ($1, $2, $3, 1, $4, $5, $6, 1, $7, $7)",
                        values,
                    )
                    .await?;
                    audit::record(tx, workspace, at, &draft).await
                })
            })
            .await
    }

    /// Replaces what a share says. `before` is when it was changed last, as far as the caller knows.
    ///
    /// Errors: `conflict` when somebody else was faster.
    pub async fn update(&self, share: &Share, before: Timestamp, by: &str) -> Result<()> {
        let draft = AuditDraft::new(by, "share.update", share.id).detail(format!(
            "{}{}",
            described(&share.settings),
            if share.enabled { "" } else { ", turned off" }
        ));
        let sql = "update shares set updated_at = $4, enabled = $5, settings = $6
            where workspace_id = $1 and id = $2 and updated_at = $3";
        let values = values![
            self.workspace.to_string(),
            share.id.to_string(),
            before.as_millis(),
            share.updated_at.as_millis(),
            i64::from(share.enabled),
            json::write(&share.settings)?
        ];
        self.change(share.id, sql, values, draft).await
    }

    /// Gives a share another token; the one before leads nowhere from now on.
    pub async fn rotate(&self, id: ShareId, token: KeptToken, by: &str) -> Result<()> {
        let draft = AuditDraft::new(by, "share.rotate", id);
        let sql = "update shares set token_hash = $3, token = $4, generation = generation + 1, updated_at = $5
            where workspace_id = $1 and id = $2";
        let values = values![
            self.workspace.to_string(),
            id.to_string(),
            token.hash,
            token.sealed,
            self.store.now().as_millis()
        ];
        self.change(id, sql, values, draft).await
    }

    /// Removes a share; its runs stay.
    pub async fn delete(&self, id: ShareId, by: &str) -> Result<()> {
        let draft = AuditDraft::new(by, "share.delete", id);
        let sql = "delete from shares where workspace_id = $1 and id = $2";
        let values = values![self.workspace.to_string(), id.to_string()];
        self.change(id, sql, values, draft).await
    }

    async fn change(
        &self,
        id: ShareId,
        sql: &'static str,
        values: Vec<sea_orm::Value>,
        draft: AuditDraft,
    ) -> Result<()> {
        let (workspace, now) = (self.workspace, self.store.now());
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    if tx.exec(sql, values).await? == 0 {
                        return Err(
                            missing_or_changed(tx, ("shares", "share"), workspace, id).await?
                        );
                    }
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await
    }
}

fn described(settings: &ShareSettings) -> String {
    let sites = match settings.origins.as_slice() {
        [] => "embedded nowhere".to_owned(),
        origins => format!("embedded by {}", origins.join(" ")),
    };
    let whom = match settings.audience {
        headwater_model::share::Audience::Anyone => "anyone",
        headwater_model::share::Audience::Members => "members",
    };
    format!("“{}” for {whom}, {sites}", settings.name)
}
