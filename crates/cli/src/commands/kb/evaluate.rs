//! `headwater kb evaluate`: a question set is asked, and what it came to is shown and compared.

mod shown;

use std::time::Duration;

use clap::{Args, ValueEnum};
use headwater_model::Code;
use serde_json::{Map, Value, json};

use super::questions;
use crate::client::{Client, segment};
use crate::commands::terminal::{Terminal, text};
use crate::problem::{Problem, Result};

/// How often the server is asked how far it is.
const LOOK: Duration = Duration::from_millis(250);

/// What is said is tried, the rest is as the knowledge base has it.
#[derive(Debug, Args)]
pub struct Evaluate {
    /// The knowledge base: its slug, name or id
    kb: String,
    /// The question set: its name or id
    set: String,
    /// What it tries, in a few words
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    search: Search,
    /// The depths of the measures; 1, 3, 5 and 10 when absent
    #[arg(long, value_name = "DEPTH", value_delimiter = ',')]
    k: Vec<u32>,
    /// Have answers written and judged by this model, as PROVIDER/MODEL
    #[arg(long, value_name = "MODEL")]
    judge: Option<String>,
    /// The model that answers; the one that judges when absent
    #[arg(long, value_name = "MODEL", requires = "judge")]
    answer_model: Option<String>,
    /// How many passages it answers from
    #[arg(long, value_name = "COUNT", requires = "judge")]
    answer_passages: Option<u32>,
    /// Fail when a measure is below this, such as ndcg@10=0.44 or faithfulness=0.9; may be repeated
    #[arg(long, visible_alias = "min", value_name = "MEASURE=VALUE", value_parser = threshold)]
    threshold: Vec<Threshold>,
    /// Compare with this evaluation of the same set, or with the `last` one
    #[arg(long, value_name = "EVALUATION")]
    compare: Option<String>,
    /// Which measure says what gained and lost
    #[arg(long, requires = "compare")]
    measure: Option<String>,
    /// The same number for the same p-values
    #[arg(long, requires = "compare")]
    seed: Option<u64>,
}

