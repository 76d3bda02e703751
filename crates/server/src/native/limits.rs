//! What a workspace may use.

use axum::extract::State;
use headwater_model::operations::Limit;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::error::ApiError;
use crate::extract::{Auth, Json};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list))
}

#[derive(Serialize, utoipa::ToSchema)]
struct Limits {
    items: Vec<Limit>,
}

/// The limits that hold in the workspace, and how much of each it uses; runs are those of the server that answers.
#[utoipa::path(get, path = "/limits", tag = "limits", operation_id = "list_limits", responses((status = 200, body = Limits)))]
async fn list(State(app): State<AppState>, Auth(caller): Auth) -> Result<Json<Limits>, ApiError> {
    let items = app.platform.limits(&caller).await?;
    Ok(Json(Limits { items }))
}
