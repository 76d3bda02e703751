//! Conversations, their branches and their messages.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::Event as Frame;
use axum::response::{IntoResponse as _, Response};
use headwater_model::Error;
use headwater_model::access::Caller;
use headwater_model::conversation::{Conversation, Message};
use headwater_model::id::{AttachmentId, ConversationId, FolderId, MessageId, RunId};
use headwater_model::page::Page;
use headwater_model::run::event::Cursor;
use headwater_platform::conversations::{Ask, Choice, ConversationChange, Sent, Shelf};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::given;
use crate::AppState;
use crate::error::{ApiError, Problem};
use crate::extract::{Auth, Json, PageQuery, Paging, Params, PathId};
use crate::sse;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, update, delete))
        .routes(routes!(send))
        .routes(routes!(regenerate))
        .routes(routes!(siblings))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewConversation {
    /// A flow's id or slug; the workspace's first published chat flow when absent.
    flow_id: Option<String>,
    title: Option<String>,
}

/// What is absent stays as it is.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ConversationUpdate {
    title: Option<String>,
    pinned: Option<bool>,
    /// A folder, or null for none.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<FolderId>)]
    folder_id: Option<Option<FolderId>>,
    /// A message: the branch through it is shown from now on, to its newest end.
    shown: Option<MessageId>,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewMessage {
    text: String,
    /// The answer that this question follows; null for a first question. Without it, the last answer
    /// that is shown. A question beside another one, which follows the same, is a branch.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<MessageId>)]
    parent: Option<Option<MessageId>>,
    /// The model that answers, as PROVIDER/MODEL, in place of the flow's own; needs `chat.models`.
    model: Option<String>,
    /// The knowledge bases that are searched, by slug or id, in place of those that the flow's own
    /// nodes name; needs `knowledge.read`. Those that the flow names when empty.
    #[serde(default)]
    knowledge_bases: Vec<String>,
    /// Files and pictures that the question carries: those that were attached and that no question
    /// took, and those of earlier questions of this conversation.
    #[serde(default)]
    attachments: Vec<AttachmentId>,
}

/// How an answer is written again.
#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Again {
    /// The model that answers, as PROVIDER/MODEL, in place of the flow's own; needs `chat.models`.
    model: Option<String>,
    /// The knowledge bases that are searched, by slug or id, in place of those that the flow's own
    /// nodes name; needs `knowledge.read`. Those that the flow names when empty.
    #[serde(default)]
    knowledge_bases: Vec<String>,
}

/// Which conversations to list.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct ShelfQuery {
    /// Only pinned ones, or only others.
    pinned: Option<bool>,
    /// Only those in this folder, or with `none` in no folder.
    folder: Option<String>,
}

impl ShelfQuery {
    fn read(self) -> Result<Shelf, Error> {
        let folder = match self.folder.as_deref() {
            None => None,
            Some("none") => Some(None),
            Some(id) => {
                let id = id
                    .parse()
                    .map_err(|error: Error| error.with_field("folder"))?;
                Some(Some(id))
            }
        };
        Ok(Shelf {
            pinned: self.pinned,
            folder,
        })
    }
}

/// Which branch to show.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct BranchQuery {
    /// A message: the branch through it, to its newest end. Without it, the one that was shown last.
    m: Option<MessageId>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct ConversationWithMessages {
    #[serde(flatten)]
    conversation: Conversation,
    /// Whether its flow searches knowledge bases: then others can be searched for a question.
    searches: bool,
    messages: Vec<Message>,
}

/// What was kept; the answer is being written.
#[derive(Serialize, utoipa::ToSchema)]
struct MessageSent {
    user_message: Message,
    message: Message,
    run_id: RunId,
}

/// My conversations, the latest first.
#[utoipa::path(get, path = "/conversations", tag = "conversations", operation_id = "list_conversations", params(ShelfQuery, PageQuery), responses((status = 200, body = Page<Conversation>)))]
async fn list(
    State(app): State<AppState>,
    Auth(caller): Auth,
    Params(shelf): Params<ShelfQuery>,
    Paging(page): Paging,
) -> Result<Json<Page<Conversation>>, ApiError> {
    let shelf = shelf.read()?;
    Ok(Json(
        app.platform.conversations(&caller, &shelf, &page).await?,
    ))
}

/// Begin a conversation.
#[utoipa::path(post, path = "/conversations", tag = "conversations", operation_id = "create_conversation", request_body = NewConversation,
    responses((status = 201, body = Conversation), (status = 404, body = Problem)))]
async fn create(
    State(app): State<AppState>,
    Auth(caller): Auth,
    Json(body): Json<NewConversation>,
) -> Result<(StatusCode, Json<Conversation>), ApiError> {
    let made = app
        .platform
        .create_conversation(&caller, body.flow_id.as_deref(), body.title)
        .await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// A conversation with the messages of one of its branches.
#[utoipa::path(get, path = "/conversations/{id}", tag = "conversations", operation_id = "get_conversation", params(("id" = ConversationId, Path), BranchQuery),
    responses((status = 200, body = ConversationWithMessages), (status = 404, body = Problem)))]
