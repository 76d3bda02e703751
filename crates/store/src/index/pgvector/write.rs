//! Changes of the shared index: all of a batch or nothing.

use std::collections::{BTreeMap, HashMap};

use headwater_model::Result;
use headwater_model::id::KnowledgeBaseId;
use headwater_model::ports::{DocumentChange, IndexBatch, IndexVector};
use sea_orm::FromQueryResult;
use serde::Serialize;

use super::super::base::language_of;
use super::super::words::{self, Language};
use super::words::cut;
use super::{VersionRow, filter, nearest};
use crate::{Tx, json, values};

#[derive(FromQueryResult)]
struct KeyRow {
    key: i64,
}

#[derive(FromQueryResult)]
struct SpaceRow {
    id: i32,
    name: String,
}

#[derive(FromQueryResult)]
struct GoneRow {
    language: String,
    chunks: i64,
    body: i64,
    heading: i64,
}

/// By how much a base's sums change.
#[derive(Default)]
struct Sums {
    chunks: i64,
    body: i64,
    heading: i64,
    languages: BTreeMap<String, i64>,
}

/// A chunk's row.
#[derive(Serialize)]
struct ChunkRow {
    key: i64,
    chunk: String,
    body: usize,
    heading: usize,
    meta: Vec<String>,
    lower: Vec<String>,
}

/// A word of a chunk: field, word, chunk's key, how often, of how many words.
type WordRow = (i16, String, i64, usize, usize);

pub(super) async fn apply(tx: &Tx<'_>, base: KnowledgeBaseId, batch: &IndexBatch) -> Result<()> {
    let base = base.to_string();
    tx.exec(
        "insert into headwater_index.bases (base) values ($1) on conflict do nothing",
        values![base.as_str()],
    )
    .await?;
    let sql = "select version from headwater_index.bases where base = $1 for update";
    let now: Option<VersionRow> = tx.one(sql, values![base.as_str()]).await?;
    let version = i64::try_from(batch.version).unwrap_or(i64::MAX);
    if now.is_some_and(|row| row.version >= version) {
        // Another server was quicker.
        return Ok(());
    }
    let mut sums = Sums::default();
    for change in &batch.changes {
        forget(tx, &base, change, &mut sums).await?;
        add(tx, &base, change, &mut sums).await?;
    }
    forget_spaces(tx, &base, batch).await?;
    for (language, chunks) in &sums.languages {
        tx.exec(
            "insert into headwater_index.languages as l (base, language, chunks) values ($1, $2, $3)
             on conflict (base, language) do update set chunks = l.chunks + excluded.chunks",
            values![base.as_str(), language.as_str(), *chunks],
        )
        .await?;
    }
    tx.exec(
        "update headwater_index.bases set version = $2, chunks = chunks + $3, body = body + $4,
            heading = heading + $5 where base = $1",
        values![base.as_str(), version, sums.chunks, sums.body, sums.heading],
    )
    .await
    .map(drop)
}

pub(super) async fn remove(tx: &Tx<'_>, base: KnowledgeBaseId) -> Result<()> {
    // Its row is locked first and deleted last: whoever applies something meanwhile waits.
    for sql in [
        "select 1 from headwater_index.bases where base = $1 for update",
        "delete from headwater_index.chunks where base = $1",
        "delete from headwater_index.languages where base = $1",
        "delete from headwater_index.bases where base = $1",
    ] {
        tx.exec(sql, values![base.to_string()]).await?;
    }
    Ok(())
}

/// Takes out what a document had.
async fn forget(tx: &Tx<'_>, base: &str, change: &DocumentChange, sums: &mut Sums) -> Result<()> {
    let gone: Vec<GoneRow> = tx
        .all(
            "with gone as (
                delete from headwater_index.chunks where base = $1 and document = $2
                returning language, body, heading)
             select language, count(*)::bigint as chunks, sum(body)::bigint as body,
                sum(heading)::bigint as heading
             from gone group by language",
            values![base, change.document.to_string()],
        )
        .await?;
    for row in gone {
        sums.chunks -= row.chunks;
        sums.body -= row.body;
        sums.heading -= row.heading;
        *sums.languages.entry(row.language).or_default() -= row.chunks;
    }
    Ok(())
}

