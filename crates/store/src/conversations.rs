//! Conversations and their messages. A message points at the one before it; the conversation points
//! at its last, so that an answer can be written again without losing the first.

use headwater_model::conversation::{Conversation, Message, MessageStatus, Speaker};
use headwater_model::id::{ConversationId, FlowId, MessageId, WorkspaceId};
use headwater_model::page::{Page, PageRequest};
use headwater_model::{Error, Result, Timestamp};
use sea_orm::FromQueryResult;
use serde_json::{Map, Value};

use crate::audit::{self, AuditDraft};
use crate::runs::NewRun;
use crate::{Store, Tx, json, values};

/// A turn about to be kept with its run.
#[derive(Clone, Debug)]
pub struct NewTurn {
    pub conversation: ConversationId,
    /// The question, unless an earlier one is answered again.
    pub question: Option<(MessageId, String)>,
    /// The message the question (or, without one, the answer) follows.
    pub parent: Option<MessageId>,
    /// The answer to be.
    pub answer: MessageId,
    /// A title, for the first turn.
    pub title: Option<String>,
}

/// One person's (or program's) conversations in a workspace.
pub struct Conversations<'s> {
    store: &'s Store,
    workspace: WorkspaceId,
    owner: String,
}

impl Store {
    /// The conversations of `owner` (`Caller::label`).
    pub fn conversations(&self, workspace: WorkspaceId, owner: &str) -> Conversations<'_> {
        Conversations {
            store: self,
            workspace,
            owner: owner.to_owned(),
        }
    }
}

#[derive(FromQueryResult)]
struct Row {
    id: String,
    title: String,
    flow_id: String,
    flow_name: String,
    created_at: i64,
    updated_at: i64,
    head: Option<String>,
}

impl Row {
    fn read(self) -> Result<(Conversation, Option<String>)> {
        let conversation = Conversation {
            id: self.id.parse()?,
            title: self.title,
            flow_id: self.flow_id.parse()?,
            flow_name: self.flow_name,
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
        };
        Ok((conversation, self.head))
    }
}

#[derive(FromQueryResult)]
struct VariablesRow {
    variables: Option<String>,
}

#[derive(FromQueryResult)]
struct MessageRow {
    id: String,
    parent_id: Option<String>,
    role: String,
    text: String,
    citations: String,
    status: String,
    error: Option<String>,
    run_id: Option<String>,
    model: Option<String>,
    input_tokens: Option<i64>,
    output_tokens: Option<i64>,
    cached_tokens: Option<i64>,
    estimated: Option<i64>,
    cost: Option<i64>,
    created_at: i64,
}

impl MessageRow {
    fn read(self) -> Result<Message> {
        let usage = self.input_tokens.zip(self.output_tokens);
        let more = (
            self.cached_tokens.unwrap_or(0),
            self.estimated.unwrap_or(0),
            self.cost,
        );
        Ok(Message {
            id: self.id.parse()?,
            role: json::named(&self.role)?,
            text: self.text,
            citations: json::read(&self.citations)?,
            status: json::named(&self.status)?,
            error: json::read_option(self.error.as_ref())?,
            run_id: self.run_id.map(|id| id.parse()).transpose()?,
            model: self.model,
            usage: usage.map(|tokens| crate::runs::usage(tokens, more)),
            created_at: Timestamp::from_millis(self.created_at),
        })
    }
}

const SELECT: &str = "select c.id, c.title, c.flow_id, f.name as flow_name, c.created_at, c.updated_at, c.head
    from conversations c join flows f on f.id = c.flow_id where c.workspace_id = $1 and c.owner = $2";

