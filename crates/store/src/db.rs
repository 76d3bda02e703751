//! The database: one text of SQL for SQLite and Postgres, and one way to write.
//!
//! On SQLite all writes go through one connection behind a queue: whatever waits there shares one
//! transaction (a savepoint each) and so one fsync. A caller waits for its batch, never its turn.
//! On Postgres, which groups commits itself, each write is a transaction on the pool.

mod writer;

use std::borrow::Cow;
use std::fmt::Write as _;
use std::time::Duration;

use futures::future::BoxFuture;
use headwater_model::{Code, Error, Result};
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend,
    DbErr, FromQueryResult, RuntimeErr, SqlErr, Statement, TransactionTrait, Value,
};

use crate::StoreConfig;
use writer::Writer;

/// Values for `$1`, `$2`, … in order.
#[macro_export]
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$(sea_orm::Value::from($value)),*] };
}

/// The most rows one statement inserts.
const ROWS_AT_ONCE: usize = 256;

/// Which database this is, for the few statements that must differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }

    const fn backend(self) -> DbBackend {
        match self {
            Self::Sqlite => DbBackend::Sqlite,
            Self::Postgres => DbBackend::Postgres,
        }
    }
}

/// The open database.
pub struct Db {
    dialect: Dialect,
    /// Readers on SQLite, everything on Postgres.
    pool: DatabaseConnection,
    writer: Option<Writer>,
}

/// A transaction under way.
pub struct Tx<'c> {
    inner: &'c DatabaseTransaction,
    dialect: Dialect,
}

impl Db {
    pub(crate) async fn open(config: &StoreConfig) -> Result<Self> {
        match &config.url {
            Some(url) => {
                let pool = Database::connect(postgres_options(url, config.max_connections))
                    .await
                    .map_err(unreachable)?;
                Ok(Self {
                    dialect: Dialect::Postgres,
                    pool,
                    writer: None,
                })
            }
            None => {
                let path = config.data_dir.join("headwater.db");
                let url = format!("sqlite://{}?mode=rwc", path.display());
                let write = Database::connect(sqlite_options(&url, 1))
                    .await
                    .map_err(unreachable)?;
                let pool = Database::connect(sqlite_options(&url, config.max_connections))
                    .await
                    .map_err(unreachable)?;
                Ok(Self {
                    dialect: Dialect::Sqlite,
                    pool,
                    writer: Some(Writer::start(write)),
                })
            }
        }
    }

    /// Which database this is.
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The connection migrations run on.
    pub(crate) fn migration_connection(&self) -> &DatabaseConnection {
        self.writer.as_ref().map_or(&self.pool, Writer::connection)
    }

    /// All rows of a read.
    pub async fn all<T: FromQueryResult>(&self, sql: &str, values: Vec<Value>) -> Result<Vec<T>> {
        all(&self.pool, self.dialect, sql, values).await
    }

    /// The first row of a read.
    pub async fn one<T: FromQueryResult>(
        &self,
        sql: &str,
        values: Vec<Value>,
    ) -> Result<Option<T>> {
        one(&self.pool, self.dialect, sql, values).await
    }

    /// Runs `work` in one transaction: durable when this returns, without trace when it fails.
    #[expect(
        clippy::disallowed_methods,
        reason = "the task is waited for, and ends with its one transaction"
    )]
    pub async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c Tx<'c>) -> BoxFuture<'c, Result<T>> + Send + 'static,
    {
        if let Some(writer) = &self.writer {
            return writer.write(work).await;
        }
        // In a task of its own: a caller that goes away in the middle, such as a request whose client
        // hung up, must not leave a transaction open on a connection that others use next.
        let (pool, dialect) = (self.pool.clone(), self.dialect);
        let written = tokio::spawn(async move { transact(&pool, dialect, work).await });
        written.await.map_err(Error::internal)?
    }

    /// Whether the database answers.
    pub(crate) async fn ping(&self) -> Result<()> {
        self.pool.ping().await.map_err(unreachable)
    }

    pub(crate) async fn close(&self) {
        if let Some(writer) = &self.writer {
            writer.close().await;
        }
        if let Err(error) = self.pool.close_by_ref().await {
            tracing::warn!(%error, "closing the database");
        }
    }
}

async fn transact<T, F>(pool: &DatabaseConnection, dialect: Dialect, work: F) -> Result<T>
where
    F: for<'c> FnOnce(&'c Tx<'c>) -> BoxFuture<'c, Result<T>>,
{
    let transaction = pool.begin().await.map_err(db_error)?;
    let result = work(&Tx {
        inner: &transaction,
        dialect,
    })
    .await;
    match result {
        Ok(value) => transaction.commit().await.map_err(db_error).map(|()| value),
        Err(error) => {
            transaction.rollback().await.map_err(db_error)?;
            Err(error)
        }
    }
}

