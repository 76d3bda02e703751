//! Test collections: documents, questions, and which documents people judged to answer which question.
//!
//! Two forms are read. TREC's: documents in `<doc>` with `<docno>`, `<title>` and `<text>`, questions
//! in `<top>` with `<num>` and `<title>`, judgements as lines of question, an unused field, document
//! and grade. And JSON lines: documents `{"_id", "title", "text"}`, questions `{"_id", "text"}`, and
//! judgements as lines of question, document and grade, with or without a headline.

use std::collections::HashMap;

use headwater_model::knowledge::{Block, ParsedDocument};
use headwater_model::{Error, Result};
use serde::Deserialize;

use super::Judged;

/// A document to be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectionDocument {
    pub key: String,
    pub title: String,
    pub text: String,
}

/// A question, and what answers it.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    pub key: String,
    pub text: String,
    /// By the documents' keys.
    pub judged: Judged<String>,
}

/// Documents, and the questions somebody judged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Collection {
    pub documents: Vec<CollectionDocument>,
    /// Those with a relevant document.
    pub questions: Vec<Question>,
}

/// What a file of a collection holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    Documents,
    Questions,
    Judgements,
}

#[derive(Deserialize)]
struct Line {
    #[serde(rename = "_id", alias = "id")]
    id: String,
    #[serde(default)]
    title: String,
    text: String,
}

impl Holds {
    /// What the beginning of a file, and its name, say that it holds.
    pub fn of(name: &str, head: &str) -> Option<Self> {
        let lower = head.to_lowercase();
        let name = name.to_lowercase();
        let named = |words: &[&str]| words.iter().any(|word| name.contains(word));
        if lower.contains("<docno>") {
            Some(Self::Documents)
        } else if lower.contains("<top>") {
            Some(Self::Questions)
        } else if head.trim_start().starts_with('{') {
            match named(&["quer", "question", "topic"]) {
                true => Some(Self::Questions),
                false => named(&["corpus", "doc"]).then_some(Self::Documents),
            }
        } else {
            let judged = |line: &str| judgement(line).is_some();
            // A headline may come first.
            head.lines().take(2).any(judged).then_some(Self::Judgements)
        }
    }
}

impl Collection {
    /// Reads a collection from the text of its three files.
    pub fn read(documents: &str, questions: &str, judgements: &str) -> Result<Self> {
        let documents = match documents.trim_start().starts_with('{') {
            true => lines(documents, "documents")?
                .into_iter()
                .map(|line| CollectionDocument {
                    key: line.id,
                    title: line.title,
                    text: line.text,
                })
                .collect(),
            false => trec_documents(documents),
        };
        let questions = together(asked(questions)?, judged(judgements));
        for (count, field, what) in [
            (documents.len(), "documents", "a document"),
            (
                questions.len(),
                "questions",
                "a question with a relevant document",
            ),
        ] {
            if count == 0 {
                return Err(Error::invalid(
                    field,
                    format!(
                        "There is not {what} in the collection. Look at its files, and name them with --documents, --questions and --judgements."
                    ),
                ));
            }
        }
        Ok(Self {
            documents,
            questions,
        })
    }
}

impl CollectionDocument {
    /// As a parser would have it.
    pub fn parsed(&self) -> ParsedDocument {
        let title = Some(self.title.trim().to_owned()).filter(|title| !title.is_empty());
        let mut parsed = ParsedDocument {
            title: title.clone(),
            ..ParsedDocument::default()
        };
        parsed.blocks.push(Block {
            text: self.text.clone(),
            heading: title,
            ..Block::default()
        });
        parsed
    }
}

/// Questions, and how many of them nothing was judged to be relevant to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Questions {
    pub questions: Vec<Question>,
    pub unjudged: u64,
}

