//! What the embedded index costs: `cargo bench -p headwater-store --bench search [ROWS …]`. Vectors lie
//! in clumps, as those of texts do. Prints one line per figure: what, a colon, how much.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench prints")]
#![expect(clippy::disallowed_methods, reason = "a bench measures time")]

use std::path::Path;
use std::time::Instant;

use headwater_model::Timestamp;
use headwater_model::id::{ChunkId, DocumentId, KnowledgeBaseId};
use headwater_model::knowledge::filter::{FieldValue, Filter, Range};
use headwater_model::ports::{
    DocumentChange, IndexBatch, IndexChunk, IndexQuery, IndexVector, PassageIndex as _,
};
use headwater_store::index::EmbeddedIndex;

#[path = "../tests/index/support.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod support;

use support::Numbers;

const DIMS: usize = 384;
/// Documents that enter the index together.
const BATCH: usize = 2_000;
const QUERIES: usize = 200;
const EXACT: usize = 50;
/// Vectors per clump, and how wide a clump is against the distance between them.
const CLUMP: usize = 100;
const WIDE: f32 = 1.0;
const AT: Timestamp = Timestamp::from_millis(1_700_000_000_000);

struct Row {
    id: DocumentId,
    values: Vec<f32>,
    percent: f64,
}

fn main() {
    let sizes: Vec<usize> = std::env::args()
        .filter_map(|arg| arg.parse().ok())
        .collect();
    let sizes = if sizes.is_empty() {
        vec![10_000, 100_000]
    } else {
        sizes
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    for rows in sizes {
        runtime.block_on(measure(rows));
    }
}

async fn measure(count: usize) {
    let dir = tempfile::tempdir().unwrap();
    let index = EmbeddedIndex::new(dir.path().to_owned());
    let base = KnowledgeBaseId::new(AT, 1 << 64);
    let mut numbers = Numbers::new(1);
    let centres = numbers.centres((count / CLUMP).max(10), DIMS);
    let mut rows: Vec<Row> = (0..count)
        .map(|n| Row {
            id: DocumentId::new(AT, (n as u128) << 64),
            values: numbers.around(&centres, WIDE),
            percent: (numbers.next() % 100) as f64,
        })
        .collect();
    let began = Instant::now();
    for (version, batch) in (1..).zip(rows.chunks(BATCH)) {
        let changes = batch.iter().map(change).collect();
        index.apply(base, of(version, changes)).await.unwrap();
    }
    let tell = |what: &str, figure: String| println!("{count} chunks × {DIMS}, {what}: {figure}");
    tell("build", format!("{:.1} s", began.elapsed().as_secs_f64()));
    let bytes = bytes(dir.path()) as f64 / count as f64;
    tell("on disk", format!("{bytes:.0} bytes per chunk"));
    let queries: Vec<Vec<f32>> = (0..QUERIES)
        .map(|_| numbers.around(&centres, WIDE))
        .collect();
    ask(&index, base, "search", &rows, &queries, None).await;
    ask(
        &index,
        base,
        "search with a filter that 10 % match",
        &rows,
        &queries,
        Some(10.0),
    )
    .await;
    ask(
        &index,
        base,
        "search with a filter that 1 % match",
        &rows,
        &queries,
        Some(1.0),
    )
    .await;
    let began = Instant::now();
    let gone = rows.iter().step_by(10).map(|row| DocumentChange {
        document: row.id,
        language: None,
        chunks: Vec::new(),
    });
    let version = (count + 1) as u64;
    index
        .apply(base, of(version, gone.collect()))
        .await
        .unwrap();
    let millis = began.elapsed().as_secs_f64() * 1e3;
    tell("delete 10 %", format!("{millis:.0} ms"));
    let mut at = 0;
    rows.retain(|_| {
        at += 1;
        at % 10 != 1
    });
    ask(&index, base, "search after that", &rows, &queries, None).await;
}

fn change(row: &Row) -> DocumentChange {
    DocumentChange {
        document: row.id,
        language: Some("en".to_owned()),
        chunks: vec![IndexChunk {
            id: ChunkId::from_bytes(row.id.to_bytes()),
            text: "A text".to_owned(),
            heading: None,
            document_name: String::new(),
            fields: vec![("percent".to_owned(), FieldValue::Number(row.percent))],
            vectors: vec![IndexVector {
                space: "bench".into(),
                values: row.values.clone(),
            }],
        }],
    }
}

fn of(version: u64, changes: Vec<DocumentChange>) -> IndexBatch {
    IndexBatch {
        changes,
        version,
        spaces: vec!["bench".into()],
    }
}

async fn ask(
    index: &EmbeddedIndex,
    base: KnowledgeBaseId,
    what: &str,
    rows: &[Row],
    queries: &[Vec<f32>],
    below: Option<f64>,
) {
    let mut times = Vec::with_capacity(queries.len());
    let (mut found, mut wanted) = (0, 0);
    for (at, query) in queries.iter().enumerate() {
        let asked = IndexQuery {
            vectors: vec![IndexVector {
                space: "bench".into(),
                values: query.clone(),
            }],
            filter: below.map(|below| {
                Filter::Range(Range {
                    field: "percent".to_owned(),
                    from: None,
                    to: Some(FieldValue::Number(below - 0.5)),
                })
            }),
            limit: 10,
            ..IndexQuery::default()
        };
        let began = Instant::now();
        let hits = index
            .search(&[base], asked)
            .await
            .unwrap()
            .by_vector
            .remove(0);
        times.push(began.elapsed().as_secs_f64() * 1e3);
        if at < EXACT {
            let best = exact(rows, query, below);
            wanted += best.len();
            found += hits
                .iter()
                .filter(|hit| best.contains(&hit.document))
                .count();
        }
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!(
        "{} chunks × {DIMS}, {what}: p50 {:.2} ms, p99 {:.2} ms, recall@10 {:.3}",
        rows.len(),
        at(0.5),
        at(0.99),
        f64::from(found as u32) / wanted.max(1) as f64
    );
}

fn exact(rows: &[Row], query: &[f32], below: Option<f64>) -> Vec<DocumentId> {
    let mut scored: Vec<(f32, DocumentId)> = rows
        .iter()
        .filter(|row| below.is_none_or(|below| row.percent < below))
        .map(|row| {
            (
                row.values.iter().zip(query).map(|(a, b)| a * b).sum(),
                row.id,
            )
        })
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored.into_iter().take(10).map(|(_, id)| id).collect()
}

fn bytes(dir: &Path) -> u64 {
    let mut sum = 0;
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        sum += match path.is_dir() {
            true => bytes(&path),
            false => path.metadata().unwrap().len(),
        };
    }
    sum
}
