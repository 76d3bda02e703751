//! Who belongs to the workspace.

use axum::extract::State;
use axum::http::StatusCode;
use headwater_model::access::Role;
use headwater_model::id::UserId;
use headwater_model::identity::Member;
use headwater_model::page::Page;
use headwater_platform::identity::NewMember;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::error::{ApiError, Problem};
use crate::extract::{Auth, Json, PathId};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(update, delete))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct MemberRequest {
    email: String,
    name: String,
    role: Role,
    /// For a new account; made up and shown once when absent.
    password: Option<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct MemberAdded {
    member: Member,
    /// Shown once; absent when a password was sent or the account existed.
    initial_password: Option<String>,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct RoleUpdate {
    role: Role,
}

/// Everyone in the workspace.
#[utoipa::path(get, path = "/members", tag = "members", operation_id = "list_members", responses((status = 200, body = Page<Member>)))]
async fn list(
    State(app): State<AppState>,
    Auth(caller): Auth,
) -> Result<Json<Page<Member>>, ApiError> {
    Ok(Json(Page {
        items: app.platform.members(&caller).await?,
        next: None,
    }))
}

/// Add a person.
#[utoipa::path(post, path = "/members", tag = "members", operation_id = "add_member", request_body = MemberRequest,
    responses((status = 201, body = MemberAdded), (status = 409, body = Problem)))]
async fn create(
    State(app): State<AppState>,
    Auth(caller): Auth,
    Json(body): Json<MemberRequest>,
) -> Result<(StatusCode, Json<MemberAdded>), ApiError> {
    let MemberRequest {
        email,
        name,
        role,
        password,
    } = body;
    let added = app
        .platform
        .add_member(
            &caller,
            NewMember {
                email,
                name,
                role,
                password,
            },
        )
        .await?;
    Ok((
        StatusCode::CREATED,
        Json(MemberAdded {
            member: added.member,
            initial_password: added.initial_password,
        }),
    ))
}

/// Change a member's role.
#[utoipa::path(patch, path = "/members/{user_id}", tag = "members", operation_id = "update_member", params(("user_id" = UserId, Path)),
    request_body = RoleUpdate, responses((status = 200, body = Member), (status = 404, body = Problem)))]
async fn update(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(user): PathId<UserId>,
    Json(body): Json<RoleUpdate>,
) -> Result<Json<Member>, ApiError> {
    Ok(Json(
        app.platform
            .set_member_role(&caller, user, body.role)
            .await?,
    ))
}

/// Take a member out of the workspace.
#[utoipa::path(delete, path = "/members/{user_id}", tag = "members", operation_id = "remove_member", params(("user_id" = UserId, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn delete(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(user): PathId<UserId>,
) -> Result<StatusCode, ApiError> {
    app.platform.remove_member(&caller, user).await?;
    Ok(StatusCode::NO_CONTENT)
}
