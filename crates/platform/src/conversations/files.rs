//! Conversations found by their words, and carried as files with all their branches.

use headwater_knowledge::highlight::snippet;
use headwater_model::access::{Caller, Permission};
use headwater_model::conversation::attachment::Attachment;
use headwater_model::conversation::file::{ConversationFile, FORM, FileMessage, read};
use headwater_model::conversation::{Conversation, Found};
use headwater_model::id::ConversationId;
use headwater_model::page::{Page, PageRequest};
use headwater_model::{Code, Error, Result};
use serde_json::Value;

use crate::Platform;

/// How much of a text is shown around what was found, in characters.
const SHOWN: usize = 160;
/// The longest search, in characters.
const LONGEST: usize = 300;

impl Platform {
    /// Where the caller's conversations have all words of a search, the latest first.
    pub async fn search_conversations(
        &self,
        caller: &Caller,
        query: &str,
        page: &PageRequest,
    ) -> Result<Page<Found>> {
        caller.require(Permission::Chat)?;
        if query.chars().count() > LONGEST {
            return Err(Error::invalid(
                "q",
                format!("q must have at most {LONGEST} characters."),
            ));
        }
        let hits = self.talks(caller).find(query, page).await?;
        Ok(hits.map(|hit| {
            let (text, marks) = snippet(query, &hit.text, SHOWN);
            Found {
                conversation: hit.conversation,
                message: hit.message,
                text,
                marks,
            }
        }))
    }

    /// A conversation with all its branches.
    pub async fn export_conversation(
        &self,
        caller: &Caller,
        id: ConversationId,
    ) -> Result<ConversationFile> {
        caller.require(Permission::Chat)?;
        let conversations = self.talks(caller);
        let (conversation, _) = conversations.get(id).await?;
        let flow = self
            .store()
            .flows(caller.workspace)
            .get(&conversation.flow_id.to_string())
            .await?;
        let tree = conversations.tree(id).await?;
        let messages = conversations.told(id, &tree, &tree.parents_first()).await?;
        let messages = messages.into_iter().map(|message| FileMessage {
            id: message.id.to_string(),
            parent: message.parent.map(|parent| parent.to_string()),
            role: message.role,
            text: message.text,
            attachments: message.attachments.iter().map(Attachment::told).collect(),
            citations: message.citations,
            status: message.status,
            error: message.error,
            model: message.model,
            usage: message.usage,
            created_at: message.created_at,
        });
        Ok(ConversationFile {
            headwater_conversation: FORM,
            title: conversation.title,
            flow: Some(flow.slug),
            head: tree.head().map(|head| head.id.to_string()),
            messages: messages.collect(),
        })
    }

    /// Keeps what was exported as a new conversation: with the flow of the file, or when the
    /// workspace has no such chat flow, with its first one.
    pub async fn import_conversation(&self, caller: &Caller, file: Value) -> Result<Conversation> {
        caller.require(Permission::Chat)?;
        let file = read(file)?;
        let flow = match self.flow_to_talk_to(caller, file.flow.as_deref()).await {
            Err(error) if matches!(error.code, Code::NotFound | Code::Invalid) => {
                self.flow_to_talk_to(caller, None).await?
            }
            found => found?,
        };
        self.talks(caller).import(flow.id, file).await
    }
}
