//! Embedding with vendors: one contract in three protocols.

use std::sync::Arc;

use headwater_model::ports::{Embedded, Purpose};
use headwater_model::provider::ProviderKind;
use headwater_model::{Code, Result};
use headwater_providers::decorate::Budget;
use headwater_providers::decorate::retry::Patience;
use headwater_providers::embed::{Partly, embed_all};
use headwater_tests::vendor::embeddings::{DIMENSIONS, vector};
use headwater_tests::vendor::{BAD_KEY, EMBEDDING_MODELS, RERANKING_MODELS, Vendor};
use serde_json::json;

use crate::client;

const ALL: [ProviderKind; 3] = [
    ProviderKind::Openai,
    ProviderKind::Cohere,
    ProviderKind::Ollama,
];

fn texts(count: usize) -> Vec<Arc<str>> {
    (0..count)
        .map(|n| format!("text number {n}").into())
        .collect()
}

async fn embed(
    vendor: &Vendor,
    kind: ProviderKind,
    model: &str,
    texts: &[Arc<str>],
) -> Result<Embedded> {
    embed_with(vendor, kind, (model, Purpose::Passage), texts, "sk-good").await
}

async fn embed_with(
    vendor: &Vendor,
    kind: ProviderKind,
    what: (&str, Purpose),
    texts: &[Arc<str>],
    key: &str,
) -> Result<Embedded> {
    partly(vendor, kind, what, texts, key).await.whole()
}

async fn partly(
    vendor: &Vendor,
    kind: ProviderKind,
    what: (&str, Purpose),
    texts: &[Arc<str>],
    key: &str,
) -> Partly {
    let client = client(kind, &vendor.base_url(), key);
    let patience = Patience {
        backoff: std::time::Duration::from_millis(1),
        ..Patience::default()
    };
    embed_all(&*client, patience, &Budget::default(), what, texts).await
}

#[tokio::test]
async fn what_was_embedded_before_a_failure_is_given() {
    let vendor = Vendor::start().await;
    let what = ("embed-halfway", Purpose::Passage);
    let texts = texts(100);
    let done = partly(&vendor, ProviderKind::Openai, what, &texts, "sk-good").await;
    let answered = done.vectors.iter().flatten().count();
    assert!(
        (32..=64).contains(&answered),
        "two calls of four: {answered}"
    );
    assert_eq!(done.vectors.len(), 100);
    assert!(done.usage.input_tokens > 0);
    assert_eq!(done.failed.unwrap().code, Code::Upstream);
}

#[tokio::test]
async fn many_texts_go_in_few_calls_and_come_back_in_order() {
    for (kind, most) in ALL.into_iter().zip([32, 96, 32]) {
        let vendor = Vendor::start().await;
        let texts = texts(100);
        let done = embed(&vendor, kind, "embed-shuffled", &texts)
            .await
            .unwrap();
        assert_eq!(done.vectors.len(), 100, "{kind:?}");
        for (text, own) in texts.iter().zip(&done.vectors) {
            let raw = vector(text);
            let length = raw.iter().map(|value| value * value).sum::<f32>().sqrt();
            assert_eq!(own.len(), DIMENSIONS);
            let same = own
                .iter()
                .zip(&raw)
                .all(|(own, raw)| (own - raw / length).abs() < 1e-5);
            assert!(same, "{kind:?}: {text}");
        }
        assert_eq!(
            (done.usage.input_tokens, done.usage.estimated),
            (300, false)
        );
        let calls = vendor.requests();
        assert_eq!(calls.len(), 100_usize.div_ceil(most), "{kind:?}");
        assert_eq!(calls[0].headers["authorization"], "Bearer sk-good");
    }
}

