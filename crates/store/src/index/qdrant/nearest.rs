//! Search by vectors: one by one where a base has few chunks, by Qdrant's graph of the base's space
//! (HNSW, Malkov and Yashunin 2016) where it has many.

use headwater_model::ports::{IndexHit, IndexQuery, IndexVector};
use headwater_model::{Error, Result};
use serde_json::{Value, json};

use super::server::Server;
use super::state::State;
use super::{filter, limit, text, visible};

/// In bases of up to so many chunks vectors are compared one by one: as quick as the graph, and exact.
const FEW: i64 = 20_000;

/// What separates spaces from each other: of which base, and which model.
pub(super) fn space(base: &str, name: &str) -> String {
    format!("{base} {name}")
}

/// For each vector of the query the chunks whose vectors are closest to it, best first.
pub(super) async fn search(
    server: &Server,
    states: &[State],
    query: &IndexQuery,
) -> Result<Vec<Vec<IndexHit>>> {
    let mut lists = Vec::with_capacity(query.vectors.len());
    for vector in &query.vectors {
        lists.push(closest(server, states, query, vector).await?);
    }
    Ok(lists)
}

async fn closest(
    server: &Server,
    states: &[State],
    query: &IndexQuery,
    vector: &IndexVector,
) -> Result<Vec<IndexHit>> {
    let dims = vector.values.len();
    let has = |state: &&State| {
        let mut spaces = state.spaces.iter();
        spaces.any(|space| space.name == *vector.space && space.dims == dims)
    };
    let states: Vec<&State> = states.iter().filter(has).collect();
    if states.is_empty() {
        return Ok(Vec::new());
    }
    let searches = states.iter().map(|state| one(state, query, vector));
    let lists = server
        .search(&server.vectors(dims), searches.collect())
        .await?;
    let mut hits = Vec::new();
    for (state, list) in states.iter().zip(lists) {
        for point in list {
            hits.push(IndexHit {
                base: state.base,
                chunk: text(&point["payload"], "chunk")?.parse()?,
                document: text(&point["payload"], "document")?.parse()?,
                score: point["score"].as_f64().unwrap_or(0.0),
                vector: query.with_vectors.then(|| values(&point)).transpose()?,
            });
        }
    }
    hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.chunk.cmp(&b.chunk)));
    hits.truncate(limit(query));
    Ok(hits)
}

fn one(state: &State, query: &IndexQuery, vector: &IndexVector) -> Value {
    let space = space(&state.base.to_string(), &vector.space);
    let mut must = vec![json!({ "key": "space", "match": { "value": space } })];
    must.extend(query.filter.as_ref().map(filter::condition));
    let with_vector = if query.with_vectors {
        json!(["dense"])
    } else {
        json!(false)
    };
    json!({
        "query": vector.values, "using": "dense", "limit": limit(query),
        "filter": { "must": must, "must_not": visible(state.version) },
        "params": if state.chunks <= FEW {
            json!({ "exact": true })
        } else {
            json!({ "hnsw_ef": (limit(query) * 2).clamp(128, 1_000) })
        },
        "with_payload": ["chunk", "document"], "with_vector": with_vector,
    })
}

fn values(point: &Value) -> Result<std::sync::Arc<[f32]>> {
    let values = point["vector"]["dense"].as_array();
    let values = values.ok_or_else(|| Error::internal("a point of the index without a vector"))?;
    let numbers = values
        .iter()
        .map(|value| value.as_f64().unwrap_or(0.0) as f32);
    Ok(numbers.collect())
}
