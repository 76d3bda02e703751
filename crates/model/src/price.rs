//! What models cost: prices per million tokens, and the money a call came to.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::provider::{EXTRACTIVE_MODEL, LOCAL_PROVIDER, split_model};
use crate::usage::Usage;
use crate::{Error, Result, Timestamp};

/// How many billionths a dollar has.
const NANOS: u64 = 1_000_000_000;
/// What a price counts in.
const MILLION: u128 = 1_000_000;

/// US dollars, exact to a billionth. In JSON a decimal such as `"0.15"`; read from numbers, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Usd(u64);

impl Usd {
    /// From billionths of a dollar.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// In billionths of a dollar.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }
}

impl std::ops::Add for Usd {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl std::ops::Sub for Usd {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.0 / NANOS, self.0 % NANOS);
        if part == 0 {
            return write!(f, "{whole}");
        }
        let part = format!("{part:09}");
        write!(f, "{whole}.{}", part.trim_end_matches('0'))
    }
}

impl FromStr for Usd {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let read = || {
            let (whole, part) = text.trim().split_once('.').unwrap_or((text.trim(), "0"));
            let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
            if whole.is_empty() || part.len() > 9 || !digits(whole) || !digits(part) {
                return None;
            }
            let whole: u64 = whole.parse().ok()?;
            let part: u64 = format!("{part:0<9}").parse().ok()?;
            whole.checked_mul(NANOS)?.checked_add(part).map(Self)
        };
        read().ok_or_else(|| {
            Error::invalid(
                "price",
                "An amount must be US dollars with at most nine decimals, such as 0.15.",
            )
        })
    }
}

impl Serialize for Usd {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Usd {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Text(String),
            Number(serde_json::Number),
        }
        let text = match Written::deserialize(deserializer)? {
            Written::Text(text) => text,
            // Without an exponent, however small.
            Written::Number(number) => match number.as_f64() {
                Some(float) if !number.is_u64() => format!("{float}"),
                _ => number.to_string(),
            },
        };
        text.parse()
            .map_err(|error: Error| serde::de::Error::custom(error.message))
    }
}

impl utoipa::PartialSchema for Usd {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        String::schema()
    }
}

impl utoipa::ToSchema for Usd {}

/// What a model costs, in US dollars per million tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Price {
    pub input: Usd,
    pub output: Usd,
    /// Of input the vendor had in its cache; the same as other input when absent.
    #[serde(default)]
    pub cached: Option<Usd>,
}

impl Price {
    /// What this much costs, rounded to a billionth of a dollar.
    pub fn cost(&self, usage: Usage) -> Usd {
        let cached = usage.cached_tokens.min(usage.input_tokens);
        let parts = [
            (usage.input_tokens - cached, self.input),
            (cached, self.cached.unwrap_or(self.input)),
            (usage.output_tokens, self.output),
        ];
        let all: u128 = parts
            .iter()
            .map(|(tokens, price)| u128::from(*tokens) * u128::from(price.0))
            .sum();
        Usd(u64::try_from((all + MILLION / 2) / MILLION).unwrap_or(u64::MAX))
    }
}

/// Where a price comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PriceSource {
    /// The workspace set it.
    Set,
    /// The vendor's published price, as Headwater knows it.
    Published,
}

/// A model's price and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ModelPrice {
    /// `PROVIDER/MODEL`.
    pub model: String,
    #[serde(flatten)]
    pub price: Price,
    pub source: PriceSource,
    /// When it was set, or looked up.
    pub at: Timestamp,
}

/// What a vendor published on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceList {
    pub at: Timestamp,
    /// By the models' names, without dates.
    pub prices: HashMap<String, Price>,
}

impl PriceList {
    /// The price of a model, whose name may end in a date or in `-latest`.
    pub fn of(&self, name: &str) -> Option<Price> {
        let dated = || self.prices.get(without_date(name)?);
        self.prices.get(name).or_else(dated).copied()
    }
}

