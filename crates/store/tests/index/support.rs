//! Bases, documents and chunks for tests of indexes.

use headwater_model::Timestamp;
use headwater_model::id::{ChunkId, DocumentId, KnowledgeBaseId};
use headwater_model::knowledge::filter::FieldValue;
use headwater_model::ports::{
    DocumentChange, IndexBatch, IndexChunk, IndexFound, IndexQuery, IndexVector, PassageIndex,
};

pub const AT: Timestamp = Timestamp::from_millis(1_700_000_000_000);
pub const SPACE: &str = "local/small";

pub fn base() -> KnowledgeBaseId {
    KnowledgeBaseId::new(AT, 7 << 64)
}

pub fn document(n: u128) -> DocumentId {
    DocumentId::new(AT, n << 64)
}

pub fn chunk(text: &str) -> IndexChunk {
    IndexChunk {
        id: ChunkId::new(AT, 0),
        text: text.to_owned(),
        heading: None,
        document_name: String::new(),
        fields: Vec::new(),
        vectors: Vec::new(),
    }
}

pub fn with_field(mut chunk: IndexChunk, name: &str, value: impl Into<FieldValue>) -> IndexChunk {
    chunk.fields.push((name.to_owned(), value.into()));
    chunk
}

pub fn with_vector(mut chunk: IndexChunk, space: &str, values: &[f32]) -> IndexChunk {
    chunk.vectors.push(vector(space, values));
    chunk
}

/// A vector, brought to unit length.
pub fn vector(space: &str, values: &[f32]) -> IndexVector {
    let length = values.iter().map(|x| x * x).sum::<f32>().sqrt();
    IndexVector {
        space: space.into(),
        values: values.iter().map(|x| x / length).collect(),
    }
}

/// A document with these chunks, which get ids of their own.
pub fn of(n: u128, mut chunks: Vec<IndexChunk>) -> DocumentChange {
    for (i, chunk) in (0..).zip(&mut chunks) {
        chunk.id = ChunkId::new(AT, (n * 1_000 + i) << 64);
        chunk.document_name = format!("file-{n}.md");
    }
    DocumentChange {
        document: document(n),
        language: None,
        chunks,
    }
}

/// A document with these texts.
pub fn change(n: u128, texts: &[&str]) -> DocumentChange {
    of(n, texts.iter().map(|text| chunk(text)).collect())
}

pub fn batch(version: u64, changes: Vec<DocumentChange>) -> IndexBatch {
    IndexBatch {
        changes,
        version,
        spaces: vec![SPACE.into()],
    }
}

pub async fn apply(index: &dyn PassageIndex, version: u64, changes: Vec<DocumentChange>) {
    index.apply(base(), batch(version, changes)).await.unwrap();
}

pub fn words(text: &str) -> IndexQuery {
    IndexQuery {
        text: Some(text.to_owned()),
        limit: 10,
        ..IndexQuery::default()
    }
}

pub fn near(space: &str, values: &[f32]) -> IndexQuery {
    IndexQuery {
        vectors: vec![vector(space, values)],
        limit: 10,
        ..IndexQuery::default()
    }
}

pub async fn search(index: &dyn PassageIndex, query: IndexQuery) -> IndexFound {
    let found = index.search(&[base()], query).await.unwrap();
    for list in found.by_vector.iter().chain([&found.by_words]) {
        assert!(list.windows(2).all(|pair| pair[0].score >= pair[1].score));
    }
    found
}

/// The documents that have the words, best first.
pub async fn find(index: &dyn PassageIndex, text: &str) -> Vec<DocumentId> {
    let found = search(index, words(text)).await;
    found.by_words.into_iter().map(|hit| hit.document).collect()
}

/// The documents with the closest vectors, best first.
pub async fn closest(index: &dyn PassageIndex, values: &[f32]) -> Vec<DocumentId> {
    let found = search(index, near(SPACE, values)).await;
    let hits = found.by_vector.into_iter().flatten();
    hits.map(|hit| hit.document).collect()
}

/// Numbers that look random and are the same each time.
pub struct Numbers(u64);

impl Numbers {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From -1 to 1, most of them near 0.
    pub fn value(&mut self) -> f32 {
        let sum: f32 = (0..4)
            .map(|_| (self.next() >> 40) as f32 / (1 << 24) as f32)
            .sum();
        sum / 2.0 - 1.0
    }

    /// Around one of `centres`, as vectors of texts are.
    pub fn around(&mut self, centres: &[Vec<f32>], wide: f32) -> Vec<f32> {
        let centre = &centres[self.next() as usize % centres.len()];
        let values: Vec<f32> = centre.iter().map(|x| x + wide * self.value()).collect();
        let length = values.iter().map(|x| x * x).sum::<f32>().sqrt();
        values.into_iter().map(|x| x / length).collect()
    }

    pub fn centres(&mut self, count: usize, dims: usize) -> Vec<Vec<f32>> {
        (0..count)
            .map(|_| (0..dims).map(|_| self.value()).collect())
            .collect()
    }
}
