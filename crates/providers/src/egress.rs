//! The one client that may call strangers: its resolver, limits and timeouts are the protection.

mod reach;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use headwater_model::{Clock, Code, Error, Result, Timestamp};
use reqwest::redirect::Policy;
use url::Url;

pub use reach::Reach;
pub(crate) use reach::Refused;

/// How the outside may be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EgressConfig {
    /// How long a connection may take to open.
    pub connect_timeout: Duration,
    /// How long a vendor may think before the first byte of its answer.
    pub first_byte_timeout: Duration,
    /// How long a vendor may pause in the middle of an answer.
    pub idle_timeout: Duration,
    /// How long one answer may take in all.
    pub total_timeout: Duration,
    /// Whether addresses of this machine and of private networks may be called, as a model server
    /// beside Headwater needs. Link-local addresses, where clouds keep their metadata, never are.
    pub allow_private: bool,
}

impl Default for EgressConfig {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            first_byte_timeout: Duration::from_secs(120),
            idle_timeout: Duration::from_secs(60),
            total_timeout: Duration::from_secs(600),
            allow_private: true,
        }
    }
}

/// Calls the outside. Cheap to share; the connections are pooled.
pub struct Egress {
    config: EgressConfig,
    reach: Reach,
    clock: Arc<dyn Clock>,
    // Built on first use: loading the system's certificates would slow every start.
    client: OnceLock<Result<reqwest::Client>>,
}

impl Egress {
    /// Prepares an egress; nothing is opened yet.
    pub fn new(config: EgressConfig, clock: Arc<dyn Clock>) -> Self {
        let reach = Reach {
            allow_private: config.allow_private,
        };
        Self {
            config,
            reach,
            clock,
            client: OnceLock::new(),
        }
    }

    /// The limits in force.
    pub fn config(&self) -> &EgressConfig {
        &self.config
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Whether the host of `url` may be called, as far as its text tells; names are looked at again
    /// when they are resolved.
    pub(crate) fn may_call(&self, url: &Url) -> bool {
        self.reach.check_url(url).is_ok()
    }

    /// A request to `url`, refused when the address is one that may not be called.
    pub(crate) fn request(
        &self,
        method: reqwest::Method,
        url: Url,
    ) -> Result<reqwest::RequestBuilder> {
        self.reach.check_url(&url)?;
        Ok(self.client()?.request(method, url))
    }

    /// The client itself, for a protocol that sends its own requests to `url` and nowhere else: the
    /// resolver and the ban on redirects go with it.
    pub(crate) fn client_for(&self, url: &Url) -> Result<reqwest::Client> {
        self.reach.check_url(url)?;
        self.client().cloned()
    }

    fn client(&self) -> Result<&reqwest::Client> {
        self.client
            .get_or_init(|| build(&self.config, self.reach))
            .as_ref()
            .map_err(Clone::clone)
    }
}

fn build(config: &EgressConfig, reach: Reach) -> Result<reqwest::Client> {
    // Fails only when a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    #[expect(clippy::disallowed_methods, reason = "this is the one client")]
    let builder = reqwest::Client::builder();
    builder
        .user_agent(concat!("headwater/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(config.connect_timeout)
        .redirect(Policy::none())
        .referer(false)
        // A proxy from the environment would connect on our behalf, past the resolver's rules.
        .no_proxy()
        // Retries are decided in decorate/retry.rs alone, so that they cannot multiply.
        .retry(reqwest::retry::never())
        .pool_idle_timeout(Duration::from_secs(30))
        .tcp_keepalive(Duration::from_secs(30))
        .dns_resolver(reach)
        .build()
        .map_err(|error| {
            Error::new(
                Code::Internal,
                "The client for calling providers could not be made. \
                 Install the system's certificates (package ca-certificates) and restart Headwater.",
            )
            .with_source(error)
        })
}

/// Reads a base URL as a person types it; refuses what cannot be one.
pub fn normal_base_url(text: &str) -> Result<String> {
    const EXPECTED: &str = "expected something like https://api.openai.com/v1.";
    let refuse = |what: &str| Error::invalid("base_url", format!("{what}; {EXPECTED}"));
    let url = Url::parse(text.trim()).map_err(|_| refuse("That is not a base URL"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refuse("The base URL must begin with http:// or https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::invalid(
            "base_url",
            "Leave user name and password out of the base URL; keys belong into the API key field.",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(refuse("The base URL must not contain ? or #"));
    }
    if url.as_str().len() > 2_000 {
        return Err(refuse("That base URL is too long"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_base_url_is_tidied_and_a_secret_in_it_is_refused() {
        assert_eq!(
            normal_base_url(" http://localhost:11434/v1/ ").unwrap(),
            "http://localhost:11434/v1"
        );
        for wrong in ["ollama", "ftp://x", "https://u:p@x/v1", "https://x/v1?k=1"] {
            assert!(normal_base_url(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_metadata_address_is_refused_before_anything_is_sent() {
        struct Never;
        impl Clock for Never {
            fn now(&self) -> Timestamp {
                Timestamp::from_millis(0)
            }
        }
        let egress = Egress::new(EgressConfig::default(), Arc::new(Never));
        let url = Url::parse("http://169.254.169.254/v1/models").unwrap();
        assert!(egress.request(reqwest::Method::GET, url).is_err());
    }
}
