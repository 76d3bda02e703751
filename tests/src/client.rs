//! A caller of the API: signed in, with a key, or nobody.

use std::time::Duration;

use eventsource_stream::{Event, Eventsource};
use futures::{Stream, StreamExt};
use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

/// Whoever calls, and where.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    pub base: String,
    cookie: Option<String>,
    bearer: Option<String>,
    workspace: Option<String>,
}

/// A response, read to its end.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
    /// Where it came from, redirects followed.
    pub url: reqwest::Url,
}

impl Answer {
    /// The body as JSON (null when there is none).
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// The body, when the status is the expected one; otherwise the test fails and shows it.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self.json()
    }

    /// The code of the problem, when the status is the expected one.
    #[track_caller]
    pub fn problem(&self, status: u16) -> String {
        let body = self.expect(status);
        assert_eq!(
            self.headers["content-type"], "application/problem+json",
            "{}",
            self.text
        );
        assert!(
            body["detail"].as_str().is_some_and(|d| !d.is_empty()),
            "{body}"
        );
        assert!(body["request_id"].is_string(), "{body}");
        body["code"].as_str().unwrap().to_owned()
    }
}

impl Client {
    /// Nobody in particular.
    pub fn anonymous(base: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(120))
            .no_proxy()
            .build()
            .unwrap();
        Self {
            http,
            base: base.to_owned(),
            cookie: None,
            bearer: None,
            workspace: None,
        }
    }

    /// The same server, with an API key or the operator's token.
    pub fn with_key(&self, secret: &str) -> Self {
        Self {
            cookie: None,
            bearer: Some(secret.to_owned()),
            ..self.clone()
        }
    }

    /// The key it calls with.
    pub fn bearer(&self) -> Option<&str> {
        self.bearer.as_deref()
    }

    /// The same caller in a workspace.
    pub fn in_workspace(&self, id: &str) -> Self {
        Self {
            workspace: Some(id.to_owned()),
            ..self.clone()
        }
    }

    /// The same caller at a server that moved.
    pub fn at(&self, base: &str) -> Self {
        Self {
            base: base.to_owned(),
            ..self.clone()
        }
    }

    /// The session cookie it sends.
    pub fn cookie(&self) -> Option<&str> {
        self.cookie.as_deref()
    }

    /// Keeps the session cookie of an answer.
    pub fn signed_in_by(&self, answer: &Answer) -> Self {
        let cookie = answer.headers["set-cookie"].to_str().unwrap();
        Self {
            cookie: Some(cookie.split(';').next().unwrap().to_owned()),
            bearer: None,
            ..self.clone()
        }
    }

    /// Signs in.
    pub async fn sign_in(&self, email: &str, password: &str) -> Self {
        let body = json!({ "email": email, "password": password });
        let answer = self.post("/session", body).await;
        answer.expect(200);
        self.signed_in_by(&answer)
    }

    /// A request to a path below `/api/v1`, or to any path that starts with `//`.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = match path.strip_prefix('/') {
            Some(root) if root.starts_with('/') => format!("{}{root}", self.base),
            _ => format!("{}/api/v1{path}", self.base),
        };
        let mut request = self.http.request(method, url);
        if let Some(cookie) = &self.cookie {
            request = request
                .header("Cookie", cookie)
                .header("X-Requested-With", "headwater");
        }
        if let Some(bearer) = &self.bearer {
            request = request.bearer_auth(bearer);
        }
        if let Some(workspace) = &self.workspace {
            request = request.header("Headwater-Workspace", workspace);
        }
        request
    }

    /// Sends and reads to the end.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        self.try_send(request).await.unwrap()
    }

    /// Sends; the server may be gone.
    pub async fn try_send(&self, request: RequestBuilder) -> reqwest::Result<Answer> {
        let response = request.send().await?;
        Ok(Answer {
            status: response.status(),
            headers: response.headers().clone(),
            url: response.url().clone(),
            text: response.text().await?,
        })
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::POST, path).json(&body))
            .await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::PUT, path).json(&body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::PATCH, path).json(&body))
            .await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// Uploads one file to a knowledge base and returns its document.
    pub async fn upload(&self, kb: &str, name: &str, bytes: impl Into<Vec<u8>>) -> Value {
        let answer = self.try_upload(kb, name, bytes.into()).await;
        answer.expect(201)["items"][0].clone()
    }

    /// Uploads one file; it may be refused.
    pub async fn try_upload(&self, kb: &str, name: &str, bytes: Vec<u8>) -> Answer {
        let part = reqwest::multipart::Part::bytes(bytes).file_name(name.to_owned());
        let form = reqwest::multipart::Form::new().part("file", part);
        let path = format!("/knowledge-bases/{kb}/documents");
        self.send(self.request(Method::POST, &path).multipart(form))
            .await
    }

    /// Waits until a document is ready, or never will be.
    pub async fn processed(&self, document: &str) -> Value {
        let path = format!("/documents/{document}");
        crate::until("the document to be processed", 60, async || {
            let document = self.get(&path).await.expect(200);
            let over = matches!(
                document["status"].as_str(),
                Some("ready" | "failed" | "needs_ocr" | "cancelled")
            );
            over.then_some(document)
        })
        .await
    }

    /// Waits until a run has ended.
    pub async fn ended(&self, run: &str) -> Value {
        let path = format!("/runs/{run}");
        crate::until("the run to end", 60, async || {
            let run = self.get(&path).await.expect(200);
            let status = run["status"].as_str().unwrap();
            matches!(status, "succeeded" | "failed" | "cancelled").then_some(run)
        })
        .await
    }

    /// Waits until a run has this status.
    pub async fn becomes(&self, run: &str, status: &str) -> Value {
        let path = format!("/runs/{run}");
        crate::until("the run to change", 30, async || {
            let run = self.get(&path).await.expect(200);
            (run["status"] == status).then_some(run)
        })
        .await
    }

    /// Opens a stream with a POST.
    pub async fn stream(&self, path: &str, body: Value) -> Events {
        let request = self.request(Method::POST, path).json(&body);
        self.events(request).await
    }

    /// Opens the events of a run, after the event with the id `after`.
    pub async fn rejoin(&self, run: &str, after: Option<&str>) -> Events {
        let mut request = self.request(Method::GET, &format!("/runs/{run}/events"));
        if let Some(after) = after {
            request = request.header("Last-Event-ID", after);
        }
        self.events(request).await
    }

    /// Opens a stream.
    pub async fn events(&self, request: RequestBuilder) -> Events {
        let response = request.header("Accept", "text/event-stream").send().await;
        let response = response.unwrap();
        let status = response.status();
        if !status.is_success() {
            panic!("{status}: {}", response.text().await.unwrap_or_default());
        }
        let content = response.headers()["content-type"].to_str().unwrap();
        assert!(content.starts_with("text/event-stream"), "{content}");
        Events {
            stream: Box::pin(
                response
                    .bytes_stream()
                    .eventsource()
                    .filter_map(async |event| event.ok()),
            ),
        }
    }
}

