//! `headwater kb migrate`: another index is filled and compared before the setting is changed.

use std::time::Duration;

use headwater_model::Code;
use serde_json::{Value, json};

use crate::client::Client;
use crate::commands::terminal::{Terminal, text};
use crate::problem::{Problem, Result};

/// How often the server is asked how far it is.
const LOOK: Duration = Duration::from_millis(300);
/// Indexes that agree less than this are not alike: they round differently, and no more.
const ALIKE: f64 = 0.9;

pub(super) async fn run(to: &str, client: &Client, terminal: &Terminal) -> Result<u8> {
    let mut copy = client
        .post("/system/index-copy", &json!({ "to": to }))
        .await?;
    let bar = terminal.bar(copy["of"].as_u64().unwrap_or(0));
    while matches!(&*text(&copy, "state"), "filling" | "comparing") {
        bar.set_position(copy["documents"].as_u64().unwrap_or(0));
        bar.set_message(text(&copy, "state"));
        tokio::time::sleep(LOOK).await;
        copy = client.get("/system/index-copy").await?;
    }
    bar.finish_and_clear();
    if let Some(error) = copy["error"].as_str() {
        return Err(Problem::new(Code::Internal, error.to_owned()));
    }
    let agreement = copy["agreement"].as_f64();
    terminal.result(&copy, sentence(to, &copy, agreement))?;
    Ok(u8::from(agreement.is_some_and(|share| share < ALIKE)))
}

fn sentence(to: &str, copy: &Value, agreement: Option<f64>) -> String {
    let documents = copy["documents"].as_u64().unwrap_or(0);
    let Some(agreement) = agreement else {
        return format!("The index {to} is up to date: there is nothing to search yet.");
    };
    let questions = copy["questions"].as_u64().unwrap_or(0);
    let found = format!(
        "The index {to} is up to date ({documents} documents copied). Of the ten best passages for {questions} questions {:.1} % are those of the present index.",
        agreement * 100.0
    );
    if agreement < ALIKE {
        format!("{found} That is too few: do not change to it, and report it.")
    } else {
        format!("{found} Set `knowledge.index` to \"{to}\" and restart the servers.")
    }
}
