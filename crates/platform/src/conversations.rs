//! Conversations: a question is kept before it is answered, an answer when it is done.

use headwater_model::access::{Caller, Permission};
use headwater_model::conversation::{Conversation, Message, MessageStatus, Speaker, title_from};
use headwater_model::flow::{FlowKind, InputType, Revision};
use headwater_model::id::{ConversationId, MessageId, RunId};
use headwater_model::identity::normal_name;
use headwater_model::page::{Page, PageRequest};
use headwater_model::run::{RunInput, Turn};
use headwater_model::{Error, Result};
use headwater_store::conversations::NewTurn;
use serde_json::{Map, Value};

use crate::Platform;

/// The most turns a run is told of.
const HISTORY: usize = 40;

/// A question kept, and its answer under way.
#[derive(Clone, Debug)]
pub struct Sent {
    pub question: Message,
    pub answer: Message,
    pub run: RunId,
}

impl Platform {
    /// The caller's conversations, the latest first.
    pub async fn conversations(
        &self,
        caller: &Caller,
        page: &PageRequest,
    ) -> Result<Page<Conversation>> {
        caller.require(Permission::Chat)?;
        self.store()
            .conversations(caller.workspace, &caller.label())
            .list(page)
            .await
    }

    /// Begins a conversation with a flow, or with the workspace's first published chat flow.
    pub async fn create_conversation(
        &self,
        caller: &Caller,
        flow: Option<&str>,
        title: Option<String>,
    ) -> Result<Conversation> {
        caller.require(Permission::Chat)?;
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
        let title = title.map_or(Ok("New conversation".to_owned()), |title| {
            normal_name("title", &title)
        })?;
        self.store()
            .conversations(caller.workspace, &caller.label())
            .create(flow.id, &title)
            .await
    }

    /// A conversation with its messages. A message being written has the text it has so far.
    pub async fn conversation(
        &self,
        caller: &Caller,
        id: ConversationId,
    ) -> Result<(Conversation, Vec<Message>)> {
        caller.require(Permission::Chat)?;
        let conversations = self
            .store()
            .conversations(caller.workspace, &caller.label());
        let (conversation, _) = conversations.get(id).await?;
        Ok((conversation, conversations.messages(id).await?))
    }

    /// Renames a conversation.
    pub async fn rename_conversation(
        &self,
        caller: &Caller,
        id: ConversationId,
        title: &str,
    ) -> Result<Conversation> {
        caller.require(Permission::Chat)?;
        let title = normal_name("title", title)?;
        self.store()
            .conversations(caller.workspace, &caller.label())
            .rename(id, title)
            .await
    }

    /// Deletes a conversation; a run that is still writing in it is cancelled.
    pub async fn delete_conversation(&self, caller: &Caller, id: ConversationId) -> Result<()> {
        caller.require(Permission::Chat)?;
        if let Some(run) = self.store().runs(caller.workspace).live_in(id).await? {
            self.cancel_anywhere(caller.workspace, run, &caller.label())
                .await?;
        }
        self.store()
            .conversations(caller.workspace, &caller.label())
            .delete(id)
            .await
    }

    /// Keeps a question and starts its answer.
    pub async fn send_message(
        &self,
        caller: &Caller,
        id: ConversationId,
        text: &str,
    ) -> Result<Sent> {
        caller.require(Permission::Chat)?;
        let text = text.trim();
        if text.is_empty() {
            return Err(Error::invalid("text", "Write a question first."));
        }
        let (conversation, messages) = self.idle_conversation(caller, id).await?;
        let title = messages.is_empty().then(|| title_from(text));
        let turn = NewTurn {
            conversation: id,
            question: Some((self.store().fresh(MessageId::new), text.to_owned())),
            parent: messages.last().map(|message| message.id),
            answer: self.store().fresh(MessageId::new),
            title,
        };
        self.answer(caller, &conversation, turn, text, &messages)
            .await
    }

