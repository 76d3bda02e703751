//! What models cost: set by the workspace, or published by their vendor.

use std::collections::HashMap;
use std::sync::Arc;

use headwater_model::access::{Caller, Permission};
use headwater_model::id::WorkspaceId;
use headwater_model::price::{ModelPrice, Price, PriceSource, Prices};
use headwater_model::provider::{EXTRACTIVE_MODEL, split_model};
use headwater_model::{Clock, Error, Result, Timestamp};
use headwater_providers::prices::Published;
use headwater_store::Store;
use parking_lot::Mutex;

use crate::Platform;

/// How long a change on another replica may go unnoticed, in milliseconds.
const BELIEVED: i64 = 1_000;
const KEPT: usize = 10_000;

/// What runs would otherwise read every time they begin.
pub(crate) struct PriceBook {
    store: Store,
    clock: Arc<dyn Clock>,
    published: Published,
    known: Mutex<HashMap<WorkspaceId, (Timestamp, Arc<Prices>)>>,
}

impl PriceBook {
    pub(crate) fn open(store: Store, clock: Arc<dyn Clock>) -> Result<Self> {
        Ok(Self {
            store,
            clock,
            published: Published::read()?,
            known: Mutex::default(),
        })
    }

    /// Forgets what is known of a workspace, after a change here.
    pub(crate) fn changed(&self, workspace: WorkspaceId) {
        self.known.lock().remove(&workspace);
    }

    /// What the workspace pays for what begins now.
    pub(crate) async fn of(&self, workspace: WorkspaceId) -> Result<Arc<Prices>> {
        let now = self.clock.now();
        if let Some((at, prices)) = self.known.lock().get(&workspace)
            && now < at.plus_millis(BELIEVED)
        {
            return Ok(Arc::clone(prices));
        }
        let set = self.store.model_prices(workspace).list().await?;
        let providers = self.store.providers(workspace);
        let published = providers.list().await?.into_iter().filter_map(|record| {
            let provider = record.provider;
            let list = self.published.of(provider.kind, &provider.base_url)?;
            Some((provider.name, Arc::clone(list)))
        });
        let prices = Arc::new(Prices {
            published: published.collect(),
            set: set.into_iter().map(|set| (set.model, set.price)).collect(),
            default_model: providers.default_model().await?,
        });
        let mut known = self.known.lock();
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(workspace, (now, Arc::clone(&prices)));
        Ok(prices)
    }
}

impl Platform {
    /// What is known of the prices of models, those that were set first.
    pub async fn model_prices(&self, caller: &Caller) -> Result<Vec<ModelPrice>> {
        caller.require(Permission::ModelsRead)?;
        self.known_prices(caller.workspace).await
    }

    /// Sets what a model costs, or goes back to what its vendor publishes. Runs that have begun keep
    /// their prices.
    pub async fn set_model_price(
        &self,
        caller: &Caller,
        model: &str,
        price: Option<Price>,
    ) -> Result<Vec<ModelPrice>> {
        caller.require(Permission::ProvidersWrite)?;
        let model = model.trim();
        let (provider, _) = split_model(model)?;
        if model == EXTRACTIVE_MODEL {
            return Err(Error::invalid("model", "The built-in model costs nothing."));
        }
        if model.chars().count() > 300 || model.chars().any(char::is_control) {
            return Err(Error::invalid("model", "That is not the name of a model."));
        }
        let providers = self.store().providers(caller.workspace);
        if price.is_some() && providers.find(provider).await?.is_none() {
            return Err(crate::providers::unknown_provider(provider).with_field("model"));
        }
        self.store()
            .model_prices(caller.workspace)
            .set(model.to_owned(), price, &caller.label())
            .await?;
        self.inner.prices.changed(caller.workspace);
        self.known_prices(caller.workspace).await
    }

    async fn known_prices(&self, workspace: WorkspaceId) -> Result<Vec<ModelPrice>> {
        let set = self.store().model_prices(workspace).list().await?;
        let mut prices: Vec<ModelPrice> = set
            .into_iter()
            .map(|set| ModelPrice {
                model: set.model,
                price: set.price,
                source: PriceSource::Set,
                at: set.at,
            })
            .collect();
        let known = self.prices_of(workspace).await?;
        let mut published = Vec::new();
        for (provider, list) in &known.published {
            for (name, price) in &list.prices {
                let model = format!("{provider}/{name}");
                if !known.set.contains_key(&model) {
                    published.push(ModelPrice {
                        model,
                        price: *price,
                        source: PriceSource::Published,
                        at: list.at,
                    });
                }
            }
        }
        published.sort_by(|one, other| one.model.cmp(&other.model));
        prices.extend(published);
        Ok(prices)
    }

    /// What a run that begins now pays.
    pub(crate) async fn prices_of(&self, workspace: WorkspaceId) -> Result<Arc<Prices>> {
        self.inner.prices.of(workspace).await
    }
}
