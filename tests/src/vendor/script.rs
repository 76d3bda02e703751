//! What the vendor answers, by the model's name:
//!
//! | name | answer |
//! |---|---|
//! | `scripted-small`, `scripted-large` and any other | a sentence that repeats the question and cites `[1]` when passages were sent |
//! | `words-COUNT-MILLIS` | that many words (see `counted`), so many milliseconds before each |
//! | `slow` | the sentence, a word every 100 ms |
//! | `reasoning` | reasoning first, then the answer |
//! | `tools` | calls the first two tools at once, in mingled fragments; then says what they told |
//! | `tools-thinking` | the same behind thoughts that want to be sent back |
//! | `tools-plain` | the same, each call in one piece, as some servers do |
//! | `tools-whole` | the same as JSON instead of a stream |
//! | `tools-broken` | calls with arguments that are not JSON; then says what it was told |
//! | `tools-cut` | half a call, then the connection breaks |
//! | `form` | JSON that fits the response schema, made of the question |
//! | `form-fenced` | the same in a Markdown fence |
//! | `form-late` | JSON that does not fit; the second time it does |
//! | `form-never` | JSON that does not fit |
//! | `cites` | statements with and without markers, some of passages that nobody gave, in pieces of two characters |
//! | `rewords` | “kingfisher” and the question: the question as it is to be searched for |
//! | `variants` | a list of wordings: “heron”, “osprey” |
//! | `odd-lines` | BOM, mixed line ends, comments, bytes cut inside characters |
//! | `no-end` | no closing `[DONE]` or `message_stop` |
//! | `no-usage` | no token counts |
//! | `whole` | JSON instead of a stream |
//! | `busy`, `busy-once` | 429 with `Retry-After: 1`; once, then the answer |
//! | `broken`, `broken-once` | 500; once, then the answer |
//! | `unknown` | 404, no such model |
//! | `refuses` | 400 with the vendor's words |
//! | `late` | nothing for 30 s, then the answer |
//! | `hang` | a few words, then nothing for ever |
//! | `cut` | a few words, then the connection breaks |
//! | `ends-early` | a few words, then a clean end without a finish |
//! | `malformed` | a few words, then something that is not JSON |
//! | `fails-inside` | a few words, then the vendor's report of an overload |
//! | `giant` | a few words, then a line without an end |
//! | `wrong-type` | an HTML page |
//! | `answers`, `judge…` | see `judging` |

use std::time::Duration;

use super::{calls, judging};
use serde_json::{Value, json};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Openai,
    Anthropic,
}

pub(super) enum Piece {
    Bytes(Vec<u8>),
    Wait(Duration),
    Forever,
    Cut,
}

pub(super) struct Plan {
    pub status: u16,
    pub content_type: &'static str,
    pub retry_after: Option<u32>,
    pub before: Duration,
    pub pieces: Vec<Piece>,
}

/// What `cites` says.
const CITES: &str = "Herons wait for minnows [1]. Nobody says so [99]. Herons sleep [1, 98] and \
    `fly[97]`. The kingfisher dives for minnows.";

/// The script for one request; `attempt` counts the requests for this model from 1.
pub(super) fn plan(protocol: Protocol, model: &str, body: &Value, attempt: u32) -> Plan {
    let paced = pace(model);
    let text = paced.map_or_else(|| reply(body), |(count, _)| counted(count));
    let told = Told {
        protocol,
        text: &text,
        usage: model != "no-usage",
        asked: words(&prompt(body)),
    };
    if let Some(plan) = calls::plan(&told, model, body, attempt) {
        return plan;
    }
    if let Some(plan) = judging::plan(&told, model, body) {
        return plan;
    }
    match model {
        "busy" => refusal(429, "rate_limit_error", "Slow down.", Some(1)),
        "busy-once" if attempt == 1 => refusal(429, "rate_limit_error", "Slow down.", Some(1)),
        "broken" => refusal(500, "api_error", "Internal failure.", None),
        "broken-once" if attempt == 1 => refusal(500, "api_error", "Internal failure.", None),
        "unknown" => refusal(404, "not_found_error", "No such model.", None),
        "refuses" => refusal(400, "invalid_request_error", "Too many words.", None),
        "wrong-type" => Plan {
            content_type: "text/html",
            ..streamed(vec![bytes("<html><body>Welcome</body></html>")])
        },
        "whole" => Plan {
            content_type: "application/json",
            ..streamed(vec![bytes(&told.whole().to_string())])
        },
        "late" => Plan {
            before: Duration::from_secs(30),
            ..streamed(told.all())
        },
        "slow" => streamed(told.paced(Duration::from_millis(100))),
        "reasoning" => {
            let mut pieces = told.open();
            pieces.push(told.reasoning("Let me think."));
            pieces.extend(told.spoken());
            pieces.extend(told.close());
            streamed(pieces)
        }
        "cites" => streamed(told.saying(CITES).crumbs()),
        "rewords" => streamed(
            told.saying(&format!("“kingfisher {}”\n", question(body)))
                .all(),
        ),
        "variants" => streamed(told.saying("1. heron\n2. osprey\n").all()),
        "odd-lines" => streamed(odd(told.all())),
        "no-end" => {
            let mut pieces = told.all();
            pieces.pop();
            streamed(pieces)
        }
        "hang" => begun(&told, Piece::Forever),
        "cut" => begun(&told, Piece::Cut),
        "ends-early" => streamed(told.begin()),
        "malformed" => begun(&told, bytes("data: {\"choices\": [oops\n\n")),
        "giant" => begun(&told, Piece::Bytes(vec![b'x'; 6 * 1024 * 1024])),
        "fails-inside" => {
            let report = json!({ "type": "error", "error": { "type": "overloaded_error", "message": "Overloaded" } });
            begun(&told, bytes(&format!("event: error\ndata: {report}\n\n")))
        }
        _ => match paced {
            Some((_, pause)) => streamed(told.paced(pause)),
            None => streamed(told.all()),
        },
    }
}

