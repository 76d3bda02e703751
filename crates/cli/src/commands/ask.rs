//! `headwater ask`: a question, the answer as it is written, and where it comes from.

use clap::Args;
use serde_json::{Value, json};

use super::stream::{Ending, Followed, Follower};
use super::terminal::{Terminal, text};
use crate::client::{Client, segment};
use crate::problem::{Problem, Result};

/// What to ask, and whom.
#[derive(Debug, Args)]
pub struct Ask {
    /// The question
    #[arg(value_name = "QUESTION")]
    pub question: String,
    /// The flow that answers (its slug or id)
    #[arg(long, value_name = "FLOW", default_value = "ask-the-handbook")]
    pub flow: String,
}

impl Ask {
    pub async fn run(self, client: &Client, terminal: &Terminal) -> Result<u8> {
        if self.question.trim().is_empty() {
            return Err(Problem::usage(
                "The question is empty. Ask something: headwater ask \"What is a flow?\"",
            ));
        }
        let slug = segment(&self.flow);
        let flow = client.get(&format!("/flows/{slug}")).await?;
        let mut input = serde_json::Map::new();
        input.insert(question_of(&flow)?, json!(self.question));
        let path = format!("/flows/{slug}/stream");
        let seen = Follower::new(client, terminal, false)
            .start(&path, &json!({ "input": input }))
            .await?;
        if terminal.json {
            terminal.print_json(&client.get(&format!("/runs/{}", seen.run)).await?)?;
        } else {
            close(&seen, terminal)?;
        }
        match seen.problem() {
            Some(problem) => Err(problem),
            None => Ok(seen.ending.exit_code()),
        }
    }
}

/// The input that takes the question: `question`, or the first text the flow requires.
fn question_of(flow: &Value) -> Result<String> {
    let inputs = flow["draft"]["document"]["inputs"].as_array();
    let inputs = inputs.map(Vec::as_slice).unwrap_or_default();
    let named = inputs.iter().find(|input| input["name"] == "question");
    let first = inputs.iter().find(|input| input["type"] == "string");
    named
        .or(first)
        .and_then(|input| input["name"].as_str())
        .map(str::to_owned)
        .ok_or_else(|| {
            Problem::usage(
                "This flow takes no text. Run it with `headwater run SLUG --input NAME=VALUE`.",
            )
        })
}

/// Ends the reply's line and lists the passages it cites.
pub fn close(seen: &Followed, terminal: &Terminal) -> Result<()> {
    if !seen.reply.is_empty() && !seen.reply.ends_with('\n') {
        terminal.line("")?;
    }
    if seen.ending == Ending::Cancelled {
        terminal.note("Cancelled.");
    }
    if !seen.citations.is_empty() {
        terminal.line("")?;
    }
    for citation in &seen.citations {
        terminal.line(cited(citation))?;
    }
    Ok(())
}

fn cited(citation: &Value) -> String {
    let mut line = format!(
        "[{}] {}",
        text(citation, "number"),
        text(citation, "document_name")
    );
    if let Some(heading) = citation["heading"].as_str().filter(|h| !h.is_empty()) {
        line.push_str(&format!(" › {heading}"));
    }
    if let Some(page) = citation["page"].as_u64() {
        line.push_str(&format!(", page {page}"));
    }
    line
}
