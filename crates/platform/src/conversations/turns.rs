//! A turn: a question and its answer, in a branch of its conversation.

use headwater_model::access::{Caller, Permission};
use headwater_model::conversation::attachment::Attachment;
use headwater_model::conversation::tree::{Place, Tree};
use headwater_model::conversation::{Conversation, Message, MessageStatus, Speaker, title_from};
use headwater_model::flow::{InputType, Revision};
use headwater_model::id::{AttachmentId, ConversationId, MessageId, RunId};
use headwater_model::provider::ModelKind;
use headwater_model::run::RunInput;
use headwater_model::{Code, Error, Result};
use headwater_store::conversations::NewTurn;
use serde_json::{Map, Value};

use crate::Platform;

/// The most turns a run is told of.
pub(crate) const HISTORY: usize = 40;
/// The most knowledge bases that are searched for one question.
const MOST_BASES: usize = 20;

/// A question that is asked.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    pub text: String,
    /// The answer it follows, or nothing: then it is a first question. Without any word of it, the
    /// last answer that is shown.
    pub parent: Option<Option<MessageId>>,
    pub choice: Choice,
    /// What the question carries.
    pub attachments: Vec<AttachmentId>,
}

/// What is otherwise for one answer than its flow says.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// The model that answers, in place of the flow's own.
    pub model: Option<String>,
    /// The knowledge bases that are searched, by slug or id, in place of the flow's own; those when empty.
    pub knowledge_bases: Vec<String>,
}

/// A question kept, and its answer under way.
#[derive(Clone, Debug)]
pub struct Sent {
    pub question: Message,
    pub answer: Message,
    pub run: RunId,
}

/// What is asked of a run.
struct Asked<'a> {
    text: &'a str,
    files: Vec<Attachment>,
    choice: Choice,
}

impl Platform {
    /// Keeps a question and starts its answer.
    pub async fn send_message(
        &self,
        caller: &Caller,
        id: ConversationId,
        ask: Ask,
    ) -> Result<Sent> {
        caller.require(Permission::Chat)?;
        let text = ask.text.trim();
        if text.is_empty() {
            return Err(Error::invalid("text", "Write a question first."));
        }
        let conversations = self.talks(caller);
        let (conversation, _) = conversations.get(id).await?;
        let tree = conversations.tree(id).await?;
        let parent = followed(&tree, ask.parent)?;
        let attachments = self.carried(caller, &ask.attachments).await?;
        let files = attachments.clone();
        let turn = NewTurn {
            conversation: id,
            question: Some((self.store().fresh(MessageId::new), text.to_owned())),
            attachments,
            parent: parent.map(|parent| parent.id),
            answer: self.store().fresh(MessageId::new),
            title: tree.places().is_empty().then(|| title_from(text)),
        };
        let before = parent.map(|parent| tree.path(parent.id));
        let before = before.unwrap_or_default();
        let asked = Asked {
            text,
            files,
            choice: ask.choice,
        };
        self.answer(caller, &conversation, turn, asked, &before)
            .await
    }

    /// Answers a question again, which is named by itself or by one of its answers. The new answer
    /// stands beside those that are there.
    pub async fn regenerate(
        &self,
        caller: &Caller,
        id: ConversationId,
        message: MessageId,
        choice: Choice,
    ) -> Result<Sent> {
        caller.require(Permission::Chat)?;
        let conversations = self.talks(caller);
        let (conversation, _) = conversations.get(id).await?;
        let tree = conversations.tree(id).await?;
        let place = tree.get(message);
        if choice.model.is_none()
            && place.is_some_and(|place| place.status == MessageStatus::Running)
        {
            return Err(still_written());
        }
        let question = match place {
            Some(place) if place.role == Speaker::Assistant => {
                place.parent.and_then(|parent| tree.get(parent))
            }
            other => other,
        };
        let question = question.ok_or_else(|| Error::not_found("message"))?;
        let said = conversations.told(id, &tree, &[question]).await?;
        let said = said.into_iter().next();
        let (text, files) = said
            .map(|said| (said.text, said.attachments))
            .unwrap_or_default();
        let turn = NewTurn {
            conversation: id,
            question: None,
            attachments: Vec::new(),
            parent: Some(question.id),
            answer: self.store().fresh(MessageId::new),
            title: None,
        };
        let before = question.parent.map(|parent| tree.path(parent));
        let before = before.unwrap_or_default();
        let asked = Asked {
            text: &text,
            files,
            choice,
        };
        self.answer(caller, &conversation, turn, asked, &before)
            .await
    }

