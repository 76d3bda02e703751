//! Tells a collector of runs, in OpenTelemetry's protocol over HTTP: spans made of what the record
//! says, in the words of its conventions for generative AI.

mod client;
mod content;
mod shape;

use std::sync::Arc;
use std::time::Duration;

use headwater_model::id::{ConversationId, FlowId, RunId, WorkspaceId};
use headwater_model::run::RunOutcome;
use headwater_model::run::log::StepRecord;
use headwater_model::trace::RunTrace;
use headwater_model::{Clock, Code, Error, Result, Timestamp};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SpanData, SpanExporter as _};
use serde_json::{Map, Value};
use url::Url;

use crate::egress::{Egress, EgressConfig};
use crate::registry::Secret;
use client::Carrier;

/// How long sending one batch may take, its retries included.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where spans go, and what is in them.
#[derive(Clone, Debug)]
pub struct OtlpConfig {
    /// The collector's base URL; `/v1/traces` is added where it is missing.
    pub endpoint: String,
    /// Sent with every request; they may hold keys.
    pub headers: Vec<(String, Secret)>,
    pub service_name: String,
    pub service_version: &'static str,
    /// Further attributes of this service.
    pub resource: Vec<(String, String)>,
    /// How many of all traces are told, 0 to 1.
    pub sample_ratio: f64,
    /// Whether prompts, inputs, outputs and messages of errors are told, too.
    pub capture_content: bool,
}

/// A run as its spans name it.
#[derive(Clone, Debug)]
pub struct RunAbout {
    pub run: RunId,
    pub trace: RunTrace,
    pub workspace: WorkspaceId,
    pub flow_id: Option<FlowId>,
    pub flow_name: String,
    pub revision: u32,
    pub conversation_id: Option<ConversationId>,
    pub started_at: Timestamp,
    pub input: Map<String, Value>,
}

/// Something that has happened, ready to be told.
#[derive(Clone, Debug)]
pub struct Span(SpanData);

/// Makes spans and sends them.
#[derive(Debug)]
pub struct Otlp {
    exporter: SpanExporter,
    scope: InstrumentationScope,
    sample_ratio: f64,
    capture_content: bool,
}

impl Otlp {
    /// Prepares to send; nothing is opened yet. The collector is the operator's choice and may be in
    /// a private network, whatever flows may reach.
    pub fn new(config: OtlpConfig, egress: &EgressConfig, clock: Arc<dyn Clock>) -> Result<Self> {
        let egress = EgressConfig {
            allow_private: true,
            ..egress.clone()
        };
        let carrier = Carrier::new(Egress::new(egress, clock), &config.headers)?;
        let mut exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(carrier)
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(endpoint(&config.endpoint)?)
            .with_timeout(PATIENCE)
            .build()
            .map_err(Error::internal)?;
        let version = KeyValue::new("service.version", config.service_version);
        let attributes = config.resource.into_iter();
        let resource = Resource::builder_empty()
            .with_attribute(version)
            .with_attributes(attributes.map(|(name, value)| KeyValue::new(name, value)))
            .with_service_name(config.service_name)
            .build();
        exporter.set_resource(&resource);
        Ok(Self {
            exporter,
            scope: InstrumentationScope::builder("headwater")
                .with_version(config.service_version)
                .build(),
            sample_ratio: config.sample_ratio,
            capture_content: config.capture_content,
        })
    }

    /// Whether this run is told at all.
    pub fn is_told(&self, trace: RunTrace) -> bool {
        trace.is_sampled(self.sample_ratio)
    }

    /// The spans of a step that has ended: its own, and one for every model it asked.
    pub fn step(&self, about: &RunAbout, step: &StepRecord) -> Vec<Span> {
        let spans = shape::step(about, step, self.capture_content);
        spans.into_iter().map(|span| self.wrap(span)).collect()
    }

    /// The span of a run that has ended, around all others.
    pub fn run(&self, about: &RunAbout, outcome: &RunOutcome, at: Timestamp) -> Span {
        self.wrap(shape::run(about, outcome, at, self.capture_content))
    }

    fn wrap(&self, mut span: SpanData) -> Span {
        span.instrumentation_scope = self.scope.clone();
        Span(span)
    }

    /// Sends spans; when this fails they are lost.
    pub async fn send(&self, spans: Vec<Span>) -> Result<()> {
        let spans = spans.into_iter().map(|span| span.0).collect();
        // The exporter's own limit is between its attempts; this one holds for each, too.
        let sending = tokio::time::timeout(PATIENCE, self.exporter.export(spans));
        match sending.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(refused().with_source(error)),
            Err(late) => Err(refused().with_source(late)),
        }
    }
}

fn refused() -> Error {
    Error::new(
        Code::Upstream,
        "The collector did not take the spans. Check telemetry.otlp.endpoint and its headers.",
    )
}

/// The address spans are sent to.
fn endpoint(base: &str) -> Result<String> {
    let url = Url::parse(base.trim())
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if url.is_none() {
        return Err(Error::invalid(
            "telemetry.otlp.endpoint",
            "telemetry.otlp.endpoint must be a URL such as http://localhost:4318.",
        ));
    }
    let base = base.trim().trim_end_matches('/');
    Ok(match base.ends_with("/v1/traces") {
        true => base.to_owned(),
        false => format!("{base}/v1/traces"),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::endpoint;

    #[test]
    fn the_path_is_added_once() {
        for base in ["http://c:4318", "http://c:4318/", "http://c:4318/v1/traces"] {
            assert_eq!(endpoint(base).unwrap(), "http://c:4318/v1/traces");
        }
        let deep = endpoint("https://cloud.langfuse.com/api/public/otel").unwrap();
        assert_eq!(deep, "https://cloud.langfuse.com/api/public/otel/v1/traces");
        for wrong in ["", "localhost:4318", "grpc://c:4317"] {
            assert!(endpoint(wrong).is_err(), "{wrong}");
        }
    }
}
