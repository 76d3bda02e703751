//! A question and its answer-to-be, kept in the transaction of their run.

use headwater_model::conversation::attachment::Attachment;
use headwater_model::conversation::{MessageStatus, Speaker};
use headwater_model::id::{ConversationId, MessageId};
use headwater_model::{Error, Result};

use crate::runs::NewRun;
use crate::{Tx, attachments, json, values};

/// A turn about to be kept with its run.
#[derive(Clone, Debug)]
pub struct NewTurn {
    pub conversation: ConversationId,
    /// The question, unless an earlier one is answered again.
    pub question: Option<(MessageId, String)>,
    /// What the question carries.
    pub attachments: Vec<Attachment>,
    /// The message the question (or, without one, the answer) follows.
    pub parent: Option<MessageId>,
    /// The answer to be.
    pub answer: MessageId,
    /// A title, for the first turn.
    pub title: Option<String>,
}

/// Keeps question and answer-to-be; the branch that ends in it is the one that is shown.
pub(crate) async fn insert_turn(tx: &Tx<'_>, run: &NewRun, turn: &NewTurn) -> Result<()> {
    let mut parent = turn.parent;
    let owner = run.caller.as_deref().unwrap_or_default();
    let whose = (run.workspace, owner);
    let (carried, now) = (&turn.attachments, run.created_at);
    attachments::take(tx, whose, turn.conversation, carried, now).await?;
    if let Some((id, text)) = &turn.question {
        let said = (Speaker::User, text.as_str(), MessageStatus::Done);
        insert_message(tx, run, turn, (*id, parent), said).await?;
        parent = Some(*id);
    }
    let said = (Speaker::Assistant, "", MessageStatus::Running);
    insert_message(tx, run, turn, (turn.answer, parent), said).await?;
    let changed = tx
        .exec(
            "update conversations set head = $3, updated_at = $4, title = coalesce($5, title), changes = changes + 1
             where workspace_id = $1 and id = $2",
            values![
                run.workspace.to_string(),
                turn.conversation.to_string(),
                turn.answer.to_string(),
                run.created_at.as_millis(),
                turn.title.clone()
            ],
        )
        .await?;
    if changed == 0 {
        Err(Error::not_found("conversation"))
    } else {
        Ok(())
    }
}

async fn insert_message(
    tx: &Tx<'_>,
    run: &NewRun,
    turn: &NewTurn,
    (id, parent): (MessageId, Option<MessageId>),
    (role, text, status): (Speaker, &str, MessageStatus),
) -> Result<()> {
    let carried = match role {
        Speaker::User if !turn.attachments.is_empty() => Some(json::write(&turn.attachments)?),
        _ => None,
    };
    let own_run = (role == Speaker::Assistant).then(|| run.id.to_string());
    tx.exec(
        "insert into messages (id, workspace_id, conversation_id, parent_id, role, text, citations, status, run_id, created_at, attachments)
         values ($1, $2, $3, $4, $5, $6, '[]', $7, $8, $9, $10)",
        values![
            id.to_string(),
            run.workspace.to_string(),
            turn.conversation.to_string(),
            parent.map(|parent| parent.to_string()),
            json::name(&role)?,
            text,
            json::name(&status)?,
            own_run,
            run.created_at.as_millis(),
            carried
        ],
    )
    .await
    .map(drop)
}
