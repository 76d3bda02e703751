//! Requests to Qdrant, as its HTTP API has them.

use std::fmt::Write as _;
use std::sync::Arc;

use headwater_model::ports::{ServerMethod, ServerRequest, VectorServer};
use headwater_model::{Code, Error, Result};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// Points of one request: some megabytes at most, where Qdrant takes 32.
const POINTS_AT_ONCE: usize = 200;
/// Points that have no vector and little else.
const IDS_AT_ONCE: usize = 2_000;
/// Points of one page.
const PAGE: usize = 1_000;

pub(super) struct Server {
    server: Arc<dyn VectorServer>,
    prefix: String,
}

impl Server {
    pub(super) fn new(server: Arc<dyn VectorServer>, prefix: &str) -> Self {
        let prefix = prefix.to_owned();
        Self { server, prefix }
    }

    pub(super) fn place(&self) -> &str {
        self.server.place()
    }

    /// The collection of words, which also has the state of each knowledge base.
    pub(super) fn words(&self) -> String {
        format!("{}_words", self.prefix)
    }

    /// The collection of vectors of so many dimensions.
    pub(super) fn vectors(&self, dims: usize) -> String {
        format!("{}_vectors_{dims}", self.prefix)
    }

    /// The dimensions that a collection of vectors is for, when it is one.
    pub(super) fn dims_of(&self, collection: &str) -> Option<usize> {
        let rest = collection.strip_prefix(&self.prefix)?;
        rest.strip_prefix("_vectors_")?.parse().ok()
    }

    /// Asks; `None` says that there is no such collection.
    pub(super) async fn ask(
        &self,
        method: ServerMethod,
        path: &str,
        body: Option<Value>,
    ) -> Result<Option<Value>> {
        let request = ServerRequest {
            method,
            path: path.to_owned(),
            body,
        };
        let mut answer = self.server.ask(request).await?;
        match answer.status {
            200..=299 => Ok(Some(answer.body["result"].take())),
            404 => Ok(None),
            status => {
                let said = answer.body["status"]["error"].as_str().unwrap_or_default();
                let message = format!(
                    "The Qdrant server at {} did not accept a request ({status}): {said}",
                    self.place()
                );
                Err(Error::new(Code::Upstream, message))
            }
        }
    }

    async fn post(&self, collection: &str, what: &str, body: Value) -> Result<Value> {
        let path = format!("collections/{collection}/{what}");
        let answer = self.ask(ServerMethod::Post, &path, Some(body)).await?;
        answer.ok_or_else(|| gone(collection))
    }

    /// The names of all collections of ours.
    pub(super) async fn collections(&self) -> Result<Vec<String>> {
        let answer = self.ask(ServerMethod::Get, "collections", None).await?;
        let all = answer.unwrap_or_default();
        let names = all["collections"].as_array().into_iter().flatten();
        let ours = |name: &&str| *name == self.words() || self.dims_of(name).is_some();
        let names = names.filter_map(|one| one["name"].as_str()).filter(ours);
        Ok(names.map(str::to_owned).collect())
    }

    /// The version of the server itself, such as `1.20.0`.
    pub(super) async fn version(&self) -> Result<Option<String>> {
        let request = ServerRequest {
            method: ServerMethod::Get,
            path: String::new(),
            body: None,
        };
        let about = self.server.ask(request).await?.body;
        let is_one = about["title"]
            .as_str()
            .is_some_and(|t| t.contains("qdrant"));
        let version = about["version"].as_str().filter(|_| is_one);
        Ok(version.map(str::to_owned))
    }

    /// Writes points; what was there under their ids is replaced.
    pub(super) async fn put(&self, collection: &str, points: &[Value]) -> Result<()> {
        let path = format!("collections/{collection}/points?wait=true&ordering=strong");
        for some in points.chunks(POINTS_AT_ONCE) {
            let body = json!({ "points": some });
            let answer = self.ask(ServerMethod::Put, &path, Some(body)).await?;
            answer.ok_or_else(|| gone(collection))?;
        }
        Ok(())
    }

    /// The same with many points that have a payload only.
    pub(super) async fn put_payloads(
        &self,
        collection: &str,
        points: Vec<(String, Value)>,
    ) -> Result<()> {
        let points = points.into_iter().map(|(id, payload)| bare(id, payload));
        let points: Vec<Value> = points.collect();
        let path = format!("collections/{collection}/points?wait=true&ordering=strong");
        for some in points.chunks(IDS_AT_ONCE) {
            let body = json!({ "points": some });
            let answer = self.ask(ServerMethod::Put, &path, Some(body)).await?;
            answer.ok_or_else(|| gone(collection))?;
        }
        Ok(())
    }

