//! Carries the exporter's requests over the one client that calls the outside.

use std::fmt;

use async_trait::async_trait;
use headwater_model::{Error, Result};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use crate::egress::Egress;
use crate::registry::Secret;

/// The most that is read of a collector's answer.
const LONGEST: usize = 64 * 1024;

pub(super) struct Carrier {
    egress: Egress,
    headers: HeaderMap,
}

impl fmt::Debug for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Carrier")
    }
}

impl Carrier {
    /// Sends `headers` with every request; they are never shown.
    pub fn new(egress: Egress, headers: &[(String, Secret)]) -> Result<Self> {
        let mut carried = HeaderMap::new();
        for (name, value) in headers {
            let wrong = || {
                Error::invalid(
                    "telemetry.otlp.headers",
                    format!("telemetry.otlp.headers: “{name}” cannot be sent as a header."),
                )
            };
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?;
            let mut value = HeaderValue::from_str(value.reveal()).map_err(|_| wrong())?;
            value.set_sensitive(true);
            carried.append(name, value);
        }
        Ok(Self {
            egress,
            headers: carried,
        })
    }
}

#[async_trait]
impl HttpClient for Carrier {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (parts, body) = request.into_parts();
        let url = Url::parse(&parts.uri.to_string())?;
        let asked = self.egress.request(parts.method, url)?;
        let asked = asked.headers(parts.headers).headers(self.headers.clone());
        let mut answer = asked.body(body).send().await?;
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = answer.status();
        *response.headers_mut() = answer.headers().clone();
        let mut read = Vec::new();
        while let Some(piece) = answer.chunk().await? {
            read.extend_from_slice(&piece);
            if read.len() > LONGEST {
                return Err("the collector's answer is too long".into());
            }
        }
        *response.body_mut() = read.into();
        Ok(response)
    }
}
