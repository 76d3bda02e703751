//! The embedding models that run on this server.

use axum::extract::State;
use axum::http::StatusCode;
use headwater_model::Error;
use headwater_model::page::Page;
use headwater_model::provider::LocalModel;
use headwater_platform::local_models::ModelSource;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::error::{ApiError, Problem};
use crate::extract::{Auth, Json, PathId};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(remove))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewLocalModel {
    /// `OWNER/MODEL` on the hub, with an optional `@REVISION`.
    name: Option<String>,
    /// Or a directory of the server's machine, which only its operator may name.
    path: Option<String>,
    /// What it is called here; the last part of `name` or `path` when absent.
    #[serde(rename = "as")]
    called: Option<String>,
}

/// The models of this server; every server of an installation has its own.
#[utoipa::path(get, path = "/models/local", tag = "models", operation_id = "list_local_models",
    responses((status = 200, body = Page<LocalModel>)))]
async fn list(
    State(app): State<AppState>,
    Auth(caller): Auth,
) -> Result<Json<Page<LocalModel>>, ApiError> {
    Ok(Json(Page {
        items: app.platform.local_models(&caller).await?,
        next: None,
    }))
}

/// Add a model, once it was fetched and tried out; that may take minutes.
#[utoipa::path(post, path = "/models/local", tag = "models", operation_id = "add_local_model",
    request_body = NewLocalModel,
    responses((status = 201, body = LocalModel), (status = 400, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 502, body = Problem)))]
async fn add(
    State(app): State<AppState>,
    Auth(caller): Auth,
    Json(body): Json<NewLocalModel>,
) -> Result<(StatusCode, Json<LocalModel>), ApiError> {
    let source = match (body.name, body.path) {
        (Some(name), None) => ModelSource::Hub(name),
        (None, Some(path)) => ModelSource::Directory(path.into()),
        _ => {
            let message = "Give either the name of a model on the hub, or the path of a directory.";
            return Err(Error::invalid("name", message).into());
        }
    };
    let added = app.platform.add_local_model(&caller, source, body.called);
    Ok((StatusCode::CREATED, Json(added.await?)))
}

/// Remove a model from this server.
#[utoipa::path(delete, path = "/models/local/{name}", tag = "models", operation_id = "remove_local_model",
    params(("name" = String, Path)), responses((status = 204), (status = 404, body = Problem)))]
async fn remove(
    State(app): State<AppState>,
    Auth(caller): Auth,
    PathId(name): PathId<String>,
) -> Result<StatusCode, ApiError> {
    app.platform.remove_local_model(&caller, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}
