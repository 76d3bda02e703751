//! A question before it is searched for: made to stand by itself, and put in other words. A model
//! that fails leaves the question as it was asked.

use std::fmt::Write as _;
use std::time::Duration;

use headwater_model::conversation::Speaker;
use headwater_model::knowledge::retrieval::{SearchNote, SearchPart};
use headwater_model::ports::{ChatMessage, ChatRole};
use headwater_model::run::Turn;
use headwater_model::{Code, Error, Result};

use super::{Asking, Question, Voice};
use crate::step::CallContext;

/// How long a model may take for one of both.
const PATIENCE: Duration = Duration::from_secs(20);
/// Of the conversation so many turns are shown, and of each so many characters.
const TURNS: usize = 6;
const TURN_CHARS: usize = 1_000;
/// The longest question, in characters; longer ones are no questions.
const LONGEST: usize = 2_000;

const REWRITE: &str = "You prepare questions for a search. You are given a conversation and the \
    message that follows it. Write that message anew, as one question that can be understood without \
    the conversation: say what words such as “it” or “there” stand for. Keep its language and its \
    meaning. If it can be understood by itself, repeat it. Write the question only, in one line, and \
    do not answer it.";

const VARIANTS: &str = "You prepare questions for a search. Write the question you are given in \
    other words, as somebody would who knows the subject by other names. Keep its language and its \
    meaning. Write one wording per line and nothing else, and do not answer.";

/// What is done to a question.
#[derive(Debug)]
pub(crate) struct Wording {
    pub asking: Asking,
    /// Whether the conversation makes it self-contained.
    pub rewrite: bool,
    /// How many wordings are searched for in all.
    pub queries: usize,
}

/// What is searched for.
#[derive(Debug, Default)]
pub(crate) struct Worded {
    /// The question first.
    pub queries: Vec<String>,
    pub notes: Vec<SearchNote>,
}

impl Wording {
    /// Words a question that was asked after `history`.
    pub async fn of(&self, context: &CallContext, question: &str, history: &[Turn]) -> Worded {
        let mut worded = Worded::default();
        let mut asked = question.to_owned();
        if self.rewrite && !history.is_empty() {
            match self.rewritten(context, question, history).await {
                Ok(own) => asked = own,
                Err(error) => worded.notes.push(SearchNote::new(
                    SearchPart::Rewrite,
                    format!(
                        "The question was searched for as it was asked: {}",
                        error.message
                    ),
                )),
            }
        }
        let mut variants = Vec::new();
        if self.queries > 1 {
            match self.variants(context, &asked).await {
                Ok(others) => variants = others,
                Err(error) => worded.notes.push(SearchNote::new(
                    SearchPart::Queries,
                    format!("One wording was searched for: {}", error.message),
                )),
            }
        }
        worded.queries = std::iter::once(asked).chain(variants).collect();
        worded
    }

    async fn rewritten(
        &self,
        context: &CallContext,
        question: &str,
        history: &[Turn],
    ) -> Result<String> {
        let prompt = format!("{}\nThe message that follows:\n{question}", told(history));
        let answer = self.ask(context, "rewrite", REWRITE, prompt).await?;
        let line = lines(&answer).next();
        line.ok_or_else(|| self.unusable())
    }

    async fn variants(&self, context: &CallContext, question: &str) -> Result<Vec<String>> {
        let count = self.queries - 1;
        let prompt = format!("Write {count} other wordings of this question:\n{question}");
        let answer = self.ask(context, "queries", VARIANTS, prompt).await?;
        let mut variants: Vec<String> = Vec::with_capacity(count);
        for line in lines(&answer) {
            let new = line != question && !variants.contains(&line);
            if new && variants.len() < count {
                variants.push(line);
            }
        }
        match variants.is_empty() {
            true => Err(self.unusable()),
            false => Ok(variants),
        }
    }

    async fn ask(
        &self,
        context: &CallContext,
        part: &'static str,
        task: &str,
        prompt: String,
    ) -> Result<String> {
        let messages = [
            ChatMessage::text(ChatRole::System, task),
            ChatMessage::text(ChatRole::User, prompt),
        ];
        let question = Question {
            voice: Voice::Quiet,
            part: Some(part),
            ..Question::of(&messages)
        };
        let asked = tokio::time::timeout(PATIENCE, self.asking.ask(context, question)).await;
        // Whatever came of it was consumed.
        context.settle();
        let answer = asked.unwrap_or_else(|_| {
            let model = self.asking.model();
            let late = format!("{model} took longer than {} s.", PATIENCE.as_secs());
            Err(Error::new(Code::Timeout, late))
        })?;
        Ok(answer.text)
    }

    fn unusable(&self) -> Error {
        let model = self.asking.model();
        Error::new(
            Code::Upstream,
            format!("{model} wrote no question. Choose another model."),
        )
    }
}

/// The last turns, for a model to read.
fn told(history: &[Turn]) -> String {
    let mut told = "The conversation:\n".to_owned();
    for turn in &history[history.len().saturating_sub(TURNS)..] {
        let who = match turn.role {
            Speaker::User => "User",
            Speaker::Assistant => "Assistant",
        };
        let text: String = turn.text.chars().take(TURN_CHARS).collect();
        let _ = writeln!(told, "{who}: {text}");
    }
    told
}

/// The questions of an answer, one per line, without what marks them as a list.
fn lines(answer: &str) -> impl Iterator<Item = String> {
    answer.lines().filter_map(|line| {
        let line = line.trim();
        let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
        let line = match number.strip_prefix(['.', ')']) {
            Some(rest) if number.len() < line.len() && rest.starts_with(' ') => rest,
            _ => line.strip_prefix(['-', '*', '•']).unwrap_or(line),
        };
        let line = line.trim_matches(|c: char| c.is_whitespace() || "\"“”„«»`".contains(c));
        let fits = !line.is_empty() && line.chars().count() <= LONGEST;
        fits.then(|| line.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_lose_what_marks_them_as_a_list() {
        let answer = "1. How are pumps greased?\n\n- “Greasing pumps”\n2) x\n3.5 bar?\n• y\n```\n";
        let found: Vec<String> = lines(answer).collect();
        let expected = [
            "How are pumps greased?",
            "Greasing pumps",
            "x",
            "3.5 bar?",
            "y",
        ];
        assert_eq!(found, expected);
        assert_eq!(lines(&"x".repeat(3_000)).count(), 0);
    }

    #[test]
    fn only_the_last_turns_are_told() {
        let turn = |n: usize| Turn {
            role: Speaker::User,
            text: format!("turn {n} {}", "x".repeat(2_000)),
            files: Vec::new(),
        };
        let history: Vec<Turn> = (0..9).map(turn).collect();
        let told = told(&history);
        assert!(!told.contains("turn 2 ") && told.contains("turn 3 ") && told.contains("turn 8 "));
        assert!(told.len() < 6_200, "{}", told.len());
    }
}