/// How each question is searched for.
#[derive(Debug, Args)]
struct Search {
    /// What finds passages
    #[arg(long, value_enum)]
    mode: Option<ModeName>,
    /// How what words and what vectors found become one list
    #[arg(long, value_enum)]
    fusion: Option<FusionName>,
    /// How much vectors weigh in hybrid searches, from 0 to 1
    #[arg(long, value_name = "WEIGHT")]
    vector_weight: Option<f64>,
    /// Leave out passages with a lower score
    #[arg(long, value_name = "SCORE")]
    score_threshold: Option<f64>,
    /// How much passages must differ from those above them, from 0 to 1
    #[arg(long)]
    diversity: Option<f64>,
    /// The model that judges the best passages once more; none for none
    #[arg(long, value_name = "MODEL")]
    rerank_model: Option<String>,
    /// How many passages it judges
    #[arg(long, value_name = "COUNT")]
    rerank_candidates: Option<u32>,
    /// Further options of a search as JSON, such as '{"recency": {…}, "boosts": […]}'
    #[arg(long, value_name = "JSON")]
    options: Option<String>,
    /// How many passages each search gives, 1 to 50
    #[arg(long, value_name = "COUNT")]
    limit: Option<u32>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ModeName {
    Lexical,
    Vector,
    Hybrid,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FusionName {
    ReciprocalRank,
    Weighted,
}

/// What a measure must reach.
#[derive(Clone, Debug, PartialEq)]
struct Threshold {
    measure: String,
    least: f64,
}

fn threshold(text: &str) -> std::result::Result<Threshold, String> {
    let (measure, least) = text
        .split_once('=')
        .ok_or("write a measure and a value, such as ndcg@10=0.44")?;
    let least = least.trim().parse().ok().filter(|n: &f64| n.is_finite());
    Ok(Threshold {
        measure: measure.trim().to_lowercase(),
        least: least.ok_or("the value must be a number")?,
    })
}

impl Evaluate {
    pub async fn run(self, client: &Client, terminal: &Terminal) -> Result<u8> {
        let kb = super::find(client, &self.kb).await?;
        let set = questions::find(client, &kb, &self.set).await?;
        let settings = self.settings()?;
        // Looked for first: afterwards the last one is this one.
        let before = self.before(client, &kb, &set).await?;
        let path = format!("/knowledge-bases/{}/evaluations", text(&kb, "id"));
        let body = json!({ "question_set": set["id"], "settings": settings });
        let started = client.post(&path, &body).await?;
        let evaluation = wait(client, terminal, started).await?;
        let comparison = match &before {
            Some(before) if evaluation["status"] == "done" => {
                Some(self.compare(client, before, &evaluation).await?)
            }
            _ => None,
        };
        if terminal.json {
            terminal.print_json(&json!({ "evaluation": evaluation, "comparison": comparison }))?;
        } else {
            shown::report(terminal, &evaluation, comparison.as_ref())?;
            why_failed(client, terminal, &evaluation).await?;
        }
        if evaluation["status"] != "done" {
            let why = text(&evaluation["error"], "message");
            return Err(Problem::new(
                Code::Conflict,
                format!("The evaluation is {}. {why}", text(&evaluation, "status")),
            ));
        }
        let measured = evaluation["report"]["measured"].as_u64().unwrap_or(0);
        Ok(u8::from(
            measured == 0 || !self.holds(&evaluation, terminal),
        ))
    }

    fn settings(&self) -> Result<Value> {
        let mut settings = Map::new();
        let mut say = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                settings.insert(name.to_owned(), value);
            }
        };
        say("name", self.name.as_ref().map(|name| json!(name)));
        say("options", Some(self.search.options()?));
        say("limit", self.search.limit.map(|limit| json!(limit)));
        say("k", (!self.k.is_empty()).then(|| json!(self.k)));
        let judge = self.judge.as_ref().map(|judge| {
            json!({ "judge_model": judge, "answer_model": self.answer_model,
                "passages": self.answer_passages })
        });
        say("judge", judge);
        Ok(Value::Object(settings))
    }

    /// The evaluation to compare with.
    async fn before(&self, client: &Client, kb: &Value, set: &Value) -> Result<Option<String>> {
        let Some(wanted) = &self.compare else {
            return Ok(None);
        };
        if wanted != "last" {
            return Ok(Some(wanted.clone()));
        }
        let path = format!(
            "/knowledge-bases/{}/evaluations?question_set={}",
            text(kb, "id"),
            text(set, "id")
        );
        let all = client.all(&path).await?;
        let last = all.iter().find(|one| one["status"] == "done");
        let last = last.ok_or_else(|| {
            Problem::new(
                Code::NotFound,
                "There is no evaluation of this set to compare with yet. Leave out --compare.",
            )
        })?;
        Ok(Some(text(last, "id")))
    }

    async fn compare(&self, client: &Client, before: &str, after: &Value) -> Result<Value> {
        let mut path = format!(
            "/evaluations/{}/compare/{}?seed={}",
            segment(before),
            text(after, "id"),
            self.seed.unwrap_or(0)
        );
        if let Some(measure) = &self.measure {
            path.push_str(&format!("&measure={}", segment(measure)));
        }
        client.get(&path).await
    }

    fn holds(&self, evaluation: &Value, terminal: &Terminal) -> bool {
        let measures = shown::measures(&evaluation["report"]);
        let mut holds = true;
        for Threshold { measure, least } in &self.threshold {
            let value = measures.iter().find(|(name, _)| name == measure);
            match value {
                Some((_, value)) if value >= least => {}
                Some((_, value)) => {
                    holds = false;
                    terminal.note(format!("{measure} is {value:.4}, below {least}."));
                }
                None => {
                    holds = false;
                    let names: Vec<&str> = measures.iter().map(|(n, _)| n.as_str()).collect();
                    terminal.note(format!(
                        "There is no {measure}. The measures are {}.",
                        names.join(", ")
                    ));
                }
            }
        }
        holds
    }
}

