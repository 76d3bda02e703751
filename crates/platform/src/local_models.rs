//! The embedding models that run on this server: added from a directory or a hub, and removed.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use headwater_model::access::{Caller, Identity, Permission};
use headwater_model::provider::LocalModel;
use headwater_model::{Clock, Error, Result};
use headwater_providers::LocalModels;
use headwater_providers::local::HubName;
use headwater_store::Store;
use headwater_store::audit::AuditDraft;

use crate::config::ModelsConfig;
use crate::{Platform, Supervisor};

/// How often models are looked at for those that nobody uses.
const TIDY: Duration = Duration::from_secs(60);

/// Where a model comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelSource {
    /// A directory of the server's own machine.
    Directory(PathBuf),
    /// `OWNER/MODEL` on the hub, with an optional `@REVISION`.
    Hub(String),
}

/// Finds the models of the data directory, and lets go of those that are not used.
pub(crate) fn open(
    store: &Store,
    config: &ModelsConfig,
    clock: &Arc<dyn Clock>,
    supervisor: &Supervisor,
) -> Arc<LocalModels> {
    let root = store.data_dir().join("models");
    let models = Arc::new(LocalModels::open(root, config.threads, clock.clone()));
    let own = models.clone();
    supervisor.spawn_abortable("local models", async move {
        loop {
            tokio::time::sleep(TIDY).await;
            let gone = own.tidy();
            if gone > 0 {
                tracing::debug!(gone, "models that nobody used were let go of");
            }
        }
    });
    models
}

impl Platform {
    /// The models of this server, by name.
    pub async fn local_models(&self, caller: &Caller) -> Result<Vec<LocalModel>> {
        caller.require(Permission::ModelsRead)?;
        Ok(self.inner.local.list())
    }

    /// Adds a model once it was tried out; `name` is the last part of where it comes from when absent.
    pub async fn add_local_model(
        &self,
        caller: &Caller,
        source: ModelSource,
        name: Option<String>,
    ) -> Result<LocalModel> {
        caller.require(Permission::ModelsInstall)?;
        let local = &self.inner.local;
        let added = match source {
            ModelSource::Directory(path) => {
                only_the_operator(caller)?;
                if !path.is_absolute() || !path.is_dir() {
                    return Err(Error::invalid(
                        "path",
                        format!("There is no directory {} on the server.", path.display()),
                    ));
                }
                let last = path
                    .file_name()
                    .map(|last| last.to_string_lossy().into_owned());
                let name = name.or(last).unwrap_or_default();
                local.add_directory(path, &name).await?
            }
            ModelSource::Hub(text) => {
                let of: HubName = text.parse()?;
                let name = name.unwrap_or_else(|| of.short().to_owned());
                local.add_from_hub(&self.inner.hub, &of, &name).await?
            }
        };
        // The files are no row: the entry follows as soon as they are in place.
        let draft = AuditDraft::new(&caller.label(), "model.add", &added.id)
            .detail(format!("From {}.", added.source));
        self.store().audit(caller.workspace).add(draft).await?;
        Ok(added)
    }

    /// Removes a model from this server.
    pub async fn remove_local_model(&self, caller: &Caller, name: &str) -> Result<()> {
        caller.require(Permission::ModelsInstall)?;
        let id = self.inner.local.get(name)?.id;
        let draft = AuditDraft::new(&caller.label(), "model.remove", id);
        self.store().audit(caller.workspace).add(draft).await?;
        self.inner.local.remove(name).await
    }
}

/// A path is of the server's machine, and whoever names one learns what is there.
fn only_the_operator(caller: &Caller) -> Result<()> {
    if caller.identity == Identity::Operator {
        return Ok(());
    }
    Err(Error::forbidden(
        "A path is one of the server's machine, so only its operator may name it: run `headwater \
         model add PATH` there, or add the model by its name on the hub.",
    ))
}
