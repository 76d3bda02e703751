//! A website that changes as its test says, and remembers who asked for what.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use sha2::{Digest as _, Sha256};
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// What a path answers.
#[derive(Clone, Debug)]
pub struct Page {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
    /// Whether it has a tag, and answers 304 to whoever has it already.
    tagged: bool,
}

impl Page {
    /// A page of the web with this in its body.
    pub fn html(title: &str, body: &str) -> Self {
        let text = format!(
            "<!doctype html><html><head><title>{title}</title></head><body>{body}</body></html>"
        );
        Self::of("text/html; charset=utf-8", text)
    }

    /// Bytes of a media type.
    pub fn of(media_type: &str, body: impl Into<Bytes>) -> Self {
        Self {
            status: 200,
            headers: vec![("content-type", media_type.to_owned())],
            body: body.into(),
            tagged: true,
        }
    }

    /// A status without a page.
    pub fn status(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Bytes::new(),
            tagged: false,
        }
    }

    /// One that leads elsewhere.
    pub fn leading_to(location: &str) -> Self {
        Self::status(302).with("location", location)
    }

    /// With one more header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// Without a tag.
    #[must_use]
    pub fn untagged(mut self) -> Self {
        self.tagged = false;
        self
    }
}

/// A request, as it came.
#[derive(Clone, Debug)]
pub struct Asked {
    /// With its query.
    pub path: String,
    pub agent: String,
    /// Whether it asked for changes only.
    pub conditional: bool,
}

#[derive(Clone, Default)]
struct Script {
    pages: Arc<Mutex<HashMap<String, Page>>>,
    seen: Arc<Mutex<Vec<Asked>>>,
    held: Arc<Mutex<HashSet<String>>>,
    released: Arc<Notify>,
}

/// A running website; dropping it closes the server.
pub struct Site {
    address: SocketAddr,
    script: Script,
    _server: JoinSet<()>,
}

impl Site {
    /// Listens on a free port of loopback. Without pages, everything is 404.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let script = Script::default();
        let router = Router::new().fallback(answer).with_state(script.clone());
        let mut server = JoinSet::new();
        server.spawn(async move {
            axum::serve(listener, router).await.unwrap();
        });
        Self {
            address,
            script,
            _server: server,
        }
    }

    /// An address of this site.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// From now on a path answers this.
    pub fn put(&self, path: &str, page: Page) {
        self.script
            .pages
            .lock()
            .unwrap()
            .insert(path.to_owned(), page);
    }

    /// From now on a path answers 404.
    pub fn remove(&self, path: &str) {
        self.script.pages.lock().unwrap().remove(path);
    }

    /// Requests for a path wait until it is released.
    pub fn hold(&self, path: &str) {
        self.script.held.lock().unwrap().insert(path.to_owned());
    }

    /// Answers all that wait.
    pub fn release(&self) {
        self.script.held.lock().unwrap().clear();
        self.script.released.notify_waiters();
    }

    /// What was asked for since the last look, in order.
    pub fn seen(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.script.seen.lock().unwrap())
    }

    /// Whether a path was asked for, without forgetting it.
    pub fn was_asked(&self, path: &str) -> bool {
        self.script
            .seen
            .lock()
            .unwrap()
            .iter()
            .any(|asked| asked.path == path)
    }
}

async fn answer(State(script): State<Script>, request: Request) -> Response {
    // The body may not be kept while it waits.
    let (parts, _) = request.into_parts();
    let header = |name: &str| {
        let value = parts.headers.get(name);
        value
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    let path = parts.uri.to_string();
    let given = header("if-none-match");
    script.seen.lock().unwrap().push(Asked {
        path: path.clone(),
        agent: header("user-agent").unwrap_or_default(),
        conditional: given.is_some(),
    });
    loop {
        let released = script.released.notified();
        let held = script.held.lock().unwrap().contains(&path);
        if !held {
            break;
        }
        released.await;
    }
    let page = script.pages.lock().unwrap().get(&path).cloned();
    let Some(page) = page else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let tag = format!("\"{}\"", &hex::encode(Sha256::digest(&page.body))[..16]);
    if page.tagged && given.as_deref() == Some(tag.as_str()) {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    let status = StatusCode::from_u16(page.status).unwrap();
    let mut response = (status, page.body.clone()).into_response();
    let headers = response.headers_mut();
    headers.remove("content-type");
    for (name, value) in &page.headers {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_str(value).unwrap(),
        );
    }
    if page.tagged {
        headers.insert("etag", HeaderValue::from_str(&tag).unwrap());
    }
    response
}
