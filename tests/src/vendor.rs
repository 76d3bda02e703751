//! A scripted vendor: real HTTP and server-sent events on loopback, in the protocols of OpenAI and of
//! Anthropic, with faults. What it answers is decided by the model's name; see `script`.

mod calls;
pub mod embeddings;
mod judging;
pub mod reranking;
mod script;

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures::stream;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::Client;
use embeddings::Tongue;
use script::{Piece, Plan, Protocol};

/// The key that is refused. Every other one is accepted, as is none.
pub const BAD_KEY: &str = "sk-bad";
/// The key `adopt` uses; it must appear nowhere.
pub const CANARY: &str = "sk-scripted-canary-5f1c";
/// The models that are listed; the faults are asked for by names that are not.
pub const MODELS: &[&str] = &["scripted-large", "scripted-small"];
/// The models that embed, in the lists of those who list them apart.
pub const EMBEDDING_MODELS: &[&str] = &["scripted-embed"];
/// The models that rerank.
pub const RERANKING_MODELS: &[&str] = &["scripted-rerank"];

pub use script::counted;

/// A running vendor; dropping it closes the server.
pub struct Vendor {
    address: SocketAddr,
    books: Books,
    _server: JoinSet<()>,
}

/// A request as it arrived, and what became of its answer.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub path: String,
    pub headers: HashMap<String, String>,
    pub body: Value,
    pub model: String,
    /// When it came, in milliseconds of the clock the product reads, too.
    pub at_ms: i64,
    /// The whole answer was sent.
    pub finished: bool,
    /// When the client closed the connection before the end.
    pub hung_up_at: Option<Instant>,
    /// Vectors of its texts were given.
    pub embedded: bool,
}

impl Recorded {
    /// The idempotency key it came with.
    pub fn idempotency_key(&self) -> Option<&str> {
        self.headers.get("idempotency-key").map(String::as_str)
    }
}

#[derive(Clone, Default)]
struct Books {
    all: Arc<Mutex<Vec<Recorded>>>,
    /// Faults that last are over.
    recovered: Arc<AtomicBool>,
}

impl Books {
    fn open(&self, recorded: Recorded) -> (usize, u32) {
        let mut all = self.all.lock().unwrap();
        let same = all
            .iter()
            .filter(|r| r.model == recorded.model && r.path == recorded.path)
            .count();
        all.push(recorded);
        (all.len() - 1, u32::try_from(same).unwrap() + 1)
    }

    fn note(&self, index: usize, change: impl FnOnce(&mut Recorded)) {
        change(&mut self.all.lock().unwrap()[index]);
    }
}

