//! Requests with secrets: rendered once more when they are sent, and answers without what was sent.

use std::sync::Arc;

use headwater_model::Result;
use headwater_model::ports::{FetchRequest, FetchResponse};
use serde_json::{Value, json};

use super::request::HttpStep;
use crate::confidential::{Revealed, SecretName};
use crate::scope::Scope;
use crate::step::CallContext;

/// A request whose secrets are not in it yet.
pub(super) struct Late {
    pub shape: Arc<HttpStep>,
    pub secrets: Arc<[SecretName]>,
    pub scope: Scope,
}

impl Late {
    /// The request as it is sent, and its secrets. `shown` is the request as records have it.
    pub async fn request(
        &self,
        context: &CallContext,
        shown: &FetchRequest,
    ) -> Result<(FetchRequest, Revealed)> {
        let mut secrets = context.reveal(&self.secrets).await?;
        let scope = self.scope.revealing(Arc::new(secrets.clone()));
        let built = self.shape.build(&scope);
        let mut request = built.map_err(|error| secrets.scrub_error(error))?.request;
        request.private = true;
        cover_more(&mut secrets, &self.secrets, shown, &request);
        Ok((request, secrets))
    }
}

/// A record with the names of secrets as they are, also where an address or a form encodes them.
pub(super) fn legible(secrets: &[SecretName], inputs: Value) -> Value {
    let mut names = Revealed::default();
    for name in secrets {
        names.cover(&name.shown(), &name.shown());
    }
    names.scrub(inputs)
}

/// What was made of secrets is as secret: a password in base64, the path of a secret address.
fn cover_more(
    secrets: &mut Revealed,
    names: &[SecretName],
    shown: &FetchRequest,
    sent: &FetchRequest,
) {
    let all: Vec<String> = names.iter().map(SecretName::shown).collect();
    let all = all.join(" ");
    for (name, value) in &sent.headers {
        let same = |(n, v): &(String, String)| n == name && v == value;
        if !shown.headers.iter().any(same)
            && name.eq_ignore_ascii_case("authorization")
            && let Some((_, credentials)) = value.split_once(' ')
        {
            secrets.cover(credentials, &all);
        }
    }
    // The address is a secret as a whole: so is all behind its host.
    if shown.url.starts_with("[secret ")
        && let Some((_, rest)) = sent.url.split_once("://")
        && let Some((_, path)) = rest.split_once('/')
    {
        for part in [path, path.split(['?', '#']).next().unwrap_or(path)] {
            if part.len() >= headwater_model::secret::SHORTEST {
                secrets.cover(part, &all);
            }
        }
    }
}

/// An answer that is no text, without secrets; texts are cleaned as outputs.
pub(super) fn clean(secrets: &Revealed, mut response: FetchResponse) -> FetchResponse {
    if !secrets.is_empty() && std::str::from_utf8(&response.body).is_err() {
        response.body = secrets.scrub_bytes(response.body);
    }
    response
}

/// The text of an answer without secrets.
pub(super) fn clean_text(secrets: &Revealed, body: &mut Vec<u8>) {
    if !secrets.is_empty() {
        let text = String::from_utf8_lossy(body).into_owned();
        *body = secrets.scrub_text(text).into_bytes();
    }
}

/// Outputs without secrets. JSON may write a secret in ways only reading it undoes; then the body is
/// written anew from what was read.
pub(super) fn clean_outputs(secrets: &Revealed, outputs: Value) -> Value {
    if secrets.is_empty() {
        return outputs;
    }
    let read = outputs["json"].clone();
    let mut outputs = secrets.scrub(outputs);
    if outputs["json"] != read {
        outputs["body"] = json!(outputs["json"].to_string());
    }
    outputs
}
