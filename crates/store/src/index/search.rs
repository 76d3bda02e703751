//! One search in one or several indexes, as if they were one.

use std::sync::Arc;

use headwater_model::id::KnowledgeBaseId;
use headwater_model::ports::{IndexHit, IndexQuery};
use tantivy::collector::TopDocs;
use tantivy::query::{
    BooleanQuery, BoostQuery, ConstScoreQuery, DisjunctionMaxQuery, Occur, Query, TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption, Value as _};
use tantivy::{TantivyDocument, TantivyError, Term};

use super::base::{Fields, KEY, Snapshot};
use super::filter;
use super::marks::{Keys, Marks};
use super::statistics::Together;
use super::words::{self, Language};

/// A match in a heading or name weighs a little more than its shortness already makes it.
pub(super) const HEADING_BOOST: f32 = 1.1;
/// A question of more different words than this is a document; its first words will do.
pub(super) const MOST_WORDS: usize = 96;
/// A question is asked in at most this many of the languages there are.
pub(super) const MOST_LANGUAGES: usize = 4;

/// What is searched together.
pub(super) struct Search<'q> {
    pub(super) snapshots: Vec<(KnowledgeBaseId, Arc<Snapshot>)>,
    pub(super) query: &'q IndexQuery,
}

/// A failure, and the base whose index it is about.
pub(super) type Failed = (KnowledgeBaseId, TantivyError);

impl Search<'_> {
    /// The chunks with the query's words, best first.
    pub(super) fn by_words(&self, text: &str) -> Result<Vec<IndexHit>, Failed> {
        let asked = words::of_query(text, &self.languages()?);
        let asked = &asked[..asked.len().min(MOST_WORDS)];
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let searchers = self.snapshots.iter().map(|(_, now)| &now.searcher);
        let together = Together(searchers.collect());
        let mut hits = Vec::new();
        for (base, now) in &self.snapshots {
            let found = self.words_of(*base, now, asked, &together);
            hits.extend(found.map_err(|error| (*base, error))?);
        }
        Ok(self.best(hits))
    }

    fn words_of(
        &self,
        base: KnowledgeBaseId,
        now: &Snapshot,
        asked: &[Vec<String>],
        together: &Together<'_>,
    ) -> tantivy::Result<Vec<IndexHit>> {
        let mut wanted: Vec<(Occur, Box<dyn Query>)> = Vec::with_capacity(2);
        wanted.push((Occur::Must, any_word(asked, now.fields)));
        if let Some(filter) = &self.query.filter {
            let only = filter::query(filter, now.fields.meta)?;
            wanted.push((Occur::Must, Box::new(ConstScoreQuery::new(only, 0.0))));
        }
        let top = now.searcher.search_with_statistics_provider(
            &BooleanQuery::new(wanted),
            &TopDocs::with_limit(self.limit()).order_by_score(),
            together,
        )?;
        top.into_iter()
            .map(|(score, address)| {
                let row: TantivyDocument = now.searcher.doc(address)?;
                let text = |field: Field| row.get_first(field).and_then(|value| value.as_str());
                let chunk = text(now.fields.chunk).and_then(|id| id.parse().ok());
                let document = text(now.fields.document).and_then(|id| id.parse().ok());
                let (Some(chunk), Some(document)) = (chunk, document) else {
                    return Err(TantivyError::SchemaError("a row without ids".to_owned()));
                };
                Ok(IndexHit {
                    base,
                    chunk,
                    document,
                    score: f64::from(score),
                    vector: None,
                })
            })
            .collect()
    }

    /// For each vector of the query the chunks whose vectors are closest to it, best first.
    pub(super) fn by_vector(&self) -> Result<Vec<Vec<IndexHit>>, Failed> {
        let mut lists = vec![Vec::new(); self.query.vectors.len()];
        if lists.is_empty() {
            return Ok(lists);
        }
        for (base, now) in &self.snapshots {
            let allowed = self.allowed(now).map_err(|error| (*base, error))?;
            let allowed = allowed.as_ref().unwrap_or(&now.alive);
            for (vector, list) in self.query.vectors.iter().zip(&mut lists) {
                let found = now.vectors.search(vector, allowed, self.limit());
                list.extend(found.into_iter().map(|found| IndexHit {
                    base: *base,
                    chunk: found.chunk,
                    document: found.document,
                    score: f64::from(found.score),
                    vector: self.query.with_vectors.then(|| found.vector.into()),
                }));
            }
        }
        Ok(lists.into_iter().map(|list| self.best(list)).collect())
    }

    /// The keys of the chunks that match the filter; `None` when there is no filter.
    fn allowed(&self, now: &Snapshot) -> tantivy::Result<Option<Marks>> {
        let Some(filter) = &self.query.filter else {
            return Ok(None);
        };
        let query = filter::query(filter, now.fields.meta)?;
        now.searcher.search(&query, &Keys(KEY)).map(Some)
    }

    /// The commonest languages of all that is searched.
    fn languages(&self) -> Result<Vec<Language>, Failed> {
        let mut all: Vec<(Language, u64)> = Vec::new();
        for (base, now) in &self.snapshots {
            for (language, count) in now.languages().map_err(|error| (*base, error))? {
                match all.iter_mut().find(|(known, _)| *known == language) {
                    Some((_, sum)) => *sum += count,
                    None => all.push((language, count)),
                }
            }
        }
        all.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.code.cmp(b.0.code)));
        all.truncate(MOST_LANGUAGES);
        Ok(all.into_iter().map(|(language, _)| language).collect())
    }

    fn best(&self, mut hits: Vec<IndexHit>) -> Vec<IndexHit> {
        hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.chunk.cmp(&b.chunk)));
        hits.truncate(self.limit());
        hits
    }

    fn limit(&self) -> usize {
        self.query.limit.clamp(1, 1_000) as usize
    }
}

/// Any of the words, in body or heading. Of a word's forms in several languages the best counts.
fn any_word(asked: &[Vec<String>], fields: Fields) -> Box<dyn Query> {
    let mut parts: Vec<(Occur, Box<dyn Query>)> = Vec::with_capacity(asked.len() * 2);
    for forms in asked {
        let heading = BoostQuery::new(any_form(forms, fields.heading), HEADING_BOOST);
        parts.push((Occur::Should, any_form(forms, fields.body)));
        parts.push((Occur::Should, Box::new(heading)));
    }
    Box::new(BooleanQuery::new(parts))
}

fn any_form(forms: &[String], field: Field) -> Box<dyn Query> {
    let term = |form: &String| -> Box<dyn Query> {
        Box::new(TermQuery::new(
            Term::from_field_text(field, form),
            IndexRecordOption::WithFreqs,
        ))
    };
    match forms {
        [form] => term(form),
        forms => Box::new(DisjunctionMaxQuery::new(forms.iter().map(term).collect())),
    }
}
