//! Who did what.

use axum::extract::State;
use headwater_model::operations::AuditEntry;
use headwater_model::page::Page;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::error::ApiError;
use crate::extract::{Auth, Json, PageQuery, Paging};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list))
}

/// The audit trail, newest first.
#[utoipa::path(get, path = "/audit", tag = "audit", operation_id = "list_audit_entries", params(PageQuery), responses((status = 200, body = Page<AuditEntry>)))]
async fn list(
    State(app): State<AppState>,
    Auth(caller): Auth,
    Paging(page): Paging,
) -> Result<Json<Page<AuditEntry>>, ApiError> {
    Ok(Json(app.platform.audit_entries(&caller, &page).await?))
}
