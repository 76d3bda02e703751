//! What visitors of a share may do, and all they may do. They are known by their visit: a cookie that
//! is sent to their share's addresses only or, in a frame of another site, a bearer secret.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use cookie::time::Duration;
use headwater_model::Timestamp;
use headwater_model::flow::{FlowKind, InputField};
use headwater_model::id::{ConversationId, MessageId, RunId};
use headwater_model::page::Page;
use headwater_model::share::{Accent, VisitorConversation, VisitorMessage, VisitorRun};
use headwater_platform::conversations::Sent;
use headwater_platform::shares::visits::{NewVisit, SharedPage, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::session::is_secure;
use crate::AppState;
use crate::error::{ApiError, Problem};
use crate::extract::{Json, PageQuery, Paging, PathId, bearer, same_site, session_secret};
use crate::middleware::address_of;
use crate::sse;

/// The cookie of a visit; its path is that of the share.
const COOKIE: &str = "headwater_visit";

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(page))
        .routes(routes!(begin))
        .routes(routes!(list, create))
        .routes(routes!(get))
        .routes(routes!(send))
        .routes(routes!(regenerate))
        .routes(routes!(run))
        .routes(routes!(get_run))
        .routes(routes!(events))
        .routes(routes!(cancel))
}

/// Whoever visits the share that the path names; refuses everybody else.
struct At(Visitor);

#[derive(Deserialize)]
struct Token {
    token: String,
}

impl FromRequestParts<AppState> for At {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let path = Path::<Token>::from_request_parts(parts, state).await;
        let token = path.map_or_else(|_| String::new(), |path| path.0.token);
        let headers = &parts.headers;
        let secret = match bearer(headers) {
            Some(secret) => Some(secret.to_owned()),
            None => {
                same_site(&parts.method, headers)?;
                let jar = CookieJar::from_headers(headers);
                jar.get(COOKIE).map(|cookie| cookie.value().to_owned())
            }
        };
        let session = session_secret(headers);
        let visitor = state
            .platform
            .visitor(&token, secret.as_deref(), session.as_deref());
        Ok(Self(visitor.await?))
    }
}

/// How a shared page looks, and what it asks for.
#[derive(Serialize, utoipa::ToSchema)]
struct SharedLook {
    name: String,
    /// Headwater's own colour when absent.
    accent: Option<Accent>,
    /// Whether it is a conversation or a form.
    kind: FlowKind,
    greeting: String,
    starters: Vec<String>,
    /// The fields of a form.
    inputs: Vec<InputField>,
    /// Whether answers have passages to show.
    citations: bool,
    /// Whether the reader must sign in first; then greeting, questions and fields are not told.
    sign_in: bool,
}

impl From<SharedPage> for SharedLook {
    fn from(page: SharedPage) -> Self {
        Self {
            name: page.settings.name,
            accent: page.accent,
            kind: page.kind,
            greeting: page.settings.greeting,
            starters: page.settings.starters,
            inputs: page.inputs,
            citations: page.settings.citations != headwater_model::share::ShownCitations::None,
            sign_in: page.sign_in,
        }
    }
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct VisitBegun {
    /// Whether the page is in a frame of another site, where cookies may not be kept: then the secret
    /// is in the answer, to be sent as `Authorization: Bearer hwv_…`.
    #[serde(default)]
    embedded: bool,
}

#[derive(Serialize, utoipa::ToSchema)]
struct BegunVisit {
    /// Absent when the cookie has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    expires_at: Timestamp,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct VisitorQuestion {
    text: String,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct FilledIn {
    /// The form's fields by name.
    #[serde(default)]
    #[schema(value_type = Object)]
    input: Map<String, Value>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct VisitorConversationWithMessages {
    #[serde(flatten)]
    conversation: VisitorConversation,
    messages: Vec<VisitorMessage>,
}

/// What was kept; the answer is being written.
#[derive(Serialize, utoipa::ToSchema)]
struct QuestionSent {
    user_message: VisitorMessage,
    message: VisitorMessage,
    run_id: RunId,
}

/// How a shared page looks.
#[utoipa::path(get, path = "/shared/{token}", tag = "visits", operation_id = "get_shared_page", security(()), params(("token" = String, Path)),
    responses((status = 200, body = SharedLook), (status = 404, body = Problem, description = "It is not shared, or not any more.")))]
async fn page(
    State(app): State<AppState>,
    PathId(token): PathId<String>,
    headers: HeaderMap,
) -> Result<Json<SharedLook>, ApiError> {
    let session = session_secret(&headers);
    let page = app.platform.shared_page(&token, session.as_deref());
    Ok(Json(page.await?.into()))
}

/// Begin a visit; what is asked and answered in it is the visitor's own.
#[utoipa::path(post, path = "/shared/{token}/visits", tag = "visits", operation_id = "begin_visit", security(()), params(("token" = String, Path)),
    request_body = VisitBegun, responses((status = 201, body = BegunVisit), (status = 401, body = Problem, description = "It is for signed-in members."),
    (status = 404, body = Problem), (status = 429, body = Problem)))]
