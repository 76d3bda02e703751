//! How rare words are in several indexes together, so that scores of one are comparable with the others'.

use tantivy::query::Bm25StatisticsProvider;
use tantivy::schema::Field;
use tantivy::{Searcher, Term};

pub(super) struct Together<'s>(pub(super) Vec<&'s Searcher>);

impl Bm25StatisticsProvider for Together<'_> {
    fn total_num_tokens(&self, field: Field) -> tantivy::Result<u64> {
        sum(&self.0, |one| one.total_num_tokens(field))
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        sum(&self.0, |one| one.total_num_docs())
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        sum(&self.0, |one| one.doc_freq(term))
    }
}

fn sum(
    all: &[&Searcher],
    of: impl Fn(&dyn Bm25StatisticsProvider) -> tantivy::Result<u64>,
) -> tantivy::Result<u64> {
    all.iter()
        .try_fold(0, |sum, one| of(*one).map(|more| sum + more))
}
