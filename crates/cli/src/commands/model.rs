//! `headwater model`: what can write and what can embed, and what writes by default.

mod local;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::terminal::{Terminal, text};
use crate::client::Client;
use crate::problem::Result;

/// What to do with models.
#[derive(Debug, Subcommand)]
pub enum Model {
    /// List the models
    List,
    /// Add an embedding model to this server
    Add(local::Add),
    /// Remove an embedding model from this server
    Remove {
        /// Its name, with or without local/
        name: String,
    },
    /// Show the workspace's default model, or choose it
    Default {
        /// PROVIDER/MODEL, such as openai/gpt-4o-mini or builtin/extractive
        model: Option<String>,
    },
    /// Show what models cost, or set it: US dollars per million tokens
    Price(PriceArgs),
}

/// What a model costs.
#[derive(Debug, Args)]
pub struct PriceArgs {
    /// PROVIDER/MODEL, such as openai/gpt-4o-mini; without it, all prices are listed
    model: Option<String>,
    /// Of a million input tokens, such as 0.15
    #[arg(long, value_name = "DOLLARS", requires_all = ["model", "output"])]
    input: Option<String>,
    /// Of a million output tokens
    #[arg(long, value_name = "DOLLARS", requires_all = ["model", "input"])]
    output: Option<String>,
    /// Of a million input tokens that the vendor had in its cache; the same as other input when absent
    #[arg(long, value_name = "DOLLARS", requires = "input")]
    cached: Option<String>,
    /// Forget the price that was set; what the vendor publishes counts again
    #[arg(long, requires = "model", conflicts_with = "input")]
    remove: bool,
}

impl PriceArgs {
    async fn run(self, client: &Client, terminal: &Terminal) -> Result<()> {
        let Self {
            model,
            input,
            output,
            cached,
            remove,
        } = self;
        let answer = match (&model, &input) {
            (Some(model), Some(_)) => {
                let price = json!({ "input": input, "output": output, "cached": cached });
                let body = json!({ "model": model, "price": price });
                client.put("/models/prices", &body).await?
            }
            (Some(model), None) if remove => {
                let body = json!({ "model": model, "price": null });
                client.put("/models/prices", &body).await?
            }
            _ => client.get("/models/prices").await?,
        };
        if terminal.json && model.is_none() {
            return terminal.print_json(&answer);
        }
        let all = answer["items"].as_array().cloned().unwrap_or_default();
        let wanted = |item: &&Value| model.as_ref().is_none_or(|model| item["model"] == **model);
        let items: Vec<Value> = all.iter().filter(wanted).cloned().collect();
        terminal.list(
            &items,
            "No price is known. Set one with --input and --output; until then the cost is unknown.",
            &[
                ("model", |p| text(p, "model")),
                ("input", |p| text(p, "input")),
                ("cached", |p| text(p, "cached")),
                ("output", |p| text(p, "output")),
                ("source", |p| text(p, "source")),
            ],
        )
    }
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
                        ("kind", |m| text(m, "kind")),
                        ("available", |m| {
                            if m["available"] == true { "yes" } else { "no" }.to_owned()
                        }),
                    ],
                )?;
            }
            Self::Add(add) => add.run(client, terminal).await?,
            Self::Remove { name } => local::remove(&name, client, terminal).await?,
            Self::Price(price) => price.run(client, terminal).await?,
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