impl Vendor {
    /// Listens on a free port of loopback.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let books = Books::default();
        let router = Router::new()
            .route("/v1/models", get(models))
            .route("/v1/chat/completions", post(openai))
            .route("/v1/messages", post(anthropic))
            .route("/v1/embeddings", post(openai_embeddings))
            .route("/v2/embed", post(cohere_embeddings))
            .route("/api/embed", post(ollama_embeddings))
            .route("/api/tags", get(tags))
            .route("/v2/rerank", post(cohere_reranking))
            .route("/v1/rerank", post(jina_reranking))
            .route("/tei/{model}/rerank", post(tei_reranking))
            .route("/tei/{model}/info", get(tei_info))
            .with_state(books.clone());
        let mut server = JoinSet::new();
        server.spawn(async move {
            axum::serve(listener, router).await.unwrap();
        });
        Self {
            address,
            books,
            _server: server,
        }
    }

    /// A vendor whose `model` is the default of the client's workspace.
    pub async fn as_default(client: &Client, model: &str) -> Self {
        let vendor = Self::start().await;
        vendor.adopt(client, model).await;
        vendor
    }

    /// Becomes the provider `scripted` of the client's workspace, and `model` its default.
    pub async fn adopt(&self, client: &Client, model: &str) {
        let body = json!({
            "kind": "openai", "name": "scripted", "api_key": CANARY, "base_url": self.base_url(),
        });
        client.post("/providers", body).await.expect(201);
        let body = json!({ "model": format!("scripted/{model}") });
        client.put("/models/default", body).await.expect(200);
    }

    /// The base URL of a server of Text Embeddings Inference with this model.
    pub fn tei_url(&self, model: &str) -> String {
        format!("http://{}/tei/{model}", self.address)
    }

    /// The base URL, for both protocols.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Ends the faults that last until somebody repairs them.
    pub fn recover(&self) {
        self.books.recovered.store(true, Ordering::Relaxed);
    }

    /// Everything that was asked so far.
    pub fn requests(&self) -> Vec<Recorded> {
        self.books.all.lock().unwrap().clone()
    }

    /// The requests for one model.
    pub fn requests_for(&self, model: &str) -> Vec<Recorded> {
        let all = self.requests();
        all.into_iter().filter(|r| r.model == model).collect()
    }

    /// How often a model was called.
    pub fn calls(&self) -> usize {
        self.answers(|_| true)
    }

    /// How many answers were sent to their end.
    pub fn finished(&self) -> usize {
        self.answers(|answer| answer.finished)
    }

    /// How many answers the client did not wait for.
    pub fn hung_up(&self) -> usize {
        self.answers(|answer| answer.hung_up_at.is_some())
    }

    fn answers(&self, which: impl Fn(&Recorded) -> bool) -> usize {
        let all = self.books.all.lock().unwrap();
        all.iter()
            .filter(|r| !r.model.is_empty() && which(r))
            .count()
    }

    /// How long after the start of `act` the last request for `model` was hung up on, as seen from
    /// this side of the connection. Fails when that takes over ten seconds.
    pub async fn time_to_hang_up(&self, model: &str, act: impl Future) -> Duration {
        let began = Instant::now();
        act.await;
        let what = format!("the connection of {model} to be closed");
        let at = crate::until(&what, 10, async || {
            self.requests_for(model).last()?.hung_up_at
        });
        at.await.saturating_duration_since(began)
    }
}

async fn models(State(books): State<Books>, headers: HeaderMap) -> Response {
    books.open(recorded("/v1/models", &headers, Value::Null));
    if let Some(refusal) = refuse_key(&headers) {
        return refusal;
    }
    let data: Vec<Value> = MODELS
        .iter()
        .map(|id| json!({ "id": id, "object": "model", "type": "model" }))
        .collect();
    let of = |endpoint: &'static str| move |name: &&str| json!({ "name": name, "endpoints": [endpoint] });
    let mut embed: Vec<Value> = EMBEDDING_MODELS.iter().map(of("embed")).collect();
    embed.extend(RERANKING_MODELS.iter().map(of("rerank")));
    embed.extend(["scripted-chat"].iter().map(of("chat")));
    let list = json!({ "object": "list", "data": data, "has_more": false, "models": embed });
    Json(list).into_response()
}

async fn tags(State(books): State<Books>, headers: HeaderMap) -> Response {
    books.open(recorded("/api/tags", &headers, Value::Null));
    let names = MODELS.iter().chain(EMBEDDING_MODELS);
    let models: Vec<Value> = names.map(|name| json!({ "name": name })).collect();
    Json(json!({ "models": models })).into_response()
}

async fn openai_embeddings(
    State(books): State<Books>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    embeddings::answer(Tongue::Openai, &books, &headers, body)
}

async fn cohere_embeddings(
    State(books): State<Books>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    embeddings::answer(Tongue::Cohere, &books, &headers, body)
}

async fn ollama_embeddings(
    State(books): State<Books>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    embeddings::answer(Tongue::Ollama, &books, &headers, body)
}

async fn cohere_reranking(
    State(books): State<Books>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    reranking::answer(reranking::Tongue::Cohere, &books, &headers, (None, body))
}

async fn jina_reranking(
    State(books): State<Books>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    reranking::answer(reranking::Tongue::Jina, &books, &headers, (None, body))
}

