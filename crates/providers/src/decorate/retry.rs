//! Asks again when a vendor was busy or away. Only before the first piece of an answer: after it
//! nothing is ever asked twice. And only as often as the provider's budget allows, whoever it is
//! that asks again.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt as _;
use futures::stream;
use headwater_model::ports::{Chat, ChatChunk, ChatRequest, ChatStream, Retries};
use headwater_model::run::Failure;
use headwater_model::run::trace::{Retry, Tried};
use headwater_model::{Clock, Error, Result};

use crate::decorate::Budget;
use crate::fault::Cause;

/// How patiently to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// All attempts, the first included.
    pub attempts: u32,
    /// The wait before the second attempt, doubled each time.
    pub backoff: Duration,
    /// The longest wait a vendor may ask for; when it asks for more, the caller is told instead.
    pub longest_wait: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            attempts: 3,
            backoff: Duration::from_millis(500),
            longest_wait: Duration::from_secs(20),
        }
    }
}

/// A `Chat` that asks again.
pub struct Retrying<C: ?Sized> {
    patience: Patience,
    budget: Arc<Budget>,
    inner: Arc<C>,
    clock: Arc<dyn Clock>,
}

impl<C: Chat + ?Sized> Retrying<C> {
    /// Wraps `inner`; `budget` is the one of its provider.
    pub fn new(
        inner: Arc<C>,
        patience: Patience,
        budget: Arc<Budget>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            patience,
            budget,
            inner,
            clock,
        }
    }

    /// Who may ask again, and whether this very call may pass.
    fn admit(&self, retries: Retries) -> Result<Patience> {
        match retries {
            Retries::Caller { attempt: 2.. } if !self.budget.retry() => {
                Err(self.budget.exhausted())
            }
            Retries::Caller { attempt } => {
                if attempt < 2 {
                    self.budget.call();
                }
                Ok(Patience {
                    attempts: 1,
                    ..self.patience
                })
            }
            Retries::Carrier => {
                self.budget.call();
                Ok(self.patience)
            }
        }
    }
}

#[async_trait]
impl<C: Chat + ?Sized> Chat for Retrying<C> {
    async fn chat(&self, request: ChatRequest) -> Result<ChatStream> {
        let patience = self.admit(request.retries)?;
        let mut attempt = 1;
        let mut told = Vec::new();
        loop {
            let error = match self.inner.chat(request.clone()).await {
                Ok(answer) if told.is_empty() => return Ok(answer),
                Ok(answer) => {
                    let told = told.into_iter().map(|r| Ok(ChatChunk::Retried(r)));
                    return Ok(stream::iter(told).chain(answer).boxed());
                }
                Err(error) => error,
            };
            if Cause::of(&error).is_some_and(|cause| cause.transient) {
                self.budget.failed(&error);
            }
            let wait = wait(&error, attempt, &request.idempotency_key, patience);
            let Some(wait) = wait.filter(|_| self.budget.retry()) else {
                return Err(after(told, error));
            };
            tracing::info!(
                attempt,
                wait_ms = wait.as_millis() as u64,
                ?error,
                "asking again"
            );
            told.push(Retry {
                attempt,
                error: Failure::from(&error),
                at: self.clock.now(),
                wait_ms: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
            });
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }
}

/// Calls, and calls again when the failure may pass, as `patience` and the provider's budget allow.
/// `key` tells this call from others that wait at the same time.
pub async fn patiently<T, F>(
    patience: Patience,
    budget: &Budget,
    key: &str,
    call: impl Fn() -> F,
) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    budget.call();
    let mut attempt = 1;
    loop {
        let error = match call().await {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        if Cause::of(&error).is_some_and(|cause| cause.transient) {
            budget.failed(&error);
        }
        let wait = wait(&error, attempt, key, patience);
        let Some(wait) = wait.filter(|_| budget.retry()) else {
            return Err(error);
        };
        tracing::info!(
            attempt,
            wait_ms = wait.as_millis() as u64,
            ?error,
            "asking again"
        );
        tokio::time::sleep(wait).await;
        attempt += 1;
    }
}

/// The last failure, which knows of those before it.
fn after(retries: Vec<Retry>, last: Error) -> Error {
    match retries.is_empty() {
        true => last,
        false => last.clone().with_source(Tried { retries, last }),
    }
}

/// How long to wait before asking again; `None` when asking again is of no use.
fn wait(error: &Error, attempt: u32, key: &str, patience: Patience) -> Option<Duration> {
    if attempt >= patience.attempts || !Cause::of(error)?.transient {
        return None;
    }
    let backoff = patience.backoff * 2u32.saturating_pow(attempt - 1);
    let asked = Duration::from_secs(error.retry_after.unwrap_or(0));
    // Never earlier than asked, and spread so that many callers do not come back together.
    let wait = asked.max(backoff / 2) + (backoff / 2).mul_f64(spread(key, attempt));
    (asked <= patience.longest_wait).then_some(wait)
}

/// Between 0 and 1, different for every step and attempt.
fn spread(key: &str, attempt: u32) -> f64 {
    let mut hasher = DefaultHasher::new();
    (key, attempt).hash(&mut hasher);
    (hasher.finish() % 1_000) as f64 / 1_000.0
}
