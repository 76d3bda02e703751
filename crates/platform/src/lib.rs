//! What the product does, one file per capability, in dependency order. Every door comes through here:
//! permissions, limits and rules are decided in this crate and nowhere else.

pub mod clock;
pub mod config;
pub mod tasks;
pub mod telemetry;

pub mod attachments;
pub mod audit;
mod chunk_vectors;
pub mod conversations;
pub mod embeddings;
pub mod environment;
pub mod evaluation;
pub mod evaluations;
pub mod feedback;
pub mod flows;
pub mod identity;
mod index_copy;
mod indexer;
mod jobs;
pub mod knowledge;
mod limits;
pub mod local_models;
mod monitor;
pub mod prices;
mod progress;
pub mod prompts;
pub mod providers;
pub mod question_sets;
mod rates;
mod reading;
mod reranking;
pub mod result_cache;
pub mod retrieval;
pub mod runs;
pub mod secrets;
pub mod shares;
pub mod sources;
mod spans;
pub mod system;
pub mod tools;
pub mod triggers;

use std::sync::Arc;
use std::time::Duration;

use headwater_engine::sandbox::Pool;
use headwater_engine::{Engine, Ports};
use headwater_model::ports::Embed;
use headwater_model::{Clock, Result};
use headwater_providers::local::Hub;
use headwater_providers::{Egress, Fetcher, LocalModels};
use headwater_store::Store;

pub use config::PlatformConfig;
use identity::Identity;
pub use index_copy::{CopyState, IndexCopy};
pub use tasks::Supervisor;

/// How often sessions of tools are looked at for those that nobody uses.
const TIDY: Duration = Duration::from_secs(60);

/// The product: one struct of concrete handles. Two may live in one process.
#[derive(Clone)]
pub struct Platform {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    clock: Arc<dyn Clock>,
    config: PlatformConfig,
    supervisor: Supervisor,
    identity: Identity,
    rates: rates::Rates,
    plans: flows::Plans,
    revisions: flows::Revisions,
    live: runs::LiveRuns,
    log: Arc<runs::StoreLog>,
    engine: Engine,
    code: Pool,
    models: Arc<providers::ModelRouter>,
    prices: Arc<prices::PriceBook>,
    local: Arc<LocalModels>,
    hub: Hub,
    embeddings: Arc<embeddings::Embeddings>,
    spans: Option<Arc<spans::Spans>>,
    knowledge: knowledge::KnowledgeState,
    reading: Arc<reading::Reading>,
    tools: Arc<tools::Toolbox>,
    monitor: monitor::MonitorState,
}

impl Platform {
    /// Opens the product over an open store and starts its background work.
    pub async fn open(
        store: Store,
        clock: Arc<dyn Clock>,
        config: PlatformConfig,
        supervisor: Supervisor,
    ) -> Result<Self> {
        Self::build(store, clock, config, supervisor, None).await
    }

    /// The same with something else that embeds.
    pub async fn open_with(
        store: Store,
        clock: Arc<dyn Clock>,
        config: PlatformConfig,
        supervisor: Supervisor,
        embed: Arc<dyn Embed>,
    ) -> Result<Self> {
        Self::build(store, clock, config, supervisor, Some(embed)).await
    }