    /// Writes one point unless one is there that does not match.
    pub(super) async fn put_where(
        &self,
        collection: &str,
        (id, payload): (String, Value),
        only: Value,
    ) -> Result<()> {
        let path = format!("collections/{collection}/points?wait=true&ordering=strong");
        let body = json!({ "points": [bare(id, payload)], "update_filter": only });
        let answer = self.ask(ServerMethod::Put, &path, Some(body)).await?;
        answer.map(drop).ok_or_else(|| gone(collection))
    }

    /// The payloads of the points that are there, in no order.
    pub(super) async fn get(
        &self,
        collection: &str,
        ids: &[String],
        fields: &[&str],
    ) -> Result<Vec<Value>> {
        let mut found = Vec::new();
        for some in ids.chunks(IDS_AT_ONCE) {
            let body = json!({ "ids": some, "with_payload": fields, "with_vector": false });
            let mut points = self.post(collection, "points", body).await?;
            found.extend(payloads(&mut points));
        }
        Ok(found)
    }

    /// The payloads of all points that match.
    pub(super) async fn scroll(
        &self,
        collection: &str,
        filter: Value,
        fields: &[&str],
    ) -> Result<Vec<Value>> {
        let mut body = json!({
            "filter": filter, "limit": PAGE, "with_payload": fields, "with_vector": false,
        });
        let mut found = Vec::new();
        loop {
            let mut page = self.post(collection, "points/scroll", body.clone()).await?;
            found.extend(payloads(&mut page["points"]));
            match page["next_page_offset"].take() {
                Value::Null => return Ok(found),
                next => body["offset"] = next,
            }
        }
    }

    /// Removes the points that match.
    pub(super) async fn delete(&self, collection: &str, filter: Value) -> Result<()> {
        let what = "points/delete?wait=true&ordering=strong";
        let body = json!({ "filter": filter });
        self.post(collection, what, body).await.map(drop)
    }

    /// Removes points by their ids.
    pub(super) async fn delete_ids(&self, collection: &str, ids: &[String]) -> Result<()> {
        let what = "points/delete?wait=true&ordering=strong";
        for some in ids.chunks(IDS_AT_ONCE) {
            let body = json!({ "points": some });
            self.post(collection, what, body).await?;
        }
        Ok(())
    }

    /// Gives fields to the points that match.
    pub(super) async fn mark(&self, collection: &str, filter: Value, fields: Value) -> Result<()> {
        let what = "points/payload?wait=true&ordering=strong";
        let body = json!({ "payload": fields, "filter": filter });
        self.post(collection, what, body).await.map(drop)
    }

    /// Takes a field from the points that match.
    pub(super) async fn unmark(&self, collection: &str, filter: Value, field: &str) -> Result<()> {
        let what = "points/payload/delete?wait=true&ordering=strong";
        let body = json!({ "keys": [field], "filter": filter });
        self.post(collection, what, body).await.map(drop)
    }

    /// Searches; one list of points for each.
    pub(super) async fn search(
        &self,
        collection: &str,
        searches: Vec<Value>,
    ) -> Result<Vec<Vec<Value>>> {
        let body = json!({ "searches": searches });
        let lists = self.post(collection, "points/query/batch", body).await?;
        let Value::Array(lists) = lists else {
            return Err(Error::internal("Qdrant gave no lists"));
        };
        let read = |mut list: Value| match list["points"].take() {
            Value::Array(points) => points,
            _ => Vec::new(),
        };
        Ok(lists.into_iter().map(read).collect())
    }
}

/// A point without a vector.
fn bare(id: String, payload: Value) -> Value {
    json!({ "id": id, "vector": {}, "payload": payload })
}

fn payloads(points: &mut Value) -> impl Iterator<Item = Value> + '_ {
    let points = points.as_array_mut().into_iter().flatten();
    points.map(|point| point["payload"].take())
}

/// `not_found`: whoever asked decides what that means.
fn gone(collection: &str) -> Error {
    Error::new(
        Code::NotFound,
        format!("The Qdrant server has no collection {collection} any more."),
    )
}

/// The id of a point, the same for the same parts.
pub(super) fn id(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let mut text = String::with_capacity(36);
    for (i, byte) in hash.finalize().iter().take(16).enumerate() {
        if matches!(i, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_by_where_their_parts_end() {
        assert_eq!(id(&["ab", "c"]).len(), 36);
        assert_eq!(id(&["ab", "c"]), id(&["ab", "c"]));
        assert_ne!(id(&["ab", "c"]), id(&["a", "bc"]));
    }
}
