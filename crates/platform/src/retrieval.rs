//! Finding passages: for flows through the port, for people and programs through the search API.

mod asked;

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use headwater_knowledge::boost::{boosted, factor};
use headwater_knowledge::rank::{self, Ranked};
use headwater_knowledge::retrieve::{Found, Wanted, assemble, distinct, judged};
use headwater_model::access::{Caller, Permission};
use headwater_model::id::{KnowledgeBaseId, WorkspaceId};
use headwater_model::knowledge::Passage;
use headwater_model::knowledge::retrieval::{
    RetrievalSettings, SearchMode, SearchNote, SearchOptions,
};
use headwater_model::ports::{
    Embed, IndexFound, IndexQuery, Rerank, Retrieve, RetrieveRequest, Retrieved,
};
use headwater_model::usage::Usage;
use headwater_model::{Clock, Code, Error, Result};
use headwater_store::Store;
use headwater_store::knowledge::IndexedBase;

use crate::indexer::Indexer;
use crate::{Platform, telemetry};
use asked::Asked;

/// A longer question is a document.
const LONGEST_QUERY: usize = 10_000;
/// The most passages one search returns.
const MOST: u32 = 50;
/// The most wordings of one question.
const WORDINGS: usize = 8;
/// Of what was found so many are read for each passage that is wanted: some may be gone, and texts
/// that say the same are shown once.
const READ: usize = 4;
/// So many of what was found may come forward by a boost.
const BOOSTED: usize = 300;

/// Searches knowledge bases of any workspace it is told.
pub(crate) struct Retrieval {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) indexer: Arc<Indexer>,
    pub(crate) embed: Arc<dyn Embed>,
    pub(crate) rerank: Arc<dyn Rerank>,
}

#[async_trait]
impl Retrieve for Retrieval {
    async fn retrieve(&self, request: RetrieveRequest) -> Result<Retrieved> {
        request.options.check()?;
        let bases = self
            .bases(request.workspace, &request.knowledge_bases)
            .await?;
        let Some(first) = bases.first() else {
            return Ok(Retrieved::default());
        };
        let settings = first.retrieval.with(&request.options);
        let limit = request.limit.unwrap_or(settings.limit).clamp(1, MOST);
        let mut asked = Asked::new(self, request.workspace);
        let ranked = self
            .rank(&request, &bases, (&settings, limit), &mut asked)
            .await?;
        let (ranked, vectors) = ranked;
        let mut found = self.read(request.workspace, &ranked, &vectors).await?;
        if let Some(model) = &settings.rerank_model {
            found.truncate(settings.candidates(limit) as usize);
            if let Some(scores) = asked.judge(model, &request.query, &found).await {
                found = judged(found, &scores);
            }
        }
        let wanted = Wanted {
            limit: limit as usize,
            threshold: settings.threshold,
            diversity: settings.diversity,
        };
        Ok(Retrieved {
            passages: assemble(&request.query, found, wanted),
            notes: asked.notes,
            calls: asked.calls,
        })
    }
}

/// The vectors of chunks that were found by them.
type Vectors = HashMap<headwater_model::id::ChunkId, Arc<[f32]>>;

impl Retrieval {
    /// The knowledge bases by their ids or slugs, each once.
    async fn bases(&self, workspace: WorkspaceId, names: &[String]) -> Result<Vec<IndexedBase>> {
        let mut bases: Vec<IndexedBase> = Vec::with_capacity(names.len());
        for name in names {
            let base = self.store.indexing().base(workspace, name).await?;
            let base = base.ok_or_else(|| {
                Error::new(
                    Code::NotFound,
                    format!("There is no knowledge base “{name}”. Create it, or name another."),
                )
                .with_field("knowledge_bases")
            })?;
            if !bases.iter().any(|known| known.id == base.id) {
                bases.push(base);
            }
        }
        Ok(bases)
    }

    /// What words and vectors find, best first, whatever the wordings of the question.
    async fn rank(
        &self,
        request: &RetrieveRequest,
        bases: &[IndexedBase],
        (settings, limit): (&RetrievalSettings, u32),
        asked: &mut Asked<'_>,
    ) -> Result<(Vec<Ranked>, Vectors)> {
        let has_vectors = bases.iter().any(|base| base.searched_model.is_some());
        let mode = rank::mode(settings, has_vectors);
        if mode == SearchMode::Vector && !has_vectors {
            return Err(Error::invalid(
                "mode",
                "There is no embedding model to search by. Give the knowledge base one, or search in the mode “lexical”.",
            ));
        }
        let wordings = wordings(request);
        let vectors = match mode {
            SearchMode::Lexical => vec![Vec::new(); wordings.len()],
            _ => asked.vectors(mode, bases, &wordings).await?,
        };
        let wordy = wordy(bases, vectors.first().map_or(&[][..], |vectors| vectors));
        let (mut rankings, mut known) = (Vec::with_capacity(wordings.len()), Vectors::new());
        for (text, vectors) in wordings.iter().zip(vectors) {
            let query = IndexQuery {
                vectors,
                text: (mode != SearchMode::Vector).then(|| text.to_string()),
                filter: request.options.filter.clone(),
                limit: rank::depth(limit),
                with_vectors: settings.diversity > 0.0,
            };
            let found = self.indexer.search(bases, &query).await?;
            keep_vectors(&mut known, &found);
            rankings.push(rank::rank(&found, mode, settings, &wordy));
        }
        let mut ranked = rank::together(rankings);
        if settings.has_boosts() {
            ranked = self.boost(request.workspace, ranked, settings).await?;
        }
        let judged = match settings.rerank_model {
            Some(_) => settings.candidates(limit) as usize,
            None => 0,
        };
        ranked.truncate((limit as usize * READ).max(judged) + 10);
        Ok((ranked, known))
    }

