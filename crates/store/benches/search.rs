//! What the embedded index costs: `cargo bench -p headwater-store --bench search [ROWS …]`. Vectors lie in
//! clumps, as those of texts do; words are as frequent as Zipf's law has them. Prints one line per figure:
//! what, a colon, how much.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench prints")]
#![expect(clippy::disallowed_methods, reason = "a bench measures time")]

use std::cell::Cell;
use std::path::Path;
use std::time::{Duration, Instant};

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
/// Words of a chunk, of a question, and of the language.
const WORDS: usize = 60;
const ASKED_WORDS: usize = 4;
const VOCABULARY: f64 = 50_000.0;
const AT: Timestamp = Timestamp::from_millis(1_700_000_000_000);

struct Row {
    id: DocumentId,
    values: Vec<f32>,
    percent: f64,
}

/// What is asked: a vector, words, or both, with or without a filter.
struct Asked<'a> {
    what: &'a str,
    vector: bool,
    words: bool,
    below: Option<f64>,
}

struct Bench {
    index: EmbeddedIndex,
    base: KnowledgeBaseId,
    rows: Vec<Row>,
    vectors: Vec<Vec<f32>>,
    texts: Vec<String>,
    version: Cell<u64>,
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
    let mut bench = Bench::new(dir.path(), count);
    let tell = |what: &str, figure: String| println!("{count} chunks × {DIMS}, {what}: {figure}");
    let before = anonymous();
    let began = Instant::now();
    for batch in bench.rows.chunks(BATCH) {
        bench.add(batch).await;
    }
    tell("build", format!("{:.1} s", began.elapsed().as_secs_f64()));
    let each = |bytes: u64| bytes as f64 / count as f64;
    tell(
        "on disk",
        format!("{:.0} bytes per chunk", each(bytes(dir.path()))),
    );
    for asked in [
        Asked::new("search by vector").vector(),
        Asked::new("the same with a filter that 10 % match")
            .vector()
            .below(10.0),
        Asked::new("the same with a filter that 1 % match")
            .vector()
            .below(1.0),
        Asked::new("search by words").words(),
        Asked::new("search by both").vector().words(),
    ] {
        bench.ask(&asked).await;
    }
    tell(
        "memory after these searches, besides files that the system may drop",
        format!(
            "{:.0} bytes per chunk",
            each(anonymous().saturating_sub(before))
        ),
    );
    bench.ask_while_ingesting().await;
    let began = Instant::now();
    bench.delete_every_tenth().await;
    let millis = began.elapsed().as_secs_f64() * 1e3;
    tell("delete 10 %", format!("{millis:.0} ms"));
    bench
        .ask(&Asked::new("search by vector after that").vector())
        .await;
}

impl<'a> Asked<'a> {
    fn new(what: &'a str) -> Self {
        Self {
            what,
            vector: false,
            words: false,
            below: None,
        }
    }

    fn vector(self) -> Self {
        Self {
            vector: true,
            ..self
        }
    }

    fn words(self) -> Self {
        Self {
            words: true,
            ..self
        }
    }

    fn below(self, below: f64) -> Self {
        Self {
            below: Some(below),
            ..self
        }
    }
}

impl Bench {
    fn new(dir: &Path, count: usize) -> Self {
        let mut numbers = Numbers::new(1);
        let centres = numbers.centres((count / CLUMP).max(10), DIMS);
        let rows = (0..count)
            .map(|n| Row {
                id: DocumentId::new(AT, (n as u128) << 64),
                values: numbers.around(&centres, WIDE),
                percent: (numbers.next() % 100) as f64,
            })
            .collect();
        let vectors = (0..QUERIES)
            .map(|_| numbers.around(&centres, WIDE))
            .collect();
        let texts = (0..QUERIES)
            .map(|_| text(&mut numbers, ASKED_WORDS))
            .collect();
        Self {
            index: EmbeddedIndex::new(dir.to_owned()),
            base: KnowledgeBaseId::new(AT, 1 << 64),
            rows,
            vectors,
            texts,
            version: Cell::new(0),
        }
    }

    async fn apply(&self, changes: Vec<DocumentChange>) {
        self.version.set(self.version.get() + 1);
        let batch = IndexBatch {
            changes,
            version: self.version.get(),
            spaces: vec!["bench".into()],
        };
        self.index.apply(self.base, batch).await.unwrap();
    }

    async fn add(&self, rows: &[Row]) {
        let mut numbers = Numbers::new(self.version.get() + 2);
        let changes = rows.iter().map(|row| change(row, &mut numbers)).collect();
        self.apply(changes).await;
    }

