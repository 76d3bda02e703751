//! Embeddings, as OpenAI and those who speak its protocol have them.

use std::sync::Arc;

use headwater_model::Result;
use headwater_model::ports::Embedded;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::egress::Egress;
use crate::embed::{Batch, answered, sendable};
use crate::exchange;
use crate::fault::Peer;

/// OpenAI takes 2,048 texts and 300,000 tokens; fewer, so that an answer stays small.
const OFFICIAL: Batch = Batch {
    texts: 256,
    bytes: 300_000,
};
/// Other servers take what they were started with; this is what the strictest have by default.
const OTHERS: Batch = Batch {
    texts: 32,
    bytes: 256 * 1024,
};

pub(super) const fn batch(official: bool) -> Batch {
    if official { OFFICIAL } else { OTHERS }
}

/// One call.
pub(super) async fn embed(
    egress: &Egress,
    peer: &Peer,
    texts: &[Arc<str>],
    authorised: impl FnOnce(RequestBuilder) -> RequestBuilder,
) -> Result<Embedded> {
    let url = exchange::join(&peer.base_url, "embeddings")?;
    let body = json!({ "model": peer.model, "input": sendable(texts) });
    let mut answer = exchange::post_json(egress, url, peer, authorised, &body).await?;
    let counted = ["prompt_tokens", "total_tokens"];
    let tokens = counted
        .iter()
        .find_map(|name| answer["usage"][name].as_u64());
    let vectors = match answer["data"].take() {
        Value::Array(items) => in_order(items),
        _ => None,
    };
    answered(peer, vectors, texts, tokens)
}

/// The vectors by their `index`, which says which text they are of.
fn in_order(mut items: Vec<Value>) -> Option<Vec<Value>> {
    if items.iter().all(|item| item["index"].is_u64()) {
        items.sort_by_key(|item| item["index"].as_u64());
        let whole = items.iter().enumerate();
        let mut whole = whole.map(|(place, item)| item["index"].as_u64() == Some(place as u64));
        if !whole.all(|is| is) {
            return None;
        }
    }
    Some(
        items
            .into_iter()
            .map(|mut item| item["embedding"].take())
            .collect(),
    )
}
