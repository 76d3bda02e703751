//! The state of the installation, for operators.

pub mod place;

use std::time::Duration;

use headwater_model::access::{Caller, Permission};
use headwater_model::id::WorkspaceId;
use headwater_model::operations::Check;
use headwater_model::{Result, Timestamp};

use crate::Platform;
use crate::config::IndexKind;

/// What the system page and `headwater doctor` show.
#[derive(Clone, Debug)]
pub struct SystemState {
    pub version: &'static str,
    /// The commit it was built from, or "unknown".
    pub commit: &'static str,
    /// `sqlite` or `postgres`.
    pub database: &'static str,
    /// Where documents are searched.
    pub index: IndexKind,
    pub data_dir: String,
    pub started_at: Timestamp,
    pub uptime: Duration,
    pub checks: Vec<Check>,
}

impl Platform {
    /// Version, database and what a check-up finds.
    pub async fn system_state(&self, caller: &Caller) -> Result<SystemState> {
        caller.require(Permission::SystemRead)?;
        let started_at = self.inner.identity.opened_at();
        // A clock that was set back says nothing about how long we run.
        let running = self.clock().now().as_millis() - started_at.as_millis();
        let uptime = Duration::from_millis(u64::try_from(running).unwrap_or_default());
        Ok(SystemState {
            version: self.config().version,
            commit: self.config().commit,
            database: self.store().db().dialect().as_str(),
            index: self.index_kind(),
            data_dir: self.store().data_dir().display().to_string(),
            started_at,
            uptime,
            checks: self.checks(caller.workspace).await,
        })
    }

    /// Whether requests can be served: the database answers and the house is not closing.
    pub async fn readiness(&self) -> Vec<Check> {
        let draining = self.supervisor().is_draining();
        vec![
            self.database_check().await,
            self.index_check().await,
            check(
                "draining",
                !draining,
                "The server accepts work.",
                "The server is shutting down.",
                "Send requests to another replica, or wait for the restart.",
            ),
        ]
    }

    pub(crate) async fn checks(&self, workspace: WorkspaceId) -> Vec<Check> {
        vec![
            place::data_directory(self.store().data_dir()),
            match self.store().key_is_given() {
                true => place::given_key(),
                false => place::secret_key(self.store().data_dir(), true),
            },
            self.database_check().await,
            self.migrations_check().await,
            self.index_check().await,
            self.model_check(workspace).await,
        ]
    }

    async fn migrations_check(&self) -> Check {
        let pending = self.store().pending_migrations().await;
        let bad = match &pending {
            Ok(pending) => format!("The schema lacks {}.", pending.join(", ")),
            Err(error) => error.message.to_string(),
        };
        check(
            "migrations",
            pending.is_ok_and(|pending| pending.is_empty()),
            "The schema is up to date.",
            &bad,
            "Restart Headwater, which applies what is missing, or see its log.",
        )
    }

    async fn database_check(&self) -> Check {
        let ok = self.store().ping().await.is_ok();
        check(
            "database",
            ok,
            "The database answers.",
            "The database does not answer.",
            "Start it, or check DATABASE_URL.",
        )
    }

    /// Whether the index that is searched works, wherever it is.
    async fn index_check(&self) -> Check {
        let works = self.inner.knowledge.indexer.works().await;
        let (good, fix) = match self.index_kind() {
            IndexKind::Embedded => (
                "The index directory is writable.",
                "Fix its permissions, or free disk space.",
            ),
            IndexKind::Pgvector => (
                "The index in PostgreSQL answers.",
                "Restart Headwater, which makes it when it is missing, or see the database's log.",
            ),
            IndexKind::Qdrant => (
                "The index in Qdrant answers.",
                "Start the Qdrant server, or check knowledge.qdrant_url and knowledge.qdrant_api_key.",
            ),
        };
        let bad = works.as_ref().err().map_or("", |error| &error.message);
        check("index", works.is_ok(), good, bad, fix)
    }
}

fn check(name: &str, ok: bool, good: &str, bad: &str, fix: &str) -> Check {
    Check {
        name: name.to_owned(),
        ok,
        message: if ok { good } else { bad }.to_owned(),
        fix: (!ok).then(|| fix.to_owned()),
    }
}
