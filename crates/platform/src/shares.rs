//! Shares: pages on which people without an account use a published flow. Kept and changed here, by
//! those who may edit flows; what visitors do is in `visits`.

pub mod events;
pub mod visits;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use headwater_model::access::{Caller, Permission};
use headwater_model::flow::{Flow, FlowKind};
use headwater_model::id::{ShareId, WorkspaceId};
use headwater_model::page::{Page, PageRequest};
use headwater_model::share::{Share, ShareSettings};
use headwater_model::{Error, Result};
use headwater_store::shares::{KeptToken, ShareRecord};
use sha2::{Digest as _, Sha256};

use crate::Platform;

/// What of a share is to change.
#[derive(Clone, Debug, Default)]
pub struct ShareChange {
    pub enabled: Option<bool>,
    /// All settings anew.
    pub settings: Option<ShareSettings>,
}

impl Platform {
    /// The workspace's shares, newest first. Their tokens are in them, so only those who may edit
    /// flows see them.
    pub async fn shares(
        &self,
        caller: &Caller,
        page: &PageRequest,
        flow: Option<&str>,
    ) -> Result<Page<Share>> {
        caller.require(Permission::FlowsWrite)?;
        let flow = match flow {
            Some(id) => Some(self.store().flows(caller.workspace).get(id).await?.id),
            None => None,
        };
        let shares = self.store().shares(caller.workspace);
        let found = shares.list(page, flow).await?;
        let mut items = Vec::with_capacity(found.items.len());
        for record in found.items {
            items.push(self.with_usage(record).await?);
        }
        Ok(Page {
            items,
            next: found.next,
        })
    }

    /// A share.
    pub async fn share(&self, caller: &Caller, id: ShareId) -> Result<Share> {
        caller.require(Permission::FlowsWrite)?;
        self.kept_share(caller.workspace, id).await
    }

    /// Makes a page for a flow that is published.
    pub async fn create_share(
        &self,
        caller: &Caller,
        flow: &str,
        settings: ShareSettings,
    ) -> Result<Share> {
        caller.require(Permission::FlowsWrite)?;
        let flow = self.store().flows(caller.workspace).get(flow).await?;
        self.check_shared(caller.workspace, &flow).await?;
        let settings = settings.checked()?;
        self.check_end(&settings)?;
        let id = self.store().fresh(ShareId::new);
        let token = self.new_token(id)?;
        let shares = self.store().shares(caller.workspace);
        shares
            .create(id, flow.id, &settings, token, &caller.label())
            .await?;
        self.kept_share(caller.workspace, id).await
    }

    /// Changes what a share says, or turns it on or off.
    pub async fn update_share(
        &self,
        caller: &Caller,
        id: ShareId,
        change: ShareChange,
    ) -> Result<Share> {
        caller.require(Permission::FlowsWrite)?;
        let shares = self.store().shares(caller.workspace);
        let mut share = shares.get(id).await?.share;
        let before = share.updated_at;
        if let Some(settings) = change.settings {
            let settings = settings.checked()?;
            if settings.expires_at != share.settings.expires_at {
                self.check_end(&settings)?;
            }
            share.settings = settings;
        }
        share.enabled = change.enabled.unwrap_or(share.enabled);
        // Two changes in one millisecond are still two.
        share.updated_at = self.clock().now().max(before.plus_millis(1));
        shares.update(&share, before, &caller.label()).await?;
        self.kept_share(caller.workspace, id).await
    }

    /// Gives a share another address. The one before, and everybody's visits, are over.
    pub async fn rotate_share(&self, caller: &Caller, id: ShareId) -> Result<Share> {
        caller.require(Permission::FlowsWrite)?;
        let token = self.new_token(id)?;
        let shares = self.store().shares(caller.workspace);
        shares.rotate(id, token, &caller.label()).await?;
        self.kept_share(caller.workspace, id).await
    }

    /// Removes a share; its runs stay.
    pub async fn delete_share(&self, caller: &Caller, id: ShareId) -> Result<()> {
        caller.require(Permission::FlowsWrite)?;
        let shares = self.store().shares(caller.workspace);
        shares.delete(id, &caller.label()).await
    }

    async fn kept_share(&self, workspace: WorkspaceId, id: ShareId) -> Result<Share> {
        let record = self.store().shares(workspace).get(id).await?;
        self.with_usage(record).await
    }

    async fn with_usage(&self, record: ShareRecord) -> Result<Share> {
        let shares = self.store().shares(record.workspace);
        let today = shares.today(record.share.id).await?;
        Ok(Share {
            today,
            ..record.share
        })
    }

    /// Refuses what no visitor could use.
    async fn check_shared(&self, workspace: WorkspaceId, flow: &Flow) -> Result<()> {
        let revision = self.published(workspace, flow).await?;
        if flow.kind == FlowKind::Task && !revision.document.variables.is_empty() {
            return Err(Error::conflict(format!(
                "“{}” has conversation variables, so it needs a conversation. Only chat flows have them on a shared page.",
                flow.name
            )));
        }
        Ok(())
    }

    fn check_end(&self, settings: &ShareSettings) -> Result<()> {
        if !settings.is_over(self.clock().now()) {
            return Ok(());
        }
        Err(Error::invalid(
            "settings.expires_at",
            "settings.expires_at is over already. Choose a time to come, or none.",
        ))
    }

    fn new_token(&self, id: ShareId) -> Result<KeptToken> {
        let token = random_token();
        self.store().kept_token(id, &token, hash(&token))
    }
}

/// A token that nobody guesses.
pub(crate) fn random_token() -> String {
    let bytes: [u8; 24] = rand::random();
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What a token is found by. Tokens are random, so no salt is needed.
pub(crate) fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}