async fn begin(
    State(app): State<AppState>,
    PathId(token): PathId<String>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Json(body): Json<VisitBegun>,
) -> Result<Response, ApiError> {
    same_site(&Method::POST, &headers)?;
    let session = session_secret(&headers);
    let address = address_of(&headers, peer, &app.config);
    let visit = app
        .platform
        .begin_visit(&token, session.as_deref(), &address)
        .await?;
    let NewVisit {
        secret,
        expires_at,
        max_age_s,
    } = visit;
    if body.embedded {
        let secret = Some(secret);
        return Ok((StatusCode::CREATED, Json(BegunVisit { secret, expires_at })).into_response());
    }
    let cookie = Cookie::build((COOKIE, secret))
        .path(format!("/api/v1/shared/{token}"))
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(is_secure(&app, &headers))
        .max_age(Duration::seconds(max_age_s))
        .build();
    let begun = BegunVisit {
        secret: None,
        expires_at,
    };
    let kept = CookieJar::new().add(cookie);
    Ok((StatusCode::CREATED, kept, Json(begun)).into_response())
}

/// The visitor's conversations, the latest first.
#[utoipa::path(get, path = "/shared/{token}/conversations", tag = "visits", operation_id = "list_visitor_conversations", security(()),
    params(("token" = String, Path), PageQuery), responses((status = 200, body = Page<VisitorConversation>), (status = 401, body = Problem)))]
async fn list(
    State(app): State<AppState>,
    At(visitor): At,
    Paging(page): Paging,
) -> Result<Json<Page<VisitorConversation>>, ApiError> {
    let found = app.platform.visitor_conversations(&visitor, &page);
    Ok(Json(found.await?))
}

/// Begin a conversation.
#[utoipa::path(post, path = "/shared/{token}/conversations", tag = "visits", operation_id = "begin_visitor_conversation", security(()),
    params(("token" = String, Path)), responses((status = 201, body = VisitorConversation), (status = 401, body = Problem)))]
async fn create(
    State(app): State<AppState>,
    At(visitor): At,
) -> Result<(StatusCode, Json<VisitorConversation>), ApiError> {
    let made = app.platform.begin_shared(&visitor).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// One of the visitor's conversations with its messages.
#[utoipa::path(get, path = "/shared/{token}/conversations/{id}", tag = "visits", operation_id = "get_visitor_conversation", security(()),
    params(("token" = String, Path), ("id" = ConversationId, Path)),
    responses((status = 200, body = VisitorConversationWithMessages), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn get(
    State(app): State<AppState>,
    At(visitor): At,
    PathId((_, id)): PathId<(String, ConversationId)>,
) -> Result<Json<VisitorConversationWithMessages>, ApiError> {
    let (conversation, messages) = app.platform.visitor_conversation(&visitor, id).await?;
    Ok(Json(VisitorConversationWithMessages {
        conversation,
        messages,
    }))
}

/// Ask something. The answer is written by a run, whose events follow it.
#[utoipa::path(post, path = "/shared/{token}/conversations/{id}/messages", tag = "visits", operation_id = "send_visitor_message", security(()),
    params(("token" = String, Path), ("id" = ConversationId, Path)), request_body = VisitorQuestion,
    responses((status = 202, body = QuestionSent), (status = 401, body = Problem), (status = 404, body = Problem), (status = 429, body = Problem)))]
