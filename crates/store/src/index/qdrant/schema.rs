//! The collections, and whether the server can have them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use headwater_model::ports::ServerMethod;
use headwater_model::{Error, Result};
use serde_json::{Value, json};

use super::server::{Server, id};
use crate::Store;

/// Raised whenever words, fields or points change: an index of another format is made anew.
const FORMAT: u64 = 1;
/// The first Qdrant that finds parts of texts, which filters need.
const OLDEST: (u32, u32) = (1, 20);
/// What is sealed, so that only those who have the installation's key know it for their own.
const OURS: &str = "an index in Qdrant";

/// Fields that are looked up, and how: in all collections, and in those of words.
fn indexes(of_words: bool) -> Vec<(&'static str, Value)> {
    let apart = json!({ "type": "keyword", "is_tenant": true });
    let number = json!({ "type": "integer", "lookup": false, "range": true });
    let mut all = vec![
        ("from", number.clone()),
        ("to", number.clone()),
        ("document", json!("keyword")),
        ("meta", json!("keyword")),
    ];
    if of_words {
        all.push(("since", number));
        all.extend([("base", apart), ("kind", json!("keyword"))]);
    } else {
        all.extend([("base", json!("keyword")), ("space", apart)]);
    }
    all
}

/// Whether the server is new enough, and a Qdrant at all.
pub(super) async fn check_version(server: &Server) -> Result<()> {
    let refused = |text: String| Err(Error::invalid("knowledge.qdrant_url", text));
    let Some(version) = server.version().await? else {
        return refused(format!(
            "What answers at {} is no Qdrant server. Set knowledge.qdrant_url to the URL of its HTTP API, usually port 6333.",
            server.place()
        ));
    };
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    let is: (u32, u32) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    if is < OLDEST {
        return refused(format!(
            "The Qdrant server at {} has version {version}. Searching with filters needs {}.{} or newer: update it.",
            server.place(),
            OLDEST.0,
            OLDEST.1
        ));
    }
    Ok(())
}

/// Makes the collection of words unless it is there, and looks whether those of vectors are as they
/// should be.
pub(super) async fn make(server: &Server, store: &Store) -> Result<()> {
    let words = server.words();
    let mut there = server.collections().await?;
    if there.contains(&words) {
        match format_of(server, store).await? {
            Some(FORMAT) => {}
            Some(_) => {
                tracing::warn!("the index in Qdrant is of another format; it will be rebuilt");
                for name in there.drain(..) {
                    let path = format!("collections/{name}");
                    server.ask(ServerMethod::Delete, &path, None).await?;
                }
            }
            None => finish(server, store).await?,
        }
    }
    for name in &there {
        if let Some(dims) = server.dims_of(name) {
            check_vectors(server, name, dims).await?;
        }
    }
    if !there.contains(&words) {
        let body = json!({ "vectors": {}, "sparse_vectors": { "words": {} } });
        collection(server, &words, body).await?;
        finish(server, store).await?;
    }
    Ok(())
}

/// Makes the collection of vectors of so many dimensions.
pub(super) async fn make_vectors(server: &Server, dims: usize) -> Result<()> {
    let name = server.vectors(dims);
    let body = json!({
        "vectors": { "dense": { "size": dims, "distance": "Cosine" } },
        // A graph for each space of each knowledge base, and none over all of them: nobody searches that.
        "hnsw_config": { "m": 0, "payload_m": 16 },
    });
    collection(server, &name, body).await?;
    for (field, how) in indexes(false) {
        field_index(server, &name, field, how).await?;
    }
    Ok(())
}

/// What the collection of words needs beside being there; the last thing says that it is whole.
async fn finish(server: &Server, store: &Store) -> Result<()> {
    let words = server.words();
    for (field, how) in indexes(true) {
        field_index(server, &words, field, how).await?;
    }
    let owner = STANDARD.encode(store.seal(OURS, b"headwater")?);
    let payload = json!({ "kind": "format", "format": FORMAT, "owner": owner });
    let point = (id(&["format"]), payload);
    server.put_payloads(&words, vec![point]).await
}

/// The format of what is there; `None` when nothing is there yet. An index of somebody else is an error.
async fn format_of(server: &Server, store: &Store) -> Result<Option<u64>> {
    let words = server.words();
    let fields = &["format", "owner"];
    let found = server.get(&words, &[id(&["format"])], fields).await?;
    let Some(format) = found.first() else {
        let some = json!({ "filter": {}, "limit": 1 });
        let path = format!("collections/{words}/points/scroll");
        let page = server.ask(ServerMethod::Post, &path, Some(some)).await?;
        let points = page.as_ref().and_then(|page| page["points"].as_array());
        // It was being made when whoever made it stopped.
        return if points.is_none_or(Vec::is_empty) {
            Ok(None)
        } else {
            Err(foreign(server))
        };
    };
    let owner = STANDARD.decode(format["owner"].as_str().unwrap_or_default());
    let ours = owner.is_ok_and(|sealed| store.unseal(OURS, &sealed).is_ok());
    if !ours {
        return Err(foreign(server));
    }
    Ok(format["format"].as_u64().or(Some(0)))
}

fn foreign(server: &Server) -> Error {
    let text = format!(
        "The collection {} of the Qdrant server at {} belongs to another installation, or to something else. Set knowledge.qdrant_prefix to another beginning for the names of collections. (Servers of one installation have the same secret key.)",
        server.words(),
        server.place()
    );
    Error::invalid("knowledge.qdrant_prefix", text)
}

/// Makes a collection; one that another server has just made is as good.
async fn collection(server: &Server, name: &str, body: Value) -> Result<()> {
    let path = format!("collections/{name}");
    match server.ask(ServerMethod::Put, &path, Some(body)).await {
        Err(error) => {
            let there = server.collections().await?;
            if there.iter().any(|known| known == name) {
                return Ok(());
            }
            Err(error)
        }
        Ok(_) => Ok(()),
    }
}

async fn field_index(server: &Server, name: &str, field: &str, how: Value) -> Result<()> {
    let path = format!("collections/{name}/index?wait=true");
    let body = json!({ "field_name": field, "field_schema": how });
    let made = server.ask(ServerMethod::Put, &path, Some(body)).await?;
    made.map(drop)
        .ok_or_else(|| Error::internal("a collection that was just made is gone"))
}

/// Whether a collection of vectors has what its name says.
async fn check_vectors(server: &Server, name: &str, dims: usize) -> Result<()> {
    let path = format!("collections/{name}");
    let Some(about) = server.ask(ServerMethod::Get, &path, None).await? else {
        return Ok(());
    };
    let dense = &about["config"]["params"]["vectors"]["dense"];
    if dense["size"] == dims && dense["distance"] == "Cosine" {
        return Ok(());
    }
    let text = format!(
        "The collection {name} of the Qdrant server at {} should have vectors “dense” of {dims} dimensions, compared by their cosine, and has others. Remove the collection, or set knowledge.qdrant_prefix to another beginning for the names of collections.",
        server.place()
    );
    Err(Error::invalid("knowledge.qdrant_prefix", text))
}
