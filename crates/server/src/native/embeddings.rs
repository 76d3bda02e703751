//! Embeddings: texts as vectors, to try a model or to use it elsewhere.

use std::sync::Arc;

use axum::extract::State;
use headwater_model::ports::Purpose;
use headwater_model::usage::Usage;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::error::{ApiError, Problem};
use crate::extract::{Auth, Json};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(embed))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct EmbedTexts {
    /// `PROVIDER/MODEL`, or `local/NAME`.
    model: String,
    /// Some models embed questions and passages differently.
    #[serde(default)]
    purpose: Purpose,
    /// 1 to 256 texts; what is too long for the model is cut.
    texts: Vec<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct EmbeddedTexts {
    dimensions: usize,
    /// One per text, in their order, of length 1.
    vectors: Vec<Vec<f32>>,
    /// Nothing for texts that were known already.
    usage: Usage,
}

/// Embed texts.
#[utoipa::path(post, path = "/embeddings", tag = "models", operation_id = "embed_texts",
    request_body = EmbedTexts,
    responses((status = 200, body = EmbeddedTexts), (status = 400, body = Problem), (status = 404, body = Problem)))]
async fn embed(
    State(app): State<AppState>,
    Auth(caller): Auth,
    Json(body): Json<EmbedTexts>,
) -> Result<Json<EmbeddedTexts>, ApiError> {
    let texts = body.texts.into_iter().map(Arc::from).collect();
    let embedded = app.platform.embed(&caller, body.model, body.purpose, texts);
    let embedded = embedded.await?;
    Ok(Json(EmbeddedTexts {
        dimensions: embedded.vectors.first().map_or(0, Vec::len),
        vectors: embedded.vectors,
        usage: embedded.usage,
    }))
}
