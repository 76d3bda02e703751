//! Finding passages: for flows through the port, for people and programs through the search API.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use headwater_knowledge::rank;
use headwater_knowledge::retrieve::{Found, Wanted, assemble};
use headwater_model::access::{Caller, Permission};
use headwater_model::id::WorkspaceId;
use headwater_model::knowledge::Passage;
use headwater_model::knowledge::retrieval::{SearchMode, SearchOptions};
use headwater_model::ports::{
    Embed, EmbedRequest, IndexFound, IndexQuery, IndexVector, Purpose, Retrieve, RetrieveRequest,
};
use headwater_model::{Code, Error, Result};
use headwater_store::Store;
use headwater_store::knowledge::IndexedBase;

use crate::Platform;
use crate::indexer::Indexer;

/// A longer question is a document.
const LONGEST_QUERY: usize = 10_000;
/// The most passages one search returns.
const MOST: u32 = 50;
/// Of what was found so many are read for each passage that is wanted: some may be gone, and texts
/// that say the same are shown once.
const READ: usize = 4;

/// Searches knowledge bases of any workspace it is told.
pub(crate) struct Retrieval {
    pub(crate) store: Store,
    pub(crate) indexer: Arc<Indexer>,
    pub(crate) embed: Arc<dyn Embed>,
}

#[async_trait]
impl Retrieve for Retrieval {
    async fn retrieve(&self, request: RetrieveRequest) -> Result<Vec<Passage>> {
        request.options.check()?;
        let bases = self
            .bases(request.workspace, &request.knowledge_bases)
            .await?;
        let Some(first) = bases.first() else {
            return Ok(Vec::new());
        };
        let settings = first.retrieval.with(&request.options);
        let limit = request.limit.unwrap_or(settings.limit).clamp(1, MOST);
        let has_vectors = bases.iter().any(|base| base.searched_model.is_some());
        let mode = rank::mode(&settings, has_vectors);
        if mode == SearchMode::Vector && !has_vectors {
            return Err(Error::invalid(
                "mode",
                "There is no embedding model to search by. Give the knowledge base one, or search in the mode “lexical”.",
            ));
        }
        let text: String = request.query.chars().take(LONGEST_QUERY).collect();
        let query = IndexQuery {
            vectors: match mode {
                SearchMode::Lexical => Vec::new(),
                _ => self.vectors(request.workspace, &bases, &text).await?,
            },
            text: (mode != SearchMode::Vector).then_some(text),
            filter: request.options.filter,
            limit: rank::depth(limit),
            with_vectors: settings.diversity > 0.0,
        };
        let found = self.indexer.search(&bases, &query).await?;
        let mut ranked = rank::rank(&found, mode, &settings);
        ranked.truncate(limit as usize * READ + 10);
        let found = self.read(request.workspace, &ranked, &found).await?;
        let wanted = Wanted {
            limit: limit as usize,
            threshold: settings.threshold,
            diversity: settings.diversity,
        };
        Ok(assemble(&request.query, found, wanted))
    }
}

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

    /// The query's vector in each of the spaces that the knowledge bases are searched by.
    async fn vectors(
        &self,
        workspace: WorkspaceId,
        bases: &[IndexedBase],
        text: &str,
    ) -> Result<Vec<IndexVector>> {
        let mut vectors: Vec<IndexVector> = Vec::new();
        for model in bases.iter().filter_map(|base| base.searched_model.as_ref()) {
            if vectors.iter().any(|vector| vector.space == *model) {
                continue;
            }
            let request = EmbedRequest {
                workspace,
                model: model.to_string(),
                purpose: Purpose::Query,
                texts: vec![text.into()],
            };
            let embedded = self.embed.embed(request).await?;
            let values = embedded.vectors.into_iter().next();
            vectors.push(IndexVector {
                space: model.clone(),
                values: values.ok_or_else(|| Error::internal("no vector for the query"))?,
            });
        }
        Ok(vectors)
    }

    /// The chunks of a ranking that are there now.
    async fn read(
        &self,
        workspace: WorkspaceId,
        ranked: &[(headwater_model::id::ChunkId, f64)],
        found: &IndexFound,
    ) -> Result<Vec<Found>> {
        let ids: Vec<_> = ranked.iter().map(|(id, _)| *id).collect();
        let scores: HashMap<_, _> = ranked.iter().copied().collect();
        let vectors: HashMap<_, _> = found
            .by_vector
            .iter()
            .flatten()
            .filter_map(|hit| Some((hit.chunk, hit.vector.clone()?)))
            .collect();
        let stored = self.store.knowledge(workspace).chunks_by_id(&ids).await?;
        Ok(stored
            .into_iter()
            .filter_map(|stored| {
                Some(Found {
                    score: *scores.get(&stored.chunk.id)?,
                    vector: vectors.get(&stored.chunk.id).cloned(),
                    chunk: stored.chunk,
                    document_id: stored.document_id,
                    document_name: stored.document_name,
                    knowledge_base_id: stored.knowledge_base_id,
                })
            })
            .collect())
    }
}

/// What a search found.
#[derive(Clone, Debug)]
pub struct SearchAnswer {
    /// Best first.
    pub passages: Vec<Passage>,
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
            limit,
            options,
        };
        let began = self.clock().now();
        let passages = self.inner.knowledge.retrieval.retrieve(request).await?;
        let took = self.clock().now().as_millis() - began.as_millis();
        Ok(SearchAnswer {
            passages,
            took_ms: u64::try_from(took).unwrap_or(0),
        })
    }
}
