//! The index of one knowledge base: words and fields in tantivy, vectors in files beside it.
//!
//! Tantivy's commit is the only one there is. It names the files of vectors that belong to it, and a
//! vector is alive while a row of tantivy has its key; so words and vectors change together, and a
//! crash leaves either the old or the new of both.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use headwater_model::ports::passage_index::{DocumentChange, IndexBatch, IndexChunk};
use headwater_model::{Error, Result};
use parking_lot::{Mutex, RwLock};
use serde::{Deserialize, Serialize};
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::{
    Index, IndexReader, IndexWriter, ReloadPolicy, Searcher, TantivyDocument, TantivyError, Term,
};

use super::filter;
use super::marks::{Marks, living};
use super::vectors::{NewRow, Vectors};
use super::words::{self, Language};

/// Raised whenever fields, words or vectors change: older indexes are rebuilt.
const FORMAT: u32 = 3;
/// The smallest buffer tantivy accepts is 15 MB.
const HEAP: usize = 20_000_000;
/// With less free space than this a commit may well have failed for want of it.
const ROOM: usize = 8 << 20;
/// So much of a document tells its language.
const TELLING: usize = 4_096;

pub(super) struct Base {
    dir: PathBuf,
    index: Index,
    reader: IndexReader,
    fields: Fields,
    /// What searches see: replaced as a whole after a commit.
    now: RwLock<Arc<Snapshot>>,
    /// Tantivy allows one writer at a time.
    writing: Mutex<()>,
}

/// One commit, readable while the next one is made.
pub(super) struct Snapshot {
    pub(super) searcher: Searcher,
    pub(super) fields: Fields,
    pub(super) vectors: Vectors,
    pub(super) alive: Marks,
    version: u64,
    next_key: u64,
}

#[derive(Clone, Copy)]
pub(super) struct Fields {
    pub(super) chunk: Field,
    pub(super) document: Field,
    pub(super) heading: Field,
    pub(super) body: Field,
    pub(super) meta: Field,
    pub(super) language: Field,
    key: Field,
}

/// The name of the field that ties rows to vectors.
pub(super) const KEY: &str = "key";

/// What a commit says about itself.
#[derive(Default, Serialize, Deserialize)]
struct Payload {
    format: u32,
    version: u64,
    next_key: u64,
    /// The files of vectors, oldest first.
    vectors: Vec<String>,
}

impl Base {
    pub(super) fn create(dir: &Path) -> tantivy::Result<Self> {
        Self::of(dir, Index::create_in_dir(dir, schema().0)?)
    }

    /// Opens what is there; an index of another format is an error, and so is one with a damaged file.
    pub(super) fn open(dir: &Path) -> tantivy::Result<Self> {
        let index = Index::open_in_dir(dir)?;
        if index.schema() != schema().0 {
            return Err(other_format());
        }
        Self::of(dir, index)
    }

    fn of(dir: &Path, index: Index) -> tantivy::Result<Self> {
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .doc_store_cache_num_blocks(4)
            .try_into()?;
        let payload = match index.load_metas()?.payload {
            Some(text) => read_payload(&text)?,
            None => Payload::default(),
        };
        let fields = schema().1;
        let vectors = Vectors::open(dir, &payload.vectors)?;
        vectors.sweep(dir);
        let now = snapshot(&reader, fields, vectors, payload.version, payload.next_key)?;
        Ok(Self {
            dir: dir.to_owned(),
            index,
            reader,
            fields,
            now: RwLock::new(Arc::new(now)),
            writing: Mutex::new(()),
        })
    }

    pub(super) fn version(&self) -> u64 {
        self.now.read().version
    }

    /// What was committed last.
    pub(super) fn now(&self) -> Arc<Snapshot> {
        self.now.read().clone()
    }

    pub(super) fn apply(&self, batch: &IndexBatch) -> Result<()> {
        let _one_at_a_time = self.writing.lock();
        self.write(batch).map_err(|error| {
            let error = Error::storage(error);
            // Tantivy's threads do not say why they ended.
            match error.is_disk_full() || has_room(&self.dir) {
                true => error,
                false => Error::disk_full(error),
            }
        })
    }

