//! The address that webhooks are called at. It is for programs, and sends no headers that would let
//! a page of another site read what it answers.

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use headwater_model::run::{Run, RunStatus};
use headwater_model::{Error, Result};
use headwater_platform::triggers::webhook::{Delivery, Received};
use serde_json::{Map, Value, json};

use crate::AppState;
use crate::error::ApiError;
use crate::extract::too_large;

/// The header that names the run.
const RUN: &str = "headwater-run";

pub(crate) fn routes() -> Router<AppState> {
    Router::new().route("/hooks/{trigger}", post(receive))
}

async fn receive(
    State(app): State<AppState>,
    Path(trigger): Path<String>,
    Query(query): Query<Vec<(String, String)>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let most = app.platform.config().limits.body_bytes;
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large("body_bytes", most),
        _ => Error::invalid(
            "body",
            "The body could not be read to its end. Send it again.",
        ),
    })?;
    let delivery = Delivery {
        headers: text_headers(&headers),
        query: by_name(query),
        body,
    };
    Ok(match app.platform.receive(&trigger, delivery).await? {
        Received::Kept(run) => {
            let body = json!({ "run_id": run });
            answer(StatusCode::ACCEPTED, &run.to_string(), &body)
        }
        Received::Over(run) => over(&run),
    })
}

/// A run that succeeded is a success; whoever sent the delivery looks at the status first.
fn over(run: &Run) -> Response {
    let status = match run.status {
        RunStatus::Succeeded => StatusCode::OK,
        _ => StatusCode::BAD_GATEWAY,
    };
    let body = json!({
        "run_id": run.id, "status": run.status, "outputs": run.outputs, "reply": run.reply, "error": run.error,
    });
    answer(status, &run.id.to_string(), &body)
}

fn answer(status: StatusCode, run: &str, body: &Value) -> Response {
    (status, [(RUN, run)], axum::Json(body)).into_response()
}

/// Headers that are text; the rest proves nothing and says nothing.
fn text_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .filter_map(|(name, value)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        })
        .collect()
}

/// The query by name; a name that came several times has a list.
fn by_name(query: Vec<(String, String)>) -> Map<String, Value> {
    let mut named = Map::new();
    for (name, value) in query {
        let value = Value::from(value);
        match named.get_mut(&name) {
            None => {
                named.insert(name, value);
            }
            Some(Value::Array(several)) => several.push(value),
            Some(one) => *one = Value::Array(vec![one.take(), value]),
        }
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_came_twice_has_a_list() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let query = vec![
            pair("a", "1"),
            pair("b", "x"),
            pair("a", "2"),
            pair("a", "3"),
        ];
        let named = Value::Object(by_name(query));
        assert_eq!(named, json!({ "a": ["1", "2", "3"], "b": "x" }));
    }
}
