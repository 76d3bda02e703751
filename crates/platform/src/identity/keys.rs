//! API keys: made, shown once, recognised, revoked.

use headwater_model::access::{Caller, Identity as Who, Permission, Role, Scope};
use headwater_model::id::{ApiKeyId, WorkspaceId};
use headwater_model::identity::{ApiKey, normal_name};
use headwater_model::{Code, Error, Result, Timestamp};

use super::secrets;
use crate::Platform;

/// How often a key's last use is noted, in milliseconds.
const TOUCH_EVERY: i64 = 60_000;

/// A key to be made.
#[derive(Clone, Debug)]
pub struct NewKey {
    pub name: String,
    pub scopes: Vec<Scope>,
    pub expires_at: Option<Timestamp>,
}

/// A key with its secret, which is never shown again.
#[derive(Clone)]
pub struct ShownKey {
    pub key: ApiKey,
    pub secret: String,
}

impl Platform {
    /// The workspace's keys, newest first.
    pub async fn api_keys(&self, caller: &Caller) -> Result<Vec<ApiKey>> {
        caller.require(Permission::KeysWrite)?;
        self.store().api_keys(caller.workspace).list().await
    }

    /// Makes a key.
    pub async fn create_api_key(&self, caller: &Caller, new: NewKey) -> Result<ShownKey> {
        caller.require(Permission::KeysWrite)?;
        let now = self.clock().now();
        let mut scopes: Vec<Scope> = Scope::ALL
            .into_iter()
            .filter(|scope| new.scopes.contains(scope))
            .collect();
        scopes.dedup();
        if scopes.is_empty() {
            return Err(Error::invalid(
                "scopes",
                "Choose at least one of read, run, edit, admin.",
            ));
        }
        if let Who::Key { scopes: own, .. } = &caller.identity
            && let Some(more) = scopes.iter().find(|scope| !own.contains(scope))
        {
            return Err(Error::forbidden(format!(
                "A key cannot make a key with a scope it lacks ({}).",
                more.as_str()
            )));
        }
        if new.expires_at.is_some_and(|at| at <= now) {
            return Err(Error::invalid(
                "expires_at",
                "expires_at must lie in the future.",
            ));
        }
        let secret = secrets::new_secret("hw_");
        let key = ApiKey {
            id: self.store().fresh(ApiKeyId::new),
            name: normal_name("name", &new.name)?,
            prefix: secret.chars().take(9).collect(),
            scopes,
            created_at: now,
            last_used_at: None,
            expires_at: new.expires_at,
        };
        self.store()
            .api_keys(caller.workspace)
            .create(key.clone(), secrets::hash_secret(&secret), &caller.label())
            .await?;
        Ok(ShownKey { key, secret })
    }

    /// Revokes a key at once.
    pub async fn delete_api_key(&self, caller: &Caller, id: ApiKeyId) -> Result<()> {
        caller.require(Permission::KeysWrite)?;
        self.store()
            .api_keys(caller.workspace)
            .delete(id, &caller.label())
            .await?;
        self.inner.identity.keys.clear();
        Ok(())
    }

    pub(super) async fn caller_by_key_hash(
        &self,
        hash: String,
        workspace: Option<WorkspaceId>,
    ) -> Result<Caller> {
        let now = self.clock().now();
        let known = self.inner.identity.keys.get(&hash, now);
        let (home, key) = match known {
            Some(found) => found,
            None => {
                let found = self
                    .store()
                    .find_api_key(&hash)
                    .await?
                    .ok_or_else(wrong_key)?;
                self.inner
                    .identity
                    .keys
                    .put(hash, now, found.0, found.1.clone());
                found
            }
        };
        if key.expires_at.is_some_and(|at| at <= now) {
            return Err(Error::new(
                Code::Unauthenticated,
                "This API key has expired. Make a new one under Settings › API keys.",
            ));
        }
        if workspace.is_some_and(|asked| asked != home) {
            return Err(Error::not_found("workspace"));
        }
        self.note_use(key.id, now);
        let role = if key.scopes.contains(&Scope::Admin) {
            Role::Owner
        } else {
            Role::Editor
        };
        Ok(Caller {
            identity: Who::Key {
                id: key.id,
                scopes: key.scopes,
            },
            workspace: home,
            role,
            trace: None,
        })
    }

    fn note_use(&self, id: ApiKeyId, now: Timestamp) {
        let mut touched = self.inner.identity.touched.lock();
        if touched
            .get(&id)
            .is_some_and(|at| now < at.plus_millis(TOUCH_EVERY))
        {
            return;
        }
        touched.insert(id, now);
        let store = self.store().clone();
        self.supervisor().spawn("note key use", async move {
            if let Err(error) = store.touch_api_key(id, now).await {
                tracing::warn!(?error, "noting a key's use");
            }
        });
    }
}

fn wrong_key() -> Error {
    Error::new(
        Code::Unauthenticated,
        "This API key is unknown or was revoked. Make a new one under Settings › API keys.",
    )
}