    fn write(&self, batch: &IndexBatch) -> tantivy::Result<()> {
        let before = self.now();
        let mut writer: IndexWriter = self.index.writer_with_num_threads(1, HEAP)?;
        let mut next_key = before.next_key;
        let mut rows = Vec::new();
        for change in &batch.changes {
            let document = change.document.to_string();
            writer.delete_term(Term::from_field_text(self.fields.document, &document));
            let language = language_of(change);
            for chunk in &change.chunks {
                writer.add_document(self.row(chunk, &document, language, next_key))?;
                rows.extend(chunk.vectors.iter().map(|vector| NewRow {
                    key: next_key,
                    chunk: chunk.id,
                    document: change.document,
                    vector,
                }));
                next_key += 1;
            }
        }
        let vectors = before
            .vectors
            .with(&self.dir, &rows, &before.alive, &batch.spaces)?;
        let payload = Payload {
            format: FORMAT,
            version: batch.version,
            next_key,
            vectors: vectors.names(),
        };
        let payload = serde_json::to_string(&payload)
            .map_err(|error| TantivyError::SystemError(error.to_string()))?;
        let mut commit = writer.prepare_commit()?;
        commit.set_payload(&payload);
        commit.commit()?;
        writer.wait_merging_threads()?;
        self.reader.reload()?;
        let now = snapshot(&self.reader, self.fields, vectors, batch.version, next_key)?;
        now.vectors.sweep(&self.dir);
        *self.now.write() = Arc::new(now);
        Ok(())
    }

    fn row(
        &self,
        chunk: &IndexChunk,
        document: &str,
        language: Language,
        key: u64,
    ) -> TantivyDocument {
        let fields = self.fields;
        let mut row = TantivyDocument::new();
        row.add_text(fields.chunk, chunk.id.to_string());
        row.add_text(fields.document, document);
        row.add_text(fields.language, language.code);
        row.add_u64(fields.key, key);
        let mut heading = chunk.document_name.clone();
        if let Some(text) = &chunk.heading {
            heading.push('\n');
            heading.push_str(text);
        }
        row.add_pre_tokenized_text(fields.heading, words::of_document(&heading, language));
        row.add_pre_tokenized_text(fields.body, words::of_document(&chunk.text, language));
        for (name, value) in &chunk.fields {
            for term in filter::terms(name, value) {
                row.add_text(fields.meta, term);
            }
        }
        row
    }
}

impl Snapshot {
    /// The languages of what is there, the commonest first.
    pub(super) fn languages(&self) -> tantivy::Result<Vec<(Language, u64)>> {
        let mut found: Vec<(Language, u64)> = Vec::new();
        for segment in self.searcher.segment_readers() {
            let index = segment.inverted_index(self.fields.language)?;
            let mut terms = index.terms().stream()?;
            while let Some((code, info)) = terms.next() {
                let language = Language::of_code(&String::from_utf8_lossy(code));
                let count = u64::from(info.doc_freq);
                match found.iter_mut().find(|(known, _)| *known == language) {
                    Some((_, sum)) => *sum += count,
                    None => found.push((language, count)),
                }
            }
        }
        Ok(found)
    }
}

fn snapshot(
    reader: &IndexReader,
    fields: Fields,
    vectors: Vectors,
    version: u64,
    next_key: u64,
) -> tantivy::Result<Snapshot> {
    let searcher = reader.searcher();
    Ok(Snapshot {
        alive: living(&searcher, KEY)?,
        searcher,
        fields,
        vectors,
        version,
        next_key,
    })
}

/// The language somebody said it is in, or the one that its beginning tells.
pub(super) fn language_of(change: &DocumentChange) -> Language {
    if let Some(code) = &change.language {
        return Language::of_code(code);
    }
    let mut text = String::new();
    for chunk in &change.chunks {
        text.push_str(&chunk.text);
        text.push('\n');
        if text.len() >= TELLING {
            break;
        }
    }
    Language::of_text(&text)
}

fn schema() -> (Schema, Fields) {
    let indexing = TextFieldIndexing::default().set_index_option(IndexRecordOption::WithFreqs);
    let text = TextOptions::default().set_indexing_options(indexing);
    let mut schema = Schema::builder();
    let fields = Fields {
        // Only ids are stored: passages are read from the database, which knows what is deleted.
        chunk: schema.add_text_field("chunk", STORED),
        document: schema.add_text_field("document", STRING | STORED),
        heading: schema.add_text_field("heading", text.clone()),
        body: schema.add_text_field("body", text),
        meta: schema.add_text_field("meta", STRING),
        language: schema.add_text_field("language", STRING),
        key: schema.add_u64_field(KEY, FAST | INDEXED),
    };
    (schema.build(), fields)
}

fn read_payload(text: &str) -> tantivy::Result<Payload> {
    match serde_json::from_str::<Payload>(text) {
        Ok(payload) if payload.format == FORMAT => Ok(payload),
        _ => Err(other_format()),
    }
}

fn other_format() -> TantivyError {
    TantivyError::SchemaError("another format".to_owned())
}

/// Whether something of a usual size can be written to a directory's disk.
fn has_room(dir: &Path) -> bool {
    let probe = dir.join("room.probe");
    let written = std::fs::write(&probe, vec![0_u8; ROOM]);
    // There may be none to remove.
    let _ = std::fs::remove_file(&probe);
    written.is_ok()
}
