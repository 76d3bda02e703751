//! What a model call consumed, and what it cost.

use serde::{Deserialize, Serialize};

use crate::price::Usd;

/// Tokens, as the vendor counted them (the built-in model counts words).
// Of an answer that was cut short: what the vendor had told until then, the rest estimated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Usage {
    pub input_tokens: u64,
    pub output_tokens: u64,
    /// Of the input tokens, those the vendor had in its cache.
    #[serde(default)]
    pub cached_tokens: u64,
    /// Whether a part of it was estimated, because the vendor did not count.
    #[serde(default)]
    pub estimated: bool,
    /// US dollars, at the prices of then; null when a price is not known, or nothing was consumed.
    #[serde(default)]
    pub cost: Option<Usd>,
}

impl Usage {
    /// What is booked when nobody counted: about four characters make a token.
    pub const fn estimated(characters_in: u64, characters_out: u64) -> Self {
        Self {
            input_tokens: characters_in.div_ceil(4),
            output_tokens: characters_out.div_ceil(4),
            cached_tokens: 0,
            estimated: true,
            cost: None,
        }
    }

    /// Field by field the greater one; what costs is decided later.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self {
            input_tokens: self.input_tokens.max(other.input_tokens),
            output_tokens: self.output_tokens.max(other.output_tokens),
            cached_tokens: self.cached_tokens.max(other.cached_tokens),
            estimated: self.estimated || other.estimated,
            cost: None,
        }
    }

    /// What was consumed after `before`, an earlier count of the same.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        Self {
            input_tokens: self.input_tokens.saturating_sub(before.input_tokens),
            output_tokens: self.output_tokens.saturating_sub(before.output_tokens),
            cached_tokens: self.cached_tokens.saturating_sub(before.cached_tokens),
            estimated: self.estimated,
            cost: match (self.cost, before.cost) {
                (Some(all), Some(earlier)) => Some(all - earlier),
                (cost, None) if before.is_nothing() => cost,
                _ => None,
            },
        }
    }

    /// Whether nothing was consumed.
    pub const fn is_nothing(&self) -> bool {
        self.input_tokens == 0 && self.output_tokens == 0
    }
}

impl std::ops::AddAssign for Usage {
    /// A sum costs what its parts cost, if that is known of all that consumed something.
    fn add_assign(&mut self, other: Self) {
        self.cost = match (self.cost, other.cost) {
            (Some(one), Some(another)) => Some(one + another),
            (cost, None) if other.is_nothing() => cost,
            (None, cost) if self.is_nothing() => cost,
            _ => None,
        };
        self.input_tokens += other.input_tokens;
        self.output_tokens += other.output_tokens;
        self.cached_tokens += other.cached_tokens;
        self.estimated |= other.estimated;
    }
}

impl std::ops::Add for Usage {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(tokens: u64, cost: Option<u64>) -> Usage {
        Usage {
            input_tokens: tokens,
            cost: cost.map(Usd::from_nanos),
            ..Usage::default()
        }
    }

    #[test]
    fn a_sum_with_an_unknown_part_has_no_cost() {
        let known = usage(1, Some(5)) + usage(2, Some(6));
        assert_eq!(known.cost, Some(Usd::from_nanos(11)));
        assert_eq!((known + Usage::default()).cost, known.cost);
        assert_eq!((Usage::default() + known).cost, known.cost);
        assert_eq!((known + usage(1, None)).cost, None);
        assert_eq!((usage(1, None) + known).cost, None);
        assert_eq!((usage(1, None) + known + known).cost, None);
        assert!((Usage::estimated(4, 4) + known).estimated);
    }

    #[test]
    fn what_came_after_is_the_rest() {
        let (before, after) = (usage(1, Some(5)), usage(2, Some(6)));
        assert_eq!((before + after).since(before), after);
        assert_eq!(after.since(Usage::default()), after);
        assert_eq!((usage(1, None) + after).since(usage(1, None)).cost, None);
    }
}