/// Reads the questions of a collection without its documents. A judgement that cannot be read, or
/// that is of no question, is an error that names its line.
pub fn questions(questions: &str, judgements: &str) -> Result<Questions> {
    let asked = asked(questions)?;
    let wrong = |message: String| Error::invalid("judgements", message);
    for (number, line) in (1..).zip(judgements.lines()) {
        // The first may be a headline.
        if !line.trim().is_empty() && judgement(line).is_none() && number > 1 {
            return Err(wrong(format!(
                "Line {number} of the judgements is none: write question, document and grade."
            )));
        }
    }
    let all = asked.len() as u64;
    let judged = judged(judgements);
    let of_none = judged.keys().find(|key| {
        let place = key.parse::<usize>();
        let by_order = place.is_ok_and(|place| (1..=asked.len()).contains(&place));
        !by_order && asked.iter().all(|(number, _)| number != *key)
    });
    if let Some(key) = of_none {
        return Err(wrong(format!(
            "There are judgements of “{key}”, but no such question."
        )));
    }
    let questions = together(asked, judged);
    Ok(Questions {
        unjudged: all - questions.len() as u64,
        questions,
    })
}

fn asked(questions: &str) -> Result<Vec<(String, String)>> {
    if !questions.trim_start().starts_with('{') {
        return Ok(trec_questions(questions));
    }
    let read = lines(questions, "questions")?.into_iter();
    Ok(read.map(|line| (line.id, line.text)).collect())
}

fn lines(text: &str, field: &'static str) -> Result<Vec<Line>> {
    let rows = text.lines().enumerate();
    rows.filter(|(_, line)| !line.trim().is_empty())
        .map(|(at, line)| {
            serde_json::from_str(line).map_err(|error| {
                Error::invalid(field, format!("Line {} of the {field}: {error}.", at + 1))
            })
        })
        .collect()
}

fn trec_documents(text: &str) -> Vec<CollectionDocument> {
    elements(text, "doc")
        .into_iter()
        .filter_map(|doc| {
            Some(CollectionDocument {
                key: elements(doc, "docno").first()?.trim().to_owned(),
                title: joined(&elements(doc, "title")),
                text: elements(doc, "text").join("\n").trim().to_owned(),
            })
        })
        .collect()
}

fn trec_questions(text: &str) -> Vec<(String, String)> {
    elements(text, "top")
        .into_iter()
        .filter_map(|top| {
            let number = joined(&elements(top, "num"));
            let number = number.trim_start_matches("Number:").trim();
            let text = elements(top, "title").first()?.trim();
            let text = text.trim_start_matches("Topic:").trim();
            Some((number.to_owned(), text.replace('\n', " ")))
        })
        .collect()
}

fn joined(parts: &[&str]) -> String {
    let text = parts.join(" ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What stands in each of the elements; one that is never closed ends where the next tag begins.
fn elements<'t>(text: &'t str, tag: &str) -> Vec<&'t str> {
    let lower = text.to_ascii_lowercase();
    let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(begin) = lower[at..].find(&open).map(|place| at + place + open.len()) {
        let next = lower[begin..].find(&open).unwrap_or(lower.len() - begin);
        let inside = &lower[begin..begin + next];
        let length = inside
            .find(&close)
            .or_else(|| inside.find('<'))
            .unwrap_or(inside.len());
        found.push(&text[begin..begin + length]);
        at = begin + length;
    }
    found
}

fn judged(text: &str) -> HashMap<String, Judged<String>> {
    let mut judged: HashMap<String, Judged<String>> = HashMap::new();
    for (question, document, grade) in text.lines().filter_map(judgement) {
        let of_question = judged.entry(question.to_owned()).or_default();
        of_question.insert(document.to_owned(), grade);
    }
    judged
}

fn judgement(line: &str) -> Option<(&str, &str, f64)> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    match fields[..] {
        [question, _, document, grade] | [question, document, grade] => {
            Some((question, document, grade.parse().ok()?))
        }
        _ => None,
    }
}

