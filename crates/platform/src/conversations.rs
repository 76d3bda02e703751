//! Conversations: a question is kept before it is answered, an answer when it is done. A question
//! may be asked in another way and an answer be written again: both stand beside what was there.

mod files;
mod folders;
mod snapshots;
mod turns;

use headwater_model::access::{Caller, Permission};
use headwater_model::conversation::{Conversation, Message};
use headwater_model::flow::{Flow, FlowKind};
use headwater_model::id::{ConversationId, FolderId, MessageId};
use headwater_model::identity::normal_name;
use headwater_model::page::{Page, PageRequest};
use headwater_model::{Error, Result};
use headwater_store::conversations::{Change, Conversations};

pub use headwater_store::conversations::Shelf;
pub(crate) use turns::HISTORY;
pub use turns::{Ask, Choice, Sent};

use crate::Platform;

/// What is to be different about a conversation; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct ConversationChange {
    pub title: Option<String>,
    pub pinned: Option<bool>,
    /// Into a folder, or out of all.
    pub folder: Option<Option<FolderId>>,
    /// A message: the branch through it is shown, to its newest end.
    pub shown: Option<MessageId>,
}

impl Platform {
    /// The caller's conversations, the latest first.
    pub async fn conversations(
        &self,
        caller: &Caller,
        shelf: &Shelf,
        page: &PageRequest,
    ) -> Result<Page<Conversation>> {
        caller.require(Permission::Chat)?;
        self.talks(caller).list(shelf, page).await
    }

    /// Begins a conversation with a flow, or with the workspace's first published chat flow.
    pub async fn create_conversation(
        &self,
        caller: &Caller,
        flow: Option<&str>,
        title: Option<String>,
    ) -> Result<Conversation> {
        caller.require(Permission::Chat)?;
        let flow = self.flow_to_talk_to(caller, flow).await?;
        let title = title.map_or(Ok("New conversation".to_owned()), |title| {
            normal_name("title", &title)
        })?;
        self.talks(caller).create(flow.id, &title).await
    }

    async fn flow_to_talk_to(&self, caller: &Caller, flow: Option<&str>) -> Result<Flow> {
        let flows = self.store().flows(caller.workspace);
        let flow = match flow {
            Some(id) => flows.get(id).await?,
            None => flows
                .first_published(FlowKind::Chat)
                .await?
                .ok_or_else(|| {
                    Error::conflict("There is no published chat flow yet. Publish one first.")
                })?,
        };
        if flow.kind != FlowKind::Chat {
            return Err(Error::invalid(
                "flow_id",
                format!("“{}” is a task flow; choose a chat flow.", flow.name),
            ));
        }
        Ok(flow)
    }

    /// A conversation with the messages of the branch that is shown, or of the one through a
    /// message, to its newest end. A message being written has the text it has so far.
    pub async fn conversation(
        &self,
        caller: &Caller,
        id: ConversationId,
        through: Option<MessageId>,
    ) -> Result<(Conversation, Vec<Message>)> {
        caller.require(Permission::Chat)?;
        self.branch_of(caller, id, through).await
    }

    async fn branch_of(
        &self,
        caller: &Caller,
        id: ConversationId,
        through: Option<MessageId>,
    ) -> Result<(Conversation, Vec<Message>)> {
        let conversations = self.talks(caller);
        let (conversation, _) = conversations.get(id).await?;
        let tree = conversations.tree(id).await?;
        let end = match through {
            Some(message) => Some(
                tree.newest_end(message)
                    .ok_or_else(|| Error::not_found("message").with_field("m"))?,
            ),
            None => tree.head(),
        };
        let path = end.map(|end| tree.path(end.id)).unwrap_or_default();
        let messages = conversations.told(id, &tree, &path).await?;
        Ok((conversation, messages))
    }

    /// The messages that answer one question, or ask it, beside each other: all that stand in the
    /// place of a message, itself included, oldest first.
    pub async fn sibling_messages(
        &self,
        caller: &Caller,
        id: ConversationId,
        message: MessageId,
    ) -> Result<Vec<Message>> {
        caller.require(Permission::Chat)?;
        let conversations = self.talks(caller);
        let tree = conversations.tree(id).await?;
        let place = tree
            .get(message)
            .ok_or_else(|| Error::not_found("message"))?;
        let beside = tree.siblings(place);
        let beside: Vec<_> = beside.iter().filter_map(|id| tree.get(*id)).collect();
        let beside = if beside.is_empty() {
            vec![place]
        } else {
            beside
        };
        conversations.told(id, &tree, &beside).await
    }

    /// Renames a conversation, pins it, puts it into a folder, or shows another branch of it.
    pub async fn change_conversation(
        &self,
        caller: &Caller,
        id: ConversationId,
        change: ConversationChange,
    ) -> Result<Conversation> {
        caller.require(Permission::Chat)?;
        let conversations = self.talks(caller);
        let title = change.title.map(|title| normal_name("title", &title));
        let head = match change.shown {
            Some(message) => {
                let tree = conversations.tree(id).await?;
                let end = tree.newest_end(message);
                let end = end.ok_or_else(|| Error::not_found("message").with_field("shown"))?;
                Some(end.id)
            }
            None => None,
        };
        let change = Change {
            title: title.transpose()?,
            pinned: change.pinned,
            folder: change.folder,
            head,
        };
        conversations.change(id, change).await
    }

    /// Deletes a conversation with the files of its questions; runs that still write in it are
    /// cancelled.
    pub async fn delete_conversation(&self, caller: &Caller, id: ConversationId) -> Result<()> {
        caller.require(Permission::Chat)?;
        let conversations = self.talks(caller);
        conversations.get(id).await?;
        for run in self.store().runs(caller.workspace).live_in(id).await? {
            self.cancel_anywhere(caller.workspace, run, &caller.label())
                .await?;
        }
        for object in conversations.delete(id).await? {
            self.discard_object(caller.workspace, object).await;
        }
        Ok(())
    }

    fn talks(&self, caller: &Caller) -> Conversations<'_> {
        self.store()
            .conversations(caller.workspace, &caller.label())
    }
}
