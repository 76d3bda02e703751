//! Answers from passages, and what a judge says of them.
//!
//! | name | answer |
//! |---|---|
//! | `answers` | the first sentence of the first passage, and a second one that no passage says |
//! | `judge` | fills in the judge's forms: a claim is each sentence, supported when a passage says it |
//! | `judge-late` | JSON that breaks off; when it is told so, the same as `judge` |
//! | `judge-never` | JSON that breaks off |
//! | `judge-short` | the same as `judge`, with one verdict too few |

use serde_json::{Value, json};

use super::script::{Plan, Told, first_question, streamed};

/// The script of these models; nothing for the others.
pub(super) fn plan(told: &Told<'_>, model: &str, body: &Value) -> Option<Plan> {
    if model == "answers" {
        let first = passage(&first_question(body)).unwrap_or("I do not know.".to_owned());
        let text = format!("{first} [1] The moon is made of cheese.");
        return Some(streamed(told.saying(&text).all()));
    }
    let fault = model.strip_prefix("judge")?;
    let repairs = messages(body).count() > 2;
    let text = match (fault, repairs) {
        ("-never", _) | ("-late", false) => "{\"claims\": [\"half".to_owned(),
        _ => judged(body, fault == "-short").to_string(),
    };
    Some(streamed(told.saying(&text).all()))
}

fn messages(body: &Value) -> impl Iterator<Item = &Value> {
    body["messages"].as_array().into_iter().flatten()
}

/// The first sentence of the first passage.
fn passage(prompt: &str) -> Option<String> {
    let (_, rest) = prompt.split_once("<passage n=\"1\"")?;
    let text = rest.split_once(">\n")?.1.split_once("</passage>")?.0;
    let end = text.find(". ").map_or(text.trim_end().len(), |at| at + 1);
    Some(text[..end].trim().replace('\n', " "))
}

fn between<'t>(text: &'t str, tag: &str) -> &'t str {
    let inside = text.split_once(&format!("<{tag}>\n"));
    let inside = inside.and_then(|(_, rest)| rest.split_once(&format!("\n</{tag}>")));
    inside.map_or("", |(inside, _)| inside)
}

fn judged(body: &Value, short: bool) -> Value {
    let prompt = first_question(body);
    match body["response_format"]["json_schema"]["name"].as_str() {
        Some("claims") => {
            let answer = between(&prompt, "answer").replace(" [1]", "");
            let claims: Vec<&str> = answer.split_inclusive(". ").map(str::trim).collect();
            json!({ "claims": claims })
        }
        Some("verdicts") => {
            let (passages, _) = prompt.split_once("<claims>").unwrap_or((&prompt, ""));
            let passages = passages.replace('\n', " ");
            let claims = between(&prompt, "claims").lines();
            let verdicts = (1..).zip(claims).map(|(n, line): (u32, &str)| {
                let claim = line.split_once(". ").map_or("", |(_, claim)| claim);
                let says = passages.contains(claim);
                json!({ "claim": n, "supported": says, "passages": if says { vec![1, 77] } else { vec![] },
                    "reason": if says { "A passage says so." } else { "No passage says so." } })
            });
            let mut verdicts: Vec<Value> = verdicts.collect();
            if short {
                verdicts.pop();
            }
            json!({ "verdicts": verdicts })
        }
        _ => {
            let (reference, answer) = (between(&prompt, "reference"), between(&prompt, "answer"));
            let mark = if answer.contains(reference) {
                "correct"
            } else {
                "wrong"
            };
            json!({ "mark": mark, "reason": "By its words." })
        }
    }
}