impl Conversations<'_> {
    /// Conversations, the latest first. The cursor is `updated_at:id`.
    pub async fn list(&self, page: &PageRequest) -> Result<Page<Conversation>> {
        let (time, id) = match page
            .after
            .as_deref()
            .and_then(|after| after.split_once(':'))
        {
            Some((time, id)) => (time.parse().unwrap_or(i64::MAX), id.to_owned()),
            None => (i64::MAX, "~".to_owned()),
        };
        let sql = format!(
            "{SELECT} and (c.updated_at < $3 or (c.updated_at = $3 and c.id < $4)) order by c.updated_at desc, c.id desc limit $5"
        );
        let values = values![
            self.workspace.to_string(),
            self.owner.clone(),
            time,
            id,
            i64::from(page.limit) + 1
        ];
        let rows: Vec<Row> = self.store.db().all(&sql, values).await?;
        let rows = rows
            .into_iter()
            .map(|row| row.read().map(|(conversation, _)| conversation))
            .collect::<Result<Vec<_>>>()?;
        Ok(Page::from_rows(rows, page.limit, |c| {
            format!("{}:{}", c.updated_at.as_millis(), c.id)
        }))
    }

    /// Keeps a new conversation.
    pub async fn create(&self, flow: FlowId, title: &str) -> Result<Conversation> {
        let (workspace, owner, now, title) = (
            self.workspace,
            self.owner.clone(),
            self.store.now(),
            title.to_owned(),
        );
        let id = self.store.fresh(ConversationId::new);
        let draft = AuditDraft::new(&self.owner, "conversation.create", id);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    tx.exec(
                        "insert into conversations (id, workspace_id, owner, flow_id, title, created_at, updated_at)
                         values ($1, $2, $3, $4, $5, $6, $6)",
                        values![id.to_string(), workspace.to_string(), owner, flow.to_string(), title, now.as_millis()],
                    )
                    .await?;
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await?;
        Ok(self.get(id).await?.0)
    }

    /// A conversation and its last message's id.
    pub async fn get(&self, id: ConversationId) -> Result<(Conversation, Option<MessageId>)> {
        let sql = format!("{SELECT} and c.id = $3");
        let values = values![
            self.workspace.to_string(),
            self.owner.clone(),
            id.to_string()
        ];
        let row: Option<Row> = self.store.db().one(&sql, values).await?;
        let (conversation, head) = row
            .ok_or_else(|| Error::not_found("conversation"))?
            .read()?;
        Ok((conversation, head.map(|head| head.parse()).transpose()?))
    }

    /// The values of the conversation's variables; empty before its first assignment.
    pub async fn variables(&self, id: ConversationId) -> Result<Map<String, Value>> {
        let sql = "select variables from conversations where workspace_id = $1 and owner = $2 and id = $3";
        let values = values![
            self.workspace.to_string(),
            self.owner.clone(),
            id.to_string()
        ];
        let row: Option<VariablesRow> = self.store.db().one(sql, values).await?;
        let row = row.ok_or_else(|| Error::not_found("conversation"))?;
        Ok(json::read_option(row.variables.as_ref())?.unwrap_or_default())
    }

    /// The messages that lead to the conversation's last, in order.
    pub async fn messages(&self, id: ConversationId) -> Result<Vec<Message>> {
        let (_, head) = self.get(id).await?;
        let rows: Vec<MessageRow> = self
            .store
            .db()
            .all(
                "select id, parent_id, role, text, citations, status, error, run_id, model, input_tokens, output_tokens,
                    cached_tokens, estimated, cost, created_at
                 from messages where workspace_id = $1 and conversation_id = $2",
                values![self.workspace.to_string(), id.to_string()],
            )
            .await?;
        let mut by_id: std::collections::HashMap<String, MessageRow> =
            rows.into_iter().map(|row| (row.id.clone(), row)).collect();
        let mut line = Vec::new();
        let mut next = head.map(|head| head.to_string());
        while let Some(row) = next.take().and_then(|id| by_id.remove(&id)) {
            next.clone_from(&row.parent_id);
            line.push(row.read()?);
        }
        line.reverse();
        Ok(line)
    }

    /// Renames a conversation.
    pub async fn rename(&self, id: ConversationId, title: String) -> Result<Conversation> {
        self.get(id).await?;
        let (workspace, now) = (self.workspace, self.store.now());
        let draft = AuditDraft::new(&self.owner, "conversation.update", id);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let sql =
                        "update conversations set title = $3 where workspace_id = $1 and id = $2";
                    tx.exec(sql, values![workspace.to_string(), id.to_string(), title])
                        .await?;
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await?;
        Ok(self.get(id).await?.0)
    }

    /// Deletes a conversation with its messages.
    pub async fn delete(&self, id: ConversationId) -> Result<()> {
        self.get(id).await?;
        let (workspace, now) = (self.workspace, self.store.now());
        let draft = AuditDraft::new(&self.owner, "conversation.delete", id);
        self.store
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let sql = "delete from conversations where workspace_id = $1 and id = $2";
                    tx.exec(sql, values![workspace.to_string(), id.to_string()])
                        .await?;
                    audit::record(tx, workspace, now, &draft).await
                })
            })
            .await
    }
}

/// Keeps question and answer-to-be in the transaction of their run.
pub(crate) async fn insert_turn(tx: &Tx<'_>, run: &NewRun, turn: &NewTurn) -> Result<()> {
    let mut parent = turn.parent;
    if let Some((id, text)) = &turn.question {
        insert_message(
            tx,
            run,
            turn,
            *id,
            parent,
            Speaker::User,
            text,
            MessageStatus::Done,
        )
        .await?;
        parent = Some(*id);
    }
    insert_message(
        tx,
        run,
        turn,
        turn.answer,
        parent,
        Speaker::Assistant,
        "",
        MessageStatus::Running,
    )
    .await?;
    let changed = tx
        .exec(
            "update conversations set head = $3, updated_at = $4, title = coalesce($5, title) where workspace_id = $1 and id = $2",
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

#[expect(clippy::too_many_arguments, reason = "a message's columns")]
async fn insert_message(
    tx: &Tx<'_>,
    run: &NewRun,
    turn: &NewTurn,
    id: MessageId,
    parent: Option<MessageId>,
    role: Speaker,
    text: &str,
    status: MessageStatus,
) -> Result<()> {
    let own_run = (role == Speaker::Assistant).then(|| run.id.to_string());
    tx.exec(
        "insert into messages (id, workspace_id, conversation_id, parent_id, role, text, citations, status, run_id, created_at)
         values ($1, $2, $3, $4, $5, $6, '[]', $7, $8, $9)",
        values![
            id.to_string(),
            run.workspace.to_string(),
            turn.conversation.to_string(),
            parent.map(|parent| parent.to_string()),
            json::name(&role)?,
            text,
            json::name(&status)?,
            own_run,
            run.created_at.as_millis()
        ],
    )
    .await
    .map(drop)
}