    /// Writes an answer again; the new one takes its place.
    pub async fn regenerate(
        &self,
        caller: &Caller,
        id: ConversationId,
        message: MessageId,
    ) -> Result<Sent> {
        caller.require(Permission::Chat)?;
        let (conversation, messages) = self.idle_conversation(caller, id).await?;
        let place = messages
            .iter()
            .position(|candidate| candidate.id == message && candidate.role == Speaker::Assistant);
        let place = place
            .filter(|place| *place > 0)
            .ok_or_else(|| Error::not_found("answer"))?;
        let question = &messages[place - 1];
        let turn = NewTurn {
            conversation: id,
            question: None,
            parent: Some(question.id),
            answer: self.store().fresh(MessageId::new),
            title: None,
        };
        let text = question.text.clone();
        self.answer(caller, &conversation, turn, &text, &messages[..place - 1])
            .await
    }

    async fn idle_conversation(
        &self,
        caller: &Caller,
        id: ConversationId,
    ) -> Result<(Conversation, Vec<Message>)> {
        let conversations = self
            .store()
            .conversations(caller.workspace, &caller.label());
        let (conversation, _) = conversations.get(id).await?;
        if self
            .store()
            .runs(caller.workspace)
            .live_in(id)
            .await?
            .is_some()
        {
            return Err(Error::conflict(
                "The last answer is still being written. Wait for it, or stop it.",
            ));
        }
        Ok((conversation, conversations.messages(id).await?))
    }

    async fn answer(
        &self,
        caller: &Caller,
        conversation: &Conversation,
        turn: NewTurn,
        text: &str,
        before: &[Message],
    ) -> Result<Sent> {
        let flow = self
            .store()
            .flows(caller.workspace)
            .get(&conversation.flow_id.to_string())
            .await?;
        let revision = self.published(caller.workspace, &flow).await?;
        let variables = if revision.document.variables.is_empty() {
            Map::new()
        } else {
            let conversations = self
                .store()
                .conversations(caller.workspace, &caller.label());
            conversations.variables(conversation.id).await?
        };
        let input = RunInput {
            input: question_input(&revision, text)?,
            history: history(before),
            variables,
            ..RunInput::default()
        };
        let (question, answer) = (
            turn.question.as_ref().map(|(id, _)| *id).or(turn.parent),
            turn.answer,
        );
        let run = self
            .start_turn(caller, &revision, &flow.name, input, turn)
            .await?;
        let messages = self
            .store()
            .conversations(caller.workspace, &caller.label())
            .messages(conversation.id)
            .await?;
        let find = |id: MessageId| messages.iter().find(|message| message.id == id).cloned();
        let lost = || Error::internal("a kept message vanished");
        Ok(Sent {
            question: question.and_then(find).ok_or_else(lost)?,
            answer: find(answer).ok_or_else(lost)?,
            run,
        })
    }
}

/// The question goes into the flow's first required text input (by convention `question`).
fn question_input(revision: &Revision, text: &str) -> Result<Map<String, Value>> {
    let inputs = &revision.document.inputs;
    let texts = || {
        inputs
            .iter()
            .filter(|input| input.kind == InputType::String)
    };
    let field = texts()
        .find(|input| input.name == "question")
        .or_else(|| texts().find(|input| input.required))
        .or_else(|| texts().next());
    let field = field.ok_or_else(|| Error::conflict("This flow takes no text input, so it cannot be chatted with. Give it an input named question."))?;
    Ok(Map::from_iter([(
        field.name.clone(),
        Value::String(text.to_owned()),
    )]))
}

/// The turns before, without answers that failed, the latest last.
fn history(messages: &[Message]) -> Vec<Turn> {
    let told = messages
        .iter()
        .filter(|message| !message.text.is_empty() && message.status != MessageStatus::Failed);
    let turns: Vec<Turn> = told
        .map(|message| Turn {
            role: message.role,
            text: message.text.clone(),
        })
        .collect();
    let from = turns.len().saturating_sub(HISTORY);
    turns[from..].to_vec()
}
