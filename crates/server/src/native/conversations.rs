//! Conversations and their messages.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::Event as Frame;
use axum::response::{IntoResponse as _, Response};
use headwater_model::access::Caller;
use headwater_model::conversation::{Conversation, Message};
use headwater_model::id::{ConversationId, MessageId, RunId};
use headwater_model::page::Page;
use headwater_model::run::event::Cursor;
use headwater_platform::conversations::Sent;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::error::{ApiError, Problem};
use crate::extract::{Auth, Json, PageQuery, Paging, PathId};
use crate::sse;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, rename, delete))
        .routes(routes!(send))
        .routes(routes!(regenerate))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewConversation {
    /// A flow's id or slug; the workspace's first published chat flow when absent.
    flow_id: Option<String>,
    title: Option<String>,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ConversationUpdate {
    title: String,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewMessage {
    text: String,
}

#[derive(Serialize, utoipa::ToSchema)]
struct ConversationWithMessages {
    #[serde(flatten)]
    conversation: Conversation,
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
#[utoipa::path(get, path = "/conversations", tag = "conversations", operation_id = "list_conversations", params(PageQuery), responses((status = 200, body = Page<Conversation>)))]
async fn list(
    State(app): State<AppState>,
    Auth(caller): Auth,
    Paging(page): Paging,
) -> Result<Json<Page<Conversation>>, ApiError> {
    Ok(Json(app.platform.conversations(&caller, &page).await?))
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

/// A conversation with its messages.
#[utoipa::path(get, path = "/conversations/{id}", tag = "conversations", operation_id = "get_conversation", params(("id" = ConversationId, Path)),
    responses((status = 200, body = ConversationWithMessages), (status = 404, body = Problem)))]
async fn get(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<ConversationId>,
) -> Result<Json<ConversationWithMessages>, ApiError> {
    let (conversation, messages) = app.platform.conversation(&caller, id).await?;
    Ok(Json(ConversationWithMessages {
        conversation,
        messages,
    }))
}

/// Rename a conversation.
#[utoipa::path(patch, path = "/conversations/{id}", tag = "conversations", operation_id = "rename_conversation", params(("id" = ConversationId, Path)),
    request_body = ConversationUpdate, responses((status = 200, body = Conversation), (status = 404, body = Problem)))]
async fn rename(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<ConversationId>,
    Json(body): Json<ConversationUpdate>,
) -> Result<Json<Conversation>, ApiError> {
    Ok(Json(
        app.platform
            .rename_conversation(&caller, id, &body.title)
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
    request_body = NewMessage, responses((status = 202, body = MessageSent), (status = 409, body = Problem), (status = 429, body = Problem)))]
async fn send(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<ConversationId>,
    headers: HeaderMap,
    Json(body): Json<NewMessage>,
) -> Result<Response, ApiError> {
    let sent = app.platform.send_message(&caller, id, &body.text).await?;
    answer(&app, &caller, &headers, sent).await
}

/// Write an answer again.
#[utoipa::path(post, path = "/conversations/{id}/messages/{message_id}/regenerate", tag = "conversations", operation_id = "regenerate_message",
    params(("id" = ConversationId, Path), ("message_id" = MessageId, Path)), responses((status = 202, body = MessageSent), (status = 409, body = Problem)))]
async fn regenerate(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId((id, message)): PathId<(ConversationId, MessageId)>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let sent = app.platform.regenerate(&caller, id, message).await?;
    answer(&app, &caller, &headers, sent).await
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