    /// The best of a ranking in the order that their age and their fields give them.
    async fn boost(
        &self,
        workspace: WorkspaceId,
        mut ranked: Vec<Ranked>,
        settings: &RetrievalSettings,
    ) -> Result<Vec<Ranked>> {
        ranked.truncate(BOOSTED);
        let ids: Vec<_> = ranked.iter().map(|ranked| ranked.chunk).collect();
        let fields = self.store.knowledge(workspace).fields(&ids).await?;
        let now = self.clock.now();
        for ranked in &mut ranked {
            let fields = fields.get(&ranked.chunk).map_or(&[][..], Vec::as_slice);
            let factor = factor(settings.recency.as_ref(), &settings.boosts, fields, now);
            ranked.score = boosted(ranked.score, factor);
            ranked.ranking.boost = Some(factor);
        }
        ranked.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.chunk.cmp(&b.chunk)));
        Ok(ranked)
    }

    /// The chunks of a ranking that are there now, best first, each text once.
    async fn read(
        &self,
        workspace: WorkspaceId,
        ranked: &[Ranked],
        vectors: &Vectors,
    ) -> Result<Vec<Found>> {
        let ids: Vec<_> = ranked.iter().map(|ranked| ranked.chunk).collect();
        let places: HashMap<_, _> = ranked.iter().map(|ranked| (ranked.chunk, ranked)).collect();
        let stored = self.store.knowledge(workspace).chunks_by_id(&ids).await?;
        let found = stored.into_iter().filter_map(|stored| {
            let place = places.get(&stored.chunk.id)?;
            Some(Found {
                score: place.score,
                ranking: place.ranking,
                vector: vectors.get(&stored.chunk.id).cloned(),
                chunk: stored.chunk,
                document_id: stored.document_id,
                document_name: stored.document_name,
                source_url: stored.source_url,
                knowledge_base_id: stored.knowledge_base_id,
            })
        });
        Ok(distinct(found.collect()))
    }
}

/// The question and its other wordings, each once.
fn wordings(request: &RetrieveRequest) -> Vec<Arc<str>> {
    let mut wordings: Vec<Arc<str>> = Vec::new();
    for text in std::iter::once(&request.query).chain(&request.variants) {
        let text: String = text.chars().take(LONGEST_QUERY).collect();
        let first = wordings.is_empty();
        if first || (!text.trim().is_empty() && wordings.iter().all(|known| **known != *text)) {
            wordings.push(text.into());
        }
    }
    wordings.truncate(WORDINGS);
    wordings
}

/// The bases that only words can search: without a model, or with one that does not answer now.
fn wordy(
    bases: &[IndexedBase],
    vectors: &[headwater_model::ports::IndexVector],
) -> Vec<KnowledgeBaseId> {
    let by_vector = |base: &&IndexedBase| {
        let model = base.searched_model.as_ref();
        model.is_some_and(|model| vectors.iter().any(|vector| vector.space == *model))
    };
    let others = bases.iter().filter(|base| !by_vector(base));
    others.map(|base| base.id).collect()
}

fn keep_vectors(known: &mut Vectors, found: &IndexFound) {
    let hits = found.by_vector.iter().flatten();
    known.extend(hits.filter_map(|hit| Some((hit.chunk, hit.vector.clone()?))));
}

/// What a search found.
#[derive(Clone, Debug)]
pub struct SearchAnswer {
    /// Best first.
    pub passages: Vec<Passage>,
    /// What was done otherwise than asked.
    pub notes: Vec<SearchNote>,
    /// What embedding the question and reranking consumed.
    pub usage: Usage,
    pub took_ms: u64,
}

impl Platform {
    /// Searches one knowledge base, by id or slug.
    pub async fn search(
        &self,
        caller: &Caller,
        base: &str,
        query: &str,
        limit: Option<u32>,
        options: SearchOptions,
    ) -> Result<SearchAnswer> {
        caller.require(Permission::KnowledgeRead)?;
        if query.trim().is_empty() {
            return Err(Error::invalid("query", "Say what to search for."));
        }
        if limit.is_some_and(|limit| !(1..=MOST).contains(&limit)) {
            return Err(Error::invalid(
                "limit",
                format!("limit must be from 1 to {MOST}."),
            ));
        }
        let request = RetrieveRequest {
            workspace: caller.workspace,
            knowledge_bases: vec![base.to_owned()],
            query: query.to_owned(),
            variants: Vec::new(),
            limit,
            options,
        };
        let began = self.clock().now();
        let found = self.inner.knowledge.retrieval.retrieve(request).await?;
        let took = self.clock().now().as_millis() - began.as_millis();
        let mut usage = Usage::default();
        for call in &found.calls {
            usage += call.usage;
        }
        telemetry::consumed(usage);
        Ok(SearchAnswer {
            passages: found.passages,
            notes: found.notes,
            usage,
            took_ms: u64::try_from(took).unwrap_or(0),
        })
    }
}
