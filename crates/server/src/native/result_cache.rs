//! Results that are kept for nodes with `cache`.

use axum::extract::State;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::error::ApiError;
use crate::extract::{Auth, Json};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(clear))
}

#[derive(Serialize, utoipa::ToSchema)]
struct Cleared {
    /// How many results there were.
    removed: u64,
}

/// Forget the results that are kept for the workspace's nodes with `cache`; they call again.
#[utoipa::path(delete, path = "/result-cache", tag = "flows", operation_id = "clear_result_cache",
    responses((status = 200, body = Cleared)))]
async fn clear(State(app): State<AppState>, Auth(caller): Auth) -> Result<Json<Cleared>, ApiError> {
    let removed = app.platform.clear_results(&caller).await?;
    Ok(Json(Cleared { removed }))
}
