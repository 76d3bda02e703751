//! The native API under `/api/v1`: one file per resource, one line per file.

mod again;
mod attachments;
mod audit;
mod chunks;
mod conversation_files;
mod conversation_folders;
mod conversations;
mod documents;
mod embeddings;
mod environment;
mod evaluations;
mod feedback;
mod flows;
mod keys;
mod knowledge;
mod limits;
mod local_models;
mod members;
mod models;
mod monitor;
mod prompts;
mod providers;
mod question_sets;
mod result_cache;
mod revisions;
mod runs;
mod secrets;
mod session;
mod setup;
mod shares;
mod snapshots;
mod sources;
mod system;
mod tools;
mod triggers;
mod uploads;
mod visits;
mod waits;
mod workspaces;

use axum::Router;
use headwater_model::{Error, Timestamp};
use serde::Deserialize;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;

use crate::AppState;
use crate::openapi::Base;

/// A field that is there, be it null, apart from one that is absent.
fn given<'de, D: serde::Deserializer<'de>, T: Deserialize<'de>>(
    value: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(value).map(Some)
}

/// A time as a query writes it.
fn time(field: &'static str, text: Option<&str>) -> Result<Option<Timestamp>, Error> {
    let read = |text| {
        Timestamp::of_text(text).ok_or_else(|| {
            let told = format!("{field} must be a time such as 2026-01-31T12:00:00Z, or a date.");
            Error::invalid(field, told)
        })
    };
    text.map(read).transpose()
}

fn resources() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .merge(setup::router())
        .merge(session::router())
        .merge(workspaces::router())
        .merge(members::router())
        .merge(keys::router())
        .merge(providers::router())
        .merge(models::router())
        .merge(local_models::router())
        .merge(embeddings::router())
        .merge(knowledge::router())
        .merge(documents::router())
        .merge(chunks::router())
        .merge(question_sets::router())
        .merge(evaluations::router())
        .merge(sources::router())
        .merge(uploads::router())
        .merge(flows::router())
        .merge(revisions::router())
        .merge(result_cache::router())
        .merge(environment::router())
        .merge(tools::router())
        .merge(secrets::router())
        .merge(runs::router())
        .merge(feedback::router())
        .merge(again::router())
        .merge(waits::router())
        .merge(triggers::router())
        .merge(shares::router())
        .merge(visits::router())
        .merge(snapshots::router())
        .merge(conversations::router())
        .merge(conversation_folders::router())
        .merge(conversation_files::router())
        .merge(prompts::router())
        .merge(attachments::router())
        .merge(audit::router())
        .merge(limits::router())
        .merge(monitor::router())
        .merge(system::router())
}

/// The routes and the document made from them.
pub(crate) fn router() -> (Router<AppState>, utoipa::openapi::OpenApi) {
    OpenApiRouter::with_openapi(Base::openapi())
        .nest("/api/v1", resources())
        .split_for_parts()
}

/// The document alone.
pub(crate) fn document() -> utoipa::openapi::OpenApi {
    OpenApiRouter::with_openapi(Base::openapi())
        .nest("/api/v1", resources())
        .split_for_parts()
        .1
}
