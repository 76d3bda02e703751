//! Question sets as files: lines of JSON, tables, and the questions and judgements of collections.

use std::collections::HashMap;

use headwater_model::id::ChunkId;
use headwater_model::knowledge::filter::Filter;
use headwater_model::knowledge::question_set::{
    BEST_GRADE, Label, LabelledQuestion, MOST_QUESTIONS,
};
use headwater_model::{Code, Error, Result};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::collection;

/// A question as a line of JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    #[serde(default, alias = "_id", alias = "id")]
    key: Value,
    #[serde(alias = "text", alias = "query")]
    question: String,
    #[serde(default)]
    relevant: Vec<Label>,
    #[serde(default, alias = "answer")]
    reference_answer: Option<String>,
    #[serde(default)]
    filter: Option<Filter>,
    #[serde(default, rename = "metadata")]
    _metadata: IgnoredAny,
}

/// What was read of files.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Read {
    pub questions: Vec<LabelledQuestion>,
    /// Questions that nothing was judged to be relevant to.
    pub unjudged: u64,
}

/// Reads questions: lines of JSON or a table with their labels, or with `judgements` the questions of
/// a collection, whose labels are documents. An error says which line and which field is wrong.
pub fn read(questions: &str, judgements: Option<&str>) -> Result<Read> {
    let questions = questions.trim_start_matches('\u{feff}');
    let read = match judgements {
        Some(judgements) => judged(questions, judgements)?,
        None if questions.trim_start().starts_with('{') => lines(questions)?,
        None if questions.trim_start().starts_with('<') => {
            return Err(Error::invalid(
                "judgements",
                "These questions have no labels. Add the file with the judgements.",
            ));
        }
        None => table(questions)?,
    };
    if read.questions.is_empty() {
        return Err(Error::invalid(
            "questions",
            "There is no question in the file.",
        ));
    }
    if read.questions.len() > MOST_QUESTIONS as usize {
        let message = format!(
            "A question set holds {MOST_QUESTIONS} questions. Divide the file into several."
        );
        return Err(Error::new(Code::TooLarge, message).with_limit("questions_per_set", None));
    }
    Ok(read)
}

/// A question as a line of JSON that `read` understands.
pub fn write(question: &LabelledQuestion) -> Result<String> {
    serde_json::to_string(question).map_err(Error::internal)
}

/// The same error, told of a line.
fn at(line: impl std::fmt::Display, error: Error) -> Error {
    let field = error.field.clone().unwrap_or_default();
    let message = match field.as_ref() {
        "" => format!("Line {line}: {}", error.message),
        field => format!("Line {line}, field {field}: {}", error.message),
    };
    Error::invalid("questions", message)
}

fn lines(text: &str) -> Result<Read> {
    let mut read = Read::default();
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        let line: Line = serde_json::from_str(line)
            .map_err(|error| Error::invalid("questions", format!("Line {number}: {error}.")))?;
        let key = match line.key {
            Value::Null => None,
            Value::String(key) => Some(key),
            Value::Number(key) => Some(key.to_string()),
            _ => {
                let message = format!("Line {number}, field key: it must be a text or a number.");
                return Err(Error::invalid("questions", message));
            }
        };
        let question = LabelledQuestion {
            key,
            question: line.question,
            relevant: line.relevant,
            reference_answer: line.reference_answer,
            filter: line.filter,
        };
        let question = question.checked().map_err(|error| at(number, error))?;
        read.unjudged += u64::from(question.relevant.is_empty());
        read.questions.push(question);
    }
    Ok(read)
}

/// The columns of a table, by what they may be called.
const COLUMNS: [(&str, &[&str]); 7] = [
    ("question", &["question", "query", "text"]),
    ("key", &["key", "id", "_id"]),
    ("document", &["document", "doc"]),
    ("chunk", &["chunk", "chunk_id"]),
    ("quote", &["quote", "passage"]),
    ("grade", &["grade", "relevance"]),
    ("reference_answer", &["reference_answer", "answer"]),
];

