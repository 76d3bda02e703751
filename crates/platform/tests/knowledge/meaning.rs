//! Searching by meaning, and moving from one model to another.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use headwater_model::id::WorkspaceId;
use headwater_model::knowledge::filter::Filter;
use headwater_model::knowledge::retrieval::{SearchMode, SearchOptions};
use headwater_model::ports::{Embed, EmbedRequest, Embedded, Purpose};
use headwater_model::usage::Usage;
use headwater_model::{Code, Error, Result};
use headwater_platform::knowledge::{KnowledgeBaseChanges, NewKnowledgeBase};

use super::{DONE, House, named, working_parser};

/// A model that knows three things: a text's vector says which of them it is about.
pub struct Meanings {
    asked: AtomicUsize,
    fails: AtomicBool,
}

const THINGS: [&[&str]; 3] = [
    &["dog", "puppy", "hound"],
    &["car", "automobile", "lorry"],
    &["rain", "storm", "drizzle"],
];

#[async_trait]
impl Embed for Meanings {
    async fn embed(&self, request: EmbedRequest) -> Result<Embedded> {
        if self.fails.load(Ordering::SeqCst) {
            return Err(Error::new(Code::Unavailable, "The model sleeps."));
        }
        if request.purpose == Purpose::Passage {
            self.asked.fetch_add(request.texts.len(), Ordering::SeqCst);
        }
        // Another model turns everything around.
        let turn = usize::from(request.model.ends_with("/other"));
        let vectors = request.texts.iter().map(|text| {
            let mut vector = vec![0.01; 8];
            for (at, words) in THINGS.iter().enumerate() {
                if words.iter().any(|word| text.to_lowercase().contains(word)) {
                    vector[(at + turn) % 3] = 1.0;
                }
            }
            let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
            vector.into_iter().map(|x| x / length).collect()
        });
        Ok(Embedded {
            vectors: vectors.collect(),
            usage: Usage::default(),
        })
    }

    async fn dimensions(&self, _: WorkspaceId, model: &str) -> Result<u32> {
        match model.starts_with("local/") {
            true => Ok(8),
            false => Err(Error::not_found("embedding model")),
        }
    }
}

pub fn meanings() -> Arc<Meanings> {
    Arc::new(Meanings {
        asked: AtomicUsize::new(0),
        fails: AtomicBool::new(false),
    })
}

/// A knowledge base with a document for each of the three things.
async fn things(house: &House, model: Option<&str>) {
    let new = NewKnowledgeBase {
        embedding_model: model.map(str::to_owned),
        ..named("Things")
    };
    let created = house.platform.create_knowledge_base(&house.caller, new);
    created.await.unwrap();
    for (name, text) in [
        ("dogs.txt", "The puppy sleeps in the basket."),
        ("cars.txt", "The automobile stands in the garage."),
        ("rain.txt", "A storm blows over the harbour."),
    ] {
        let added = house.add("things", name, text.as_bytes()).await;
        house.until(added.id, DONE).await;
    }
}

async fn by(house: &House, query: &str, options: SearchOptions) -> Vec<String> {
    let found = house
        .platform
        .search(&house.caller, "things", query, Some(3), options);
    let passages = found.await.unwrap().passages;
    passages.into_iter().map(|p| p.document_name).collect()
}

fn mode(mode: SearchMode) -> SearchOptions {
    SearchOptions {
        mode: Some(mode),
        ..SearchOptions::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_in_other_words_finds_what_it_means() {
    let dir = tempfile::tempdir().unwrap();
    let house = House::open_with(dir.path(), working_parser(dir.path()), meanings()).await;
    things(&house, Some("local/small")).await;
    // No word of the question is in any document.
    assert!(
        by(&house, "hound", mode(SearchMode::Lexical))
            .await
            .is_empty()
    );
    assert_eq!(
        by(&house, "hound", SearchOptions::default()).await[0],
        "dogs.txt"
    );
    assert_eq!(
        by(&house, "a lorry", mode(SearchMode::Vector)).await[0],
        "cars.txt"
    );
    let near = SearchOptions {
        threshold: Some(0.9),
        ..mode(SearchMode::Vector)
    };
    assert_eq!(by(&house, "drizzle", near).await, ["rain.txt"]);
    let only = SearchOptions {
        filter: Some(Filter::equals("document_name", "cars.txt")),
        ..SearchOptions::default()
    };
    assert_eq!(by(&house, "hound", only).await, ["cars.txt"]);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_model_answers_when_everything_is_embedded_anew() {
    let dir = tempfile::tempdir().unwrap();
    let model = meanings();
    let house = House::open_with(dir.path(), working_parser(dir.path()), model.clone()).await;
    things(&house, Some("local/small")).await;
    assert_eq!(model.asked.load(Ordering::SeqCst), 3);
    model.fails.store(true, Ordering::SeqCst);
    let changes = KnowledgeBaseChanges {
        embedding_model: Some(Some("local/other".to_owned())),
        ..KnowledgeBaseChanges::default()
    };
    let platform = &house.platform;
    let changed = platform.update_knowledge_base(&house.caller, "things", changes);
    let changed = changed.await.unwrap();
    assert_eq!(changed.searched_model.as_deref(), Some("local/small"));
    assert_eq!(changed.chunks_to_embed, 3);
    // Nothing is embedded while the model sleeps, and the state says why.
    let failed = house
        .base_until(|base| base.embedding_error.is_some())
        .await;
    assert_eq!(failed.searched_model.as_deref(), Some("local/small"));
    model.fails.store(false, Ordering::SeqCst);
    assert_eq!(
        by(&house, "hound", SearchOptions::default()).await[0],
        "dogs.txt"
    );
    let done = house.base_until(|base| {
        base.chunks_to_embed == 0 && base.searched_model == base.embedding_model
    });
    assert_eq!(done.await.embedding_error, None);
    assert_eq!(
        by(&house, "hound", mode(SearchMode::Vector)).await[0],
        "dogs.txt"
    );
    assert_eq!(model.asked.load(Ordering::SeqCst), 6);
    // Without a model there are only words.
    let changes = KnowledgeBaseChanges {
        embedding_model: Some(None),
        ..KnowledgeBaseChanges::default()
    };
    let changed = platform.update_knowledge_base(&house.caller, "things", changes);
    assert_eq!(changed.await.unwrap().searched_model, None);
    assert!(
        by(&house, "hound", SearchOptions::default())
            .await
            .is_empty()
    );
    let refused = platform.search(&house.caller, "things", "x", None, mode(SearchMode::Vector));
    assert_eq!(refused.await.unwrap_err().code, Code::Invalid);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn vectors_survive_a_restart_and_a_lost_index_without_embedding_again() {
    let dir = tempfile::tempdir().unwrap();
    let model = meanings();
    let house = House::open_with(dir.path(), working_parser(dir.path()), model.clone()).await;
    things(&house, Some("local/small")).await;
    house.close().await;
    std::fs::remove_dir_all(dir.path().join("data/index")).unwrap();
    let house = House::open_with(dir.path(), working_parser(dir.path()), model.clone()).await;
    assert_eq!(
        by(&house, "hound", mode(SearchMode::Vector)).await[0],
        "dogs.txt"
    );
    assert_eq!(model.asked.load(Ordering::SeqCst), 3);
    let unknown = NewKnowledgeBase {
        embedding_model: Some("nobody/knows".to_owned()),
        ..named("Other")
    };
    let refused = house
        .platform
        .create_knowledge_base(&house.caller, unknown)
        .await;
    assert_eq!(
        refused.unwrap_err().field.as_deref(),
        Some("embedding_model")
    );
    house.close().await;
}
