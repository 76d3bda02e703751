//! Embeddings, in the protocols of OpenAI, Cohere and Ollama, well and badly: texts that share words
//! are close.

use std::sync::atomic::Ordering;

use axum::Json;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::{Books, recorded, refuse_key};

/// Of the vectors.
pub const DIMENSIONS: usize = 16;

/// Whose words an answer is in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tongue {
    Openai,
    Cohere,
    Ollama,
}

impl Tongue {
    const fn path(self) -> &'static str {
        match self {
            Self::Openai => "/v1/embeddings",
            Self::Cohere => "/v2/embed",
            Self::Ollama => "/api/embed",
        }
    }
}

/// One answer; faults are asked for by the model's name.
pub(super) fn answer(tongue: Tongue, books: &Books, headers: &HeaderMap, body: Value) -> Response {
    let request = recorded(tongue.path(), headers, body.clone());
    let model = request.model.clone();
    let (index, attempt) = books.open(request);
    books.note(index, |recorded| recorded.finished = true);
    if let Some(refusal) = refuse_key(headers) {
        return refusal;
    }
    let fail = |status: StatusCode| {
        let body = Json(json!({ "error": { "message": "not now" } }));
        (status, [(header::RETRY_AFTER, "0")], body).into_response()
    };
    match model.as_str() {
        "embed-once" if attempt == 1 => return fail(StatusCode::SERVICE_UNAVAILABLE),
        // Two answers, and then no more until it recovers.
        "embed-halfway" if attempt > 2 && !books.recovered.load(Ordering::Relaxed) => {
            return fail(StatusCode::SERVICE_UNAVAILABLE);
        }
        "embed-broken" => return fail(StatusCode::INTERNAL_SERVER_ERROR),
        "embed-unknown" => return fail(StatusCode::NOT_FOUND),
        _ => {}
    }
    let texts = match tongue {
        Tongue::Cohere => &body["texts"],
        Tongue::Openai | Tongue::Ollama => &body["input"],
    };
    let texts: Vec<&str> = texts
        .as_array()
        .unwrap()
        .iter()
        .map(|text| text.as_str().unwrap())
        .collect();
    if texts.iter().any(|text| text.is_empty()) {
        return fail(StatusCode::BAD_REQUEST);
    }
    let mut vectors: Vec<Value> = texts.iter().map(|text| json!(vector(text))).collect();
    if model == "embed-short" {
        vectors.pop();
    }
    let tokens: usize = texts
        .iter()
        .map(|text| text.split_whitespace().count())
        .sum();
    books.note(index, |recorded| recorded.embedded = true);
    let counted = model != "embed-uncounted";
    Json(said(tongue, vectors, counted.then_some(tokens), &model)).into_response()
}

fn said(tongue: Tongue, vectors: Vec<Value>, tokens: Option<usize>, model: &str) -> Value {
    match tongue {
        Tongue::Openai => {
            let items = vectors.into_iter().enumerate();
            let mut data: Vec<Value> = items
                .map(|(index, embedding)| json!({ "index": index, "embedding": embedding }))
                .collect();
            if model == "embed-shuffled" {
                data.reverse();
            }
            let usage =
                tokens.map(|tokens| json!({ "prompt_tokens": tokens, "total_tokens": tokens }));
            json!({ "object": "list", "data": data, "model": model, "usage": usage })
        }
        Tongue::Cohere => json!({
            "embeddings": { "float": vectors },
            "meta": { "billed_units": { "input_tokens": tokens } },
        }),
        Tongue::Ollama => {
            json!({ "model": model, "embeddings": vectors, "prompt_eval_count": tokens })
        }
    }
}

/// How often words of each kind occur; not of unit length.
pub fn vector(text: &str) -> Vec<f32> {
    let mut vector = vec![0.5; DIMENSIONS];
    for word in text.split_whitespace() {
        let kind = word.bytes().fold(7_usize, |sum, byte| {
            sum.wrapping_mul(31) + usize::from(byte)
        });
        vector[kind % DIMENSIONS] += 3.0;
    }
    vector
}
