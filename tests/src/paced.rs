//! A vendor that speaks OpenAI's chat API and takes its time, so that tests can act in the middle.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, Sse};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures::stream::{self, Stream};
use serde_json::{Value, json};

use crate::Client;

/// A running vendor; it ends with the test's runtime.
pub struct PacedVendor {
    address: SocketAddr,
    script: Arc<Script>,
}

struct Script {
    words: usize,
    pause: Duration,
    calls: AtomicUsize,
    hung_up: AtomicUsize,
    finished: AtomicUsize,
}

impl PacedVendor {
    /// Answers every question with `words` words, with a pause before each.
    pub async fn start(words: usize, pause: Duration) -> Self {
        let script = Arc::new(Script {
            words,
            pause,
            calls: AtomicUsize::new(0),
            hung_up: AtomicUsize::new(0),
            finished: AtomicUsize::new(0),
        });
        let router = Router::new()
            .route("/v1/models", get(models))
            .route("/v1/chat/completions", post(complete))
            .with_state(script.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, script }
    }

    /// Adds it as a provider called `paced` and makes its model the default.
    pub async fn adopt(&self, client: &Client) {
        let body = json!({
            "kind": "openai", "name": "paced", "api_key": "sk-paced-canary-5f1c",
            "base_url": format!("http://{}/v1", self.address),
        });
        client.post("/providers", body).await.expect(201);
        let body = json!({ "model": "paced/words" });
        client.put("/models/default", body).await.expect(200);
    }

    /// What it says.
    pub fn reply(&self) -> String {
        (0..self.script.words).map(word).collect()
    }

    /// How often it was asked.
    pub fn calls(&self) -> usize {
        self.script.calls.load(Ordering::SeqCst)
    }

    /// How many of its answers were not read to their end.
    pub fn hung_up(&self) -> usize {
        self.script.hung_up.load(Ordering::SeqCst)
    }

    /// How many of its answers were read to their end.
    pub fn finished(&self) -> usize {
        self.script.finished.load(Ordering::SeqCst)
    }
}

fn word(index: usize) -> String {
    format!("wörd{index} ")
}

async fn models() -> Json<Value> {
    Json(json!({ "object": "list", "data": [{ "id": "words", "object": "model" }] }))
}

/// Notices when the answer is dropped before its end.
struct Line {
    script: Arc<Script>,
    over: bool,
}

impl Drop for Line {
    fn drop(&mut self) {
        let count = if self.over {
            &self.script.finished
        } else {
            &self.script.hung_up
        };
        count.fetch_add(1, Ordering::SeqCst);
    }
}

async fn complete(
    State(script): State<Arc<Script>>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    script.calls.fetch_add(1, Ordering::SeqCst);
    let line = Line {
        script,
        over: false,
    };
    Sse::new(stream::unfold((line, 0), |(mut line, index)| async move {
        let (words, pause) = (line.script.words, line.script.pause);
        let event = match index {
            index if index < words => {
                tokio::time::sleep(pause).await;
                chunk(json!({ "content": word(index) }), Value::Null)
            }
            index if index == words => chunk(json!({}), json!("stop")),
            index if index == words + 1 => {
                line.over = true;
                Event::default().data("[DONE]")
            }
            _ => return None,
        };
        Some((Ok(event), (line, index + 1)))
    }))
}

fn chunk(delta: Value, finish: Value) -> Event {
    let usage = if finish.is_null() {
        Value::Null
    } else {
        json!({ "prompt_tokens": 7, "completion_tokens": 11, "total_tokens": 18 })
    };
    let data = json!({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "words",
        "choices": [{ "index": 0, "delta": delta, "finish_reason": finish }],
        "usage": usage,
    });
    Event::default().data(data.to_string())
}
