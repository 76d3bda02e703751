//! What vendors publish that their models cost.

use std::collections::HashMap;
use std::sync::Arc;

use headwater_model::price::{Price, PriceList};
use headwater_model::provider::ProviderKind;
use headwater_model::{Error, Result, Timestamp};
use serde::Deserialize;

/// The lists of `prices.toml`, by the vendor's own kind.
#[derive(Clone, Debug)]
pub struct Published(HashMap<ProviderKind, Arc<PriceList>>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    at: Timestamp,
    prices: HashMap<String, Price>,
}

impl Published {
    /// Reads the lists that Headwater was built with.
    pub fn read() -> Result<Self> {
        let lists: HashMap<ProviderKind, Listed> =
            toml::from_str(include_str!("prices.toml")).map_err(Error::internal)?;
        let lists = lists.into_iter().map(|(kind, Listed { at, prices })| {
            let list = PriceList { at, prices };
            (kind, Arc::new(list))
        });
        Ok(Self(lists.collect()))
    }

    /// What the models behind a provider cost, when it is the vendor itself: others who speak its
    /// protocol have prices of their own.
    pub fn of(&self, kind: ProviderKind, base_url: &str) -> Option<&Arc<PriceList>> {
        let own = kind.default_base_url();
        let is_own = base_url == own || own.strip_suffix("/v1") == Some(base_url);
        self.0.get(&kind).filter(|_| is_own)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn only_the_vendor_itself_has_its_published_prices() {
        let published = Published::read().unwrap();
        let own = published
            .of(ProviderKind::Openai, "https://api.openai.com/v1")
            .unwrap();
        let mini = own.of("gpt-4o-mini-2024-07-18").unwrap();
        assert_eq!(mini, own.of("gpt-4o-mini").unwrap());
        assert_eq!(mini.input.to_string(), "0.15");
        assert_ne!(own.of("gpt-4o-2024-05-13"), own.of("gpt-4o"));
        assert_eq!(own.of("gpt-unheard-of"), None);
        let other = published.of(ProviderKind::Openai, "http://localhost:11434/v1");
        assert!(other.is_none());
    }
}