/// What `words-COUNT-…` says: every word is another, and none is ASCII alone.
pub fn counted(count: usize) -> String {
    (0..count).map(|index| format!("wörd{index} ")).collect()
}

/// Reads `words-COUNT-MILLIS`.
fn pace(model: &str) -> Option<(usize, Duration)> {
    let (count, millis) = model.strip_prefix("words-")?.split_once('-')?;
    let pause = Duration::from_millis(millis.parse().ok()?);
    Some((count.parse().ok()?, pause))
}

pub(super) fn streamed(pieces: Vec<Piece>) -> Plan {
    Plan {
        status: 200,
        content_type: "text/event-stream",
        retry_after: None,
        before: Duration::ZERO,
        pieces,
    }
}

fn begun(told: &Told<'_>, then: Piece) -> Plan {
    let mut pieces = told.begin();
    // What was said reaches the client before what follows.
    pieces.push(Piece::Wait(Duration::from_millis(20)));
    pieces.push(then);
    streamed(pieces)
}

fn refusal(status: u16, kind: &str, message: &str, retry_after: Option<u32>) -> Plan {
    let body = json!({ "type": "error", "error": { "type": kind, "message": message } });
    Plan {
        status,
        content_type: "application/json",
        retry_after,
        ..streamed(vec![bytes(&body.to_string())])
    }
}

pub(super) fn bytes(text: &str) -> Piece {
    Piece::Bytes(text.as_bytes().to_vec())
}

/// The same events with every nuisance the format allows.
fn odd(pieces: Vec<Piece>) -> Vec<Piece> {
    let ends = ["\r\n", "\n", "\r"];
    let mut whole = "\u{feff}: hello\r\n\r\n".to_owned();
    for (turn, piece) in pieces.into_iter().enumerate() {
        if let Piece::Bytes(part) = piece {
            let part = String::from_utf8(part).unwrap();
            whole.push_str(&part.replace('\n', ends[turn % ends.len()]));
            whole.push_str(": still here\n\n");
        }
    }
    let cut = whole.as_bytes().chunks(3).map(<[u8]>::to_vec);
    cut.map(Piece::Bytes).collect()
}

fn words(text: &str) -> u64 {
    text.split_whitespace().count() as u64
}

fn prompt(body: &Value) -> String {
    let messages = body["messages"].as_array().cloned().unwrap_or_default();
    let texts = messages.iter().map(said);
    let system = body["system"].as_str().unwrap_or("").to_owned();
    texts.chain([system]).collect::<Vec<_>>().join("\n")
}

/// The text of a message, whether it is text or made of parts.
fn said(message: &Value) -> String {
    match &message["content"] {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let texts = parts.iter().filter_map(|part| part["text"].as_str());
            texts.collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}

/// What the user said first; what follows it may be complaints.
pub(super) fn first_question(body: &Value) -> String {
    let messages = body["messages"].as_array().into_iter().flatten();
    let mut users = messages.filter(|message| message["role"] == "user");
    users.next().map(said).unwrap_or_default()
}

/// The last line of the last message.
fn question(body: &Value) -> String {
    let last = body["messages"].as_array().and_then(|all| all.last());
    let asked = last.map(said).unwrap_or_default();
    asked.trim().lines().last().unwrap_or("").to_owned()
}

/// The answer: it repeats the question, so that a test can tell answers apart.
fn reply(body: &Value) -> String {
    let question = question(body);
    let cited = if prompt(body).contains("<passage n=\"1\"") {
        " See [1]."
    } else {
        ""
    };
    format!("You asked “{question}”, and this is the scripted answer.{cited}")
}

/// One answer in one protocol.
#[derive(Clone, Copy)]
pub(super) struct Told<'t> {
    pub protocol: Protocol,
    pub text: &'t str,
    usage: bool,
    asked: u64,
}

