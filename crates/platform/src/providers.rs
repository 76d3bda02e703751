//! Providers and models: configured, tested, listed, chosen, and called.

mod router;

use std::time::Duration;

use headwater_model::access::{Caller, Permission};
use headwater_model::id::{ProviderId, WorkspaceId};
use headwater_model::operations::Check;
use headwater_model::provider::{
    EXTRACTIVE_MODEL, LOCAL_PROVIDER, LocalModel, Model, ModelKind, Provider, ProviderKind,
    ProviderTest, split_model,
};
use headwater_model::{Code, Error, Result, Timestamp};
use headwater_providers::egress::normal_base_url;
use headwater_providers::{Connection, Secret};
use headwater_store::providers::{ProviderChange, ProviderRecord};

use crate::Platform;

pub use router::ModelRouter;
pub(crate) use router::Reached;
pub(crate) use router::unknown_provider;

/// How long making a provider waits for its list of models.
const FIRST_LIST: Duration = Duration::from_secs(3);
/// After this long a list of models is asked for anew, in milliseconds.
const STALE_AFTER: i64 = 10 * 60 * 1000;
/// A list is asked for at most this often, whatever comes of it, in milliseconds.
const ASK_EVERY: i64 = 60 * 1000;

/// A provider to be tested or made.
#[derive(Clone)]
pub struct NewProvider {
    pub kind: ProviderKind,
    /// The first half of its model ids; a test needs none.
    pub name: String,
    /// The vendor's own when absent.
    pub base_url: Option<String>,
    pub api_key: Option<String>,
}

/// What changes about a provider; what is absent stays.
#[derive(Clone, Default)]
pub struct ProviderPatch {
    pub name: Option<String>,
    pub base_url: Option<String>,
    /// `Some(None)` or an empty one removes the key.
    pub api_key: Option<Option<String>>,
}

/// The models flows may name, and the workspace's choice.
#[derive(Clone, Debug)]
pub struct Models {
    pub default: String,
    pub items: Vec<Model>,
}

impl Platform {
    /// The workspace's providers, by name.
    pub async fn providers(&self, caller: &Caller) -> Result<Vec<Provider>> {
        caller.require(Permission::ProvidersRead)?;
        let records = self.store().providers(caller.workspace).list().await?;
        Ok(records.into_iter().map(|record| record.provider).collect())
    }

    /// Adds a provider. Its models are listed when the vendor answers soon; a dead one does not
    /// stand in the way.
    pub async fn create_provider(&self, caller: &Caller, new: NewProvider) -> Result<Provider> {
        caller.require(Permission::ProvidersWrite)?;
        let made = self
            .keep_provider(caller.workspace, new, &caller.label())
            .await?;
        let listing = self.list_models(caller.workspace, made.id);
        // What comes of it is shown by a test; here it only fills the list.
        let _ = tokio::time::timeout(FIRST_LIST, listing).await;
        Ok(made)
    }

    async fn keep_provider(
        &self,
        workspace: WorkspaceId,
        new: NewProvider,
        by: &str,
    ) -> Result<Provider> {
        let api_key = normal_key(new.api_key)?;
        let provider = Provider {
            id: self.store().fresh(ProviderId::new),
            kind: new.kind,
            name: normal_provider_name(&new.name)?,
            base_url: base_url(new.kind, new.base_url.as_deref())?,
            has_key: api_key.is_some(),
            created_at: self.clock().now(),
        };
        self.store()
            .providers(workspace)
            .create(provider.clone(), api_key.map(Into::into), by)
            .await?;
        self.inner.prices.changed(workspace);
        Ok(provider)
    }

    /// Changes a provider.
    pub async fn update_provider(
        &self,
        caller: &Caller,
        id: ProviderId,
        patch: ProviderPatch,
    ) -> Result<Provider> {
        caller.require(Permission::ProvidersWrite)?;
        let providers = self.store().providers(caller.workspace);
        let before = providers.get(id).await?.provider;
        let base_url = patch
            .base_url
            .map(|url| base_url(before.kind, Some(&url)))
            .transpose()?;
        let api_key = patch.api_key.map(normal_key).transpose()?;
        // Otherwise whoever may change the address could have a key sent to themselves.
        let moves = base_url
            .as_deref()
            .is_some_and(|url| !same_origin(url, &before.base_url));
        if moves && before.has_key && api_key.is_none() {
            return Err(Error::invalid(
                "api_key",
                "Give the API key again when the base URL leads to another server.",
            ));
        }
        let name = patch
            .name
            .as_deref()
            .map(normal_provider_name)
            .transpose()?;
        let change = ProviderChange {
            name: name.filter(|name| *name != before.name),
            base_url: base_url.filter(|url| *url != before.base_url),
            api_key: api_key.map(|key| key.map(Into::into)),
        };
        providers.update(id, change, &caller.label()).await?;
        self.inner.prices.changed(caller.workspace);
        Ok(providers.get(id).await?.provider)
    }

