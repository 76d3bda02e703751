//! Models: what flows may name, and what "default" means.

use axum::extract::State;
use headwater_model::price::{ModelPrice, Price};
use headwater_model::provider::Model;
use headwater_platform::providers::Models;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::error::{ApiError, Problem};
use crate::extract::{Auth, Json};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(set_default))
        .routes(routes!(prices, set_price))
}

#[derive(Serialize, utoipa::ToSchema)]
struct ModelList {
    /// What "default" means in this workspace.
    default: String,
    /// Any `PROVIDER/MODEL` may be used, also one that no list has.
    items: Vec<Model>,
}

impl From<Models> for ModelList {
    fn from(models: Models) -> Self {
        Self {
            default: models.default,
            items: models.items,
        }
    }
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct DefaultModel {
    /// `PROVIDER/MODEL`, or `builtin/extractive`.
    model: String,
}

#[derive(Serialize, utoipa::ToSchema)]
struct PriceItems {
    /// In US dollars per million tokens; those the workspace set first.
    items: Vec<ModelPrice>,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SetPrice {
    /// `PROVIDER/MODEL`.
    model: String,
    /// Null goes back to what the vendor publishes.
    price: Option<Price>,
}

/// The models flows may name, and the default.
#[utoipa::path(get, path = "/models", tag = "models", operation_id = "list_models",
    responses((status = 200, body = ModelList)))]
async fn list(
    State(app): State<AppState>,
    Auth(caller): Auth,
) -> Result<Json<ModelList>, ApiError> {
    Ok(Json(app.platform.models(&caller).await?.into()))
}

/// Choose the default model.
#[utoipa::path(put, path = "/models/default", tag = "models", operation_id = "set_default_model",
    request_body = DefaultModel,
    responses((status = 200, body = ModelList), (status = 400, body = Problem)))]
async fn set_default(
    State(app): State<AppState>,
    Auth(caller): Auth,
    Json(body): Json<DefaultModel>,
) -> Result<Json<ModelList>, ApiError> {
    let models = app.platform.set_default_model(&caller, &body.model).await?;
    Ok(Json(models.into()))
}

/// What models cost, as far as it is known.
#[utoipa::path(get, path = "/models/prices", tag = "models", operation_id = "list_model_prices",
    responses((status = 200, body = PriceItems)))]
async fn prices(
    State(app): State<AppState>,
    Auth(caller): Auth,
) -> Result<Json<PriceItems>, ApiError> {
    let items = app.platform.model_prices(&caller).await?;
    Ok(Json(PriceItems { items }))
}

/// Set what a model costs, for runs that begin from now on.
#[utoipa::path(put, path = "/models/prices", tag = "models", operation_id = "set_model_price",
    request_body = SetPrice,
    responses((status = 200, body = PriceItems), (status = 400, body = Problem)))]
async fn set_price(
    State(app): State<AppState>,
    Auth(caller): Auth,
    Json(SetPrice { model, price }): Json<SetPrice>,
) -> Result<Json<PriceItems>, ApiError> {
    let set = app.platform.set_model_price(&caller, &model, price);
    Ok(Json(PriceItems { items: set.await? }))
}