#[tokio::test]
async fn questions_are_told_from_passages_where_that_matters() {
    let vendor = Vendor::start().await;
    let text: &[Arc<str>] = &["river".into(), "".into()];
    for (purpose, said) in [
        (Purpose::Query, "search_query"),
        (Purpose::Passage, "search_document"),
    ] {
        embed_with(
            &vendor,
            ProviderKind::Cohere,
            ("embed-v4.0", purpose),
            text,
            "k",
        )
        .await
        .unwrap();
        let asked = vendor.requests().pop().unwrap().body;
        assert_eq!(asked["input_type"], said);
        assert_eq!(
            asked["texts"],
            json!(["river", " "]),
            "nobody takes an empty text"
        );
        for kind in [ProviderKind::Openai, ProviderKind::Ollama] {
            embed_with(
                &vendor,
                kind,
                ("nomic-embed-text", purpose),
                &text[..1],
                "k",
            )
            .await
            .unwrap();
            let asked = vendor.requests().pop().unwrap().body;
            assert_eq!(asked["input"][0], format!("{said}: river"));
            embed_with(&vendor, kind, ("plain-embed", purpose), &text[..1], "k")
                .await
                .unwrap();
            let asked = vendor.requests().pop().unwrap().body;
            assert_eq!(asked["input"][0], "river");
        }
    }
}

#[tokio::test]
async fn a_failure_that_passes_is_tried_again_and_others_are_told() {
    for kind in ALL {
        let vendor = Vendor::start().await;
        let one = texts(1);
        embed(&vendor, kind, "embed-once", &one).await.unwrap();
        assert_eq!(vendor.calls(), 2, "{kind:?}");
        let broken = embed(&vendor, kind, "embed-broken", &one)
            .await
            .unwrap_err();
        assert_eq!(broken.code, Code::Upstream, "{kind:?}");
        assert_eq!(vendor.requests_for("embed-broken").len(), 3, "{kind:?}");
        let unknown = embed(&vendor, kind, "embed-unknown", &one)
            .await
            .unwrap_err();
        assert!(unknown.message.contains("does not offer"), "{unknown:?}");
        assert_eq!(vendor.requests_for("embed-unknown").len(), 1, "{kind:?}");
        let short = embed(&vendor, kind, "embed-short", &one).await.unwrap_err();
        assert_eq!(short.code, Code::Upstream, "{short:?}");
        let uncounted = embed(&vendor, kind, "embed-uncounted", &one).await.unwrap();
        assert!(uncounted.usage.estimated && uncounted.usage.input_tokens > 0);
        let what = ("embed-8", Purpose::Query);
        let refused = embed_with(&vendor, kind, what, &one, BAD_KEY)
            .await
            .unwrap_err();
        assert!(refused.message.contains("key was refused"), "{refused:?}");
    }
}

#[tokio::test]
async fn vendors_say_which_models_embed_and_who_has_none_says_so() {
    let vendor = Vendor::start().await;
    let models = client(ProviderKind::Cohere, &vendor.base_url(), "k")
        .models()
        .await;
    assert_eq!(
        models.unwrap(),
        [EMBEDDING_MODELS, RERANKING_MODELS].concat()
    );
    let models = client(ProviderKind::Ollama, &vendor.base_url(), "k")
        .models()
        .await;
    assert_eq!(
        models.unwrap(),
        ["scripted-embed", "scripted-large", "scripted-small"]
    );
    let none = embed(&vendor, ProviderKind::Anthropic, "x", &texts(1))
        .await
        .unwrap_err();
    assert_eq!(none.code, Code::Invalid);
    assert!(none.message.contains("has no embedding models"), "{none:?}");
    // Ollama chats in the protocol of OpenAI.
    let ollama = client(ProviderKind::Ollama, &vendor.base_url(), "k");
    let heard = crate::ask(&ollama, "scripted-small").await;
    assert!(
        heard.error.is_none() && heard.text.contains("Käse"),
        "{heard:?}"
    );
    let cohere = client(ProviderKind::Cohere, &vendor.base_url(), "k");
    let refused = crate::ask(&cohere, "command-a").await.error.unwrap();
    assert_eq!(refused.code, Code::Invalid);
}
