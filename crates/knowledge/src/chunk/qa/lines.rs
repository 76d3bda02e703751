//! Pairs in lines that begin with “Q:” and “A:”, in a few languages, numbered or not.

use super::{Pair, Part};
use crate::chunk::has_words;

const QUESTIONS: [&str; 8] = [
    "q", "question", "frage", "f", "pregunta", "domanda", "pergunta", "问",
];
const ANSWERS: [&str; 9] = [
    "a",
    "answer",
    "antwort",
    "respuesta",
    "réponse",
    "risposta",
    "resposta",
    "r",
    "答",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Question,
    Answer,
}

/// The text in parts; nothing when no question in it has an answer.
pub(super) fn parts(text: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let (mut rest, mut question, mut answer) = (String::new(), None::<String>, None::<String>);
    // As it was written, in case no answer comes.
    let mut written = String::new();
    for line in text.split('\n') {
        match marked(line) {
            Some((Mark::Question, said)) => {
                end(
                    &mut parts,
                    question.take(),
                    answer.take(),
                    &written,
                    &mut rest,
                );
                if has_words(&rest) {
                    parts.push(Part::Rest(rest.trim().to_owned()));
                }
                rest.clear();
                question = Some(said.to_owned());
                written = line.to_owned();
                continue;
            }
            Some((Mark::Answer, said)) if question.is_some() && answer.is_none() => {
                answer = Some(said.to_owned());
            }
            _ => match (&mut question, &mut answer) {
                (_, Some(open)) | (Some(open), None) => {
                    open.push('\n');
                    open.push_str(line);
                }
                (None, None) => {
                    rest.push_str(line);
                    rest.push('\n');
                }
            },
        }
        written.push('\n');
        written.push_str(line);
    }
    end(&mut parts, question, answer, &written, &mut rest);
    if has_words(&rest) {
        parts.push(Part::Rest(rest.trim().to_owned()));
    }
    let any = parts.iter().any(|part| matches!(part, Part::Pair(_)));
    any.then_some(parts)
}

/// A pair ends; a question without an answer is text like any other.
fn end(
    parts: &mut Vec<Part>,
    question: Option<String>,
    answer: Option<String>,
    written: &str,
    rest: &mut String,
) {
    let Some(question) = question else { return };
    let question = question.trim().to_owned();
    let answer = answer.map(|answer| answer.trim().to_owned());
    match answer {
        Some(answer) if has_words(&answer) && has_words(&question) => {
            parts.push(Part::Pair(Pair { question, answer }));
        }
        _ => {
            rest.push_str(written);
            rest.push('\n');
        }
    }
}

/// What a line is said to be, and what follows the mark.
fn marked(line: &str) -> Option<(Mark, &str)> {
    let line = line.trim_start_matches([' ', '\t', '*', '_', '#', '>', '-']);
    let (word, said) = line.split_once([':', '：'])?;
    let word = word.trim_end_matches(['*', '_', ' ', '.', ')']);
    let word = word
        .trim_end_matches(|c: char| c.is_ascii_digit())
        .trim_end()
        .to_lowercase();
    let mark = if QUESTIONS.contains(&word.as_str()) {
        Mark::Question
    } else if ANSWERS.contains(&word.as_str()) {
        Mark::Answer
    } else {
        return None;
    };
    // “**Q:** How?” closes its emphasis after the colon, “**Q: How?**” at the end.
    Some((mark, said.trim().trim_matches(['*', '_']).trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_ask_and_answer_are_pairs() {
        let text = "Before.\n\nQ: How do I\nstart it?\nA: Press the button.\n\nThen wait.\n\n**Q2:** And stop?\n**A2:** Likewise.\nQ: Nobody knows?";
        let pair = |question: &str, answer: &str| {
            Part::Pair(Pair {
                question: question.to_owned(),
                answer: answer.to_owned(),
            })
        };
        let expected = [
            Part::Rest("Before.".to_owned()),
            pair("How do I\nstart it?", "Press the button.\n\nThen wait."),
            pair("And stop?", "Likewise."),
            Part::Rest("Q: Nobody knows?".to_owned()),
        ];
        assert_eq!(parts(text).unwrap(), expected);
        assert_eq!(parts("No pairs: none."), None);
    }
}