async fn send(
    State(app): State<AppState>,
    At(visitor): At,
    PathId((_, id)): PathId<(String, ConversationId)>,
    Json(body): Json<VisitorQuestion>,
) -> Result<(StatusCode, Json<QuestionSent>), ApiError> {
    let sent = app.platform.ask_shared(&visitor, id, &body.text).await?;
    Ok((StatusCode::ACCEPTED, Json(shown(&visitor, sent))))
}

/// Have an answer written again.
#[utoipa::path(post, path = "/shared/{token}/conversations/{id}/messages/{message_id}/regenerate", tag = "visits", operation_id = "regenerate_visitor_message",
    security(()), params(("token" = String, Path), ("id" = ConversationId, Path), ("message_id" = MessageId, Path)),
    responses((status = 202, body = QuestionSent), (status = 401, body = Problem), (status = 404, body = Problem), (status = 429, body = Problem)))]
async fn regenerate(
    State(app): State<AppState>,
    At(visitor): At,
    PathId((_, id, message)): PathId<(String, ConversationId, MessageId)>,
) -> Result<(StatusCode, Json<QuestionSent>), ApiError> {
    let sent = app.platform.answer_shared_again(&visitor, id, message);
    Ok((StatusCode::ACCEPTED, Json(shown(&visitor, sent.await?))))
}

fn shown(visitor: &Visitor, sent: Sent) -> QuestionSent {
    QuestionSent {
        user_message: visitor.shown(sent.question),
        message: visitor.shown(sent.answer),
        run_id: sent.run,
    }
}

/// Send the form: run the task flow.
#[utoipa::path(post, path = "/shared/{token}/runs", tag = "visits", operation_id = "start_visitor_run", security(()), params(("token" = String, Path)),
    request_body = FilledIn, responses((status = 202, body = VisitorRun), (status = 400, body = Problem), (status = 401, body = Problem), (status = 429, body = Problem)))]
async fn run(
    State(app): State<AppState>,
    At(visitor): At,
    Json(body): Json<FilledIn>,
) -> Result<(StatusCode, Json<VisitorRun>), ApiError> {
    let run = app.platform.run_shared(&visitor, body.input).await?;
    Ok((StatusCode::ACCEPTED, Json(run)))
}

/// One of the visitor's runs.
#[utoipa::path(get, path = "/shared/{token}/runs/{run_id}", tag = "visits", operation_id = "get_visitor_run", security(()),
    params(("token" = String, Path), ("run_id" = RunId, Path)), responses((status = 200, body = VisitorRun), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn get_run(
    State(app): State<AppState>,
    At(visitor): At,
    PathId((_, id)): PathId<(String, RunId)>,
) -> Result<Json<VisitorRun>, ApiError> {
    Ok(Json(app.platform.visitor_run(&visitor, id).await?))
}

/// Follow one of the visitor's runs. `Last-Event-ID` goes on where a reader was; `share.closed` ends
/// the stream when the page is not shared any more.
#[utoipa::path(get, path = "/shared/{token}/runs/{run_id}/events", tag = "visits", operation_id = "visitor_run_events", security(()),
    params(("token" = String, Path), ("run_id" = RunId, Path)),
    responses((status = 200, content_type = "text/event-stream", body = String), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn events(
    State(app): State<AppState>,
    At(visitor): At,
    PathId((_, id)): PathId<(String, RunId)>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let cursor = sse::cursor(&headers, None)?;
    let events = app.platform.visitor_events(&visitor, id, cursor).await?;
    Ok(sse::visited(events))
}

/// Stop one of the visitor's runs.
#[utoipa::path(post, path = "/shared/{token}/runs/{run_id}/cancel", tag = "visits", operation_id = "cancel_visitor_run", security(()),
    params(("token" = String, Path), ("run_id" = RunId, Path)), responses((status = 200, body = VisitorRun), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn cancel(
    State(app): State<AppState>,
    At(visitor): At,
    PathId((_, id)): PathId<(String, RunId)>,
) -> Result<Json<VisitorRun>, ApiError> {
    Ok(Json(app.platform.stop_visitor_run(&visitor, id).await?))
}
