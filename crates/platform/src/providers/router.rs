//! From the name of a model to the vendor that has it: the `Chat` that flows call.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use headwater_model::id::{ProviderId, WorkspaceId};
use headwater_model::ports::{Chat, ChatRequest, ChatStream, Part, Purpose, Reranked};
use headwater_model::provider::{
    DEFAULT_MODEL, EXTRACTIVE_MODEL, Provider, ProviderKind, split_model,
};
use headwater_model::{Clock, Error, Result, Timestamp};
use headwater_providers::decorate::retry::Patience;
use headwater_providers::decorate::{Budget, Retrying};
use headwater_providers::embed::{Partly, embed_all};
use headwater_providers::rerank::rerank_all;
use headwater_providers::{Connection, Egress, Extractive, Secret, Vendor, connect};
use headwater_store::Store;
use parking_lot::Mutex;

use crate::attachments::{explained, read_attached};

/// Resolves models per workspace and calls them.
pub struct ModelRouter {
    store: Store,
    egress: Arc<Egress>,
    extractive: Extractive,
    patience: Patience,
    clock: Arc<dyn Clock>,
    /// How many retries each provider may be sent.
    budgets: Mutex<HashMap<ProviderId, Arc<Budget>>>,
    /// When each provider was last asked for its list.
    asked: Mutex<HashMap<ProviderId, Timestamp>>,
}

impl ModelRouter {
    /// Routes over the providers in `store`.
    pub(crate) fn new(store: Store, egress: Arc<Egress>, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            egress,
            clock,
            extractive: Extractive::default(),
            patience: Patience::default(),
            budgets: Mutex::default(),
            asked: Mutex::default(),
        }
    }

    /// All that is needed to call a saved provider.
    pub(super) async fn connection(
        &self,
        workspace: WorkspaceId,
        id: ProviderId,
    ) -> Result<Connection> {
        let provider = self.store.providers(workspace).get(id).await?.provider;
        self.connection_to(workspace, provider).await
    }

    async fn connection_to(
        &self,
        workspace: WorkspaceId,
        provider: Provider,
    ) -> Result<Connection> {
        let key = self.store.providers(workspace).api_key(provider.id).await?;
        Ok(Connection {
            kind: provider.kind,
            name: provider.name,
            base_url: provider.base_url,
            api_key: key.map(|key| Secret::new(&key)),
        })
    }

    /// Asks a vendor for its models.
    pub(super) async fn list(&self, connection: Connection) -> Result<Vec<String>> {
        connect(self.egress.clone(), connection).models().await
    }

    /// Whether `every` milliseconds went by since a provider was last asked; notes that it is now.
    pub(super) fn may_ask(&self, id: ProviderId, now: Timestamp, every: i64) -> bool {
        let mut asked = self.asked.lock();
        if asked.get(&id).is_some_and(|at| now < at.plus_millis(every)) {
            return false;
        }
        asked.insert(id, now);
        true
    }

    /// What a model's name stands for now: provider, address and model.
    pub(crate) async fn meant(&self, workspace: WorkspaceId, model: &str) -> Result<String> {
        let model = self.resolve(workspace, model.to_owned()).await?;
        let Some((name, _)) = model.split_once('/').filter(|_| model != EXTRACTIVE_MODEL) else {
            return Ok(model);
        };
        let found = self.store.providers(workspace).find(name).await?;
        let address = found.map(|found| (found.provider.id, found.provider.base_url));
        Ok(match address {
            Some((id, url)) => format!("{model} at {id} {url}"),
            None => model,
        })
    }

    async fn resolve(&self, workspace: WorkspaceId, model: String) -> Result<String> {
        if model != DEFAULT_MODEL {
            return Ok(model);
        }
        let chosen = self.store.providers(workspace).default_model().await?;
        Ok(chosen.unwrap_or_else(|| EXTRACTIVE_MODEL.to_owned()))
    }
}

/// A provider that can be called.
pub(crate) struct Reached {
    pub kind: ProviderKind,
    pub base_url: String,
    vendor: Arc<dyn Vendor>,
    patience: Patience,
    budget: Arc<Budget>,
}

impl Reached {
    /// Embeds all texts with a model by the vendor's own name for it.
    pub async fn embed(&self, model: &str, purpose: Purpose, texts: &[Arc<str>]) -> Partly {
        let what = (model, purpose);
        embed_all(&*self.vendor, self.patience, &self.budget, what, texts).await
    }

    /// Judges all texts with a model by the vendor's own name for it.
    pub async fn rerank(&self, model: &str, query: &str, texts: &[Arc<str>]) -> Result<Reranked> {
        let what = (model, query);
        rerank_all(&*self.vendor, self.patience, &self.budget, what, texts).await
    }
}

impl ModelRouter {
    /// The provider of that name.
    pub(crate) async fn reach(&self, workspace: WorkspaceId, name: &str) -> Result<Reached> {
        let found = self.store.providers(workspace).find(name).await?;
        let provider = found.ok_or_else(|| unknown_provider(name))?.provider;
        let budget = self.budgets.lock().entry(provider.id).or_default().clone();
        let connection = self.connection_to(workspace, provider).await?;
        Ok(Reached {
            kind: connection.kind,
            base_url: connection.base_url.clone(),
            vendor: connect(self.egress.clone(), connection),
            patience: self.patience,
            budget,
        })
    }
}

#[async_trait]
impl Chat for ModelRouter {
    async fn chat(&self, mut request: ChatRequest) -> Result<ChatStream> {
        request.model = self.resolve(request.workspace, request.model).await?;
        read_attached(&self.store, &mut request).await?;
        if request.model == EXTRACTIVE_MODEL {
            return self.extractive.chat(request).await;
        }
        let (name, _) = split_model(&request.model)?;
        let Reached { vendor, budget, .. } = self.reach(request.workspace, name).await?;
        let patient = Retrying::new(vendor, self.patience, budget, self.clock.clone());
        let mut parts = request.messages.iter().flat_map(|message| &message.parts);
        let pictures = parts.any(|part| matches!(part, Part::Image { .. }));
        let answered = patient.chat(request).await;
        answered.map_err(|error| explained(error, pictures))
    }
}

pub(crate) fn unknown_provider(name: &str) -> Error {
    Error::invalid(
        "model",
        format!(
            "There is no provider “{name}” in this workspace. Add it under Settings, Models, or \
             choose another model."
        ),
    )
}
