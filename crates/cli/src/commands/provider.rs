//! `headwater provider`: the vendors of models.

use clap::{Subcommand, ValueEnum};
use headwater_model::Code;
use serde_json::{Value, json};

use super::terminal::{Terminal, read_line, text};
use crate::client::Client;
use crate::problem::{Problem, Result};

/// What to do with providers.
#[derive(Debug, Subcommand)]
pub enum Provider {
    /// Add a provider, after testing the connection
    Add {
        /// The first half of its models' ids: NAME/model
        name: String,
        /// The protocol it speaks
        #[arg(long, value_enum, default_value_t = Kind::Openai)]
        kind: Kind,
        /// Where it answers; the vendor's own address when absent
        #[arg(long, value_name = "URL")]
        base_url: Option<String>,
        /// Read the API key from standard input
        #[arg(long)]
        api_key_stdin: bool,
        /// Add it without testing
        #[arg(long)]
        no_test: bool,
    },
    /// List the providers
    List,
    /// Test the connection to a provider
    Test {
        /// Its name or id
        provider: String,
    },
    /// Remove a provider
    Remove {
        /// Its name or id
        provider: String,
    },
}

/// The protocols there are.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Kind {
    /// OpenAI and everything that speaks its API (vLLM, llama.cpp)
    Openai,
    Anthropic,
    /// Cohere, for embeddings and reranking
    Cohere,
    /// Ollama
    Ollama,
    /// Jina AI, and servers that rerank as it does
    Jina,
    /// Text Embeddings Inference
    Tei,
}

impl Provider {
    pub async fn run(self, client: &Client, terminal: &Terminal) -> Result<u8> {
        match self {
            Self::Add {
                name,
                kind,
                base_url,
                api_key_stdin,
                no_test,
            } => {
                let mut body = json!({ "kind": match kind {
                    Kind::Openai => "openai",
                    Kind::Anthropic => "anthropic",
                    Kind::Cohere => "cohere",
                    Kind::Ollama => "ollama",
                    Kind::Jina => "jina",
                    Kind::Tei => "tei",
                }});
                if let Some(url) = base_url {
                    body["base_url"] = json!(url);
                }
                if let Some(key) = api_key(terminal, api_key_stdin)? {
                    body["api_key"] = json!(key);
                }
                add(client, terminal, &name, body, no_test).await
            }
            Self::List => list(client, terminal).await,
            Self::Test { provider } => {
                let found = find(client, &provider).await?;
                let path = format!("/providers/{}/test", text(&found, "id"));
                tested(terminal, &client.post(&path, &json!({})).await?)
            }
            Self::Remove { provider } => {
                let found = find(client, &provider).await?;
                client
                    .delete(&format!("/providers/{}", text(&found, "id")))
                    .await?;
                terminal.result(
                    &json!({ "deleted": found["id"] }),
                    format!("Removed {}.", text(&found, "name")),
                )?;
                Ok(0)
            }
        }
    }
}

/// The API key: from standard input, asked for on a terminal, or none.
fn api_key(terminal: &Terminal, from_stdin: bool) -> Result<Option<String>> {
    let key = if from_stdin {
        read_line()?
    } else if terminal.can_ask() {
        terminal.ask_password("API key (empty for none)")?
    } else {
        String::new()
    };
    let key = key.trim().to_owned();
    Ok((!key.is_empty()).then_some(key))
}

async fn add(
    client: &Client,
    terminal: &Terminal,
    name: &str,
    mut body: Value,
    no_test: bool,
) -> Result<u8> {
    if !no_test {
        let test = client.post("/providers/test", &body).await?;
        if test["ok"] != true {
            return Err(Problem::new(
                Code::Upstream,
                format!(
                    "{} Nothing was saved; --no-test adds the provider all the same.",
                    text(&test, "message")
                ),
            ));
        }
    }
    body["name"] = json!(name);
    let provider = client.post("/providers", &body).await?;
    terminal.result(
        &provider,
        format!(
            "Added {name}. Choose one of its models with `headwater model default {name}/MODEL`."
        ),
    )?;
    Ok(0)
}

async fn list(client: &Client, terminal: &Terminal) -> Result<u8> {
    let providers = client.all("/providers").await?;
    terminal.list(
        &providers,
        "There are no providers; the built-in model answers. Add one with `headwater provider add`.",
        &[
            ("name", |p| text(p, "name")),
            ("kind", |p| text(p, "kind")),
            ("base url", |p| text(p, "base_url")),
            ("key", |p| if p["has_key"] == true { "yes" } else { "no" }.to_owned()),
            ("id", |p| text(p, "id")),
        ],
    )?;
    Ok(0)
}

fn tested(terminal: &Terminal, test: &Value) -> Result<u8> {
    terminal.result(test, text(test, "message"))?;
    if !terminal.json {
        for model in test["models"].as_array().into_iter().flatten() {
            terminal.line(format!("  {}", model.as_str().unwrap_or_default()))?;
        }
    }
    Ok(u8::from(test["ok"] != true))
}

async fn find(client: &Client, wanted: &str) -> Result<Value> {
    let providers = client.all("/providers").await?;
    let found = providers
        .iter()
        .find(|p| p["id"] == wanted || p["name"] == wanted);
    found.cloned().ok_or_else(|| {
        Problem::new(
            Code::NotFound,
            format!("There is no provider “{wanted}”. `headwater provider list` shows all."),
        )
    })
}
