//! The tables of the shared index, and whether the database can have them.

use headwater_model::{Error, Result};
use sea_orm::FromQueryResult;

use crate::{Db, Dialect, Tx, values};

/// Raised whenever words, fields or tables change: an index of another format is made anew.
const FORMAT: i32 = 1;
/// Any number; only the makers of this schema wait for each other by it.
const MAKING: i64 = 0x6865_6164_7761_7465;

const TABLES: &[&str] = &[
    "create schema headwater_index",
    "create table headwater_index.format (format integer not null)",
    "create sequence headwater_index.keys",
    // What is in, and the sums that weighing words needs.
    "create table headwater_index.bases (
        base text primary key, version bigint not null default 0,
        chunks bigint not null default 0, body bigint not null default 0,
        heading bigint not null default 0)",
    "create table headwater_index.languages (
        base text not null, language text not null, chunks bigint not null,
        primary key (base, language))",
    // `meta` is looked up; `lower` has texts in small letters, which are only read through.
    "create table headwater_index.chunks (
        key bigint primary key, base text not null, chunk text not null, document text not null,
        language text not null, body integer not null, heading integer not null,
        meta text[] not null, lower text[] not null)",
    "create index on headwater_index.chunks (base, document)",
    "create index on headwater_index.chunks using gin (meta)",
    // `field` is 0 for the body and 1 for headings and names; `length` is the field's, in words.
    "create table headwater_index.words (
        base text not null, word text not null, field smallint not null,
        key bigint not null references headwater_index.chunks (key) on delete cascade,
        count integer not null, length integer not null,
        primary key (base, word, field, key))",
    "create index on headwater_index.words (key)",
    "create table headwater_index.spaces (
        id integer generated always as identity primary key, name text not null,
        dims integer not null, unique (name, dims))",
    "create table headwater_index.vectors (
        base text not null, space integer not null references headwater_index.spaces (id),
        key bigint not null references headwater_index.chunks (key) on delete cascade,
        vector vector not null, primary key (base, space, key))",
    "create index on headwater_index.vectors (key)",
];

#[derive(FromQueryResult)]
struct ExtensionRow {
    version: String,
}

#[derive(FromQueryResult)]
struct FormatRow {
    format: i32,
}

#[derive(FromQueryResult)]
struct ThereRow {
    there: bool,
}

/// Makes the tables unless they are there.
pub(super) async fn make(db: &Db) -> Result<()> {
    if db.dialect() != Dialect::Postgres {
        return Err(refused(
            "The index pgvector lies in PostgreSQL, and this server keeps its data in SQLite. Set `store.url`, or use the index `embedded`.",
        ));
    }
    extension(db).await?;
    db.write(|tx| Box::pin(tables(tx))).await
}

async fn extension(db: &Db) -> Result<()> {
    let made = db
        .write(|tx| {
            Box::pin(async move {
                // Asked first: a role that may not make extensions may use one that is there.
                if version(tx).await?.is_none() {
                    tx.exec("create extension if not exists vector", vec![])
                        .await?;
                }
                version(tx).await
            })
        })
        .await
        .map_err(|error| {
            refused("The database cannot make its extension pgvector. Install pgvector 0.8 or newer on the database server, and run `create extension vector` in this database as a role that may.").with_source(error)
        })?;
    let version = made.unwrap_or_default();
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    let (major, minor): (u32, u32) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    if (major, minor) < (0, 8) {
        return Err(refused(&format!(
            "The database has pgvector {version}. Searching with filters needs 0.8 or newer: update it, and run `alter extension vector update`."
        )));
    }
    Ok(())
}

async fn version(tx: &Tx<'_>) -> Result<Option<String>> {
    let sql = "select extversion as version from pg_extension where extname = 'vector'";
    let row: Option<ExtensionRow> = tx.one(sql, vec![]).await?;
    Ok(row.map(|row| row.version))
}

async fn tables(tx: &Tx<'_>) -> Result<()> {
    tx.exec("select pg_advisory_xact_lock($1)", values![MAKING])
        .await?;
    let sql = "select to_regclass('headwater_index.format') is not null as there";
    let there: Option<ThereRow> = tx.one(sql, vec![]).await?;
    if there.is_some_and(|row| row.there) {
        let sql = "select format from headwater_index.format";
        let row: Option<FormatRow> = tx.one(sql, vec![]).await?;
        if row.is_some_and(|row| row.format == FORMAT) {
            return Ok(());
        }
        tracing::warn!("the shared index is of another format; it will be rebuilt");
    }
    tx.exec("drop schema if exists headwater_index cascade", vec![])
        .await?;
    for statement in TABLES {
        tx.exec(statement, vec![]).await?;
    }
    let sql = "insert into headwater_index.format (format) values ($1)";
    tx.exec(sql, values![FORMAT]).await.map(drop)
}

fn refused(text: &str) -> Error {
    Error::invalid("knowledge.index", text.to_owned())
}