    /// Removes a provider and its key.
    pub async fn delete_provider(&self, caller: &Caller, id: ProviderId) -> Result<()> {
        caller.require(Permission::ProvidersWrite)?;
        let providers = self.store().providers(caller.workspace);
        providers.delete(id, &caller.label()).await?;
        self.inner.prices.changed(caller.workspace);
        Ok(())
    }

    /// Asks a saved provider for its models.
    pub async fn test_provider(&self, caller: &Caller, id: ProviderId) -> Result<ProviderTest> {
        caller.require(Permission::ProvidersWrite)?;
        let began = self.clock().now();
        self.store().providers(caller.workspace).get(id).await?;
        let found = self.list_models(caller.workspace, id).await;
        Ok(verdict(began, self.clock().now(), found))
    }

    /// Asks a provider that is not saved for its models; nothing is kept.
    pub async fn test_new_provider(
        &self,
        caller: &Caller,
        new: NewProvider,
    ) -> Result<ProviderTest> {
        caller.require(Permission::ProvidersWrite)?;
        let name = match new.name.trim() {
            "" => "The provider".to_owned(),
            name => name.to_owned(),
        };
        let connection = Connection {
            kind: new.kind,
            name,
            base_url: base_url(new.kind, new.base_url.as_deref())?,
            api_key: normal_key(new.api_key)?.as_deref().map(Secret::new),
        };
        let began = self.clock().now();
        let found = self.inner.models.list(connection).await;
        Ok(verdict(began, self.clock().now(), found))
    }

    /// The models flows may name. Lists come from the last time a vendor was asked, so that a dead
    /// one never holds up the page; old lists are renewed behind it.
    pub async fn models(&self, caller: &Caller) -> Result<Models> {
        caller.require(Permission::ModelsRead)?;
        self.known_models(caller).await
    }

    /// What `models` answers, also to a caller who may choose but not look.
    pub(crate) async fn known_models(&self, caller: &Caller) -> Result<Models> {
        let workspace = caller.workspace;
        let records = self.store().providers(workspace).list().await?;
        let default = self.default_model(workspace).await?;
        for record in &records {
            self.renew_models(workspace, record);
        }
        Ok(Models {
            items: listed(&default, &records, self.inner.local.list()),
            default,
        })
    }

    /// Chooses the model that flows mean by "default".
    pub async fn set_default_model(&self, caller: &Caller, model: &str) -> Result<Models> {
        caller.require(Permission::ProvidersWrite)?;
        let model = model.trim();
        let providers = self.store().providers(caller.workspace);
        if model != EXTRACTIVE_MODEL {
            let (provider, _) = split_model(model)?;
            if model.chars().count() > 300 || model.chars().any(char::is_control) {
                return Err(Error::invalid("model", "That is not the name of a model."));
            }
            if providers.find(provider).await?.is_none() {
                return Err(unknown_provider(provider).with_field("model"));
            }
        }
        providers.set_default_model(model, &caller.label()).await?;
        self.inner.prices.changed(caller.workspace);
        self.known_models(caller).await
    }

