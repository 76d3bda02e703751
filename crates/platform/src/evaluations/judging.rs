//! Answers written from passages, taken apart into claims, and checked claim by claim by a model.
//!
//! The way is that of RAGAS (Es, James, Espinosa-Anke and Schockaert, “RAGAS: Automated Evaluation of
//! Retrieval Augmented Generation”, EACL 2024): faithfulness is the share of an answer's claims that
//! the passages support.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use headwater_model::id::WorkspaceId;
use headwater_model::knowledge::Passage;
use headwater_model::knowledge::evaluation::{
    CallPurpose, EvaluationCall, JudgeSettings, JudgedAnswer, JudgedClaim,
};
use headwater_model::ports::{Chat, ChatChunk, ChatMessage, ChatRequest, ChatRole, ResponseSchema};
use headwater_model::run::Failure;
use headwater_model::run::event::Channel;
use headwater_model::usage::Usage;
use headwater_model::{Clock, Code, Error, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::prompts;
use crate::prices::PriceBook;

/// How long one answer of a model is waited for.
const PATIENCE: Duration = Duration::from_secs(120);
/// The most claims that are checked.
const CLAIMS: usize = 60;
/// The longest answer, in bytes.
const LONGEST: usize = 200_000;

/// Has answers written and judged.
pub(crate) struct Judge {
    pub(crate) chat: Arc<dyn Chat>,
    pub(crate) prices: Arc<PriceBook>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// What is to be answered and judged.
pub(crate) struct ToJudge<'q> {
    pub workspace: WorkspaceId,
    pub settings: &'q JudgeSettings,
    /// The same for every attempt.
    pub key: String,
    pub question: &'q str,
    pub reference: Option<&'q str>,
    /// Best first.
    pub passages: &'q [Passage],
}

#[derive(Deserialize)]
struct Claims {
    claims: Vec<String>,
}

#[derive(Deserialize)]
struct Verdicts {
    verdicts: Vec<Verdict>,
}

#[derive(Deserialize)]
struct Verdict {
    claim: usize,
    supported: bool,
    #[serde(default)]
    passages: Vec<u32>,
    reason: String,
}

#[derive(Deserialize)]
struct Marked {
    mark: Mark,
    reason: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mark {
    Correct,
    Partly,
    Wrong,
}

impl Judge {
    /// Has one question answered and the answer judged. What fails is told in what is given; the calls
    /// are those that were made.
    pub async fn judge(&self, what: ToJudge<'_>) -> (JudgedAnswer, Vec<EvaluationCall>) {
        let mut judged = JudgedAnswer {
            given: u32::try_from(what.passages.len()).unwrap_or(u32::MAX),
            ..JudgedAnswer::default()
        };
        let mut asking = Asking {
            judge: self,
            what: &what,
            calls: Vec::new(),
        };
        if let Err(error) = asking.all(&mut judged).await {
            tracing::info!(key = what.key, ?error, "an answer was not judged");
            judged.error = Some(Failure::from(&error));
        }
        (judged, asking.calls)
    }
}

/// One answer on its way.
struct Asking<'j> {
    judge: &'j Judge,
    what: &'j ToJudge<'j>,
    calls: Vec<EvaluationCall>,
}

impl Asking<'_> {
    async fn all(&mut self, judged: &mut JudgedAnswer) -> Result<()> {
        let passages = prompts::passages(self.what.passages);
        let question = prompts::tagged("question", self.what.question);
        let messages = [
            ChatMessage::text(ChatRole::System, prompts::ANSWER),
            ChatMessage::text(
                ChatRole::User,
                format!("{passages}\n{}", self.what.question),
            ),
        ];
        let answer = self.ask(CallPurpose::Answer, &messages, None).await?;
        if answer.trim().is_empty() {
            return Err(Error::new(
                Code::Upstream,
                "The model's answer is empty. Choose another model.",
            ));
        }
        judged.answer = Some(answer.clone());
        let answer = prompts::tagged("answer", &answer);
        let asked = format!("{question}{answer}");
        let claims = self.claims(&asked).await?;
        if !claims.is_empty() {
            judged.claims = self.verdicts(&passages, claims).await?;
            let supported = judged.claims.iter().filter(|claim| claim.supported).count();
            judged.faithfulness = Some(supported as f64 / judged.claims.len() as f64);
        }
        if let Some(reference) = self.what.reference {
            let reference = prompts::tagged("reference", reference);
            let asked = format!("{question}{reference}{answer}");
            let form = prompts::correctness_form();
            let task = (CallPurpose::Correctness, prompts::CORRECTNESS);
            let marked: Marked = self.fill(task, asked, &form, |_| Ok(())).await?;
            judged.correctness = Some(match marked.mark {
                Mark::Correct => 1.0,
                Mark::Partly => 0.5,
                Mark::Wrong => 0.0,
            });
            judged.correctness_reason = Some(marked.reason);
        }
        Ok(())
    }

    async fn claims(&mut self, asked: &str) -> Result<Vec<String>> {
        let form = prompts::claims_form();
        let task = (CallPurpose::Claims, prompts::CLAIMS);
        let found: Claims = self.fill(task, asked.to_owned(), &form, |_| Ok(())).await?;
        let claims = found
            .claims
            .into_iter()
            .map(|claim| claim.trim().to_owned());
        let claims: Vec<String> = claims
            .filter(|claim| !claim.is_empty())
            .take(CLAIMS)
            .collect();
        Ok(claims)
    }

    async fn verdicts(&mut self, passages: &str, claims: Vec<String>) -> Result<Vec<JudgedClaim>> {
        let asked = format!("{passages}\n{}", prompts::numbered(&claims));
        let form = prompts::verdicts_form();
        let task = (CallPurpose::Verdicts, prompts::VERDICTS);
        let count = claims.len();
        let whole = |found: &Verdicts| {
            let numbers: Vec<usize> = found.verdicts.iter().map(|v| v.claim).collect();
            match numbers.iter().copied().eq(1..=count) {
                true => Ok(()),
                false => Err(format!(
                    "There must be one verdict for each of the claims 1 to {count}, in order; these are of {numbers:?}."
                )),
            }
        };
        let found: Verdicts = self.fill(task, asked, &form, whole).await?;
        let given = self.what.passages.len();
        let both = claims.into_iter().zip(found.verdicts);
        let judged = both.map(|(claim, verdict)| JudgedClaim {
            claim,
            supported: verdict.supported,
            passages: verdict
                .passages
                .into_iter()
                .filter(|n| verdict.supported && (1..=given).contains(&(*n as usize)))
                .collect(),
            reason: verdict.reason,
        });
        Ok(judged.collect())
    }

    /// Has a form filled in. A model that misses it is told what is wrong, and asked once more.
    async fn fill<T: DeserializeOwned>(
        &mut self,
        (purpose, task): (CallPurpose, &str),
        asked: String,
        form: &ResponseSchema,
        check: impl Fn(&T) -> Result<(), String>,
    ) -> Result<T> {
        let mut messages = vec![
            ChatMessage::text(
                ChatRole::System,
                format!(
                    "{task}\n\nAnswer with nothing but JSON that fits this schema:\n{}",
                    form.schema
                ),
            ),
            ChatMessage::text(ChatRole::User, asked),
        ];
        let mut repaired = false;
        loop {
            let text = self.ask(purpose, &messages, Some(form)).await?;
            let read = serde_json::from_str::<T>(json_in(&text));
            let mistake = match read {
                Ok(value) => match check(&value) {
                    Ok(()) => return Ok(value),
                    Err(mistake) => mistake,
                },
                Err(error) => format!("It cannot be read: {error}."),
            };
            if repaired {
                let message = format!(
                    "The judge's answer does not have the form that was asked for: {mistake} Choose another model."
                );
                return Err(Error::new(Code::Upstream, message));
            }
            repaired = true;
            if !text.trim().is_empty() {
                messages.push(ChatMessage::text(ChatRole::Assistant, text));
            }
            let complaint = format!(
                "Your answer does not have the form that was asked for. {mistake} Answer again, with nothing but JSON that fits the schema."
            );
            messages.push(ChatMessage::text(ChatRole::User, complaint));
        }
    }

    /// Asks a model, and notes the call.
    async fn ask(
        &mut self,
        purpose: CallPurpose,
        messages: &[ChatMessage],
        form: Option<&ResponseSchema>,
    ) -> Result<String> {
        let settings = self.what.settings;
        let model = match purpose {
            CallPurpose::Answer => settings.answering(),
            _ => &settings.judge_model,
        };
        let request = ChatRequest {
            response_schema: form.cloned(),
            idempotency_key: format!("{}/{}", self.what.key, self.calls.len()),
            ..ChatRequest::new(self.what.workspace, model, messages.to_vec())
        };
        let began = self.judge.clock.now();
        let mut told = Told {
            model: model.to_owned(),
            asked: messages.iter().map(ChatMessage::characters).sum(),
            ..Told::default()
        };
        let heard = tokio::time::timeout(PATIENCE, told.listen(&*self.judge.chat, request)).await;
        let heard = heard.unwrap_or_else(|_| {
            let late = format!("{model} took longer than {} s.", PATIENCE.as_secs());
            Err(Error::new(Code::Timeout, late))
        });
        let took = self.judge.clock.now().as_millis() - began.as_millis();
        let prices = self.judge.prices.of(self.what.workspace).await?;
        self.calls.push(EvaluationCall {
            purpose,
            usage: prices.priced(Some(&told.model), told.usage()),
            model: told.model,
            error: heard.as_ref().err().map(Failure::from),
            took_ms: u64::try_from(took).unwrap_or(0),
        });
        heard?;
        Ok(told.text)
    }
}