    async fn delete_every_tenth(&mut self) {
        let gone = self.rows.iter().step_by(10).map(|row| DocumentChange {
            document: row.id,
            language: None,
            chunks: Vec::new(),
        });
        self.apply(gone.collect()).await;
        let mut at = 0;
        self.rows.retain(|_| {
            at += 1;
            at % 10 != 1
        });
    }

    /// Searches for as long as the last tenth of the documents is ingested anew, in batches of a hundred.
    async fn ask_while_ingesting(&self) {
        let ingested = &self.rows[self.rows.len() * 9 / 10..];
        let ingested = &ingested[..ingested.len().min(10_000)];
        let done = Cell::new(false);
        let ingest = async {
            let began = Instant::now();
            for batch in ingested.chunks(100) {
                self.add(batch).await;
            }
            done.set(true);
            ingested.len() as f64 / began.elapsed().as_secs_f64()
        };
        let ask = async {
            let mut times = Vec::new();
            let asked = Asked::new("").vector().words();
            while !done.get() {
                let at = times.len() % QUERIES;
                let began = Instant::now();
                self.index
                    .search(&[self.base], self.query(&asked, at))
                    .await
                    .unwrap();
                times.push(began.elapsed());
            }
            times
        };
        let (rate, times) = tokio::join!(ingest, ask);
        println!(
            "{} chunks × {DIMS}, search by both while chunks are replaced, a hundred a commit: {}, {rate:.0} chunks/s",
            self.rows.len(),
            told(times)
        );
    }

    fn query(&self, asked: &Asked<'_>, at: usize) -> IndexQuery {
        let vectors = asked.vector.then(|| IndexVector {
            space: "bench".into(),
            values: self.vectors[at].clone(),
        });
        IndexQuery {
            text: asked.words.then(|| self.texts[at].clone()),
            vectors: vectors.into_iter().collect(),
            filter: asked.below.map(|below| {
                Filter::Range(Range {
                    field: "percent".to_owned(),
                    from: None,
                    to: Some(FieldValue::Number(below - 0.5)),
                })
            }),
            limit: 10,
            ..IndexQuery::default()
        }
    }

    async fn ask(&self, asked: &Asked<'_>) {
        let mut times = Vec::with_capacity(QUERIES);
        let mut answers = Vec::with_capacity(QUERIES);
        for at in 0..QUERIES {
            let query = self.query(asked, at);
            let began = Instant::now();
            answers.push(self.index.search(&[self.base], query).await.unwrap());
            times.push(began.elapsed());
        }
        // Afterwards: comparing with all rows between two searches would empty the processor's caches.
        let (mut found, mut wanted) = (0, 0);
        for (at, answer) in answers.iter().take(EXACT).enumerate() {
            if let Some(hits) = answer.by_vector.first() {
                let best = exact(&self.rows, &self.vectors[at], asked.below);
                wanted += best.len();
                found += hits
                    .iter()
                    .filter(|hit| best.contains(&hit.document))
                    .count();
            }
        }
        let recall = f64::from(found as u32) / wanted.max(1) as f64;
        let recall = match asked.vector {
            true => format!(", recall@10 {recall:.3}"),
            false => String::new(),
        };
        println!(
            "{} chunks × {DIMS}, {}: {}{recall}",
            self.rows.len(),
            asked.what,
            told(times)
        );
    }
}

fn told(mut times: Vec<Duration>) -> String {
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    format!("p50 {:.2} ms, p99 {:.2} ms", at(0.5), at(0.99))
}

fn change(row: &Row, numbers: &mut Numbers) -> DocumentChange {
    DocumentChange {
        document: row.id,
        language: Some("en".to_owned()),
        chunks: vec![IndexChunk {
            id: ChunkId::from_bytes(row.id.to_bytes()),
            text: text(numbers, WORDS),
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

/// Words by their rank: one of rank r comes about in proportion to 1/r (inverse of the integral of 1/r).
fn text(numbers: &mut Numbers, words: usize) -> String {
    let word = |_| {
        let share = (numbers.next() % (1 << 24)) as f64 / f64::from(1 << 24);
        format!("w{}", VOCABULARY.powf(share) as u64)
    };
    (0..words).map(word).collect::<Vec<_>>().join(" ")
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

/// Bytes of this process that no file backs.
fn anonymous() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("RssAnon"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
    kilobytes.unwrap().parse::<u64>().unwrap() * 1024
}
