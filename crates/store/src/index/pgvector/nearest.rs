//! Search by vectors: exactly where few can match, by pgvector's graph (HNSW, Malkov and Yashunin
//! 2016) where there are many.

use std::fmt::Write as _;
use std::sync::Arc;

use headwater_model::Result;
use headwater_model::ports::{IndexHit, IndexQuery, IndexVector};
use sea_orm::FromQueryResult;

use super::{HitRow, Values, filter, limit};
use crate::{Db, values};

/// Up to so many vectors are compared one by one: as quick as the graph, and exact.
const FEW: i64 = 20_000;
/// pgvector's graph takes no more dimensions.
pub(super) const MOST_DIMS: usize = 2_000;
/// How far a filtered search goes on in the graph, in vectors.
const FAR: u32 = 200_000;

#[derive(FromQueryResult)]
struct SpaceRow {
    id: i32,
}

#[derive(FromQueryResult)]
struct CountRow {
    count: i64,
}

/// A vector as pgvector writes it.
pub(super) fn write(values: &[f32]) -> String {
    let mut text = String::with_capacity(values.len() * 12);
    for (i, value) in values.iter().enumerate() {
        // Writing to a string cannot fail.
        let _ = write!(text, "{}{value}", if i == 0 { '[' } else { ',' });
    }
    text.push(']');
    text
}

/// The vector that pgvector wrote.
pub(super) fn read(text: &str) -> Arc<[f32]> {
    text.trim_matches(['[', ']'])
        .split(',')
        .map(|value| value.parse().unwrap_or(0.0))
        .collect()
}

/// The chunks of the bases whose vectors are closest, best first.
pub(super) async fn search(
    db: &Db,
    bases: &[String],
    vector: &IndexVector,
    query: &IndexQuery,
) -> Result<Vec<IndexHit>> {
    let dims = vector.values.len();
    let sql = "select id from headwater_index.spaces where name = $1 and dims = $2";
    let wanted = values![&*vector.space, i32::try_from(dims).unwrap_or(i32::MAX)];
    let Some(SpaceRow { id: space }) = db.one(sql, wanted).await? else {
        return Ok(Vec::new());
    };
    let few = dims > MOST_DIMS || matching(db, bases, query).await? <= FEW;
    let mut values = Values(Vec::new());
    let in_bases = values.put_all(bases.iter().map(String::as_str));
    let only = match &query.filter {
        Some(filter) => format!("and {}", filter::condition(filter, &mut values)),
        None => String::new(),
    };
    let asked = values.put(write(&vector.values));
    let most = values.put(limit(query));
    // The graph is of vectors of so many dimensions; compared as plain ones they are read one by one.
    let distance = if few {
        format!("v.vector <#> {asked}::vector")
    } else {
        format!("v.vector::vector({dims}) <#> {asked}::vector({dims})")
    };
    let with = if query.with_vectors {
        "v.vector::text"
    } else {
        "null::text"
    };
    let sql = format!(
        "select c.base, c.chunk, c.document, -({distance})::float8 as score, {with} as vector
         from headwater_index.vectors v join headwater_index.chunks c on c.key = v.key
         where v.space = {space} and v.base in ({in_bases}) {only}
         order by {distance} limit {most}"
    );
    let rows: Vec<HitRow> = if few {
        db.all(&sql, values.0).await?
    } else {
        let wide = (limit(query) * 2).clamp(100, 1_000);
        db.write(move |tx| {
            Box::pin(async move {
                for setting in [
                    format!("set local hnsw.ef_search = {wide}"),
                    "set local hnsw.iterative_scan = strict_order".to_owned(),
                    format!("set local hnsw.max_scan_tuples = {FAR}"),
                ] {
                    tx.exec(&setting, vec![]).await?;
                }
                tx.all(&sql, values.0).await
            })
        })
        .await?
    };
    let mut hits = rows
        .into_iter()
        .map(HitRow::read)
        .collect::<Result<Vec<_>>>()?;
    hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.chunk.cmp(&b.chunk)));
    Ok(hits)
}

/// How many chunks may match, counted no further than it matters.
async fn matching(db: &Db, bases: &[String], query: &IndexQuery) -> Result<i64> {
    let mut values = Values(Vec::new());
    let in_bases = values.put_all(bases.iter().map(String::as_str));
    let sql = match &query.filter {
        None => format!(
            "select coalesce(sum(chunks), 0)::bigint as count from headwater_index.bases
             where base in ({in_bases})"
        ),
        Some(filter) => format!(
            "select count(*) as count from (
                select 1 from headwater_index.chunks c
                where c.base in ({in_bases}) and {} limit {}) matching",
            filter::condition(filter, &mut values),
            FEW + 1
        ),
    };
    let row: Option<CountRow> = db.one(&sql, values.0).await?;
    Ok(row.map_or(0, |row| row.count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_that_was_written_is_read_again() {
        let vector = [1.0, -0.25, 3.4e-12, 0.1];
        assert_eq!(*read(&write(&vector)), vector);
    }
}
