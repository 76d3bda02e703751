//! Reranking, in the protocols of Cohere, Jina and Text Embeddings Inference, well and badly: the
//! shorter a text is, the better it is judged.

use axum::Json;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::{Books, recorded, refuse_key};

/// Whose words an answer is in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tongue {
    Cohere,
    Jina,
    Tei,
}

impl Tongue {
    const fn path(self) -> &'static str {
        match self {
            Self::Cohere => "/v2/rerank",
            Self::Jina => "/v1/rerank",
            Self::Tei => "/rerank",
        }
    }
}

/// One answer; faults are asked for by the model's name, which a server of one model has in its
/// address.
pub(super) fn answer(
    tongue: Tongue,
    books: &Books,
    headers: &HeaderMap,
    (served, body): (Option<String>, Value),
) -> Response {
    let mut request = recorded(tongue.path(), headers, body.clone());
    if let Some(model) = served {
        request.model = model;
    }
    let model = request.model.clone();
    let (index, attempt) = books.open(request);
    books.note(index, |recorded| recorded.finished = true);
    if let Some(refusal) = refuse_key(headers) {
        return refusal;
    }
    let fail = |status: StatusCode| {
        let body = Json(json!({ "message": "not now", "error": "not now" }));
        (status, [(header::RETRY_AFTER, "0")], body).into_response()
    };
    match model.as_str() {
        "rerank-once" if attempt == 1 => return fail(StatusCode::SERVICE_UNAVAILABLE),
        "rerank-broken" => return fail(StatusCode::INTERNAL_SERVER_ERROR),
        "rerank-unknown" => return fail(StatusCode::NOT_FOUND),
        _ => {}
    }
    let texts = match tongue {
        Tongue::Tei => &body["texts"],
        Tongue::Cohere | Tongue::Jina => &body["documents"],
    };
    let texts: Vec<&str> = texts
        .as_array()
        .unwrap()
        .iter()
        .map(|text| text.as_str().unwrap())
        .collect();
    if texts.is_empty() || texts.iter().any(|text| text.is_empty()) || !body["query"].is_string() {
        return fail(StatusCode::BAD_REQUEST);
    }
    let judged = |text: &str| match model.as_str() {
        "rerank-logits" => logit(score(text)),
        _ => score(text),
    };
    let name = match tongue {
        Tongue::Tei => "score",
        Tongue::Cohere | Tongue::Jina => "relevance_score",
    };
    let mut items: Vec<Value> = texts
        .iter()
        .enumerate()
        .map(|(index, text)| json!({ "index": index, (name): judged(text) }))
        .collect();
    // Best first, as vendors give them.
    items.sort_by(|a, b| {
        b[name]
            .as_f64()
            .unwrap()
            .total_cmp(&a[name].as_f64().unwrap())
    });
    match model.as_str() {
        "rerank-short" => drop(items.pop()),
        "rerank-odd" => items[0][name] = json!("much"),
        _ => {}
    }
    let tokens: usize = texts
        .iter()
        .map(|text| text.split_whitespace().count())
        .sum();
    let counted = model != "rerank-uncounted";
    Json(said(tongue, items, counted.then_some(tokens))).into_response()
}

fn said(tongue: Tongue, items: Vec<Value>, tokens: Option<usize>) -> Value {
    match tongue {
        Tongue::Cohere => json!({
            "id": "1", "results": items,
            "meta": { "billed_units": { "search_units": 1 }, "tokens": { "input_tokens": tokens } },
        }),
        Tongue::Jina => json!({ "results": items, "usage": { "total_tokens": tokens } }),
        Tongue::Tei => json!(items),
    }
}

/// How well a text is judged, from 0 to 1: the shorter, the better.
pub fn score(text: &str) -> f64 {
    1.0 / (1.0 + text.chars().count() as f64 / 100.0)
}

fn logit(share: f64) -> f64 {
    (share / (1.0 - share)).ln()
}
