//! Results of calls that stand for calling again: what makes two calls the same, how much is kept,
//! and one call at a time for those who want the same.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use async_trait::async_trait;
use headwater_model::access::{Caller, Permission};
use headwater_model::id::WorkspaceId;
use headwater_model::ports::{CacheFound, CacheMiss, CacheRequest, ResultCache};
use headwater_model::{Error, Result};
use headwater_store::Store;
use headwater_store::result_cache::CacheBounds;
use parking_lot::Mutex;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::Platform;
use crate::monitor::Recorder;
use crate::providers::ModelRouter;

/// The largest result that is kept, as JSON.
const LARGEST: usize = 1024 * 1024;
/// What a workspace may keep; the oldest results go first.
const BOUNDS: CacheBounds = CacheBounds {
    entries: 10_000,
    bytes: 64 * 1024 * 1024,
};
/// Room is made once in so many results.
const SWEEP: u64 = 32;
/// Another number when results of old can no longer be used.
const FORMAT: u32 = 1;

impl Platform {
    /// Forgets the results that are kept for the workspace; how many there were.
    pub async fn clear_results(&self, caller: &Caller) -> Result<u64> {
        caller.require(Permission::FlowsWrite)?;
        let cache = self.store().result_cache(caller.workspace);
        cache.clear(&caller.label()).await
    }
}

/// Those who work on a result, by its key.
type Flights = HashMap<String, Weak<tokio::sync::Mutex<()>>>;

/// Results in the database, shared by all servers.
pub(crate) struct KeptResults {
    store: Store,
    models: Arc<ModelRouter>,
    recorder: Arc<Recorder>,
    flights: Mutex<Flights>,
    kept: AtomicU64,
}

impl KeptResults {
    pub fn new(store: Store, models: Arc<ModelRouter>, recorder: Arc<Recorder>) -> Self {
        Self {
            store,
            models,
            recorder,
            flights: Mutex::default(),
            kept: AtomicU64::new(0),
        }
    }

    async fn key(&self, request: &CacheRequest) -> Result<String> {
        let mut models = Vec::with_capacity(request.models.len());
        for model in &request.models {
            models.push(self.models.meant(request.workspace, model).await?);
        }
        let secrets = self.store.secrets(request.workspace);
        let mut versions = Vec::with_capacity(request.secrets.len());
        for name in &request.secrets {
            versions.push(secrets.version(name).await?);
        }
        let all = json!([FORMAT, request.of, models, request.secrets, versions]);
        let text = serde_json::to_vec(&ordered(&all)).map_err(Error::internal)?;
        Ok(hex::encode(Sha256::digest(text)))
    }

    async fn kept(&self, workspace: WorkspaceId, key: &str) -> Result<Option<CacheFound>> {
        let Some(entry) = self.store.result_cache(workspace).get(key).await? else {
            return Ok(None);
        };
        Ok(Some(CacheFound::Hit {
            value: serde_json::from_str(&entry.value).map_err(Error::internal)?,
            kept_at: entry.created_at,
        }))
    }

    fn flight(&self, workspace: WorkspaceId, key: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut flights = self.flights.lock();
        flights.retain(|_, flight| flight.strong_count() > 0);
        let place = flights.entry(format!("{workspace}/{key}")).or_default();
        place.upgrade().unwrap_or_else(|| {
            let flight = Arc::default();
            *place = Arc::downgrade(&flight);
            flight
        })
    }
}

#[async_trait]
impl ResultCache for KeptResults {
    async fn find(&self, request: &CacheRequest) -> Result<CacheFound> {
        let found = self.look(request).await?;
        self.recorder
            .result(matches!(found, CacheFound::Hit { .. }));
        Ok(found)
    }

    async fn keep(&self, place: &CacheMiss, value: &Value, ttl_ms: u64) -> Result<()> {
        let text = value.to_string();
        if text.len() > LARGEST {
            return Ok(());
        }
        let turn = self.kept.fetch_add(1, Ordering::Relaxed);
        let bounds = turn.is_multiple_of(SWEEP).then_some(BOUNDS);
        let cache = self.store.result_cache(place.workspace);
        cache.put(&place.key, text, ttl_ms, bounds).await
    }
}

impl KeptResults {
    async fn look(&self, request: &CacheRequest) -> Result<CacheFound> {
        let (workspace, key) = (request.workspace, self.key(request).await?);
        if let Some(hit) = self.kept(workspace, &key).await? {
            return Ok(hit);
        }
        let flight = self.flight(workspace, &key);
        let hold: Option<Box<dyn Send + Sync>> = match Arc::clone(&flight).try_lock_owned() {
            Ok(first) => Some(Box::new(first)),
            Err(_) => {
                // Whoever is first may fail: then all the others go at the same time.
                drop(flight.lock().await);
                None
            }
        };
        // It may have come since.
        if let Some(hit) = self.kept(workspace, &key).await? {
            return Ok(hit);
        }
        Ok(CacheFound::Miss(CacheMiss {
            workspace,
            key,
            hold,
        }))
    }
}

/// The same JSON with the fields of every object in the order of their names.
fn ordered(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(ordered).collect(),
        Value::Object(fields) => {
            let mut names: Vec<&String> = fields.keys().collect();
            names.sort_unstable();
            let fields = names
                .into_iter()
                .map(|name| (name.clone(), ordered(&fields[name])));
            Value::Object(fields.collect::<Map<_, _>>())
        }
        plain => plain.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_fields_makes_no_other_call() {
        let one: Value = serde_json::from_str(r#"{"b":[{"d":1,"c":2}],"a":null}"#).unwrap();
        let other: Value = serde_json::from_str(r#"{"a":null,"b":[{"c":2,"d":1}]}"#).unwrap();
        assert_eq!(ordered(&one).to_string(), ordered(&other).to_string());
        let swapped: Value = serde_json::from_str(r#"{"a":null,"b":[{"c":1,"d":2}]}"#).unwrap();
        assert_ne!(ordered(&one).to_string(), ordered(&swapped).to_string());
    }
}
