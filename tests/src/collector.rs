//! A scripted collector: takes OpenTelemetry's spans over HTTP and keeps them, or misbehaves.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Held;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use prost::Message as _;
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// How a collector behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    Takes,
    /// 400, which nobody repeats.
    Refuses,
    /// Never answers.
    Hangs,
}

/// A span as it arrived, attributes as JSON.
#[derive(Clone, Debug)]
pub struct Seen {
    pub trace: String,
    pub id: String,
    /// Empty when it has none.
    pub parent: String,
    pub name: String,
    pub start: u64,
    pub end: u64,
    pub attributes: HashMap<String, Value>,
    pub events: Vec<(String, HashMap<String, Value>)>,
    /// Whether its status says that it failed, and how.
    pub failed: Option<String>,
}

#[derive(Clone)]
struct Books {
    manner: Manner,
    seen: Arc<Mutex<Vec<Seen>>>,
    resource: Arc<Mutex<HashMap<String, Value>>>,
    headers: Arc<Mutex<Vec<HeaderMap>>>,
}

/// A running collector; dropping it closes the server.
pub struct Collector {
    /// Its base URL.
    pub url: String,
    books: Books,
    _server: JoinSet<()>,
}

impl Collector {
    /// One that takes what it gets.
    pub async fn start() -> Self {
        Self::that(Manner::Takes).await
    }

    /// One that behaves like this.
    pub async fn that(manner: Manner) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let books = Books {
            manner,
            seen: Arc::default(),
            resource: Arc::default(),
            headers: Arc::default(),
        };
        let router = Router::new()
            .route("/v1/traces", post(take))
            .with_state(books.clone());
        let mut server = JoinSet::new();
        server.spawn(async move {
            axum::serve(listener, router).await.unwrap();
        });
        Self {
            url,
            books,
            _server: server,
        }
    }

    /// The spans so far.
    pub fn spans(&self) -> Vec<Seen> {
        self.books.seen.lock().unwrap().clone()
    }

    /// The spans of a run, once its own has arrived, which is the last.
    pub async fn run(&self, run: &str) -> Vec<Seen> {
        crate::until("the run's span", 30, async || {
            let spans = self.spans().into_iter();
            let own: Vec<Seen> = spans
                .filter(|span| span.attributes["headwater.run.id"] == run)
                .collect();
            let whole = own.iter().any(|s| s.name.starts_with("invoke_workflow"));
            whole.then_some(own)
        })
        .await
    }

    /// The attributes of the service that sent them.
    pub fn resource(&self) -> HashMap<String, Value> {
        self.books.resource.lock().unwrap().clone()
    }

    /// The headers of all requests.
    pub fn headers(&self) -> Vec<HeaderMap> {
        self.books.headers.lock().unwrap().clone()
    }
}

async fn take(State(books): State<Books>, headers: HeaderMap, body: Bytes) -> StatusCode {
    books.headers.lock().unwrap().push(headers);
    match books.manner {
        Manner::Takes => {}
        Manner::Refuses => return StatusCode::BAD_REQUEST,
        Manner::Hangs => std::future::pending().await,
    }
    let request = ExportTraceServiceRequest::decode(body).unwrap();
    for resource in request.resource_spans {
        let about = resource.resource.unwrap_or_default();
        *books.resource.lock().unwrap() = attributes(about.attributes);
        for scope in resource.scope_spans {
            for span in scope.spans {
                let status = span.status.unwrap_or_default();
                let events = span.events.into_iter();
                books.seen.lock().unwrap().push(Seen {
                    trace: hex::encode(span.trace_id),
                    id: hex::encode(span.span_id),
                    parent: hex::encode(span.parent_span_id),
                    name: span.name,
                    start: span.start_time_unix_nano,
                    end: span.end_time_unix_nano,
                    attributes: attributes(span.attributes),
                    events: events.map(|e| (e.name, attributes(e.attributes))).collect(),
                    failed: (status.code == 2).then_some(status.message),
                });
            }
        }
    }
    StatusCode::OK
}

fn attributes(pairs: Vec<KeyValue>) -> HashMap<String, Value> {
    let pairs = pairs.into_iter();
    pairs.map(|pair| (pair.key, plain(pair.value))).collect()
}

fn plain(value: Option<AnyValue>) -> Value {
    match value.and_then(|value| value.value) {
        Some(Held::StringValue(text)) => json!(text),
        Some(Held::BoolValue(flag)) => json!(flag),
        Some(Held::IntValue(number)) => json!(number),
        Some(Held::DoubleValue(number)) => json!(number),
        Some(Held::ArrayValue(list)) => list.values.into_iter().map(|v| plain(Some(v))).collect(),
        _ => Value::Null,
    }
}
