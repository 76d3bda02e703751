//! What an evaluation came to, as tables.

use comfy_table::{Table, presets};
use serde_json::Value;

use crate::commands::terminal::{Terminal, text};
use crate::problem::Result;

/// The most questions told that gained, and that lost.
const TOLD: usize = 10;

/// The measures of a report by name, those of answers last.
pub(super) fn measures(report: &Value) -> Vec<(String, f64)> {
    let measures = report["measures"].as_object().into_iter().flatten();
    let mut measures: Vec<(String, f64)> = measures
        .filter_map(|(name, value)| Some((name.clone(), value.as_f64()?)))
        .collect();
    measures.sort_by_key(|(name, _)| place(name));
    for name in ["faithfulness", "correctness"] {
        let value = report["judged"][name].as_f64();
        measures.extend(value.map(|value| (name.to_owned(), value)));
    }
    measures
}

/// Where a measure stands: by its kind, then by its depth.
fn place(name: &str) -> (usize, u32) {
    const KINDS: [&str; 6] = ["ndcg", "recall", "precision", "hit", "mrr", "map"];
    let (kind, depth) = name.split_once('@').unwrap_or((name, "0"));
    let kind = KINDS.iter().position(|known| *known == kind);
    (kind.unwrap_or(KINDS.len()), depth.parse().unwrap_or(0))
}

/// Prints what an evaluation came to, beside the one before where there is one.
pub(super) fn report(
    terminal: &Terminal,
    evaluation: &Value,
    comparison: Option<&Value>,
) -> Result<()> {
    let report = &evaluation["report"];
    if report.is_null() {
        return Ok(());
    }
    let count = |field: &str| report[field].as_u64().unwrap_or(0);
    terminal.note(format!(
        "{}: {} questions measured, {} without labels that are there, {} failed; {} ms per search, 95 % within {} ms",
        text(evaluation, "id"),
        count("measured"),
        count("skipped"),
        count("failed"),
        count("search_ms_p50"),
        count("search_ms_p95"),
    ));
    if count("lost_labels") > 0 {
        terminal.note(format!(
            "{} labels are of what is no longer in the knowledge base, and do not count.",
            count("lost_labels")
        ));
    }
    for counted in report["notes"].as_array().into_iter().flatten() {
        terminal.note(format!(
            "{} questions: {}",
            text(counted, "questions"),
            text(&counted["note"], "message")
        ));
    }
    judged(terminal, report);
    terminal.line(table(report, comparison))?;
    match comparison {
        Some(comparison) => moved(terminal, comparison),
        None => Ok(()),
    }
}

fn judged(terminal: &Terminal, report: &Value) {
    let judged = &report["judged"];
    if judged.is_null() {
        return;
    }
    terminal.note(format!(
        "{} of {} claims are supported; {} answers claim nothing, {} could not be written or judged",
        text(judged, "supported"),
        text(judged, "claims"),
        text(judged, "without_claims"),
        text(judged, "failed"),
    ));
    let usage = &report["usage"];
    let cost = usage["cost"].as_str().map(|usd| format!(", {usd} USD"));
    terminal.note(format!(
        "{} tokens read, {} written{}",
        text(usage, "input_tokens"),
        text(usage, "output_tokens"),
        cost.unwrap_or_default()
    ));
}

fn table(report: &Value, comparison: Option<&Value>) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    let Some(comparison) = comparison else {
        table.set_header(["measure", "value"]);
        for (name, value) in measures(report) {
            table.add_row([name, format!("{value:.3}")]);
        }
        return table;
    };
    table.set_header(["measure", "before", "after", "difference", "95 %", "p"]);
    let compared = comparison["measures"].as_array();
    let mut rows: Vec<&Value> = compared.into_iter().flatten().collect();
    rows.sort_by_key(|row| place(&text(row, "measure")));
    for row in rows {
        let number = |field: &str| row[field].as_f64().unwrap_or(0.0);
        table.add_row([
            text(row, "measure"),
            format!("{:.3}", number("before")),
            format!("{:.3}", number("after")),
            format!("{:+.3}", number("difference")),
            format!("{:+.3} to {:+.3}", number("low"), number("high")),
            format!("{:.3}", number("p_value")),
        ]);
    }
    table
}

fn moved(terminal: &Terminal, comparison: &Value) -> Result<()> {
    let measure = text(comparison, "measure");
    terminal.note(format!(
        "{} questions in both, {} left out",
        text(comparison, "questions"),
        text(comparison, "left_out")
    ));
    for (field, word) in [("gained", "gained"), ("lost", "lost")] {
        let moved = comparison[field].as_array().map_or(&[][..], Vec::as_slice);
        if moved.is_empty() {
            continue;
        }
        terminal.line(format!("\n{} questions {word} in {measure}:", moved.len()))?;
        for question in moved.iter().take(TOLD) {
            let difference = question["difference"].as_f64().unwrap_or(0.0);
            terminal.line(format!(
                "  {difference:+.3}  {}",
                text(question, "question")
            ))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn measures_stand_by_kind_and_depth() {
        let report = json!({
            "measures": { "hit@3": 1.0, "map": 0.2, "ndcg@10": 0.4, "ndcg@3": 0.3 },
            "judged": { "faithfulness": 0.9, "correctness": null },
        });
        let names: Vec<String> = measures(&report).into_iter().map(|m| m.0).collect();
        assert_eq!(names, ["ndcg@3", "ndcg@10", "hit@3", "map", "faithfulness"]);
    }
}
