//! The messages protocol of Anthropic.

mod answer;
mod request;

use std::sync::Arc;

use async_trait::async_trait;
use headwater_model::Result;
use headwater_model::ports::{Chat, ChatRequest, ChatStream, Embedded, Purpose};
use headwater_model::provider::split_model;
use reqwest::{Method, RequestBuilder};
use url::Url;

use crate::egress::Egress;
use crate::embed::{Batch, none_of};
use crate::exchange;
use crate::registry::{Connection, Vendor};
use answer::Spoken;
use request::body;

/// The version of the protocol spoken here.
const VERSION: &str = "2023-06-01";

/// A client of one server.
pub(crate) struct Anthropic {
    egress: Arc<Egress>,
    connection: Connection,
}

impl Anthropic {
    pub fn new(egress: Arc<Egress>, connection: Connection) -> Self {
        Self { egress, connection }
    }

    /// Vendors' pages give the base URL with and without the version; both work.
    fn url(&self, path: &str) -> Result<Url> {
        let base = self.connection.base_url.trim_end_matches('/');
        let base = base.strip_suffix("/v1").unwrap_or(base);
        exchange::join(base, &format!("v1/{path}"))
    }

    fn authorised(&self, request: RequestBuilder) -> RequestBuilder {
        let request = request.header("anthropic-version", VERSION);
        let key = self.connection.api_key.as_ref();
        // A key that cannot be a header was mistyped; the vendor's 401 says so well enough.
        match key.and_then(|key| reqwest::header::HeaderValue::from_str(key.reveal()).ok()) {
            Some(mut value) => {
                value.set_sensitive(true);
                request.header("x-api-key", value)
            }
            None => request,
        }
    }
}

#[async_trait]
impl Chat for Anthropic {
    async fn chat(&self, request: ChatRequest) -> Result<ChatStream> {
        let (_, model) = split_model(&request.model)?;
        let peer = self.connection.peer(model);
        let call = self
            .authorised(self.egress.request(Method::POST, self.url("messages")?)?)
            .header("accept", "text/event-stream")
            .header("idempotency-key", &request.idempotency_key)
            .headers(exchange::trace(&request))
            .json(&body(&request, model)?);
        let response = exchange::send(call, &peer, &self.egress).await?;
        let words = Spoken::new(&request);
        exchange::answer(response, peer, &self.egress, request.model.clone(), words).await
    }
}

#[async_trait]
impl Vendor for Anthropic {
    async fn models(&self) -> Result<Vec<String>> {
        let peer = self.connection.peer("");
        let mut url = self.url("models")?;
        url.set_query(Some("limit=1000"));
        let list = exchange::get_json(&self.egress, url, &peer, |request| self.authorised(request))
            .await?;
        let items = list["data"]
            .as_array()
            .ok_or_else(|| peer.wrong_type("JSON that is not a list of models"))?;
        let mut names: Vec<String> = items
            .iter()
            .filter_map(|item| item["id"].as_str().map(str::to_owned))
            .collect();
        names.sort();
        Ok(names)
    }

    fn batch(&self) -> Batch {
        Batch { texts: 1, bytes: 0 }
    }

    async fn embed(&self, _: &str, _: Purpose, _: &[Arc<str>]) -> Result<Embedded> {
        Err(none_of("Anthropic"))
    }
}
