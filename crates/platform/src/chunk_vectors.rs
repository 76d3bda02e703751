//! Chunks to vectors, batch by batch: what a batch embedded is kept before the next one begins.

use std::sync::Arc;

use headwater_model::id::{DocumentId, KnowledgeBaseId, WorkspaceId};
use headwater_model::ports::{CountTokens, Embed, EmbedRequest, Estimate, Purpose};
use headwater_model::{Code, Error, Result};
use headwater_store::Store;
use headwater_store::knowledge::embedded_text;

/// Chunks that are embedded together: enough for a vendor's batch, few enough to lose.
const BATCH: u32 = 64;

/// Gives chunks their vectors.
pub(crate) struct ChunkVectors {
    pub(crate) store: Store,
    pub(crate) embed: Arc<dyn Embed>,
}

impl ChunkVectors {
    /// Embeds some of the chunks that have no vector of a model yet, in a knowledge base or in one of
    /// its documents, and keeps them. How many they were; 0 when all have one.
    pub(crate) async fn some(
        &self,
        workspace: WorkspaceId,
        base: KnowledgeBaseId,
        document: Option<DocumentId>,
        model: &str,
    ) -> Result<usize> {
        let knowledge = self.store.knowledge(workspace);
        let chunks = knowledge.to_embed(base, document, model, BATCH).await?;
        if chunks.is_empty() {
            return Ok(0);
        }
        let request = EmbedRequest {
            workspace,
            model: model.to_owned(),
            purpose: Purpose::Passage,
            texts: chunks.iter().map(|chunk| chunk.text.clone()).collect(),
        };
        let vectors = self.vectors(request).await?;
        // One that is being read tells the index itself, once its chunks answer.
        let mut documents: Vec<DocumentId> = match document {
            Some(_) => Vec::new(),
            None => chunks.iter().map(|chunk| chunk.document).collect(),
        };
        documents.dedup();
        let ids = chunks.iter().map(|chunk| chunk.chunk);
        let vectors = ids.zip(vectors).collect();
        knowledge
            .keep_vectors(base, model, vectors, documents)
            .await?;
        Ok(chunks.len())
    }

    /// The vectors of one text by all models that a knowledge base's chunks have vectors of.
    pub(crate) async fn of(
        &self,
        workspace: WorkspaceId,
        base: KnowledgeBaseId,
        heading: Option<&str>,
        text: &str,
    ) -> Result<Vec<(String, Vec<f32>)>> {
        let mut all = Vec::new();
        for model in self.store.knowledge(workspace).models(base).await? {
            let request = EmbedRequest {
                workspace,
                model: model.clone(),
                purpose: Purpose::Passage,
                texts: vec![embedded_text(heading, text)],
            };
            let vectors = self.vectors(request).await?;
            all.extend(vectors.into_iter().map(|vector| (model.clone(), vector)));
        }
        Ok(all)
    }

    /// What counts the tokens of a knowledge base's chunks.
    pub(crate) async fn counter(&self, model: Option<&str>) -> Result<Arc<dyn CountTokens>> {
        let known = match model {
            Some(model) => self.embed.counter(model).await.map_err(gone)?,
            None => None,
        };
        Ok(known.unwrap_or_else(|| Arc::new(Estimate)))
    }

    async fn vectors(&self, request: EmbedRequest) -> Result<Vec<Vec<f32>>> {
        let (model, texts) = (request.model.clone(), request.texts.len());
        let vectors = self.embed.embed(request).await.map_err(gone)?.vectors;
        if vectors.len() != texts || !vectors.iter().all(|vector| is_usable(vector)) {
            return Err(Error::new(
                Code::Upstream,
                format!(
                    "The model {model} did not give a vector for every chunk. Try again, or choose another model."
                ),
            ));
        }
        Ok(vectors)
    }
}

/// To a job “not found” means that its document is gone; here it is the model, which may come back.
fn gone(error: Error) -> Error {
    match error.code {
        Code::NotFound => Error::new(Code::Unavailable, error.message),
        _ => error,
    }
}

fn is_usable(vector: &[f32]) -> bool {
    !vector.is_empty() && vector.iter().all(|value| value.is_finite())
}
