//! Form pages of triggers: plain pages made here, without any script.

mod page;
mod posted;

use std::net::SocketAddr;

use axum::Router;
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use headwater_model::{Code, Error};
use headwater_platform::triggers::form::Sent;

use crate::AppState;
use crate::error::status;
use crate::extract::session_secret;
use crate::middleware::address_of;

/// How often a page that waits for a run looks again, in seconds.
const LOOK_AGAIN: &str = "2";
/// The last part of the address a program is thanked at that filled in what nobody sees.
const NOTHING: &str = "thanks";

pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/forms/{trigger}", get(show).post(send))
        .route("/forms/{trigger}/sent/{ticket}", get(sent))
}

async fn show(
    State(app): State<AppState>,
    Path(trigger): Path<String>,
    headers: HeaderMap,
) -> Response {
    let session = session_secret(&headers);
    match app.platform.form(&trigger, session.as_deref()).await {
        Ok(form) => html(StatusCode::OK, page::form(&form, None)),
        Err(error) => refusal(&error),
    }
}

async fn send(
    State(app): State<AppState>,
    Path(trigger): Path<String>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let headers = request.headers().clone();
    let posted = match posted::read(&app, request).await {
        Ok(posted) => posted,
        Err(error) => return refusal(&error),
    };
    let (session, address) = (
        session_secret(&headers),
        address_of(&headers, peer, &app.config),
    );
    let sending = app
        .platform
        .send_form(&trigger, session.as_deref(), &address, &posted);
    match sending.await {
        Ok(Sent::Ticket(ticket)) => to(&format!("/forms/{trigger}/sent/{ticket}")),
        Ok(Sent::Nothing) => to(&format!("/forms/{trigger}/sent/{NOTHING}")),
        Ok(Sent::Again { page: form, told }) => html(
            StatusCode::UNPROCESSABLE_ENTITY,
            page::form(&form, told.as_deref()),
        ),
        Err(error) => refusal(&error),
    }
}

async fn sent(
    State(app): State<AppState>,
    Path((trigger, ticket)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let session = session_secret(&headers);
    let after = match ticket.as_str() {
        NOTHING => app.platform.form_thanks(&trigger, session.as_deref()).await,
        ticket => {
            app.platform
                .form_sent(&trigger, session.as_deref(), ticket)
                .await
        }
    };
    match after {
        Ok(after) => {
            let waits = after
                .run
                .as_ref()
                .is_some_and(|run| !run.status.is_terminal());
            let mut response = html(StatusCode::OK, page::after(&after));
            if waits {
                let refresh = HeaderValue::from_static(LOOK_AGAIN);
                response.headers_mut().insert(header::REFRESH, refresh);
            }
            response
        }
        Err(error) => refusal(&error),
    }
}

/// After sending, a browser asks for the next page anew, so that reloading it sends nothing.
fn to(address: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, address)]).into_response()
}

fn refusal(error: &Error) -> Response {
    let status = status(error.code);
    if error.code == Code::Internal {
        tracing::error!(source = error.source_text(), "a form page failed");
    }
    let mut response = html(status, page::refusal(error));
    if let Some(seconds) = error.retry_after {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

fn html(status: StatusCode, page: String) -> Response {
    let mut response = (status, page).into_response();
    let headers = response.headers_mut();
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, kind);
    headers.insert(header::CONTENT_SECURITY_POLICY, page::POLICY.clone());
    // The address is the only key to the page, so search engines are to leave it alone.
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex"));
    response
}
