//! Schema changes, in order. Expand-only: a released version's tables keep working for it.

mod m0001_identity;
mod m0002_flows;
mod m0003_knowledge;
mod m0004_providers;
mod m0005_frames;
mod m0006_revisions;
mod m0007_environment;
mod m0008_waits;
mod m0009_tools;
mod m0010_triggers;
mod m0011_secrets;
mod m0012_cache;
mod m0013_costs;
mod m0014_leases;
mod m0015_embeddings;
mod m0016_retrieval;
mod m0017_chunks;
mod m0018_sources;
mod m0019_evaluations;
mod m0020_monitor;
mod m0021_branches;
mod m0022_shares;
mod m0023_feedback;
mod m0024_uploads;
mod m0025_attachments;
mod m0026_prompts;
mod m0027_flow_lists;
mod m0028_snapshots;
mod m0029_run_variables;

use headwater_model::{Code, Error, Result};
use sea_orm::sea_query::{DynIden, IntoIden as _};
use sea_orm::{ConnectionTrait, Database, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, MigratorTrait, SchemaManager};

use crate::StoreConfig;
use crate::db::{Db, Dialect, db_error, postgres_options, unreachable};

const ALL: &[SqlMigration] = &[
    SqlMigration {
        name: "m0001_identity",
        up: m0001_identity::UP,
    },
    SqlMigration {
        name: "m0002_flows",
        up: m0002_flows::UP,
    },
    SqlMigration {
        name: "m0003_knowledge",
        up: m0003_knowledge::UP,
    },
    SqlMigration {
        name: "m0004_providers",
        up: m0004_providers::UP,
    },
    SqlMigration {
        name: "m0005_frames",
        up: m0005_frames::UP,
    },
    SqlMigration {
        name: "m0006_revisions",
        up: m0006_revisions::UP,
    },
    SqlMigration {
        name: "m0007_environment",
        up: m0007_environment::UP,
    },
    SqlMigration {
        name: "m0008_waits",
        up: m0008_waits::UP,
    },
    SqlMigration {
        name: "m0009_tools",
        up: m0009_tools::UP,
    },
    SqlMigration {
        name: "m0010_triggers",
        up: m0010_triggers::UP,
    },
    SqlMigration {
        name: "m0011_secrets",
        up: m0011_secrets::UP,
    },
    SqlMigration {
        name: "m0012_cache",
        up: m0012_cache::UP,
    },
    SqlMigration {
        name: "m0013_costs",
        up: m0013_costs::UP,
    },
    SqlMigration {
        name: "m0014_leases",
        up: m0014_leases::UP,
    },
    SqlMigration {
        name: "m0015_embeddings",
        up: m0015_embeddings::UP,
    },
    SqlMigration {
        name: "m0016_retrieval",
        up: m0016_retrieval::UP,
    },
    SqlMigration {
        name: "m0017_chunks",
        up: m0017_chunks::UP,
    },
    SqlMigration {
        name: "m0018_sources",
        up: m0018_sources::UP,
    },
    SqlMigration {
        name: "m0019_evaluations",
        up: m0019_evaluations::UP,
    },
    SqlMigration {
        name: "m0020_monitor",
        up: m0020_monitor::UP,
    },
    SqlMigration {
        name: "m0021_branches",
        up: m0021_branches::UP,
    },
    SqlMigration {
        name: "m0022_shares",
        up: m0022_shares::UP,
    },
    SqlMigration {
        name: "m0023_feedback",
        up: m0023_feedback::UP,
    },
    SqlMigration {
        name: "m0024_uploads",
        up: m0024_uploads::UP,
    },
    SqlMigration {
        name: "m0025_attachments",
        up: m0025_attachments::UP,
    },
    SqlMigration {
        name: "m0026_prompts",
        up: m0026_prompts::UP,
    },
    SqlMigration {
        name: "m0027_flow_lists",
        up: m0027_flow_lists::UP,
    },
    SqlMigration {
        name: "m0028_snapshots",
        up: m0028_snapshots::UP,
    },
    SqlMigration {
        name: "m0029_run_variables",
        up: m0029_run_variables::UP,
    },
];

/// Any number works, as long as nobody else on the database uses it.
const LOCK: i64 = 0x4865_6164;

struct SqlMigration {
    name: &'static str,
    up: &'static [&'static str],
}

impl MigrationName for SqlMigration {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for SqlMigration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let (blob, other) = match connection.get_database_backend() {
            sea_orm::DbBackend::Postgres => ("bytea", "{sqlite}"),
            _ => ("blob", "{postgres}"),
        };
        // A few are for one database only, and begin with its name.
        for statement in self.up.iter().filter(|text| !text.starts_with(other)) {
            let statement = statement.trim_start_matches("{sqlite}");
            let statement = statement.trim_start_matches("{postgres}");
            connection
                .execute_unprepared(&statement.replace("{blob}", blob))
                .await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        ALL.iter()
            .map(|m| {
                Box::new(SqlMigration {
                    name: m.name,
                    up: m.up,
                }) as Box<dyn MigrationTrait>
            })
            .collect()
    }

    fn migration_table_name() -> DynIden {
        "schema_migrations".into_iden()
    }
}

/// Applies what is missing; on Postgres under an advisory lock, so replicas starting together wait
/// for each other. On SQLite the data directory's lock does that.
pub(crate) async fn up(db: &Db, config: &StoreConfig) -> Result<()> {
    let lock = match (&config.url, db.dialect()) {
        (Some(url), Dialect::Postgres) => {
            let connection = Database::connect(postgres_options(url, 1))
                .await
                .map_err(unreachable)?;
            connection
                .execute_unprepared(&format!("select pg_advisory_lock({LOCK})"))
                .await
                .map_err(db_error)?;
            Some(connection)
        }
        _ => None,
    };
    let applied = Migrator::up(db.migration_connection(), None).await.map_err(|error| {
        Error::new(Code::Internal, "The database could not be brought up to date. Nothing was half-applied; see the log, then start again.")
            .with_source(error)
    });
    if let Some(connection) = lock {
        // Closing the connection releases the lock.
        connection.close().await.map_err(db_error)?;
    }
    applied
}

/// The names of migrations not applied yet, without applying them.
pub async fn pending(config: &StoreConfig) -> Result<Vec<String>> {
    if config.url.is_none() && !config.data_dir.join("headwater.db").exists() {
        return Ok(ALL.iter().map(|m| m.name.to_owned()).collect());
    }
    let db = Db::open(config).await?;
    let names = lacking(&db).await;
    db.close().await;
    names
}

/// The names of migrations that a database lacks.
pub(crate) async fn lacking(db: &Db) -> Result<Vec<String>> {
    let pending = Migrator::get_pending_migrations_read_only(db.migration_connection())
        .await
        .map_err(db_error)?;
    Ok(pending.iter().map(|m| m.name().to_owned()).collect())
}
