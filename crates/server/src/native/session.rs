//! Signing in and out, and who one is.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use cookie::time::Duration;
use headwater_model::Error;
use headwater_model::access::Role;
use headwater_model::id::WorkspaceId;
use headwater_model::identity::User;
use headwater_platform::identity::{self, SignedIn};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::error::{ApiError, Problem};
use crate::extract::{Auth, Json, SESSION_COOKIE, same_site, session_secret};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(create, delete))
        .routes(routes!(get_me, update_me))
}

/// Who the caller is, where, and what they may do.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct Me {
    /// Absent for programs and the local operator.
    user: Option<User>,
    workspace: WorkspaceName,
    workspaces: Vec<MyWorkspace>,
    role: Role,
    permissions: Vec<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct WorkspaceName {
    id: WorkspaceId,
    name: String,
}

#[derive(Serialize, utoipa::ToSchema)]
struct MyWorkspace {
    id: WorkspaceId,
    name: String,
    role: Role,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SignIn {
    email: String,
    password: String,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct MeUpdate {
    name: Option<String>,
    current_password: Option<String>,
    new_password: Option<String>,
}

impl From<identity::Me> for Me {
    fn from(me: identity::Me) -> Self {
        let workspaces = me.workspaces.into_iter();
        Self {
            user: me.user,
            workspace: WorkspaceName {
                id: me.workspace.id,
                name: me.workspace.name,
            },
            workspaces: workspaces
                .map(|w| MyWorkspace {
                    id: w.workspace.id,
                    name: w.workspace.name,
                    role: w.role,
                })
                .collect(),
            role: me.role,
            permissions: me.permissions.into_iter().map(str::to_owned).collect(),
        }
    }
}

/// Sign in with e-mail and password; sets the session cookie.
#[utoipa::path(post, path = "/session", tag = "session", operation_id = "sign_in", security(()), request_body = SignIn,
    responses((status = 200, body = Me), (status = 401, body = Problem), (status = 429, body = Problem)))]
async fn create(
    State(app): State<AppState>,
    headers: HeaderMap,
    Json(body): Json<SignIn>,
) -> Result<Response, ApiError> {
    let session = app.platform.sign_in(&body.email, body.password).await?;
    Ok(signed_in(&app, &headers, session))
}

/// Sign out.
#[utoipa::path(delete, path = "/session", tag = "session", operation_id = "sign_out", responses((status = 204)))]
async fn delete(
    State(app): State<AppState>,
    headers: HeaderMap,
    jar: CookieJar,
) -> Result<Response, ApiError> {
    same_site(&axum::http::Method::DELETE, &headers)?;
    if let Some(secret) = session_secret(&headers) {
        app.platform.sign_out(&secret).await?;
    }
    let gone = Cookie::build((SESSION_COOKIE, "")).path("/").build();
    Ok((StatusCode::NO_CONTENT, jar.remove(gone)).into_response())
}

/// Who am I?
#[utoipa::path(get, path = "/me", tag = "session", operation_id = "get_me", responses((status = 200, body = Me), (status = 401, body = Problem)))]
async fn get_me(State(app): State<AppState>, Auth(caller): Auth) -> Result<Json<Me>, ApiError> {
    Ok(Json(app.platform.me(&caller).await?.into()))
}

/// Change my name or password.
#[utoipa::path(patch, path = "/me", tag = "session", operation_id = "update_me", request_body = MeUpdate,
    responses((status = 200, body = Me), (status = 400, body = Problem)))]
async fn update_me(
    State(app): State<AppState>,
    Auth(caller): Auth,
    headers: HeaderMap,
    Json(body): Json<MeUpdate>,
) -> Result<Json<Me>, ApiError> {
    let passwords = match (body.current_password, body.new_password) {
        (Some(current), Some(new)) => Some((current, new)),
        (None, None) => None,
        _ => {
            return Err(Error::invalid(
                "new_password",
                "Send current_password and new_password together.",
            )
            .into());
        }
    };
    let secret = session_secret(&headers);
    Ok(Json(
        app.platform
            .update_me(&caller, secret.as_deref(), body.name, passwords)
            .await?
            .into(),
    ))
}

/// Whether cookies are to travel over https only.
pub(super) fn is_secure(app: &AppState, headers: &HeaderMap) -> bool {
    let https = app.config.trust_proxy
        && headers
            .get("x-forwarded-proto")
            .is_some_and(|value| value.as_bytes() == b"https");
    app.config.secure_cookies || https
}

/// The answer to a successful sign-in, cookie included.
pub(super) fn signed_in(app: &AppState, headers: &HeaderMap, session: SignedIn) -> Response {
    let max_age = i64::try_from(session.max_age_s).unwrap_or(i64::MAX);
    let cookie = Cookie::build((SESSION_COOKIE, session.secret))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(is_secure(app, headers))
        .max_age(Duration::seconds(max_age))
        .build();
    (CookieJar::new().add(cookie), Json(Me::from(session.me))).into_response()
}