/// A table has one label per line; lines with the same key, or the same question where there is none,
/// are one question.
fn table(text: &str) -> Result<Read> {
    let head = text.lines().next().unwrap_or_default();
    let most = |c: &char| head.matches(*c).count();
    let delimiter = [',', ';', '\t'].into_iter().max_by_key(most).unwrap_or(',');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter as u8)
        .flexible(true)
        .from_reader(text.as_bytes());
    let unreadable = |error: csv::Error| {
        Error::invalid("questions", format!("The table cannot be read: {error}."))
    };
    let head = reader.headers().map_err(unreadable)?.clone();
    let mut columns: HashMap<&str, usize> = HashMap::new();
    for (at, title) in head.iter().enumerate() {
        let title = title.trim().to_lowercase();
        let known = COLUMNS
            .iter()
            .find(|(_, names)| names.contains(&title.as_str()));
        let (name, _) = known.ok_or_else(|| {
            let names: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
            let message = format!(
                "Line 1 names the column “{title}”. The columns are {}; question must be there.",
                names.join(", ")
            );
            Error::invalid("questions", message)
        })?;
        columns.insert(name, at);
    }
    if !columns.contains_key("question") {
        return Err(Error::invalid(
            "questions",
            "Line 1 must name the columns, and question among them.",
        ));
    }
    let mut read = Read::default();
    let mut places: HashMap<String, usize> = HashMap::new();
    for record in reader.records() {
        let record = record.map_err(unreadable)?;
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |name: &str| {
            let cell = columns.get(name).and_then(|at| record.get(*at));
            cell.map(str::trim).filter(|cell| !cell.is_empty())
        };
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let row = row(cell).map_err(|error| at(line, error))?;
        let name = row.key.clone().unwrap_or_else(|| row.question.clone());
        match places.get(&name) {
            Some(place) => merge(&mut read.questions[*place], row).map_err(|e| at(line, e))?,
            None => {
                places.insert(name, read.questions.len());
                read.questions.push(row);
            }
        }
    }
    let unjudged = read.questions.iter().filter(|q| q.relevant.is_empty());
    read.unjudged = unjudged.count() as u64;
    Ok(read)
}

fn row<'r>(cell: impl Fn(&str) -> Option<&'r str>) -> Result<LabelledQuestion> {
    let grade = match cell("grade") {
        Some(grade) => grade.parse().map_err(|_| {
            let message =
                format!("“{grade}” is no grade; write a whole number from 0 to {BEST_GRADE}.");
            Error::invalid("grade", message)
        })?,
        None => Label::default().grade,
    };
    let chunk: Option<ChunkId> = match cell("chunk") {
        Some(id) => Some(id.parse().map_err(|e: Error| e.with_field("chunk"))?),
        None => None,
    };
    let label = Label {
        document: cell("document").map(str::to_owned),
        quote: cell("quote").map(str::to_owned),
        chunk,
        grade,
    };
    let has_label = label.document.is_some() || label.quote.is_some() || label.chunk.is_some();
    LabelledQuestion {
        key: cell("key").map(str::to_owned),
        question: cell("question").unwrap_or_default().to_owned(),
        relevant: if has_label { vec![label] } else { Vec::new() },
        reference_answer: cell("reference_answer").map(str::to_owned),
        filter: None,
    }
    .checked()
}

fn merge(question: &mut LabelledQuestion, row: LabelledQuestion) -> Result<()> {
    if row.question != question.question {
        let message = format!(
            "It asks something else than the line before with the key “{}”.",
            row.key.unwrap_or_default()
        );
        return Err(Error::invalid("question", message));
    }
    question.relevant.extend(row.relevant);
    if question.reference_answer.is_none() {
        question.reference_answer = row.reference_answer;
    }
    *question = std::mem::take(question).checked()?;
    Ok(())
}

