//! From a request to a caller, a page, a body; refusals are problems like all others.

use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, OptionalFromRequest, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use headwater_model::access::Caller;
use headwater_model::id::WorkspaceId;
use headwater_model::page::PageRequest;
use headwater_model::{Code, Error};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::AppState;
use crate::error::ApiError;
use crate::socket;

/// The session cookie's name.
pub(crate) const SESSION_COOKIE: &str = "headwater_session";
const WORKSPACE_HEADER: &str = "headwater-workspace";

/// Whoever makes this request; refuses strangers.
pub(crate) struct Auth(pub Caller);

impl FromRequestParts<AppState> for Auth {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let workspace = workspace(&parts.headers)?;
        if let Some(secret) = bearer(&parts.headers) {
            let caller = state.platform.caller_by_key(secret, workspace).await?;
            return Ok(Self(traced(caller, &parts.headers)));
        }
        let Some(secret) = session_secret(&parts.headers) else {
            return Err(Error::new(
                Code::Unauthenticated,
                "Sign in, or send an API key as `Authorization: Bearer hw_…`.",
            )
            .into());
        };
        if socket::is_asked_for(&parts.headers) {
            socket::own_page(&parts.headers, state.config.trust_proxy)?;
        }
        same_site(&parts.method, &parts.headers)?;
        let caller = state.platform.caller_by_session(&secret, workspace).await?;
        Ok(Self(traced(caller, &parts.headers)))
    }
}

/// Whoever a key belongs to, in the workspace the headers name; for doors that take keys only.
pub(crate) async fn caller_of_key(
    state: &AppState,
    secret: Option<&str>,
    headers: &HeaderMap,
) -> Result<Caller, ApiError> {
    let workspace = workspace(headers)?;
    let secret = secret.ok_or_else(|| {
        Error::new(
            Code::Unauthenticated,
            "Send an API key with the scope “run” as `Authorization: Bearer hw_…`.",
        )
    })?;
    Ok(state.platform.caller_by_key(secret, workspace).await?)
}

/// The caller, within the trace their request names; what is no traceparent names none.
fn traced(caller: Caller, headers: &HeaderMap) -> Caller {
    let parent = headers
        .get("traceparent")
        .and_then(|value| value.to_str().ok());
    Caller {
        trace: parent.and_then(|parent| parent.parse().ok()),
        ..caller
    }
}

/// The key or operator credential of `Authorization: Bearer …`, or of a WebSocket's protocols.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return socket::said(headers, "headwater.key.");
    };
    let (scheme, secret) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}

/// The secret in the session cookie.
pub(crate) fn session_secret(headers: &HeaderMap) -> Option<String> {
    CookieJar::from_headers(headers)
        .get(SESSION_COOKIE)
        .map(|cookie| cookie.value().to_owned())
}

fn workspace(headers: &HeaderMap) -> Result<Option<WorkspaceId>, ApiError> {
    let header = headers.get(WORKSPACE_HEADER);
    let header = header.map(|value| value.to_str().unwrap_or_default());
    let Some(id) = header.or_else(|| socket::said(headers, "headwater.workspace.")) else {
        return Ok(None);
    };
    let id = id
        .parse()
        .map_err(|error: Error| error.with_field("Headwater-Workspace"))?;
    Ok(Some(id))
}

/// Cookies travel by themselves, so a change made with one must show that it comes from our own pages.
pub(crate) fn same_site(method: &Method, headers: &HeaderMap) -> Result<(), ApiError> {
    if method.is_safe() {
        return Ok(());
    }
    let is = |name: &str, value: &str| {
        headers
            .get(name)
            .is_some_and(|found| found.as_bytes() == value.as_bytes())
    };
    if is("x-requested-with", "headwater") || is("sec-fetch-site", "same-origin") {
        return Ok(());
    }
    Err(Error::forbidden("This change did not come from Headwater's own pages. Send `X-Requested-With: headwater`, or use an API key.").into())
}

