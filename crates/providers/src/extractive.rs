//! The built-in model: answers with the sentences of the prompt's passages that fit the question
//! best, each cited. It never writes a sentence about the world that is not in a passage.

mod choose;
mod sentences;
mod terms;

use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream;
use headwater_model::knowledge::context::{self, NumberedPassage};
use headwater_model::ports::{
    Chat, ChatChunk, ChatMessage, ChatRequest, ChatRole, ChatStream, Parameters, Part,
};
use headwater_model::provider::EXTRACTIVE_MODEL;
use headwater_model::run::event::Channel;
use headwater_model::usage::Usage;
use headwater_model::{Error, Result};

/// The built-in model.
#[derive(Clone, Debug)]
pub struct Extractive {
    /// The pause between two words, so that a reader can follow.
    pub pace: Duration,
}

impl Default for Extractive {
    fn default() -> Self {
        Self {
            pace: Duration::from_millis(6),
        }
    }
}

#[async_trait]
impl Chat for Extractive {
    async fn chat(&self, request: ChatRequest) -> Result<ChatStream> {
        refuse(&request)?;
        let texts = request.messages.iter().map(ChatMessage::whole_text);
        let asked: usize = texts.map(|text| count(&text)).sum();
        let (answer, finish_reason) = within(answer(&request.messages), &request.parameters);
        let asked = Usage {
            input_tokens: asked as u64,
            ..Usage::default()
        };
        let usage = Usage {
            output_tokens: count(&answer) as u64,
            ..asked
        };
        let pieces: Vec<String> = answer.split_inclusive(' ').map(str::to_owned).collect();
        let pace = self.pace;
        let words = stream::iter(pieces).then(move |piece| async move {
            if !pace.is_zero() {
                tokio::time::sleep(pace).await;
            }
            Ok(ChatChunk::Delta(Channel::Text, piece))
        });
        let first = stream::iter([
            Ok(ChatChunk::Model(EXTRACTIVE_MODEL.to_owned())),
            Ok(ChatChunk::Usage(asked)),
        ]);
        let last = stream::iter([Ok(ChatChunk::Done {
            usage,
            finish_reason: finish_reason.to_owned(),
        })]);
        Ok(first.chain(words).chain(last).boxed())
    }
}

/// Says what it cannot do, rather than leave it out. How it writes is not for choosing: `temperature`,
/// `top_p`, `seed` and `reasoning_effort` cannot change an answer that is always the same.
fn refuse(request: &ChatRequest) -> Result<()> {
    // A picture of an earlier question does not keep it from answering this one.
    let asks = |message: &&ChatMessage| message.role == ChatRole::User;
    let last = request.messages.iter().rfind(asks);
    let mut parts = last.into_iter().flat_map(|message| &message.parts);
    let (field, what) = if !request.tools.is_empty() {
        ("tools", "call tools")
    } else if request.response_schema.is_some() {
        ("response_schema", "give its answer as JSON")
    } else if parts.any(|part| matches!(part, Part::Image { .. })) {
        ("images", "see pictures")
    } else if !request.parameters.extra.is_empty() {
        ("extra", "be told extra settings")
    } else {
        return Ok(());
    };
    Err(Error::invalid(
        field,
        format!(
            "The built-in model cannot {what}. Choose a model of a provider, in the node or as the \
             default under Settings, Models."
        ),
    ))
}

/// The answer up to the first stop text and to the longest that was asked for.
fn within(mut answer: String, parameters: &Parameters) -> (String, &'static str) {
    let stops = parameters.stop.iter().filter(|stop| !stop.is_empty());
    if let Some(at) = stops.filter_map(|stop| answer.find(stop.as_str())).min() {
        answer.truncate(at);
    }
    let most = parameters
        .max_tokens
        .map_or(usize::MAX, |most| most as usize);
    if count(&answer) <= most {
        return (answer, "stop");
    }
    let words = answer.split_inclusive(char::is_whitespace);
    // Spaces in a row are words without a letter here; they do not count.
    let mut left = most;
    let short = words.take_while(|word| {
        let counts = !word.trim().is_empty();
        let fits = left > 0 || !counts;
        left = left.saturating_sub(usize::from(counts));
        fits
    });
    (short.collect(), "length")
}

