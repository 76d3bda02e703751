//! How well words find documents, measured on the Cranfield collection where it is at hand: in
//! `data/cranfield` of the folder HEADWATER_SHARED, or of `shared` beside the checkout.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::path::PathBuf;
use std::sync::Arc;

use headwater_knowledge::evaluate::collection::Collection;
use headwater_model::knowledge::retrieval::{RetrievalSettings, SearchMode};
use headwater_platform::clock::SystemClock;
use headwater_platform::evaluation::Evaluation;
use headwater_store::index::EmbeddedIndex;

/// What a plain BM25 reaches on this collection is .384 and .307.
const NDCG: f64 = 0.384;
const MAP: f64 = 0.307;

fn collection() -> Option<Collection> {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared"));
    let shared = std::env::var_os("HEADWATER_SHARED").map_or_else(beside, PathBuf::from);
    let dir = Some(shared.join("data/cranfield")).filter(|dir| dir.is_dir())?;
    let read = |name: &str| std::fs::read_to_string(dir.join(name)).unwrap();
    let judgements = read("cranqrel.trec.txt");
    let (documents, questions) = (read("cran.all.1400.xml"), read("cran.qry.xml"));
    Some(Collection::read(&documents, &questions, &judgements).unwrap())
}

#[tokio::test]
async fn words_find_documents_as_well_as_bm25_can() {
    let Some(collection) = collection() else {
        return;
    };
    assert_eq!(
        (collection.documents.len(), collection.questions.len()),
        (1_400, 225)
    );
    let dir = tempfile::tempdir().unwrap();
    let evaluation = Evaluation {
        index: Arc::new(EmbeddedIndex::new(dir.path().to_owned())),
        embedder: None,
        settings: RetrievalSettings::default(),
        clock: Arc::new(SystemClock),
    };
    let reached = evaluation.run(&collection, |_| {}).await.unwrap();
    let [words] = &reached[..] else {
        panic!("{reached:?}");
    };
    assert_eq!(words.mode, SearchMode::Lexical);
    eprintln!("{:?}", words.measures);
    assert!(words.measures.ndcg_10 >= NDCG, "{:?}", words.measures);
    assert!(words.measures.map >= MAP, "{:?}", words.measures);
}
