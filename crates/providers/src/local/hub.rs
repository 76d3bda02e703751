//! Fetching a model from the Hugging Face hub, or from a mirror that speaks like it.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use headwater_model::{Code, Error, Result};
use reqwest::header::{HeaderMap, LOCATION};
use reqwest::{Method, Response, StatusCode};
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt as _;
use url::Url;

use super::library::{Arrival, FILES, Wanted};
use super::shape::refuse;
use crate::egress::{Egress, Refused};
use crate::fault::{chain, find};

/// How often one file may lead somewhere else.
const REDIRECTS: usize = 5;

/// A model as the hub names it: `OWNER/MODEL`, or `OWNER/MODEL@REVISION`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubName {
    model: String,
    revision: Option<String>,
}

impl HubName {
    /// The last part, by which it is called here unless somebody says otherwise.
    pub fn short(&self) -> &str {
        self.model.rsplit('/').next().unwrap_or(&self.model)
    }
}

impl FromStr for HubName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (model, revision) = match text.trim().split_once('@') {
            Some((model, revision)) => (model, Some(revision)),
            None => (text.trim(), None),
        };
        let word = |part: &str| {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            (1..=96).contains(&part.len()) && part.bytes().all(plain) && !part.starts_with('.')
        };
        let parts: Vec<&str> = model.split('/').collect();
        let fits = parts.len() == 2 && parts.iter().all(|part| word(part));
        if !fits || !revision.is_none_or(word) {
            return Err(Error::invalid(
                "name",
                format!(
                    "“{text}” is not the name of a model on the hub; write OWNER/MODEL, such as \
                     sentence-transformers/all-MiniLM-L6-v2."
                ),
            ));
        }
        Ok(Self {
            model: model.to_owned(),
            revision: revision.map(str::to_owned),
        })
    }
}

impl fmt::Display for HubName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.model)
    }
}

/// A hub of models.
pub struct Hub {
    egress: Arc<Egress>,
    base_url: String,
}

/// What the hub said of a file before it led to where the bytes are.
#[derive(Default)]
struct Told {
    commit: Option<String>,
    sha256: Option<String>,
}

impl Told {
    fn hear(&mut self, headers: &HeaderMap) {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let hex = |text: &&str, length| {
            text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        if let Some(commit) = text("x-repo-commit").filter(|commit| hex(commit, 40)) {
            self.commit = Some(commit.to_owned());
        }
        let tag = text("x-linked-etag").map(|tag| tag.trim_matches('"'));
        if let Some(tag) = tag.filter(|tag| hex(tag, 64)) {
            self.sha256 = Some(tag.to_lowercase());
        }
    }
}

impl Hub {
    /// The hub at `base_url`, such as `https://huggingface.co`.
    pub fn new(egress: Arc<Egress>, base_url: &str) -> Self {
        Self {
            egress,
            base_url: base_url.trim_end_matches('/').to_owned(),
        }
    }

    /// Fetches a model's files; the commit they are of, when the hub says so. All are of the same.
    pub(super) async fn fetch(
        &self,
        of: &HubName,
        arrival: &mut Arrival,
    ) -> Result<Option<String>> {
        let mut commit = None;
        for wanted in &FILES {
            let revision = commit.as_deref().or(of.revision.as_deref());
            let told = self
                .file(of, revision.unwrap_or("main"), wanted, arrival)
                .await?;
            commit = commit.or(told.commit);
        }
        Ok(commit)
    }

    async fn file(
        &self,
        of: &HubName,
        revision: &str,
        wanted: &Wanted,
        arrival: &mut Arrival,
    ) -> Result<Told> {
        let Self { base_url, .. } = self;
        let address = format!("{base_url}/{}/resolve/{revision}/{}", of.model, wanted.path);
        let url = Url::parse(&address).map_err(|error| {
            Error::invalid("models.hub_url", "models.hub_url is no address.").with_source(error)
        })?;
        let (response, told) = self.follow(url).await?;
        match response.status() {
            status if status.is_success() => {}
            StatusCode::NOT_FOUND if !self.is_unknown(&response) => {
                return match wanted.required {
                    true => Err(wanted.missing()),
                    false => Ok(told),
                };
            }
            StatusCode::NOT_FOUND | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                return Err(Error::new(
                    Code::NotFound,
                    format!(
                        "The hub at {base_url} has no model “{of}” that everybody may download. \
                         Check the spelling: it is OWNER/MODEL, with an optional @REVISION."
                    ),
                )
                .with_field("name"));
            }
            status => {
                let message = format!(
                    "The hub at {base_url} answered {} for {}. Try again in a moment.",
                    status.as_u16(),
                    wanted.path
                );
                return Err(Error::new(Code::Upstream, message));
            }
        }
        self.save(response, wanted, arrival, told.sha256.as_deref())
            .await?;
        Ok(told)
    }

