//! Environment values: set per workspace, read by flows, fixed for a run when it begins.

use headwater_model::access::{Caller, Permission};
use headwater_model::flow::Revision;
use headwater_model::flow::graph::valid_id;
use headwater_model::id::WorkspaceId;
use headwater_model::{Error, Result};
use serde_json::{Map, Value};

use crate::Platform;

/// The longest value, as JSON, in bytes.
const LONGEST: usize = 64 * 1024;

impl Platform {
    /// What the workspace sets.
    pub async fn environment(&self, caller: &Caller) -> Result<Map<String, Value>> {
        caller.require(Permission::FlowsRead)?;
        self.store().environment(caller.workspace).all().await
    }

    /// Sets a value; runs that have begun keep theirs.
    pub async fn set_environment(&self, caller: &Caller, name: &str, value: Value) -> Result<()> {
        caller.require(Permission::EnvironmentWrite)?;
        if !valid_id(name) || name.contains('-') {
            return Err(Error::invalid(
                "name",
                format!("“{name}” is not an allowed name. Use up to 64 letters, digits and _."),
            ));
        }
        if value.to_string().len() > LONGEST {
            return Err(Error::invalid(
                "value",
                format!("A value may have at most {} KiB.", LONGEST / 1024),
            ));
        }
        let environment = self.store().environment(caller.workspace);
        environment.set(name, &value, &caller.label()).await
    }

    /// Takes a value back: flows have their own again.
    pub async fn unset_environment(&self, caller: &Caller, name: &str) -> Result<()> {
        caller.require(Permission::EnvironmentWrite)?;
        let environment = self.store().environment(caller.workspace);
        environment.unset(name, &caller.label()).await
    }

    /// What the workspace sets of what a revision, or a flow it calls, reads. Refused when something
    /// is set nowhere, or a secret is not set.
    pub(crate) async fn environment_of(
        &self,
        workspace: WorkspaceId,
        revision: &Revision,
    ) -> Result<Map<String, Value>> {
        let plan = self.plan(workspace, revision).await?;
        self.has_secrets(workspace, &plan.secrets).await?;
        if plan.env.is_empty() {
            return Ok(Map::new());
        }
        let mut set = self.store().environment(workspace).all().await?;
        set.retain(|name, _| plan.env.iter().any(|value| value.name == *name));
        let unset = plan
            .env
            .iter()
            .find(|v| v.value.is_none() && !set.contains_key(&v.name));
        match unset {
            None => Ok(set),
            Some(value) => Err(Error::conflict(format!(
                "The flow needs the environment value “{0}”, which this workspace does not set. Set it with `headwater env set {0} VALUE`.",
                value.name
            ))),
        }
    }
}
