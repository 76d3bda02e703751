//! `headwater flow export`: a flow as the file that Git keeps.

use std::path::PathBuf;

use clap::Args;
use headwater_model::Code;
use headwater_model::flow::FlowDocument;
use serde_json::{Value, json};

use super::super::terminal::{Terminal, text};
use crate::client::{Client, segment};
use crate::problem::{Problem, Result};

/// Where a server listens unless told otherwise.
const DEFAULT: &str = "http://localhost:3000";

/// Which state of a flow to print, and where.
#[derive(Debug, Args)]
pub struct Export {
    /// The flow: its slug or id
    flow: String,
    /// This revision; the published one when absent
    #[arg(long, value_name = "N", conflicts_with = "draft")]
    revision: Option<u32>,
    /// The draft instead of a revision
    #[arg(long)]
    draft: bool,
    /// Write to this file instead: JSON when it ends so, YAML otherwise
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Export {
    pub async fn run(self, client: &Client, terminal: &Terminal) -> Result<u8> {
        let flow = client
            .get(&format!("/flows/{}", segment(&self.flow)))
            .await?;
        let document = self.document(client, &flow, terminal).await?;
        let as_json = match &self.output {
            Some(file) => file.extension().is_some_and(|kind| kind == "json"),
            None => terminal.json,
        };
        let content = if as_json {
            let text = serde_json::to_string_pretty(&document);
            text.map_err(|e| Problem::new(Code::Internal, e))? + "\n"
        } else {
            let yaml = document
                .to_yaml()
                .map_err(|e| Problem::new(Code::Internal, e))?;
            // Editors then check the file and complete its settings.
            let schema = client.address().unwrap_or(DEFAULT);
            format!("# yaml-language-server: $schema={schema}/api/v1/flow.schema.json\n{yaml}")
        };
        let Some(file) = self.output else {
            terminal.write(&content)?;
            return Ok(0);
        };
        let shown = file.display().to_string();
        std::fs::write(&file, content)
            .map_err(|e| Problem::usage(format!("cannot write {shown}: {e}. Check the path.")))?;
        let slug = text(&flow, "slug");
        let told = json!({ "file": shown, "slug": slug });
        terminal.result(&told, format!("Wrote {slug} to {shown}."))?;
        Ok(0)
    }

    /// The document, with the slug that makes its file find its flow again.
    async fn document(
        &self,
        client: &Client,
        flow: &Value,
        terminal: &Terminal,
    ) -> Result<FlowDocument> {
        let revision = match (self.draft, self.revision, flow["published"].as_u64()) {
            (true, ..) => None,
            (_, Some(number), _) => Some(u64::from(number)),
            (_, None, Some(number)) => Some(number),
            (_, None, None) => {
                terminal.note("The flow is not published yet; this is its draft.");
                None
            }
        };
        let mut document = match revision {
            None => flow["draft"]["document"].clone(),
            Some(number) => {
                let id = segment(&text(flow, "id"));
                let path = format!("/flows/{id}/revisions/{number}");
                client.get(&path).await?["document"].clone()
            }
        };
        document["slug"] = flow["slug"].clone();
        serde_json::from_value(document).map_err(|e| {
            Problem::new(
                Code::Internal,
                format!("the server's flow is not one this version knows: {e}"),
            )
        })
    }
}