    /// Whether it is the model that is not there, and not one of its files.
    fn is_unknown(&self, response: &Response) -> bool {
        let code = response.headers().get("x-error-code");
        let code = code.and_then(|code| code.to_str().ok()).unwrap_or_default();
        matches!(code, "RepoNotFound" | "RevisionNotFound")
    }

    /// Asks for `url`, and for wherever it leads.
    async fn follow(&self, mut url: Url) -> Result<(Response, Told)> {
        let mut told = Told::default();
        for _ in 0..=REDIRECTS {
            let limit = self.egress.config().first_byte_timeout;
            let request = self.egress.request(Method::GET, url.clone())?;
            let answer = tokio::time::timeout(limit, request.send()).await;
            let response = answer
                .map_err(|_| self.slow(limit))?
                .map_err(|error| self.unreached(&error))?;
            told.hear(response.headers());
            let leads = [301, 302, 303, 307, 308].contains(&response.status().as_u16());
            let Some(location) = response.headers().get(LOCATION).filter(|_| leads) else {
                return Ok((response, told));
            };
            let next = location.to_str().ok().and_then(|to| url.join(to).ok());
            let safe = |next: &Url| next.scheme() == url.scheme() || next.scheme() == "https";
            url = next.filter(safe).ok_or_else(|| self.astray())?;
        }
        Err(self.astray())
    }

    async fn save(
        &self,
        response: Response,
        wanted: &Wanted,
        arrival: &mut Arrival,
        expected: Option<&str>,
    ) -> Result<()> {
        let mut into = tokio::fs::File::from_std(arrival.create(wanted)?);
        let (mut hash, mut bytes) = (Sha256::new(), 0_u64);
        let idle = self.egress.config().idle_timeout;
        let mut pieces = response.bytes_stream();
        loop {
            let next = tokio::time::timeout(idle, pieces.next()).await;
            let Some(piece) = next.map_err(|_| self.slow(idle))? else {
                break;
            };
            let piece = piece.map_err(|error| self.unreached(&error))?;
            bytes += piece.len() as u64;
            if bytes > wanted.most {
                return Err(wanted.too_large());
            }
            hash.update(&piece);
            into.write_all(&piece).await.map_err(Error::storage)?;
        }
        into.flush().await.map_err(Error::storage)?;
        into.sync_all().await.map_err(Error::storage)?;
        let sha256 = hex::encode(hash.finalize());
        if expected.is_some_and(|expected| expected != sha256) {
            return Err(Error::new(
                Code::Upstream,
                format!(
                    "{} arrived damaged: its sha256 is not what the hub says. Try again.",
                    wanted.path
                ),
            ));
        }
        arrival.arrived(wanted, bytes, sha256);
        Ok(())
    }

    fn unreached(&self, error: &reqwest::Error) -> Error {
        if let Some(refused) = find::<Refused>(error) {
            return refuse(refused.to_string());
        }
        Error::new(
            Code::Upstream,
            format!(
                "The hub at {} cannot be reached from this server. Where there is no internet, \
                 download the model's directory elsewhere and add it by its path, or set \
                 models.hub_url to a mirror.",
                self.base_url
            ),
        )
        .with_source(chain(error))
    }

    fn slow(&self, limit: Duration) -> Error {
        let message = format!(
            "The hub at {} was silent for {} s. Try again in a moment.",
            self.base_url,
            limit.as_secs()
        );
        Error::new(Code::Timeout, message)
    }

    fn astray(&self) -> Error {
        let message = format!(
            "The hub at {} leads to something that is no address of a file.",
            self.base_url
        );
        Error::new(Code::Upstream, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_hub_lead_nowhere_else() {
        let of: HubName = "sentence-transformers/all-MiniLM-L6-v2@main"
            .parse()
            .unwrap();
        assert_eq!(
            (of.short(), of.revision.as_deref()),
            ("all-MiniLM-L6-v2", Some("main"))
        );
        for wrong in [
            "minilm", "a/b/c", "../x", "a/..", "a/b@../x", "a b/c", "", "a/b@",
        ] {
            assert!(wrong.parse::<HubName>().is_err(), "{wrong}");
        }
    }
}