impl Search {
    fn options(&self) -> Result<Value> {
        let mut options: Map<String, Value> = match &self.options {
            None => Map::new(),
            Some(text) => serde_json::from_str(text).map_err(|error| {
                Problem::usage(format!("--options is no JSON object: {error}."))
            })?,
        };
        let mode = self.mode.map(|mode| match mode {
            ModeName::Lexical => json!("lexical"),
            ModeName::Vector => json!("vector"),
            ModeName::Hybrid => json!("hybrid"),
        });
        let fusion = self.fusion.map(|fusion| match fusion {
            FusionName::ReciprocalRank => json!("reciprocal_rank"),
            FusionName::Weighted => json!("weighted"),
        });
        for (name, value) in [
            ("mode", mode),
            ("fusion", fusion),
            ("vector_weight", self.vector_weight.map(|n| json!(n))),
            ("threshold", self.score_threshold.map(|n| json!(n))),
            ("diversity", self.diversity.map(|n| json!(n))),
            ("rerank_model", self.rerank_model.as_ref().map(|m| json!(m))),
            (
                "rerank_candidates",
                self.rerank_candidates.map(|n| json!(n)),
            ),
        ] {
            if let Some(value) = value {
                options.insert(name.to_owned(), value);
            }
        }
        Ok(Value::Object(options))
    }
}

/// Waits until it is over.
async fn wait(client: &Client, terminal: &Terminal, mut evaluation: Value) -> Result<Value> {
    let bar = terminal.bar(evaluation["questions"].as_u64().unwrap_or(0));
    let path = format!("/evaluations/{}", text(&evaluation, "id"));
    while matches!(&*text(&evaluation, "status"), "queued" | "running") {
        bar.set_position(evaluation["done"].as_u64().unwrap_or(0));
        bar.set_message("questions asked");
        tokio::time::sleep(LOOK).await;
        evaluation = client.get(&path).await?;
    }
    bar.finish_and_clear();
    Ok(evaluation)
}

/// Tells why the first of the questions that failed did.
async fn why_failed(client: &Client, terminal: &Terminal, evaluation: &Value) -> Result<()> {
    if evaluation["report"]["failed"].as_u64().unwrap_or(0) == 0 {
        return Ok(());
    }
    let path = format!("/evaluations/{}/questions", text(evaluation, "id"));
    let asked = client.all(&path).await?;
    let failed = asked.iter().find(|one| one["result"]["error"].is_object());
    if let Some(failed) = failed {
        let why = text(&failed["result"]["error"], "message");
        terminal.note(format!("“{}” failed: {why}", text(failed, "question")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        evaluate: Evaluate,
    }

    #[test]
    fn what_is_said_becomes_settings_and_nothing_else() {
        let said = |words: &[&str]| {
            let words = ["x", "notes", "faq"].iter().chain(words);
            Line::parse_from(words).evaluate.settings().unwrap()
        };
        assert_eq!(said(&[]), json!({ "options": {} }));
        let options = r#"{"boosts": [], "mode": "vector"}"#;
        assert_eq!(
            said(&[
                "--mode",
                "lexical",
                "--options",
                options,
                "--k",
                "1,5",
                "--judge",
                "a/b"
            ]),
            json!({
                "options": { "mode": "lexical", "boosts": [] }, "k": [1, 5],
                "judge": { "judge_model": "a/b", "answer_model": null, "passages": null },
            })
        );
        assert!(threshold("map").is_err() && threshold("map=x").is_err());
        assert_eq!(threshold("NDCG@10=0.4").unwrap().measure, "ndcg@10");
    }
}
