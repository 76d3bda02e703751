//! Opening the data directory and the database in it (or elsewhere).

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use headwater_model::{Clock, Code, Error, Result};

use crate::db::Db;
use crate::objects::{BucketConfig, Objects};
use crate::runs::LogQueue;
use crate::vault::Vault;
use crate::{Inner, Store, migrations};

/// How the refusal to share a data directory begins.
pub const DATA_LOCK_MESSAGE: &str = "Another Headwater is using the data directory";

/// Where and how to keep things.
#[derive(Clone, Debug)]
pub struct StoreConfig {
    /// Files: the SQLite database, documents, indexes, keys.
    pub data_dir: PathBuf,
    /// A Postgres URL; SQLite in the data directory when absent.
    pub url: Option<String>,
    /// Connections to Postgres, or readers of SQLite.
    pub max_connections: u32,
    /// Master key for credentials, 32 bytes in base64; `secret.key` in the data directory when absent.
    pub secret_key: Option<String>,
    /// Where documents' bytes are kept; in the data directory when absent.
    pub bucket: Option<BucketConfig>,
}

impl Store {
    /// Creates what is missing, takes the directory's lock, migrates, and opens.
    ///
    /// Errors: `conflict` when another server holds the directory, `unavailable` when the database
    /// does not answer, `invalid` when the configuration cannot work.
    pub async fn open(config: &StoreConfig, clock: Arc<dyn Clock>) -> Result<Self> {
        create_dir(&config.data_dir)?;
        let lock = lock(&config.data_dir)?;
        let db = Db::open(config).await?;
        migrations::up(&db, config).await?;
        let vault = Vault::open(config, &db).await?;
        let data_dir = config.data_dir.clone();
        let objects = Objects::open(data_dir.join("objects"), config.bucket.as_ref()).await?;
        let db = Arc::new(db);
        Ok(Self {
            inner: Arc::new(Inner {
                log_queue: LogQueue::start(&db),
                db,
                clock,
                vault,
                objects,
                data_dir,
                _lock: lock,
            }),
        })
    }
}

fn create_dir(dir: &Path) -> Result<()> {
    let made = std::fs::create_dir_all(dir).and_then(|()| {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700))
    });
    made.map_err(|error| {
        Error::invalid(
            "data",
            format!("The data directory {} cannot be created or written: {error}. Choose another with --data, or fix its permissions.", dir.display()),
        )
    })
}

fn lock(dir: &Path) -> Result<File> {
    let path = dir.join("headwater.lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|error| {
            Error::invalid(
                "data",
                format!(
                    "{} cannot be opened: {error}. Check the directory's permissions.",
                    path.display()
                ),
            )
        })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::new(
            Code::Conflict,
            format!(
                "{DATA_LOCK_MESSAGE} {}. Stop it first, or choose another directory with --data.",
                dir.display()
            ),
        )),
        Err(TryLockError::Error(error)) => Err(Error::internal(error)),
    }
}
