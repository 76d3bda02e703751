//! Changes: written beside what they replace, then committed at once, then what they replaced is
//! removed.

use std::collections::{BTreeMap, BTreeSet};

use headwater_model::Result;
use headwater_model::id::KnowledgeBaseId;
use headwater_model::ports::{DocumentChange, IndexBatch, IndexChunk};
use serde_json::{Value, json};

use super::super::base::language_of;
use super::server::{Server, id};
use super::state::{self, Space, State};
use super::words::{Counted, means};
use super::{filter, nearest, schema, terms, text};
use crate::Store;

/// What a batch does, before anything of it is written.
struct Plan {
    before: State,
    /// What will be committed.
    after: State,
    /// In how many more chunks each word will be.
    words: BTreeMap<u32, i64>,
    /// The documents that change.
    documents: Vec<String>,
}

pub(super) async fn apply(
    server: &Server,
    store: &Store,
    base: KnowledgeBaseId,
    batch: &IndexBatch,
) -> Result<()> {
    let mut collections = server.collections().await?;
    if !collections.contains(&server.words()) {
        schema::make(server, store).await?;
        collections = server.collections().await?;
    }
    let before = state::read(server, &[base]).await?.pop();
    let before = before.unwrap_or_else(|| State::new(base));
    if before.version >= batch.version {
        // Another server was quicker.
        return Ok(());
    }
    // What a crash left would be of this version, too.
    clean(server, &collections, &before).await?;
    unmark(server, &collections, &before).await?;
    terms::restore(server, &before).await?;
    let mut plan = Plan::new(before, batch, store);
    plan.take_out(server).await?;
    let chunks = plan.put_in(batch);
    plan.write(server, &mut collections, batch, &chunks).await?;
    let unused = terms::change(server, &plan.before, plan.after.version, &plan.words).await?;
    plan.mark(server, &collections).await?;
    state::commit(server, &plan.before, &plan.after).await?;
    // It is done; what cannot be removed now goes with the next batch.
    let cleaned = async {
        clean(server, &collections, &plan.after).await?;
        server.delete_ids(&server.words(), &unused).await
    };
    if let Err(error) = cleaned.await {
        tracing::warn!(%base, ?error, "what was replaced in the index is still there");
    }
    Ok(())
}

pub(super) async fn remove(server: &Server, base: KnowledgeBaseId) -> Result<()> {
    let collections = server.collections().await?;
    let words = server.words();
    if !collections.contains(&words) {
        return Ok(());
    }
    state::forget(server, base).await?;
    let of_base = json!({ "key": "base", "match": { "value": base } });
    for name in collections.iter().filter(|name| **name != words) {
        server.delete(name, json!({ "must": [of_base] })).await?;
    }
    // Its state goes last.
    let is_state = json!({ "key": "kind", "match": { "value": "base" } });
    let rest = json!({ "must": [of_base], "must_not": [is_state] });
    server.delete(&words, rest).await?;
    server.delete(&words, json!({ "must": [of_base] })).await
}

/// Removes what is of no version: what was replaced, and what was never committed.
async fn clean(server: &Server, collections: &[String], state: &State) -> Result<()> {
    let base = state.base.to_string();
    for name in collections {
        let mut any = super::visible(state.version).to_vec();
        if let Some(dims) = server.dims_of(name) {
            let kept = state.spaces.iter().filter(|space| space.dims == dims);
            let kept: Vec<String> = kept.map(|s| nearest::space(&base, &s.name)).collect();
            any.push(json!({ "must_not": [{ "key": "space", "match": { "any": kept } }] }));
        }
        let of_base = json!({ "key": "base", "match": { "value": base } });
        let gone = json!({ "must": [of_base], "should": any });
        server.delete(name, gone).await?;
    }
    Ok(())
}

/// Takes back what was said of points by a batch that was never committed.
async fn unmark(server: &Server, collections: &[String], state: &State) -> Result<()> {
    for name in collections {
        let marked = json!({ "must": [
            { "key": "base", "match": { "value": state.base } },
            { "key": "to", "range": { "gt": state.version } },
        ] });
        server.unmark(name, marked, "to").await?;
    }
    Ok(())
}

impl Plan {
    fn new(before: State, batch: &IndexBatch, store: &Store) -> Self {
        let mut after = before.clone();
        after.version = batch.version;
        after.attempt = store.fresh(KnowledgeBaseId::new).to_string();
        let kept = |space: &Space| batch.spaces.iter().any(|name| **name == *space.name);
        after.spaces.retain(kept);
        let documents = batch.changes.iter().map(|change| change.document);
        Self {
            before,
            after,
            words: BTreeMap::new(),
            documents: documents.map(|id| id.to_string()).collect(),
        }
    }

