//! Calls with their timeouts and retries; they wait on timers only, so nothing else stands still.

use std::sync::Arc;
use std::time::Duration;

use futures::future::{AbortHandle, Abortable};
use headwater_model::ports::Retries;
use headwater_model::run::Failure;
use headwater_model::run::event::EventBody;
use headwater_model::run::trace::Retry;
use headwater_model::{Code, Error, Result};

use super::cached::through;
use super::patience::{backoff, within, worth_retrying};
use super::task::{Stop, Task};
use crate::frames::{Key, Place};
use crate::scheduler::Ports;
use crate::step::{Call, CallContext, StepOutput, Tag};
use crate::watch::Watched;

/// The end of a call, or of a container's time.
pub(super) struct Finished {
    key: Key,
    is_call: bool,
    /// Nothing when it was stopped; an error when the run is somebody else's by now.
    end: Option<Result<Ended>>,
}

/// What came of a call, and in which attempt.
type Ended = (Result<StepOutput>, u32);

impl Task {
    /// Runs a call with its retries.
    pub(super) fn call(&mut self, place: &Place, tag: Arc<Tag>, call: Arc<dyn Call>) {
        let plan = Arc::clone(&self.start.plan);
        let (hold, place) = (self.hold, place.clone());
        let run = hold.run;
        let mut context = CallContext {
            workspace: self.start.workspace,
            ports: self.watched_ports(&place, &tag),
            idempotency_key: format!("{run}:{}", place.name(&plan)),
            retries: Retries::Carrier,
            value_bytes: self.limits.value_bytes,
            step: tag,
            live: Arc::clone(&self.live),
            numbers: Arc::clone(&self.numbers),
            ledger: Arc::clone(&self.ledger),
        };
        self.push(place.key, true, async move {
            let planned = place.node(&plan);
            let mut attempt = 1;
            loop {
                if planned.attempts > 1 {
                    context.retries = Retries::Caller { attempt };
                }
                context.ports.log.confirm(hold).await?;
                let result = within(planned.timeout_ms, through(planned, &*call, &context)).await;
                let error = match result {
                    Err(error) if attempt < planned.attempts && worth_retrying(&error) => error,
                    result => return Ok((result, attempt)),
                };
                let wait_ms = backoff(planned, attempt, run, place.name(&plan), &error);
                let now = context.live.lock().clock.now();
                let failed = Retry {
                    attempt,
                    error: Failure::from(&error),
                    at: now,
                    wait_ms,
                };
                attempt += 1;
                retrying(&context, attempt, failed);
                tokio::time::sleep(Duration::from_millis(wait_ms)).await;
            }
        });
    }

    /// The ports, with the model calls of a step watched for its record.
    fn watched_ports(&self, place: &Place, tag: &Tag) -> Ports {
        let watched = Watched {
            inner: Arc::clone(&self.ports.chat),
            ledger: Arc::clone(&self.ledger),
            clock: Arc::clone(&self.clock),
            step: tag.key,
            place: place.name(&self.start.plan).to_owned(),
            trace: self.start.trace,
        };
        Ports {
            chat: Arc::new(watched),
            ..self.ports.clone()
        }
    }

    /// A container's timeout runs beside its rounds.
    pub(super) fn watch(&mut self, place: &Place, timeout_ms: Option<u64>) {
        if let Some(millis) = timeout_ms {
            self.push(place.key, false, async move {
                tokio::time::sleep(Duration::from_millis(millis)).await;
                let late = format!("The container took longer than its timeout of {millis} ms.");
                Ok((Err(Error::new(Code::Timeout, late)), 1))
            });
        }
    }

    /// Stops what a step has running, or waiting to run.
    pub(super) fn abort(&mut self, key: Key) {
        self.waits.forget(key);
        if let Some(abort) = self.aborts.remove(&key) {
            abort.abort();
        } else if !self.begun.contains_key(&key) {
            self.queued.retain(|queued| queued.place.key != key);
        }
    }

    pub(super) fn finished(&mut self, finished: Finished) -> Result<(), Stop> {
        let Finished { key, is_call, end } = finished;
        self.calling -= usize::from(is_call);
        let end = end.transpose().map_err(Stop::Lost)?;
        let place = self.begun.get(&key).map(|begun| begun.place.clone());
        let (Some((result, attempt)), Some(place)) = (end, place) else {
            return Ok(());
        };
        self.unsafe_results = self.durable;
        self.complete(&place, result, attempt)
    }

    fn push(
        &mut self,
        key: Key,
        is_call: bool,
        work: impl Future<Output = Result<Ended>> + Send + 'static,
    ) {
        let (abort, registration) = AbortHandle::new_pair();
        self.aborts.insert(key, abort);
        let work = Abortable::new(work, registration);
        self.calls.push(Box::pin(async move {
            let end = work.await.ok();
            Finished { key, is_call, end }
        }));
    }
}

fn retrying(context: &CallContext, attempt: u32, failed: Retry) {
    context.ledger.settle(context.step.key);
    context.ledger.retried(context.step.key, failed.clone());
    let mut live = context.live.lock();
    let taken_back = live.reply.restart(context.step.voice);
    live.say(taken_back);
    live.tell(EventBody::StepRetrying {
        node: context.step.node.clone(),
        path: context.step.path.clone(),
        step_id: context.step.id,
        attempt,
        wait_ms: failed.wait_ms,
        error: failed.error,
    });
}
