//! Providers: vendors a workspace configured. Keys go in and never come out.

use axum::extract::State;
use axum::http::StatusCode;
use headwater_model::id::ProviderId;
use headwater_model::page::Page;
use headwater_model::provider::{Provider, ProviderKind, ProviderTest};
use headwater_platform::providers::{NewProvider, ProviderPatch};
use serde::{Deserialize, Deserializer};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::error::{ApiError, Problem};
use crate::extract::{Auth, Json, PathId};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(test_unsaved))
        .routes(routes!(update, delete))
        .routes(routes!(test))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ProviderRequest {
    kind: ProviderKind,
    name: String,
    /// The vendor's own when absent.
    base_url: Option<String>,
    /// Sealed at once, never shown again.
    api_key: Option<String>,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ProviderChanges {
    name: Option<String>,
    base_url: Option<String>,
    /// A new key; `null` or empty removes it; absent leaves it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    api_key: Option<Option<String>>,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ProviderTestRequest {
    kind: ProviderKind,
    /// Only for the words of the answer.
    name: Option<String>,
    base_url: Option<String>,
    api_key: Option<String>,
}

/// Tells `null` from absent.
fn present<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(from).map(Some)
}

/// The workspace's providers.
#[utoipa::path(get, path = "/providers", tag = "providers", operation_id = "list_providers",
    responses((status = 200, body = Page<Provider>)))]
async fn list(
    State(app): State<AppState>,
    Auth(caller): Auth,
) -> Result<Json<Page<Provider>>, ApiError> {
    Ok(Json(Page {
        items: app.platform.providers(&caller).await?,
        next: None,
    }))
}

/// Add a provider.
#[utoipa::path(post, path = "/providers", tag = "providers", operation_id = "create_provider",
    request_body = ProviderRequest,
    responses((status = 201, body = Provider), (status = 400, body = Problem), (status = 409, body = Problem)))]
async fn create(
    State(app): State<AppState>,
    Auth(caller): Auth,
    Json(body): Json<ProviderRequest>,
) -> Result<(StatusCode, Json<Provider>), ApiError> {
    let new = NewProvider {
        kind: body.kind,
        name: body.name,
        base_url: body.base_url,
        api_key: body.api_key,
    };
    let made = app.platform.create_provider(&caller, new).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Change a provider.
#[utoipa::path(patch, path = "/providers/{id}", tag = "providers", operation_id = "update_provider",
    params(("id" = ProviderId, Path)), request_body = ProviderChanges,
    responses((status = 200, body = Provider), (status = 400, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn update(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<ProviderId>,
    Json(body): Json<ProviderChanges>,
) -> Result<Json<Provider>, ApiError> {
    let patch = ProviderPatch {
        name: body.name,
        base_url: body.base_url,
        api_key: body.api_key,
    };
    Ok(Json(
        app.platform.update_provider(&caller, id, patch).await?,
    ))
}

/// Remove a provider and its key.
#[utoipa::path(delete, path = "/providers/{id}", tag = "providers", operation_id = "delete_provider",
    params(("id" = ProviderId, Path)), responses((status = 204), (status = 404, body = Problem)))]
async fn delete(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<ProviderId>,
) -> Result<StatusCode, ApiError> {
    app.platform.delete_provider(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ask a saved provider for its models.
#[utoipa::path(post, path = "/providers/{id}/test", tag = "providers", operation_id = "test_provider",
    params(("id" = ProviderId, Path)), responses((status = 200, body = ProviderTest), (status = 404, body = Problem)))]
async fn test(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(id): PathId<ProviderId>,
) -> Result<Json<ProviderTest>, ApiError> {
    Ok(Json(app.platform.test_provider(&caller, id).await?))
}

/// Try a provider before saving it; nothing is kept.
#[utoipa::path(post, path = "/providers/test", tag = "providers", operation_id = "test_new_provider",
    request_body = ProviderTestRequest,
    responses((status = 200, body = ProviderTest), (status = 400, body = Problem)))]
async fn test_unsaved(
    State(app): State<AppState>,
    Auth(caller): Auth,
    Json(body): Json<ProviderTestRequest>,
) -> Result<Json<ProviderTest>, ApiError> {
    let new = NewProvider {
        kind: body.kind,
        name: body.name.unwrap_or_default(),
        base_url: body.base_url,
        api_key: body.api_key,
    };
    Ok(Json(app.platform.test_new_provider(&caller, new).await?))
}
