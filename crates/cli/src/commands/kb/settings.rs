//! What a knowledge base searches with, as options of commands.

use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};

use super::find;
use crate::client::Client;
use crate::commands::terminal::{Terminal, text};
use crate::problem::{Problem, Result};

/// Says that a knowledge base has no model of a kind; any other word is one.
const NONE: &str = "none";

/// How chunks are looked for.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Mode {
    /// By their words
    Lexical,
    /// By their meaning
    Vector,
    /// By both
    Hybrid,
}

impl Mode {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lexical => "lexical",
            Self::Vector => "vector",
            Self::Hybrid => "hybrid",
        }
    }
}

/// What is said is changed, the rest stays.
#[derive(Debug, Args)]
pub struct Settings {
    /// What it holds
    #[arg(long)]
    description: Option<String>,
    /// The model that makes vectors of its chunks, PROVIDER/MODEL; `none` to search by words alone
    #[arg(long, value_name = "MODEL")]
    embedding_model: Option<String>,
    /// The model that judges the best passages once more, PROVIDER/MODEL; `none` for none
    #[arg(long, value_name = "MODEL")]
    rerank_model: Option<String>,
}

impl Settings {
    /// What was said, over what is there.
    pub fn over(&self, base: &Value) -> Map<String, Value> {
        let mut said = Map::new();
        if let Some(description) = &self.description {
            said.insert("description".to_owned(), json!(description));
        }
        if let Some(model) = &self.embedding_model {
            said.insert("embedding_model".to_owned(), model_of(model));
        }
        if let Some(model) = &self.rerank_model {
            let mut retrieval = base["retrieval"].as_object().cloned().unwrap_or_default();
            retrieval.insert("rerank_model".to_owned(), model_of(model));
            said.insert("retrieval".to_owned(), Value::Object(retrieval));
        }
        said
    }
}

fn model_of(said: &str) -> Value {
    match said {
        NONE => Value::Null,
        model => json!(model),
    }
}

/// Creates a knowledge base.
pub(super) async fn create(
    client: &Client,
    terminal: &Terminal,
    name: &str,
    settings: &Settings,
) -> Result<u8> {
    let mut body = settings.over(&Value::Null);
    body.insert("name".to_owned(), json!(name));
    let kb = client.post("/knowledge-bases", &body.into()).await?;
    let slug = text(&kb, "slug");
    terminal.result(
        &kb,
        format!("Created {slug}. Fill it with `headwater kb add {slug} PATH…`."),
    )?;
    Ok(0)
}

/// Changes what was said of a knowledge base.
pub(super) async fn update(
    client: &Client,
    terminal: &Terminal,
    kb: &str,
    name: Option<String>,
    settings: &Settings,
) -> Result<u8> {
    let kb = find(client, kb).await?;
    let mut body = settings.over(&kb);
    if let Some(name) = name {
        body.insert("name".to_owned(), json!(name));
    }
    if body.is_empty() {
        return Err(Problem::usage(
            "Say what to change, such as --embedding-model local/all-MiniLM-L6-v2.",
        ));
    }
    let path = format!("/knowledge-bases/{}", text(&kb, "id"));
    let changed = client.patch(&path, &body.into()).await?;
    let slug = text(&changed, "slug");
    let said = match changed["chunks_to_embed"].as_u64().unwrap_or(0) {
        0 => format!("Changed {slug}."),
        left => format!(
            "Changed {slug}. {left} chunks are embedded in the background; searches go on as before until they are."
        ),
    };
    terminal.result(&changed, said)?;
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        settings: Settings,
    }

    #[test]
    fn only_what_is_said_is_changed() {
        let base = json!({ "retrieval": { "mode": "hybrid", "rerank_model": "a/b" } });
        let said = |words: &[&str]| {
            let words = std::iter::once("x").chain(words.iter().copied());
            Value::Object(Line::parse_from(words).settings.over(&base))
        };
        assert_eq!(said(&[]), json!({}));
        assert_eq!(
            said(&["--embedding-model", "none", "--rerank-model", "none"]),
            json!({
                "embedding_model": null,
                "retrieval": { "mode": "hybrid", "rerank_model": null },
            })
        );
        assert_eq!(
            said(&["--embedding-model", "local/m", "--description", "Notes"]),
            json!({ "embedding_model": "local/m", "description": "Notes" })
        );
    }
}