fn judged(questions: &str, judgements: &str) -> Result<Read> {
    let read = collection::questions(questions, judgements)?;
    let mut judged = Read {
        unjudged: read.unjudged,
        ..Read::default()
    };
    for question in read.questions {
        let mut labels: Vec<(String, f64)> = question.judged.into_iter().collect();
        labels.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let labels = labels.into_iter().map(|(document, grade)| Label {
            document: Some(document),
            grade: grade.round().clamp(0.0, f64::from(BEST_GRADE)) as u8,
            ..Label::default()
        });
        let name = question.key.clone();
        let question = LabelledQuestion {
            key: Some(question.key),
            question: question.text,
            relevant: labels.collect(),
            ..LabelledQuestion::default()
        };
        let question = question.checked().map_err(|error| {
            Error::invalid("questions", format!("Question {name}: {}", error.message))
        })?;
        judged.questions.push(question);
    }
    Ok(judged)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(questions: &str, judgements: Option<&str>) -> String {
        let error = read(questions, judgements).unwrap_err();
        error.message.into_owned()
    }

    #[test]
    fn lines_of_json_read_back_as_they_were_written() {
        let text = "{\"id\": 7, \"question\": \" How? \", \"relevant\": [{\"quote\": \"So.\", \"grade\": 3}, {\"document\": \"a.md\"}], \"answer\": \"So\"}\n\n{\"_id\": \"q\", \"text\": \"Why?\", \"metadata\": {}}\n";
        let first = read(text, None).unwrap();
        assert_eq!((first.questions.len(), first.unjudged), (2, 1));
        assert_eq!(first.questions[0].key.as_deref(), Some("7"));
        assert_eq!(first.questions[0].relevant[1].grade, 1);
        let written: Vec<String> = first.questions.iter().map(|q| write(q).unwrap()).collect();
        assert_eq!(read(&written.join("\n"), None).unwrap(), first);
    }

    #[test]
    fn a_table_has_one_label_per_line() {
        let text = "id;Question;Document;Quote;Grade;Answer\n\
            1;How often?;pumps.md;\"every; ninety days\";3;Every 90 days\n\
            1;How often?;more.md;;1;\n;Why?;;;;\n;;;;;\n";
        let read = read(text, None).unwrap();
        assert_eq!((read.questions.len(), read.unjudged), (2, 1));
        let first = &read.questions[0];
        assert_eq!(first.relevant.len(), 2);
        assert_eq!(
            first.relevant[0].quote.as_deref(),
            Some("every; ninety days")
        );
        assert_eq!(first.reference_answer.as_deref(), Some("Every 90 days"));
    }

    #[test]
    fn the_questions_of_a_collection_get_its_judgements() {
        let text = "{\"_id\": \"q1\", \"text\": \"one\"}\n{\"_id\": \"q2\", \"text\": \"two\"}\n";
        let read = read(
            text,
            Some("query-id\tcorpus-id\tscore\nq1\td2\t1\nq1\td1\t9\n"),
        )
        .unwrap();
        assert_eq!((read.questions.len(), read.unjudged), (1, 1));
        let labels = &read.questions[0].relevant;
        assert_eq!(labels[0].document.as_deref(), Some("d1"));
        assert_eq!((labels[0].grade, labels[1].grade), (3, 1));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line_and_field() {
        let wrong = "{\"question\": \"a\"}\n{\"question\": \"b\", \"relevant\": [{\"document\": \"d\", \"grade\": 4}]}";
        assert!(told(wrong, None).starts_with("Line 2, field relevant[0].grade:"));
        assert!(
            told("{\"question\": \"a\", \"labels\": []}", None).contains("unknown field `labels`")
        );
        assert!(told("{\"question\": \"\"}", None).contains("Line 1, field question"));
        assert!(
            told("question,grade,document\nx,much,d\n", None)
                .starts_with("Line 2, field grade: “much”")
        );
        assert!(told("question,where\n", None).contains("“where”"));
        assert!(told("document\nx\n", None).contains("question among them"));
        assert!(told("key,question\n1,a\n1,b\n", None).contains("Line 3, field question: It asks"));
        assert!(told("question\n", None).contains("no question"));
        assert!(told("<top><num>1</num></top>", None).contains("judgements"));
        let questions = "{\"_id\": \"q1\", \"text\": \"one\"}";
        assert!(told(questions, Some("q1 d1 1\nq1 d2\n")).contains("Line 2 of the judgements"));
        assert!(told(questions, Some("q1 d1 1\nq9 d2 1\n")).contains("“q9”"));
    }
}