/// Questions with what was judged of them. Judgements that name questions by their order rather than
/// their numbers, as some collections do, name one that has no such number.
fn together(
    asked: Vec<(String, String)>,
    mut judged: HashMap<String, Judged<String>>,
) -> Vec<Question> {
    let by_number = judged
        .keys()
        .all(|key| asked.iter().any(|(number, _)| number == key));
    let by_order = judged.keys().all(|key| {
        let place = key.parse::<usize>();
        place.is_ok_and(|place| (1..=asked.len()).contains(&place))
    });
    let ordered = !by_number && by_order;
    (1..)
        .zip(asked)
        .filter_map(|(place, (number, text)): (usize, _)| {
            let name = if ordered {
                place.to_string()
            } else {
                number.clone()
            };
            let judged = judged.remove(&name)?;
            let relevant = judged.values().any(|grade| *grade > 0.0);
            relevant.then_some(Question {
                key: number,
                text,
                judged,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENTS: &str = "<DOC>\n<DOCNO> d1 </DOCNO>\n<title>On\npumps</title>\n<text>Pumps need grease.\n</text>\n</DOC>
        <doc><docno>d2</docno><text>Filters.</text></doc>";

    #[test]
    fn a_trec_collection_is_read() {
        let questions = "<top><num> 7</num> <title>\nwhich\npump\n</title></top>
            <top>\n<num> Number: 9\n<title> filters\n<desc> Description: more\n</top>";
        let judgements = "7 0 d1 2\n9 0 d2 1\n9 0 d1 0\n";
        let read = Collection::read(DOCUMENTS, questions, judgements).unwrap();
        assert_eq!(read.documents.len(), 2);
        assert_eq!(read.documents[0].key, "d1");
        assert_eq!(read.documents[0].title, "On pumps");
        assert_eq!(read.documents[1].parsed().blocks[0].heading, None);
        let texts: Vec<_> = read.questions.iter().map(|q| q.text.as_str()).collect();
        assert_eq!(texts, ["which pump", "filters"]);
        assert_eq!(read.questions[0].judged["d1"], 2.0);
    }

    #[test]
    fn judgements_may_name_questions_by_their_order() {
        let questions =
            "<top><num>4</num><title>a</title></top><top><num>8</num><title>b</title></top>";
        let read = Collection::read(DOCUMENTS, questions, "2 0 d2 1\n").unwrap();
        assert_eq!(read.questions.len(), 1);
        assert_eq!(read.questions[0].text, "b");
    }

    #[test]
    fn a_collection_of_json_lines_is_read() {
        let documents = "{\"_id\": \"d1\", \"title\": \"T\", \"text\": \"x\"}\n\n{\"_id\": \"d2\", \"text\": \"y\"}\n";
        let questions = "{\"_id\": \"q1\", \"text\": \"what\"}\n";
        let judgements = "query-id\tcorpus-id\tscore\nq1\td2\t1\n";
        let read = Collection::read(documents, questions, judgements).unwrap();
        assert_eq!(read.documents[0].title, "T");
        assert_eq!(read.questions[0].judged["d2"], 1.0);
        let error = Collection::read("{\"_id\": 1}", questions, judgements).unwrap_err();
        assert!(error.message.starts_with("Line 1"), "{}", error.message);
        assert!(Collection::read("", questions, judgements).is_err());
    }

    #[test]
    fn files_tell_what_they_hold() {
        assert_eq!(
            Holds::of("a.xml", "<doc>\n<docno>1"),
            Some(Holds::Documents)
        );
        assert_eq!(Holds::of("b.xml", "<xml>\n<top>\n"), Some(Holds::Questions));
        assert_eq!(Holds::of("c.txt", "1 0 184 1\n"), Some(Holds::Judgements));
        assert_eq!(
            Holds::of("test.tsv", "query-id\tcorpus-id\tscore\nq\td\t1"),
            Some(Holds::Judgements)
        );
        assert_eq!(
            Holds::of("corpus.jsonl", "{\"_id\": \"1\"}"),
            Some(Holds::Documents)
        );
        assert_eq!(
            Holds::of("queries.jsonl", "{\"_id\": \"1\"}"),
            Some(Holds::Questions)
        );
        assert_eq!(Holds::of("README.md", "# About\n"), None);
    }
}
