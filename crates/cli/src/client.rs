//! The command line's one way to a server: a remote one, the one that runs on the data directory,
//! or one opened in this process for the length of the command.

use std::path::Path;
use std::time::Duration;

use eventsource_stream::{Event, Eventsource};
use futures::{Stream, StreamExt};
use headwater_model::{Code, Error};
use headwater_store::DATA_LOCK_MESSAGE;
use reqwest::{Method, RequestBuilder, Response};
use serde::Deserialize;
use serde_json::Value;

use crate::config::{Config, Log};
use crate::problem::{Problem, Result};
use crate::telemetry;
use crate::wire::{House, Running};

/// How often the data directory is tried while someone else has it, and how long between.
const PATIENCE: u32 = 40;
const PAUSE: Duration = Duration::from_millis(250);

/// How long a command waits at its end for documents it set going.
const SETTLING: Duration = Duration::from_secs(30);

/// Where a command finds its server.
#[derive(Clone, Debug, Default)]
pub struct Destination {
    /// A server elsewhere; wins over the data directory.
    pub url: Option<String>,
    /// An API key for it.
    pub key: Option<String>,
    /// A workspace by id; the caller's first when absent.
    pub workspace: Option<String>,
}

/// A connection to a Headwater server.
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
    workspace: Option<String>,
    house: Option<Running>,
}

/// What a running server leaves in its data directory.
#[derive(Deserialize)]
struct Beacon {
    url: String,
    token: String,
    pid: u32,
}

impl Client {
    /// Finds the server, or opens the house in this process.
    pub async fn connect(
        to: &Destination,
        config: impl FnOnce() -> Result<Config>,
    ) -> Result<Self> {
        if let Some(url) = &to.url {
            return Self::new(url, to.key.clone(), to);
        }
        if to.key.is_some() {
            return Err(Problem::usage(
                "--key is for a server elsewhere: give its address with --url.",
            ));
        }
        let config = config()?;
        // The log of a short command is for its problems only.
        telemetry::install(&Log {
            level: "error".to_owned(),
            ..config.log.clone()
        })?;
        for _ in 0..PATIENCE {
            if let Some(client) = Self::running(&config.data_dir, to).await {
                return Ok(client);
            }
            match House::open(config.clone()).await {
                // Another command has it open for a moment, or a server is starting or stopping.
                Err(error) if is_taken(&error) => tokio::time::sleep(PAUSE).await,
                Err(error) => return Err(error.into()),
                Ok(house) => return Self::inside(house, to).await,
            }
        }
        Err(Problem::new(
            Code::Conflict,
            format!(
                "Another Headwater command is using the data directory {}. Wait until it is done, \
                 or start the server, which commands can share.",
                config.data_dir.display()
            ),
        ))
    }

    /// Answers in this process, for this command alone.
    async fn inside(house: House, to: &Destination) -> Result<Self> {
        let running = house.serve("127.0.0.1:0").await?;
        let mut client = Self::new(&running.url, Some(running.token.clone()), to)?;
        client.house = Some(running);
        Ok(client)
    }

    /// The server that runs on `data`, when one does and answers.
    pub async fn running(data: &Path, to: &Destination) -> Option<Self> {
        let text = tokio::fs::read(data.join("server.json")).await.ok()?;
        let beacon: Beacon = serde_json::from_slice(&text).ok()?;
        if Path::new("/proc/self").exists() && !Path::new(&format!("/proc/{}", beacon.pid)).exists()
        {
            return None;
        }
        let client = Self::new(&beacon.url, Some(beacon.token), to).ok()?;
        let alive = client
            .http
            .get(format!("{}/livez", client.base))
            .timeout(Duration::from_secs(2))
            .send()
            .await;
        alive
            .is_ok_and(|r| r.status().is_success())
            .then_some(client)
    }