fn without_date(name: &str) -> Option<&str> {
    if let Some(rest) = name.strip_suffix("-latest") {
        return Some(rest);
    }
    // -2025-05-14 or -20250514; a shorter end is a version.
    [11, 9].into_iter().find_map(|length| {
        let (rest, date) = name.split_at_checked(name.len().checked_sub(length)?)?;
        let digits = date.bytes().filter(u8::is_ascii_digit).count();
        (date.starts_with('-') && digits == 8).then_some(rest)
    })
}

/// What the models of a workspace cost, as it is known when a run begins on a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prices {
    /// What the workspace set, by `PROVIDER/MODEL`.
    pub set: HashMap<String, Price>,
    /// What is known of the vendors themselves, by the name of the provider.
    pub published: HashMap<String, Arc<PriceList>>,
    /// What `default` stands for.
    pub default_model: Option<String>,
}

impl Prices {
    /// What a model costs, when that is known. What runs in this process costs nothing.
    pub fn of(&self, model: &str) -> Option<Price> {
        let model = match &self.default_model {
            Some(chosen) if model == crate::provider::DEFAULT_MODEL => chosen,
            _ => model,
        };
        if let Some(price) = self.set.get(model) {
            return Some(*price);
        }
        let (provider, name) = split_model(model).ok()?;
        if model == EXTRACTIVE_MODEL || provider == LOCAL_PROVIDER {
            return Some(Price {
                input: Usd(0),
                output: Usd(0),
                cached: None,
            });
        }
        self.published.get(provider)?.of(name)
    }

    /// The usage with what it costs; nothing is said of the cost when the price is not known.
    #[must_use]
    pub fn priced(&self, model: Option<&str>, usage: Usage) -> Usage {
        let price = model.and_then(|model| self.of(model));
        Usage {
            cost: price.map(|price| price.cost(usage)),
            ..usage
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(text: &str) -> Usd {
        text.parse().unwrap()
    }

    #[test]
    fn an_amount_is_exact_and_reads_back() {
        for text in ["0", "0.15", "12.000000001", "1000", "0.0000005"] {
            let amount: Usd = serde_json::from_value(serde_json::json!(text)).unwrap();
            assert_eq!(amount.to_string(), text);
        }
        let number: Usd = serde_json::from_str("0.0000005").unwrap();
        assert_eq!(number, usd("0.0000005"));
        assert_eq!(serde_json::from_str::<Usd>("3").unwrap(), usd("3"));
        for wrong in ["", ".5", "-1", "1e3", "0.1234567891", "1,5", "1.2.3"] {
            assert!(wrong.parse::<Usd>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn cached_input_has_its_own_price_and_the_rest_is_rounded_once() {
        let price = Price {
            input: usd("2.5"),
            output: usd("10"),
            cached: Some(usd("1.25")),
        };
        let usage = Usage {
            input_tokens: 1000,
            output_tokens: 100,
            cached_tokens: 400,
            ..Usage::default()
        };
        assert_eq!(price.cost(usage), usd("0.003"));
        let one = Price {
            input: usd("0.0004"),
            output: usd("0.0004"),
            cached: None,
        };
        let little = Usage {
            input_tokens: 1,
            output_tokens: 1,
            ..Usage::default()
        };
        assert_eq!(one.cost(little), Usd::from_nanos(1), "0.8 of a billionth");
    }

    #[test]
    fn a_date_in_a_name_is_not_a_version() {
        assert_eq!(without_date("gpt-4o-2024-08-06"), Some("gpt-4o"));
        assert_eq!(
            without_date("claude-sonnet-4-20250514"),
            Some("claude-sonnet-4")
        );
        assert_eq!(
            without_date("claude-3-5-haiku-latest"),
            Some("claude-3-5-haiku")
        );
        assert_eq!(without_date("claude-sonnet-4-5"), None);
        assert_eq!(without_date("gpt-4.1"), None);
    }

    #[test]
    fn what_is_not_known_has_no_cost() {
        let usage = Usage {
            input_tokens: 10,
            ..Usage::default()
        };
        let prices = Prices::default();
        assert_eq!(prices.priced(Some("ollama/llama"), usage).cost, None);
        assert_eq!(prices.priced(None, usage).cost, None);
        let free = prices.priced(Some(EXTRACTIVE_MODEL), usage).cost;
        assert_eq!(free, Some(Usd(0)), "known to cost nothing");
    }
}