/// A JSON body, in or out.
pub(crate) struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<AppState> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, ApiError> {
        let most = state.platform.config().limits.body_bytes;
        if content_length(request.headers()).is_some_and(|bytes| bytes > most) {
            return Err(too_large("body_bytes", most).into());
        }
        match <axum::Json<T> as FromRequest<AppState>>::from_request(request, state).await {
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(bad_body(&rejection, most).into()),
        }
    }
}

/// A body that may be left out; one that is sent must be right.
impl<T: DeserializeOwned> OptionalFromRequest<AppState> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<Option<Self>, ApiError> {
        let headers = request.headers();
        if !headers.contains_key(header::CONTENT_TYPE) && content_length(headers).unwrap_or(0) == 0
        {
            return Ok(None);
        }
        <Self as FromRequest<AppState>>::from_request(request, state)
            .await
            .map(Some)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

fn bad_body(rejection: &JsonRejection, most: u64) -> Error {
    match rejection {
        JsonRejection::MissingJsonContentType(_) => {
            Error::invalid("Content-Type", "Send `Content-Type: application/json`.")
        }
        JsonRejection::JsonDataError(error) => {
            Error::invalid("body", in_plain_words(&inner_message(error)))
        }
        JsonRejection::JsonSyntaxError(error) => Error::invalid(
            "body",
            format!("The body is not JSON: {}", inner_message(error)),
        ),
        other if other.status().as_u16() == 413 => too_large("body_bytes", most),
        other => Error::invalid("body", format!("The body could not be read: {other}")),
    }
}

/// Without the parser's view of our types, and without places in a body that a client may have
/// made from something else.
fn in_plain_words(message: &str) -> String {
    let message = message
        .rsplit_once(" at line ")
        .map_or(message, |(before, _)| before);
    match message.split_once("expected struct ") {
        Some((before, _)) => format!("{before}expected an object."),
        None => format!("{message}."),
    }
}

fn inner_message(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut inner = error.source();
    while let Some(cause) = inner {
        text = cause.to_string();
        inner = cause.source();
    }
    text
}

/// How many bytes of body the request says it has.
pub(crate) fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

/// The body has more than `most` bytes.
pub(crate) fn too_large(limit: &'static str, most: u64) -> Error {
    let most = match most {
        bytes if bytes >= 1 << 20 => format!("{} MiB", bytes >> 20),
        bytes => format!("{bytes} bytes"),
    };
    Error::new(Code::TooLarge, format!("The request is larger than {most}, the most this server accepts. Send less, or ask an operator to raise the limit.")).with_limit(limit, None)
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// How many items at most (1 to 200, 50 when absent).
    pub limit: Option<u32>,
    /// The `next` of the page before.
    pub after: Option<String>,
}

/// Which page of a list is asked for.
pub(crate) struct Paging(pub PageRequest);

impl FromRequestParts<AppState> for Paging {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let Params(query) = Params::<PageQuery>::from_request_parts(parts, state).await?;
        Ok(Self(PageRequest::new(query.limit, query.after)?))
    }
}

/// Query parameters.
pub(crate) struct Params<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<AppState> for Params<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(value)) => Ok(Self(value)),
            Err(rejection) => Err(Error::invalid("query", inner_message(&rejection)).into()),
        }
    }
}

/// An id in the path; one of the wrong form names nothing.
pub(crate) struct PathId<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<AppState> for PathId<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(value)) => Ok(Self(value)),
            Err(_) => Err(Error::not_found("thing").into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::in_plain_words;

    #[test]
    fn a_refused_body_is_told_without_our_types() {
        let told =
            "document: invalid type: string \"x\", expected struct FlowDocument at line 1 column 4";
        let plain = "document: invalid type: string \"x\", expected an object.";
        assert_eq!(in_plain_words(told), plain);
        let unknown = "a: unknown field `a`, expected `name` at line 1 column 16";
        assert_eq!(
            in_plain_words(unknown),
            "a: unknown field `a`, expected `name`."
        );
    }
}