    async fn build(
        store: Store,
        clock: Arc<dyn Clock>,
        config: PlatformConfig,
        supervisor: Supervisor,
        embed: Option<Arc<dyn Embed>>,
    ) -> Result<Self> {
        let recorder = Arc::new(monitor::Recorder::new(clock.now()));
        let spans = spans::Spans::open(&config, clock.clone(), &supervisor)?;
        let log = Arc::new(runs::StoreLog::new(
            store.clone(),
            config.limits.run_lease,
            spans.clone(),
        ));
        let limits = headwater_engine::Limits {
            wall_time: config.limits.run_time,
            ..headwater_engine::Limits::default()
        };
        let egress = Arc::new(Egress::new(config.egress.clone(), clock.clone()));
        let hub = Hub::new(egress.clone(), &config.models.hub_url);
        let indexes = indexer::Indexes {
            store: store.clone(),
            config: config.knowledge.clone(),
            egress: egress.clone(),
        };
        let models = providers::ModelRouter::new(store.clone(), egress, clock.clone());
        let models = Arc::new(models);
        let local = local_models::open(&store, &config.models, &clock, &supervisor);
        let prices = Arc::new(prices::PriceBook::open(store.clone(), clock.clone())?);
        let embeddings = Arc::new(embeddings::Embeddings::new(
            store.clone(),
            models.clone(),
            local.clone(),
            prices.clone(),
            recorder.clone(),
            config.models.cache_bytes,
        ));
        let embed = embed.unwrap_or_else(|| embeddings.clone());
        let rerank = Arc::new(reranking::Reranking {
            models: models.clone(),
            prices: prices.clone(),
        });
        let knowledge = knowledge::KnowledgeState::open(
            &store,
            &config,
            &supervisor,
            clock.clone(),
            (embed, rerank),
            indexes,
            (models.clone(), prices.clone(), recorder.clone()),
        )
        .await?;
        let reading = Arc::new(reading::Reading::new(&store, &config));
        let code = Pool::new(config.code.clone());
        let opener = Arc::new(secrets::Opener(store.clone()));
        let tools = Arc::new(tools::Toolbox::new(
            store.clone(),
            clock.clone(),
            &config.tools,
            opener.clone(),
            knowledge.retrieval.clone(),
        ));
        let ports = Ports {
            chat: models.clone(),
            retrieve: knowledge.retrieval.clone(),
            code: Arc::new(code.clone()),
            tools: tools.clone(),
            fetch: Arc::new(Fetcher::new(Arc::new(Egress::new(
                config.tools.egress.clone(),
                clock.clone(),
            )))),
            documents: reading.clone(),
            log: log.clone(),
            secrets: opener,
            cache: Arc::new(result_cache::KeptResults::new(
                store.clone(),
                models.clone(),
                recorder.clone(),
            )),
        };
        let inner = Inner {
            identity: Identity::open(&store, &config).await?,
            rates: rates::Rates::new(&config.limits),
            plans: flows::Plans::new(),
            revisions: flows::Revisions::default(),
            live: runs::LiveRuns::default(),
            engine: Engine::new(ports, limits, clock.clone()),
            code,
            log,
            models,
            prices,
            local,
            hub,
            embeddings,
            spans,
            store,
            clock,
            config,
            supervisor,
            knowledge,
            reading,
            tools,
            monitor: monitor::MonitorState::new(recorder),
        };
        let platform = Self {
            inner: Arc::new(inner),
        };
        platform.open_toolbox();
        platform.start_recovery();
        platform.tidy_uploads();
        platform.start_monitor();
        Ok(platform)
    }

    /// Lets tools call flows, and ends their sessions and programs with the house.
    fn open_toolbox(&self) {
        let (tools, supervisor) = (self.inner.tools.clone(), self.supervisor());
        tools.move_in(Arc::downgrade(&self.inner));
        let stopping = supervisor.stopping().clone();
        supervisor.spawn("tools", async move {
            while stopping
                .run_until_cancelled(tokio::time::sleep(TIDY))
                .await
                .is_some()
            {
                tools.tidy().await;
            }
            tools.close().await;
        });
    }

    pub(crate) fn store(&self) -> &Store {
        &self.inner.store
    }

    /// What embeds texts.
    pub fn embedder(&self) -> Arc<dyn Embed> {
        self.inner.knowledge.embed.clone()
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.inner.clock
    }

    /// The settings the product runs with.
    pub fn config(&self) -> &PlatformConfig {
        &self.inner.config
    }

    /// Background work; cancelled when the house closes.
    pub fn supervisor(&self) -> &Supervisor {
        &self.inner.supervisor
    }
}

/// 128 random bits, for ids that are not kept.
pub fn random() -> u128 {
    rand::random()
}
