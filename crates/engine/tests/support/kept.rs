//! What is kept for runs: secrets, and results that stand for calling again.

use std::sync::atomic::Ordering;

use async_trait::async_trait;
use headwater_model::id::WorkspaceId;
use headwater_model::ports::{CacheFound, CacheMiss, CacheRequest, ResultCache, Secret, Secrets};
use headwater_model::{Error, Result, Timestamp};
use serde_json::Value;

use super::World;

#[async_trait]
impl ResultCache for World {
    async fn find(&self, request: &CacheRequest) -> Result<CacheFound> {
        let key = format!("{request:?}");
        let found = self.kept.lock().get(&key).cloned();
        let now = self.now.load(Ordering::SeqCst);
        Ok(match found.filter(|(_, _, until)| now < *until) {
            Some((value, at, _)) => CacheFound::Hit {
                value,
                kept_at: Timestamp::from_millis(at),
            },
            None => CacheFound::Miss(CacheMiss {
                workspace: request.workspace,
                key,
                hold: None,
            }),
        })
    }

    async fn keep(&self, place: &CacheMiss, value: &Value, ttl_ms: u64) -> Result<()> {
        let now = self.now.load(Ordering::SeqCst);
        let until = now + i64::try_from(ttl_ms).unwrap();
        let mut kept = self.kept.lock();
        kept.insert(place.key.clone(), (value.clone(), now, until));
        Ok(())
    }
}

#[async_trait]
impl Secrets for World {
    async fn reveal(
        &self,
        _: WorkspaceId,
        names: &[String],
    ) -> Result<std::collections::HashMap<String, Secret>> {
        let reveal = |name: &String| {
            let text = self.secrets.get(name);
            let text = text.ok_or_else(|| Error::not_found("secret"))?;
            Ok((name.clone(), Secret::new(text.as_str())))
        };
        names.iter().map(reveal).collect()
    }
}
