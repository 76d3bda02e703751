//! Who did what.

use axum::extract::State;
use headwater_model::Timestamp;
use headwater_model::operations::{AuditEntry, AuditFilter};
use headwater_model::page::Page;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::error::{ApiError, Problem};
use crate::extract::{Auth, Json, PageQuery, Paging, Params};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// Whose: a user id, a key id, or `operator`.
    caller: Option<String>,
    /// A verb such as `flow.publish`, or what stands before its point, such as `flow`.
    action: Option<String>,
    /// The id of the thing acted on.
    target: Option<String>,
    /// At this time or later.
    from: Option<Timestamp>,
    /// Before this time.
    to: Option<Timestamp>,
}

/// The audit trail, newest first.
#[utoipa::path(get, path = "/audit", tag = "audit", operation_id = "list_audit_entries", params(PageQuery, Asked),
    responses((status = 200, body = Page<AuditEntry>), (status = 400, body = Problem)))]
async fn list(
    State(app): State<AppState>,
    Auth(caller): Auth,
    Paging(page): Paging,
    Params(asked): Params<Asked>,
) -> Result<Json<Page<AuditEntry>>, ApiError> {
    let filter = AuditFilter {
        caller: asked.caller,
        action: asked.action,
        target: asked.target,
        from: asked.from,
        to: asked.to,
    };
    let entries = app.platform.audit_entries(&caller, &filter, &page).await?;
    Ok(Json(entries))
}
