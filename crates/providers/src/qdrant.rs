//! A Qdrant server over its HTTP API. What is asked is the index's business (`store`); here are the
//! key, the time limits, and the patience.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use headwater_model::ports::{ServerAnswer, ServerMethod, ServerRequest, VectorServer};
use headwater_model::{Code, Error, Result};
use reqwest::header::HeaderValue;
use reqwest::{Method, Response, StatusCode};
use serde_json::Value;
use url::Url;

use crate::egress::Egress;
use crate::registry::Secret;

/// How long one attempt may take: writes wait until what they wrote can be found.
const LIMIT: Duration = Duration::from_secs(30);
/// How long to wait before each further attempt.
const PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(500)];

/// A Qdrant server.
pub struct QdrantServer {
    egress: Arc<Egress>,
    /// Ends with a slash, so that paths lie below it.
    url: Url,
    place: String,
    api_key: Option<Secret>,
}

/// Why an attempt brought no answer.
enum Failed {
    /// Another attempt may bring one.
    Perhaps(Error),
    For(Error),
}

impl QdrantServer {
    /// A server at `url`. Errors: `invalid` (`knowledge.qdrant_url`) when that is no URL.
    pub fn new(egress: Arc<Egress>, url: &str, api_key: Option<Secret>) -> Result<Self> {
        let refuse = || {
            let message = "must be a URL such as http://localhost:6333, without user, password or query. A key belongs into knowledge.qdrant_api_key.";
            Error::invalid("knowledge.qdrant_url", message)
        };
        let mut url = Url::parse(url.trim()).map_err(|_| refuse())?;
        let plain = url.username().is_empty() && url.password().is_none();
        if !matches!(url.scheme(), "http" | "https") || !plain || url.query().is_some() {
            return Err(refuse());
        }
        let place = url.as_str().trim_end_matches('/').to_owned();
        url.set_path(&format!("{}/", url.path().trim_end_matches('/')));
        Ok(Self {
            egress,
            url,
            place,
            api_key,
        })
    }

    async fn attempt(&self, request: &ServerRequest) -> Result<ServerAnswer, Failed> {
        let answer = tokio::time::timeout(LIMIT, async {
            let response = self.send(request).await?;
            self.read(response).await
        })
        .await;
        answer.unwrap_or_else(|_| {
            let what = format!("did not answer within {} s", LIMIT.as_secs());
            // Whoever asks has waited long enough.
            Err(Failed::For(self.silent(&what)))
        })
    }

    async fn send(&self, request: &ServerRequest) -> Result<Response, Failed> {
        let url = self
            .url
            .join(&request.path)
            .map_err(|error| Failed::For(Error::internal(error)))?;
        let method = match request.method {
            ServerMethod::Get => Method::GET,
            ServerMethod::Put => Method::PUT,
            ServerMethod::Post => Method::POST,
            ServerMethod::Delete => Method::DELETE,
        };
        let mut call = self.egress.request(method, url).map_err(Failed::For)?;
        if let Some(key) = &self.api_key {
            let mut key = HeaderValue::from_str(key.reveal()).map_err(|_| {
                let message = "The key for Qdrant has characters that no header may have. Correct knowledge.qdrant_api_key.";
                Failed::For(Error::invalid("knowledge.qdrant_api_key", message))
            })?;
            key.set_sensitive(true);
            call = call.header("api-key", key);
        }
        if let Some(body) = &request.body {
            call = call.json(body);
        }
        call.send()
            .await
            .map_err(|error| Failed::Perhaps(self.silent("does not answer").with_source(error)))
    }

    async fn read(&self, response: Response) -> Result<ServerAnswer, Failed> {
        let status = response.status();
        let bytes = response.bytes().await.map_err(|error| {
            Failed::Perhaps(self.silent("broke off its answer").with_source(error))
        })?;
        if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            return Err(Failed::For(self.refused(status)));
        }
        if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
            let what = format!("has a problem of its own ({})", status.as_u16());
            let error = self.silent(&what);
            let said = String::from_utf8_lossy(&bytes[..bytes.len().min(1_000)]).into_owned();
            return Err(Failed::Perhaps(error.with_source(Said(said))));
        }
        let body = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        Ok(ServerAnswer {
            status: status.as_u16(),
            body,
        })
    }

    fn silent(&self, what: &str) -> Error {
        let message = format!(
            "The Qdrant server at {} {what}. Check that it runs and can be reached, and knowledge.qdrant_url.",
            self.place
        );
        let mut error = Error::new(Code::Unavailable, message);
        error.field = Some("knowledge.qdrant_url".into());
        error
    }

    fn refused(&self, status: StatusCode) -> Error {
        let what = match &self.api_key {
            Some(_) => "refuses the key",
            None => "asks for a key",
        };
        let message = format!(
            "The Qdrant server at {} {what} ({}). Set knowledge.qdrant_api_key to one that may read and write.",
            self.place,
            status.as_u16()
        );
        Error::invalid("knowledge.qdrant_api_key", message)
    }
}

/// The server's own words, for the log.
#[derive(Debug)]
struct Said(String);

impl std::fmt::Display for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Said {}

#[async_trait]
impl VectorServer for QdrantServer {
    async fn ask(&self, request: ServerRequest) -> Result<ServerAnswer> {
        let mut pauses = PAUSES.iter();
        loop {
            match (self.attempt(&request).await, pauses.next()) {
                (Ok(answer), _) => return Ok(answer),
                (Err(Failed::Perhaps(_)), Some(pause)) => tokio::time::sleep(*pause).await,
                (Err(Failed::Perhaps(error) | Failed::For(error)), _) => return Err(error),
            }
        }
    }

    fn place(&self) -> &str {
        &self.place
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use headwater_model::{Clock, Timestamp};

    use super::*;
    use crate::EgressConfig;

    struct Still;

    impl Clock for Still {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(0)
        }
    }

    fn server(url: &str) -> Result<QdrantServer> {
        let egress = Egress::new(EgressConfig::default(), Arc::new(Still));
        QdrantServer::new(Arc::new(egress), url, Some(Secret::new("canary")))
    }

    #[test]
    fn a_url_is_a_place_without_secrets() {
        assert_eq!(
            server(" http://q.example:6333/ ").unwrap().place(),
            "http://q.example:6333"
        );
        for wrong in ["qdrant:6333", "http://u:p@x:6333", "https://x/?api-key=1"] {
            assert!(server(wrong).is_err(), "{wrong}");
        }
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_named_and_its_key_is_not() {
        // A port that nothing listens on: it was free a moment ago.
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/below", free.local_addr().unwrap());
        drop(free);
        let request = ServerRequest {
            method: ServerMethod::Get,
            path: "collections".to_owned(),
            body: None,
        };
        let error = server(&url).unwrap().ask(request).await.unwrap_err();
        assert_eq!(error.code, Code::Unavailable);
        assert!(error.message.contains(&url), "{error}");
        assert!(!format!("{error:?}").contains("canary"));
    }
}