impl Told<'_> {
    /// The same with other words.
    pub(super) fn saying<'t>(&self, text: &'t str) -> Told<'t> {
        let Self {
            protocol,
            usage,
            asked,
            ..
        } = *self;
        Told {
            protocol,
            text,
            usage,
            asked,
        }
    }

    pub(super) fn event(&self, name: &str, data: &Value) -> Piece {
        match self.protocol {
            Protocol::Openai => bytes(&format!("data: {data}\n\n")),
            Protocol::Anthropic => bytes(&format!("event: {name}\ndata: {data}\n\n")),
        }
    }

    pub(super) fn open(&self) -> Vec<Piece> {
        match self.protocol {
            Protocol::Openai => vec![self.event(
                "",
                &json!({ "choices": [{ "index": 0, "delta": { "role": "assistant", "content": "" }, "finish_reason": null }] }),
            )],
            Protocol::Anthropic => {
                let mut message = json!({ "id": "msg_1", "role": "assistant", "content": [] });
                if self.usage {
                    message["usage"] = json!({ "input_tokens": self.asked, "output_tokens": 1 });
                }
                vec![
                    self.event("message_start", &json!({ "type": "message_start", "message": message })),
                    self.event("content_block_start", &json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } })),
                    self.event("ping", &json!({ "type": "ping" })),
                ]
            }
        }
    }

    pub(super) fn reasoning(&self, text: &str) -> Piece {
        match self.protocol {
            Protocol::Openai => self.event(
                "",
                &json!({ "choices": [{ "index": 0, "delta": { "reasoning_content": text } }] }),
            ),
            Protocol::Anthropic => self.event(
                "content_block_delta",
                &json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "thinking_delta", "thinking": text } }),
            ),
        }
    }

    fn word(&self, text: &str) -> Piece {
        match self.protocol {
            Protocol::Openai => self.event(
                "",
                &json!({ "choices": [{ "index": 0, "delta": { "content": text }, "finish_reason": null }] }),
            ),
            Protocol::Anthropic => self.event(
                "content_block_delta",
                &json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": text } }),
            ),
        }
    }

    /// In pieces of two characters, so that everything is cut somewhere.
    fn crumbs(&self) -> Vec<Piece> {
        let characters: Vec<char> = self.text.chars().collect();
        let crumbs = characters
            .chunks(2)
            .map(|crumb| crumb.iter().collect::<String>());
        let mut pieces = self.open();
        pieces.extend(crumbs.map(|crumb| self.word(&crumb)));
        pieces.extend(self.close());
        pieces
    }

    fn spoken(&self) -> Vec<Piece> {
        self.text
            .split_inclusive(' ')
            .map(|word| self.word(word))
            .collect()
    }

    pub(super) fn close(&self) -> Vec<Piece> {
        match self.protocol {
            Protocol::Openai => self.end("stop"),
            Protocol::Anthropic => {
                let stop = json!({ "type": "content_block_stop", "index": 0 });
                let mut pieces = vec![self.event("content_block_stop", &stop)];
                pieces.extend(self.end("end_turn"));
                pieces
            }
        }
    }

    /// The last words, when every block is closed.
    pub(super) fn end(&self, reason: &str) -> Vec<Piece> {
        let written = words(self.text);
        match self.protocol {
            Protocol::Openai => {
                let mut pieces = vec![self.event(
                    "",
                    &json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": reason }] }),
                )];
                if self.usage {
                    pieces.push(self.event(
                        "",
                        &json!({ "choices": [], "usage": { "prompt_tokens": self.asked, "completion_tokens": written } }),
                    ));
                }
                pieces.push(bytes("data: [DONE]\n\n"));
                pieces
            }
            Protocol::Anthropic => {
                let mut end =
                    json!({ "type": "message_delta", "delta": { "stop_reason": reason } });
                if self.usage {
                    end["usage"] = json!({ "output_tokens": written });
                }
                vec![
                    self.event("message_delta", &end),
                    self.event("message_stop", &json!({ "type": "message_stop" })),
                ]
            }
        }
    }

    /// The opening and the first three words.
    fn begin(&self) -> Vec<Piece> {
        let mut pieces = self.open();
        pieces.extend(self.spoken().into_iter().take(3));
        pieces
    }

    /// With a pause before each word.
    fn paced(&self, pause: Duration) -> Vec<Piece> {
        let mut pieces = self.open();
        let words = self.spoken().into_iter();
        pieces.extend(words.flat_map(|word| [Piece::Wait(pause), word]));
        pieces.extend(self.close());
        pieces
    }

    pub(super) fn all(&self) -> Vec<Piece> {
        let mut pieces = self.open();
        pieces.extend(self.spoken());
        pieces.extend(self.close());
        pieces
    }

    fn whole(&self) -> Value {
        match self.protocol {
            Protocol::Openai => json!({
                "choices": [{ "index": 0, "message": { "role": "assistant", "content": self.text }, "finish_reason": "stop" }],
                "usage": { "prompt_tokens": self.asked, "completion_tokens": words(self.text) },
            }),
            Protocol::Anthropic => json!({
                "content": [{ "type": "text", "text": self.text }],
                "stop_reason": "end_turn",
                "usage": { "input_tokens": self.asked, "output_tokens": words(self.text) },
            }),
        }
    }
}
