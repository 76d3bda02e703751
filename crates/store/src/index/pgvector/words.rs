//! Search by words: BM25 (Robertson and Walker 1994) as the embedded index has it, counted by the
//! database.

use headwater_model::Result;
use headwater_model::ports::{IndexHit, IndexQuery};
use sea_orm::FromQueryResult;

use super::super::search::{HEADING_BOOST, MOST_LANGUAGES, MOST_WORDS};
use super::super::words::{self, Language};
use super::{HitRow, Values, filter, limit};
use crate::{Db, json};

/// The longest word, in bytes; a longer one is found by its beginning.
const LONGEST: usize = 250;

#[derive(FromQueryResult)]
struct LanguageRow {
    language: String,
}

#[derive(FromQueryResult)]
struct SumsRow {
    chunks: i64,
    body: i64,
    heading: i64,
}

/// A word as it is kept and looked for.
pub(super) fn cut(word: &str) -> &str {
    &word[..word.floor_char_boundary(LONGEST)]
}

/// The chunks of the bases with the text's words, best first.
pub(super) async fn search(
    db: &Db,
    bases: &[String],
    text: &str,
    query: &IndexQuery,
) -> Result<Vec<IndexHit>> {
    let asked = words::of_query(text, &languages(db, bases).await?);
    let asked = &asked[..asked.len().min(MOST_WORDS)];
    let sums = sums(db, bases).await?;
    if asked.is_empty() || sums.chunks == 0 {
        return Ok(Vec::new());
    }
    // A word's forms in several languages belong together: the best of them counts.
    let forms: Vec<(usize, &str)> = asked
        .iter()
        .enumerate()
        .flat_map(|(part, forms)| forms.iter().map(move |form| (part, cut(form))))
        .collect();
    let mut values = Values(Vec::new());
    let forms = values.put(json::write(&forms)?);
    let in_bases = values.put_all(bases.iter().map(String::as_str));
    let only = match &query.filter {
        Some(filter) => format!(
            "where h.key in (select c.key from headwater_index.chunks c where c.base in ({in_bases}) and {})",
            filter::condition(filter, &mut values)
        ),
        None => String::new(),
    };
    let all = values.put(sums.chunks as f64);
    let mean = |sum: i64| (sum as f64 / sums.chunks as f64).max(f64::MIN_POSITIVE);
    let body = values.put(mean(sums.body));
    let heading = values.put(mean(sums.heading));
    let boost = values.put(f64::from(HEADING_BOOST));
    let most = values.put(limit(query));
    let sql = format!(
        "with asked as (
            select (one->>0)::int as part, one->>1 as word
            from jsonb_array_elements({forms}::jsonb) one),
        hit as materialized (
            select field, word, key, count, length from headwater_index.words
            where base in ({in_bases}) and word in (select word from asked)),
        rare as (select field, word, count(*)::float8 as n from hit group by field, word),
        scored as (
            select h.key, a.part, h.field, max(
                case h.field when 0 then 1.0::float8 else {boost}::float8 end
                * ln(1 + ({all}::float8 - r.n + 0.5) / (r.n + 0.5))
                * 2.2 * h.count / (h.count + 1.2 * (0.25 + 0.75 * h.length
                    / case h.field when 0 then {body}::float8 else {heading}::float8 end))
            ) as score
            from hit h join rare r using (field, word) join asked a using (word)
            {only} group by h.key, a.part, h.field),
        best as (
            select key, sum(score) as score from scored group by key
            order by 2 desc, 1 limit {most})
        select c.base, c.chunk, c.document, b.score::float8 as score, null::text as vector
        from best b join headwater_index.chunks c using (key) order by b.score desc, c.chunk"
    );
    let rows: Vec<HitRow> = db.all(&sql, values.0).await?;
    rows.into_iter().map(HitRow::read).collect()
}

/// The commonest languages of what is searched.
async fn languages(db: &Db, bases: &[String]) -> Result<Vec<Language>> {
    let mut values = Values(Vec::new());
    let in_bases = values.put_all(bases.iter().map(String::as_str));
    let sql = format!(
        "select language from headwater_index.languages where base in ({in_bases}) and chunks > 0
         group by language order by sum(chunks) desc, language limit {MOST_LANGUAGES}"
    );
    let rows: Vec<LanguageRow> = db.all(&sql, values.0).await?;
    Ok(rows
        .iter()
        .map(|row| Language::of_code(&row.language))
        .collect())
}

async fn sums(db: &Db, bases: &[String]) -> Result<SumsRow> {
    let mut values = Values(Vec::new());
    let in_bases = values.put_all(bases.iter().map(String::as_str));
    let sql = format!(
        "select coalesce(sum(chunks), 0)::bigint as chunks, coalesce(sum(body), 0)::bigint as body,
            coalesce(sum(heading), 0)::bigint as heading
         from headwater_index.bases where base in ({in_bases})"
    );
    let row: Option<SumsRow> = db.one(&sql, values.0).await?;
    Ok(row.unwrap_or(SumsRow {
        chunks: 0,
        body: 0,
        heading: 0,
    }))
}
