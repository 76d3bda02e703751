//! Counting tokens as a model does, without its weights.

use std::path::Path;

use headwater_model::Result;
use headwater_model::ports::CountTokens;
use tokenizers::Tokenizer;

use super::shape::refuse;

/// A tokenizer that neither cuts nor fills up.
pub(super) struct Tokens {
    tokenizer: Tokenizer,
    most: usize,
}

impl Tokens {
    /// Reads the tokenizer of a model's directory; the model reads `most` tokens, its own included.
    pub fn open(dir: &Path, most: usize) -> Result<Self> {
        let mut tokenizer = Tokenizer::from_file(dir.join("tokenizer.json")).map_err(|error| {
            let message = format!("tokenizer.json cannot be used: {error}.");
            refuse(message).with_source(error)
        })?;
        tokenizer.with_padding(None);
        tokenizer
            .with_truncation(None)
            .map_err(|error| refuse("tokenizer.json cannot be used.").with_source(error))?;
        let own = tokenizer.encode_fast("", true);
        let own = own.map_or(0, |encoded| encoded.get_ids().len());
        Ok(Self {
            tokenizer,
            most: most.saturating_sub(own).max(1),
        })
    }
}

impl CountTokens for Tokens {
    fn count(&self, text: &str) -> usize {
        // A text that cannot be read by the model is counted as anybody would.
        self.tokenizer.encode_fast(text, false).map_or_else(
            |_| text.chars().count().div_ceil(4),
            |encoded| encoded.get_ids().len(),
        )
    }

    fn most(&self) -> Option<usize> {
        Some(self.most)
    }
}
