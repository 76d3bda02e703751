//! Texts as vectors: by a vendor or by a model of this server, and never the same text twice.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use headwater_model::access::{Caller, Permission};
use headwater_model::id::WorkspaceId;
use headwater_model::ports::{CountTokens, Embed, EmbedRequest, Embedded, Purpose};
use headwater_model::provider::{LOCAL_PROVIDER, split_model};
use headwater_model::usage::Usage;
use headwater_model::{Code, Error, Result};
use headwater_providers::LocalModels;
use headwater_providers::embed::Partly;
use headwater_store::Store;
use headwater_store::embeddings::{EmbeddedBy, TextHash};
use sha2::{Digest as _, Sha256};

use crate::monitor::Recorder;
use crate::prices::PriceBook;
use crate::providers::{ModelRouter, Reached};
use crate::{Platform, telemetry};

/// Room is made once in so many times that vectors are kept.
const SWEEP: u64 = 16;
/// The most texts of one request over the API.
const MOST_TEXTS: usize = 256;
/// What is embedded to learn how long a vendor's vectors are.
const PROBE: &str = "How long is a vector?";

impl Platform {
    /// Embeds texts for the caller, at most 256.
    pub async fn embed(
        &self,
        caller: &Caller,
        model: String,
        purpose: Purpose,
        texts: Vec<Arc<str>>,
    ) -> Result<Embedded> {
        caller.require(Permission::ModelsCall)?;
        if texts.is_empty() || texts.len() > MOST_TEXTS {
            return Err(Error::invalid(
                "texts",
                format!("texts must be 1 to {MOST_TEXTS} texts; send more in further requests."),
            ));
        }
        let request = EmbedRequest {
            workspace: caller.workspace,
            model,
            purpose,
            texts,
        };
        let embedded = self.inner.embeddings.embed(request).await?;
        if purpose == Purpose::Query {
            telemetry::consumed(embedded.usage);
        }
        Ok(embedded)
    }
}

/// The [`Embed`] of the house.
pub(crate) struct Embeddings {
    store: Store,
    models: Arc<ModelRouter>,
    local: Arc<LocalModels>,
    prices: Arc<PriceBook>,
    recorder: Arc<Recorder>,
    /// What a workspace's vectors may take; nothing is kept when 0.
    most: u64,
    kept: AtomicU64,
}

/// Who embeds.
enum Embedder {
    Local(String),
    Vendor(Box<Reached>, String),
}

impl Embeddings {
    pub fn new(
        store: Store,
        models: Arc<ModelRouter>,
        local: Arc<LocalModels>,
        prices: Arc<PriceBook>,
        recorder: Arc<Recorder>,
        most: u64,
    ) -> Self {
        Self {
            store,
            models,
            local,
            prices,
            recorder,
            most,
            kept: AtomicU64::new(0),
        }
    }

    /// Who embeds for a model's name, and what its vectors depend on, as one word.
    async fn embedder(&self, workspace: WorkspaceId, model: &str) -> Result<(Embedder, String)> {
        let (provider, name) = split_model(model)?;
        if provider == LOCAL_PROVIDER {
            let identity = self.local.identity(name)?.to_string();
            return Ok((Embedder::Local(name.to_owned()), identity));
        }
        let reached = self.models.reach(workspace, provider).await;
        let reached = reached.map_err(|error| match error.code {
            Code::Invalid => Error::new(Code::NotFound, error.message).with_field("model"),
            _ => error,
        })?;
        // Not the provider's name, which may change, nor its id: a key that was put in anew changes
        // no vector.
        let meant = format!("{} {} {name}", reached.kind.as_str(), reached.base_url);
        let identity = hex::encode(Sha256::digest(meant));
        Ok((
            Embedder::Vendor(Box::new(reached), name.to_owned()),
            identity,
        ))
    }

    async fn compute(
        &self,
        embedder: &Embedder,
        purpose: Purpose,
        texts: &[Arc<str>],
    ) -> Result<Partly> {
        match embedder {
            Embedder::Local(name) => Ok(self.local.embed(name, purpose, texts).await?.into()),
            Embedder::Vendor(reached, name) => Ok(reached.embed(name, purpose, texts).await),
        }
    }

