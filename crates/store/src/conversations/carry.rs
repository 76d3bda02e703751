//! A conversation from a file: kept whole, or not at all.

use std::collections::HashMap;

use headwater_model::conversation::Conversation;
use headwater_model::conversation::file::{ConversationFile, FileMessage};
use headwater_model::id::{ConversationId, FlowId, MessageId};
use headwater_model::{Error, Result};
use sea_orm::Value;

use super::Conversations;
use crate::audit::{self, AuditDraft};
use crate::runs::{count, nanos};
use crate::{json, values};

const INTO: &str = "insert into messages (id, workspace_id, conversation_id, parent_id, role, text, attachments, citations, status, error,
    model, input_tokens, output_tokens, cached_tokens, estimated, cost, created_at)";
const COLUMNS: usize = 17;

impl Conversations<'_> {
    /// Keeps a file that was checked as a new conversation with a flow.
    pub async fn import(&self, flow: FlowId, file: ConversationFile) -> Result<Conversation> {
        let (workspace, owner, now) = (self.workspace, self.owner.clone(), self.store.now());
        let id = self.store.fresh(ConversationId::new);
        let draft = AuditDraft::new(&self.owner, "conversation.import", id);
        let names: HashMap<&str, MessageId> = file
            .messages
            .iter()
            .zip(1_u128..)
            .map(|(message, at)| {
                // Those of one time stay in the order of the file.
                let random = (at << 96) | u128::from(rand::random::<u64>()) << 32;
                (
                    message.id.as_str(),
                    MessageId::new(message.created_at, random),
                )
            })
            .collect();
        let find = |name: &str| {
            let found = names.get(name).copied();
            found.ok_or_else(|| Error::internal("a message of a checked file is not in it"))
        };
        let mut rows = Vec::with_capacity(file.messages.len() * COLUMNS);
        for message in &file.messages {
            let parent = message.parent.as_deref().map(find).transpose()?;
            let key = values![
                find(&message.id)?.to_string(),
                workspace.to_string(),
                id.to_string(),
                parent.map(|parent| parent.to_string())
            ];
            rows.extend(key);
            rows.extend(told(message)?);
        }
        // What stands last in a file follows all others of its branch.
        let last = file.messages.last().map(|message| message.id.as_str());
        let head = file.head.as_deref().or(last).map(find).transpose()?;
        let head = head.map(|head| head.to_string());
        let title = file.title;
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    tx.exec(
                        "insert into conversations (id, workspace_id, owner, flow_id, title, head, created_at, updated_at)
                         values ($1, $2, $3, $4, $5, $6, $7, $7)",
                        values![id.to_string(), workspace.to_string(), owner, flow.to_string(), title, head, now.as_millis()],
                    )
                    .await?;
                    tx.insert_many(INTO, COLUMNS, rows).await?;
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await?;
        Ok(self.get(id).await?.0)
    }
}

fn told(message: &FileMessage) -> Result<Vec<Value>> {
    let usage = message.usage;
    Ok(values![
        json::name(&message.role)?,
        message.text.clone(),
        (!message.attachments.is_empty())
            .then(|| json::write(&message.attachments))
            .transpose()?,
        json::write(&message.citations)?,
        json::name(&message.status)?,
        message.error.as_ref().map(json::write).transpose()?,
        message.model.clone(),
        usage.map(|usage| count(usage.input_tokens)),
        usage.map(|usage| count(usage.output_tokens)),
        usage.map(|usage| count(usage.cached_tokens)),
        usage.map(|usage| i64::from(usage.estimated)),
        usage.and_then(nanos),
        message.created_at.as_millis()
    ])
}
