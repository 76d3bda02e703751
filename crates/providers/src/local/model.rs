//! A sentence-transformers model in memory: from texts to vectors of unit length.

use std::path::Path;

use headwater_model::ports::Purpose;
use headwater_model::{Error, Result};
use tokenizers::{Tokenizer, TruncationParams};

use super::bert::Bert;
use super::compute::to_unit_length;
use super::shape::{Pooling, Shape, refuse};
use super::weights::Weights;

/// The most tokens that are computed at once, but for one text that is longer: enough to use the
/// processor fully, little enough to stay in its cache.
const TOKENS_AT_ONCE: usize = 512;
/// No more than this many characters are looked at per token that is read.
const CHARACTERS_PER_TOKEN: usize = 64;

/// A model that is ready.
pub(super) struct Model {
    tokenizer: Tokenizer,
    bert: Bert,
}

/// The vectors of texts, and how many tokens were read for them.
pub(super) struct Vectors {
    pub vectors: Vec<Vec<f32>>,
    pub tokens: u64,
}

impl Model {
    /// Reads a model's directory; `name` is what it is called here.
    pub fn open(dir: &Path, name: &str) -> Result<Self> {
        let shape = Shape::read(dir, name)?;
        let mut tokenizer = Tokenizer::from_file(dir.join("tokenizer.json")).map_err(|error| {
            let message = format!("tokenizer.json cannot be used: {error}.");
            refuse(message).with_source(error)
        })?;
        // What is written there is for other uses: padding to a fixed length, or fewer tokens.
        tokenizer.with_padding(None);
        let truncation = TruncationParams {
            max_length: shape.max_tokens,
            ..TruncationParams::default()
        };
        tokenizer
            .with_truncation(Some(truncation))
            .map_err(|error| refuse("tokenizer.json cannot be used.").with_source(error))?;
        if tokenizer.get_vocab_size(true) > shape.vocabulary {
            return Err(refuse(
                "tokenizer.json has more tokens than config.json says. The files are of different \
                 models; download the model again.",
            ));
        }
        let weights = Weights::open(&dir.join("model.safetensors"))?;
        let bert = Bert::read(&weights, shape)?;
        let model = Self { tokenizer, bert };
        model.try_out()?;
        Ok(model)
    }

    /// One short text, so that a model that cannot work is found before anybody uses it.
    fn try_out(&self) -> Result<()> {
        let tried = self.embed(Purpose::Passage, &["Headwater"])?;
        let good = tried
            .vectors
            .iter()
            .flatten()
            .all(|value| value.is_finite());
        let empty = tried.vectors.iter().flatten().all(|value| *value == 0.0);
        if !good || empty {
            return Err(refuse(
                "The model's vectors are no numbers: its files are damaged. Download it again.",
            ));
        }
        Ok(())
    }

    pub fn shape(&self) -> &Shape {
        self.bert.shape()
    }

    /// Embeds texts, in order, on this thread.
    pub fn embed(&self, purpose: Purpose, texts: &[impl AsRef<str>]) -> Result<Vectors> {
        let all = texts
            .iter()
            .map(|text| self.tokens(purpose, text.as_ref()))
            .collect::<Result<Vec<_>>>()?;
        let mut done = Vectors {
            vectors: Vec::with_capacity(texts.len()),
            tokens: all.iter().map(|text| text.len() as u64).sum(),
        };
        for part in parts(&all) {
            self.pool(part, &mut done.vectors);
        }
        Ok(done)
    }

    fn tokens(&self, purpose: Purpose, text: &str) -> Result<Vec<u32>> {
        let shape = self.shape();
        let text = shape.prefixes.before(purpose, text);
        let most = shape.max_tokens * CHARACTERS_PER_TOKEN;
        let text = text
            .char_indices()
            .nth(most)
            .map_or(&*text, |(end, _)| &text[..end]);
        let encoded = self
            .tokenizer
            .encode_fast(text, true)
            .map_err(Error::internal)?;
        let ids = encoded.get_ids();
        // A tokenizer that adds nothing of its own makes nothing of an empty text.
        let ids = if ids.is_empty() { &[0][..] } else { ids };
        let known = ids.iter().all(|id| (*id as usize) < shape.vocabulary);
        if !known || ids.len() > shape.max_tokens {
            return Err(refuse(
                "tokenizer.json and config.json do not fit: download the model again.",
            ));
        }
        Ok(ids.to_vec())
    }

    fn pool(&self, texts: &[Vec<u32>], into: &mut Vec<Vec<f32>>) {
        let width = self.shape().width;
        let (rows, places) = self.bert.forward(texts);
        for place in places {
            let own = &rows[place.start * width..place.end * width];
            let mut vector = match self.shape().pooling {
                Pooling::First => own[..width].to_vec(),
                Pooling::Mean => mean(own, width),
            };
            to_unit_length(&mut vector);
            into.push(vector);
        }
    }
}

/// The mean of rows; its length does not matter, so the sum will do.
fn mean(rows: &[f32], width: usize) -> Vec<f32> {
    let mut sum = vec![0.0; width];
    for row in rows.chunks_exact(width) {
        for (value, more) in sum.iter_mut().zip(row) {
            *value += more;
        }
    }
    sum
}

/// Texts in order, as many at once as fit.
fn parts(mut texts: &[Vec<u32>]) -> impl Iterator<Item = &[Vec<u32>]> {
    std::iter::from_fn(move || {
        let mut tokens = 0;
        let fits = |text: &&Vec<u32>| {
            tokens += text.len();
            tokens <= TOKENS_AT_ONCE
        };
        let count = texts.iter().take_while(fits).count().max(1);
        let (part, rest) = texts.split_at_checked(count)?;
        texts = rest;
        Some(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_taken_as_many_at_once_as_fit() {
        let texts: Vec<Vec<u32>> = [200, 300, 100, 600, 1].map(|n| vec![0; n]).into();
        let parts: Vec<usize> = parts(&texts).map(<[_]>::len).collect();
        assert_eq!(parts, [2, 1, 1, 1]);
    }
}
