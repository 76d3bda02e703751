//! What a model call consumed.

use serde::{Deserialize, Serialize};

/// Tokens, as the vendor counted them (the built-in model counts words).
// Of an answer that was cut short: what the vendor had told until then, the rest estimated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Usage {
    pub input_tokens: u64,
    pub output_tokens: u64,
}

impl Usage {
    /// What is booked when nobody counted: about four characters make a token.
    pub const fn estimated(characters_in: u64, characters_out: u64) -> Self {
        Self {
            input_tokens: characters_in.div_ceil(4),
            output_tokens: characters_out.div_ceil(4),
        }
    }

    /// Field by field the greater one.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self {
            input_tokens: self.input_tokens.max(other.input_tokens),
            output_tokens: self.output_tokens.max(other.output_tokens),
        }
    }
}

impl std::ops::AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.input_tokens += other.input_tokens;
        self.output_tokens += other.output_tokens;
    }
}

impl std::ops::Add for Usage {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}
