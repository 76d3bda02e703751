//! What Headwater keeps: SQL, objects, indexes. The only room with SQL.
//!
//! Tenant-owned tables are reached only through accessors bound to a workspace, such as
//! `store.members(workspace).list()`; there is no other way in.

pub mod api_keys;
pub mod attachments;
pub mod audit;
pub mod conversations;
pub mod db;
pub mod embeddings;
pub mod environment;
pub mod evaluations;
pub mod feedback;
pub mod flows;
pub mod index;
pub mod knowledge;
pub mod members;
pub mod migrations;
pub mod monitor;
pub mod objects;
pub mod prices;
pub mod prompts;
pub mod providers;
pub mod questions;
pub mod queue;
pub mod result_cache;
pub mod runs;
pub mod secrets;
pub mod sessions;
pub mod shares;
pub mod snapshots;
pub mod sources;
pub mod tools;
pub mod triggers;
pub mod uploads;
pub mod users;
pub mod workspaces;

mod changed;
mod json;
mod like;
mod open;
mod vault;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use headwater_model::{Clock, Timestamp};

pub use db::{Db, Dialect, Tx};
pub use open::{DATA_LOCK_MESSAGE, StoreConfig};

/// The one handle to everything kept. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    db: Arc<Db>,
    log_queue: runs::LogQueue,
    clock: Arc<dyn Clock>,
    vault: vault::Vault,
    objects: objects::Objects,
    data_dir: PathBuf,
    /// Held while the house is open; a second server on the same directory is refused.
    _lock: std::fs::File,
}

impl Store {
    /// The database; SQL stays in this crate, so only this crate writes queries.
    pub fn db(&self) -> &Db {
        &self.inner.db
    }

    pub(crate) fn log_queue(&self) -> &runs::LogQueue {
        &self.inner.log_queue
    }

    pub(crate) fn vault(&self) -> &vault::Vault {
        &self.inner.vault
    }

    /// Seals a text that leaves the house and comes back, such as a link, for one purpose.
    pub fn seal(&self, purpose: &str, text: &[u8]) -> headwater_model::Result<Vec<u8>> {
        self.vault().seal(purpose, text)
    }

    /// Opens what was sealed for the purpose; an error when anybody else made or changed it.
    pub fn unseal(&self, purpose: &str, sealed: &[u8]) -> headwater_model::Result<Vec<u8>> {
        let text = self.vault().unseal(purpose, sealed)?;
        Ok(text.to_vec())
    }

    /// The current instant, from the clock the store was opened with.
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// Where files live.
    pub fn data_dir(&self) -> &Path {
        &self.inner.data_dir
    }

    /// Whether the master key is in the configuration; else it is the file `secret.key` among the files.
    pub fn key_is_given(&self) -> bool {
        self.inner.vault.given
    }

    /// The names of migrations that this version has and the database does not.
    pub async fn pending_migrations(&self) -> headwater_model::Result<Vec<String>> {
        migrations::lacking(self.db()).await
    }

    /// A new id, such as `store.fresh(RunId::new)`.
    pub fn fresh<T>(&self, make: fn(Timestamp, u128) -> T) -> T {
        make(self.now(), rand::random())
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> headwater_model::Result<()> {
        self.inner.db.ping().await
    }

    /// Waits for writes under way and closes the database.
    pub async fn close(&self) {
        self.inner.log_queue.close().await;
        self.inner.db.close().await;
    }
}
