//! Pairs in the columns of tables, and in records, which are rows written one below the other.

use headwater_model::knowledge::chunking::ChunkingSettings;
use headwater_model::knowledge::{Block, BlockKind};

use super::{Pair, Part};

/// What people call the column.
const QUESTIONS: [&str; 12] = [
    "question",
    "questions",
    "q",
    "prompt",
    "query",
    "frage",
    "pregunta",
    "domanda",
    "pergunta",
    "vraag",
    "问题",
    "質問",
];
const ANSWERS: [&str; 14] = [
    "answer",
    "answers",
    "a",
    "response",
    "reply",
    "antwort",
    "respuesta",
    "réponse",
    "risposta",
    "resposta",
    "antwoord",
    "回答",
    "答案",
    "答え",
];

/// The rows as pairs; nothing when the table has no columns for them.
pub(super) fn parts(block: &Block, settings: &ChunkingSettings) -> Option<Vec<Part>> {
    match block.kind {
        BlockKind::Table => table(&block.text, settings),
        BlockKind::Records => records(&block.text, settings),
        BlockKind::Text | BlockKind::Code => None,
    }
}

fn is(name: &str, wanted: Option<&String>, known: &[&str]) -> bool {
    let name = name.trim().to_lowercase();
    match wanted {
        Some(wanted) => name == wanted.trim().to_lowercase(),
        None => known.contains(&name.as_str()),
    }
}

fn table(text: &str, settings: &ChunkingSettings) -> Option<Vec<Part>> {
    let mut lines = text.split('\n');
    let head_line = lines.next()?;
    let rule = lines.next()?;
    let head = cells(head_line);
    let find = |wanted: Option<&String>, known: &[&str]| {
        head.iter().position(|name| is(name, wanted, known))
    };
    let question = find(settings.question_column.as_ref(), &QUESTIONS)?;
    let answer = find(settings.answer_column.as_ref(), &ANSWERS)?;
    let mut parts = Vec::new();
    for line in lines {
        let mut row = cells(line);
        let mut take = |at: usize| row.get_mut(at).map(std::mem::take).unwrap_or_default();
        let pair = Pair {
            question: take(question),
            answer: take(answer),
        };
        if pair.question.is_empty() || pair.answer.is_empty() {
            parts.push(Part::Rest(format!("{head_line}\n{rule}\n{line}")));
            continue;
        }
        let others = head.iter().zip(&row).filter(|(_, cell)| !cell.is_empty());
        let others: Vec<String> = others.map(|(name, cell)| said(name, cell)).collect();
        parts.push(Part::Pair(with(pair, &others)));
    }
    Some(parts)
}

fn records(text: &str, settings: &ChunkingSettings) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut found = false;
    for record in text.split("\n\n") {
        let (mut question, mut answer, mut others) = (None, None, Vec::new());
        for line in record.lines() {
            let named = line.split_once(": ");
            match named {
                Some((name, value))
                    if question.is_none()
                        && is(name, settings.question_column.as_ref(), &QUESTIONS) =>
                {
                    question = Some(value.trim().to_owned());
                }
                Some((name, value))
                    if answer.is_none() && is(name, settings.answer_column.as_ref(), &ANSWERS) =>
                {
                    answer = Some(value.trim().to_owned());
                }
                _ => others.push(line.to_owned()),
            }
        }
        match (question, answer) {
            (Some(question), Some(answer)) if !question.is_empty() && !answer.is_empty() => {
                found = true;
                parts.push(Part::Pair(with(Pair { question, answer }, &others)));
            }
            _ => parts.push(Part::Rest(record.to_owned())),
        }
    }
    found.then_some(parts)
}

/// What else a row says belongs to its answer.
fn with(mut pair: Pair, others: &[String]) -> Pair {
    if !others.is_empty() {
        pair.answer.push_str("\n\n");
        pair.answer.push_str(&others.join("\n"));
    }
    pair
}

fn said(name: &str, cell: &str) -> String {
    match name.is_empty() {
        true => cell.to_owned(),
        false => format!("{name}: {cell}"),
    }
}

/// The cells of a row of a Markdown table.
fn cells(row: &str) -> Vec<String> {
    let row = row.trim();
    let row = row.strip_prefix('|').unwrap_or(row);
    let mut cells = vec![String::new()];
    let mut characters = row.chars().peekable();
    while let Some(c) = characters.next() {
        match (c, cells.last_mut()) {
            ('\\', Some(cell)) if characters.peek() == Some(&'|') => {
                characters.next();
                cell.push('|');
            }
            ('|', _) => cells.push(String::new()),
            (c, Some(cell)) => cell.push(c),
            (_, None) => {}
        }
    }
    if cells.len() > 1 && cells.last().is_some_and(|last| last.trim().is_empty()) {
        cells.pop();
    }
    for cell in &mut cells {
        *cell = cell.trim().to_owned();
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(question: &str, answer: &str) -> Part {
        Part::Pair(Pair {
            question: question.to_owned(),
            answer: answer.to_owned(),
        })
    }

    #[test]
    fn rows_become_pairs_and_other_cells_follow_the_answer() {
        let text = "| Frage | Antwort | Since |\n| --- | --- | --- |\n| How? | So \\| thus. | 2024 |\n| Why? |  | 2023 |";
        let found = table(text, &ChunkingSettings::default()).unwrap();
        assert_eq!(found[0], pair("How?", "So | thus.\n\nSince: 2024"));
        assert!(matches!(&found[1], Part::Rest(rest) if rest.contains("Why?")));
        let named = ChunkingSettings {
            question_column: Some("since".to_owned()),
            ..ChunkingSettings::default()
        };
        assert_eq!(
            table(text, &named).unwrap()[0],
            pair("2024", "So | thus.\n\nFrage: How?")
        );
        assert!(table("| a | b |\n| - | - |\n| 1 | 2 |", &named).is_none());
    }

    #[test]
    fn records_become_pairs() {
        let text = "Question: How?\nNote: x\nAnswer: So.\n\nName: none";
        let found = records(text, &ChunkingSettings::default()).unwrap();
        assert_eq!(found[0], pair("How?", "So.\n\nNote: x"));
        assert_eq!(found[1], Part::Rest("Name: none".to_owned()));
    }
}