    async fn answer(
        &self,
        caller: &Caller,
        conversation: &Conversation,
        turn: NewTurn,
        asked: Asked<'_>,
        before: &[&Place],
    ) -> Result<Sent> {
        let flow = self
            .store()
            .flows(caller.workspace)
            .get(&conversation.flow_id.to_string())
            .await?;
        let revision = self.published(caller.workspace, &flow).await?;
        let Choice {
            model,
            knowledge_bases,
        } = asked.choice;
        if let Some(model) = &model {
            self.may_answer(caller, &revision, model).await?;
        }
        self.may_be_searched(caller, &revision, &knowledge_bases)
            .await?;
        let conversations = self.talks(caller);
        let variables = if revision.document.variables.is_empty() {
            Map::new()
        } else {
            conversations.variables_at(conversation.id, before).await?
        };
        let input = RunInput {
            input: question_input(&revision, asked.text)?,
            files: asked.files,
            history: conversations
                .turns(conversation.id, before, HISTORY)
                .await?,
            variables,
            model,
            knowledge_bases,
            ..RunInput::default()
        };
        let (question, answer) = (
            turn.question.as_ref().map(|(id, _)| *id).or(turn.parent),
            turn.answer,
        );
        let run = self
            .start_turn(caller, &revision, &flow.name, input, turn)
            .await?;
        let tree = conversations.tree(conversation.id).await?;
        let places = [question.and_then(|id| tree.get(id)), tree.get(answer)];
        let places: Vec<&Place> = places.into_iter().flatten().collect();
        let mut told = conversations
            .told(conversation.id, &tree, &places)
            .await?
            .into_iter();
        match (told.next(), told.next()) {
            (Some(question), Some(answer)) => Ok(Sent {
                question,
                answer,
                run,
            }),
            // Somebody deleted the conversation at this moment.
            _ => Err(Error::not_found("conversation")),
        }
    }

    /// Refuses a model that the caller may not choose, that the workspace does not have, or that
    /// would not write the answer.
    async fn may_answer(&self, caller: &Caller, revision: &Revision, model: &str) -> Result<()> {
        caller
            .require(Permission::ChatModels)
            .map_err(|error| error.with_field("model"))?;
        let known = self.known_models(caller).await?.items.into_iter();
        let mut chat = known.filter(|known| known.kind == ModelKind::Chat);
        if !chat.any(|known| known.id == model) {
            return Err(Error::invalid(
                "model",
                "This workspace has no such model that answers. Choose one of those it has, as PROVIDER/MODEL.",
            ));
        }
        let plan = self.plan(caller.workspace, revision).await?;
        if plan.speaks_by_model() {
            return Ok(());
        }
        Err(Error::invalid(
            "model",
            "No model's words are this flow's answer, so none can be chosen for it.",
        ))
    }

    /// Refuses knowledge bases that the caller may not search, that the workspace does not have, or
    /// that the flow would not search.
    async fn may_be_searched(
        &self,
        caller: &Caller,
        revision: &Revision,
        knowledge_bases: &[String],
    ) -> Result<()> {
        if knowledge_bases.is_empty() {
            return Ok(());
        }
        let refused = |message: String| Error::invalid("knowledge_bases", message);
        caller
            .require(Permission::KnowledgeRead)
            .map_err(|error| error.with_field("knowledge_bases"))?;
        if knowledge_bases.len() > MOST_BASES {
            let message = format!("At most {MOST_BASES} knowledge bases are searched at once.");
            return Err(refused(message));
        }
        if !self.plan(caller.workspace, revision).await?.searches() {
            let message = "This flow searches no knowledge base, so none can be chosen for it.";
            return Err(refused(message.to_owned()));
        }
        let known = self.store().knowledge(caller.workspace);
        for name in knowledge_bases {
            known.get(name).await.map_err(|error| match error.code {
                Code::NotFound => refused(format!(
                    "This workspace has no knowledge base “{name}”. Choose one of those it has, by slug or id."
                )),
                _ => error,
            })?;
        }
        Ok(())
    }

    /// Whether the flow of a conversation, as it is published, searches knowledge bases.
    pub async fn searches(&self, caller: &Caller, conversation: &Conversation) -> Result<bool> {
        caller.require(Permission::Chat)?;
        let flows = self.store().flows(caller.workspace);
        let flow = flows.get(&conversation.flow_id.to_string()).await?;
        if flow.published.is_none() {
            return Ok(false);
        }
        let revision = self.published(caller.workspace, &flow).await?;
        // A flow that cannot run any more must not hide what was said with it.
        let plan = self.plan(caller.workspace, &revision).await;
        Ok(plan.is_ok_and(|plan| plan.searches()))
    }
}

/// The answer that a question follows; it must be finished.
fn followed(tree: &Tree, parent: Option<Option<MessageId>>) -> Result<Option<&Place>> {
    let parent = match parent {
        None => tree.head(),
        Some(None) => None,
        Some(Some(id)) => Some(tree.get(id).ok_or_else(no_answer)?),
    };
    match parent {
        Some(place) if place.role != Speaker::Assistant => Err(no_answer()),
        Some(place) if place.status == MessageStatus::Running => Err(still_written()),
        other => Ok(other),
    }
}

fn no_answer() -> Error {
    Error::invalid(
        "parent",
        "parent must be an answer of this conversation, or null for a first question.",
    )
}

fn still_written() -> Error {
    Error::conflict("The last answer is still being written. Wait for it, or stop it.")
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
