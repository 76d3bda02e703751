//! An answer on its way from a model to its readers, with its citations looked at.

use headwater_model::knowledge::context;
use headwater_model::ports::{ChatMessage, Part};
use serde::{Deserialize, Serialize};

use super::attribute::{Attributing, Passages};
use super::markers::{Markers, Token};
use crate::step::CallContext;

/// How statements are led back to passages.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Cite {
    /// By the markers the model writes; those that mean no passage are left out.
    #[default]
    Markers,
    /// The same, and a sentence without a marker gets that of the passage that says the same.
    Attribute,
}

/// What an answer cites.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cited {
    /// The passages whose markers the model wrote.
    pub written: Vec<u32>,
    /// Those that sentences were led back to.
    pub attributed: Vec<u32>,
    /// What the model cited that it was not given, and was left out.
    pub unknown: Vec<u32>,
}

/// Looks at the citations of one answer.
#[derive(Debug)]
pub(crate) struct Citing {
    markers: Markers,
    attributing: Option<Attributing>,
    tokens: Vec<Token>,
}

impl Citing {
    /// For a prompt; nothing when it has no passages of this run.
    pub fn of(context: &CallContext, messages: &[ChatMessage], cite: Cite) -> Option<Self> {
        let texts = messages.iter().flat_map(|message| &message.parts);
        let texts = texts.filter_map(|part| match part {
            Part::Text { text } | Part::File { text, .. } | Part::ToolResult { text, .. } => {
                Some(text)
            }
            _ => None,
        });
        let shown = texts
            .filter(|text| text.contains("<passage "))
            .flat_map(|text| context::parse(text).0)
            .map(|passage| passage.number);
        let given = context.given(shown.collect());
        if given.is_empty() {
            return None;
        }
        let attributing = || {
            let texts = given.iter().map(|(number, text)| (*number, text.as_str()));
            Attributing::new(Passages::new(texts))
        };
        Some(Self {
            attributing: (cite == Cite::Attribute).then(attributing),
            markers: Markers::new(given.into_iter().map(|(number, _)| number).collect()),
            tokens: Vec::new(),
        })
    }

    /// Takes what the model wrote, and gives what can be said by now.
    pub fn push(&mut self, piece: &str) -> String {
        self.markers.push(piece, &mut self.tokens);
        self.said()
    }

    /// Nothing follows: what is left, and what was cited.
    pub fn finish(mut self) -> (String, Cited) {
        self.markers.finish(&mut self.tokens);
        let mut said = self.said();
        let mut attributed = Vec::new();
        if let Some(mut attributing) = self.attributing {
            attributing.finish(&mut said);
            attributed.extend(attributing.cited);
        }
        let cited = Cited {
            written: self.markers.written.into_iter().collect(),
            unknown: self.markers.unknown.into_iter().collect(),
            attributed,
        };
        (said, cited)
    }

    fn said(&mut self) -> String {
        let mut said = String::new();
        for token in self.tokens.drain(..) {
            match (&mut self.attributing, token) {
                (Some(attributing), token) => attributing.push(&token, &mut said),
                (None, Token::Text(text) | Token::Code(text) | Token::Marker(text)) => {
                    said.push_str(&text);
                }
            }
        }
        said
    }
}
