//! How well a collection's questions find its documents: the same chunks, index and ranking as for
//! knowledge bases, without a database.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use headwater_knowledge::chunk::chunk;
use headwater_knowledge::evaluate::collection::{Collection, Question};
use headwater_knowledge::evaluate::{Measures, measure};
use headwater_knowledge::rank;
use headwater_model::id::{ChunkId, DocumentId, KnowledgeBaseId, WorkspaceId};
use headwater_model::knowledge::retrieval::{RetrievalSettings, SearchMode};
use headwater_model::ports::{
    DocumentChange, Embed, EmbedRequest, IndexBatch, IndexChunk, IndexHit, IndexQuery, IndexVector,
    PassageIndex, Purpose,
};
use headwater_model::{Clock, Error, Result};
use serde::Serialize;

/// Documents that enter the index together.
const DOCUMENTS: usize = 1_000;
/// Texts that are embedded together.
const TEXTS: usize = 64;
/// As many passages as a search may give at most.
const PASSAGES: u32 = 50;
/// As deep as rankings are usually judged; only a fused one is of what the product fuses.
const WHOLE: u32 = 1_000;

/// What embeds, for one evaluation.
#[derive(Clone)]
pub struct Embedder {
    pub embed: Arc<dyn Embed>,
    pub workspace: WorkspaceId,
    pub model: String,
}

/// What an evaluation is done with.
pub struct Evaluation {
    /// Where documents are put and searched; they are taken out again.
    pub index: Arc<dyn PassageIndex>,
    /// Without one only words are searched.
    pub embedder: Option<Embedder>,
    /// Fusion and weight of the hybrid search.
    pub settings: RetrievalSettings,
    pub clock: Arc<dyn Clock>,
}

/// What one way of searching reached.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reached {
    pub mode: SearchMode,
    /// Means over all questions.
    pub measures: Measures,
    /// Milliseconds per question, embedding it included.
    pub millis: f64,
}

/// How far an evaluation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// So many of so many documents are in the index.
    Indexed(usize, usize),
    /// So many of so many questions were asked.
    Asked(usize, usize),
}

impl Evaluation {
    /// Indexes the documents, asks all questions in every mode there is, and measures. The hybrid
    /// search, where there is one, comes last.
    pub async fn run(
        &self,
        collection: &Collection,
        mut tell: impl FnMut(Progress),
    ) -> Result<Vec<Reached>> {
        let base = KnowledgeBaseId::new(self.clock.now(), crate::random());
        let reached = self.measure(base, collection, &mut tell).await;
        self.index.remove(base).await?;
        reached
    }

    async fn measure(
        &self,
        base: KnowledgeBaseId,
        collection: &Collection,
        tell: &mut impl FnMut(Progress),
    ) -> Result<Vec<Reached>> {
        let keys = self.fill(base, collection, tell).await?;
        let modes: &[SearchMode] = match self.embedder {
            Some(_) => &[SearchMode::Lexical, SearchMode::Vector, SearchMode::Hybrid],
            None => &[SearchMode::Lexical],
        };
        let all = modes.len() * collection.questions.len();
        let mut reached = Vec::with_capacity(modes.len());
        for (place, mode) in modes.iter().enumerate() {
            let mut measured = Vec::with_capacity(collection.questions.len());
            let began = self.clock.now();
            for (asked, question) in collection.questions.iter().enumerate() {
                let ranking = self.ask(base, question, *mode, &keys).await?;
                measured.extend(measure(&ranking, &question.judged));
                tell(Progress::Asked(
                    place * collection.questions.len() + asked + 1,
                    all,
                ));
            }
            let took = self.clock.now().as_millis() - began.as_millis();
            reached.push(Reached {
                mode: *mode,
                millis: took as f64 / measured.len().max(1) as f64,
                measures: Measures::mean(&measured),
            });
        }
        Ok(reached)
    }

