//! The index of one knowledge base.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use headwater_model::ports::passage_index::DocumentChange;
use headwater_model::ports::{IndexHit, IndexQuery};
use headwater_model::{Error, Result};
use parking_lot::Mutex;
use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, BoostQuery, Occur, Query, TermQuery};
use tantivy::schema::{
    Field, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions, Value as _,
};
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, TantivyDocument, TantivyError, Term};

use super::words;

/// Raised whenever fields or words change: older indexes are rebuilt.
const FORMAT: u32 = 1;
/// The smallest buffer tantivy accepts is 15 MB.
const HEAP: usize = 20_000_000;
/// A match in a heading or name weighs a little more than its shortness already makes it.
const HEADING_BOOST: f32 = 1.1;
/// A question of more different words than this is a document; its first words will do.
const MOST_WORDS: usize = 96;

pub(super) struct Base {
    index: Index,
    reader: IndexReader,
    fields: Fields,
    version: AtomicU64,
    /// Tantivy allows one writer at a time.
    writing: Mutex<()>,
}

#[derive(Clone, Copy)]
struct Fields {
    chunk: Field,
    document: Field,
    heading: Field,
    body: Field,
}

impl Base {
    pub(super) fn create(dir: &Path) -> tantivy::Result<Self> {
        Self::of(Index::create_in_dir(dir, schema().0)?, 0)
    }

    /// Opens what is there; an index of another format is an error.
    pub(super) fn open(dir: &Path) -> tantivy::Result<Self> {
        let index = Index::open_in_dir(dir)?;
        if index.schema() != schema().0 {
            return Err(TantivyError::SchemaError("another format".to_owned()));
        }
        let version = match index.load_metas()?.payload {
            Some(payload) => read_payload(&payload)
                .ok_or_else(|| TantivyError::SchemaError("another format".to_owned()))?,
            None => 0,
        };
        Self::of(index, version)
    }

    fn of(index: Index, version: u64) -> tantivy::Result<Self> {
        index.tokenizers().register(words::NAME, words::analyser());
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .doc_store_cache_num_blocks(4)
            .try_into()?;
        Ok(Self {
            index,
            reader,
            fields: schema().1,
            version: AtomicU64::new(version),
            writing: Mutex::new(()),
        })
    }

    pub(super) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    pub(super) fn apply(&self, changes: &[DocumentChange], version: u64) -> Result<()> {
        let _one_at_a_time = self.writing.lock();
        self.write(changes, version).map_err(Error::internal)?;
        self.version.store(version, Ordering::Release);
        Ok(())
    }

    fn write(&self, changes: &[DocumentChange], version: u64) -> tantivy::Result<()> {
        let mut writer: IndexWriter = self.index.writer_with_num_threads(1, HEAP)?;
        let fields = self.fields;
        for change in changes {
            let document = change.document.to_string();
            writer.delete_term(Term::from_field_text(fields.document, &document));
            for chunk in &change.chunks {
                let mut row = TantivyDocument::new();
                row.add_text(fields.chunk, chunk.id.to_string());
                row.add_text(fields.document, &document);
                row.add_text(fields.heading, &chunk.document_name);
                if let Some(heading) = &chunk.heading {
                    row.add_text(fields.heading, heading);
                }
                row.add_text(fields.body, &chunk.text);
                writer.add_document(row)?;
            }
        }
        let mut commit = writer.prepare_commit()?;
        commit.set_payload(&format!("{FORMAT}:{version}"));
        commit.commit()?;
        writer.wait_merging_threads()?;
        self.reader.reload()
    }

    pub(super) fn search(&self, query: &IndexQuery) -> tantivy::Result<Vec<IndexHit>> {
        let Some(wanted) = self.query(&query.text) else {
            return Ok(Vec::new());
        };
        let searcher = self.reader.searcher();
        let limit = query.limit.clamp(1, 1_000) as usize;
        let top = searcher.search(&wanted, &TopDocs::with_limit(limit).order_by_score())?;
        top.into_iter()
            .map(|(score, address)| {
                let row: TantivyDocument = searcher.doc(address)?;
                let text = |field| row.get_first(field).and_then(|value| value.as_str());
                let chunk = text(self.fields.chunk).and_then(|id| id.parse().ok());
                let document = text(self.fields.document).and_then(|id| id.parse().ok());
                let (Some(chunk), Some(document)) = (chunk, document) else {
                    return Err(TantivyError::SchemaError("a row without ids".to_owned()));
                };
                Ok(IndexHit {
                    chunk,
                    document,
                    score: f64::from(score),
                })
            })
            .collect()
    }

    /// Any of the words, in body or heading; `None` when there is no word to look for.
    fn query(&self, text: &str) -> Option<BooleanQuery> {
        let asked: BTreeSet<String> = words::of_query(text).into_iter().take(MOST_WORDS).collect();
        let mut parts: Vec<(Occur, Box<dyn Query>)> = Vec::with_capacity(asked.len() * 2);
        for word in &asked {
            let term = |field| {
                TermQuery::new(
                    Term::from_field_text(field, word),
                    IndexRecordOption::WithFreqs,
                )
            };
            let heading = BoostQuery::new(Box::new(term(self.fields.heading)), HEADING_BOOST);
            parts.push((Occur::Should, Box::new(term(self.fields.body))));
            parts.push((Occur::Should, Box::new(heading)));
        }
        (!parts.is_empty()).then(|| BooleanQuery::new(parts))
    }
}

fn schema() -> (Schema, Fields) {
    let indexing = TextFieldIndexing::default()
        .set_tokenizer(words::NAME)
        .set_index_option(IndexRecordOption::WithFreqs);
    let text = TextOptions::default().set_indexing_options(indexing);
    let mut schema = Schema::builder();
    let fields = Fields {
        // Only ids are stored: passages are read from the database, which knows what is deleted.
        chunk: schema.add_text_field("chunk", STORED),
        document: schema.add_text_field("document", STRING | STORED),
        heading: schema.add_text_field("heading", text.clone()),
        body: schema.add_text_field("body", text),
    };
    (schema.build(), fields)
}

fn read_payload(payload: &str) -> Option<u64> {
    let (format, version) = payload.split_once(':')?;
    (format == FORMAT.to_string())
        .then(|| version.parse().ok())
        .flatten()
}