/// A stream of server-sent events.
pub struct Events {
    stream: std::pin::Pin<Box<dyn Stream<Item = Event> + Send>>,
}

impl Events {
    /// The next event with its data; `None` at the end.
    pub async fn next(&mut self) -> Option<(Event, Value)> {
        let next = tokio::time::timeout(Duration::from_secs(60), self.stream.next()).await;
        let event = next.expect("the stream went silent")?;
        let data = serde_json::from_str(&event.data).unwrap();
        Some((event, data))
    }

    /// Reads until an event of that type.
    pub async fn until(&mut self, kind: &str) -> Value {
        let mut seen = Vec::new();
        while let Some((event, data)) = self.next().await {
            if event.event == kind {
                return data;
            }
            seen.push(event.event);
        }
        panic!("the stream ended without {kind}; it had {seen:?}");
    }

    /// Everything to the end.
    pub async fn all(mut self) -> Vec<(Event, Value)> {
        let mut all = Vec::new();
        while let Some(event) = self.next().await {
            all.push(event);
        }
        all
    }
}

/// The reply that a reader puts together from a run's events.
pub fn reply_of(events: &[(Event, Value)]) -> String {
    let mut reply = String::new();
    for (event, data) in events {
        if event.event == "message.delta" {
            let offset = usize::try_from(data["offset"].as_u64().unwrap()).unwrap();
            reply = reply.chars().take(offset).collect();
            reply.push_str(data["text"].as_str().unwrap());
        }
    }
    reply
}
