//! What cutting a document would give, without storing anything.

use std::path::Path;
use std::sync::Arc;

use headwater_knowledge::chunk::cut;
use headwater_knowledge::parse::isolated::Isolated;
use headwater_model::access::{Caller, Permission};
use headwater_model::id::DocumentId;
use headwater_model::knowledge::chunking::ChunkingSettings;
use headwater_model::knowledge::{ChunkPreview, Cut, PreviewedChunk};
use headwater_model::ports::CountTokens;
use headwater_model::{Error, Result};
use tokio::sync::Semaphore;

use super::Incoming;
use crate::Platform;

/// The most chunks one preview shows.
const MOST: usize = 100;
const USUAL: usize = 20;

/// Reads documents to be looked at, a few at a time.
pub(super) struct Previews {
    parser: Isolated,
    places: Semaphore,
}

impl Previews {
    pub(super) fn new(parser: Isolated, parallel: usize) -> Self {
        Self {
            parser,
            places: Semaphore::new(parallel.max(1)),
        }
    }
}

/// What is to be looked at.
pub enum Previewed {
    /// A document of the workspace.
    Document(DocumentId),
    /// A file that is not kept.
    File(Box<Incoming>),
}

impl Platform {
    /// The first chunks that a document would have in a knowledge base, cut as `chunking` says, or as
    /// the knowledge base does.
    pub async fn preview_chunks(
        &self,
        caller: &Caller,
        base: &str,
        what: Previewed,
        chunking: Option<ChunkingSettings>,
        limit: Option<usize>,
    ) -> Result<ChunkPreview> {
        caller.require(Permission::KnowledgeWrite)?;
        let limit = limit.unwrap_or(USUAL);
        if !(1..=MOST).contains(&limit) {
            return Err(Error::invalid(
                "limit",
                format!("limit must be from 1 to {MOST}."),
            ));
        }
        let knowledge = self.store().knowledge(caller.workspace);
        let base = knowledge.get(base).await?;
        let chunking = chunking.unwrap_or(base.chunking);
        chunking.check()?;
        let state = &self.inner.knowledge;
        let counter = state.embedding.counter(base.embedding_model.as_deref());
        let counter = counter.await?;
        let objects = self.store().objects();
        match what {
            Previewed::Document(id) => {
                let document = knowledge.document(id).await?;
                let object = knowledge.object(id).await?;
                let object = objects.read(caller.workspace, object).await?;
                let named = (document.name.as_str(), document.media_type.as_str());
                self.cut(object.path(), named, chunking, counter, limit)
                    .await
            }
            Previewed::File(mut incoming) => {
                incoming.seal().await?;
                let row = incoming.row();
                let object = objects.read(caller.workspace, row.id).await?;
                let named = (row.name.as_str(), row.media_type.as_str());
                // The file goes with `incoming`, and with a crash, too.
                self.cut(object.path(), named, chunking, counter, limit)
                    .await
            }
        }
    }

    async fn cut(
        &self,
        path: &Path,
        (name, media_type): (&str, &str),
        chunking: ChunkingSettings,
        counter: Arc<dyn CountTokens>,
        limit: usize,
    ) -> Result<ChunkPreview> {
        let previews = &self.inner.knowledge.previews;
        let _place = previews.places.acquire().await.map_err(Error::internal)?;
        let mut parsed = previews.parser.parse(path, name, media_type).await?;
        let left_out = std::mem::take(&mut parsed.left_out).join("\n");
        let cut = self
            .supervisor()
            .blocking(move || cut(&parsed, &chunking, &*counter))
            .await
            .ok_or_else(|| Error::internal("chunking panicked"))??;
        Ok(shown(cut, limit, left_out))
    }
}

fn shown(cut: Cut, limit: usize, left_out: String) -> ChunkPreview {
    let Cut { chunks, sections } = cut;
    ChunkPreview {
        chunks: chunks.len() as u64,
        longest_tokens: chunks.iter().map(|chunk| chunk.tokens).max().unwrap_or(0),
        left_out: (!left_out.is_empty()).then_some(left_out),
        items: (0..)
            .zip(chunks.into_iter().take(limit))
            .map(|(index, chunk)| PreviewedChunk {
                index,
                given: chunk.section.map(|at| sections[at].text.clone()),
                text: chunk.text,
                page: chunk.page,
                heading: chunk.heading,
                tokens: chunk.tokens,
            })
            .collect(),
    }
}