    fn new(url: &str, token: Option<String>, to: &Destination) -> Result<Self> {
        // Two providers would be a programming error; one installed before is as good as this one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        #[expect(
            clippy::disallowed_methods,
            reason = "a client of our own API: it calls the address the operator gave, nobody else"
        )]
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(10))
            .user_agent(concat!("headwater/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|e| {
                Problem::new(
                    Code::Internal,
                    format!("cannot prepare the connection: {e}"),
                )
            })?;
        let url = url.trim_end_matches('/');
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return Err(Problem::usage(format!(
                "“{url}” is not the address of a server: write it like https://headwater.example.com."
            )));
        }
        Ok(Self {
            http,
            base: url.to_owned(),
            token,
            workspace: to.workspace.clone(),
            house: None,
        })
    }

    /// The address it talks to.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The server's address; none of a house that was opened for this command.
    pub fn address(&self) -> Option<&str> {
        self.house.is_none().then_some(self.base.as_str())
    }

    /// Ends the connection. A house opened for this command finishes what the command set going,
    /// such as reading the handbook after set-up, and closes.
    pub async fn close(self) {
        let Some(house) = self.house else {
            return;
        };
        if !house.settle(SETTLING).await {
            tracing::warn!("documents are still waiting; the next command or start reads them");
        }
        house.stop().await;
    }

    /// A request to `path` below `/api/v1`.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let mut request = self
            .http
            .request(method, format!("{}/api/v1{path}", self.base));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(workspace) = &self.workspace {
            request = request.header("Headwater-Workspace", workspace);
        }
        request
    }

    /// Sends a request and returns the answer, or the problem the server reports.
    pub async fn send(&self, request: RequestBuilder) -> Result<Response> {
        let response = request.send().await.map_err(|e| self.unreachable(&e))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let body = response.bytes().await.unwrap_or_default();
        let problem = serde_json::from_slice(&body)
            .ok()
            .and_then(Problem::from_wire)
            .map(Problem::for_the_command_line);
        Err(problem.unwrap_or_else(|| {
            Problem::new(
                Code::Upstream,
                format!(
                    "{} answered {status}, which is not an answer of a Headwater server. \
                     Check the address.",
                    self.base
                ),
            )
        }))
    }

    fn unreachable(&self, error: &reqwest::Error) -> Problem {
        let mut cause: &dyn std::error::Error = error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        Problem::new(
            Code::Unavailable,
            format!(
                "Cannot reach {}: {cause}. Check the address and that the server runs.",
                self.base
            ),
        )
    }

    async fn json(&self, request: RequestBuilder) -> Result<Value> {
        let response = self.send(request).await?;
        let body = response.bytes().await.map_err(|e| self.unreachable(&e))?;
        if body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&body).map_err(|_| {
            Problem::new(
                Code::Upstream,
                format!("{} did not answer with JSON. Check the address.", self.base),
            )
        })
    }

    /// Reads a resource.
    pub async fn get(&self, path: &str) -> Result<Value> {
        self.json(self.request(Method::GET, path)).await
    }

    /// Every item of a list, page by page; the path may have a query.
    pub async fn all(&self, path: &str) -> Result<Vec<Value>> {
        let mut items = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let joint = if path.contains('?') { '&' } else { '?' };
            let mut path = format!("{path}{joint}limit=100");
            if let Some(after) = &after {
                path.push_str(&format!("&after={}", segment(after)));
            }
            let mut page = self.get(&path).await?;
            if let Value::Array(found) = page["items"].take() {
                items.extend(found);
            }
            match page["next"].as_str() {
                Some(next) => after = Some(next.to_owned()),
                None => return Ok(items),
            }
        }
    }

    /// Creates, or asks for something to be done.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.json(self.request(Method::POST, path).json(body)).await
    }

    /// Replaces.
    pub async fn put(&self, path: &str, body: &Value) -> Result<Value> {
        self.json(self.request(Method::PUT, path).json(body)).await
    }

    /// Changes a part.
    pub async fn patch(&self, path: &str, body: &Value) -> Result<Value> {
        self.json(self.request(Method::PATCH, path).json(body))
            .await
    }

    /// Deletes.
    pub async fn delete(&self, path: &str) -> Result<Value> {
        self.json(self.request(Method::DELETE, path)).await
    }

    /// Uploads one file to a knowledge base.
    pub async fn upload(&self, path: &str, form: reqwest::multipart::Form) -> Result<Value> {
        self.json(self.request(Method::POST, path).multipart(form))
            .await
    }

    /// Starts something that answers with a stream of events.
    pub async fn post_stream(
        &self,
        path: &str,
        body: &Value,
    ) -> Result<impl Stream<Item = Option<Event>> + Unpin + use<>> {
        let request = self
            .request(Method::POST, path)
            .header("Accept", "text/event-stream")
            .json(body);
        Ok(events(self.send(request).await?))
    }

    /// Rejoins a run's events after the one with the id `last`.
    pub async fn rejoin(
        &self,
        run: &str,
        last: &str,
    ) -> Result<impl Stream<Item = Option<Event>> + Unpin + use<>> {
        let request = self
            .request(Method::GET, &format!("/runs/{run}/events"))
            .header("Last-Event-ID", last);
        Ok(events(self.send(request).await?))
    }
}

/// Whether opening failed because someone else holds the data directory.
fn is_taken(error: &Error) -> bool {
    error.code == Code::Conflict && error.message.starts_with(DATA_LOCK_MESSAGE)
}

/// The events of a response; `None` stands for a connection that broke.
fn events(response: Response) -> impl Stream<Item = Option<Event>> + Unpin + use<> {
    Box::pin(
        response
            .bytes_stream()
            .eventsource()
            .map(std::result::Result::ok),
    )
}

/// A word as one segment of a path or a value of a query.
pub fn segment(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    for byte in word.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::segment;

    #[test]
    fn a_word_stays_one_segment() {
        assert_eq!(segment("ask-the-handbook"), "ask-the-handbook");
        assert_eq!(segment("../setup?x"), "%2E%2E%2Fsetup%3Fx");
    }
}
