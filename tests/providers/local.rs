//! Models in this process: a tiny one made here for what must always hold, and a real one, when it is
//! there, for what vectors are good for.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests may take short cuts"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use headwater_model::ports::Purpose;
use headwater_model::{Clock, Code, Timestamp};
use headwater_providers::LocalModels;
use headwater_tests::Tiny;
use headwater_tests::tiny::{MAX_TOKENS, WIDTH};
use serde_json::json;

/// Stands still until it is moved.
#[derive(Default)]
struct Hands(AtomicI64);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

struct Place {
    dir: tempfile::TempDir,
    clock: Arc<Hands>,
    models: LocalModels,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(Hands::default());
        let models = LocalModels::open(dir.path().join("models"), 2, clock.clone());
        Self { dir, clock, models }
    }

    fn source(&self, tiny: Tiny, name: &str) -> PathBuf {
        let source = self.dir.path().join("sources").join(name);
        tiny.write(&source);
        source
    }

    async fn with(tiny: Tiny) -> Self {
        let place = Self::new();
        let source = place.source(tiny, "tiny");
        place.models.add_directory(source, "tiny").await.unwrap();
        place
    }

    async fn embed(&self, purpose: Purpose, texts: &[&str]) -> Vec<Vec<f32>> {
        let texts: Vec<Arc<str>> = texts.iter().map(|text| Arc::from(*text)).collect();
        let embedded = self.models.embed("tiny", purpose, &texts).await;
        embedded.unwrap().vectors
    }
}

fn cosine(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

fn close(one: &[f32], other: &[f32]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(a, b)| (a - b).abs() < 1e-5)
}

#[tokio::test]
async fn a_text_has_the_same_vector_alone_and_among_others() {
    let place = Place::with(Tiny::default()).await;
    // More tokens than are computed at once, in texts of all lengths.
    let texts: Vec<String> = (0..400)
        .map(|n| "the bird a fish ".repeat(n % 7) + "river")
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let all = place.embed(Purpose::Passage, &texts).await;
    assert_eq!(all.len(), texts.len());
    for at in [0, 1, 6, 133, 399] {
        let alone = place.embed(Purpose::Passage, &texts[at..=at]).await;
        assert!(close(&alone[0], &all[at]), "text {at}");
        let length = cosine(&all[at], &all[at]);
        assert!(all[at].len() == WIDTH && (length - 1.0).abs() < 1e-5);
    }
    assert!(close(&all[0], &all[7]) && !close(&all[0], &all[1]));
}

#[tokio::test]
async fn a_long_text_is_cut_where_the_model_ends_and_not_where_its_tokenizer_was_told_to() {
    let place = Place::with(Tiny::default()).await;
    // Two tokens are the model's own.
    let whole = "bird ".repeat(MAX_TOKENS - 2);
    let (longer, short) = (whole.clone() + "fish fish", "bird ".repeat(6));
    let texts = [whole.as_str(), &longer, &short, ""];
    let vectors = place.embed(Purpose::Passage, &texts).await;
    assert!(
        close(&vectors[0], &vectors[1]),
        "what is beyond the end does not count"
    );
    assert!(
        !close(&vectors[0], &vectors[2]),
        "eight tokens are not the end"
    );
    let used = place
        .models
        .embed("tiny", Purpose::Passage, &[texts[1].into()])
        .await;
    assert_eq!(used.unwrap().usage.input_tokens, MAX_TOKENS as u64);
}

#[tokio::test]
async fn pooling_precision_positions_and_prefixes_are_as_the_files_say() {
    let mean = Place::with(Tiny::default()).await;
    let text = "the river a fish";
    let own = mean.embed(Purpose::Passage, &[text]).await.remove(0);
    let first = Place::with(Tiny {
        pooling: "cls",
        ..Tiny::default()
    })
    .await;
    assert!(!close(
        &own,
        &first.embed(Purpose::Passage, &[text]).await[0]
    ));
    let half = Place::with(Tiny {
        dtype: "BF16",
        ..Tiny::default()
    })
    .await;
    let rounded = half.embed(Purpose::Passage, &[text]).await.remove(0);
    assert!(!close(&own, &rounded) && cosine(&own, &rounded) > 0.999);
    let roberta = Place::with(Tiny {
        model_type: "xlm-roberta",
        ..Tiny::default()
    })
    .await;
    assert!(!close(
        &own,
        &roberta.embed(Purpose::Passage, &[text]).await[0]
    ));
    // The same text for both purposes, until the directory asks for prefixes.
    assert!(close(&own, &mean.embed(Purpose::Query, &[text]).await[0]));
    let prompts = json!({ "prompts": { "query": "query : ", "document": "passage : " } });
    let source = mean.source(Tiny::default(), "prefixed");
    let file = source.join("config_sentence_transformers.json");
    std::fs::write(file, prompts.to_string()).unwrap();
    mean.models.add_directory(source, "prefixed").await.unwrap();
    let texts: Vec<Arc<str>> = vec![text.into()];
    for (purpose, said) in [
        (Purpose::Query, "query : "),
        (Purpose::Passage, "passage : "),
    ] {
        let prefixed = mean
            .models
            .embed("prefixed", purpose, &texts)
            .await
            .unwrap();
        let expected = mean.embed(purpose, &[&format!("{said}{text}")]).await;
        assert!(close(&prefixed.vectors[0], &expected[0]), "{purpose:?}");
    }
}

