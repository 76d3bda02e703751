//! Secrets, as those who must use them ask for them.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::Result;
use crate::id::WorkspaceId;

/// A text nobody may see. It shows in no debug output and no serialised form.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Keeps a text from being seen.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that must send it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// Secrets of a workspace. Contract: a name nobody has set is a `not_found` error that names it and
/// says how to set it; what was revealed is not kept.
#[async_trait]
pub trait Secrets: Send + Sync + 'static {
    /// The secrets of these names, all of them.
    async fn reveal(
        &self,
        workspace: WorkspaceId,
        names: &[String],
    ) -> Result<HashMap<String, Secret>>;
}