    /// The points of the documents that change, as they are now.
    fn old(&self) -> Value {
        let base = self.before.base;
        json!({
            "must": [
                { "key": "base", "match": { "value": base } },
                { "key": "document", "match": { "any": self.documents } },
            ],
            "must_not": super::visible(self.before.version),
        })
    }

    /// Counts off what the documents had.
    async fn take_out(&mut self, server: &Server) -> Result<()> {
        if self.documents.is_empty() {
            return Ok(());
        }
        let fields = &["language", "counted"];
        for point in server.scroll(&server.words(), self.old(), fields).await? {
            let counted = Counted::unpack(&point["counted"])?;
            self.count(text(&point, "language")?, &counted, -1);
        }
        Ok(())
    }

    /// Counts what they have now.
    fn put_in<'b>(&mut self, batch: &'b IndexBatch) -> Vec<New<'b>> {
        let mut chunks = Vec::new();
        for change in &batch.changes {
            let language = language_of(change);
            for chunk in &change.chunks {
                let counted = Counted::of(chunk, language);
                self.count(language.code, &counted, 1);
                chunks.push(New {
                    change,
                    chunk,
                    language: language.code,
                    counted,
                });
            }
        }
        chunks
    }

    fn count(&mut self, language: &str, chunk: &Counted, by: i64) {
        let after = &mut self.after;
        let length = |field: usize| i64::try_from(chunk.lengths[field]).unwrap_or(0);
        after.chunks += by;
        after.body += by * length(0);
        after.heading += by * length(1);
        *after.languages.entry(language.to_owned()).or_default() += by;
        for word in chunk.words() {
            *self.words.entry(word).or_default() += by;
        }
    }

    /// Writes the new points, which nobody sees yet.
    async fn write(
        &mut self,
        server: &Server,
        collections: &mut Vec<String>,
        batch: &IndexBatch,
        chunks: &[New<'_>],
    ) -> Result<()> {
        let means = means([&self.after].into_iter());
        let points = chunks.iter().map(|new| new.point(&self.after, means));
        let points: Vec<Value> = points.collect();
        server.put(&server.words(), &points).await?;
        let mut vectors: BTreeMap<usize, Vec<Value>> = BTreeMap::new();
        let mut spaces: BTreeSet<Space> = self.after.spaces.drain(..).collect();
        for new in chunks {
            for vector in &new.chunk.vectors {
                if !batch.spaces.contains(&vector.space) {
                    continue;
                }
                let dims = vector.values.len();
                let name = vector.space.to_string();
                vectors.entry(dims).or_default().push(new.vector(
                    &self.after,
                    &name,
                    &vector.values,
                ));
                spaces.insert(Space { name, dims });
            }
        }
        self.after.spaces = spaces.into_iter().collect();
        for (dims, points) in vectors {
            let name = server.vectors(dims);
            if !collections.contains(&name) {
                schema::make_vectors(server, dims).await?;
                collections.push(name.clone());
            }
            server.put(&name, &points).await?;
        }
        Ok(())
    }

    /// Says of what is replaced until when it is there.
    async fn mark(&self, server: &Server, collections: &[String]) -> Result<()> {
        if self.documents.is_empty() {
            return Ok(());
        }
        for name in collections {
            let until = json!({ "to": self.after.version });
            server.mark(name, self.old(), until).await?;
        }
        Ok(())
    }
}

/// A chunk on its way in.
struct New<'b> {
    change: &'b DocumentChange,
    chunk: &'b IndexChunk,
    language: &'static str,
    counted: Counted,
}

impl New<'_> {
    /// Its point in the collection of words.
    fn point(&self, state: &State, means: [f64; 2]) -> Value {
        let mut payload = self.payload(state);
        payload["kind"] = json!("chunk");
        payload["language"] = json!(self.language);
        payload["counted"] = self.counted.pack();
        let weights = self.counted.weights(means);
        json!({ "id": self.id(state, "chunk"), "vector": { "words": weights }, "payload": payload })
    }

    /// The point of one of its vectors.
    fn vector(&self, state: &State, space: &str, values: &[f32]) -> Value {
        let mut payload = self.payload(state);
        let space = nearest::space(&state.base.to_string(), space);
        let id = self.id(state, &space);
        payload["space"] = json!(space);
        json!({ "id": id, "vector": { "dense": values }, "payload": payload })
    }

    fn payload(&self, state: &State) -> Value {
        let (meta, values) = filter::of_fields(&self.chunk.fields);
        json!({
            "base": state.base, "chunk": self.chunk.id, "document": self.change.document,
            "from": state.version, "meta": meta, "values": values,
        })
    }

    /// Old and new points of a chunk are there at the same time.
    fn id(&self, state: &State, what: &str) -> String {
        let base = state.base.to_string();
        id(&[
            &base,
            what,
            &self.chunk.id.to_string(),
            &state.version.to_string(),
        ])
    }
}