impl Tx<'_> {
    /// Which database this is.
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Runs a statement; returns the number of rows it changed.
    pub async fn exec(&self, sql: &str, values: Vec<Value>) -> Result<u64> {
        let statement = Statement::from_sql_and_values(self.dialect.backend(), sql, values);
        Ok(self
            .inner
            .execute_raw(statement)
            .await
            .map_err(db_error)?
            .rows_affected())
    }

    /// Inserts rows of `columns` values each; `into` is the statement up to `values`.
    ///
    /// Rows go in parts of 1, 2, 4 … 256, so that few different statements are ever prepared.
    pub async fn insert_many(&self, into: &str, columns: usize, values: Vec<Value>) -> Result<()> {
        self.insert(into, "", columns, values).await
    }

    /// The same; a row whose key is there already is left as it is.
    pub async fn insert_new(&self, into: &str, columns: usize, values: Vec<Value>) -> Result<()> {
        self.insert(into, " on conflict do nothing", columns, values)
            .await
    }

    async fn insert(
        &self,
        into: &str,
        unless: &str,
        columns: usize,
        values: Vec<Value>,
    ) -> Result<()> {
        debug_assert_eq!(values.len() % columns, 0);
        let mut rows = values.len() / columns;
        let mut values = values.into_iter();
        while rows > 0 {
            let part = (1 << rows.ilog2()).min(ROWS_AT_ONCE);
            let places = places(self.dialect, part, columns);
            let sql = format!("{into} values {places}{unless}");
            self.exec(&sql, values.by_ref().take(part * columns).collect())
                .await?;
            rows -= part;
        }
        Ok(())
    }

    /// All rows.
    pub async fn all<T: FromQueryResult>(&self, sql: &str, values: Vec<Value>) -> Result<Vec<T>> {
        all(self.inner, self.dialect, sql, values).await
    }

    /// The first row.
    pub async fn one<T: FromQueryResult>(
        &self,
        sql: &str,
        values: Vec<Value>,
    ) -> Result<Option<T>> {
        one(self.inner, self.dialect, sql, values).await
    }
}

/// `($1, $2), ($3, $4)` for two rows of two columns. SQLite gets `?`: a number makes it look every
/// value's place up by name, which takes time quadratic in their count.
fn places(dialect: Dialect, rows: usize, columns: usize) -> String {
    let mut text = String::with_capacity(rows * columns * 6);
    for place in 0..rows * columns {
        text.push_str(match (place, place % columns) {
            (0, _) => "(",
            (_, 0) => "), (",
            _ => ", ",
        });
        // Writing to a string cannot fail.
        let _ = match dialect {
            Dialect::Sqlite => text.write_char('?'),
            Dialect::Postgres => write!(text, "${}", place + 1),
        };
    }
    text.push(')');
    text
}

async fn all<T: FromQueryResult>(
    on: &impl ConnectionTrait,
    dialect: Dialect,
    sql: &str,
    values: Vec<Value>,
) -> Result<Vec<T>> {
    let statement = Statement::from_sql_and_values(dialect.backend(), sql, values);
    let rows = on.query_all_raw(statement).await.map_err(db_error)?;
    rows.iter()
        .map(|row| T::from_query_result(row, "").map_err(db_error))
        .collect()
}

async fn one<T: FromQueryResult>(
    on: &impl ConnectionTrait,
    dialect: Dialect,
    sql: &str,
    values: Vec<Value>,
) -> Result<Option<T>> {
    let statement = Statement::from_sql_and_values(dialect.backend(), sql, values);
    let row = on.query_one_raw(statement).await.map_err(db_error)?;
    row.map(|row| T::from_query_result(&row, "").map_err(db_error))
        .transpose()
}

fn sqlite_options(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .min_connections(1)
        .sqlx_logging(false)
        .test_before_acquire(false)
        .acquire_timeout(Duration::from_secs(10))
        .map_sqlx_sqlite_opts(|options| {
            options
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(Duration::from_secs(10))
                .statement_cache_capacity(256)
        });
    options
}

pub(crate) fn postgres_options(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .sqlx_logging(false)
        .connect_timeout(Duration::from_secs(10))
        .acquire_timeout(Duration::from_secs(10));
    options
}

pub(crate) fn unreachable(error: DbErr) -> Error {
    Error::new(
        Code::Unavailable,
        "The database does not answer. Check that it runs and that its URL is right.",
    )
    .with_source(error)
}

/// How SQLite and Postgres say that their disk is full.
const FULL: [&str; 2] = ["13", "53100"];

/// A database error as the caller may see it: a broken uniqueness is a conflict, a lost connection
/// is unavailability, a full disk is told, the rest is ours.
pub(crate) fn db_error(error: DbErr) -> Error {
    if let Some(SqlErr::UniqueConstraintViolation(_)) = error.sql_err() {
        return Error::conflict("Something with this name or id exists already.")
            .with_source(error);
    }
    match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => unreachable(error),
        other if code_of(&other).is_some_and(|code| FULL.contains(&&*code)) => {
            Error::disk_full(other)
        }
        other => Error::storage(other),
    }
}

/// The database's own code of an error.
fn code_of(error: &DbErr) -> Option<Cow<'_, str>> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => {
            error.as_database_error()?.code()
        }
        _ => None,
    }
}
