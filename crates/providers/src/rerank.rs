//! Reranking with a vendor: many texts in as few calls as the vendor takes, each asked again when it
//! is of use, every answer looked at, and scores from 0 to 1 made of all of them.

use std::sync::Arc;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use headwater_model::ports::Reranked;
use headwater_model::usage::Usage;
use headwater_model::{Error, Result};
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::decorate::Budget;
use crate::decorate::retry::{Patience, patiently};
use crate::egress::Egress;
use crate::embed::{Batch, batches, sendable};
use crate::exchange;
use crate::fault::Peer;
use crate::registry::Vendor;

/// Calls of one request that are under way at the same time.
const AT_ONCE: usize = 4;

/// What servers that rerank as Jina does take in one call.
pub(crate) const BATCH: Batch = Batch {
    texts: 256,
    bytes: 2_000_000,
};

/// Judges all texts, in order. `model` is the vendor's own name.
pub async fn rerank_all(
    vendor: &dyn Vendor,
    patience: Patience,
    budget: &Budget,
    (model, query): (&str, &str),
    texts: &[Arc<str>],
) -> Result<Reranked> {
    let batches = batches(texts, vendor.rerank_batch());
    let done: Vec<Reranked> = stream::iter(batches.into_iter().enumerate())
        .map(|(place, batch)| async move {
            let key = format!("{model} {place} {}", batch.len());
            let call = || vendor.rerank(model, query, &batch);
            patiently(patience, budget, &key, call).await
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let mut all = Reranked::default();
    for part in done {
        all.scores.extend(part.scores);
        all.usage += part.usage;
    }
    to_shares(&mut all.scores);
    Ok(all)
}

/// Scores from 0 to 1 in the same order. Most models give such; what others give are logits, of which
/// the logistic function makes what they were trained to mean.
fn to_shares(scores: &mut [f64]) {
    if scores.iter().any(|score| !(0.0..=1.0).contains(score)) {
        for score in scores {
            *score = 1.0 / (1.0 + (-*score).exp());
        }
    }
}

/// One call in Jina's protocol, which vLLM, llama.cpp, Infinity and others speak, too.
pub(crate) async fn as_jina(
    egress: &Egress,
    peer: &Peer,
    (query, texts): (&str, &[Arc<str>]),
    authorised: impl FnOnce(RequestBuilder) -> RequestBuilder,
) -> Result<Reranked> {
    let url = exchange::join(&peer.base_url, "rerank")?;
    let body = json!({
        "model": peer.model,
        "query": query,
        "documents": sendable(texts),
        "top_n": texts.len(),
        "return_documents": false,
    });
    let answer = exchange::post_json(egress, url, peer, authorised, &body).await?;
    let counted = ["prompt_tokens", "total_tokens"];
    let tokens = counted
        .iter()
        .find_map(|name| answer["usage"][name].as_u64());
    let judged = Judged {
        items: &answer["results"],
        score: "relevance_score",
        tokens,
    };
    judged.read(peer, query, texts)
}

/// An answer: items with the `index` of a text and its score.
pub(crate) struct Judged<'a> {
    pub items: &'a Value,
    /// What the score is called.
    pub score: &'static str,
    pub tokens: Option<u64>,
}

impl Judged<'_> {
    /// The scores in the order of the texts; an error when not every text has one.
    pub fn read(self, peer: &Peer, query: &str, texts: &[Arc<str>]) -> Result<Reranked> {
        let items = self.items.as_array();
        let items = items.ok_or_else(|| peer.malformed("there are no results"))?;
        let mut scores: Vec<Option<f64>> = vec![None; texts.len()];
        for item in items {
            let place = item["index"].as_u64().and_then(|i| usize::try_from(i).ok());
            let score = item[self.score].as_f64().filter(|score| score.is_finite());
            match (place.and_then(|place| scores.get_mut(place)), score) {
                (Some(place), Some(score)) => *place = Some(score),
                _ => return Err(peer.malformed("a result has no place or no score")),
            }
        }
        let scores: Option<Vec<f64>> = scores.into_iter().collect();
        let scores = scores.ok_or_else(|| peer.malformed("there is not one score per text"))?;
        let asked = query.chars().count() * texts.len();
        let read: usize = texts.iter().map(|text| text.chars().count()).sum();
        let usage = self.tokens.map_or_else(
            || Usage::estimated((asked + read) as u64, 0),
            |input_tokens| Usage {
                input_tokens,
                ..Usage::default()
            },
        );
        Ok(Reranked { scores, usage })
    }
}

/// A model of a vendor that reranks nothing.
pub(crate) fn none_of(model: &str) -> Error {
    Error::invalid(
        "model",
        format!("“{model}” cannot rerank, and nothing of its provider can. Choose another one's."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logits_become_shares_in_the_same_order_and_shares_stay() {
        let mut shares = [0.0, 0.25, 1.0];
        to_shares(&mut shares);
        assert_eq!(shares, [0.0, 0.25, 1.0]);
        let mut logits = [-800.0, -3.0, 0.5, 7.0, 800.0];
        to_shares(&mut logits);
        assert!(
            logits.windows(2).all(|pair| pair[0] < pair[1]),
            "{logits:?}"
        );
        assert!(logits.iter().all(|share| (0.0..=1.0).contains(share)));
    }
}
