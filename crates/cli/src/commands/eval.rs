//! `headwater eval`: how well a test collection's questions find its documents.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use comfy_table::{Table, presets};
use headwater_knowledge::evaluate::Measures;
use headwater_knowledge::evaluate::collection::{Collection, Holds};
use headwater_model::Code;
use headwater_model::knowledge::retrieval::{Fusion, RetrievalSettings, SearchMode};
use headwater_platform::clock::SystemClock;
use headwater_platform::config::IndexKind;
use headwater_platform::evaluation::{Evaluation, Progress, Reached};
use headwater_store::index::EmbeddedIndex;
use serde_json::json;

use super::Global;
use super::terminal::Terminal;
use crate::problem::{Problem, Result};
use crate::wire::House;

/// So much of a file says what it holds.
const HEAD: usize = 64 * 1024;

/// Measure how well questions find documents, on a test collection
#[derive(Debug, Args)]
pub struct Eval {
    /// A folder with documents, questions and judgements, in TREC's form or as JSON lines
    #[arg(value_name = "DIR", required_unless_present_all = ["documents", "questions", "judgements"])]
    collection: Option<PathBuf>,
    /// The file with the documents; the one in DIR that looks like it when absent
    #[arg(long, value_name = "FILE")]
    documents: Option<PathBuf>,
    /// The file with the questions
    #[arg(long, value_name = "FILE")]
    questions: Option<PathBuf>,
    /// The file that says which documents answer which question
    #[arg(long, value_name = "FILE")]
    judgements: Option<PathBuf>,
    /// Search by vectors of this model, too; it is one that the data directory knows
    #[arg(long, value_name = "MODEL")]
    embedding_model: Option<String>,
    /// How the hybrid search fuses what words and what vectors found
    #[arg(long, value_enum)]
    fusion: Option<FusionName>,
    /// How much vectors weigh in the hybrid search, from 0 to 1
    #[arg(long, value_name = "WEIGHT")]
    vector_weight: Option<f64>,
    /// The language of the documents, such as de; found out for each when absent
    #[arg(long, value_name = "CODE")]
    language: Option<String>,
    /// Where the documents are put and searched; pgvector and qdrant are where the configuration says
    #[arg(long, value_enum, default_value_t = IndexName::Embedded)]
    index: IndexName,
    /// Fail when the last line of the table is below this, such as ndcg@10=0.44; may be repeated
    #[arg(long, value_name = "MEASURE=VALUE", value_parser = threshold)]
    threshold: Vec<Threshold>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum IndexName {
    Embedded,
    Pgvector,
    Qdrant,
}

impl IndexName {
    const fn kind(self) -> IndexKind {
        match self {
            Self::Embedded => IndexKind::Embedded,
            Self::Pgvector => IndexKind::Pgvector,
            Self::Qdrant => IndexKind::Qdrant,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FusionName {
    ReciprocalRank,
    Weighted,
}

/// What a measure must reach.
#[derive(Clone, Debug, PartialEq)]
struct Threshold {
    name: String,
    least: f64,
}

fn threshold(text: &str) -> std::result::Result<Threshold, String> {
    let (name, least) = text
        .split_once('=')
        .ok_or("write a measure and a value, such as ndcg@10=0.44")?;
    let name = name.trim().to_lowercase();
    if !Measures::NAMES.contains(&name.as_str()) {
        return Err(format!("the measures are {}", Measures::NAMES.join(", ")));
    }
    let least = least.trim().parse().ok().filter(|n: &f64| n.is_finite());
    let least = least.ok_or("the value must be a number")?;
    Ok(Threshold { name, least })
}

impl Eval {
    pub async fn run(self, global: &Global, terminal: &Terminal) -> Result<u8> {
        let settings = self.settings()?;
        let collection = self.read()?;
        let directory = tempfile::tempdir().map_err(|e| Problem::new(Code::Internal, e))?;
        let house = if self.embedding_model.is_some() || self.index != IndexName::Embedded {
            Some(House::open(global.load()?).await?)
        } else {
            None
        };
        let evaluation = Evaluation {
            index: match (&house, self.index) {
                (_, IndexName::Embedded) | (None, _) => {
                    Arc::new(EmbeddedIndex::new(directory.path().to_owned()))
                }
                (Some(house), index) => house.index(index.kind()).await?,
            },
            embedder: match (&house, &self.embedding_model) {
                (Some(house), Some(model)) => Some(house.embedder(model).await?),
                _ => None,
            },
            settings,
            clock: Arc::new(SystemClock),
        };
        let bar = terminal.bar(0);
        let reached = evaluation
            .run(&collection, |progress| {
                let (what, done, all) = match progress {
                    Progress::Indexed(done, all) => ("documents indexed", done, all),
                    Progress::Asked(done, all) => ("questions asked", done, all),
                };
                bar.set_message(what);
                bar.set_length(all as u64);
                bar.set_position(done as u64);
            })
            .await;
        bar.finish_and_clear();
        if let Some(house) = house {
            house.close().await;
        }
        let reached = reached?;
        self.report(&collection, &reached, terminal)?;
        Ok(u8::from(!self.holds(&reached, terminal)))
    }

    fn settings(&self) -> Result<RetrievalSettings> {
        let mut settings = RetrievalSettings {
            language: self.language.clone(),
            ..RetrievalSettings::default()
        };
        if let Some(fusion) = self.fusion {
            settings.fusion = match fusion {
                FusionName::ReciprocalRank => Fusion::ReciprocalRank,
                FusionName::Weighted => Fusion::Weighted,
            };
        }
        if let Some(weight) = self.vector_weight {
            settings.vector_weight = weight;
        }
        settings.check()?;
        Ok(settings)
    }

    fn read(&self) -> Result<Collection> {
        let found = match &self.collection {
            Some(dir) => look(dir)?,
            None => Vec::new(),
        };
        let text = |given: &Option<PathBuf>, holds: Holds, what: &str| {
            let looked = found.iter().find(|(known, _)| *known == holds);
            let path = given.as_ref().or(looked.map(|(_, path)| path));
            let path = path.ok_or_else(|| {
                Problem::usage(format!(
                    "No file with {what} was found. Name it with --{what}."
                ))
            })?;
            read(path)
        };
        Ok(Collection::read(
            &text(&self.documents, Holds::Documents, "documents")?,
            &text(&self.questions, Holds::Questions, "questions")?,
            &text(&self.judgements, Holds::Judgements, "judgements")?,
        )?)
    }

    fn report(
        &self,
        collection: &Collection,
        reached: &[Reached],
        terminal: &Terminal,
    ) -> Result<()> {
        if terminal.json {
            return terminal.print_json(&json!({
                "documents": collection.documents.len(),
                "questions": collection.questions.len(),
                "embedding_model": self.embedding_model,
                "searches": reached,
            }));
        }
        let mut table = Table::new();
        table.load_preset(presets::NOTHING);
        let mut head = vec!["search".to_owned()];
        head.extend(Measures::NAMES.map(str::to_owned));
        head.push("ms/question".to_owned());
        table.set_header(head);
        for row in reached {
            let mut cells = vec![name(row.mode).to_owned()];
            let value = |name| row.measures.get(name).unwrap_or_default();
            cells.extend(Measures::NAMES.map(|name| format!("{:.3}", value(name))));
            cells.push(format!("{:.1}", row.millis));
            table.add_row(cells);
        }
        terminal.note(format!(
            "{} documents, {} questions",
            collection.documents.len(),
            collection.questions.len()
        ));
        terminal.line(table)
    }

    /// Whether the last search, which is what a knowledge base would do, reached what it must.
    fn holds(&self, reached: &[Reached], terminal: &Terminal) -> bool {
        let Some(last) = reached.last() else {
            return self.threshold.is_empty();
        };
        let mut holds = true;
        for Threshold {
            name: measure,
            least,
        } in &self.threshold
        {
            let value = last.measures.get(measure).unwrap_or_default();
            if value < *least {
                holds = false;
                terminal.note(format!(
                    "{measure} of the {} search is {value:.4}, below {least}.",
                    name(last.mode)
                ));
            }
        }
        holds
    }
}

const fn name(mode: SearchMode) -> &'static str {
    match mode {
        SearchMode::Lexical => "lexical",
        SearchMode::Vector => "vector",
        SearchMode::Hybrid => "hybrid",
    }
}

/// The files in a folder and the folders in it, and what they hold.
fn look(dir: &Path) -> Result<Vec<(Holds, PathBuf)>> {
    let mut found = Vec::new();
    let mut entries: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(|error| unreadable(dir, &error))? {
        let path = entry.map_err(|error| unreadable(dir, &error))?.path();
        match path.is_dir() {
            true => entries.extend(
                std::fs::read_dir(&path)
                    .into_iter()
                    .flatten()
                    .flatten()
                    .map(|e| e.path()),
            ),
            false => entries.push(path),
        }
    }
    entries.sort();
    for path in entries.into_iter().filter(|path| path.is_file()) {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if let Some(holds) = head(&path).and_then(|head| Holds::of(&name, &head)) {
            found.push((holds, path));
        }
    }
    // Where there are several of a kind, the one that tests are made with.
    found.sort_by_key(|(_, path)| !path.to_string_lossy().contains("test"));
    Ok(found)
}

fn head(path: &Path) -> Option<String> {
    use std::io::Read as _;
    let mut head = Vec::new();
    let file = std::fs::File::open(path).ok()?;
    file.take(HEAD as u64).read_to_end(&mut head).ok()?;
    Some(String::from_utf8_lossy(&head).into_owned())
}

fn read(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn unreadable(path: &Path, error: &std::io::Error) -> Problem {
    Problem::usage(format!("{} cannot be read: {error}.", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_a_measure_and_a_number() {
        let read = threshold("nDCG@10=0.44").unwrap();
        assert_eq!((read.name.as_str(), read.least), ("ndcg@10", 0.44));
        assert!(threshold("f1=1").unwrap_err().contains("ndcg@10"));
        assert!(threshold("map").is_err() && threshold("map=x").is_err());
    }

    #[test]
    fn a_collection_in_a_folder_is_found_by_what_its_files_hold() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("qrels")).unwrap();
        for (name, text) in [
            ("README.md", "# A collection\n"),
            ("corpus.jsonl", "{\"_id\": \"d\", \"text\": \"x\"}\n"),
            ("queries.jsonl", "{\"_id\": \"q\", \"text\": \"x\"}\n"),
            ("qrels/dev.tsv", "q\td\t1\n"),
            ("qrels/test.tsv", "q\td\t1\n"),
        ] {
            std::fs::write(dir.path().join(name), text).unwrap();
        }
        let found = look(dir.path()).unwrap();
        assert_eq!(found.len(), 4);
        let judgements = found.iter().find(|(holds, _)| *holds == Holds::Judgements);
        assert!(judgements.unwrap().1.ends_with("qrels/test.tsv"));
    }
}