/// What a model has told so far.
#[derive(Default)]
struct Told {
    model: String,
    text: String,
    /// Characters of the prompt.
    asked: u64,
    /// Whether it began to answer: who refuses does not charge.
    began: bool,
    counted: Usage,
    done: Option<Usage>,
}

impl Told {
    async fn listen(&mut self, chat: &dyn Chat, request: ChatRequest) -> Result<()> {
        let mut stream = chat.chat(request).await?;
        self.began = true;
        while let Some(chunk) = stream.next().await {
            match chunk? {
                ChatChunk::Model(name) => self.model = name,
                ChatChunk::Usage(usage) => self.counted = self.counted.max(usage),
                ChatChunk::Delta(Channel::Text, piece) => {
                    self.text.push_str(&piece);
                    if self.text.len() > LONGEST {
                        return Err(Error::new(
                            Code::TooLarge,
                            "The model's answer is too long to be judged.",
                        ));
                    }
                }
                ChatChunk::Done { usage, .. } => {
                    self.done = Some(usage);
                    return Ok(());
                }
                _ => {}
            }
        }
        Err(Error::new(
            Code::Upstream,
            "The model's answer broke off. Try again.",
        ))
    }

    fn usage(&self) -> Usage {
        let written = self.text.chars().count() as u64;
        match self.done {
            Some(usage) => usage,
            None if self.began => Usage::estimated(self.asked, written).max(self.counted),
            None => Usage::default(),
        }
    }
}

/// The JSON in an answer: some models wrap it in a fence or in words.
fn json_in(text: &str) -> &str {
    match (text.find('{'), text.rfind('}')) {
        (Some(open), Some(close)) if open < close => &text[open..=close],
        _ => text,
    }
}