    /// Cuts, embeds and indexes the documents; gives their keys by id.
    async fn fill(
        &self,
        base: KnowledgeBaseId,
        collection: &Collection,
        tell: &mut impl FnMut(Progress),
    ) -> Result<HashMap<DocumentId, String>> {
        let mut keys = HashMap::with_capacity(collection.documents.len());
        let spaces = self.embedder.iter().map(|e| e.model.as_str().into());
        let spaces: Vec<Arc<str>> = spaces.collect();
        for (version, documents) in (1..).zip(collection.documents.chunks(DOCUMENTS)) {
            let mut changes = Vec::with_capacity(documents.len());
            for document in documents {
                let id = DocumentId::new(self.clock.now(), crate::random());
                let drafts = chunk(&document.parsed());
                let chunks = drafts.into_iter().map(|draft| IndexChunk {
                    id: ChunkId::new(self.clock.now(), crate::random()),
                    text: draft.text,
                    heading: draft.heading,
                    // The keys of a collection are no names that anybody looks for.
                    document_name: String::new(),
                    fields: Vec::new(),
                    vectors: Vec::new(),
                });
                changes.push(DocumentChange {
                    document: id,
                    language: self.settings.language.clone(),
                    chunks: chunks.collect(),
                });
                keys.insert(id, document.key.clone());
            }
            self.embed(&mut changes).await?;
            let batch = IndexBatch {
                changes,
                version,
                spaces: spaces.clone(),
            };
            self.index.apply(base, batch).await?;
            tell(Progress::Indexed(keys.len(), collection.documents.len()));
        }
        Ok(keys)
    }

    async fn embed(&self, changes: &mut [DocumentChange]) -> Result<()> {
        let Some(embedder) = &self.embedder else {
            return Ok(());
        };
        let space: Arc<str> = embedder.model.as_str().into();
        let mut chunks: Vec<&mut IndexChunk> =
            changes.iter_mut().flat_map(|c| &mut c.chunks).collect();
        for batch in chunks.chunks_mut(TEXTS) {
            let texts = batch.iter().map(|chunk| match &chunk.heading {
                Some(heading) => format!("{heading}\n{}", chunk.text).into(),
                None => chunk.text.as_str().into(),
            });
            let vectors = embedder.embed(Purpose::Passage, texts.collect()).await?;
            for (chunk, values) in batch.iter_mut().zip(vectors) {
                chunk.vectors.push(IndexVector {
                    space: space.clone(),
                    values,
                });
            }
        }
        Ok(())
    }

    /// The keys of the documents that one question finds, best first.
    async fn ask(
        &self,
        base: KnowledgeBaseId,
        question: &Question,
        mode: SearchMode,
        keys: &HashMap<DocumentId, String>,
    ) -> Result<Vec<String>> {
        let mut vectors = Vec::new();
        if let (Some(embedder), true) = (&self.embedder, mode != SearchMode::Lexical) {
            let texts = vec![question.text.as_str().into()];
            let values = embedder.embed(Purpose::Query, texts).await?;
            vectors.extend(values.into_iter().map(|values| IndexVector {
                space: embedder.model.as_str().into(),
                values,
            }));
        }
        let query = IndexQuery {
            text: (mode != SearchMode::Vector).then(|| question.text.clone()),
            vectors,
            limit: match mode {
                SearchMode::Hybrid => rank::depth(PASSAGES),
                SearchMode::Lexical | SearchMode::Vector => WHOLE,
            },
            ..IndexQuery::default()
        };
        let found = self.index.search(&[base], query).await?;
        let hits = found
            .by_words
            .iter()
            .chain(found.by_vector.iter().flatten());
        let documents: HashMap<ChunkId, DocumentId> = hits
            .map(|hit: &IndexHit| (hit.chunk, hit.document))
            .collect();
        // A document stands where its best chunk does.
        let mut seen = HashSet::new();
        Ok(rank::rank(&found, mode, &self.settings, &[])
            .into_iter()
            .filter_map(|ranked| documents.get(&ranked.chunk))
            .filter(|document| seen.insert(**document))
            .filter_map(|document| keys.get(document).cloned())
            .collect())
    }
}

impl Embedder {
    async fn embed(&self, purpose: Purpose, texts: Vec<Arc<str>>) -> Result<Vec<Vec<f32>>> {
        let wanted = texts.len();
        let request = EmbedRequest {
            workspace: self.workspace,
            model: self.model.clone(),
            purpose,
            texts,
        };
        let vectors = self.embed.embed(request).await?.vectors;
        if vectors.len() != wanted {
            return Err(Error::internal("not one vector per text"));
        }
        Ok(vectors)
    }
}
