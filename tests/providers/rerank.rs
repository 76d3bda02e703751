//! Reranking with vendors: one contract in three protocols.

use std::sync::Arc;

use headwater_model::ports::Reranked;
use headwater_model::provider::ProviderKind;
use headwater_model::{Code, Result};
use headwater_providers::decorate::Budget;
use headwater_providers::decorate::retry::Patience;
use headwater_providers::rerank::rerank_all;
use headwater_tests::vendor::reranking::score;
use headwater_tests::vendor::{BAD_KEY, EMBEDDING_MODELS, RERANKING_MODELS, Vendor};
use serde_json::json;

use crate::client;

const ALL: [ProviderKind; 4] = [
    ProviderKind::Cohere,
    ProviderKind::Jina,
    ProviderKind::Tei,
    // Servers of open models that people add as what they chat like.
    ProviderKind::Openai,
];

fn texts(count: usize) -> Vec<Arc<str>> {
    (0..count)
        .map(|n| format!("text number {n} {}", "x".repeat(n * 37 % 101)).into())
        .collect()
}

async fn rerank(
    vendor: &Vendor,
    kind: ProviderKind,
    (model, key): (&str, &str),
    texts: &[Arc<str>],
) -> Result<Reranked> {
    let url = match kind {
        ProviderKind::Tei => vendor.tei_url(model),
        _ => vendor.base_url(),
    };
    let client = client(kind, &url, key);
    let patience = Patience {
        backoff: std::time::Duration::from_millis(1),
        ..Patience::default()
    };
    let what = (model, "what is where");
    rerank_all(&*client, patience, &Budget::default(), what, texts).await
}

#[tokio::test]
async fn many_texts_go_in_few_calls_and_scores_come_back_in_order() {
    for (kind, most) in ALL.into_iter().zip([500, 256, 32, 256]) {
        let vendor = Vendor::start().await;
        let texts = texts(600);
        let done = rerank(&vendor, kind, ("rerank-good", "sk-good"), &texts).await;
        let done = done.unwrap();
        let expected: Vec<f64> = texts.iter().map(|text| score(text)).collect();
        assert_eq!(done.scores, expected, "{kind:?}");
        let calls = vendor.requests();
        assert_eq!(calls.len(), 600_usize.div_ceil(most), "{kind:?}");
        assert_eq!(calls[0].headers["authorization"], "Bearer sk-good");
        let counts = kind != ProviderKind::Tei;
        assert_eq!(done.usage.estimated, !counts, "{kind:?}");
        let tokens = done.usage.input_tokens;
        assert!(
            if counts {
                tokens == 2394
            } else {
                tokens > 2394
            },
            "{kind:?}: {tokens}"
        );
    }
}

#[tokio::test]
async fn scores_of_any_scale_are_shares() {
    let vendor = Vendor::start().await;
    let texts = texts(70);
    for kind in ALL {
        let done = rerank(&vendor, kind, ("rerank-logits", "k"), &texts).await;
        for (own, text) in done.unwrap().scores.iter().zip(&texts) {
            assert!((own - score(text)).abs() < 1e-9, "{kind:?}: {own}");
        }
    }
}

#[tokio::test]
async fn a_failure_that_passes_is_tried_again_and_others_are_told() {
    for kind in ALL {
        let vendor = Vendor::start().await;
        let few: &[Arc<str>] = &["one".into(), "".into()];
        let ask = |model: &'static str| rerank(&vendor, kind, (model, "k"), few);
        ask("rerank-once").await.unwrap();
        assert_eq!(vendor.calls(), 2, "{kind:?}");
        let sent = vendor.requests().pop().unwrap().body;
        let sent = sent.get("documents").or(sent.get("texts")).unwrap();
        assert_eq!(*sent, json!(["one", " "]), "nobody takes an empty text");
        assert_eq!(ask("rerank-broken").await.unwrap_err().code, Code::Upstream);
        assert_eq!(vendor.requests_for("rerank-broken").len(), 3, "{kind:?}");
        let unknown = ask("rerank-unknown").await.unwrap_err();
        assert!(unknown.message.contains("does not offer"), "{unknown:?}");
        assert_eq!(vendor.requests_for("rerank-unknown").len(), 1, "{kind:?}");
        for model in ["rerank-short", "rerank-odd"] {
            let wrong = ask(model).await.unwrap_err();
            assert_eq!(wrong.code, Code::Upstream, "{kind:?}: {wrong:?}");
        }
        let uncounted = ask("rerank-uncounted").await.unwrap();
        assert!(uncounted.usage.estimated && uncounted.usage.input_tokens > 0);
        let refused = rerank(&vendor, kind, ("rerank-good", BAD_KEY), few).await;
        let refused = refused.unwrap_err();
        assert!(refused.message.contains("key was refused"), "{refused:?}");
    }
}

#[tokio::test]
async fn vendors_say_which_models_rerank_and_who_has_none_says_so() {
    let vendor = Vendor::start().await;
    let cohere = client(ProviderKind::Cohere, &vendor.base_url(), "k");
    let expected = [EMBEDDING_MODELS, RERANKING_MODELS].concat();
    assert_eq!(cohere.models().await.unwrap(), expected);
    let served = client(ProviderKind::Tei, &vendor.tei_url("bge-reranker"), "k");
    assert_eq!(served.models().await.unwrap(), ["bge-reranker"]);
    let texts = texts(1);
    for kind in [ProviderKind::Anthropic, ProviderKind::Ollama] {
        let none = rerank(&vendor, kind, ("x", "k"), &texts).await.unwrap_err();
        assert_eq!(none.code, Code::Invalid);
        assert!(none.message.contains("cannot rerank"), "{none:?}");
    }
    for kind in [ProviderKind::Jina, ProviderKind::Tei] {
        let silent = client(kind, &vendor.base_url(), "k");
        let refused = crate::ask(&silent, "any").await.error.unwrap();
        assert_eq!(refused.code, Code::Invalid, "{kind:?}");
    }
}