async fn get(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<ConversationId>,
    Params(branch): Params<BranchQuery>,
) -> Result<Json<ConversationWithMessages>, ApiError> {
    let (conversation, messages) = app.platform.conversation(&caller, id, branch.m).await?;
    let searches = app.platform.searches(&caller, &conversation).await?;
    Ok(Json(ConversationWithMessages {
        conversation,
        searches,
        messages,
    }))
}

/// Rename a conversation, pin it, put it into a folder, or show another branch of it.
#[utoipa::path(patch, path = "/conversations/{id}", tag = "conversations", operation_id = "update_conversation", params(("id" = ConversationId, Path)),
    request_body = ConversationUpdate, responses((status = 200, body = Conversation), (status = 400, body = Problem), (status = 404, body = Problem)))]
async fn update(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<ConversationId>,
    Json(body): Json<ConversationUpdate>,
) -> Result<Json<Conversation>, ApiError> {
    let change = ConversationChange {
        title: body.title,
        pinned: body.pinned,
        folder: body.folder_id,
        shown: body.shown,
    };
    Ok(Json(
        app.platform
            .change_conversation(&caller, id, change)
            .await?,
    ))
}

/// Delete a conversation with its messages.
#[utoipa::path(delete, path = "/conversations/{id}", tag = "conversations", operation_id = "delete_conversation", params(("id" = ConversationId, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn delete(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<ConversationId>,
) -> Result<StatusCode, ApiError> {
    app.platform.delete_conversation(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Send a message. The answer is written by a run; with `Accept: text/event-stream` its events follow,
/// after one `message.sent` frame with what was kept.
#[utoipa::path(post, path = "/conversations/{id}/messages", tag = "conversations", operation_id = "send_message", params(("id" = ConversationId, Path)),
    request_body = NewMessage, responses((status = 202, body = MessageSent), (status = 400, body = Problem), (status = 409, body = Problem), (status = 429, body = Problem)))]
async fn send(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<ConversationId>,
    headers: HeaderMap,
    Json(body): Json<NewMessage>,
) -> Result<Response, ApiError> {
    let ask = Ask {
        text: body.text,
        parent: body.parent,
        choice: Choice {
            model: body.model,
            knowledge_bases: body.knowledge_bases,
        },
        attachments: body.attachments,
    };
    let sent = app.platform.send_message(&caller, id, ask).await?;
    answer(&app, &caller, &headers, sent).await
}

/// Write an answer again, be it with another model. The message is the answer or its question; the
/// new answer stands beside those that are there.
#[utoipa::path(post, path = "/conversations/{id}/messages/{message_id}/regenerate", tag = "conversations", operation_id = "regenerate_message",
    params(("id" = ConversationId, Path), ("message_id" = MessageId, Path)), request_body = Option<Again>,
    responses((status = 202, body = MessageSent), (status = 400, body = Problem), (status = 409, body = Problem)))]
async fn regenerate(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId((id, message)): PathId<(ConversationId, MessageId)>,
    headers: HeaderMap,
    body: Option<Json<Again>>,
) -> Result<Response, ApiError> {
    let body = body.map_or_else(Again::default, |Json(body)| body);
    let choice = Choice {
        model: body.model,
        knowledge_bases: body.knowledge_bases,
    };
    let sent = app
        .platform
        .regenerate(&caller, id, message, choice)
        .await?;
    answer(&app, &caller, &headers, sent).await
}

/// The messages in the place of one, itself included, oldest first: the forms of a question, or the
/// answers to it.
#[utoipa::path(get, path = "/conversations/{id}/messages/{message_id}/siblings", tag = "conversations", operation_id = "list_sibling_messages",
    params(("id" = ConversationId, Path), ("message_id" = MessageId, Path)), responses((status = 200, body = Page<Message>), (status = 404, body = Problem)))]
async fn siblings(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId((id, message)): PathId<(ConversationId, MessageId)>,
) -> Result<Json<Page<Message>>, ApiError> {
    let items = app.platform.sibling_messages(&caller, id, message).await?;
    Ok(Json(Page { items, next: None }))
}

async fn answer(
    app: &AppState,
    caller: &Caller,
    headers: &HeaderMap,
    sent: Sent,
) -> Result<Response, ApiError> {
    let body = MessageSent {
        user_message: sent.question,
        message: sent.answer,
        run_id: sent.run,
    };
    let streams = headers
        .get(header::ACCEPT)
        .is_some_and(|value| value.as_bytes().starts_with(b"text/event-stream"));
    if !streams {
        return Ok((StatusCode::ACCEPTED, Json(body)).into_response());
    }
    let first = Frame::default()
        .event("message.sent")
        .json_data(&body)
        .unwrap_or_default();
    Ok(sse::response(
        vec![first],
        app.platform
            .run_events(caller, sent.run, Cursor::default())
            .await?,
    ))
}
