//! `headwater model`: what can write, and what writes by default.

use clap::Subcommand;
use serde_json::json;

use super::terminal::{Terminal, text};
use crate::client::Client;
use crate::problem::Result;

/// What to do with models.
#[derive(Debug, Subcommand)]
pub enum Model {
    /// List the models
    List,
    /// Show the workspace's default model, or choose it
    Default {
        /// PROVIDER/MODEL, such as openai/gpt-4o-mini or builtin/extractive
        model: Option<String>,
    },
}

impl Model {
    pub async fn run(self, client: &Client, terminal: &Terminal) -> Result<u8> {
        match self {
            Self::List => {
                let mut answer = client.get("/models").await?;
                let default = text(&answer, "default");
                if terminal.json {
                    terminal.print_json(&answer)?;
                    return Ok(0);
                }
                let mut items = answer["items"].take();
                let items = items.as_array_mut().map(std::mem::take).unwrap_or_default();
                let items: Vec<_> = items
                    .into_iter()
                    .map(|mut model| {
                        model["default"] = json!(model["id"] == default.as_str());
                        model
                    })
                    .collect();
                terminal.list(
                    &items,
                    "There are no models.",
                    &[
                        ("", |m| {
                            if m["default"] == true { "*" } else { "" }.to_owned()
                        }),
                        ("model", |m| text(m, "id")),
                        ("available", |m| {
                            if m["available"] == true { "yes" } else { "no" }.to_owned()
                        }),
                    ],
                )?;
            }
            Self::Default { model: None } => {
                let answer = client.get("/models").await?;
                let default = json!({ "default": answer["default"] });
                terminal.result(&default, text(&answer, "default"))?;
            }
            Self::Default { model: Some(model) } => {
                let answer = client
                    .put("/models/default", &json!({ "model": model }))
                    .await?;
                let default = text(&answer, "default");
                terminal.result(
                    &json!({ "default": default }),
                    format!("{default} is now the default model."),
                )?;
            }
        }
        Ok(0)
    }
}
