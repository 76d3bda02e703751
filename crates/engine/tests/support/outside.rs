//! What lies outside: tools, addresses and files.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use headwater_model::id::WorkspaceId;
use headwater_model::ports::{
    DocumentText, Fetch, FetchRequest, FetchResponse, Offered, ReadDocument, Readable, Tool,
    ToolChosen, ToolRequest, ToolResult, Tools,
};
use headwater_model::{Code, Error, Result};
use serde_json::{Value, json};

use super::{Drops, World, ended};

/// A tool has the functions that are asked for, or one with its own name. A function says its name
/// and arguments, or what its script says by path. There is no tool `missing`.
#[async_trait]
impl Tools for World {
    async fn offer(&self, _: WorkspaceId, tools: &[ToolChosen]) -> Result<Vec<Offered>> {
        let mut offered = vec![];
        for chosen in tools {
            if chosen.tool == "missing" {
                return Err(Error::not_found("tool"));
            }
            let own = std::slice::from_ref(&chosen.tool);
            let functions = if chosen.only.is_empty() {
                own
            } else {
                &chosen.only
            };
            offered.extend(functions.iter().map(|function| Offered {
                tool: chosen.tool.clone(),
                function: function.clone(),
                definition: Tool {
                    name: function.clone(),
                    description: "A scripted tool.".into(),
                    parameters: Arc::new(json!({ "type": "object" })),
                },
            }));
        }
        Ok(offered)
    }

    async fn call(&self, request: ToolRequest) -> Result<ToolResult> {
        let key = request.idempotency_key;
        let place = key.split_once(':').map_or("", |(_, place)| place);
        let script = self.script.get(place).cloned().unwrap_or_default();
        let again = self.keys.lock().iter().filter(|k| **k == key).count();
        self.keys.lock().push(key.clone());
        let _guard = Drops(Arc::clone(&self.dropped));
        tokio::task::yield_now().await;
        if script.hangs {
            tokio::time::sleep(Duration::from_secs(3600)).await;
        }
        if let Some(after) = &script.after {
            while !ended(&self.log.lock(), after) {
                tokio::task::yield_now().await;
            }
        }
        if again < script.fails {
            return Err(Error::new(Code::Unavailable, "The tool is away."));
        }
        let arguments = Value::Object(request.arguments);
        let own = format!("{}({arguments})", request.function);
        Ok(ToolResult {
            failed: script.failed,
            ..ToolResult::new(script.says.unwrap_or(own), json!({ "got": arguments }))
        })
    }
}

/// Says back what it was asked; `/STATUS` at the end of an address decides the status.
#[async_trait]
impl Fetch for World {
    async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse> {
        let key = request.headers.iter().find(|(n, _)| n == "idempotency-key");
        self.keys.lock().extend(key.map(|(_, key)| key.clone()));
        let status = request.url.rsplit('/').next().and_then(|s| s.parse().ok());
        let asked = json!({
            "method": request.method,
            "url": request.url,
            "headers": request.headers,
            "body": request.body.map(|body| String::from_utf8_lossy(&body).into_owned()),
            "redirects": request.redirects,
        });
        self.sent.lock().push(asked.to_string());
        Ok(FetchResponse {
            status: status.unwrap_or(200),
            headers: vec![("content-type".into(), "application/json".into())],
            body: asked.to_string().into_bytes(),
            retry_after: None,
        })
    }
}

/// The bytes are the text.
#[async_trait]
impl ReadDocument for World {
    async fn read(&self, _: WorkspaceId, what: Readable) -> Result<DocumentText> {
        let (name, text) = match what {
            Readable::File { name, bytes, .. } => (name, String::from_utf8(bytes).unwrap()),
            Readable::Document(id) => (format!("{id}.md"), format!("document {id}")),
            Readable::Attachment(id) => (format!("{id}.txt"), format!("attachment {id}")),
        };
        Ok(DocumentText {
            title: text.lines().next().map(str::to_owned),
            name,
            text,
            pages: None,
        })
    }
}