#[tokio::test]
async fn what_is_no_model_is_refused_with_what_to_do_and_leaves_nothing() {
    let place = Place::new();
    let write = |path: &Path, text: &str| std::fs::write(path, text).unwrap();
    type Damage = fn(&Path);
    let damages: &[(&str, Damage, &str)] = &[
        (
            "no-weights",
            |dir| std::fs::remove_file(dir.join("model.safetensors")).unwrap(),
            "There is no model.safetensors",
        ),
        (
            "no-config",
            |dir| std::fs::remove_file(dir.join("config.json")).unwrap(),
            "There is no config.json",
        ),
        (
            "cut",
            |dir| {
                let path = dir.join("model.safetensors");
                let bytes = std::fs::read(&path).unwrap();
                std::fs::write(path, &bytes[..bytes.len() - 1]).unwrap();
            },
            "model.safetensors is damaged",
        ),
        (
            "empty",
            |dir| std::fs::write(dir.join("model.safetensors"), "").unwrap(),
            "model.safetensors is damaged",
        ),
        (
            "other-size",
            |dir| {
                let path = dir.join("config.json");
                let text = std::fs::read_to_string(&path).unwrap();
                std::fs::write(
                    path,
                    text.replace("\"intermediate_size\": 64", "\"intermediate_size\": 32"),
                )
                .unwrap();
            },
            "different models",
        ),
        (
            "other-kind",
            |dir| {
                let path = dir.join("config.json");
                let text = std::fs::read_to_string(&path).unwrap();
                std::fs::write(path, text.replace("\"bert\"", "\"t5\"")).unwrap();
            },
            "only bert, roberta and xlm-roberta run here",
        ),
        (
            "dense",
            |dir| {
                let path = dir.join("modules.json");
                std::fs::write(path, r#"[{"type":"sentence_transformers.models.Dense"}]"#).unwrap();
            },
            "has a “Dense”",
        ),
        (
            "max-pooling",
            |dir| {
                std::fs::write(
                    dir.join("1_Pooling/config.json"),
                    r#"{"pooling_mode_max_tokens":true}"#,
                )
                .unwrap();
            },
            "pools in a way",
        ),
        (
            "no-numbers",
            |dir| {
                let path = dir.join("model.safetensors");
                let mut bytes = std::fs::read(&path).unwrap();
                let start = bytes.len() - 64;
                for number in bytes[start..].chunks_exact_mut(4) {
                    number.copy_from_slice(&f32::NAN.to_le_bytes());
                }
                std::fs::write(path, bytes).unwrap();
            },
            "are no numbers",
        ),
    ];
    for (name, damage, words) in damages {
        let source = place.source(Tiny::default(), name);
        damage(&source);
        let error = place.models.add_directory(source, name).await.unwrap_err();
        assert_eq!(error.code, Code::Invalid, "{name}: {error:?}");
        assert!(error.message.contains(words), "{name}: {error:?}");
    }
    let source = place.source(Tiny::default(), "fine");
    write(&source.join("tokenizer.json"), "{}");
    assert!(place.models.add_directory(source, "fine").await.is_err());
    let source = place.source(Tiny::default(), "fine");
    for name in ["", "..", "a/b", ".hidden", "a b"] {
        let refused = place.models.add_directory(source.clone(), name).await;
        assert_eq!(refused.unwrap_err().code, Code::Invalid, "{name}");
    }
    let left: Vec<_> = std::fs::read_dir(place.dir.path().join("models"))
        .unwrap()
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn models_are_added_once_listed_found_again_and_removed() {
    let place = Place::with(Tiny::default()).await;
    let source = place.source(
        Tiny {
            seed: 9,
            ..Tiny::default()
        },
        "other",
    );
    let again = place.models.add_directory(source.clone(), "tiny").await;
    assert_eq!(again.unwrap_err().code, Code::Conflict);
    place.models.add_directory(source, "other").await.unwrap();
    let identity = |name: &str| place.models.identity(name).unwrap();
    assert_ne!(identity("tiny"), identity("other"));
    let before = place.embed(Purpose::Passage, &["bird"]).await;
    // What a crash left of an arrival is swept, the rest is found.
    let root = place.dir.path().join("models");
    std::fs::create_dir(root.join(".adding-third")).unwrap();
    let reopened = LocalModels::open(root.clone(), 1, place.clock.clone());
    assert!(!root.join(".adding-third").exists());
    let names: Vec<_> = reopened.list().into_iter().map(|model| model.id).collect();
    assert_eq!(names, ["local/other", "local/tiny"]);
    let tiny = reopened.get("tiny").unwrap();
    assert_eq!(
        (tiny.dimensions, tiny.max_tokens),
        (WIDTH as u32, MAX_TOKENS as u32)
    );
    assert!(
        tiny.files
            .iter()
            .any(|file| file.path == "model.safetensors" && file.sha256.len() == 64)
    );
    let after = reopened
        .embed("tiny", Purpose::Passage, &["bird".into()])
        .await
        .unwrap();
    assert_eq!(before, after.vectors);
    // Let go of when nobody uses it, and read again when somebody does.
    assert_eq!(reopened.tidy(), 0);
    place.clock.0.fetch_add(11 * 60 * 1000, Ordering::SeqCst);
    assert_eq!(reopened.tidy(), 1);
    let again = reopened
        .embed("tiny", Purpose::Passage, &["bird".into()])
        .await
        .unwrap();
    assert_eq!(before, again.vectors);
    reopened.remove("tiny").await.unwrap();
    let gone = reopened
        .embed("tiny", Purpose::Passage, &["bird".into()])
        .await
        .unwrap_err();
    assert_eq!(gone.code, Code::NotFound);
    assert!(gone.message.contains("headwater model add"), "{gone:?}");
    assert_eq!(
        reopened.remove("tiny").await.unwrap_err().code,
        Code::NotFound
    );
}

/// The directory of all-MiniLM-L6-v2, when `make test` says where it is.
fn minilm() -> Option<PathBuf> {
    let place = std::env::var_os("HEADWATER_MINILM").map(PathBuf::from);
    if place.is_none() {
        eprintln!(
            "not run: set HEADWATER_MINILM to what `deploy/models` prints (`make test` does)"
        );
    }
    place
}

#[tokio::test(flavor = "multi_thread")]
async fn minilm_gives_the_vectors_that_are_known_of_it() {
    let Some(source) = minilm() else { return };
    let place = Place::new();
    let added = place.models.add_directory(source, "tiny").await.unwrap();
    assert_eq!((added.dimensions, added.max_tokens), (384, 256));
    let texts = [
        "This is an example sentence",
        "Each sentence is converted",
        "A kingfisher dives for fish.",
        "Birds that catch fish in rivers",
        "The invoice is due in thirty days.",
    ];
    let vectors = place.embed(Purpose::Passage, &texts).await;
    for (place, expected) in [0.0676, 0.0635, 0.0487, 0.0793].into_iter().enumerate() {
        assert!(
            (vectors[0][place] - expected).abs() < 6e-5,
            "{:?}",
            &vectors[0][..4]
        );
    }
    for (one, other, expected) in KNOWN {
        let found = cosine(&vectors[*one], &vectors[*other]);
        assert!(
            (found - expected).abs() < 2e-5,
            "{one} and {other}: {found}"
        );
    }
    // Longer than the 128 tokens that its tokenizer.json is cut to.
    let long = "river ".repeat(300);
    let used = place
        .models
        .embed("tiny", Purpose::Passage, &[long.as_str().into()])
        .await
        .unwrap();
    assert_eq!(used.usage.input_tokens, 256);
}

/// Pairs of the texts above and their cosines, computed in double precision by another program.
const KNOWN: &[(usize, usize, f32)] = &[
    (0, 1, 0.404_559),
    (0, 2, 0.112_744),
    (1, 3, 0.004_372),
    (2, 3, 0.380_857),
    (2, 4, -0.053_824),
    (3, 4, 0.017_732),
];