async fn tei_reranking(
    State(books): State<Books>,
    Path(model): Path<String>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    reranking::answer(
        reranking::Tongue::Tei,
        &books,
        &headers,
        (Some(model), body),
    )
}

async fn tei_info(
    State(books): State<Books>,
    Path(model): Path<String>,
    headers: HeaderMap,
) -> Response {
    books.open(recorded("/info", &headers, Value::Null));
    Json(json!({ "model_id": model, "model_type": { "reranker": {} } })).into_response()
}

async fn openai(state: State<Books>, headers: HeaderMap, body: Json<Value>) -> Response {
    answer(
        Protocol::Openai,
        "/v1/chat/completions",
        state,
        headers,
        body,
    )
    .await
}

async fn anthropic(state: State<Books>, headers: HeaderMap, body: Json<Value>) -> Response {
    answer(Protocol::Anthropic, "/v1/messages", state, headers, body).await
}

fn recorded(path: &str, headers: &HeaderMap, body: Value) -> Recorded {
    let text = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into();
    Recorded {
        path: path.to_owned(),
        headers: headers
            .iter()
            .map(|(name, value)| (name.to_string(), text(value)))
            .collect(),
        model: body["model"].as_str().unwrap_or("").to_owned(),
        body,
        at_ms: now_ms(),
        finished: false,
        hung_up_at: None,
        embedded: false,
    }
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

fn refuse_key(headers: &HeaderMap) -> Option<Response> {
    let sent = |name: &str| headers.get(name)?.to_str().ok();
    let bearer = sent("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let key = sent("x-api-key").or(bearer)?;
    (key == BAD_KEY).then(|| {
        let message = format!("Incorrect API key provided: {key}");
        let body = json!({ "type": "error", "error": { "type": "authentication_error", "message": message } });
        (StatusCode::UNAUTHORIZED, Json(body)).into_response()
    })
}

async fn answer(
    protocol: Protocol,
    path: &str,
    State(books): State<Books>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let request = recorded(path, &headers, body);
    let plan_for = (request.model.clone(), request.body.clone());
    let (index, attempt) = books.open(request);
    if let Some(refusal) = refuse_key(&headers) {
        return refusal;
    }
    let plan = script::plan(protocol, &plan_for.0, &plan_for.1, attempt);
    tokio::time::sleep(plan.before).await;
    send(plan, books, index)
}

fn send(plan: Plan, books: Books, index: usize) -> Response {
    let visit = Visit {
        books,
        index,
        finished: false,
    };
    let pieces = stream::unfold(
        (plan.pieces.into_iter(), visit),
        |(mut rest, mut visit)| async move {
            loop {
                match rest.next() {
                    None => {
                        visit.finish();
                        return None;
                    }
                    Some(Piece::Bytes(bytes)) => {
                        // Who has all of it may well close before this side notices the end.
                        if rest.len() == 0 {
                            visit.finish();
                        }
                        return Some((Ok(Bytes::from(bytes)), (rest, visit)));
                    }
                    Some(Piece::Wait(pause)) => tokio::time::sleep(pause).await,
                    Some(Piece::Forever) => std::future::pending().await,
                    Some(Piece::Cut) => {
                        visit.finish();
                        let cut = io::Error::other("the script cuts the connection here");
                        return Some((Err(cut), (rest, visit)));
                    }
                }
            }
        },
    );
    let mut response = Response::builder()
        .status(plan.status)
        .header(header::CONTENT_TYPE, plan.content_type);
    if let Some(seconds) = plan.retry_after {
        response = response.header(header::RETRY_AFTER, seconds);
    }
    response.body(Body::from_stream(pieces)).unwrap()
}

/// One answer on its way; when it is dropped unfinished, the client has hung up.
struct Visit {
    books: Books,
    index: usize,
    finished: bool,
}

impl Visit {
    fn finish(&mut self) {
        self.finished = true;
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let finished = self.finished;
        self.books.note(self.index, |recorded| {
            recorded.finished = finished;
            recorded.hung_up_at = (!finished).then(Instant::now);
        });
    }
}
