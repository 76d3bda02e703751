//! `http`: calls an address and gives its answer.

mod answer;
mod private;
mod request;

use std::sync::Arc;

use async_trait::async_trait;
use headwater_model::Result;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::catalogue::{Compiled, NodeKind};
use crate::compile::Compiler;
use crate::confidential::{Revealed, SecretName};
use crate::scope::Scope;
use crate::step::{Begun, Call, CallContext, Identity, Step, StepOutput};

/// What the catalogue knows.
pub const KIND: NodeKind = NodeKind {
    name: "http",
    title: "HTTP",
    summary: "Calls an address and gives its answer.",
    outputs: Some(&["status", "headers", "body", "json", "file"]),
    settings: || schemars::schema_for!(Settings),
    compile,
};

/// The most bytes of an answer that may be set; what a step may put out stands above it.
const MOST_BYTES: u32 = 4 * 1024 * 1024;
/// How many redirects are followed.
const REDIRECTS: u32 = 5;

/// Settings of `http`.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    #[serde(default)]
    pub method: Method,
    /// The address, a template, with `http://` or `https://`. Values are put into it percent-encoded,
    /// except for one it begins with.
    pub url: String,
    /// What follows the `?`, by name; a list gives its name several times, null leaves it out.
    #[serde(default)]
    pub query: Map<String, Value>,
    /// Headers by name, each a template.
    #[serde(default)]
    pub headers: Map<String, Value>,
    /// Who calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<Auth>,
    /// What is sent.
    #[serde(default)]
    pub body: Body,
    /// The most bytes of an answer, up to 4194304.
    #[serde(default = "a_megabyte")]
    #[schemars(range(min = 1, max = 4_194_304))]
    pub max_bytes: u32,
    /// Whether to go where a redirect leads, up to 5 times.
    #[serde(default = "yes")]
    pub follow_redirects: bool,
    /// Whether a status of 400 and above fails the node.
    #[serde(default = "yes")]
    pub fail_on_status: bool,
}

/// What is asked of an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    #[default]
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
    Options,
}

/// Who calls.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Auth {
    /// `Authorization: Bearer …`.
    Bearer {
        /// A template.
        token: String,
    },
    /// `Authorization: Basic …`.
    Basic {
        /// A template.
        user: String,
        /// A template.
        #[serde(default)]
        password: String,
    },
}

/// What is sent.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", content = "value", rename_all = "snake_case")]
pub enum Body {
    #[default]
    None,
    /// Any JSON; a value that is exactly one reference keeps its type.
    Json(Value),
    /// A template.
    Text(String),
    /// Fields by name, as a web form sends them; a list gives its name several times.
    Form(Map<String, Value>),
    /// Parts by name: text, files (objects with `name`, `media_type` and `data` in base64), or lists
    /// of those.
    Multipart(Map<String, Value>),
}

fn a_megabyte() -> u32 {
    1024 * 1024
}

fn yes() -> bool {
    true
}

impl Method {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Options => "OPTIONS",
        }
    }

    /// Whether asking twice is as good as once by the rules of HTTP.
    const fn only_reads(self) -> bool {
        matches!(self, Self::Get | Self::Head | Self::Options)
    }
}

fn compile(compiler: &mut Compiler<'_>, settings: &Map<String, Value>) -> Option<Compiled> {
    let settings: Settings = compiler.settings(settings)?;
    if !(1..=MOST_BYTES).contains(&settings.max_bytes) {
        let message = format!("The most bytes of an answer must be from 1 to {MOST_BYTES}.");
        compiler.problem("max_bytes", message, "Change it.");
    }
    let reads = settings.method.only_reads();
    let (shape, secrets) =
        compiler.taking_secrets(|compiler| request::HttpStep::compile(compiler, settings));
    let http = Http {
        shape: Arc::new(shape),
        secrets: secrets.into(),
    };
    Some(Compiled::caching(http, reads))
}

#[derive(Debug)]
struct Http {
    shape: Arc<request::HttpStep>,
    secrets: Arc<[SecretName]>,
}

impl Step for Http {
    fn begin(&self, scope: &Scope) -> Result<Begun> {
        let shown = self.shape.build(scope)?;
        let inputs = private::legible(&self.secrets, shown.inputs.clone());
        let late = (!self.secrets.is_empty()).then(|| private::Late {
            shape: Arc::clone(&self.shape),
            secrets: Arc::clone(&self.secrets),
            scope: scope.clone(),
        });
        let fail_on_status = self.shape.fails_on_status();
        Ok(Begun::Call {
            inputs,
            call: Arc::new(Exchange {
                shown,
                late,
                fail_on_status,
            }),
        })
    }
}

/// A request that is ready to be sent, but for its secrets.
struct Exchange {
    /// With the names of its secrets.
    shown: request::Built,
    /// Absent when there are none: then it is sent as it is shown.
    late: Option<private::Late>,
    fail_on_status: bool,
}

#[async_trait]
impl Call for Exchange {
    async fn call(&self, context: &CallContext) -> Result<StepOutput> {
        let shown = &self.shown.request;
        let (mut request, secrets) = match &self.late {
            Some(late) => late.request(context, shown).await?,
            None => (shown.clone(), Revealed::default()),
        };
        request.max_bytes = request.max_bytes.min(context.value_bytes);
        if self.shown.keyed {
            let key = context.idempotency_key.clone();
            request.headers.push(("idempotency-key".to_owned(), key));
        }
        let response = context.ports.fetch.fetch(request).await;
        let mut response = response.map_err(|error| secrets.scrub_error(error))?;
        if self.fail_on_status && response.status >= 400 {
            private::clean_text(&secrets, &mut response.body);
            return Err(answer::refused(&shown.method, &shown.url, &response));
        }
        let outputs = answer::outputs(&shown.url, private::clean(&secrets, response));
        Ok(StepOutput::of(private::clean_outputs(&secrets, outputs)))
    }

    fn identity(&self) -> Option<Identity> {
        let request = &self.shown.request;
        let secrets = self.late.iter().flat_map(|late| late.secrets.iter());
        Some(Identity {
            rendered: json!([request.url, request.headers, request.body]),
            models: Vec::new(),
            secrets: secrets.map(|name| name.secret.clone()).collect(),
        })
    }
}
