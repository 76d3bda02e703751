//! Conversations given out to read, as they were.

use headwater_model::access::{Caller, Permission};
use headwater_model::conversation::snapshot::{Snapshot, SnapshotMessage, SnapshotPage};
use headwater_model::id::{ConversationId, MessageId, SnapshotId};
use headwater_model::{Error, Result, Timestamp};
use headwater_store::snapshots::NewSnapshot;

use crate::Platform;
use crate::shares::{hash, random_token};

/// How many snapshots a conversation may have at once.
const MOST: usize = 20;
/// What tells their tokens from those of shares.
const PREFIX: &str = "c-";

impl Platform {
    /// Takes a snapshot of a conversation of the caller's: of the branch that is shown, or of the one
    /// through a message. What is said later does not come into it.
    pub async fn take_snapshot(
        &self,
        caller: &Caller,
        id: ConversationId,
        through: Option<MessageId>,
        expires_at: Option<Timestamp>,
    ) -> Result<Snapshot> {
        caller.require(Permission::ChatShare)?;
        if expires_at.is_some_and(|at| at <= self.clock().now()) {
            return Err(Error::invalid(
                "expires_at",
                "expires_at is over already. Choose a time to come, or none.",
            ));
        }
        let (conversation, messages) = self.branch_of(caller, id, through).await?;
        let snapshots = self.store().snapshots(caller.workspace, &caller.label());
        if snapshots.of(id).await?.len() >= MOST {
            return Err(Error::conflict(format!(
                "This conversation has {MOST} snapshots already. Delete one first."
            )));
        }
        let messages: Vec<SnapshotMessage> = messages
            .into_iter()
            .filter_map(SnapshotMessage::of)
            .collect();
        if messages.is_empty() {
            return Err(Error::conflict(
                "There is nothing in this conversation to be read yet.",
            ));
        }
        let token = format!("{PREFIX}{}", random_token());
        let new = NewSnapshot {
            id: self.store().fresh(SnapshotId::new),
            conversation: id,
            token_hash: hash(&token),
            token,
            expires_at,
            page: SnapshotPage {
                title: conversation.title,
                messages,
                created_at: self.clock().now(),
            },
        };
        snapshots.create(new).await
    }

    /// The snapshots of a conversation of the caller's, newest first.
    pub async fn snapshots(&self, caller: &Caller, id: ConversationId) -> Result<Vec<Snapshot>> {
        caller.require(Permission::Chat)?;
        self.talks(caller).get(id).await?;
        let snapshots = self.store().snapshots(caller.workspace, &caller.label());
        snapshots.of(id).await
    }

    /// Removes a snapshot of the caller's.
    pub async fn delete_snapshot(&self, caller: &Caller, id: SnapshotId) -> Result<()> {
        caller.require(Permission::Chat)?;
        let snapshots = self.store().snapshots(caller.workspace, &caller.label());
        snapshots.delete(id).await
    }

    /// What whoever has a token may read.
    pub async fn read_snapshot(&self, token: &str) -> Result<SnapshotPage> {
        let page = self.store().find_snapshot(&hash(token)).await?;
        page.ok_or_else(|| Error::not_found("snapshot"))
    }
}
