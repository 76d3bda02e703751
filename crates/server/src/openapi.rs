//! The OpenAPI 3.1 document: made from the routes themselves.

use std::sync::Arc;

use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::Value;
use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};

use crate::AppState;
use crate::extract::SESSION_COOKIE;

#[derive(OpenApi)]
#[openapi(
    info(title = "Headwater API", description = "Flows, runs, conversations and knowledge bases. Errors are RFC 9457 problem details."),
    components(schemas(crate::error::Problem, headwater_model::run::event::Event, headwater_model::flow::Body)),
    security(("key" = []), ("session" = [])),
    modifiers(&Security)
)]
pub(crate) struct Base;

struct Security;

impl utoipa::Modify for Security {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An API key, `hw_…`."))
            .build();
        components.add_security_scheme("key", SecurityScheme::Http(bearer));
        let cookie = ApiKey::Cookie(ApiKeyValue::new(SESSION_COOKIE));
        components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
    }
}

/// The document, without a running server.
pub fn document() -> utoipa::openapi::OpenApi {
    crate::native::document()
}

/// `/api/v1/openapi.json` and `/api/v1/flow.schema.json`.
pub(crate) fn routes(document: utoipa::openapi::OpenApi, flow: &Value) -> Router<AppState> {
    let text: Arc<str> = document.to_json().unwrap_or_default().into();
    let flow: Arc<str> = flow.to_string().into();
    Router::new()
        .route(
            "/api/v1/openapi.json",
            get(move || async move { fixed("application/json", &text) }),
        )
        .route(
            "/api/v1/flow.schema.json",
            get(move || async move { fixed("application/schema+json", &flow) }),
        )
}

fn fixed(kind: &'static str, text: &Arc<str>) -> Response {
    ([(header::CONTENT_TYPE, kind)], text.to_string()).into_response()
}

#[cfg(test)]
mod tests {
    /// `INSTA_UPDATE=always cargo test -p headwater-server` writes it anew.
    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "a switch for whoever accepts the change"
    )]
    fn the_checked_in_reference_is_current() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../docs/reference/openapi.json"
        );
        let made = format!("{}\n", super::document().to_pretty_json().unwrap());
        if std::env::var("INSTA_UPDATE").is_ok_and(|value| value == "always") {
            std::fs::write(path, &made).unwrap();
        }
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            kept == made,
            "docs/reference/openapi.json is out of date: run `make reference`"
        );
    }

    #[test]
    fn everything_the_reference_refers_to_is_in_it() {
        let document = serde_json::to_value(super::document()).unwrap();
        let text = document.to_string();
        for rest in text.split("\"#/components/schemas/").skip(1) {
            let name = rest.split('"').next().unwrap();
            assert!(
                document["components"]["schemas"].get(name).is_some(),
                "{name}"
            );
        }
    }
}
