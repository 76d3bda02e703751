//! What is committed of a knowledge base: one point.

use std::collections::BTreeMap;

use headwater_model::id::KnowledgeBaseId;
use headwater_model::{Code, Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::server::{Server, id};

/// The committed version of a knowledge base, and the sums that weighing words needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) base: KnowledgeBaseId,
    pub(super) version: u64,
    /// Who wrote it.
    pub(super) attempt: String,
    pub(super) chunks: i64,
    /// Words of all bodies.
    pub(super) body: i64,
    /// Words of all headings and names.
    pub(super) heading: i64,
    /// Chunks of each language.
    pub(super) languages: BTreeMap<String, i64>,
    /// The spaces that vectors may be asked for in.
    pub(super) spaces: Vec<Space>,
}

/// A space of vectors.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Space {
    pub(super) name: String,
    pub(super) dims: usize,
}

impl State {
    /// Nothing yet.
    pub(super) fn new(base: KnowledgeBaseId) -> Self {
        Self {
            base,
            version: 0,
            attempt: String::new(),
            chunks: 0,
            body: 0,
            heading: 0,
            languages: BTreeMap::new(),
            spaces: Vec::new(),
        }
    }
}

fn point(base: KnowledgeBaseId) -> String {
    id(&[&base.to_string(), "base"])
}

/// The states of the bases that there is something of, in their order.
pub(super) async fn read(server: &Server, bases: &[KnowledgeBaseId]) -> Result<Vec<State>> {
    let ids: Vec<String> = bases.iter().map(|base| point(*base)).collect();
    let found = match server.get(&server.words(), &ids, &["state"]).await {
        // Somebody removed the collection: there is nothing of anything.
        Err(error) if error.code == Code::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let mut states = found
        .into_iter()
        .map(|mut payload| serde_json::from_value(payload["state"].take()))
        .collect::<std::result::Result<Vec<State>, _>>()
        .map_err(Error::internal)?;
    states.retain(|state| state.version > 0);
    states.sort_by_key(|state| state.base);
    Ok(states)
}

/// Commits: what is of this version is searched from now on.
///
/// Errors: `conflict` when somebody else has committed meanwhile.
pub(super) async fn commit(server: &Server, before: &State, state: &State) -> Result<()> {
    let only = json!({ "must": [
        { "key": "state.version", "match": { "value": before.version } }
    ] });
    let payload = (point(state.base), payload(state)?);
    server.put_where(&server.words(), payload, only).await?;
    let now = read(server, &[state.base]).await?;
    if now.first().map_or("", |now| &now.attempt) == state.attempt {
        return Ok(());
    }
    Err(Error::conflict(
        "Another server has changed the index meanwhile. It is tried again.",
    ))
}

/// Says that nothing is committed, so that what is there may be removed piece by piece.
pub(super) async fn forget(server: &Server, base: KnowledgeBaseId) -> Result<()> {
    let payload = payload(&State::new(base))?;
    let point = (point(base), payload);
    server.put_payloads(&server.words(), vec![point]).await
}

fn payload(state: &State) -> Result<Value> {
    let base = state.base;
    let state = serde_json::to_value(state).map_err(Error::internal)?;
    Ok(json!({ "kind": "base", "base": base, "state": state }))
}
