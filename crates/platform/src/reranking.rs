//! The `Rerank` of the house: vendors judge, and what they consume has a price.

use std::sync::Arc;

use async_trait::async_trait;
use headwater_model::ports::{Rerank, RerankRequest, Reranked};
use headwater_model::provider::{LOCAL_PROVIDER, split_model};
use headwater_model::{Code, Error, Result};

use crate::prices::PriceBook;
use crate::providers::ModelRouter;

/// Judges texts for any workspace it is told.
pub(crate) struct Reranking {
    pub models: Arc<ModelRouter>,
    pub prices: Arc<PriceBook>,
}

#[async_trait]
impl Rerank for Reranking {
    async fn rerank(&self, request: RerankRequest) -> Result<Reranked> {
        let (provider, name) = split_model(&request.model)?;
        if provider == LOCAL_PROVIDER {
            return Err(Error::invalid(
                "model",
                "Local models embed; none of them reranks. Choose a provider's model.",
            ));
        }
        let reached = self.models.reach(request.workspace, provider).await;
        let reached = reached.map_err(|error| match error.code {
            Code::Invalid => Error::new(Code::NotFound, error.message).with_field("model"),
            _ => error,
        })?;
        let mut done = reached.rerank(name, &request.query, &request.texts).await?;
        let prices = self.prices.of(request.workspace).await?;
        done.usage = prices.priced(Some(&request.model), done.usage);
        Ok(done)
    }
}
