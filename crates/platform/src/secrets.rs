//! Secrets of a workspace: set by admins, seen by nobody, sent by flows and tools.

use std::collections::HashMap;

use async_trait::async_trait;
use headwater_model::access::{Caller, Permission};
use headwater_model::flow::graph::valid_id;
use headwater_model::id::WorkspaceId;
use headwater_model::ports::{Secret, Secrets};
use headwater_model::secret::{KeptSecret, check};
use headwater_model::{Code, Error, Result};
use headwater_store::Store;

use crate::Platform;

impl Platform {
    /// What secrets there are, never their texts.
    pub async fn secrets(&self, caller: &Caller) -> Result<Vec<KeptSecret>> {
        caller.require(Permission::SecretsRead)?;
        self.store().secrets(caller.workspace).list().await
    }

    /// Sets a secret; from now on whatever sends it sends this text.
    pub async fn set_secret(&self, caller: &Caller, name: &str, text: Secret) -> Result<()> {
        caller.require(Permission::SecretsWrite)?;
        if !valid_id(name) {
            return Err(Error::invalid(
                "name",
                format!("“{name}” is not an allowed name. Use up to 64 letters, digits, _ and -."),
            ));
        }
        check(text.reveal())?;
        let secrets = self.store().secrets(caller.workspace);
        secrets.set(name, &text, &caller.label()).await
    }

    /// Refuses when a secret is not set.
    pub(crate) async fn has_secrets(
        &self,
        workspace: WorkspaceId,
        needed: &[String],
    ) -> Result<()> {
        if needed.is_empty() {
            return Ok(());
        }
        let kept = self.store().secrets(workspace).list().await?;
        let missing = needed
            .iter()
            .find(|name| kept.iter().all(|secret| secret.name != **name));
        missing.map_or(Ok(()), |name| {
            Err(Error::conflict(format!(
                "The flow needs the secret “{name}”, which this workspace does not have. Set it with `headwater secret set {name}`."
            )))
        })
    }

    /// Forgets a secret; what sends it is refused from now on.
    pub async fn remove_secret(&self, caller: &Caller, name: &str) -> Result<()> {
        caller.require(Permission::SecretsWrite)?;
        let secrets = self.store().secrets(caller.workspace);
        secrets.remove(name, &caller.label()).await
    }
}

/// Opens secrets for those who send them.
pub(crate) struct Opener(pub Store);

#[async_trait]
impl Secrets for Opener {
    async fn reveal(
        &self,
        workspace: WorkspaceId,
        names: &[String],
    ) -> Result<HashMap<String, Secret>> {
        let secrets = self.0.secrets(workspace);
        let mut revealed = HashMap::with_capacity(names.len());
        for name in names {
            let secret = secrets.open(name).await?.ok_or_else(|| unset(name))?;
            revealed.insert(name.clone(), secret);
        }
        Ok(revealed)
    }
}

fn unset(name: &str) -> Error {
    Error::new(
        Code::NotFound,
        format!(
            "The secret “{name}” is not set in this workspace. Set it with `headwater secret set {name}`."
        ),
    )
}
