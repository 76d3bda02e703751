//! Finding passages: for flows through the port, for people and programs through the search API.

use std::sync::Arc;

use async_trait::async_trait;
use headwater_knowledge::retrieve::{Found, assemble};
use headwater_model::access::{Caller, Permission};
use headwater_model::id::WorkspaceId;
use headwater_model::knowledge::Passage;
use headwater_model::ports::{IndexQuery, Retrieve, RetrieveRequest};
use headwater_model::{Code, Error, Result};
use headwater_store::Store;

use crate::Platform;
use crate::indexer::Indexer;

/// A longer question is a document.
const LONGEST_QUERY: usize = 10_000;
/// The most passages one search returns.
const MOST: u32 = 50;

/// Searches knowledge bases of any workspace it is told.
pub(crate) struct Retrieval {
    pub(crate) store: Store,
    pub(crate) indexer: Arc<Indexer>,
}

#[async_trait]
impl Retrieve for Retrieval {
    async fn retrieve(&self, request: RetrieveRequest) -> Result<Vec<Passage>> {
        let limit = request.limit.clamp(1, MOST);
        // The index may hold what was deleted a moment ago, and texts that are there twice.
        let query = IndexQuery {
            text: request.query.chars().take(LONGEST_QUERY).collect(),
            limit: limit * 2 + 10,
        };
        let mut found = Vec::new();
        for name in &request.knowledge_bases {
            found.extend(self.find(request.workspace, name, &query).await?);
        }
        Ok(assemble(&request.query, found, limit as usize))
    }
}

impl Retrieval {
    async fn find(
        &self,
        workspace: WorkspaceId,
        name: &str,
        query: &IndexQuery,
    ) -> Result<Vec<Found>> {
        let base = self.store.indexing().base(workspace, name).await?;
        let base = base.ok_or_else(|| {
            Error::new(
                Code::NotFound,
                format!("There is no knowledge base “{name}”. Create it, or name another."),
            )
            .with_field("knowledge_bases")
        })?;
        let hits = self.indexer.search(&base, query).await?;
        let ids: Vec<_> = hits.iter().map(|hit| hit.chunk).collect();
        let stored = self
            .store
            .knowledge(workspace)
            .chunks_by_id(&ids)
            .await?
            .into_iter();
        Ok(stored
            .filter_map(|stored| {
                let hit = hits.iter().find(|hit| hit.chunk == stored.chunk.id)?;
                Some(Found {
                    chunk: stored.chunk,
                    document_id: stored.document_id,
                    document_name: stored.document_name,
                    knowledge_base_id: stored.knowledge_base_id,
                    score: hit.score,
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
    ) -> Result<SearchAnswer> {
        caller.require(Permission::KnowledgeRead)?;
        if query.trim().is_empty() {
            return Err(Error::invalid("query", "Say what to search for."));
        }
        let limit = limit.unwrap_or(10);
        if !(1..=MOST).contains(&limit) {
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