/// Puts in what it has now.
async fn add(tx: &Tx<'_>, base: &str, change: &DocumentChange, sums: &mut Sums) -> Result<()> {
    if change.chunks.is_empty() {
        return Ok(());
    }
    let language = language_of(change);
    let count = i64::try_from(change.chunks.len()).unwrap_or(i64::MAX);
    let sql = "select nextval('headwater_index.keys') as key from generate_series(1, $1::bigint)";
    let keys: Vec<KeyRow> = tx.all(sql, values![count]).await?;
    let (mut chunks, mut all_words, mut vectors) = (Vec::new(), Vec::new(), Vec::new());
    for (chunk, KeyRow { key }) in change.chunks.iter().zip(keys) {
        let mut heading = chunk.document_name.clone();
        if let Some(text) = &chunk.heading {
            heading.push('\n');
            heading.push_str(text);
        }
        let (meta, lower) = filter::terms_of(&chunk.fields);
        let row = ChunkRow {
            key,
            chunk: chunk.id.to_string(),
            body: note_words(0, &chunk.text, language, key, &mut all_words),
            heading: note_words(1, &heading, language, key, &mut all_words),
            meta,
            lower,
        };
        sums.body += i64::try_from(row.body).unwrap_or(0);
        sums.heading += i64::try_from(row.heading).unwrap_or(0);
        chunks.push(row);
        for vector in &chunk.vectors {
            vectors.push((
                space(tx, vector).await?,
                key,
                nearest::write(&vector.values),
            ));
        }
    }
    sums.chunks += count;
    *sums.languages.entry(language.code.to_owned()).or_default() += count;
    tx.exec(
        "insert into headwater_index.chunks
            (key, base, document, language, chunk, body, heading, meta, lower)
         select (one->>'key')::bigint, $1, $2, $3, one->>'chunk', (one->>'body')::int,
            (one->>'heading')::int, array(select jsonb_array_elements_text(one->'meta')),
            array(select jsonb_array_elements_text(one->'lower'))
         from jsonb_array_elements($4::jsonb) one",
        values![
            base,
            change.document.to_string(),
            language.code,
            json::write(&chunks)?
        ],
    )
    .await?;
    tx.exec(
        "insert into headwater_index.words (base, field, word, key, count, length)
         select $1, (one->>0)::smallint, one->>1, (one->>2)::bigint, (one->>3)::int, (one->>4)::int
         from jsonb_array_elements($2::jsonb) one",
        values![base, json::write(&all_words)?],
    )
    .await?;
    if vectors.is_empty() {
        return Ok(());
    }
    tx.exec(
        "insert into headwater_index.vectors (base, space, key, vector)
         select $1, (one->>0)::int, (one->>1)::bigint, (one->>2)::vector
         from jsonb_array_elements($2::jsonb) one",
        values![base, json::write(&vectors)?],
    )
    .await
    .map(drop)
}

/// Counts the words of a field; returns how many there are.
fn note_words(
    field: i16,
    text: &str,
    language: Language,
    key: i64,
    rows: &mut Vec<WordRow>,
) -> usize {
    let tokens = words::of_document(text, language).tokens;
    let length = tokens.len();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for token in &tokens {
        *counts.entry(cut(&token.text)).or_default() += 1;
    }
    rows.extend(
        counts
            .into_iter()
            .map(|(word, count)| (field, word.to_owned(), key, count, length)),
    );
    length
}

/// The number of a vector's space. A new space gets a graph of its own.
async fn space(tx: &Tx<'_>, vector: &IndexVector) -> Result<i32> {
    let dims = vector.values.len();
    let wanted = || values![&*vector.space, i32::try_from(dims).unwrap_or(i32::MAX)];
    let known = "select id, name from headwater_index.spaces where name = $1 and dims = $2";
    if let Some(row) = tx.one::<SpaceRow>(known, wanted()).await? {
        return Ok(row.id);
    }
    let made = "insert into headwater_index.spaces (name, dims) values ($1, $2)
        on conflict (name, dims) do update set name = excluded.name returning id, name";
    let row: SpaceRow = tx
        .one(made, wanted())
        .await?
        .ok_or_else(|| headwater_model::Error::internal("a space without a number"))?;
    if dims <= nearest::MOST_DIMS {
        let id = row.id;
        let sql = format!(
            "create index if not exists vectors_of_{id} on headwater_index.vectors
             using hnsw ((vector::vector({dims})) vector_ip_ops) where space = {id}"
        );
        tx.exec(&sql, vec![]).await?;
    }
    Ok(row.id)
}

/// Forgets vectors that nobody asks for any more.
async fn forget_spaces(tx: &Tx<'_>, base: &str, batch: &IndexBatch) -> Result<()> {
    let there: Vec<SpaceRow> = tx
        .all(
            "select s.id, s.name from headwater_index.spaces s where exists (
                select 1 from headwater_index.vectors v where v.base = $1 and v.space = s.id)",
            values![base],
        )
        .await?;
    for space in there {
        if !batch.spaces.iter().any(|name| **name == *space.name) {
            let sql = "delete from headwater_index.vectors where base = $1 and space = $2";
            tx.exec(sql, values![base, space.id]).await?;
        }
    }
    Ok(())
}
