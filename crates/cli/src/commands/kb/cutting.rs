//! How documents are cut, as options of commands.

use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};

/// Where documents are cut.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Strategy {
    /// Along headings, pages and paragraphs
    Structure,
    /// Small chunks are searched, and the larger part they lie in is given
    Parent,
    /// Questions are searched, and their answers given
    Qa,
    /// At texts that you name
    Separator,
    /// A document is one chunk
    Whole,
}

impl Strategy {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Structure => "structure",
            Self::Parent => "parent",
            Self::Qa => "qa",
            Self::Separator => "separator",
            Self::Whole => "whole",
        }
    }
}

/// What is said is changed, the rest stays as the knowledge base has it.
#[derive(Debug, Args)]
pub struct Cutting {
    /// Where documents are cut
    #[arg(long, value_enum)]
    strategy: Option<Strategy>,
    /// About so many tokens per chunk
    #[arg(long, value_name = "TOKENS")]
    size: Option<u32>,
    /// So many tokens are repeated from one chunk to the next
    #[arg(long, value_name = "TOKENS")]
    overlap: Option<u32>,
    /// About so many tokens of what is given for a chunk
    #[arg(long, value_name = "TOKENS")]
    parent_size: Option<u32>,
    /// A text to cut at, with \n for the end of a line; may be given several times
    #[arg(long = "separator", value_name = "TEXT", allow_hyphen_values = true)]
    separators: Vec<String>,
    /// The column of tables that has the questions
    #[arg(long, value_name = "NAME")]
    question_column: Option<String>,
    /// The column of tables that has the answers
    #[arg(long, value_name = "NAME")]
    answer_column: Option<String>,
}

impl Cutting {
    /// The settings of a knowledge base with what was said; nothing when nothing was.
    pub fn over(&self, base: &Value) -> Option<Value> {
        let mut said = Map::new();
        let mut say = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                said.insert(name.to_owned(), value);
            }
        };
        say("strategy", self.strategy.map(|s| json!(s.as_str())));
        say("size", self.size.map(|n| json!(n)));
        say("overlap", self.overlap.map(|n| json!(n)));
        say("parent_size", self.parent_size.map(|n| json!(n)));
        say(
            "question_column",
            self.question_column.as_ref().map(|n| json!(n)),
        );
        say(
            "answer_column",
            self.answer_column.as_ref().map(|n| json!(n)),
        );
        if !self.separators.is_empty() {
            let texts: Vec<String> = self.separators.iter().map(|s| unescaped(s)).collect();
            say("separators", Some(json!(texts)));
        }
        if said.is_empty() {
            return None;
        }
        let mut all = base["chunking"].as_object().cloned().unwrap_or_default();
        all.extend(said);
        Some(Value::Object(all))
    }
}

/// What a shell makes hard to type.
fn unescaped(text: &str) -> String {
    text.replace("\\n", "\n").replace("\\t", "\t")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        cutting: Cutting,
    }

    #[test]
    fn what_is_said_stands_over_what_the_knowledge_base_has() {
        let base = json!({ "chunking": { "size": 250, "overlap": 10 } });
        let said = |words: &[&str]| {
            let words = std::iter::once("x").chain(words.iter().copied());
            Line::parse_from(words).cutting.over(&base)
        };
        assert_eq!(said(&[]), None);
        assert_eq!(
            said(&[
                "--size",
                "80",
                "--separator",
                "\\n---\\n",
                "--strategy",
                "separator"
            ]),
            Some(json!({
                "size": 80, "overlap": 10, "strategy": "separator", "separators": ["\n---\n"],
            }))
        );
    }
}