fn count(text: &str) -> usize {
    text.split_whitespace().count()
}

/// The answer to a prompt: pure, and the same every time.
pub fn answer(messages: &[ChatMessage]) -> String {
    let (passages, question) = read(messages);
    if passages.is_empty() {
        return NO_PASSAGES.to_owned();
    }
    let chosen = choose::choose(&passages, &question);
    if chosen.is_empty() {
        return nothing_fits(&passages);
    }
    let mut out = String::new();
    let mut previous = None;
    for sentence in chosen {
        let place = (sentence.number, sentence.source);
        if let Some(before) = &previous {
            out.push_str(if *before == place { " " } else { "\n\n" });
        }
        out.push_str(&match place.0 {
            FILE => format!("{} (“{}”)", sentence.text, place.1),
            number => format!("{} [{number}]", sentence.text),
        });
        previous = Some(place);
    }
    out
}

const NO_PASSAGES: &str = "The documents do not answer this. No passage was found for the \
    question. This is Headwater's built-in model, which answers only with sentences from your \
    documents: try other words, or add documents that cover it. For answers in free words, add a \
    provider under Settings, Models, and choose one of its models as the default.";

fn nothing_fits(passages: &[NumberedPassage]) -> String {
    let closest = &passages[0];
    if closest.number == FILE {
        return format!(
            "“{}” does not answer this. Try other words: the built-in model looks for the words of the \
             question, not for their meaning.",
            closest.source
        );
    }
    let place = match &closest.heading {
        Some(heading) => format!("“{heading}” in {}", closest.source),
        None => closest.source.clone(),
    };
    format!(
        "The documents do not answer this. The closest passage is {place} [{}]. Try other words: \
         the built-in model looks for the words of the question, not for their meaning.",
        closest.number
    )
}

/// The passages of a prompt, wherever they stand, and the question: what the last user said
/// around them.
fn read(messages: &[ChatMessage]) -> (Vec<NumberedPassage>, String) {
    let last_user = messages.iter().rposition(|m| m.role == ChatRole::User);
    let Some(last) = last_user else {
        return (Vec::new(), String::new());
    };
    let (mut passages, question) = context::parse(&said(&messages[last]));
    if passages.is_empty() {
        passages = messages
            .iter()
            .filter(|m| m.role == ChatRole::System)
            .flat_map(|m| context::parse(&m.whole_text()).0)
            .collect();
    }
    let questions = messages.iter().rev().filter(|m| m.role == ChatRole::User);
    let parts = questions.flat_map(|message| &message.parts);
    passages.extend(parts.filter_map(|part| match part {
        Part::File { name, text } if !has_passages(text) => Some(NumberedPassage {
            number: FILE,
            source: name.clone(),
            heading: None,
            page: None,
            text: text.clone(),
        }),
        _ => None,
    }));
    (passages, only_question(&question))
}

/// Stands in the place of a passage's number: the sentence is in a file that the question carries.
const FILE: u32 = 0;

/// What was written, and passages that are given as a file; not what files say.
fn said(message: &ChatMessage) -> String {
    let written = message.parts.iter().filter(|part| match part {
        Part::File { text, .. } => has_passages(text),
        _ => true,
    });
    let mut texts = Vec::new();
    for part in written {
        // Behind what was written stands only what is noted of files.
        if !matches!(part, Part::Text { .. }) || texts.is_empty() {
            texts.extend(part.as_text());
        }
    }
    texts.join("\n\n")
}

fn has_passages(text: &str) -> bool {
    text.contains("<passage ")
}

/// Drops what templates put around a question: labels, and instructions before a labelled one.
fn only_question(text: &str) -> String {
    let labelled = text.lines().enumerate().find_map(|(at, line)| {
        let lower = line.trim_start().to_lowercase();
        ["question:", "query:", "frage:"]
            .iter()
            .any(|label| lower.starts_with(label))
            .then_some(at)
    });
    let Some(at) = labelled else {
        return text.to_owned();
    };
    let lines: Vec<&str> = text.lines().skip(at).collect();
    let question = lines.join("\n");
    question
        .split_once(':')
        .map_or(question.clone(), |(_, rest)| rest.trim().to_owned())
}

#[cfg(test)]
mod tests;
