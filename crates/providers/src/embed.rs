//! Embedding with a vendor: many texts in as few calls as the vendor takes, each asked again when it
//! is of use, and every answer looked at.

use std::sync::Arc;

use futures::{StreamExt as _, stream};
use headwater_model::ports::{Embedded, Purpose};
use headwater_model::usage::Usage;
use headwater_model::{Code, Error, Result};
use serde_json::Value;

use crate::decorate::Budget;
use crate::decorate::retry::{Patience, patiently};
use crate::fault::Peer;
use crate::registry::Vendor;

/// Calls of one request that are under way at the same time.
const AT_ONCE: usize = 4;

/// What a vendor takes in one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch {
    pub texts: usize,
    /// Of UTF-8, all texts together: more bytes than a vendor's limit of tokens are never more
    /// tokens than that.
    pub bytes: usize,
}

/// What came of many texts: those of calls that failed have no vector.
#[derive(Debug)]
pub struct Partly {
    /// In the order of the texts.
    pub vectors: Vec<Option<Vec<f32>>>,
    pub usage: Usage,
    /// Why there are texts without a vector.
    pub failed: Option<Error>,
}

impl From<Embedded> for Partly {
    fn from(all: Embedded) -> Self {
        Self {
            vectors: all.vectors.into_iter().map(Some).collect(),
            usage: all.usage,
            failed: None,
        }
    }
}

impl Partly {
    /// All of it, or why that is not so.
    pub fn whole(self) -> Result<Embedded> {
        match self.failed {
            Some(error) => Err(error),
            None => Ok(Embedded {
                vectors: self.vectors.into_iter().flatten().collect(),
                usage: self.usage,
            }),
        }
    }
}

/// Embeds all texts. That one call fails takes nothing from the others, which may have been paid for.
/// `model` is the vendor's own name.
pub async fn embed_all(
    vendor: &dyn Vendor,
    patience: Patience,
    budget: &Budget,
    (model, purpose): (&str, Purpose),
    texts: &[Arc<str>],
) -> Partly {
    let texts: Vec<Arc<str>> = match vendor.prefixes(model) {
        prefixes if prefixes.of(purpose).is_empty() => texts.to_vec(),
        prefixes => texts
            .iter()
            .map(|text| prefixes.before(purpose, text).into())
            .collect(),
    };
    let batches = batches(&texts, vendor.batch());
    let done: Vec<(usize, Result<Embedded>)> = stream::iter(batches.into_iter().enumerate())
        .map(|(place, batch)| async move {
            let key = format!("{model} {place} {}", batch.len());
            let call = || vendor.embed(model, purpose, &batch);
            (batch.len(), patiently(patience, budget, &key, call).await)
        })
        .buffered(AT_ONCE)
        .collect()
        .await;
    let mut all = Partly::from(Embedded::default());
    for (texts, part) in done {
        match part {
            Ok(part) => {
                all.vectors.extend(part.vectors.into_iter().map(Some));
                all.usage += part.usage;
            }
            Err(error) => {
                all.vectors.extend((0..texts).map(|_| None));
                all.failed.get_or_insert(error);
            }
        }
    }
    let mut widths = all.vectors.iter().flatten().map(Vec::len);
    let width = widths.next().unwrap_or(0);
    if widths.any(|other| other != width) {
        all.vectors.fill(None);
        all.failed = Some(Error::new(
            Code::Upstream,
            format!("The vectors of “{model}” are not all of the same length. Try another model."),
        ));
    }
    all
}

/// Texts in order, as many in a call as it takes.
pub(crate) fn batches(texts: &[Arc<str>], most: Batch) -> Vec<Vec<Arc<str>>> {
    let mut batches = Vec::new();
    let mut rest = texts;
    while !rest.is_empty() {
        let mut bytes = 0;
        let fitting = rest.iter().take(most.texts).take_while(|text| {
            bytes += text.len();
            bytes <= most.bytes
        });
        let (batch, more) = rest.split_at(fitting.count().max(1));
        batches.push(batch.to_vec());
        rest = more;
    }
    batches
}

/// A text as vendors take it: most refuse an empty one.
pub(crate) fn sendable(texts: &[Arc<str>]) -> Vec<&str> {
    let texts = texts.iter().map(|text| &**text);
    texts
        .map(|text| if text.is_empty() { " " } else { text })
        .collect()
}

/// The vectors of an answer, of unit length; an error when they are not what was asked for.
pub(crate) fn answered(
    peer: &Peer,
    vectors: Option<Vec<Value>>,
    texts: &[Arc<str>],
    tokens: Option<u64>,
) -> Result<Embedded> {
    let vectors = vectors.ok_or_else(|| peer.malformed("there are no embeddings"))?;
    if vectors.len() != texts.len() {
        return Err(peer.malformed("there is not one embedding per text"));
    }
    let vectors = vectors
        .into_iter()
        .map(|vector| {
            let numbers: Option<Vec<f32>> = match vector {
                Value::Array(numbers) => numbers.iter().map(number).collect(),
                _ => None,
            };
            let numbers = numbers.filter(|numbers| !numbers.is_empty());
            let mut numbers = numbers.ok_or_else(|| peer.malformed("an embedding is no vector"))?;
            crate::local::to_unit_length(&mut numbers);
            Ok(numbers)
        })
        .collect::<Result<_>>()?;
    let characters = || texts.iter().map(|text| text.chars().count() as u64).sum();
    let usage = tokens.map_or_else(
        || Usage::estimated(characters(), 0),
        |input_tokens| Usage {
            input_tokens,
            ..Usage::default()
        },
    );
    Ok(Embedded { vectors, usage })
}

fn number(value: &Value) -> Option<f32> {
    let number = value.as_f64()? as f32;
    number.is_finite().then_some(number)
}

/// A vendor that has no embeddings.
pub(crate) fn none_of(name: &str) -> Error {
    Error::invalid(
        "model",
        format!("{name} has no embedding models. Choose one of another provider, or a local one."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_keep_the_order_and_both_limits() {
        let texts: Vec<Arc<str>> = ["aa", "bb", "cc", "dddddd", "e"].map(Arc::from).into();
        let most = Batch { texts: 2, bytes: 5 };
        let sizes: Vec<usize> = batches(&texts, most)
            .into_iter()
            .map(|batch| batch.len())
            .collect();
        assert_eq!(sizes, [2, 1, 1, 1]);
        let most = Batch { texts: 9, bytes: 5 };
        let sizes: Vec<usize> = batches(&texts, most)
            .into_iter()
            .map(|batch| batch.len())
            .collect();
        assert_eq!(sizes, [2, 1, 1, 1], "a text that is too long goes alone");
    }
}
