//! Stands in for the secrets of a workspace until they are kept.

use std::collections::HashMap;

use async_trait::async_trait;
use headwater_model::id::WorkspaceId;
use headwater_model::ports::{Secret, Secrets};
use headwater_model::{Code, Error, Result};

/// Knows no secret.
pub(crate) struct NoSecrets;

#[async_trait]
impl Secrets for NoSecrets {
    async fn reveal(&self, _: WorkspaceId, names: &[String]) -> Result<HashMap<String, Secret>> {
        match names.first() {
            None => Ok(HashMap::new()),
            Some(name) => Err(Error::new(
                Code::NotFound,
                format!("The secret “{name}” is not set in this workspace."),
            )),
        }
    }
}
