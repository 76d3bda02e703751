//! What stories about knowledge bases begin with and look for.

use serde_json::{Value, json};

use crate::Client;

impl Client {
    /// Makes a knowledge base with these settings; its id.
    pub async fn base(&self, settings: Value) -> String {
        let base = self.post("/knowledge-bases", settings).await.expect(201);
        base["id"].as_str().unwrap().to_owned()
    }

    /// Makes a knowledge base called “Notes”; its id.
    pub async fn notes(&self) -> String {
        self.base(json!({ "name": "Notes" })).await
    }

    /// Adds a document and waits until it can be found; its id.
    pub async fn add(&self, kb: &str, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let document = self.upload(kb, name, bytes.as_ref()).await;
        let document = self.processed(document["id"].as_str().unwrap()).await;
        assert_eq!(document["status"], "ready", "{document}");
        assert!(document["chunks"].as_u64().unwrap() > 0, "{document}");
        document["id"].as_str().unwrap().to_owned()
    }

    /// The passages that are found, best first.
    pub async fn search(&self, kb: &str, query: Value) -> Vec<Value> {
        let path = format!("/knowledge-bases/{kb}/search");
        let found = self.post(&path, query).await.expect(200);
        found["items"].as_array().unwrap().clone()
    }

    /// The names of the documents that are found, best first.
    pub async fn names_found(&self, kb: &str, query: Value) -> Vec<String> {
        let found = self.search(kb, query).await;
        let names = found.iter().map(|item| item["document_name"].as_str());
        names.map(|name| name.unwrap().to_owned()).collect()
    }
}
