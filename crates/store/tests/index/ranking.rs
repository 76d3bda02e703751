//! How well the full text index ranks, measured on the Cranfield collection where it is at hand:
//! in `data/cranfield` of the folder HEADWATER_SHARED, or of `shared` beside the checkout.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::collections::HashMap;
use std::path::PathBuf;

use headwater_model::Timestamp;
use headwater_model::id::{ChunkId, DocumentId, KnowledgeBaseId};
use headwater_model::ports::passage_index::DocumentChange;
use headwater_model::ports::{IndexChunk, IndexQuery, PassageIndex};
use headwater_store::lexical::LexicalIndex;

/// What a plain BM25 reaches on this collection is .384.
const AIM: f64 = 0.38;
const AT: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn collection() -> Option<PathBuf> {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared"));
    let shared = std::env::var_os("HEADWATER_SHARED").map_or_else(beside, PathBuf::from);
    Some(shared.join("data/cranfield")).filter(|dir| dir.is_dir())
}

/// What stands between the tags, for each time they occur.
fn between<'t>(text: &'t str, tag: &str) -> Vec<&'t str> {
    let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
    text.split(&open)
        .skip(1)
        .map(|rest| rest.split(&close).next().unwrap_or_default().trim())
        .collect()
}

fn document(number: usize) -> DocumentId {
    DocumentId::new(AT, (number as u128) << 64)
}

fn changes(documents: &str) -> Vec<DocumentChange> {
    between(documents, "doc")
        .into_iter()
        .map(|doc| {
            let number: usize = between(doc, "docno")[0].parse().unwrap();
            DocumentChange {
                document: document(number),
                chunks: vec![IndexChunk {
                    id: ChunkId::new(AT, (number as u128) << 64),
                    text: between(doc, "text")[0].to_owned(),
                    heading: Some(between(doc, "title")[0].replace('\n', " ")),
                    document_name: format!("{number}.txt"),
                }],
            }
        })
        .collect()
}

fn judgements(text: &str) -> HashMap<usize, HashMap<DocumentId, f64>> {
    let mut judged: HashMap<usize, HashMap<DocumentId, f64>> = HashMap::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split_whitespace().collect();
        if let [query, _, doc, grade] = fields[..] {
            let grade: f64 = grade.parse().unwrap();
            if grade > 0.0 {
                let of_query = judged.entry(query.parse().unwrap()).or_default();
                of_query.insert(document(doc.parse().unwrap()), grade);
            }
        }
    }
    judged
}

/// Normalised discounted cumulative gain of the first ten.
fn ndcg(found: &[DocumentId], judged: &HashMap<DocumentId, f64>) -> f64 {
    let gain = |gains: &[f64]| -> f64 {
        let ranked = gains.iter().take(10).enumerate();
        ranked.map(|(i, g)| g / (i as f64 + 2.0).log2()).sum()
    };
    let got: Vec<f64> = found
        .iter()
        .map(|id| judged.get(id).copied().unwrap_or(0.0))
        .collect();
    let mut best: Vec<f64> = judged.values().copied().collect();
    best.sort_by(|a, b| b.total_cmp(a));
    gain(&got) / gain(&best)
}

#[tokio::test]
async fn ranking_is_as_good_as_bm25_can_be() {
    let Some(dir) = collection() else {
        return;
    };
    let read = |name: &str| std::fs::read_to_string(dir.join(name)).unwrap();
    let files = tempfile::tempdir().unwrap();
    let index = LexicalIndex::new(files.path().to_owned());
    let base = KnowledgeBaseId::new(AT, 0);
    index
        .apply(base, changes(&read("cran.all.1400.xml")), 1)
        .await
        .unwrap();
    let judged = judgements(&read("cranqrel.trec.txt"));
    let queries = read("cran.qry.xml");
    let queries = between(&queries, "title");
    let mut sum = 0.0;
    for (i, text) in queries.iter().enumerate() {
        let query = IndexQuery {
            text: (*text).to_owned(),
            limit: 10,
        };
        let hits = index.search(base, query).await.unwrap();
        let found: Vec<_> = hits.into_iter().map(|hit| hit.document).collect();
        sum += judged.get(&(i + 1)).map_or(0.0, |j| ndcg(&found, j));
    }
    let mean = sum / queries.len() as f64;
    eprintln!("nDCG@10 over {} questions: {mean:.3}", queries.len());
    assert!(mean >= AIM, "nDCG@10 is {mean:.3}, the aim {AIM}");
}