    /// Gives a new workspace the providers whose keys the configuration has.
    pub async fn seed_providers(&self, workspace: WorkspaceId) -> Result<()> {
        let config = self.config();
        let keys = [
            (ProviderKind::Openai, config.openai_api_key.clone()),
            (ProviderKind::Anthropic, config.anthropic_api_key.clone()),
        ];
        for (kind, api_key) in keys {
            if api_key.is_none() {
                continue;
            }
            let new = NewProvider {
                kind,
                name: kind.as_str().to_owned(),
                base_url: None,
                api_key,
            };
            match self.keep_provider(workspace, new, "configuration").await {
                Err(error) if error.code != Code::Conflict => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether the default model can be called, as far as is known without calling it.
    pub(crate) async fn model_check(&self, workspace: WorkspaceId) -> Check {
        let found = self.model_finding(workspace).await;
        let (ok, message, fix) = match found {
            Ok(message) => (true, message, None),
            Err(error) => (
                false,
                error.message.into_owned(),
                Some(
                    "Test its provider, or choose another default model, under Settings, Models, or with \
                     `headwater provider test NAME` and `headwater model default MODEL`."
                        .to_owned(),
                ),
            ),
        };
        Check {
            name: "model".to_owned(),
            ok,
            message,
            fix,
        }
    }

    async fn model_finding(&self, workspace: WorkspaceId) -> Result<String> {
        let model = self.default_model(workspace).await?;
        let (provider, name) = split_model(&model)?;
        if model != EXTRACTIVE_MODEL {
            let known = self.store().providers(workspace).find(provider).await?;
            let known = known.ok_or_else(|| unknown_provider(provider))?;
            // Not every vendor lists what it offers.
            if !known.models.is_empty() && !known.models.iter().any(|model| model == name) {
                let message = format!(
                    "The default model {model} is not among those that {provider} offered last."
                );
                return Err(Error::new(Code::Unavailable, message));
            }
        }
        Ok(format!("The default model is {model}."))
    }

    async fn default_model(&self, workspace: WorkspaceId) -> Result<String> {
        let chosen = self.store().providers(workspace).default_model().await?;
        Ok(chosen.unwrap_or_else(|| EXTRACTIVE_MODEL.to_owned()))
    }

    /// Asks a saved provider for its models and keeps the list.
    async fn list_models(&self, workspace: WorkspaceId, id: ProviderId) -> Result<Vec<String>> {
        let connection = self.inner.models.connection(workspace, id).await?;
        let models = self.inner.models.list(connection).await?;
        self.store()
            .providers(workspace)
            .keep_models(id, &models)
            .await?;
        Ok(models)
    }

    fn renew_models(&self, workspace: WorkspaceId, record: &ProviderRecord) {
        let (id, now) = (record.provider.id, self.clock().now());
        let fresh = record
            .models_at
            .is_some_and(|at| now < at.plus_millis(STALE_AFTER));
        if fresh || !self.inner.models.may_ask(id, now, ASK_EVERY) {
            return;
        }
        let platform = self.clone();
        self.supervisor()
            .spawn_abortable("renew models", async move {
                if let Err(error) = platform.list_models(workspace, id).await {
                    tracing::info!(provider = %id, ?error, "renewing a list of models");
                }
            });
    }
}

fn listed(default: &str, records: &[ProviderRecord], local: Vec<LocalModel>) -> Vec<Model> {
    let model = |provider: &str, name: &str, available| Model {
        id: format!("{provider}/{name}"),
        provider: provider.to_owned(),
        name: name.to_owned(),
        kind: ModelKind::of(name),
        available,
    };
    let mut items = vec![model("builtin", "extractive", true)];
    items.extend(local.into_iter().map(|local| Model {
        kind: ModelKind::Embedding,
        ..model(LOCAL_PROVIDER, &local.name, true)
    }));
    for record in records {
        let names = record.models.iter();
        items.extend(names.map(|name| model(&record.provider.name, name, true)));
    }
    if !items.iter().any(|item| item.id == default)
        && let Ok((provider, name)) = split_model(default)
    {
        items.push(model(provider, name, false));
    }
    items
}

fn verdict(began: Timestamp, ended: Timestamp, found: Result<Vec<String>>) -> ProviderTest {
    let latency_ms = u64::try_from(ended.as_millis() - began.as_millis()).unwrap_or(0);
    match found {
        Ok(models) => ProviderTest {
            ok: true,
            latency_ms,
            message: match models.len() {
                0 => "The connection works, but no model is offered yet. Load or pull one first."
                    .to_owned(),
                1 => "The connection works: one model is offered.".to_owned(),
                count => format!("The connection works: {count} models are offered."),
            },
            models,
        },
        Err(error) => ProviderTest {
            ok: false,
            latency_ms,
            models: Vec::new(),
            message: error.message.into_owned(),
        },
    }
}

fn base_url(kind: ProviderKind, given: Option<&str>) -> Result<String> {
    match given.map(str::trim) {
        None | Some("") => Ok(kind.default_base_url().to_owned()),
        Some(url) => normal_base_url(url),
    }
}

/// Scheme, host and port: where a key would be sent.
fn same_origin(a: &str, b: &str) -> bool {
    let origin = |url: &str| url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
    origin(a) == origin(b)
}

fn normal_key(given: Option<String>) -> Result<Option<String>> {
    let Some(key) = given
        .map(|key| key.trim().to_owned())
        .filter(|key| !key.is_empty())
    else {
        return Ok(None);
    };
    if key.len() > 4096 || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::invalid(
            "api_key",
            "That is not an API key: it must be one word without spaces. Copy it again.",
        ));
    }
    Ok(Some(key))
}

fn normal_provider_name(text: &str) -> Result<String> {
    let name = text.trim().to_lowercase();
    let fits = (1..=64).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    if !fits {
        return Err(Error::invalid(
            "name",
            "name must have 1 to 64 letters, digits, dashes, dots or underscores, such as ollama.",
        ));
    }
    if ["builtin", "default", LOCAL_PROVIDER].contains(&name.as_str()) {
        return Err(Error::invalid(
            "name",
            format!("“{name}” is taken by Headwater itself. Choose another name."),
        ));
    }
    Ok(name)
}
