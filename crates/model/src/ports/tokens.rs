//! How long a text is to a model.

/// Counts tokens as one model does.
pub trait CountTokens: Send + Sync + 'static {
    /// How many tokens a text has, without what the model adds of its own.
    fn count(&self, text: &str) -> usize;

    /// The most tokens the model reads of one text, where that is known.
    fn most(&self) -> Option<usize> {
        None
    }
}

/// What is counted where nobody knows better: about four characters make a token.
#[derive(Clone, Copy, Debug, Default)]
pub struct Estimate;

impl CountTokens for Estimate {
    fn count(&self, text: &str) -> usize {
        text.chars().count().div_ceil(4)
    }
}