    /// What is known already. That it cannot be looked up only means that it is computed again.
    async fn known(
        &self,
        workspace: WorkspaceId,
        by: &EmbeddedBy,
        texts: &[TextHash],
    ) -> HashMap<TextHash, Arc<[f32]>> {
        if self.most == 0 {
            return HashMap::new();
        }
        let found = self.store.embeddings(workspace).find(by, texts).await;
        let found = found.unwrap_or_else(|error| {
            tracing::warn!(?error, "looking for vectors that are kept");
            HashMap::new()
        });
        let found = found.into_iter();
        found.map(|(hash, vector)| (hash, vector.into())).collect()
    }

    async fn keep(&self, workspace: WorkspaceId, by: &EmbeddedBy, new: Vec<(TextHash, Vec<f32>)>) {
        if self.most == 0 {
            return;
        }
        let turn = self.kept.fetch_add(1, Ordering::Relaxed);
        let most = turn.is_multiple_of(SWEEP).then_some(self.most);
        let embeddings = self.store.embeddings(workspace);
        if let Err(error) = embeddings.keep(by, new, most).await {
            tracing::warn!(?error, "keeping vectors");
        }
    }
}

#[async_trait]
impl Embed for Embeddings {
    async fn embed(&self, request: EmbedRequest) -> Result<Embedded> {
        let EmbedRequest {
            workspace,
            model,
            purpose,
            texts,
        } = request;
        let (embedder, identity) = self.embedder(workspace, &model).await?;
        let by = EmbeddedBy {
            model: identity,
            purpose,
        };
        let hashes: Vec<TextHash> = texts.iter().map(|text| hash(text)).collect();
        let mut known = self.known(workspace, &by, &distinct(&hashes)).await;
        let (mut missing, mut asked, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
        for (text, hash) in texts.iter().zip(&hashes) {
            if !known.contains_key(hash) && seen.insert(*hash) {
                missing.push(*hash);
                asked.push(Arc::clone(text));
            }
        }
        let misses = asked.len() as u64;
        self.recorder
            .embeddings(texts.len() as u64 - misses, misses);
        let mut usage = Usage::default();
        if !asked.is_empty() {
            let done = self.compute(&embedder, purpose, &asked).await?;
            usage = self
                .prices
                .of(workspace)
                .await?
                .priced(Some(&model), done.usage);
            // Questions are counted by whoever asks them: a run counts all it consumed.
            if purpose == Purpose::Passage {
                telemetry::consumed(usage);
            }
            let new: Vec<_> = missing
                .into_iter()
                .zip(done.vectors)
                .filter_map(|(hash, vector)| Some((hash, vector?)))
                .collect();
            let fresh = new
                .iter()
                .map(|(hash, vector)| (*hash, vector.as_slice().into()));
            known.extend(fresh);
            self.keep(workspace, &by, new).await;
            if let Some(error) = done.failed {
                return Err(error);
            }
        }
        let vectors = hashes
            .iter()
            .map(|hash| known.get(hash).map(|vector| vector.to_vec()));
        let vectors: Option<Vec<Vec<f32>>> = vectors.collect();
        let vectors = vectors.ok_or_else(|| Error::internal("a text was not embedded"))?;
        Ok(Embedded { vectors, usage })
    }

    async fn counter(&self, model: &str) -> Result<Option<Arc<dyn CountTokens>>> {
        match split_model(model)? {
            (LOCAL_PROVIDER, name) => self.local.counter(name).await.map(Some),
            _ => Ok(None),
        }
    }

    async fn dimensions(&self, workspace: WorkspaceId, model: &str) -> Result<u32> {
        if let Some(name) = model
            .strip_prefix(LOCAL_PROVIDER)
            .and_then(|n| n.strip_prefix('/'))
        {
            return Ok(self.local.get(name)?.dimensions);
        }
        let probe = EmbedRequest {
            workspace,
            model: model.to_owned(),
            purpose: Purpose::Passage,
            texts: vec![PROBE.into()],
        };
        let embedded = self.embed(probe).await?;
        let width = embedded.vectors.first().map_or(0, Vec::len);
        Ok(u32::try_from(width).unwrap_or(u32::MAX))
    }
}

fn hash(text: &str) -> TextHash {
    Sha256::digest(text).into()
}

fn distinct(hashes: &[TextHash]) -> Vec<TextHash> {
    let mut distinct = hashes.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    distinct
}
